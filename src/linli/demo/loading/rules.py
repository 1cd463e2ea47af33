"""The catalogue: categories in two levels, and the first version of its rules, published."""

from collections import Counter
from typing import Any

from linli.demo.loading.register import Register
from linli.demo.world.types import Category as WorldCategory
from linli.demo.world.types import World
from linli.matters import catalogue
from linli.matters.enums import CatalogueStatus
from linli.matters.models import CatalogueVersion, Category
from linli.procedures.enums import Urgency

URGENCIES = {
    "danger": Urgency.DANGER,
    "urgent": Urgency.URGENT,
    "ordinary": Urgency.ORDINARY,
    "complex": Urgency.COMPLEX,
}
# Functions for which the community itself answers.
OWN = ("grid", "community")


def load_catalogue(world: World, register: Register) -> None:
    """Write the categories and publish the rules; who answers is found by function and place."""
    rules: dict[str, Any] = {}
    who = _units_by_function(world, register)
    for position, row in enumerate(world.categories):
        made = Category.objects.create(
            key=row.key,
            parent_id=register.categories[row.parent_key] if row.parent_key else None,
            name=row.name,
            position=position,
        )
        register.categories[row.key] = made.pk
        if row.parent_key is not None:
            rules[row.key] = _rule(row, who)
    CatalogueVersion.objects.create(
        number=1,
        status=CatalogueStatus.PUBLISHED,
        rules=rules,
        note="首版：按类别和地点定承办单位、紧急程度和时限",
        created_at=world.since,
        published_at=world.since,
    )
    catalogue.changed()


def _rule(row: WorldCategory, who: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "urgency": int(URGENCIES[row.urgency]),
        "answer": row.first_answer,
        "handle": row.handling,
        "words": list(row.keywords),
        "units": who.get("community" if row.responsible in OWN else row.responsible, []),
    }


def _units_by_function(world: World, register: Register) -> dict[str, list[dict[str, Any]]]:
    """For each function the unit of each place, the place as the leading digits of its division's code."""
    found: dict[str, list[dict[str, Any]]] = {}
    for unit in world.organisations:
        if unit.function not in ("property", "owners"):
            place = {"place": unit.division_code.rstrip("0").ljust(_digits(unit.division_code), "0")}
            found.setdefault(unit.function, []).append(place | {"unit": register.units[unit.key]})
    found["property"] = _companies(world, register) or []
    return found


def _digits(code: str) -> int:
    """How many digits of a code name its place: 4 of a city, 6 of a county, 9 of a street, 12 of a community."""
    return 12 if code[9:] != "000" else 9 if code[6:9] != "000" else 6 if code[4:6] != "00" else 4


def _companies(world: World, register: Register) -> list[dict[str, Any]]:
    """For each community the company that looks after most of its compounds; where there is none, the committee."""
    most: dict[str, Counter[str]] = {}
    for compound in world.compounds:
        if compound.property_company:
            most.setdefault(compound.community_code, Counter())[compound.property_company] += 1
    places = [
        {"place": unit.division_code, "unit": register.units[unit.key]}
        for unit in world.organisations
        if unit.function == "community" and unit.division_code not in most
    ]
    return places + [
        {"place": community, "unit": register.units[companies.most_common(1)[0][0]]}
        for community, companies in sorted(most.items())
    ]
