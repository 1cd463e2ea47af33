"""Maps as SVG, drawn on the server: geometries in, text out. No script, no style attribute: classes take their colours from the theme.

Works for every page that shows where something is; the interactive map starts from the same drawing.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

METRES = 111_320.0  # per degree of latitude, near enough for a picture
Bounds = tuple[float, float, float, float]
Geometry = Mapping[str, Any]

# Sizes of names in units of a picture 1000 wide: on a wide screen, and on a phone where the same picture is a third as big.
NAME_SIZE, NAME_SIZE_NARROW = 18.0, 38.0


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """A window on the ground as a picture: what part, and how many units wide and high."""

    bounds: Bounds
    width: float
    height: float

    @classmethod
    def around(cls, bounds: Bounds, width: float = 1000, height: float = 640, margin: float = 0.05) -> "Frame":
        """Return the frame of this size that shows all of ``bounds`` with a margin, true to shape at its middle."""
        west, south, east, north = bounds
        lon, lat = (west + east) / 2, (south + north) / 2
        squeeze = max(math.cos(math.radians(lat)), 0.01)
        scale = max((east - west) * squeeze / width, (north - south) / height, 60 / METRES / height) * (1 + 2 * margin)
        half_lon, half_lat = scale * width / squeeze / 2, scale * height / 2
        return cls((lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat), width, height)

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the units (x right, y down) of a position."""
        west, south, east, north = self.bounds
        return (lon - west) / (east - west) * self.width, (north - lat) / (north - south) * self.height

    def metres(self, length: float) -> float:
        """Return how many units a length on the ground is."""
        _west, south, _east, north = self.bounds
        return length / METRES / (north - south) * self.height

    def shows(self, bounds: Bounds) -> bool:
        """Return whether any of a box is in the window."""
        west, south, east, north = self.bounds
        return bounds[0] <= east and bounds[2] >= west and bounds[1] <= north and bounds[3] >= south


@dataclasses.dataclass(frozen=True, slots=True)
class Stroke:
    """A geometry and the classes it is drawn with; ``width`` in units for lines without one of their own; ``key`` (data-key) is
    what a script finds it by, ``title`` what a mouse over it reads."""

    geometry: Geometry
    css: str
    width: float | None = None
    key: str = ""
    title: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A name beside a position, with an optional second line; the earlier in a list the surer it is shown."""

    lon: float
    lat: float
    text: str
    small: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """A point with its state (open, done, over, here) and what a mouse over it reads."""

    lon: float
    lat: float
    state: str = "open"
    title: str = ""


_SYMBOLS = {
    "open": '<circle class="c-dot c-pt" r="9"/>',
    "done": '<circle class="c-pt c-hollow" r="9"/><path class="c-ring" d="M-4 0l3 3.4 5-6"/>',
    "over": '<path class="c-over c-pt" d="M0-11L12 9H-12Z"/>',
    "here": '<path class="c-now c-pt" d="M0 0C-9-10-12-14-12-19A12 12 0 0 1 12-19C12-14 9-10 0 0Z"/>',
}


def svg_map(
    frame: Frame,
    *,
    title: str,
    desc: str = "",
    strokes: Sequence[Stroke] = (),
    names: Sequence[Name] = (),
    marks: Sequence[Mark] = (),
    id: str = "map",
    css: str = "",
) -> SafeString:
    """Return the picture: strokes in their order, then names that do not cover each other, then marks.

    ``css`` is a further class: m-near for a picture that is never shown much smaller than it is drawn. ``title`` and ``desc`` are
    read aloud; whatever the picture says must also stand in words beside it.
    """
    parts = [
        f'<svg class="{escape(f"c-svg m-svg {css}".strip())}" viewBox="0 0 {_n(frame.width)} {_n(frame.height)}" role="img" '
        f'aria-labelledby="{escape(id)}-t {escape(id)}-d"><title id="{escape(id)}-t">{escape(title)}</title>'
        f'<desc id="{escape(id)}-d">{escape(desc)}</desc>'
        f'<rect class="c-land" width="{_n(frame.width)}" height="{_n(frame.height)}"/>'
    ]
    for stroke in strokes:
        if d := path(stroke.geometry, frame):
            width = "" if stroke.width is None else f' stroke-width="{_n(max(stroke.width, 0.6))}"'
            key = f' data-key="{escape(stroke.key)}"' if stroke.key else ""
            said = f"><title>{escape(stroke.title)}</title></path>" if stroke.title else "/>"
            parts.append(f'<path class="{escape(stroke.css)}"{width}{key} d="{d}"{said}')
    parts += _names(frame, names)
    for mark in marks:
        x, y = frame.at(mark.lon, mark.lat)
        if 0 <= x <= frame.width and 0 <= y <= frame.height:
            said = f"<title>{escape(mark.title)}</title>" if mark.title else ""
            symbol = _SYMBOLS.get(mark.state, _SYMBOLS["open"])
            parts.append(f'<g class="m-mark" transform="translate({_n(x)} {_n(y)})"><g>{said}{symbol}</g></g>')
    parts.append("</svg>")
    return mark_safe("".join(parts))


def path(geometry: Geometry, frame: Frame) -> str:
    """Return the path data of a GeoJSON line or area; points closer than a third of a unit to the last one are left out."""
    parts = []
    for line, closed in _lines(geometry):
        points = _thinned([frame.at(position[0], position[1]) for position in line])
        if len(points) > (2 if closed else 1):
            parts.append("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + ("Z" if closed else ""))
    return "".join(parts)


def bounds_of(geometries: Iterable[Geometry]) -> Bounds | None:
    """Return the box around some geometries, or None for none."""
    positions = [position for geometry in geometries for line, _closed in _lines(geometry) for position in line]
    if not positions:
        return None
    lons, lats = [position[0] for position in positions], [position[1] for position in positions]
    return min(lons), min(lats), max(lons), max(lats)


def _lines(geometry: Geometry) -> Iterator[tuple[Sequence[Sequence[float]], bool]]:
    kind, parts = geometry.get("type"), geometry.get("coordinates") or ()
    if kind == "Point":
        yield [parts], False
    elif kind == "LineString":
        yield parts, False
    elif kind == "MultiLineString":
        yield from ((line, False) for line in parts)
    elif kind == "Polygon":
        yield from ((ring, True) for ring in parts)
    elif kind == "MultiPolygon":
        yield from ((ring, True) for polygon in parts for ring in polygon)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    kept = list(points[:1])
    for x, y in points[1:]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 0.33:
            kept.append((x, y))
    return kept


def _names(frame: Frame, names: Sequence[Name]) -> Iterator[str]:
    """Names that fit on a wide screen; those that would cover each other on a phone are left out there (class m-wide)."""
    wide: list[Bounds] = []
    narrow: list[Bounds] = []
    for name in names:
        x, y = frame.at(name.lon, name.lat)
        if not _put(_box(name, x, y, NAME_SIZE), wide, frame):
            continue
        on_phone = _put(_box(name, x, y, NAME_SIZE_NARROW, small=False), narrow, frame)
        css = "m-name" if on_phone else "m-name m-wide"
        small = f'<tspan class="m-small" x="{_n(x)}" dy="1.25em">{escape(name.small)}</tspan>' if name.small else ""
        yield f'<text class="{css}" x="{_n(x)}" y="{_n(y)}">{escape(name.text)}{small}</text>'


def _box(name: Name, x: float, y: float, size: float, small: bool = True) -> Bounds:
    """Roughly where a name will stand: Chinese signs are as wide as high, others about half."""
    lines = [name.text, *([name.small] if small and name.small else [])]
    half = max(sum(1.0 if ord(sign) > 0x2E7F else 0.58 for sign in line) for line in lines) * size / 2 + 3
    return x - half, y - size, x + half, y + size * (1.25 * len(lines) - 0.9)


def _put(box: Bounds, placed: list[Bounds], frame: Frame) -> bool:
    west, top, east, bottom = box
    if west < 0 or east > frame.width or top < 0 or bottom > frame.height:
        return False
    if any(west < other[2] and east > other[0] and top < other[3] and bottom > other[1] for other in placed):
        return False
    placed.append(box)
    return True


def _n(value: float) -> str:
    """A number as short as a tenth of a unit needs."""
    return (
        f"{value:.1f}".rstrip("0").rstrip(".").replace("-0", "0")
        if abs(value) < 0.05
        else f"{value:.1f}".removesuffix(".0")
    )
