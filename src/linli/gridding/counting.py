"""How many grids a community gets, and each of its pieces where it is in several."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.graphs import Graph, pieces
from linli.gridding.model import BadInstance, Instance, Said

# A running plan keeps its number of grids while their mean size is so near to the target.
KEPT_WITHIN = 0.03


@dataclass(frozen=True)
class Territory:
    """Units in one piece that are divided into `count` grids; `mean` is the work of a grid of the whole community."""

    group: int
    units: Array
    count: int
    mean: float


@dataclass(frozen=True)
class Group:
    """A community with hard borders, else the whole area."""

    name: str
    units: Array
    count: int
    mean: float
    rounding: float
    territories: tuple[Territory, ...]
    notes: tuple[Said, ...]


def groups_of(instance: Instance, graph: Graph, previous: Mapping[str, str] | None = None) -> list[Group]:
    """Divide the area into communities and pieces and give each its number of grids."""
    group = instance.community if instance.hard_borders else np.zeros(len(instance.ids), np.int64)
    names = instance.communities if instance.hard_borders else ("",)
    piece = pieces(graph)
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(len(names) + 1))
    return [
        _group(number, name, order[cuts[number] : cuts[number + 1]], piece, instance, previous)
        for number, name in enumerate(names)
    ]


def nearest_count(households: float, target: float, units: int) -> int:
    """The whole number of grids nearest to households / target."""
    return max(1, min(units, int(households / target + 0.5)))


def _wanted(name: str, units: Array, instance: Instance, previous: Mapping[str, str] | None) -> int:
    households = float(instance.households[units].sum())
    if instance.hard_borders and name in instance.counts:
        return instance.counts[name]
    if not instance.hard_borders and instance.counts:
        missing = [c for c in instance.communities if c not in instance.counts]
        if missing:
            raise BadInstance(f"grids 没有写：{missing[0]}", f"grids says nothing about: {missing[0]}")
        return sum(instance.counts.values())
    nearest = nearest_count(households, instance.target, len(units))
    if previous:
        before = {previous[instance.ids[u]] for u in units.tolist() if instance.ids[u] in previous}
        kept = len(before)
        if 0 < kept <= len(units) and abs(households / kept - instance.target) <= KEPT_WITHIN * instance.target:
            return kept
    return nearest


def _group(
    number: int, name: str, units: Array, piece: Array, instance: Instance, previous: Mapping[str, str] | None
) -> Group:
    found, inverse = np.unique(piece[units], return_inverse=True)
    parts = [units[inverse == i] for i in range(len(found))]
    wanted = _wanted(name, units, instance, previous)
    count = max(wanted, len(parts))
    work = [float(instance.work[p].sum()) for p in parts]
    shares = apportion(work, [len(p) for p in parts], count)
    mean = sum(work) / count
    rounding = float(instance.households[units].sum()) / count / instance.target - 1.0
    return Group(
        name=name,
        units=units,
        count=count,
        mean=mean,
        rounding=rounding,
        territories=tuple(Territory(number, p, k, mean) for p, k in zip(parts, shares, strict=True)),
        notes=tuple(_notes(parts, wanted, count, mean, instance)),
    )


def apportion(work: list[float], most: list[int], count: int) -> list[int]:
    """Give each piece at least one grid, the others one by one to the piece whose grids are largest."""
    shares = [1] * len(work)
    for _ in range(count - len(work)):
        best = max((i for i in range(len(work)) if shares[i] < most[i]), key=lambda i: (work[i] / shares[i], -i))
        shares[best] += 1
    return shares


def _notes(parts: list[Array], wanted: int, count: int, mean: float, instance: Instance) -> list[Said]:
    said = []
    if len(parts) > 1:
        small = min(parts, key=lambda p: (len(p), int(p[0])))
        named = ", ".join(instance.ids[u] for u in small[:3].tolist())
        said.append(
            Said(
                f"不连通，分为 {len(parts)} 块（如 {named}），每块至少一个网格。",
                f"In {len(parts)} pieces that do not touch ({named} ...), each with a grid of its own.",
            )
        )
    if count > wanted:
        said.append(Said(f"因此网格数由 {wanted} 增为 {count}。", f"So there are {count} grids instead of {wanted}."))
    everything = np.concatenate(parts)
    heavy = everything[instance.work[everything] > mean * 1.0000001] if count > 1 else everything[:0]
    if len(heavy):
        worst = heavy[np.argmax(instance.work[heavy])]
        over = float(instance.work[worst]) / mean - 1.0
        said.append(
            Said(
                f"{len(heavy)} 个单元自身就超过网格平均量，最重的 {instance.ids[worst]} 超出 {over:.1%}。",
                f"{len(heavy)} units alone are heavier than a mean grid, {instance.ids[worst]} by {over:.1%}.",
            )
        )
    return said
