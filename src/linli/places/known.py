"""The register of places as every request needs it: names, the locating index, today's shapes. Kept in the process.

Read whole, once, under the stamp that every write raises (places/changes.py); a stamp is looked up at most every few seconds.
Twenty thousand buildings take about a second and some tens of megabytes.
"""

import dataclasses
from collections import defaultdict
from typing import Any

from linli.kernel.memo import forget, remember
from linli.places.changes import stamp
from linli.places.locating import BuildingEntry, CompoundEntry, GridShape, PlaceIndex
from linli.places.models import Building, Compound, Division, Grid

DAY = 86_400.0


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """What is shown of a place: its name, the community it lies in, and for a building its compound."""

    name: str
    community_id: int
    compound_id: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """The names by id and the index over them."""

    communities: dict[int, tuple[str, str]]  # id -> (code, name)
    grids: dict[int, Name]
    compounds: dict[int, Name]
    buildings: dict[int, Name]
    index: PlaceIndex


def known() -> Known:
    """Return the register as of the latest change (this process) or of a few seconds ago (another one)."""
    return kept("known", _load)


def kept(name: str, load: Any, *parts: object) -> Any:
    """Keep what ``load`` returns until places change: the stamp is part of the key, older ones are dropped."""
    now = remember("places:stamp", stamp)
    key = ":".join(["places", "kept", name, *map(str, parts)])

    def fresh() -> Any:
        # whatever was kept under an older stamp will never be asked for again
        forget(f"{key}@")
        return load()

    return remember(f"{key}@{now}", fresh, seconds=DAY)


def _load() -> Known:
    grids, shapes = {}, []
    for pk, name, community_id, boundary in (
        Grid.objects.filter(active=True).values_list("id", "name", "community_id", "boundary").iterator(chunk_size=500)
    ):
        grids[pk] = Name(name, community_id)
        shapes.append(GridShape(pk, community_id, None if boundary is None else boundary["coordinates"]))
    compounds, compound_entries = {}, []
    for row in Compound.objects.filter(active=True).iterator(chunk_size=2000):
        compounds[row.pk] = Name(row.name, row.community_id)
        compound_entries.append(CompoundEntry(row.pk, row.name, tuple(row.aliases), row.community_id, row.lon, row.lat))
    buildings, building_entries = {}, []
    for entry in _building_entries():
        buildings[entry.id] = Name(entry.name, entry.community_id, entry.compound_id)
        building_entries.append(entry)
    used = {one.community_id for some in (grids, compounds, buildings) for one in some.values()}
    communities = _communities(used)
    index = PlaceIndex.build(
        shapes, building_entries, compound_entries, {pk: name for pk, (_code, name) in communities.items()}
    )
    return Known(communities, grids, compounds, buildings, index)


def _building_entries() -> Any:
    fields = ("id", "name", "compound_id", "community_id", "grid_id", "road", "road_number", "lon", "lat")
    for row in Building.objects.filter(active=True).values_list(*fields).iterator(chunk_size=5000):
        pk, name, compound_id, community_id, grid_id, road, road_number, lon, lat = row
        yield BuildingEntry(
            pk, name, "", compound_id, community_id, grid_id, road or None, road_number or None, lon, lat
        )


def _communities(ids: set[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        rows = Division.objects.filter(pk__in=wanted[start : start + 500]).values_list("id", "code", "name")
        found.update({pk: (code, name) for pk, code, name in rows})
    return found


def by_community(names: dict[int, Name]) -> dict[int, list[int]]:
    """Return the ids of places by community, in order of id."""
    found: dict[int, list[int]] = defaultdict(list)
    for pk in sorted(names):
        found[names[pk].community_id].append(pk)
    return found
