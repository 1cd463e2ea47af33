"""A small territory as sets of bits: its units in an order, and all candidates for a grid of it."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, reverse_cuthill_mckee

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph, part_of
from linli.gridding.sets import boundary, candidates, share_of

ROOM = 1_000_000
STEPS = 40_000_000
# Costs of borders are whole numbers of this part of a weight; every border counts twice, once for each side.
FINE = 2**20


@dataclass(frozen=True)
class Small:
    """A small connected graph in an order in which it is narrow; sums of work are compared with total / of_count of the community.

    near: of each unit its neighbours as two words; toll[u, v]: cost of a border; before: earlier grids as sets.
    """

    units: Array
    near: Array
    toll: Array
    work: Array
    people: Array
    count: int
    total: int
    of_count: int
    band: tuple[int, int]
    before: Array

    def deviation(self, sums: Array) -> Array:
        """Distance of sums from the mean, in whole numbers of total-ths."""
        return np.asarray(np.abs(sums * self.of_count - self.total))

    def window(self, allowed: int) -> tuple[int, int]:
        """Least and most work of a grid whose deviation is at most `allowed`."""
        return max(0, -((allowed - self.total) // self.of_count)), (self.total + allowed) // self.of_count


@dataclass(frozen=True)
class Candidates:
    """Sets sorted by their lowest unit; those of unit u are sets[start[u]:start[u + 1]]. `row` is where each stood in the base order."""

    sets: Array
    deviation: Array
    first: Array
    start: Array
    row: Array
    allowed: int
    complete: bool

    def within(self, allowed: int) -> "Candidates":
        return self.only(self.deviation <= allowed, allowed)

    def only(self, kept: Array, allowed: int) -> "Candidates":
        """Those of a mask; rows are counted anew."""
        first = self.first[kept]
        start = np.searchsorted(first, np.arange(len(self.start)))
        rows = np.arange(len(first))
        return Candidates(self.sets[kept], self.deviation[kept], first, start, rows, allowed, self.complete)


def small_of(
    graph: Graph,
    units: Array,
    work: Array,
    people: Array,
    count: int,
    total: int,
    of_count: int,
    band: tuple[int, int] = (0, 0),
    before: Array | None = None,
) -> Small:
    """Prepare the units of a territory (at most `sets.MOST`); `before` holds the numbers of their earlier grids (-1: none)."""
    whole = part_of(graph, units)
    n = whole.size
    matrix = csr_matrix((np.ones(len(whole.near)), whole.near, whole.indptr), shape=(n, n))
    order = reverse_cuthill_mckee(matrix, symmetric_mode=True)
    units = units[order]
    sub = part_of(graph, units)
    toll = np.zeros((n, 128), np.int64)
    toll[np.repeat(np.arange(n), np.diff(sub.indptr)), sub.near] = np.rint(sub.cost * FINE).astype(np.int64)
    labels = before[order] if before is not None else np.zeros(0, np.int64)
    return Small(
        units=units,
        near=_masks([sub.near[sub.indptr[u] : sub.indptr[u + 1]] for u in range(n)]),
        toll=toll,
        work=work[units].astype(np.int64),
        people=people[units].astype(np.int64),
        count=count,
        total=total,
        of_count=of_count,
        band=band,
        before=_masks([np.flatnonzero(labels == b) for b in np.unique(labels[labels >= 0])]),
    )


def _masks(groups: list[Array]) -> Array:
    words = [(sum(1 << int(u) for u in g if u < 64), sum(1 << (int(u) - 64) for u in g if u >= 64)) for g in groups]
    return np.array(words, np.uint64).reshape(-1, 2)


def _lowest(sets: Array) -> Array:
    one = np.uint64(1)
    places = np.bitwise_count((sets & (~sets + one)) - one).astype(np.int64)
    return np.where(sets[:, 0] != 0, places[:, 0], 64 + places[:, 1])


def bits_of(sets: Array) -> Array:
    """The sets as rows of 128 noughts and ones."""
    return np.unpackbits(np.ascontiguousarray(sets).view(np.uint8).reshape(len(sets), 16), axis=1, bitorder="little")


def _sorted(sets: Array, deviation: Array, row: Array, units: int, allowed: int, complete: bool) -> Candidates:
    first = _lowest(sets)
    order = np.lexsort((sets[:, 1], sets[:, 0], deviation, first))
    start = np.searchsorted(first[order], np.arange(units + 1))
    row = row[order] if len(row) else np.arange(len(order))
    return Candidates(sets[order], deviation[order], first[order], start, row, allowed, complete)


def all_candidates(t: Small, allowed: int, room: int = ROOM, steps: int = STEPS) -> Candidates:
    """Every set that could be a grid of a plan whose deviations are all at most `allowed`."""
    low, high = t.window(allowed)
    sets, sums, complete = candidates(t.near, t.work, t.people, low, high, *t.band, t.count, room, steps)
    return _sorted(sets, t.deviation(sums), sets[:0, 0], len(t.work), allowed, bool(complete))


def turned(t: Small, c: Candidates, way: int) -> tuple[Small, Candidates]:
    """The same in another order of units: 0 as it is, 1 backwards, 2 outwards from the unit with the fewest candidates."""
    if way == 0:
        return t, c
    n = len(t.work)
    bits = bits_of(c.sets)
    if way == 1:
        order = np.arange(n)[::-1]
    else:
        start = int(np.argmin(bits[:, :n].sum(axis=0)))
        near = bits_of(t.near)[:, :n]
        order = breadth_first_order(csr_matrix(near), start, directed=False, return_predecessors=False)
    place = np.concatenate([order, np.arange(n, 128)])
    toll = np.zeros_like(t.toll)
    toll[:, :n] = t.toll[np.ix_(order, order)]
    small = replace(
        t,
        units=t.units[order],
        near=_packed(bits_of(t.near)[np.ix_(order, place)]),
        toll=toll,
        work=t.work[order],
        people=t.people[order],
        before=t.before[:0],
    )
    return small, _sorted(_packed(bits[:, place]), c.deviation, np.arange(len(bits)), n, c.allowed, c.complete)


def _packed(bits: Array) -> Array:
    return np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little")).view(np.uint64).reshape(len(bits), 2)


def members_of(c: Candidates) -> tuple[Array, Array]:
    """The units of all sets, one set after the other, and where each begins."""
    rows, columns = np.nonzero(bits_of(c.sets))
    return columns.astype(np.int32), np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(c.sets)))])


def part_by(t: Small, sets: Array) -> Array:
    """The number of the set that each unit of the territory is in."""
    return np.argmax(bits_of(sets)[:, : len(t.work)], axis=0).astype(np.int32)


def borders_of(t: Small, c: Candidates) -> Array:
    """What the borders around each set cost."""
    return np.asarray(boundary(c.sets, t.near, t.toll))


def kept_people(t: Small, c: Candidates) -> Array:
    """Of each set, the most households that it has in common with one earlier grid."""
    common = share_of(c.sets, t.before, t.people)
    return np.asarray(common.max(axis=1)) if common.shape[1] else np.zeros(len(c.sets), np.int64)


def uncoverable(t: Small, c: Candidates) -> int:
    """A deviation that every plan has at least: that of the worst off unit in its fairest set; beyond `allowed` where one is in none."""
    bits = bits_of(c.sets)[:, : len(t.work)]
    if not len(bits):
        return c.allowed + 1
    least = np.where(bits == 1, c.deviation[:, None], np.iinfo(np.int64).max).min(axis=0)
    return int(min(least.max(), c.allowed + 1))
