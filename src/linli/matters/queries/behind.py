"""From a figure to the cases behind it: the address of the list that a reader may open, or none."""

from datetime import date

from django.urls import reverse
from django.utils.http import urlencode

from linli.orgs.actors import Actor
from linli.orgs.units import Unit
from linli.places.enums import CODE_LENGTHS, Level

# how a matter ends that counts as handled (figures.py)
HANDLED = "settled,disputed"


def place_of(unit: Unit) -> str:
    """Return the leading digits of the division codes that a unit governs."""
    return unit.division_code[: CODE_LENGTHS[Level(unit.level)]]


def may_open(by: Actor, unit: Unit) -> bool:
    """Whether a reader sees the cases that a unit's figures count: who oversees its place, or works in it."""
    return unit.id in by.unit_ids or any(unit.division_code.startswith(prefix) for prefix in by.overseen)


def cases_behind(by: Actor, unit: Unit, **asked: str | date) -> str | None:
    """Return the address of the inbox narrowed to a unit's matters and ``asked`` (see procedures/views/filters.py), or None."""
    if not may_open(by, unit):
        return None
    whose = {"place": place_of(unit)} if unit.governs else {"through": str(unit.id)}
    said = {"whose": "watched", "procedure": "matter", **whose, **{name: str(value) for name, value in asked.items()}}
    return f"{reverse('procedures:inbox')}?{urlencode(said)}"


def received(by: Actor, unit: Unit, since: date, until: date) -> str | None:
    return cases_behind(by, unit, state="all", dated="created", since=since, until=until)


def ended(by: Actor, unit: Unit, since: date, until: date, **more: str) -> str | None:
    return cases_behind(by, unit, state="ended", outcome=HANDLED, dated="ended", since=since, until=until, **more)


def rated(by: Actor, unit: Unit, since: date, until: date, answer: str) -> str | None:
    return cases_behind(by, unit, state="all", rating=answer, dated="rated", since=since, until=until)


def overdue_now(by: Actor, unit: Unit) -> str | None:
    return cases_behind(by, unit, when="overdue")
