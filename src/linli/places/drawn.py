"""How grids are drawn on a day: versions, and those of grids that were never re-drawn since they were loaded."""

import dataclasses
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from linli.places.models import Building, Grid, GridVersion


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """One drawing of a grid: in force from ``since`` until before ``until`` (None: no end known)."""

    grid_id: int
    community_id: int
    name: str
    since: date
    until: date | None
    boundary: dict[str, Any] | None
    building_ids: tuple[int, ...]
    version_id: int | None

    def on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def drawings(grids: Iterable[Grid]) -> list[Drawn]:
    """Return every drawing of some grids, oldest first (three statements)."""
    by_id = {grid.pk: grid for grid in grids}
    found = [
        Drawn(
            grid_id=row.grid_id,
            community_id=by_id[row.grid_id].community_id,
            name=by_id[row.grid_id].name,
            since=row.since,
            until=_sooner(row.until, by_id[row.grid_id].until),
            boundary=row.boundary,
            building_ids=tuple(row.building_ids),
            version_id=row.pk,
        )
        for row in GridVersion.objects.filter(grid_id__in=by_id)
    ]
    plain = by_id.keys() - {one.grid_id for one in found}
    buildings: dict[int, list[int]] = {pk: [] for pk in plain}
    for grid_id, building_id in Building.objects.filter(grid_id__in=plain).order_by("id").values_list("grid_id", "id"):
        buildings[grid_id].append(building_id)
    for pk in plain:
        grid = by_id[pk]
        found.append(
            Drawn(pk, grid.community_id, grid.name, grid.since, grid.until, grid.boundary, tuple(buildings[pk]), None)
        )
    return sorted(found, key=lambda one: (one.since, one.grid_id))


def _sooner(one: date | None, other: date | None) -> date | None:
    return one if other is None else other if one is None else min(one, other)


def in_force(day: date) -> Q:
    """The condition on versions that they are in force on a day."""
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gt=day))
