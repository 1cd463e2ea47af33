"""Draws a plan: the one function that notebooks, the command and the planner's page call."""

import time
from collections.abc import Callable

import numpy as np

from linli.gridding.annealing import Course, Search, deadline, improve
from linli.gridding.arrays import Array
from linli.gridding.counting import Group, groups_of
from linli.gridding.figures import grids_of, name_grids, quality_of
from linli.gridding.graphs import Graph, graph_of
from linli.gridding.model import Instance, Options, Plan, Report
from linli.gridding.starting import first_plan


def draw(instance: Instance, options: Options | None = None) -> Plan:
    """Divide the area into grids. The same instance, options and seed give the same plan, unless the time ends first."""
    options = options or Options()
    began = time.monotonic()
    late = deadline(options.seconds)
    tell = options.progress or (lambda what, done: None)
    graph = graph_of(instance)
    groups = groups_of(instance, graph, options.previous)
    part, finished = _search(instance, graph, groups, options, late, tell)
    part, names = name_grids(instance, part, options.previous)
    grids = grids_of(instance, part, names)
    return Plan(
        instance=instance,
        part=part,
        grids=grids,
        communities=tuple(_report(group, part, instance) for group in groups),
        quality=quality_of(instance, graph, part, options.tolerance, options.previous),
        seconds=time.monotonic() - began,
        finished=finished,
    )


def _search(
    instance: Instance,
    graph: Graph,
    groups: list[Group],
    options: Options,
    late: Callable[[], bool],
    tell: Callable[[str, float], None],
) -> tuple[Array, bool]:
    rng = np.random.default_rng([options.seed, 1])
    part = np.full(graph.size, -1, np.int32)
    territories = [t for group in groups for t in group.territories]
    at = 0
    for t in territories:
        part[t.units] = at + first_plan(graph, instance.work, t.units, t.count, rng)
        at += t.count
    mean = np.repeat([t.mean for t in territories], [t.count for t in territories])
    aim = options.tolerance * 0.97
    band = options.band
    search = Search(
        graph=graph,
        work=instance.work.astype(np.float64),
        people=instance.households.astype(np.float64),
        place=np.stack([instance.x, instance.y], axis=1),
        home=np.full(graph.size, -1, np.int32),
        part=part,
        low=mean * (1 - aim),
        high=mean * (1 + aim),
        scale=np.maximum(mean, 1e-9),
        band=np.array([band[0], band[1], instance.target] if band else [0.0, np.inf, 0.0]),
    )
    course = Course(tries=20000 * options.effort, hot=3.0, cold=0.3, strict_first=100, strict_last=3000)
    finished = improve(
        search,
        course,
        seed=options.seed,
        threads=options.threads,
        late=late,
        tell=lambda done: tell("annealing", done),
    )
    return search.part, finished


def _report(group: Group, part: Array, instance: Instance) -> Report:
    load = np.bincount(np.unique(part[group.units], return_inverse=True)[1], instance.work[group.units])
    worst = float(np.abs(load / group.mean - 1).max()) if group.mean > 0 else 0.0
    return Report(group.name, group.count, "feasible", None, 0.0, worst, group.rounding, group.notes)
