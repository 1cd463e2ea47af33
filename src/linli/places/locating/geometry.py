"""Boundaries: checked on the way in, measured in metres, compared with each other.

Shapes are shapely Polygon or MultiPolygon in WGS 84 degrees (lon, lat). A boundary belongs to its shape: a point on
an outer ring or on the edge of a hole counts as inside.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from linli.places.locating.crs import checked_position
from linli.places.locating.entries import GridShape
from linli.places.locating.errors import LocatingError, gettext_noop

Shape: TypeAlias = "Polygon | MultiPolygon"

MAX_VERTICES = 20_000
_MAX_TEXT = 4_000_000  # generous for that many points; longer JSON is not even parsed
OVERLAP_TOLERANCE_M2 = 1.0
"""Digitised neighbours rarely share a border to the millimetre; slivers up to this area are no overlap."""

_SEMI_MAJOR = 6378137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_E = math.sqrt(_E2)

_NOT_GEOJSON = gettext_noop("边界应为 GeoJSON 的 Polygon 或 MultiPolygon。")
_NO_RINGS = gettext_noop("边界是空的：每个面至少要有一条环。")
_NOT_A_RING = gettext_noop("第 %(ring)s 条环不是坐标列表。")
_FEW_POINTS = gettext_noop("第 %(ring)s 条环只有 %(points)s 个点，闭合的环至少要有 4 个点。")
_NOT_CLOSED = gettext_noop("第 %(ring)s 条环没有闭合：首尾两点应相同。")
_NOT_A_POSITION = gettext_noop("第 %(ring)s 条环的第 %(point)s 个点不是有效的经纬度。")
_TOO_MANY = gettext_noop("边界的点太多，最多 %(most)s 个点。")
_CROSSING = gettext_noop("边界在（%(lon)s, %(lat)s）处自相交或重叠，请在该处修正。")
_INVALID = gettext_noop("边界的形状无效，请检查各条环是否交叉、重叠或在外环之外。")
_FLAT = gettext_noop("边界没有面积。")


def shape_from_geojson(data: object) -> Shape:
    """Check a GeoJSON Polygon or MultiPolygon (or a Feature around one; dict or JSON text) and return its shape.

    Rings must be closed, have at least 4 points within lon/lat range, must not cross or touch along a line, and
    enclose an area; all rings together have at most MAX_VERTICES points. A third coordinate is dropped. Raises
    LocatingError saying what is wrong and where.
    """
    if isinstance(data, str | bytes):
        if len(data) > _MAX_TEXT:
            raise LocatingError("vertices", _TOO_MANY, most=MAX_VERTICES)
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise LocatingError("geometry_type", _NOT_GEOJSON) from error
    if isinstance(data, Mapping) and data.get("type") == "Feature":
        data = data.get("geometry")
    if not isinstance(data, Mapping) or data.get("type") not in ("Polygon", "MultiPolygon"):
        raise LocatingError("geometry_type", _NOT_GEOJSON)
    coordinates = data.get("coordinates")
    return _checked_shape([coordinates] if data["type"] == "Polygon" else coordinates)


def shape_from_rings(polygon: Any) -> Shape:
    """The shape of a GridShape's `polygon` (rings of one polygon, or a list of such), checked as GeoJSON is."""
    try:
        # One level deeper in a multipolygon: its first ring's first point is a point, not a number.
        nested = not isinstance(polygon[0][0][0], int | float | np.number)
    except (IndexError, TypeError, KeyError):
        nested = False
    return _checked_shape(polygon if nested else [polygon])


def _checked_shape(polygons: Any) -> Shape:
    if not _is_list(polygons) or not polygons:
        raise LocatingError("geometry_empty", _NO_RINGS)
    parts = []
    vertices = rings_before = 0
    for rings in polygons:
        if not _is_list(rings) or not rings:
            raise LocatingError("geometry_empty", _NO_RINGS)
        checked = []
        for number, ring in enumerate(rings, start=rings_before + 1):
            if not _is_list(ring):
                raise LocatingError("ring_type", _NOT_A_RING, ring=number)
            vertices += len(ring)
            if vertices > MAX_VERTICES:
                raise LocatingError("vertices", _TOO_MANY, most=MAX_VERTICES)
            checked.append(_checked_ring(ring, number))
        rings_before += len(rings)
        parts.append(shapely.polygons(checked[0], checked[1:] or None))
    shape = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    if not shapely.is_valid(shape):
        raise _why_invalid(shape)
    if not shape.area > 0:
        raise LocatingError("geometry_flat", _FLAT)
    return shape


def _checked_ring(ring: Sequence[Any], number: int) -> Any:
    if len(ring) < 4:
        raise LocatingError("ring_points", _FEW_POINTS, ring=number, points=len(ring))
    points = []
    for index, position in enumerate(ring, start=1):
        try:
            if not _is_list(position) or len(position) not in (2, 3):
                raise LocatingError("position", _NOT_A_POSITION, ring=number, point=index)
            points.append(checked_position(position[0], position[1]))
        except LocatingError as error:
            raise LocatingError("position", _NOT_A_POSITION, ring=number, point=index) from error
    if points[0] != points[-1]:
        raise LocatingError("ring_open", _NOT_CLOSED, ring=number)
    return shapely.linearrings(points)


def _why_invalid(shape: Shape) -> LocatingError:
    """GEOS ends its reason with the place, as in 'Self-intersection[121.5 31.2]'."""
    _, bracket, place = shapely.is_valid_reason(shape).rpartition("[")
    lon, _, lat = place.rstrip("]").partition(" ")
    if bracket and lon and lat:
        return LocatingError("geometry_crossing", _CROSSING, lon=lon, lat=lat)
    return LocatingError("geometry_invalid", _INVALID)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def to_geojson(shape: Shape) -> dict[str, Any]:
    """The shape as a GeoJSON geometry made of dicts and lists."""
    result: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return result


def area_m2(shape: Shape) -> float:
    """Area in square metres on the WGS 84 ellipsoid.

    Measured in the cylindrical equal-area projection of the ellipsoid (Snyder, Map Projections: A Working Manual,
    USGS 1987, eq. 10-14 to 10-15 and 3-12), with edges straight in that projection: exact but for the bend of long
    edges, below one part in a million for anything the size of a town.
    """
    return float(shapely.transform(shape, _equal_area).area)


def _equal_area(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, sine = np.radians(lonlat[:, 0]), np.sin(np.radians(lonlat[:, 1]))
    q = (1 - _E2) * (sine / (1 - _E2 * sine**2) + np.arctanh(_E * sine) / _E)
    return np.column_stack((_SEMI_MAJOR * lon, _SEMI_MAJOR * q / 2))


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres per degree of longitude and of latitude at this latitude, on the WGS 84 ellipsoid."""
    phi = math.radians(lat)
    w = 1 - _E2 * math.sin(phi) ** 2
    east = math.radians(_SEMI_MAJOR / math.sqrt(w) * math.cos(phi))
    north = math.radians(_SEMI_MAJOR * (1 - _E2) / w**1.5)
    return east, north


def distance_m(shape: Shape, lon: float, lat: float) -> float:
    """Metres from a point to the shape, 0 inside it; taken in the plane touching at the point, so for short
    distances."""
    east, north = metres_per_degree(lat)
    flat = shapely.transform(shape, lambda xy: (xy - (lon, lat)) * (east, north))
    return float(shapely.distance(flat, shapely.Point(0.0, 0.0)))


def centroid(shape: Shape) -> tuple[float, float]:
    """Centre of gravity `(lon, lat)`; may lie outside a bent shape (see `inner_point`)."""
    point = shape.centroid
    return point.x, point.y


def inner_point(shape: Shape) -> tuple[float, float]:
    """Some point well inside the shape `(lon, lat)`, for a label."""
    point = shape.representative_point()
    return point.x, point.y


def bbox(shape: Shape) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees."""
    west, south, east, north = shape.bounds
    return west, south, east, north


def contains(shape: Shape, lon: float, lat: float) -> bool:
    """Is the point in the shape or on its border?"""
    return bool(shapely.intersects_xy(shape, lon, lat))


def union(shapes: Iterable[Shape]) -> "Shape | None":
    """All shapes together, as a community's outline from its grids; None for none."""
    merged = shapely.union_all(list(shapes))
    return None if merged.is_empty else merged


def overlaps(grids: Iterable[GridShape], tolerance_m2: float = OVERLAP_TOLERANCE_M2) -> list[tuple[int, int]]:
    """Pairs of grid ids (smaller first, sorted) whose shapes share more than `tolerance_m2`; give one community's
    grids.

    Grids without a boundary are passed over; common borders are no overlap.
    """
    drawn = sorted((g for g in grids if g.polygon is not None), key=lambda grid: grid.id)
    shapes = np.array([shape_from_rings(grid.polygon) for grid in drawn], dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return sorted(
        (drawn[a].id, drawn[b].id)
        for a, b in zip(first.tolist(), second.tolist(), strict=True)
        if a < b and _shared_m2(shapes[a], shapes[b]) > tolerance_m2
    )


def _shared_m2(one: Shape, other: Shape) -> float:
    shared = shapely.intersection(one, other)
    polygons = [part for part in shapely.get_parts(shared) if part.geom_type == "Polygon"]
    return area_m2(shapely.multipolygons(polygons)) if polygons else 0.0
