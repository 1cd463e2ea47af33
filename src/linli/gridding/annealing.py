"""Improves the plan of large territories by annealing, in strips of the area that are worked on at the same time.

A strip only changes its own grids and looks at others as a fixed border, so what comes out does not depend on which thread is
faster; the strips lie differently in every stage. How much is tried depends on the number of units alone; a clock can only end it early.
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph
from linli.gridding.kernels import anneal

STRIPS = 4
STAGES = 32
TRIES_PER_UNIT = 1600


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
        self.load = np.bincount(self.part, self.work, self.count)
        self.homes = np.bincount(self.part, self.people, self.count)

    def unfair(self) -> float:
        """How far loads are outside their windows, in grids, summed up."""
        over = np.maximum(self.load - self.high, 0) + np.maximum(self.low - self.load, 0)
        band = np.maximum(self.homes - self.band[1], 0) + np.maximum(self.band[0] - self.homes, 0)
        return float((over / self.scale).sum() + (band.sum() / self.band[2] if self.band[2] else 0.0))

    def cost(self) -> float:
        """What the cut borders cost."""
        start = np.repeat(np.arange(self.graph.size), np.diff(self.graph.indptr))
        return float(self.graph.cost[self.part[start] != self.part[self.graph.near]].sum() / 2)


@dataclass(frozen=True)
class Course:
    """How a search goes: temperatures, and how strictly fairness is weighed, from the first stage to the last."""

    stages: int = STAGES
    tries: float = TRIES_PER_UNIT
    hot: float = 2.0
    cold: float = 0.12
    strict_first: float = 20.0
    strict_last: float = 60.0
    stay: float = 0.0


def improve(
    search: Search,
    course: Course,
    *,
    seed: int,
    threads: int,
    late: Callable[[], bool],
    tell: Callable[[float], None],
) -> bool:
    """Run the course; return whether it came to its end before it was late."""
    rng = np.random.default_rng([seed, 77])
    strips = STRIPS if search.count >= 24 * STRIPS else 1
    seen = [np.zeros(search.graph.size, np.int64) for _ in range(strips)]
    with ThreadPoolExecutor(max(1, min(threads, strips))) as pool:
        for stage in range(course.stages):
            if late():
                return False
            done = stage / max(1, course.stages - 1)
            hot = course.hot * (course.cold / course.hot) ** (stage / course.stages)
            cold = course.hot * (course.cold / course.hot) ** ((stage + 1) / course.stages)
            strict = course.strict_first * (course.strict_last / course.strict_first) ** done
            region = _regions(search, strips, rng)
            states = rng.integers(0, 2**63, strips).astype(np.uint64)
            jobs = [
                pool.submit(_strip, search, course, r, region, states[r : r + 1], seen[r], hot, cold, strict)
                for r in range(strips)
            ]
            for job in jobs:
                job.result()
            tell((stage + 1) / course.stages)
    return True


def _regions(search: Search, strips: int, rng: np.random.Generator) -> Array:
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


def deadline(seconds: float | None) -> Callable[[], bool]:
    """A function that tells whether so many seconds have passed since now."""
    if seconds is None:
        return lambda: False
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end
