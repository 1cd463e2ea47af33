"""A first plan: the territory is halved again and again, each half in one piece, until every part is one grid."""

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph
from linli.gridding.kernels import spread


def first_plan(graph: Graph, work: Array, units: Array, count: int, rng: np.random.Generator) -> Array:
    """Number the grids (0 to count - 1) of `units`, which are in one piece and at least as many as grids."""
    part = np.full(graph.size, -1, np.int32)
    tags = np.full(graph.size, -1, np.int64)
    order = np.empty(graph.size, np.int64)
    tags[units] = 0
    # Nothing heavier than a grid may pull the number of grids of its half up.
    mean = work[units].sum() / count
    for _ in range(8):
        light = np.minimum(work, mean)
        mean = light[units].sum() / count
    light = np.minimum(work, mean).astype(np.float64)
    fresh = 1
    waiting = [(units, count, 0, 0)]
    while waiting:
        members, k, first, tag = waiting.pop()
        if k == 1:
            part[members] = first
            continue
        one, other, k_one = _halve(graph, light, members, k, tag, fresh, tags, order, rng)
        waiting.append((one, k_one, first, tag))
        waiting.append((other, k - k_one, first + k_one, fresh))
        fresh += 1
    return part[units]


def _halve(
    graph: Graph,
    light: Array,
    members: Array,
    k: int,
    tag: int,
    fresh: int,
    tags: Array,
    order: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array, int]:
    """Divide units tagged `tag` into two connected parts of about half the work; the second gets the tag `fresh`."""
    start = int(members[rng.integers(len(members))])
    for _ in range(2):  # towards the rim: the farthest from anywhere, then the farthest from there
        reached = spread(members, start, graph.indptr, graph.near, tags, tag, order)
        start = int(order[reached - 1])
    reached = spread(members, start, graph.indptr, graph.near, tags, tag, order)
    ranked = order[:reached].copy()
    total = light[members].sum()
    wanted = k // 2
    sums = np.cumsum(light[ranked])
    at = int(np.searchsorted(sums, total * wanted / k)) + 1
    at = min(max(at, wanted), reached - (k - wanted))
    tags[ranked[at:]] = fresh
    rest = ranked[at:]
    # What lies behind may be in several pieces: the heaviest stays, the others go to the first half.
    found: list[Array] = []
    left = rest
    mark = tags
    while len(left):
        got = spread(left, int(left[0]), graph.indptr, graph.near, mark, fresh, order)
        piece = order[:got].copy()
        found.append(piece)
        mark[piece] = tag
        left = left[mark[left] == fresh]
    main = max(range(len(found)), key=lambda i: (light[found[i]].sum(), len(found[i]), -i))
    tags[found[main]] = fresh
    other = found[main]
    one = ranked[tags[ranked] == tag]
    share = light[one].sum() / total if total > 0 else len(one) / reached
    k_one = int(share * k + 0.5)
    k_one = min(max(k_one, 1, k - len(other)), k - 1, len(one))
    return one, other, k_one
