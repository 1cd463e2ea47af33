"""Forms of the register. They read and bound what was typed; whether it may be is the actions' business."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.text import whole
from linli.places import companies, dwellings
from linli.places.dwellings import EntranceLine
from linli.places.enums import URBAN_KINDS, CompoundKind
from linli.places.models import Building, Compound, Division, Grid

MOST_BOUNDARY = 4_000_000
URBAN_WORDS = {
    "111": gettext_lazy("主城区"),
    "112": gettext_lazy("城乡结合区"),
    "121": gettext_lazy("镇中心区"),
    "122": gettext_lazy("镇乡结合区"),
    "123": gettext_lazy("特殊区域"),
    "210": gettext_lazy("乡中心区"),
    "220": gettext_lazy("村庄"),
}


class RegisterForm(forms.Form):
    """A form to which an action's ValidationError can be added field by field."""

    def add(self, error: ValidationError) -> None:
        """Show an action's refusal: beside the field where there is one, else at the head."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            for one in errors:
                self.add_error(name if name in self.fields else None, one)


class Rows(forms.ModelMultipleChoiceField):
    """Rows ticked by their keys; a key of more digits than the database counts with is no row, as any other that is not there."""

    def clean(self, value: Any) -> Any:
        return super().clean([key if whole(str(key)) is not None else "0" for key in value or ()])


class DivisionForm(RegisterForm):
    code = forms.CharField(
        label=gettext_lazy("区划代码"),
        max_length=12,
        help_text=gettext_lazy("12 位数字，前几位与上级相同"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    urban_kind = forms.ChoiceField(
        label=gettext_lazy("城乡分类"),
        required=False,
        choices=lambda: [("", _("没有")), *((kind, f"{kind} {URBAN_WORDS[kind]}") for kind in URBAN_KINDS)],
    )

    def __init__(self, *args: Any, division: Division | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if division is not None:
            del self.fields["code"]


class SuccessionForm(RegisterForm):
    other = forms.CharField(
        label=gettext_lazy("另一个区划的代码"),
        max_length=12,
        min_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("它是"),
        choices=[("from", gettext_lazy("原来的区划，由这里接续")), ("to", gettext_lazy("接续这里的区划"))],
        widget=forms.RadioSelect,
    )
    since = forms.DateField(label=gettext_lazy("自"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    basis = forms.CharField(
        label=gettext_lazy("依据"), max_length=200, required=False, help_text=gettext_lazy("文号或说明")
    )
    retire = forms.BooleanField(label=gettext_lazy("原来的区划同时停用"), required=False)


class CompoundForm(RegisterForm):
    name = forms.CharField(label=gettext_lazy("小区名称"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=CompoundKind.choices)
    year_built = forms.IntegerField(
        label=gettext_lazy("建成年份"), required=False, help_text=gettext_lazy("2005 年或更早的会标为可改造的老旧小区")
    )
    aliases = forms.CharField(
        label=gettext_lazy("别名"), required=False, max_length=400, help_text=gettext_lazy("大家还怎么叫它，用顿号分开")
    )
    property_company_id = forms.TypedChoiceField(
        label=gettext_lazy("物业服务企业"), required=False, coerce=int, empty_value=None
    )
    owners_committee_id = forms.TypedChoiceField(
        label=gettext_lazy("业主委员会"), required=False, coerce=int, empty_value=None
    )
    lon = forms.FloatField(label=gettext_lazy("经度"), required=False, help_text=gettext_lazy("WGS 84，例如 105.00521"))
    lat = forms.FloatField(label=gettext_lazy("纬度"), required=False)

    def __init__(self, *args: Any, community: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in companies.KINDS:
            field = self.fields[f"{kind}_id"]
            offered = companies.choices(kind, community.code)
            held = self.initial.get(f"{kind}_id")
            if held is not None and held not in {pk for pk, _name in offered}:
                offered = [*offered, (held, _("现在的（编号 %(id)s）") % {"id": held})]
            if offered:
                field.choices = [("", _("没有")), *offered]  # type: ignore[attr-defined]
            else:
                del self.fields[f"{kind}_id"]

    def clean_aliases(self) -> list[str]:
        text = self.cleaned_data["aliases"].replace("，", "、").replace(",", "、")
        return [alias.strip() for alias in text.split("、") if alias.strip()]

    @staticmethod
    def initial_of(compound: Compound) -> dict[str, Any]:
        """Return what the form begins with for a compound."""
        fields = ("name", "kind", "year_built", "property_company_id", "owners_committee_id", "lon", "lat")
        return {field: getattr(compound, field) for field in fields} | {"aliases": "、".join(compound.aliases)}


class BuildingForm(RegisterForm):
    name = forms.CharField(label=gettext_lazy("楼栋"), max_length=60, help_text=gettext_lazy("例如 3栋、幸福楼"))
    compound = forms.ModelChoiceField(
        label=gettext_lazy("小区"),
        queryset=Compound.objects.none(),
        required=False,
        empty_label=gettext_lazy("不在小区里"),
    )
    road = forms.CharField(label=gettext_lazy("路名"), max_length=60, required=False)
    road_number = forms.CharField(label=gettext_lazy("门牌号"), max_length=20, required=False)
    households = forms.IntegerField(label=gettext_lazy("户数"), required=False, min_value=0)
    floors = forms.IntegerField(label=gettext_lazy("层数"), required=False, min_value=1)
    lon = forms.FloatField(label=gettext_lazy("经度"), required=False)
    lat = forms.FloatField(label=gettext_lazy("纬度"), required=False)

    def __init__(self, *args: Any, community: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        compounds = Compound.objects.filter(community=community, active=True).order_by("name")
        self.fields["compound"].queryset = compounds  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(building: Building) -> dict[str, Any]:
        """Return what the form begins with for a building."""
        fields = ("name", "road", "road_number", "households", "floors", "lon", "lat")
        return {field: getattr(building, field) for field in fields} | {"compound": building.compound_id}


class DwellingsForm(RegisterForm):
    dwellings = forms.CharField(
        label=gettext_lazy("单元和房屋"),
        required=False,
        max_length=dwellings.MOST_TEXT,
        strip=False,
        help_text=gettext_lazy("一行一个单元，冒号后面写室号；面积写在等号后面，例如 1单元：101=88.37 102 201"),
        widget=forms.Textarea,
    )

    def clean_dwellings(self) -> list[EntranceLine]:
        try:
            return dwellings.read(self.cleaned_data["dwellings"])
        except dwellings.Unreadable as error:
            raise ValidationError(str(error)) from error


class RegularForm(RegisterForm):
    """Dwellings of a building of equal floors."""

    entrances = forms.IntegerField(label=gettext_lazy("单元数"), min_value=1, max_value=dwellings.MOST_ENTRANCES)
    floors = forms.IntegerField(label=gettext_lazy("层数"), min_value=1, max_value=200)
    per_floor = forms.IntegerField(label=gettext_lazy("每单元每层"), min_value=1, max_value=40)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            try:
                said["lines"] = dwellings.regular(**{name: said[name] for name in ("entrances", "floors", "per_floor")})
            except dwellings.Unreadable as error:
                raise ValidationError(str(error)) from error
        return said


class ReasonForm(RegisterForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class MoveForm(RegisterForm):
    """A building to another grid from a day."""

    grid = forms.ModelChoiceField(label=gettext_lazy("网格"), queryset=Grid.objects.none())
    since = forms.DateField(label=gettext_lazy("自"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=200, required=False)

    def __init__(self, *args: Any, building: Building, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Grid.objects.filter(community_id=building.community_id, active=True).exclude(pk=building.grid_id or 0)
        self.fields["grid"].queryset = others.order_by("code")  # type: ignore[attr-defined]


class GridForm(RegisterForm):
    """A grid, new or drawn anew: name (of a new one), day, boundary, which buildings, which grids end with it."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    since = forms.DateField(
        label=gettext_lazy("自哪天起"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("可以是以后的日期；到那天自动生效，之前的划法都保留"),
    )
    boundary = forms.CharField(
        label=gettext_lazy("边界（GeoJSON）"),
        required=False,
        max_length=MOST_BOUNDARY,
        widget=forms.Textarea,
        help_text=gettext_lazy("在地图上画，或把 Polygon、MultiPolygon 贴在这里（WGS 84）"),
    )
    buildings = forms.ChoiceField(
        label=gettext_lazy("楼栋"),
        choices=[
            ("inside", gettext_lazy("按位置：边界里的楼栋都归这个网格")),
            ("listed", gettext_lazy("按清单：只要下面勾选的")),
        ],
        initial="inside",
        widget=forms.RadioSelect,
    )
    listed = forms.TypedMultipleChoiceField(
        label=gettext_lazy("清单"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    closed = Rows(
        label=gettext_lazy("并入的网格"),
        queryset=Grid.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("这些网格从那天起停用，楼栋要全部划进来"),
    )
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=200, required=False)

    def __init__(self, *args: Any, community: Division, grid: Grid | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["listed"].choices = building_choices(community, grid)  # type: ignore[attr-defined]
        if grid is None:
            del self.fields["closed"]
        else:
            del self.fields["name"]
            others = Grid.objects.filter(community=community, active=True).exclude(pk=grid.pk).order_by("code")
            self.fields["closed"].queryset = others  # type: ignore[attr-defined]

    def building_ids(self) -> Sequence[int] | None:
        """Return the buildings chosen from the list, or None for those inside."""
        return self.cleaned_data["listed"] if self.cleaned_data["buildings"] == "listed" else None


def building_choices(community: Division, grid: Grid | None) -> list[tuple[int, str]]:
    """Return (id, name) of a community's buildings, the grid's own first, each with the grid that it is in now."""
    rows = Building.objects.filter(community=community, active=True).select_related("compound", "grid")
    ordered = sorted(rows, key=lambda row: (grid is None or row.grid_id != grid.pk, row.compound_id or 0, row.pk))
    return [(row.pk, _choice(row)) for row in ordered]


def _choice(row: Building) -> str:
    name = f"{row.compound.name} {row.name}" if row.compound else row.name
    return f"{name} · {row.grid.name}" if row.grid else f"{name} · {_('没有网格')}"


class RenameForm(RegisterForm):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)


class CloseForm(RegisterForm):
    until = forms.DateField(
        label=gettext_lazy("从哪天起停用"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class BaseMapForm(RegisterForm):
    tiles = forms.CharField(
        label=gettext_lazy("底图瓦片地址"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "本机路径（/tiles/{z}/{x}/{y}.png）或 https 地址，WGS 84 或 CGCS2000；留空就只用自己的图层"
        ),
    )
    attribution = forms.CharField(
        label=gettext_lazy("图源说明"), max_length=200, required=False, help_text=gettext_lazy("例如 天地图 审图号")
    )


class UploadForm(RegisterForm):
    file = forms.FileField(label=gettext_lazy("文件"), help_text=gettext_lazy("CSV 或 Excel，一行一栋楼，最大 10 MB"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 10_000_000:
            raise ValidationError(_("文件超过 10 MB，请分几次导入，或请管理员用命令导入。"))
        return file
