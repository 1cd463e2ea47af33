"""What the wall screen counts, in a fixed number of statements: open matters by place, the last two weeks, what is new and public.

Nothing is counted over all matters: open ones are those of the index of open cases, the rest lies in a window of two weeks that the
index of matters by time gives, and rates come from the figures that are kept as facts arrive.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q

from linli.kernel.display import local
from linli.matters.enums import PublicState
from linli.matters.figures import COUNTS, Rates, by_month, rates
from linli.matters.models import Category, Matter
from linli.matters.queries.lists import public, within
from linli.matters.titles import public_title
from linli.orgs.units import Unit
from linli.places.enums import CODE_LENGTHS, Level
from linli.procedures.enums import State
from linli.procedures.models import Case
from linli.procedures.policies import after

__all__ = [
    "COUNTS",
    "DAYS",
    "Fresh",
    "Load",
    "Rates",
    "Topic",
    "by_month",
    "fresh",
    "midnight",
    "open_by",
    "rates",
    "received",
]

DAYS = 14
WEEK = timedelta(days=7)
MOST_NEW = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """Open matters of a place and how many of them are past due."""

    open: int
    overdue: int


@dataclasses.dataclass(frozen=True, slots=True)
class Topic:
    """A category: how many matters came in the last seven days, in the seven before, and on each of the last fourteen days."""

    key: str
    name: str
    week: int
    before: int
    days: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Fresh:
    """A matter that everybody may read, by its checked words."""

    code: str
    title: str
    place: str
    kind: str
    at: datetime
    ended: bool


def open_by(unit: Unit, *, at: datetime, grids: bool = False) -> dict[Any, Load]:
    """Return the open matters of a unit's place by community code (``grids``: by grid id, None where it is not known)."""
    prefix = unit.division_code[: CODE_LENGTHS[Level(unit.level)]]
    name = "grid_id" if grids else "division_code"
    rows = (
        Case.objects.filter(
            state=State.OPEN,
            procedure="matter",
            division_code__gte=prefix.ljust(12, "0"),
            division_code__lt=after(prefix),
        )
        .order_by()
        .values(name)
        .annotate(found=Count("id"), late=Count("id", filter=Q(due_at__lt=at)))
    )
    return {row[name]: Load(row["found"], row["late"]) for row in rows}


def midnight(at: datetime) -> datetime:
    """Return the first moment of the local day."""
    return local(at).replace(hour=0, minute=0, second=0, microsecond=0)


def received(unit: Unit, *, at: datetime) -> list[Topic]:
    """Return what came in by category over the last fourteen local days, today included, most in seven days first.

    Weeks are seven times twenty-four hours back from now, so that they can be compared at any hour. Matters without a category are one
    topic with an empty key. One statement, and one for the names.
    """
    first = midnight(at) - timedelta(days=DAYS - 1)
    start = min(first, at - 2 * WEEK)
    days = {
        f"day{number}": Count(
            "pk",
            filter=Q(created_at__gte=first + timedelta(days=number), created_at__lt=first + timedelta(days=number + 1)),
        )
        for number in range(DAYS)
    }
    rows = (
        # all states of publication: the index is by state, then time
        Matter.objects.filter(
            within(unit.division_code), public_state__in=PublicState.values, created_at__gte=start, created_at__lte=at
        )
        .order_by()
        .values("category_id")
        .annotate(
            week=Count("pk", filter=Q(created_at__gt=at - WEEK)),
            before=Count("pk", filter=Q(created_at__gt=at - 2 * WEEK, created_at__lte=at - WEEK)),
            **days,
        )
    )
    names = {row.pk: row for row in Category.objects.all()}
    found = [_topic(row, names) for row in rows]
    return sorted(found, key=lambda topic: (-topic.week, -topic.before, topic.key))


def _topic(row: Mapping[str, Any], names: Mapping[int, Category]) -> Topic:
    category = names.get(row["category_id"])
    return Topic(
        key=category.key if category else "",
        name=category.name if category else "",
        week=row["week"],
        before=row["before"],
        days=tuple(row[f"day{number}"] for number in range(DAYS)),
    )


def fresh(unit: Unit, *, at: datetime) -> list[Fresh]:
    """Return the newest matters of two weeks that everybody may read."""
    rows = (
        public()
        .filter(within(unit.division_code), created_at__gte=at - 2 * WEEK, created_at__lte=at)
        .order_by("-created_at", "-pk")
        .values(
            "public_text",
            "created_at",
            code=F("case__code"),
            state=F("case__state"),
            kind=F("case__kind_label"),
            place=F("case__division__name"),
        )[:MOST_NEW]
    )
    return [
        Fresh(
            code=row["code"],
            title=public_title(row["public_text"]),
            place=row["place"],
            kind=row["kind"],
            at=row["created_at"],
            ended=row["state"] == State.ENDED,
        )
        for row in rows
    ]
