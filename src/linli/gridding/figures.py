"""Counts the figures of a plan, the way a person outside would: by looking at who is in which grid."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph, pieces, usable
from linli.gridding.model import Grid, Instance, Quality


def means(instance: Instance, part: Array) -> Array:
    """The work that a grid would have if all were equal: of its own community with hard borders."""
    count = int(part.max()) + 1
    if not instance.hard_borders:
        return np.full(count, instance.work.sum() / count)
    home = np.zeros(count, np.int64)
    home[part] = instance.community
    total = np.bincount(instance.community, instance.work, len(instance.communities))
    return np.asarray((total / np.maximum(np.bincount(home, minlength=len(total)), 1))[home])


def deviations(instance: Instance, part: Array) -> Array:
    """Of each grid, how far its work is from the mean, as a share (negative: less)."""
    mean = means(instance, part)
    load = np.bincount(part, instance.work, len(mean))
    return np.asarray(np.where(mean > 0, load / np.where(mean > 0, mean, 1) - 1.0, 0.0))


def quality_of(
    instance: Instance, graph: Graph, part: Array, tolerance: float, previous: Mapping[str, str] | None = None
) -> Quality:
    """The figures of a plan; `part` has no gaps in its numbers."""
    count = int(part.max()) + 1
    piece = pieces(graph, part)
    broken = np.unique(np.stack([part, piece]), axis=1).shape[1] - count
    ends = instance.ends[usable(instance)]
    weight = instance.weight[usable(instance)]
    cut = part[ends[:, 0]] != part[ends[:, 1]]
    crossing = 0
    if instance.hard_borders:
        crossing = len(np.unique(part * (len(instance.communities) + 1) + instance.community)) - count
    deviation = np.abs(deviations(instance, part))
    split = len(np.unique(instance.compound * (count + 1) + part)) - len(np.unique(instance.compound))
    return Quality(
        grids=count,
        broken=int(broken),
        crossing=int(crossing),
        worst_deviation=float(deviation.max()),
        over_tolerance=int((deviation > tolerance + 1e-9).sum()),
        cut=int(cut.sum()),
        cut_weight=float(weight[cut].sum()),
        compound_pieces=int(split),
        compactness=_compactness(instance, part, count),
        moved_households=moved(instance, part, previous) if previous else None,
    )


def _compactness(instance: Instance, part: Array, count: int) -> float:
    """The length of borders inside grids as a share of all: 1 where nothing is cut."""
    total = float(instance.length.sum())
    inner = part[instance.ends[:, 0]] == part[instance.ends[:, 1]]
    return float(instance.length[inner].sum()) / total if total > 0 else 1.0


def matching(instance: Instance, part: Array, previous: Mapping[str, str]) -> tuple[dict[int, str], int]:
    """Which earlier grid each grid continues (so that most households keep theirs), and how many households do."""
    names = {name: i for i, name in enumerate(sorted(set(previous.values())))}
    before = np.array([names.get(previous.get(unit, ""), -1) for unit in instance.ids])
    known = before >= 0
    common = np.zeros((int(part.max()) + 1, len(names)))
    np.add.at(common, (part[known], before[known]), instance.households[known])
    # A trifle for units, so that grids without households keep their names too.
    np.add.at(common, (part[known], before[known]), 1e-6)
    rows, columns = linear_sum_assignment(-common)
    labels = list(names)
    kept = {int(r): labels[c] for r, c in zip(rows, columns, strict=True) if common[r, c] > 0}
    return kept, round(float(common[rows, columns].sum()))


def moved(instance: Instance, part: Array, previous: Mapping[str, str]) -> float:
    """The share of households that are in another grid than before."""
    total = int(instance.households.sum())
    return 1.0 - matching(instance, part, previous)[1] / total if total else 0.0


def name_grids(instance: Instance, part: Array, previous: Mapping[str, str] | None) -> tuple[Array, list[str]]:
    """Number the grids community by community from north-west to south-east and name them; grids that go on keep their names."""
    count = int(part.max()) + 1
    size = np.maximum(np.bincount(part, minlength=count), 1)
    home = np.zeros(count, np.int64)
    if instance.hard_borders:
        home[part] = instance.community
    x = np.bincount(part, instance.x, count) / size
    y = np.bincount(part, instance.y, count) / size
    span = max(float(np.ptp(instance.y)), 1e-9) / max(1.0, np.sqrt(count))
    order = np.lexsort((x, -np.round(y / span), home))
    number = np.empty(count, np.int64)
    number[order] = np.arange(count)
    part = number[part]
    home = home[order]
    kept = matching(instance, part, previous)[0] if previous else {}
    taken = set(kept.values())
    names = [kept.get(g, "") for g in range(count)]
    cuts = np.searchsorted(home, np.arange(int(home.max()) + 2))
    for c, (first, last) in enumerate(pairwise(cuts.tolist())):
        prefix = f"{instance.communities[c]}-" if instance.hard_borders else "g"
        free = (f"{prefix}{i}" for i in range(1, 10**9) if f"{prefix}{i}" not in taken)
        for g in range(first, last):
            names[g] = names[g] or next(free)
    return part, names


def grids_of(instance: Instance, part: Array, names: list[str]) -> tuple[Grid, ...]:
    """The list of grids with their figures."""
    count = len(names)
    units = np.bincount(part, minlength=count)
    households = np.bincount(part, instance.households, count)
    work = np.bincount(part, instance.work, count) / instance.work_scale
    deviation = deviations(instance, part)
    home = np.zeros(count, np.int64)
    home[part] = instance.community
    return tuple(
        Grid(
            id=names[g],
            community=instance.communities[home[g]] if instance.hard_borders or len(instance.communities) == 1 else "",
            units=int(units[g]),
            households=int(households[g]),
            workload=float(work[g]),
            deviation=float(deviation[g]),
        )
        for g in range(count)
    )
