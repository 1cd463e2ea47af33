"""Solves a small territory to proven optimality: all candidates for a grid, then the best way to put them together.

The window of allowed work opens step by step. While nothing can be put together, that much deviation is proven impossible; as soon as
something can, the least worst deviation is searched below it, and with that as the window the least cost.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.covering import cover, relax
from linli.gridding.sets import MOST, NEVER, assemble
from linli.gridding.small import (
    FINE,
    Candidates,
    Small,
    all_candidates,
    borders_of,
    members_of,
    part_by,
    turned,
    uncoverable,
)

FIRST_WINDOW = 0.004
OPENS_BY = 1.4
# Places (powers of two) of the table of remembered states: each order of the units is tried with a small table before a large one.
QUICK = (16, 19)
THOROUGH = (16, 19, 22)
WAYS = 3
# So many candidates of least reduced cost are enough to find a good plan among.
PROMISING = 2500

Seconds = Callable[[], float]
Price = Callable[[Small, Candidates], Array]


@dataclass(frozen=True)
class Solved:
    """`part` numbers the grids of the territory's units, in the order of `Small.units` (None: nothing found).

    Deviations are in total-ths: no plan has a smaller one than `bound`; `worst` is that of the plan. `gap`: how far the cost may be above
    the least, as a share, among plans of that deviation; None where unknown.
    """

    part: Array | None
    worst: int
    bound: int
    gap: float | None
    candidates: int = 0

    @property
    def proven(self) -> bool:
        return self.part is not None and self.worst == self.bound and self.gap == 0.0


@dataclass(frozen=True)
class Fairest:
    """The least worst deviation: `chosen` of `among` have the deviation `worst`, none has less than `bound`."""

    chosen: Array | None
    among: Candidates | None
    worst: int
    bound: int


def _assembled(
    t: Small, c: Candidates, cost: Array, any_will_do: bool, tables: tuple[int, ...]
) -> tuple[Array | None, bool]:
    """The rows of the sets of least cost that cover the territory; and whether the answer (None: impossible) is certain."""
    views: dict[int, tuple[Small, Candidates]] = {}
    low, high = t.window(c.allowed)
    for bits in tables:
        for way in range(WAYS):
            if way not in views:
                views[way] = turned(t, c, way)
            s, v = views[way]
            value, chosen, _, fits = assemble(
                v.sets, v.start, cost[v.row], s.near, s.work, s.people, low, high, *s.band, s.count, False,
                any_will_do, bits,
            )  # fmt: skip
            if value < NEVER and (fits or any_will_do):
                return v.row[chosen], True
            if fits:
                return None, True
    return None, False


def _possible(t: Small, c: Candidates, seconds: Seconds, tables: tuple[int, ...]) -> tuple[Array | None, bool]:
    """Any sets that cover the territory, and whether the answer is certain."""
    if uncoverable(t, c) > c.allowed:
        return None, c.complete
    nothing = np.zeros(len(c.sets), np.int64)
    chosen, certain = _assembled(t, c, nothing, True, tables[:1])
    if certain:
        return chosen, chosen is not None or c.complete
    members, offsets = members_of(c)
    relaxed = relax(members, offsets, borders_of(t, c) / (2.0 * FINE), len(t.work), t.count, seconds())
    if relaxed.impossible:
        return None, c.complete
    chosen, certain = _assembled(t, c, nothing, True, tables[1:])
    if certain or tables != THOROUGH:
        return chosen, certain and (chosen is not None or c.complete)
    found = cover(members, offsets, borders_of(t, c) / (2.0 * FINE), len(t.work), t.count, seconds())
    return found.chosen, found.chosen is not None or (found.impossible and c.complete)


def fairest(t: Small, seconds: Seconds, upper: int | None = None, tables: tuple[int, ...] = THOROUGH) -> Fairest:
    """Search the least worst deviation. `upper`: the deviation of a plan that is known."""
    bound, size, most = 0, FIRST_WINDOW, t.total * t.of_count
    best: Fairest | None = None
    while best is None:
        allowed = min(int(size * t.total), most, most if upper is None else upper)
        if allowed >= bound:
            if seconds() <= 0:
                return Fairest(None, None, 0, bound)
            known = all_candidates(t, allowed)
            if not known.complete:
                return Fairest(None, None, 0, bound)
            # First exactly what the fairest set of each unit demands: often that is the answer, and few candidates are that fair.
            floor = max(bound, uncoverable(t, known))
            for limit in (floor, allowed):
                if limit > allowed or seconds() <= 0:
                    continue
                narrow = known.within(limit)
                chosen, certain = _possible(t, narrow, seconds, tables)
                if chosen is not None:
                    best = Fairest(chosen, narrow, int(narrow.deviation[chosen].max()), max(bound, floor))
                    break
                if not certain:
                    if limit == allowed:
                        return Fairest(None, None, 0, bound)
                    break
                bound = limit + 1
            if floor > allowed:
                bound = allowed + 1
            if best is None and allowed in (most, upper):
                return Fairest(None, None, 0, bound)
        size *= OPENS_BY
    return _narrowed(t, best, seconds, tables)


def _narrowed(t: Small, best: Fairest, seconds: Seconds, tables: tuple[int, ...]) -> Fairest:
    """Halve the deviations between what is impossible and what was found, until nothing is between them."""
    while best.among is not None and seconds() > 0:
        deviation = best.among.deviation
        values = np.unique(deviation[(deviation >= best.bound) & (deviation < best.worst)])
        if not len(values):
            return Fairest(best.chosen, best.among, best.worst, best.worst)
        narrow = best.among.within(int(values[len(values) // 2]))
        chosen, certain = _possible(t, narrow, seconds, tables)
        if chosen is not None:
            best = Fairest(chosen, narrow, int(narrow.deviation[chosen].max()), best.bound)
        elif certain:
            best = Fairest(best.chosen, best.among, best.worst, narrow.allowed + 1)
        else:
            break
    return best


def _cheapest(
    t: Small, c: Candidates, known: Array | None, cost: Array, seconds: Seconds
) -> tuple[Array | None, float | None]:
    """The sets of least cost, and how far their cost may be above the least; `known` are sets that cover the territory."""
    chosen, certain = _assembled(t, c, cost, False, QUICK[:1])
    if certain:
        return chosen, 0.0
    price = cost / (2.0 * FINE)
    members, offsets = members_of(c)
    relaxed = relax(members, offsets, price, len(t.work), t.count, seconds())
    if relaxed.reduced is None:
        return known, None
    promising = np.zeros(len(price), bool)
    promising[np.argsort(relaxed.reduced, kind="stable")[:PROMISING]] = True
    if known is not None:
        promising[known] = True
    best, _ = _among(t, c, price, promising, known, seconds)
    if best is None:
        return known, None
    # A set with more reduced cost than lies between bound and plan cannot be in a better plan.
    left = relaxed.reduced <= float(price[best].sum()) - relaxed.bound + 1e-6
    left[best] = True
    rows = np.flatnonzero(left)
    chosen, certain = _assembled(t, c.only(left, c.allowed), cost[left], False, THOROUGH)
    if certain and chosen is not None:
        return rows[chosen], 0.0
    better, bound = _among(t, c, price, left, best, seconds)
    best = best if better is None else better
    total = float(price[best].sum())
    gap = total - max(bound, relaxed.bound)
    return best, 0.0 if gap <= 1e-4 else gap / total


def _among(
    t: Small, c: Candidates, price: Array, mask: Array, start: Array | None, seconds: Seconds
) -> tuple[Array | None, float]:
    """The cheapest cover by the sets of a mask, and the bound among these."""
    rows = np.flatnonzero(mask)
    members, offsets = members_of(c.only(mask, c.allowed))
    warm = np.searchsorted(rows, start) if start is not None else None
    found = cover(members, offsets, price[mask], len(t.work), t.count, seconds(), warm)
    return None if found.chosen is None else rows[found.chosen], found.bound


def solve(t: Small, seconds: Seconds, upper: int | None = None, allowed: int = 0, price: Price | None = None) -> Solved:
    """Least worst deviation, then least cost among plans that deviate no more than that, or than `allowed` if that is more."""
    if len(t.work) > MOST:
        return Solved(None, 0, 0, None)
    best = fairest(t, seconds, upper)
    if best.chosen is None or best.among is None:
        return Solved(None, 0, best.bound, None)
    window = max(best.worst, allowed)
    wider = all_candidates(t, window) if window > best.among.allowed else None
    among, start = wider, None
    if among is None or not among.complete:
        kept = best.among.deviation <= max(best.worst, min(window, best.among.allowed))
        among, start = (
            best.among.only(kept, max(best.worst, min(window, best.among.allowed))),
            np.searchsorted(np.flatnonzero(kept), best.chosen),
        )
    cost = (price or borders_of)(t, among)
    chosen, gap = _cheapest(t, among, start, cost, seconds)
    if chosen is None:
        return Solved(part_by(t, best.among.sets[best.chosen]), best.worst, best.bound, None, len(among.sets))
    worst = int(among.deviation[chosen].max())
    return Solved(part_by(t, among.sets[chosen]), worst, best.bound, gap, len(among.sets))
