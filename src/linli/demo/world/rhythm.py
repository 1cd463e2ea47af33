"""When, where and what: all matters of a world as numpy columns, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from linli.demo.world.catalogue import Leaf
from linli.demo.world.plans import Plan
from linli.demo.world.types import Building, Compound
from linli.demo.world.worktime import DAY, WorkClock

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Factor by month, January first.
SEASONS: dict[str, tuple[float, ...]] = {
    "flat": (1,) * 12,
    "summer": (0.5, 0.5, 0.7, 0.9, 1.3, 1.7, 2.0, 2.0, 1.4, 0.8, 0.6, 0.5),
    "warm": (0.6, 0.6, 0.9, 1.2, 1.3, 1.3, 1.3, 1.3, 1.2, 1.1, 0.8, 0.6),
    "winter": (1.5, 1.3, 1.1, 0.9, 0.7, 0.6, 0.6, 0.6, 0.8, 1.1, 1.4, 1.6),
    "rain": (0.6, 0.6, 0.8, 1.1, 1.4, 1.7, 1.7, 1.4, 1.2, 0.8, 0.6, 0.6),
    "flood": (0.15, 0.15, 0.3, 0.7, 1.3, 2.4, 2.8, 2.2, 1.2, 0.4, 0.2, 0.15),
    "heat": (1.0, 0.8, 0.6, 0.6, 0.9, 1.4, 2.2, 2.3, 1.2, 0.6, 0.7, 1.1),
    "water": (1.4, 1.1, 0.8, 0.8, 0.9, 1.2, 1.5, 1.4, 1.0, 0.8, 0.8, 1.3),
    "school": (0.6, 0.5, 1.2, 1.1, 1.1, 1.2, 0.5, 1.3, 1.7, 1.1, 1.1, 0.9),
    "newyear": (1.7, 1.4, 1.0, 0.9, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9, 1.1, 1.5),
    "farming": (0.2, 0.3, 0.9, 1.7, 2.2, 1.9, 1.6, 1.3, 0.8, 0.4, 0.3, 0.2),
    "harvest": (0.4, 0.4, 0.5, 0.6, 1.6, 1.4, 0.6, 0.7, 1.6, 2.2, 1.4, 0.6),
    "dry": (1.3, 1.2, 1.2, 1.1, 0.8, 0.6, 0.6, 0.8, 0.9, 1.1, 1.3, 1.4),
}
# Weight by hour of the day.
HOURS: dict[str, tuple[float, ...]] = {
    "day": (1, 1, 0, 0, 0, 1, 3, 6, 10, 11, 10, 8, 6, 6, 8, 9, 8, 7, 7, 7, 6, 4, 3, 2),
    "office": (0, 0, 0, 0, 0, 0, 1, 3, 11, 14, 12, 8, 4, 5, 10, 11, 9, 6, 3, 3, 3, 2, 1, 0),
    "morning": (0, 0, 0, 0, 1, 3, 8, 12, 12, 10, 8, 6, 4, 4, 5, 5, 5, 5, 4, 4, 3, 2, 1, 0),
    "commute": (0, 0, 0, 0, 0, 1, 4, 12, 12, 7, 5, 5, 5, 4, 4, 5, 7, 12, 12, 8, 5, 3, 2, 1),
    "evening": (2, 1, 0, 0, 0, 0, 2, 4, 5, 6, 5, 5, 4, 4, 4, 5, 6, 8, 11, 14, 14, 11, 7, 4),
    "night": (8, 5, 3, 2, 1, 2, 4, 5, 6, 6, 5, 4, 4, 4, 4, 4, 4, 5, 6, 7, 9, 11, 14, 12),
}
WEEKDAYS = (1.22, 1.10, 1.05, 1.0, 1.0, 0.74, 0.66)
DUPLICATES = 0.03


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """A stirring cluster before it has a key: what, in which buildings (indices), from which second on, how many."""

    title: str
    kind: str
    leaf: int
    buildings: Ints
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Columns:
    """One row per matter in order of time. ``cluster``, ``source`` (row of the first report), ``plan``: -1 for none."""

    second: Ints
    building: Ints
    leaf: Ints
    cluster: Ints
    source: Ints
    plan: Ints

    def __len__(self) -> int:
        return len(self.second)


def place_class(building: Building, rural: bool) -> int:
    """0 high-rise, 1 low-rise, 2 village."""
    return 2 if rural else 0 if building.floors > 8 else 1


def day_weights(clock: WorkClock, first: int, last: int, now: int, rng: np.random.Generator) -> Floats:
    """How much comes in on each of the days first … last: week, holidays, a slow rise, storms, chance."""
    days = np.arange(first, last + 1)
    out = np.empty(len(days))
    drift = 0.0
    for i, day in enumerate(days.tolist()):
        date_ = clock.first + timedelta(days=day)
        weight = WEEKDAYS[date_.weekday()]
        if date_.weekday() < 5 and not clock.open_days[day]:
            weight *= 0.6
        drift = 0.8 * drift + rng.normal(0, 0.07)
        storm = 1.7 if date_.month in (6, 7, 8) and rng.random() < 0.05 else 1.0
        out[i] = weight * (0.9 + 0.2 * i / len(days)) * np.exp(drift) * storm
    out[-1] *= (now % DAY) / DAY
    return out


def building_weights(buildings: Sequence[Building], compounds: dict[str, Compound], rng: np.random.Generator) -> Floats:
    """How much comes from each building: households, age of the compound, and each community's own habit."""
    habit: dict[str, float] = {}
    out = np.empty(len(buildings))
    for i, b in enumerate(buildings):
        if b.community_code not in habit:
            habit[b.community_code] = float(np.exp(rng.normal(0, 0.3)))
        age = 1.3 if compounds[b.compound_key].year_built <= 2005 else 1.0
        out[i] = b.households * age * habit[b.community_code]
    return out


def _pick(weights: Floats, size: int, rng: np.random.Generator) -> Ints:
    edges = np.cumsum(weights)
    found = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    rows: Ints = np.minimum(found, len(weights) - 1)
    return rows


def _seconds_of_day(leaves: Sequence[Leaf], leaf: Ints, rng: np.random.Generator) -> Ints:
    out = np.zeros(len(leaf), dtype=np.int64)
    for name, profile in HOURS.items():
        rows = np.flatnonzero(np.isin(leaf, [i for i, item in enumerate(leaves) if item.hours == name]))
        out[rows] = _pick(np.array(profile, dtype=float), len(rows), rng) * 3600 + rng.integers(0, 3600, len(rows))
    return out


def _leaves(leaves: Sequence[Leaf], classes: Ints, months: Ints, rng: np.random.Generator) -> Ints:
    out = np.zeros(len(classes), dtype=np.int64)
    for kind in range(3):
        for month in range(12):
            rows = np.flatnonzero((classes == kind) & (months == month))
            weights = np.array([leaf.weights[kind] * SEASONS[leaf.season][month] for leaf in leaves])
            if len(rows):
                out[rows] = _pick(weights, len(rows), rng)
    return out


def _months(clock: WorkClock, seconds: Ints) -> Ints:
    first = np.datetime64(clock.first)
    return ((first + seconds // DAY).astype("datetime64[M]").astype(np.int64)) % 12


def _growing(plan: ClusterPlan, now: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Seconds and buildings of a cluster that grows from its start up to now, in waking hours."""
    when = plan.start + (now - plan.start) * np.sqrt(rng.random(plan.size))
    seconds = when.astype(np.int64) // DAY * DAY + rng.integers(7 * 3600, 22 * 3600, plan.size)
    seconds = np.where(seconds >= now, seconds - DAY, seconds)
    return seconds, plan.buildings[rng.integers(0, len(plan.buildings), plan.size)]


def _planned(
    plans: Sequence[Plan], leaves: Sequence[Leaf], kinds: Ints, now: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Seconds and leaves of planned matters in buildings of these classes, by day where their age allows."""
    second = np.empty(len(plans), dtype=np.int64)
    leaf = np.empty(len(plans), dtype=np.int64)
    for i, plan in enumerate(plans):
        at = now - int(rng.uniform(*plan.hours) * 3600)
        if plan.hours[1] > 20 and not 7 <= at % DAY // 3600 < 21:
            at = at // DAY * DAY + int(rng.integers(8 * 3600, 20 * 3600))
            at -= DAY if at >= now - int(plan.hours[0] * 1800) else 0
        second[i] = at
        fits = np.array(
            [
                (not plan.responsible or item.category.responsible in plan.responsible)
                and item.handling_days <= plan.days
                and item.category.urgency != "danger"
                for item in leaves
            ]
        )
        leaf[i] = _pick(fits * np.array([item.weights[kinds[i]] for item in leaves]), 1, rng)[0]
    return second, leaf


def columns(
    *,
    total: int,
    leaves: Sequence[Leaf],
    classes: Ints,
    weights: Floats,
    clusters: Sequence[ClusterPlan],
    plans: Sequence[Plan],
    clock: WorkClock,
    since: int,
    now: int,
    rng: np.random.Generator,
) -> Columns:
    """All matters between ``since`` and ``now`` (seconds of ``clock``); ``classes`` and ``weights`` per building."""
    first, last = since // DAY + 1, now // DAY
    in_clusters = sum(c.size for c in clusters)
    twice = round((total - in_clusters) * DUPLICATES)
    base = total - in_clusters - twice
    day = _pick(day_weights(clock, first, last, now, rng), base, rng) + first
    building = _pick(weights, base, rng)
    leaf = _leaves(leaves, classes[building], _months(clock, day * DAY), rng)
    second = day * DAY + _seconds_of_day(leaves, leaf, rng)
    second = np.where(second >= now, second - DAY, second)
    # The first rows are taken for the planned matters; nobody reports those twice.
    first_free = len(plans)
    second[:first_free], leaf[:first_free] = _planned(plans, leaves, classes[building[:first_free]], now, rng)
    seconds, buildings, kinds = [second], [building], [leaf]
    origin, source = [np.full(base, -1)], [np.full(base, -1)]
    plan_of = np.full(total, -1)
    plan_of[:first_free] = np.arange(first_free)

    again = first_free + rng.choice(base - first_free, twice, replace=False)
    later = second[again] + 900 + (rng.exponential(0.9 * DAY, twice)).astype(np.int64)
    seconds.append(np.where(later >= now, np.maximum(second[again] + 1, now - 60), later))
    buildings.append(building[again])
    kinds.append(leaf[again])
    origin.append(np.full(twice, -1))
    source.append(again)

    for i, cluster in enumerate(clusters):
        when, where = _growing(cluster, now, rng)
        seconds.append(when)
        buildings.append(where)
        kinds.append(np.full(cluster.size, cluster.leaf))
        origin.append(np.full(cluster.size, i))
        source.append(np.full(cluster.size, -1))

    all_seconds = np.minimum(np.concatenate(seconds), now - 1)
    order = np.argsort(all_seconds, kind="stable")
    rank = np.empty(total, dtype=np.int64)
    rank[order] = np.arange(total)
    sources = np.concatenate(source)
    moved = np.where(sources >= 0, rank[np.maximum(sources, 0)], -1)
    return Columns(
        all_seconds[order],
        np.concatenate(buildings)[order],
        np.concatenate(kinds)[order],
        np.concatenate(origin)[order],
        moved[order],
        plan_of[order],
    )
