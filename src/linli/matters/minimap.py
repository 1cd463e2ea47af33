"""A small map as plain SVG paths: roads, water and buildings from our own tables, and a few points. No script, no outside host."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from linli.matters.placing import Choice
from linli.places.enums import MapKind
from linli.places.known import kept
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
    """A point on the map: where (pixels), what is written in it, and what it stands for ('', open, done, over, closed)."""

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

    No statement as long as places stay the same: outlines and lines are kept in the process.
    """
    return _drawn(tuple(points), least, _lines_and_areas(), _houses()) if points else None


@lru_cache(maxsize=1000)
def _drawn(
    points: tuple[tuple[float, float, str, str], ...], least: float, layers: "_Layers", houses: "_Outlines"
) -> Minimap:
    """The same points among the same streets and houses are the same map: pages of a case are opened several times a day."""
    view = _view([(lon, lat) for lon, lat, _text, _state in points], least)
    near = layers.within(view.box())
    return Minimap(
        houses=houses.paths(view),
        areas="".join(_area(shape, view) for kind, shape, _width in near if kind == MapKind.WATER),
        green="".join(_area(shape, view) for kind, shape, _width in near if kind == MapKind.GREEN),
        roads=[
            (path, _pixels(width or _WIDTHS[MapKind(kind)], view))
            for wanted in _ROADS
            for kind, shape, width in near
            if kind == wanted and (path := _line(shape, view))
        ],
        rivers=[
            (path, _pixels(width or _WIDTHS[MapKind.RIVER], view))
            for kind, shape, width in near
            if kind == MapKind.RIVER and (path := _line(shape, view))
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


Box = tuple[float, float, float, float]
_Layer = tuple[str, Any, float | None]


class _Layers:
    """Lines and areas with their boxes (west, south, east, north)."""

    def __init__(self, rows: Iterable[_Layer]) -> None:
        boxed = [(row, box) for row in rows if (box := _box_of(row[1])) is not None]
        self._rows = [row for row, _box in boxed]
        self._boxes = np.array([box for _row, box in boxed]).reshape(-1, 4)

    def within(self, box: Box) -> list[_Layer]:
        """Return those whose boxes meet a box."""
        west, south, east, north = self._boxes.T
        meets = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        return [self._rows[index] for index in np.flatnonzero(meets)]


class _Outlines:
    """The outlines of all buildings as one array of corners, so that a city's fit in a few megabytes."""

    def __init__(self, rows: Iterable[tuple[Any, Any, Any]]) -> None:
        middles: list[Point] = []
        rings: list[tuple[int, int, int]] = []  # building, first corner, number of corners
        corners: list[Sequence[float]] = []
        for lon, lat, shape in rows:
            for ring in _lines(shape):
                if len(ring) > 2:
                    rings.append((len(middles), len(corners), len(ring)))
                    corners += [position[:2] for position in ring]
            middles.append((lon, lat))
        self._middles = np.array(middles, dtype=float).reshape(-1, 2)
        self._corners = np.array(corners, dtype=float).reshape(-1, 2)
        self._rings = np.array(rings, dtype=int).reshape(-1, 3)

    def paths(self, view: _View) -> str:
        """Return the outlines of the buildings whose middles lie in the view as one path, at most MOST_BUILDINGS of them."""
        west, south, east, north = view.box()
        lon, lat = self._middles.T
        inside = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))[:MOST_BUILDINGS]
        rings = self._rings[np.isin(self._rings[:, 0], inside)]
        picked = np.concatenate(
            [np.arange(first, first + count) for _one, first, count in rings.tolist()] or [np.empty(0)]
        )
        corners = self._corners[picked.astype(int)]
        x = np.round(WIDTH / 2 + (corners[:, 0] - view.lon) * (view.east / view.scale), 1).tolist()
        y = np.round(HEIGHT / 2 - (corners[:, 1] - view.lat) * (_DEGREE / view.scale), 1).tolist()
        said = [f"{a:g} {b:g}" for a, b in zip(x, y, strict=True)]
        parts, at = [], 0
        for count in rings[:, 2].tolist():
            parts.append(f"M{'L'.join(said[at : at + count])}Z")
            at += count
        return "".join(parts)


def _lines_and_areas() -> _Layers:
    def load() -> _Layers:
        _drawn.cache_clear()
        kinds = [*_ROADS, MapKind.RIVER, MapKind.WATER, MapKind.GREEN]
        return _Layers(MapLayer.objects.filter(kind__in=kinds).order_by("id").values_list("kind", "geometry", "width"))

    found: _Layers = kept("minimap:layers", load)
    return found


def _houses() -> _Outlines:
    def load() -> _Outlines:
        _drawn.cache_clear()
        rows = Building.objects.filter(active=True, footprint__isnull=False, lon__isnull=False, lat__isnull=False)
        return _Outlines(rows.order_by("id").values_list("lon", "lat", "footprint").iterator(chunk_size=2000))

    found: _Outlines = kept("minimap:houses", load)
    return found


def _box_of(shape: Any) -> Box | None:
    found = [position for line in _lines(shape) for position in line]
    if not found:
        return None
    lons, lats = [p[0] for p in found], [p[1] for p in found]
    return min(lons), min(lats), max(lons), max(lats)


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
