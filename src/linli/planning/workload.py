"""The expected work of a building in a year: its households, and weighted matters, visits and care needs of the last 365 days.

The unit is the work of one household without anything. Weights are data: they stand with each plan and can be changed on the page.
Matters of a house of few households are never counted for that house: they are pooled with its compound or community and spread over
the households there, so that no plan tells who complains.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count

from linli.matters.models import Matter
from linli.planning import sources
from linli.planning.sources import Spot

DAYS = 365
# Fewer households than this: what happens there is not told of the house alone.
FEW = 10
WEIGHTS = {"households": 1.0, "matters": 1.0, "visits": 0.2, "care": 3.0}
"""What one of each weighs, in households, where a plan says nothing else."""


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What was counted for a building, and the sum of it under the weights."""

    households: int
    matters: float
    visits: float
    care: float
    total: float


def workloads(spots: Sequence[Spot], weights: Mapping[str, float], *, at: datetime) -> dict[int, Work]:
    """Return the expected work of each building (a fixed number of statements)."""
    since = at - timedelta(days=DAYS)
    counted = {kind: count(spots, since, at) for kind, count in sources.registered().items()}
    found = {}
    for spot in spots:
        parts = {kind: round(counted.get(kind, {}).get(spot.id, 0.0), 3) for kind in sources.KINDS}
        total = weights["households"] * spot.households + sum(weights[kind] * n for kind, n in parts.items())
        found[spot.id] = Work(spot.households, parts["matters"], parts["visits"], parts["care"], round(total, 3))
    return found


def matters(spots: Sequence[Spot], since: datetime, until: datetime) -> dict[int, float]:
    """Matters by building. Those that name a compound only, or a house of few households, are spread over the households there."""
    communities = {spot.community_id for spot in spots}
    rows = (
        Matter.objects.filter(
            created_at__gte=since, created_at__lt=until, case__division_id__in=communities, case__restricted=False
        )
        .order_by()
        .values_list("building_id", "case__compound_id", "case__division_id")
        .annotate(n=Count("pk"))
    )
    by_id = {spot.id: spot for spot in spots}
    found: dict[int, float] = defaultdict(float)
    pooled: dict[tuple[str, int], float] = defaultdict(float)
    for building, compound, community, n in rows:
        spot = by_id.get(building)
        if spot is not None and spot.households >= FEW:
            found[spot.id] += n
        elif (where := spot.compound_id if spot else compound) is not None:
            pooled["compound", where] += n
        else:
            pooled["community", community] += n
    for key, n in _wide_enough(pooled, spots).items():
        for spot, share in _shares(key, spots):
            found[spot.id] += n * share
    return dict(found)


def _wide_enough(pooled: Mapping[tuple[str, int], float], spots: Sequence[Spot]) -> dict[tuple[str, int], float]:
    """Pools of compounds that themselves hold few households go to their community."""
    households: dict[int, int] = defaultdict(int)
    home: dict[int, int] = {}
    for spot in spots:
        if spot.compound_id is not None:
            households[spot.compound_id] += spot.households
            home[spot.compound_id] = spot.community_id
    wide: dict[tuple[str, int], float] = defaultdict(float)
    for (kind, pk), n in pooled.items():
        if kind == "compound" and households[pk] < FEW:
            if pk in home:
                wide["community", home[pk]] += n
        else:
            wide[kind, pk] += n
    return wide


def _shares(key: tuple[str, int], spots: Sequence[Spot]) -> list[tuple[Spot, float]]:
    """Return the buildings of a pool with their shares of its households."""
    kind, pk = key
    mine = [spot for spot in spots if (spot.compound_id if kind == "compound" else spot.community_id) == pk]
    total = sum(spot.households for spot in mine)
    return [(spot, spot.households / total) for spot in mine if spot.households] if total else []
