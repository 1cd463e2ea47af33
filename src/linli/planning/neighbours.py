"""Which buildings are neighbours, and what separates them. Plain arrays, no database.

Two buildings are neighbours if no third stands in the circle over the line between them (Gabriel graph, a part of the Delaunay
triangulation). It always joins all buildings into one piece, so that a connected grid is a walk from door to door, and never joins what
others lie between. Cutting costs 4 within a compound, 1 across an arterial road, a railway or water, 2 otherwise.

Limits: positions stand for houses, so a long block counts as its middle; walls, gates and steps are not known; the length of a border is
that of the Voronoi edge between the two, at most twice their distance.
"""

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.planning.enums import Barrier

METRES = 111_320.0
TOUCH = 0.01
"""Metres: a shorter border is a corner."""
SAME_COMPOUND, ORDINARY, ACROSS = 4, 2, 1
Floats = NDArray[np.float64]


def metres(lonlat: Floats) -> Floats:
    """Positions as metres east and north of their south-western corner, true to shape in the middle."""
    if not len(lonlat):
        return lonlat.reshape(-1, 2)
    middle = math.radians(float(lonlat[:, 1].mean()))
    return (lonlat - lonlat.min(axis=0)) * np.array([METRES * math.cos(middle), METRES])


def neighbours(points: Floats) -> list[tuple[int, int, float]]:
    """Return (one, other, length of the border in metres) for neighbouring points; those at one place are a chain."""
    from scipy.spatial import Delaunay, QhullError  # where it is needed: a server that only shows plans does without

    places, first, inverse = np.unique(np.round(points, 2), axis=0, return_index=True, return_inverse=True)
    edges: list[tuple[int, int]]
    if len(places) < 4:
        edges = [(a, b) for a in range(len(places)) for b in range(a + 1, len(places))]
        edges = _gabriel(places, edges)
    else:
        try:
            corners = Delaunay(places).simplices
            pairs = np.unique(
                np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])), axis=0
            )
            edges = _gabriel(places, [(int(a), int(b)) for a, b in pairs])
        except QhullError:  # all on one line
            order = np.lexsort((places[:, 1], places[:, 0]))
            edges = [(int(a), int(b)) for a, b in pairwise(order.tolist())]
    length = _lengths(places, edges)
    found = [(int(first[a]), int(first[b]), n) for (a, b), n in length.items()]
    seen: dict[int, int] = {}
    for row, place in enumerate(inverse.ravel().tolist()):
        if place in seen:
            found.append((seen[place], row, 1.0))
        seen[place] = row
    return sorted((min(a, b), max(a, b), round(n, 1)) for a, b, n in found)


def _gabriel(places: Floats, edges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the pairs in whose circle no third point lies."""
    if not edges:
        return []
    tree = shapely.STRtree(shapely.points(places))
    ends = np.array(edges)
    middle = (places[ends[:, 0]] + places[ends[:, 1]]) / 2
    radius = np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1) / 2
    nearest, distance = tree.query_nearest(shapely.points(middle), return_distance=True, all_matches=False)
    clear = np.zeros(len(edges), bool)
    clear[nearest[0]] = distance >= radius[nearest[0]] * (1 - 1e-9)
    return [edge for edge, kept in zip(edges, clear.tolist(), strict=True) if kept]


def _lengths(places: Floats, edges: Sequence[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """The Voronoi edge between two points, at most twice their distance, at least a metre; pairs that only share a corner are left out."""
    apart = {(a, b): float(np.linalg.norm(places[a] - places[b])) for a, b in edges}
    if len(places) < 4:
        return apart
    from scipy.spatial import QhullError, Voronoi

    try:
        cells = Voronoi(places)
    except QhullError:
        return apart
    found = {}
    for (a, b), (one, other) in zip(cells.ridge_points.tolist(), cells.ridge_vertices, strict=True):
        key = (min(a, b), max(a, b))
        if key in apart and min(one, other) < 0:  # an edge without an end
            found[key] = apart[key]
        elif key in apart:
            edge = float(np.linalg.norm(cells.vertices[one] - cells.vertices[other]))
            if edge >= TOUCH:
                found[key] = max(1.0, min(edge, 2 * apart[key]))
    return found


def barriers(lonlat: Floats, edges: Sequence[tuple[int, int]], walls: Sequence[tuple[Any, Barrier]]) -> list[Barrier]:
    """Return what each pair is separated by: water before road. ``walls`` are shapes in degrees with their kinds."""
    found = [Barrier.NONE] * len(edges)
    if not walls or not edges:
        return found
    lines = shapely.linestrings(lonlat[np.array(edges)])
    tree = shapely.STRtree([shape for shape, _kind in walls])
    for line, wall in zip(*tree.query(lines, predicate="intersects").tolist(), strict=True):
        if found[line] != Barrier.WATER:
            found[line] = walls[wall][1]
    return found


def shape_of(geometry: Any) -> Any:
    """Return a GeoJSON geometry as a shape, None for what is none."""
    try:
        return shapely.from_geojson(json.dumps(geometry), on_invalid="ignore")
    except (TypeError, ValueError, shapely.GEOSException):
        return None


def weight(same_compound: bool, barrier: Barrier) -> int:
    """What it costs to separate two neighbours."""
    return SAME_COMPOUND if same_compound else ACROSS if barrier else ORDINARY
