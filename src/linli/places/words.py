"""How changes of the register are said on pages."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel import audit
from linli.places.enums import CompoundKind
from linli.places.models import Compound, Grid

ACTIONS = {
    "places.create": gettext_lazy("登记"),
    "places.update": gettext_lazy("修改"),
    "places.retire": gettext_lazy("停用"),
    "places.restore": gettext_lazy("恢复使用"),
    "places.redraw": gettext_lazy("重划"),
    "places.succession": gettext_lazy("登记沿革"),
    "places.no_succession": gettext_lazy("删除沿革"),
    "places.dwellings": gettext_lazy("修改房屋"),
    "places.import_divisions": gettext_lazy("导入区划"),
}
FIELDS = {
    "name": gettext_lazy("名称"),
    "urban_kind": gettext_lazy("城乡分类"),
    "kind": gettext_lazy("类型"),
    "year_built": gettext_lazy("建成年份"),
    "aliases": gettext_lazy("别名"),
    "property_company_id": gettext_lazy("物业服务企业"),
    "owners_committee_id": gettext_lazy("业主委员会"),
    "compound": gettext_lazy("小区"),
    "grid": gettext_lazy("网格"),
    "road": gettext_lazy("路名"),
    "road_number": gettext_lazy("门牌号"),
    "households": gettext_lazy("户数"),
    "floors": gettext_lazy("层数"),
    "lon": gettext_lazy("经度"),
    "lat": gettext_lazy("纬度"),
    "active": gettext_lazy("在用"),
    "reason": gettext_lazy("原因"),
    "since": gettext_lazy("自"),
    "until": gettext_lazy("至"),
    "boundary": gettext_lazy("边界"),
    "buildings": gettext_lazy("楼栋"),
    "dwellings": gettext_lazy("房屋"),
    "predecessor": gettext_lazy("原区划"),
    "successor": gettext_lazy("现区划"),
    "note": gettext_lazy("依据"),
}
_ROWS: dict[str, type[Compound] | type[Grid]] = {"compound": Compound, "grid": Grid}


def records(subject: Model, *, most: int = 40) -> list[dict[str, Any]]:
    """Return what was changed about a record, newest first, for the macro ``history``."""
    return audit.records(audit.history(subject, most=most), actions=ACTIONS, fields=FIELDS, words=said)


def said(field: str, value: Any) -> str:
    """Return a value of an entry in words."""
    if value is True:
        return _("是")
    if value is False:
        return _("否")
    if field == "kind":
        return str(dict(CompoundKind.choices).get(value, value))
    if field == "boundary":
        return _("%(points)d 个点") % {"points": _points(value)}
    if field == "buildings":
        return _("%(count)d 栋") % {"count": len(value)}
    if field == "dwellings":
        return _("%(count)d 套") % {"count": sum(map(len, value.values()))}
    if field == "aliases":
        return _("、").join(value)
    if field in _ROWS:
        row = _ROWS[field].objects.filter(pk=value).first()
        return row.name if row is not None else f"#{value}"
    return str(value)


def _points(boundary: Any) -> int:
    parts = boundary.get("coordinates", ()) if isinstance(boundary, dict) else ()
    polygons = parts if isinstance(boundary, dict) and boundary.get("type") == "MultiPolygon" else [parts]
    return sum(len(ring) for polygon in polygons for ring in polygon)


def count_words(opened: int, late: int) -> str:
    """Return how many things are open somewhere: 在办 12 件，超期 3 件."""
    if not late:
        return _("在办 %(open)d 件") % {"open": opened}
    return _("在办 %(open)d 件，超期 %(late)d 件") % {"open": opened, "late": late}


def map_words() -> dict[str, str]:
    """Return the words of the interactive map, so that no text lives in scripts (keys with a dot are MapLibre's own)."""
    return {
        "NavigationControl.ZoomIn": _("放大"),
        "NavigationControl.ZoomOut": _("缩小"),
        "ScaleControl.Meters": _("米"),
        "ScaleControl.Kilometers": _("公里"),
        "CooperativeGesturesHandler.WindowsHelpText": _("按住 Ctrl 再滚动来缩放地图"),
        "CooperativeGesturesHandler.MacHelpText": _("按住 ⌘ 再滚动来缩放地图"),
        "CooperativeGesturesHandler.MobileHelpText": _("用两个手指移动地图"),
        "Map.Title": _("地图"),
        "Popup.Close": _("关上"),
        "AttributionControl.ToggleAttribution": _("图源"),
        "more": _("这里东西太多，放大后显示全部。"),
        "failed": _("地图数据没有读到，移动地图会再试。"),
        "many": _("这里有 {n} 件，放大看"),
        "manyLate": _("这里有 {n} 件，有超期的，放大看"),
        "open": _("在办 {n}"),
        "late": _("超期 {n}"),
        "begin": _("在地图上点出边界的各个角，点回第一个角就画好了。靠近别的网格时会自动贴上。"),
        "drawing": _("接着点；点第一个角，或按“画好了”，把边界合上。"),
        "closed": _("边界合上了。拖动角可以改，拖动边上的小圆点可以加角，双击一个角去掉它。"),
        "fixed": _("这个边界有多块或有洞，请在下面的文字里改。"),
        "unreadable": _("文字不是 GeoJSON 的 Polygon 或 MultiPolygon，地图上画不出来。"),
        "corner": _("第 {n} 个角，可用方向键移动，按 Delete 去掉"),
        "middle": _("拖动来加一个角"),
    }
