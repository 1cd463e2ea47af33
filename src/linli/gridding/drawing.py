"""Draws a plan: the one function that notebooks, the command and the planner's page call."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from linli.gridding import exact, words
from linli.gridding.annealing import Course, Search, refine
from linli.gridding.counting import Group, Territory, groups_of
from linli.gridding.figures import grids_of, name_grids, quality_of
from linli.gridding.graphs import Graph, graph_of, part_of
from linli.gridding.model import Instance, Options, Plan, Report
from linli.gridding.pricing import price_for
from linli.gridding.redrawing import running_plan
from linli.gridding.sets import MOST
from linli.gridding.small import Small, small_of
from linli.gridding.starting import first_plan

# Annealing aims a little inside the tolerance.
INSIDE = 0.97
# Small territories are annealed briefly, for a plan to begin with; their least deviation is searched afterwards.
BRIEF = 0.05
# So many moves of each unit are tried.
TRIES = 30_000
# Beyond that a unit heavier than a grid leaves the windows of the others so wide that only of few units all candidates can be listed.
TOO_HEAVY = 0.6
FEW = 20
# What a household that changes its grid weighs, beside cut borders.
STAY = 0.25


def draw(instance: Instance, options: Options | None = None) -> Plan:
    """Divide the area into grids. The same instance, options and seed give the same plan, unless the time ends first."""
    return _Drawing(instance, options or Options()).plan()


@dataclass(frozen=True)
class _Proof:
    """What is known of one territory; deviations as shares."""

    bound: float
    gap: float | None
    exact: bool
    others: tuple[tuple[int, float, bool], ...] = ()


class _Drawing:
    """One run: the plan so far, the clock and what is known of each territory."""

    def __init__(self, instance: Instance, options: Options) -> None:
        self.instance, self.options = instance, options
        self.began = time.monotonic()
        self.graph: Graph = graph_of(instance)
        self.groups: list[Group] = groups_of(instance, self.graph, options.previous)
        self.territories: list[Territory] = [t for group in self.groups for t in group.territories]
        self.part = np.full(self.graph.size, -1, np.int32)
        self.home = np.full(self.graph.size, -1, np.int32)
        self.first = np.concatenate([[0], np.cumsum([t.count for t in self.territories])])
        self.proofs: dict[int, _Proof] = {}
        self.finished = True
        labels = {g: i for i, g in enumerate(sorted(set((options.previous or {}).values())))}
        before = [labels.get((options.previous or {}).get(unit, ""), -1) for unit in instance.ids]
        self.before = np.array(before, np.int64)

    def left(self) -> float:
        """Seconds left; a million where none were set."""
        if self.options.stop is not None and self.options.stop():
            return 0.0
        limit = self.options.seconds
        return 1e6 if limit is None else max(0.0, self.began + limit - time.monotonic())

    def tell(self, what: str, done: float) -> None:
        if self.options.progress:
            self.options.progress(what, done)

    def plan(self) -> Plan:
        rng = np.random.default_rng([self.options.seed, 1])
        for i, t in enumerate(self.territories):
            if self.options.previous:
                part, home = running_plan(self.graph, self.instance.work, t.units, self.before, t.count, rng)
                self.home[t.units] = np.where(home >= 0, self.first[i] + home, -1)
            else:
                part = first_plan(self.graph, self.instance.work, t.units, t.count, rng)
            self.part[t.units] = self.first[i] + part
        divided = [i for i, t in enumerate(self.territories) if t.count > 1]
        small = [i for i in divided if len(self.territories[i].units) <= MOST]
        large = [i for i in divided if len(self.territories[i].units) > MOST]
        self.anneal(large, self.options.effort, "annealing")
        self.anneal(small, BRIEF, "first plans")
        unsolved = self.solve(small)
        self.anneal(unsolved, self.options.effort, "annealing what is not solved exactly")
        return self.result()

    def anneal(self, chosen: Sequence[int], effort: float, what: str) -> None:
        """Improve the plan of some territories together."""
        if not chosen:
            return
        territories = [self.territories[i] for i in chosen]
        units = np.concatenate([t.units for t in territories])
        units = units[np.argsort(self.part[units], kind="stable")]  # neighbours near each other in memory
        grids = np.concatenate([np.arange(self.first[i], self.first[i + 1]) for i in chosen])
        number = np.zeros(self.first[-1], np.int32)
        number[grids] = np.arange(len(grids))
        mean = np.repeat([t.mean for t in territories], [t.count for t in territories])
        aim = self.options.tolerance * INSIDE
        band, instance = self.options.band, self.instance
        search = Search(
            graph=part_of(self.graph, units),
            work=instance.work[units].astype(np.float64),
            people=instance.households[units].astype(np.float64),
            place=np.stack([instance.x[units], instance.y[units]], axis=1),
            home=np.where(self.home[units] >= 0, number[self.home[units]], -1).astype(np.int32),
            part=number[self.part[units]],
            low=mean * (1 - aim),
            high=mean * (1 + aim),
            scale=np.maximum(mean, 1e-9),
            band=np.array([band[0], band[1], instance.target] if band else [0.0, np.inf, 0.0]),
        )
        course = Course(tries=TRIES * effort)
        if self.options.previous:  # cooler, so that the running plan is improved rather than forgotten
            stay = self.options.stay if self.options.stay is not None else STAY
            course = Course(tries=TRIES * effort, hot=3.0, strict_first=200.0, late=2.0, stay=stay)
        part, ended = refine(
            search,
            course,
            seed=self.options.seed,
            threads=self.options.threads,
            late=lambda: self.left() <= 0,
            tell=lambda done: self.tell(what, done),
        )
        self.finished &= ended
        self.part[units] = grids[part]

    def small(self, i: int, count: int | None = None) -> Small:
        t, group, instance = self.territories[i], self.groups[self.territories[i].group], self.instance
        band = self.options.band
        return small_of(
            self.graph,
            t.units,
            instance.work,
            instance.households,
            count or t.count,
            int(instance.work[group.units].sum()),
            group.count + (count or t.count) - t.count,
            (int(np.ceil(band[0])), int(band[1])) if band else (0, 0),
            self.before[t.units] if self.options.previous else None,
        )

    def solve(self, chosen: Sequence[int]) -> list[int]:
        """Solve small territories exactly, the smallest first; return those for which that was too much."""
        order = sorted(chosen, key=lambda i: (len(self.territories[i].units), i))
        done = 0
        with ThreadPoolExecutor(max(1, self.options.threads)) as pool:
            for _ in pool.map(self._solve_one, order):
                done += 1
                self.tell("proving", done / len(order))
        return [i for i in order if not self.proofs[i].exact]

    def _solve_one(self, i: int) -> None:
        if self.left() <= 0:
            self.finished = False
            self.proofs[i] = _Proof(0.0, None, True)
            return
        small = self.small(i)
        floor = words.floor_of(small.work, small.total / small.of_count)
        if floor > TOO_HEAVY and len(small.units) > FEW:
            self.proofs[i] = _Proof(floor, None, False)
            return
        # The grids so far, in the order of the small territory's units.
        load = np.bincount(self.part[small.units] - self.first[i], small.work, small.count)
        upper = int(small.deviation(load.astype(np.int64)).max())
        keeps = self.options.previous is not None or self.options.compounds
        allowed = int(self.options.tolerance * small.total) if keeps else 0
        price = price_for(self.instance, self.options, small)
        solved = exact.solve(small, self.left, None if self.options.band else upper, allowed, price)
        if solved.part is not None:
            self.part[small.units] = self.first[i] + solved.part
        scale = max(1, small.total)
        others = self._others(i, solved.worst / scale) if solved.part is not None and self.left() > 0 else ()
        self.proofs[i] = _Proof(solved.bound / scale, solved.gap, solved.part is not None, others)

    def _others(self, i: int, worst: float) -> tuple[tuple[int, float, bool], ...]:
        """What one grid more, or fewer, would allow, where this number cannot be divided fairly; and whether that is certain."""
        if worst <= self.options.tolerance and not self.options.prove:
            return ()
        found = []
        t = self.territories[i]
        for count in (t.count - 1, t.count + 1):
            if 2 <= count <= len(t.units) and self.left() > 0:
                small = self.small(i, count)
                best = exact.fairest(small, self.left, tables=exact.QUICK)
                if best.chosen is not None:
                    found.append((count, best.worst / max(1, small.total), best.worst == best.bound))
        return tuple(found)

    def result(self) -> Plan:
        instance, options = self.instance, self.options
        part, names = name_grids(instance, self.part, options.previous)
        return Plan(
            instance=instance,
            part=part,
            grids=grids_of(instance, part, names),
            communities=tuple(self.report(number, group) for number, group in enumerate(self.groups)),
            quality=quality_of(instance, self.graph, part, options.tolerance, options.previous),
            seconds=time.monotonic() - self.began,
            finished=self.finished,
        )

    def report(self, number: int, group: Group) -> Report:
        """What is known about one community."""
        mine = [i for i, t in enumerate(self.territories) if t.group == number]
        total = np.bincount(self.part[group.units], self.instance.work[group.units], self.first[-1])
        load = np.concatenate([total[self.first[i] : self.first[i + 1]] for i in mine])
        worst = float(np.abs(load / group.mean - 1).max()) if group.mean > 0 else 0.0
        proof = self.proof_of(mine, group)
        bound, known = proof.bound, proof.gap
        optimal = known == 0.0 and worst <= bound + 1e-9
        notes = words.notes(group.count, worst, bound, optimal, proof.others, self.options.tolerance)
        status = "optimal" if optimal else "feasible"
        return Report(
            group.name, group.count, status, known, min(bound, worst), worst, group.rounding, (*group.notes, *notes)
        )

    def proof_of(self, mine: list[int], group: Group) -> _Proof:
        """What is known of a community."""
        if len(mine) > 1:  # another number of grids in each piece might be fairer, so little is claimed
            return _Proof(max(self.piece_floor(i, group) for i in mine), None, False)
        t = self.territories[mine[0]]
        if t.count == 1:
            return _Proof(0.0, 0.0, True)
        proof = self.proofs.get(mine[0], _Proof(0.0, None, False))
        floor = words.floor_of(self.instance.work[t.units], group.mean)
        return _Proof(max(proof.bound, floor), proof.gap, proof.exact, proof.others)

    def piece_floor(self, i: int, group: Group) -> float:
        """A deviation that some grid of this piece has, whatever the number of its grids."""
        work = self.instance.work[self.territories[i].units]
        if group.mean <= 0:
            return 0.0
        grids = float(work.sum()) / group.mean
        fewer = abs(grids / max(1, int(grids)) - 1)
        return max(words.floor_of(work, group.mean), min(fewer, abs(grids / (int(grids) + 1) - 1)))
