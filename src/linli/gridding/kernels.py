"""Compiled inner loops of the search: annealing of a plan under the hard rules. Arrays in, arrays changed in place.

Everything here is plain loops over arrays, compiled by numba and kept on disk, so that only the first run of an installation pays
for compiling. Chance comes from a state that is passed in: the same state makes the same moves, whatever the machine does meanwhile.
"""

from typing import Any

import numpy as np
from numba import njit

from linli.gridding.arrays import Array


@njit(cache=True, nogil=True, inline="always")
def _random(state: Array) -> Any:
    """Return 63 random bits of a splitmix64 generator and advance it."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(1))


@njit(cache=True, nogil=True, inline="always")
def _below(state: Array, bound: int) -> int:
    """Return a random number from 0 to bound - 1 (bound < 2**31)."""
    return ((_random(state) >> 32) * bound) >> 31


@njit(cache=True, nogil=True, inline="always")
def _chance(state: Array) -> float:
    """Return a random number in [0, 1)."""
    return (_random(state) >> 10) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, inline="always")
def _excess(load: float, low: float, high: float) -> float:
    """How far a load is outside its window."""
    if load > high:
        return load - high
    if load < low:
        return low - load
    return 0.0


@njit(cache=True, nogil=True)
def stays_whole(v: int, indptr: Array, near: Array, part: Array, seen: Array, queue: Array, stamp: Array) -> bool:
    """Whether the grid of unit v is still in one piece, and not empty, when v leaves it."""
    p = part[v]
    first = -1
    wanted = 0
    stamp[0] += 2
    mark = stamp[0]
    for e in range(indptr[v], indptr[v + 1]):
        u = near[e]
        if part[u] == p and u != v:
            if seen[u] != mark:
                seen[u] = mark
                wanted += 1
            first = u
    if wanted == 0:
        return False
    if wanted == 1:
        return True
    # Breadth first from one neighbour: `mark` is a neighbour not reached yet, `mark + 1` is reached.
    seen[first] = mark + 1
    wanted -= 1
    queue[0] = first
    head, tail = 0, 1
    while head < tail:
        x = queue[head]
        head += 1
        for e in range(indptr[x], indptr[x + 1]):
            u = near[e]
            if part[u] == p and u != v and seen[u] != mark + 1:
                if seen[u] == mark:
                    wanted -= 1
                    if wanted == 0:
                        return True
                seen[u] = mark + 1
                queue[tail] = u
                tail += 1
    return False


@njit(cache=True, nogil=True, inline="always")
def _gain(v: int, p: int, q: int, indptr: Array, near: Array, cost: Array, part: Array) -> float:
    """By how much the cost of cut borders grows when unit v goes from grid p to grid q."""
    grows = 0.0
    for e in range(indptr[v], indptr[v + 1]):
        g = part[near[e]]
        if g == p:
            grows += cost[e]
        elif g == q:
            grows -= cost[e]
    return grows


@njit(cache=True, nogil=True, inline="always")
def _shift(
    p: int, q: int, w: float, h: float, load: Array, homes: Array, low: Array, high: Array, scale: Array, band: Array
) -> float:
    """By how much the penalty for unfair loads grows when work w and households h go from grid p to grid q."""
    before = _excess(load[p], low[p], high[p]) / scale[p]
    after = _excess(load[p] - w, low[p], high[p]) / scale[p]
    grows = (after - before) * (1.0 + 4.0 * (after + before))
    before = _excess(load[q], low[q], high[q]) / scale[q]
    after = _excess(load[q] + w, low[q], high[q]) / scale[q]
    grows += (after - before) * (1.0 + 4.0 * (after + before))
    if band[2] > 0.0:
        grows += (_excess(homes[p] - h, band[0], band[1]) - _excess(homes[p], band[0], band[1])) / band[2]
        grows += (_excess(homes[q] + h, band[0], band[1]) - _excess(homes[q], band[0], band[1])) / band[2]
    return grows


@njit(cache=True, nogil=True)
def anneal(
    tries: int,
    hot: float,
    cold: float,
    strict: float,
    stay: float,
    state: Array,
    mine: Array,
    region: Array,
    r: int,
    indptr: Array,
    near: Array,
    cost: Array,
    work: Array,
    people: Array,
    home: Array,
    part: Array,
    load: Array,
    homes: Array,
    low: Array,
    high: Array,
    scale: Array,
    band: Array,
    seen: Array,
) -> int:
    """Try moves of the units `mine`, all in grids of region r, the temperature falling from hot to cold; return how many were made.

    A move takes one unit over a border; if that alone would be refused, a second unit may leave the receiving grid at once, back to the
    first grid (a swap) or on to a third (a chain). `strict` weighs unfair loads, `stay` each household that is not in its grid `home`.
    No move breaks a grid in two or empties it. Grids of other regions are looked at, never changed.
    """
    queue = np.empty(len(part), np.int32)
    stamp = np.zeros(1, np.int64)
    stamp[0] = seen.max() + 2 if len(seen) else 2
    made = 0
    count = len(mine)
    step = (cold / hot) ** (1.0 / max(1, tries // 1024)) if hot > 0.0 else 1.0
    heat = hot
    for i in range(tries):
        if i & 1023 == 1023:
            heat *= step
        v = mine[_below(state, count)]
        degree = indptr[v + 1] - indptr[v]
        if degree == 0:
            continue
        x = near[indptr[v] + _below(state, degree)]
        p, q = part[v], part[x]
        if p == q or region[q] != r:
            continue
        grows = _gain(v, p, q, indptr, near, cost, part)
        grows += strict * _shift(p, q, work[v], people[v], load, homes, low, high, scale, band)
        if stay > 0.0 and home[v] >= 0:
            grows += stay * people[v] * ((p == home[v]) - (q == home[v]))
        bar = -heat * np.log(1.0 - _chance(state)) if heat > 0.0 else 0.0
        if grows <= bar:
            if stays_whole(v, indptr, near, part, seen, queue, stamp):
                part[v] = q
                load[p] -= work[v]
                load[q] += work[v]
                homes[p] -= people[v]
                homes[q] += people[v]
                made += 1
            continue
        # A second unit: a short walk inside q from x to a unit on another border of q.
        y = x
        for _ in range(_below(state, 4)):
            z = near[indptr[y] + _below(state, indptr[y + 1] - indptr[y])]
            if part[z] == q:
                y = z
        t = part[near[indptr[y] + _below(state, indptr[y + 1] - indptr[y])]]
        if _below(state, 2) == 0:
            t = p
        if t == q or region[t] != r:
            continue
        part[v] = q
        load[p] -= work[v]
        load[q] += work[v]
        homes[p] -= people[v]
        homes[q] += people[v]
        touches = False
        for e in range(indptr[y], indptr[y + 1]):
            if part[near[e]] == t:
                touches = True
        if touches:
            grows += _gain(y, q, t, indptr, near, cost, part)
            grows += strict * _shift(q, t, work[y], people[y], load, homes, low, high, scale, band)
            if stay > 0.0 and home[y] >= 0:
                grows += stay * people[y] * ((q == home[y]) - (t == home[y]))
        good = touches and grows <= bar
        if good:
            part[v] = p
            good = stays_whole(v, indptr, near, part, seen, queue, stamp)
            part[v] = q
        if good and stays_whole(y, indptr, near, part, seen, queue, stamp):
            part[y] = t
            load[q] -= work[y]
            load[t] += work[y]
            homes[q] -= people[y]
            homes[t] += people[y]
            made += 1
        else:
            part[v] = p
            load[p] += work[v]
            load[q] -= work[v]
            homes[p] += people[v]
            homes[q] -= people[v]
    return made


@njit(cache=True, nogil=True)
def spread(members: Array, start: int, indptr: Array, near: Array, inside: Array, tag: int, order: Array) -> int:
    """Write into `order` the units of `inside == tag` that are reached from `start`, breadth first; return how many. They become tag -1 - tag."""
    order[0] = start
    inside[start] = -1 - tag
    head, tail = 0, 1
    while head < tail:
        x = order[head]
        head += 1
        for e in range(indptr[x], indptr[x + 1]):
            u = near[e]
            if inside[u] == tag:
                inside[u] = -1 - tag
                order[tail] = u
                tail += 1
    for i in range(tail):
        inside[order[i]] = tag
    return tail
