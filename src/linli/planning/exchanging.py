"""A plan as GeoJSON or a table, and back: every building with the grid it is in. What goes out can be changed elsewhere and read in again."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.kernel import tables
from linli.kernel.importers import ImportRefused
from linli.planning.boundaries import boundaries
from linli.planning.models import Plan

KNOWN = {
    "building": ("楼栋编号", "building", "id"),
    "grid": ("网格", "grid", "网格名称"),
}
MOST_ROWS = 50_000


def columns() -> list[str]:
    """Return the heads of the table, in the reader's language; the first and last are what an import reads."""
    return ["楼栋编号", "社区代码", "社区", "楼栋", "户数", "诉求", "走访", "照护", "工作量", "网格"]


def rows(plan: Plan) -> Iterator[list[Any]]:
    """Return the table of a plan, a building a row."""
    for one in plan.instance["units"]:
        community = plan.instance["communities"].get(one["community"], "")
        grid = plan.grids[plan.assignment[one["id"]]]["name"]
        work = [one["households"], one["matters"], one["visits"], one["care"], one["workload"]]
        yield [one["id"], one["community"], community, one["name"], *work, grid]


def geojson(plan: Plan, former: Mapping[str, list[Any]], outlines: Mapping[str, Any]) -> str:
    """Return a plan as a FeatureCollection: the grids' boundaries, then the buildings as points.

    ``former`` and ``outlines`` are shapes by community code, as for boundaries().
    """
    features = []
    for code in plan.instance["communities"]:
        units = [one for one in plan.instance["units"] if one["community"] == code]
        spots = [(one["id"], one["lon"], one["lat"]) for one in units if one["placed"]]
        for key, boundary in sorted(
            boundaries(spots, plan.assignment, former.get(code, []), outlines.get(code)).items()
        ):
            figures = plan.figures["grids"].get(key, {})
            said = {
                "grid": plan.grids[key]["name"],
                "community": code,
                **{name: figures.get(name) for name in ("households", "workload", "deviation")},
            }
            features.append({"type": "Feature", "geometry": boundary, "properties": said})
        for one in units:
            said = {"building": one["id"], "name": one["name"], "community": code, "households": one["households"]}
            said |= {"workload": one["workload"], "grid": plan.grids[plan.assignment[one["id"]]]["name"]}
            point = {"type": "Point", "coordinates": [one["lon"], one["lat"]]} if one["placed"] else None
            features.append({"type": "Feature", "geometry": point, "properties": said})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))


def labels_of(path: Path) -> dict[str, str]:
    """Read building id to grid from a file that columns() or geojson() described. Raises ValidationError with row numbers."""
    with path.open("rb") as file:
        start = file.read(1024).lstrip(b"\xef\xbb\xbf \r\n\t")
    return _features(path) if start.startswith(b"{") else _table(path)


def _features(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValidationError(_("文件不是 GeoJSON。")) from None
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        raise ValidationError(_("文件不是 GeoJSON 的 FeatureCollection。"))
    pairs = []
    for number, one in enumerate(features, 1):
        said = one.get("properties") if isinstance(one, dict) else None
        if isinstance(said, dict) and "building" in said:
            pairs.append((number, str(said["building"]), str(said.get("grid") or "")))
    return _checked(pairs)


def _table(path: Path) -> dict[str, str]:
    pairs = []
    try:
        with tables.rows(path) as lines:
            _number, header = next(lines, (0, []))
            where = tables.columns(header, KNOWN)
            if "building" not in where or "grid" not in where:
                raise ValidationError(_("表头里要有“楼栋编号”和“网格”两列。"))
            for number, cells in lines:
                pairs.append((number, tables.cell(cells, where["building"]), tables.cell(cells, where["grid"])))
                if len(pairs) > MOST_ROWS:
                    raise ValidationError(_("行数太多，最多 %(n)d 行。") % {"n": MOST_ROWS})
    except ImportRefused as refused:
        raise ValidationError(refused.problems.lines()) from None
    return _checked(pairs)


def _checked(pairs: list[tuple[int, str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    wrong = []
    for number, building, grid in pairs:
        if not (building.isascii() and building.isdigit() and len(building) < 19):
            wrong.append(_("第 %(row)d 行：楼栋编号应是数字。") % {"row": number})
        elif not grid.strip() or len(grid) > 60:
            wrong.append(_("第 %(row)d 行：网格没有写，或者太长。") % {"row": number})
        elif building in found and found[building] != grid:
            wrong.append(_("第 %(row)d 行：同一栋楼写了两个网格。") % {"row": number})
        else:
            found[str(int(building))] = grid
    if wrong:
        more = [_("还有 %(n)d 处。") % {"n": len(wrong) - 20}] if len(wrong) > 20 else []
        raise ValidationError([*wrong[:20], *more])
    return found
