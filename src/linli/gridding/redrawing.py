"""Begins from the running plan instead of from nothing, and offers plans that move fewer or more households."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph, part_of, pieces
from linli.gridding.model import Instance, Options, Plan
from linli.gridding.starting import first_plan


def running_plan(
    graph: Graph, work: Array, units: Array, before: Array, count: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The plan of a territory in one piece that differs least from the earlier grids `before` (-1: new unit), with `count` grids.

    Returns the grid of each unit, and which grid is its home (-1: its earlier grid is no more).
    Of a grid in several pieces the heaviest goes on; new units and the rest join a neighbour; the lightest grids are given
    up where there are too many, the heaviest are halved where there are too few.
    """
    sub = part_of(graph, units)
    label = before[units].copy()
    piece = pieces(sub, label)
    weight = np.bincount(piece, work[units] + 1e-6)
    main: dict[int, int] = {}
    for p in np.argsort(-weight, kind="stable").tolist():
        owner = int(label[np.flatnonzero(piece == p)[0]])
        if owner >= 0:
            main.setdefault(owner, p)
    keep = sorted(main, key=lambda owner: (-weight[main[owner]], owner))[:count]
    part = np.full(len(units), -1, np.int32)
    for number, owner in enumerate(keep):
        part[piece == main[owner]] = number
    home = np.full(len(units), -1, np.int32)
    for number, owner in enumerate(keep):
        home[label == owner] = number
    if not keep:
        return first_plan(graph, work, units, count, rng), home
    _join(sub, part)
    grids = len(keep)
    while grids < count:
        load = np.bincount(part, work[units], grids)
        load[np.bincount(part, minlength=grids) < 2] = -1
        members = np.flatnonzero(part == int(np.argmax(load)))
        halves = first_plan(sub, work[units], members, 2, rng)
        part[members[halves == 1]] = grids
        grids += 1
    return part, home


def _join(sub: Graph, part: Array) -> None:
    """Units without a grid join that of a neighbour, from the borders inwards."""
    while (part < 0).any():
        for u in np.flatnonzero(part < 0).tolist():
            around = sub.near[sub.indptr[u] : sub.indptr[u + 1]]
            near = around[part[around] >= 0]
            if len(near):
                part[u] = part[near[np.argmax(sub.cost[sub.indptr[u] : sub.indptr[u + 1]][part[around] >= 0])]]


@dataclass(frozen=True)
class Choice:
    """One plan of the frontier."""

    worst_deviation: float
    moved_households: float
    plan: Plan


def frontier(
    instance: Instance,
    previous: Mapping[str, str],
    options: Options | None = None,
    tolerances: tuple[float, ...] = (0.02, 0.05, 0.1, 0.15, 0.2),
) -> list[Choice]:
    """Plans that trade fairness against households moved; none is worse in both than another. Ordered from the fairest."""
    from linli.gridding.drawing import draw

    options = options or Options()
    plans = [draw(instance, replace(options, previous=previous, tolerance=tolerance)) for tolerance in tolerances]
    found = [Choice(p.quality.worst_deviation, p.quality.moved_households or 0.0, p) for p in plans]
    found.sort(key=lambda c: (c.worst_deviation, c.moved_households))
    kept: list[Choice] = []
    for choice in found:
        if not kept or choice.moved_households < kept[-1].moved_households - 1e-12:
            kept.append(choice)
    return kept
