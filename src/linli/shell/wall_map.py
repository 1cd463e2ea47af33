"""The map of the wall: the places inside a place as SVG paths, from their outlines or, where there are none, from their grids."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from shapely import maximum_inscribed_circle, unary_union
from shapely.errors import ShapelyError
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, shape

from linli.kernel.memo import remember
from linli.orgs.units import Unit
from linli.places.enums import CODE_LENGTHS, Level, MapKind
from linli.places.models import Division, Grid, MapLayer

WIDTH, HEIGHT, MARGIN = 1000, 640, 14
# more communities than this are too small to tell apart: their streets are drawn
MOST_SHAPES = 150
# pixels that a sign of a label takes, and that its two lines are high
SIGN, HIGH_LABEL = 17, 34
KEPT = 600.0


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """A place on the map: its division code or grid id, its path, where its label stands, and whether there is room for one."""

    key: Any
    name: str
    path: str
    x: float
    y: float
    room: bool


def shapes(top: Unit) -> tuple[Level | None, list[Shape]]:
    """Return which places are drawn (communities or streets; None: grids) and their shapes; read once in ten minutes."""
    return remember(f"shell:wall:{top.id}", lambda: _shapes(top), seconds=KEPT)


def _shapes(top: Unit) -> tuple[Level | None, list[Shape]]:
    if top.level >= Level.COMMUNITY:
        grids = Grid.objects.filter(community_id=top.division_id, active=True).order_by("code")
        return None, _drawn({grid.pk: (grid.name, grid.boundary) for grid in grids})
    prefix = top.division_code[: CODE_LENGTHS[Level(top.level)]]
    inside = Division.objects.filter(code__startswith=prefix, active=True)
    level = Level.COMMUNITY
    if top.level < Level.STREET and inside.filter(level=Level.COMMUNITY).count() > MOST_SHAPES:
        level = Level.STREET
    places = {one.pk: one for one in inside.filter(level=level).order_by("code")}
    outlines = dict(
        MapLayer.objects.filter(kind=MapKind.OUTLINE, division_id__in=places).values_list("division_id", "geometry")
    )
    if len(outlines) < len(places):
        outlines = _from_grids(prefix, level, places) | outlines
    return level, _drawn({one.code: (_short(one.name), outlines.get(pk)) for pk, one in places.items()})


def _short(name: str) -> str:
    """A place's name without the word for what it is, where enough is left: 梨花巷社区 is 梨花巷."""
    for word in ("社区", "街道", "村", "乡", "镇"):
        if name.endswith(word) and len(name) > len(word) + 1:
            return name.removesuffix(word)
    return name


def _from_grids(prefix: str, level: Level, places: Mapping[int, Division]) -> dict[int, Any]:
    """Outlines put together from the boundaries of the grids inside each place."""
    ids, length = {one.code: pk for pk, one in places.items()}, CODE_LENGTHS[level]
    parts: dict[int, list[Any]] = {}
    rows = Grid.objects.filter(code__startswith=prefix, active=True, boundary__isnull=False)
    for code, boundary in rows.values_list("code", "boundary"):
        owner, ground = ids.get(code[:length].ljust(12, "0")), _ground(boundary)
        if owner is not None and ground is not None:
            parts.setdefault(owner, []).append(ground)
    return {pk: unary_union(some) for pk, some in parts.items()}


def _ground(geometry: Any) -> Polygon | MultiPolygon | None:
    """A GeoJSON area (or one already read) as a shape; None for what is not one."""
    try:
        found = geometry if isinstance(geometry, Polygon | MultiPolygon) else shape(geometry)
    except (ShapelyError, TypeError, ValueError, AttributeError, KeyError):
        return None
    return found if isinstance(found, Polygon | MultiPolygon) and not found.is_empty else None


def _drawn(places: Mapping[Any, tuple[str, Any]]) -> list[Shape]:
    grounds = {key: (name, ground) for key, (name, given) in places.items() if (ground := _ground(given)) is not None}
    if not grounds:
        return []
    boxes = [ground.bounds for _name, ground in grounds.values()]
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * narrow, 1e-9), (HEIGHT - 2 * MARGIN) / max(north - south, 1e-9)
    )
    left = (WIDTH - (east - west) * narrow * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def pixel(lon: float, lat: float) -> tuple[float, float]:
        return round(left + (lon - west) * narrow * scale, 1), round(top + (north - lat) * scale, 1)

    found = []
    for key, (name, ground) in grounds.items():
        middle, wide, high = _middle(ground)
        room = wide * narrow * scale > len(name) * SIGN + 8 and high * scale > HIGH_LABEL
        x, y = pixel(*middle)
        found.append(Shape(key, name, _path(ground.simplify(0.7 / scale), pixel), x, y, room))
    return found


def _middle(ground: Polygon | MultiPolygon) -> tuple[tuple[float, float], float, float]:
    """Where a label stands best: the middle of the largest circle inside; how wide the place is there, and how high (degrees)."""
    west, south, east, north = ground.bounds
    circle = maximum_inscribed_circle(ground, tolerance=max(east - west, north - south) / 200)
    x, y = circle.coords[0]
    across = LineString([(west, y), (east, y)]).intersection(ground)
    pieces = across.geoms if hasattr(across, "geoms") else [across]
    wide = max((one.length for one in pieces if one.distance(Point(x, y)) < 1e-9), default=0.0)
    return (x, y), wide, 2 * circle.length


def _path(ground: Any, pixel: Any) -> str:
    rings = []
    for part in ground.geoms if isinstance(ground, MultiPolygon) else [ground]:
        for ring in (part.exterior, *part.interiors):
            points = [pixel(lon, lat) for lon, lat, *_rest in ring.coords[:-1]]
            rings.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(rings)
