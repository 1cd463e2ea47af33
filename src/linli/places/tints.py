"""Tints of a map: neighbours differ, six are enough. Colour says nothing but 'this is another one'."""

from collections.abc import Sequence

import numpy as np
import shapely

from linli.places.locating.geometry import Shape

TINTS = 6
# Digitised neighbours rarely share a border to the millimetre: what runs within a decimetre for more than a metre is one (degrees).
_NEAR, _LONG = 1e-6, 1e-5


def tints(shapes: Sequence[Shape]) -> list[int]:
    """Return a tint from 1 to 6 for each shape such that shapes with a common border (longer than a point) differ.

    Greedy colouring in smallest-last order (Matula and Beck, JACM 30, 1983): the map of areas that do not overlap is planar, every
    planar graph has a vertex with at most five neighbours, so six colours always do. Overlapping shapes may repeat a tint.
    """
    neighbours = _neighbours(shapes)
    chosen = [0] * len(shapes)
    used = [0] * (TINTS + 1)
    for one in reversed(_smallest_first(neighbours)):
        taken = {chosen[other] for other in neighbours[one]}
        free = [tint for tint in range(1, TINTS + 1) if tint not in taken] or [1 + one % TINTS]
        # any free one would do; the one used least makes no large part of a map look alike
        chosen[one] = min(free, key=lambda tint: (used[tint], tint))
        used[chosen[one]] += 1
    return chosen


def _neighbours(shapes: Sequence[Shape]) -> list[set[int]]:
    found: list[set[int]] = [set() for _shape in shapes]
    if not shapes:
        return found
    array = np.array(shapes, dtype=object)
    one, other = shapely.STRtree(array).query(array, predicate="dwithin", distance=_NEAR)
    first = one < other
    one, other = one[first], other[first]
    outlines, widened = shapely.boundary(array), shapely.buffer(array, _NEAR, quad_segs=1)
    shared = shapely.length(shapely.intersection(outlines[one], widened[other])) > _LONG
    for a, b in zip(one[shared].tolist(), other[shared].tolist(), strict=True):
        found[a].add(b)
        found[b].add(a)
    return found


def _smallest_first(neighbours: Sequence[set[int]]) -> list[int]:
    """Take away, again and again, the vertex with the fewest neighbours left; the lowest number among equals."""
    left = {one: set(others) for one, others in enumerate(neighbours)}
    order = []
    while left:
        one = min(left, key=lambda vertex: (len(left[vertex]), vertex))
        for other in left.pop(one):
            left[other].discard(one)
        order.append(one)
    return order
