"""The buildings of an area as the library wants them: positions, work, who is whose neighbour, and the grids of today beside."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.places.enums import CODE_LENGTHS, Level, MapKind
from linli.places.models import Building, Division, Grid, MapLayer
from linli.planning import neighbours
from linli.planning.enums import Barrier
from linli.planning.sources import Spot
from linli.planning.workload import WEIGHTS, workloads

MOST_BUILDINGS = 20_000
WATER = (MapKind.RIVER, MapKind.WATER)
ROADS = (MapKind.ARTERIAL, MapKind.RAIL)
_FIELDS = ("id", "community_id", "compound_id", "grid_id", "name", "households", "lon", "lat")


@dataclasses.dataclass(frozen=True, slots=True)
class _Row:
    """A building as the register has it."""

    id: int
    community_id: int
    compound_id: int | None
    grid_id: int | None
    name: str
    households: int
    lon: float | None
    lat: float | None


def inside(division: Division) -> tuple[str, str]:
    """Return the first and last code of what lies in a division."""
    head = division.code[: CODE_LENGTHS[Level(division.level)]]
    return head.ljust(12, "0"), head.ljust(12, "9")


def communities(division: Division) -> list[Division]:
    """Return the communities of an area that are in use, by code."""
    return list(
        Division.objects.filter(level=Level.COMMUNITY, active=True, code__range=inside(division)).order_by("code")
    )


def collect(division: Division, settings: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Return the instance of an area as JSON; a fixed number of statements.

    ``settings``: weights, target, count (of a single community), communities (codes; all where none are named). Raises
    ValidationError where there is nothing to divide.
    """
    wanted = set(settings.get("communities") or ())
    chosen = [one for one in communities(division) if not wanted or one.code in wanted]
    code_of = {one.pk: one.code for one in chosen}
    rows = _buildings(list(code_of))
    if not rows:
        raise ValidationError(_("这里还没有登记楼栋，没有可以划分的。请先在“区划与网格”导入小区和楼栋。"))
    if len(rows) > MOST_BUILDINGS:
        said = _("这里有 %(n)d 栋楼，一次最多划 %(most)d 栋，请少选几个社区。")
        raise ValidationError(said % {"n": len(rows), "most": MOST_BUILDINGS})
    compounds = _compound_names(list(code_of))
    lonlat, placed = _positions(rows)
    spots = [Spot(one.id, one.community_id, one.compound_id, one.households) for one in rows]
    work = workloads(spots, {**WEIGHTS, **settings.get("weights", {})}, at=at)
    if not any(one.total for one in work.values()):
        raise ValidationError(_("这里的楼栋都没有户数，也没有别的工作量，没有可以均分的。"))
    grids = {one.pk: one for one in Grid.objects.filter(community_id__in=list(code_of), active=True).order_by("code")}
    xy = neighbours.metres(lonlat)
    units = []
    for number, one in enumerate(rows):
        has = work[one.id]
        units.append(
            {
                "id": str(one.id),
                "x": round(float(xy[number, 0]), 1),
                "y": round(float(xy[number, 1]), 1),
                "households": has.households,
                "workload": has.total,
                "compound": str(one.compound_id) if one.compound_id else None,
                "community": code_of[one.community_id],
                "name": f"{compounds.get(one.compound_id or 0, '')}{one.name}",
                "lon": round(float(lonlat[number, 0]), 6),
                "lat": round(float(lonlat[number, 1]), 6),
                "placed": bool(placed[number]),
                "matters": has.matters,
                "visits": has.visits,
                "care": has.care,
            }
        )
    return {
        "units": units,
        "borders": _borders(rows, units, xy, lonlat, division),
        "target_households": settings.get("target", 300),
        "hard_borders": True,
        "today": {str(one.id): str(one.grid_id) for one in rows if one.grid_id in grids},
        "todays": {
            str(pk): {"name": one.name, "community": code_of[one.community_id], "code": one.code}
            for pk, one in grids.items()
        },
        "communities": {one.code: one.name for one in chosen},
    }


def _buildings(community_ids: Sequence[int]) -> list[_Row]:
    rows = Building.objects.filter(community_id__in=community_ids, active=True).order_by("community__code", "id")
    return [_Row(*row) for row in rows.values_list(*_FIELDS)]


def _compound_names(community_ids: Sequence[int]) -> dict[int, str]:
    rows = Building.objects.filter(community_id__in=community_ids, compound__isnull=False)
    return dict(rows.order_by().values_list("compound_id", "compound__name").distinct())


def _positions(rows: Sequence[_Row]) -> tuple[Any, Any]:
    """Positions in degrees; a building without one stands in the middle of its compound, else of its community."""
    placed = np.array([one.lon is not None and one.lat is not None for one in rows])
    lonlat = np.array([(one.lon or 0.0, one.lat or 0.0) for one in rows], np.float64).reshape(-1, 2)
    if not placed.any():
        raise ValidationError(_("这里的楼栋都没有位置，算不出谁和谁相邻。请先补上坐标。"))
    for number in np.flatnonzero(~placed).tolist():
        mine = rows[number]
        for same in (
            [
                p and one.compound_id is not None and one.compound_id == mine.compound_id
                for one, p in zip(rows, placed, strict=True)
            ],
            [p and one.community_id == mine.community_id for one, p in zip(rows, placed, strict=True)],
            placed,
        ):
            if np.any(same):
                lonlat[number] = lonlat[np.array(same, bool)].mean(axis=0)
                break
    return lonlat, placed


def _borders(
    rows: Sequence[_Row], units: Sequence[Mapping[str, Any]], xy: Any, lonlat: Any, division: Division
) -> list[dict[str, Any]]:
    """Neighbours of each community apart: no grid goes across its border."""
    edges: list[tuple[int, int, float]] = []
    of: dict[int, list[int]] = {}
    for number, one in enumerate(rows):
        of.setdefault(one.community_id, []).append(number)
    for mine in of.values():
        edges += [(mine[a], mine[b], n) for a, b, n in neighbours.neighbours(xy[mine])]
    walls = neighbours.barriers(lonlat, [(a, b) for a, b, _n in edges], _walls(lonlat, division))
    return [
        {
            "a": units[a]["id"],
            "b": units[b]["id"],
            "length": length,
            "weight": neighbours.weight(
                rows[a].compound_id is not None and rows[a].compound_id == rows[b].compound_id, wall
            ),
            "wall": wall.value,
        }
        for (a, b, length), wall in zip(edges, walls, strict=True)
    ]


def _walls(lonlat: Any, division: Division) -> list[tuple[Any, Barrier]]:
    """What separates neighbours: water, arterial roads and railways from the map's layers, in the province that the area lies in."""
    head = division.code[: CODE_LENGTHS[Level.PROVINCE]]
    rows = MapLayer.objects.filter(
        kind__in=(*WATER, *ROADS), division__code__range=(head.ljust(12, "0"), head.ljust(12, "9"))
    )
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    found = []
    for kind, geometry in rows.order_by("id").values_list("kind", "geometry"):
        shape = neighbours.shape_of(geometry)
        if shape is None or shape.is_empty:
            continue
        box = shape.bounds
        if box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south:
            found.append((shape, Barrier.WATER if kind in WATER else Barrier.ROAD))
    return found
