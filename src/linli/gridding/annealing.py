"""Improves the plan of large territories by annealing, in strips of the area that are worked on at the same time.

A strip only changes its own grids and looks at others as a fixed border, so what comes out does not depend on which thread is
faster; the strips lie differently in every stage. How much is tried depends on the number of units alone; a clock can only end it early.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph
from linli.gridding.kernels import anneal

STRIPS = 12
BEGINNINGS = 2


@dataclass
class Search:
    """A plan being improved, and the windows in which the loads of its grids shall be."""

    graph: Graph
    work: Array
    people: Array
    place: Array
    home: Array
    part: Array
    low: Array
    high: Array
    scale: Array
    band: Array

    def __post_init__(self) -> None:
        self.count = len(self.low)
        self.count_loads()

    def count_loads(self) -> None:
        self.load = np.bincount(self.part, self.work, self.count)
        self.homes = np.bincount(self.part, self.people, self.count)

    def unfair(self) -> float:
        """How far loads are outside their windows, in grids, summed up."""
        over = np.maximum(self.load - self.high, 0) + np.maximum(self.low - self.load, 0)
        band = np.maximum(self.homes - self.band[1], 0) + np.maximum(self.band[0] - self.homes, 0)
        return float((over / self.scale).sum() + (band.sum() / self.band[2] if self.band[2] else 0.0))

    def excess(self) -> Array:
        """How far the load of each grid is outside its window, in grids, but for what its heaviest unit makes unavoidable."""
        heaviest = np.zeros(self.count)
        np.maximum.at(heaviest, self.part, self.work)
        over = np.maximum(self.load - np.maximum(self.high, heaviest), 0) + np.maximum(self.low - self.load, 0)
        band = np.maximum(self.homes - self.band[1], 0) + np.maximum(self.band[0] - self.homes, 0)
        return np.asarray(over / self.scale + (band / self.band[2] if self.band[2] else 0.0))

    def unfair_grids(self) -> list[int]:
        """The grids outside their windows, the worst first."""
        excess = self.excess()
        order = np.argsort(-excess, kind="stable")
        return [int(g) for g in order if excess[g] > 1e-9]

    def around(self, grid: int, steps: int) -> Array:
        """Which grids are at most so many steps away."""
        start = self.part[np.repeat(np.arange(self.graph.size), np.diff(self.graph.indptr))]
        stop = self.part[self.graph.near]
        near = np.zeros(self.count, bool)
        near[grid] = True
        for _ in range(steps):
            near[stop[near[start]]] = True
        return near

    def order(self, stay: float) -> tuple[float, float]:
        """The smaller, the better: fairness first, then what the borders and the households moved cost."""
        away = float(self.people[(self.home >= 0) & (self.part != self.home)].sum())
        return round(self.unfair(), 9), self.cost() + stay * away

    def cost(self) -> float:
        """What the cut borders cost."""
        start = np.repeat(np.arange(self.graph.size), np.diff(self.graph.indptr))
        return float(self.graph.cost[self.part[start] != self.part[self.graph.near]].sum() / 2)


@dataclass(frozen=True)
class Course:
    """How a search goes: temperatures, and how strictly fairness is weighed, from the first stage to the last.

    tries: per unit; late: the larger, the later strictness grows; stay: weight of each household that is not in its earlier grid.
    """

    tries: float
    stages: int = 32
    hot: float = 4.0
    cold: float = 0.5
    strict_first: float = 60.0
    strict_last: float = 6000.0
    late: float = 5.0
    stay: float = 0.0


# A grid that is still unfair is mended by annealing its surroundings again, each time a wider circle of grids.
MENDING_TRIES = 0.3
CIRCLES = (2, 3, 3, 4, 4, 5)


def refine(
    search: Search,
    course: Course,
    *,
    seed: int,
    threads: int,
    late: Callable[[], bool],
    tell: Callable[[float], None],
) -> tuple[Array, bool]:
    """Run the course, then mend; return the best plan found and whether time was enough.

    A large area is worked on in strips, a smaller one from several beginnings of chance at the same time.
    """
    strips = min(STRIPS, search.count // 60) if search.count >= 240 else 1
    runs = [search] if strips > 1 else [replace(search, part=search.part.copy()) for _ in range(BEGINNINGS)]
    with ThreadPoolExecutor(max(1, threads)) as pool:

        def run(number: int, within: ThreadPoolExecutor | None) -> bool:
            heard = tell if number == 0 else lambda done: None
            return _complete(runs[number], course, seed * 1009 + number, strips, within, late, heard)

        pooled = pool if strips > 1 else None
        ended = [run(0, pooled)] if pooled else list(pool.map(lambda number: run(number, None), range(len(runs))))
    best = min(runs, key=lambda one: one.order(course.stay))
    return best.part, all(ended)


def _complete(
    search: Search,
    course: Course,
    seed: int,
    strips: int,
    pool: ThreadPoolExecutor | None,
    late: Callable[[], bool],
    tell: Callable[[float], None],
) -> bool:
    rng = np.random.default_rng([seed, 77])
    ended = _run(search, course, rng, strips, None, pool, late, tell)
    mending = replace(
        course,
        tries=course.tries * MENDING_TRIES,
        stages=16,
        strict_first=300.0 * (1 + 10 * course.stay),
        strict_last=20000.0,
        late=3.0,
    )
    budget = course.tries * search.graph.size
    for circle in CIRCLES:
        for grid in search.unfair_grids():
            if late():
                return False
            if budget <= 0:
                return ended
            if search.excess()[grid] <= 1e-9:
                continue
            was, before = search.order(course.stay), search.part.copy()
            around = np.where(search.around(grid, circle), 0, -1).astype(np.int32)
            budget -= mending.tries * int((around[search.part] == 0).sum())
            _run(search, mending, rng, 1, [around] * mending.stages, None, late, lambda done: None)
            if search.order(course.stay) > was:
                search.part[:] = before
                search.count_loads()
    return ended


def _run(
    search: Search,
    course: Course,
    rng: np.random.Generator,
    strips: int,
    regions: list[Array] | None,
    pool: ThreadPoolExecutor | None,
    late: Callable[[], bool],
    tell: Callable[[float], None],
) -> bool:
    """Run one course, in the regions given for each stage or else in strips; return whether it came to its end before it was late."""
    seen = [np.zeros(search.graph.size, np.int64) for _ in range(strips)]
    for stage in range(course.stages):
        if late():
            return False
        done = stage / max(1, course.stages - 1)
        hot = course.hot * (course.cold / course.hot) ** (stage / course.stages)
        cold = course.hot * (course.cold / course.hot) ** ((stage + 1) / course.stages)
        strict = course.strict_first * (course.strict_last / course.strict_first) ** done**course.late
        region = regions[stage] if regions else _strips(search, strips, rng)
        states = rng.integers(0, 2**63, strips).astype(np.uint64)
        work = [(search, course, r, region, states[r : r + 1], seen[r], hot, cold, strict) for r in range(strips)]
        if pool is None:
            for one in work:
                _strip(*one)
        else:
            for job in [pool.submit(_strip, *one) for one in work]:
                job.result()
        tell((stage + 1) / course.stages)
    return True


def _strips(search: Search, strips: int, rng: np.random.Generator) -> Array:
    """Which strip each grid is in: strips of about as many grids each, across a direction that is drawn anew."""
    if strips == 1:
        return np.zeros(search.count, np.int32)
    angle = rng.random() * math.pi
    size = np.maximum(np.bincount(search.part, minlength=search.count), 1)
    along = np.bincount(search.part, search.place @ [math.cos(angle), math.sin(angle)], search.count) / size
    rank = np.empty(search.count, np.int64)
    rank[np.argsort(along, kind="stable")] = np.arange(search.count)
    return ((rank * strips) // search.count).astype(np.int32)


def _strip(
    search: Search,
    course: Course,
    r: int,
    region: Array,
    state: Array,
    seen: Array,
    hot: float,
    cold: float,
    strict: float,
) -> None:
    mine = np.flatnonzero(region[search.part] == r)
    g = search.graph
    anneal(
        int(course.tries * len(mine) / course.stages), hot, cold, strict, course.stay, state, mine, region, r,
        g.indptr, g.near, g.cost, search.work, search.people, search.home, search.part, search.load, search.homes,
        search.low, search.high, search.scale, search.band, seen,
    )  # fmt: skip
