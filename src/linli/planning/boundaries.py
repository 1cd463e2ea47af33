"""Boundaries of new grids on the ground: today's lines stay where nothing moved, new ones run half way between houses.

The ground of the community (its outline, else its grids of today together) is cut along the grids of today, and within each along the
Voronoi lines between its buildings; a new grid is the union of the cells of its buildings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from linli.places.locating import to_geojson

# A centimetre or so in degrees: cells are snapped to it, so that neighbours share their corners.
SNAP = 1e-7

Spots = Sequence[tuple[str, float, float]]


def boundaries(
    spots: Spots, assignment: Mapping[str, str], former: Sequence[Any], outline: Any | None
) -> dict[str, Any]:
    """Return a GeoJSON boundary for each grid of a plan; nothing where there is neither an outline nor a grid of today.

    ``spots`` are (unit, lon, lat); ``former`` the shapes of today's grids.
    """
    grounds = [shape for shape in former if shape is not None and not shape.is_empty]
    rest = outline
    if outline is not None and grounds:
        rest = shapely.difference(outline, shapely.union_all(grounds))
        rest = shapely.buffer(
            shapely.buffer(rest, -1e-6), 1e-6, join_style="mitre"
        )  # slivers between two drawings of one line
        rest = shapely.intersection(rest, shapely.difference(outline, shapely.union_all(grounds)))
    if rest is not None and not rest.is_empty:
        grounds.append(rest)
    if not grounds or not spots:
        return {}
    points = shapely.points([(lon, lat) for _unit, lon, lat in spots])
    everywhere = shapely.STRtree(points)
    cells: dict[str, list[Any]] = {}
    for ground in grounds:
        inner = everywhere.query(ground, predicate="intersects").tolist()
        for number, cell in _cells(ground, inner, points, everywhere):
            cells.setdefault(assignment[spots[number][0]], []).append(cell)
    found = {}
    for key, some in cells.items():
        whole = _areas(shapely.union_all(shapely.set_precision(some, SNAP), grid_size=SNAP))
        if whole is not None:
            found[key] = to_geojson(whole)
    return found


def _cells(ground: Any, inner: Sequence[int], points: Any, everywhere: shapely.STRtree) -> list[tuple[int, Any]]:
    """The parts of a ground, each with the building it belongs to. One without a building goes to the nearest."""
    if not inner:
        return [(int(everywhere.nearest(shapely.centroid(ground))), ground)]
    if len(inner) == 1:
        return [(inner[0], ground)]
    tree = shapely.STRtree(points[inner])
    lines = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points[inner]), extend_to=ground))
    if not len(lines):  # all at one place
        return [(inner[0], ground)]
    parts = shapely.intersection(lines, ground)
    nearest = tree.nearest(shapely.points([_seed(cell, tree, points, inner) for cell in lines]))
    return [(inner[int(n)], part) for n, part in zip(nearest, parts, strict=True) if not part.is_empty]


def _seed(cell: Any, tree: shapely.STRtree, points: Any, inner: Sequence[int]) -> tuple[float, float]:
    """The building inside a cell."""
    hit = tree.query(cell, predicate="intersects")
    one = points[inner[int(hit[0])]] if len(hit) else shapely.centroid(cell)
    return float(one.x), float(one.y)


def _areas(shape: Any) -> Any | None:
    """The areas of a shape without what has none."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > SNAP * SNAP * 100]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
