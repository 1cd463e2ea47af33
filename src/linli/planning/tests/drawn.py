"""Houses of the town to divide, and plans without the drawing."""

from linli.places.models import Building, Compound
from linli.planning import actions
from linli.planning.models import Plan
from linli.testing import NOW, Town


def lattice(town: Town, wide: int = 4, high: int = 3) -> list[Building]:
    """Two compounds of houses over both grids of the east community, 20 households each; the western half belongs to grid 1."""
    compounds = [
        town.compound,
        Compound.objects.create(community=town.divisions["east"], name="银杏苑", kind="commercial"),
    ]
    town.building.delete()
    made = []
    for x in range(wide):
        for y in range(high):
            made.append(
                Building(
                    community=town.divisions["east"],
                    compound=compounds[x >= wide / 2],
                    grid=town.grids["east1" if x < wide / 2 else "east2"],
                    name=f"{x}-{y}",
                    households=20,
                    lon=105.0 + 0.02 * (x + 0.5) / wide,
                    lat=30.0 + 0.01 * (y + 0.5) / high,
                )
            )
    return Building.objects.bulk_create(made)


def by_hand(town: Town, name: str = "") -> Plan:
    """A plan equal to the grids of today."""
    labels = {str(pk): grid for pk, grid in Building.objects.exclude(grid=None).values_list("id", "grid__name")}
    return actions.take_in(division=town.divisions["east"], name=name, labels=labels, by=town.actor("head"), at=NOW)
