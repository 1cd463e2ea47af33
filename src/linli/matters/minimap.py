"""A small map as plain SVG paths: roads, water and buildings from our own tables, and a few points. No script, no outside host."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

from linli.kernel.memo import remember
from linli.matters.placing import Choice
from linli.places.enums import MapKind
from linli.places.models import Building, MapLayer

WIDTH, HEIGHT = 780, 296
MOST_BUILDINGS = 400
LEAST_METRES = 260.0
_DEGREE = 111_320.0
# how wide a way is drawn where its table does not say (metres)
_WIDTHS = {MapKind.ARTERIAL: 22.0, MapKind.STREET: 12.0, MapKind.LANE: 6.0, MapKind.RAIL: 4.0, MapKind.RIVER: 30.0}
_ROADS = (MapKind.LANE, MapKind.STREET, MapKind.ARTERIAL)

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """A point on the map: where (pixels), what is written in it, and what it stands for ('', open, done, over)."""

    x: float
    y: float
    text: str
    state: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Minimap:
    """Paths in pixels of a WIDTH x HEIGHT picture. ``roads`` and ``rivers``: (path, width)."""

    houses: str
    areas: str
    green: str
    roads: list[tuple[str, float]]
    rivers: list[tuple[str, float]]
    marks: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT


@dataclasses.dataclass(frozen=True, slots=True)
class _View:
    """A window on the ground: its middle, and metres per pixel."""

    lon: float
    lat: float
    scale: float

    @property
    def east(self) -> float:
        return _DEGREE * math.cos(math.radians(self.lat))

    def pixel(self, lon: float, lat: float) -> Point:
        return (
            round(WIDTH / 2 + (lon - self.lon) * self.east / self.scale, 1),
            round(HEIGHT / 2 - (lat - self.lat) * _DEGREE / self.scale, 1),
        )

    def box(self) -> tuple[float, float, float, float]:
        wide, high = WIDTH / 2 * self.scale / self.east, HEIGHT / 2 * self.scale / _DEGREE
        return self.lon - wide, self.lat - high, self.lon + wide, self.lat + high


def of_choices(choices: Sequence[Choice]) -> Minimap | None:
    """Return the map of numbered candidates, or None if none of them has a position."""
    placed = [(n, one) for n, one in enumerate(choices, 1) if one.lon is not None and one.lat is not None]
    return draw([(one.lon, one.lat, str(n), "") for n, one in placed])  # type: ignore[misc]


def draw(points: Sequence[tuple[float, float, str, str]], *, least: float = LEAST_METRES) -> Minimap | None:
    """Return the map around points (lon, lat, text, state), at least so many metres wide; None without points.

    Two statements at most.
    """
    if not points:
        return None
    view = _view([(lon, lat) for lon, lat, _text, _state in points], least)
    west, south, east, north = view.box()
    footprints = (
        Building.objects.filter(
            lon__range=(west, east), lat__range=(south, north), active=True, footprint__isnull=False
        )
        .order_by("id")
        .values_list("footprint", flat=True)[:MOST_BUILDINGS]
    )
    layers = _layers()
    return Minimap(
        houses="".join(_area(shape, view) for shape in footprints),
        areas="".join(
            _area(shape, view) for kind, shape, _w, box in layers if kind == MapKind.WATER and _meets(box, view)
        ),
        green="".join(
            _area(shape, view) for kind, shape, _w, box in layers if kind == MapKind.GREEN and _meets(box, view)
        ),
        roads=[
            (path, _pixels(width or _WIDTHS[MapKind(kind)], view))
            for wanted in _ROADS
            for kind, shape, width, box in layers
            if kind == wanted and _meets(box, view) and (path := _line(shape, view))
        ],
        rivers=[
            (path, _pixels(width or _WIDTHS[MapKind.RIVER], view))
            for kind, shape, width, box in layers
            if kind == MapKind.RIVER and _meets(box, view) and (path := _line(shape, view))
        ],
        marks=[Mark(*view.pixel(lon, lat), text, state) for lon, lat, text, state in points],
    )


def _view(points: Sequence[Point], least: float) -> _View:
    lons, lats = [lon for lon, _lat in points], [lat for _lon, lat in points]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    wide = (max(lons) - min(lons)) * _DEGREE * math.cos(math.radians(lat))
    high = (max(lats) - min(lats)) * _DEGREE
    # room around the outermost points; never closer than a few houses
    scale = max(wide * 1.35 / WIDTH, high * 1.7 / HEIGHT, least / WIDTH)
    return _View(lon, lat, scale)


def _pixels(metres: float, view: _View) -> float:
    return round(max(1.5, metres / view.scale), 1)


_Layer = tuple[str, Any, float | None, tuple[float, float, float, float]]


def _layers() -> list[_Layer]:
    """Lines and areas with their boxes (kept in the process for a minute)."""

    def load() -> list[_Layer]:
        kinds = [*_ROADS, MapKind.RIVER, MapKind.WATER, MapKind.GREEN]
        rows = MapLayer.objects.filter(kind__in=kinds).values_list("kind", "geometry", "width")
        return [(kind, shape, width, box) for kind, shape, width in rows if (box := _box_of(shape)) is not None]

    return remember("matters:maplayers", load, seconds=60)


def _box_of(shape: Any) -> tuple[float, float, float, float] | None:
    found = [position for line in _lines(shape) for position in line]
    if not found:
        return None
    lons, lats = [p[0] for p in found], [p[1] for p in found]
    return min(lons), min(lats), max(lons), max(lats)


def _meets(box: tuple[float, float, float, float], view: _View) -> bool:
    west, south, east, north = view.box()
    return box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south


def _lines(shape: Any) -> Iterable[Sequence[Sequence[float]]]:
    """The rings or lines of a GeoJSON geometry, or of bare rings."""
    kind = shape.get("type") if isinstance(shape, dict) else "Polygon"
    parts = shape.get("coordinates", []) if isinstance(shape, dict) else shape
    if kind == "LineString":
        yield parts
    elif kind in ("Polygon", "MultiLineString"):
        yield from parts
    elif kind == "MultiPolygon":
        for polygon in parts:
            yield from polygon


def _area(shape: Any, view: _View) -> str:
    return "".join(f"M{'L'.join(_pairs(ring, view))}Z" for ring in _lines(shape) if len(ring) > 2)


def _line(shape: Any, view: _View) -> str:
    return "".join(f"M{'L'.join(_pairs(line, view))}" for line in _lines(shape) if len(line) > 1)


def _pairs(line: Sequence[Sequence[float]], view: _View) -> list[str]:
    return [f"{x:g} {y:g}" for x, y in (view.pixel(position[0], position[1]) for position in line)]
