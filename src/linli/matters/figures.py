"""Figures of the three rates and 'settled at which level', kept as facts arrive; every rate is shown with its count."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast

from django.db.models import F, Sum

from linli.kernel.display import local
from linli.matters.models import UnitFigure
from linli.orgs.units import Unit, units
from linli.places.enums import CODE_LENGTHS, Level
from linli.procedures.models import Case

LEVEL_FIELDS = {6: "at_grid", 5: "at_community", 4: "at_street", 3: "at_county", 2: "at_city"}
# Of fewer answers no share is published: one more or less would turn it over. The counts always are.
FEW = 10
COUNTS = (
    "received",
    "ended",
    "overdue",
    "rated",
    "reached",
    "settled",
    "satisfied",
    "satisfied_answers",
    *LEVEL_FIELDS.values(),
)


def handled(case: Case) -> tuple[int | None, int]:
    """Return the unit that handled a matter last, None if none did, and the level at which; of units called together the lead."""
    found = [(step, kept) for step in ("handle", "whistled") if (kept := case.visits.get(step))]
    if not found:
        return None, case.holder_level
    step, kept = max(found, key=lambda one: int(one[1].get("visit", 0)))
    unit = case.data.get("lead") if step == "whistled" else None
    return unit or kept.get("unit"), int(kept.get("level") or case.holder_level)


def as_ended(case: Case, *, at: datetime) -> dict[str, Any]:
    """Return under which month, unit and level the end of a matter counts, as it is kept with the matter."""
    unit_id, level = handled(case)
    return {"month": month_of(at).isoformat(), "unit": unit_id, "level": level}


def count_end(division_code: str, kept: dict[str, Any], *, by: int = 1) -> None:
    """Count an end, or (``by`` -1) take it out of where it was counted."""
    field = LEVEL_FIELDS.get(kept["level"], "at_city")
    month = date.fromisoformat(kept["month"])
    add_to(division_code=division_code, unit_id=kept["unit"], month=month, ended=by, **{field: by})


def month_of(at: datetime) -> date:
    """Return the first day of a moment's local month."""
    return local(at).date().replace(day=1)


def add(*, division_code: str, unit_id: int | None, at: datetime, **changes: int) -> None:
    """Add to the month's figures of the governing units of a place, and of the unit that handled it where it is another."""
    add_to(division_code=division_code, unit_id=unit_id, month=month_of(at), **changes)


def add_to(*, division_code: str, unit_id: int | None, month: date, **changes: int) -> None:
    """The same, to a month by its first day."""
    table = units()
    whose = {
        unit.id
        for level in (Level.COMMUNITY, Level.STREET, Level.COUNTY, Level.CITY)
        if (unit := table.governing_at(division_code, level)) is not None
    }
    if unit_id is not None:
        whose.add(unit_id)
    have = dict(UnitFigure.objects.filter(unit_id__in=whose, month=month).values_list("unit_id", "pk"))
    UnitFigure.objects.bulk_create(
        [UnitFigure(unit_id=one, month=month) for one in sorted(whose - have.keys())], ignore_conflicts=True
    )
    UnitFigure.objects.filter(unit_id__in=whose, month=month).update(
        **{name: F(name) + value for name, value in changes.items()}
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Rates:
    """The figures of one unit over some months. Each rate is (part, whole): shown as a percentage with its fraction."""

    unit_id: int
    counts: dict[str, int]

    @property
    def response(self) -> tuple[int, int]:
        """响应率: of those who answered, who was reached."""
        return self.counts["reached"], self.counts["rated"]

    @property
    def settlement(self) -> tuple[int, int]:
        """解决率: of those who answered, whose matter was settled."""
        return self.counts["settled"], self.counts["rated"]

    @property
    def satisfaction(self) -> tuple[int, int]:
        """满意率: of those who answered, who was satisfied or very satisfied."""
        return self.counts["satisfied"], self.counts["satisfied_answers"]

    @property
    def levels(self) -> dict[int, int]:
        """How many were settled at each level: 6 grid, 5 community, 4 street, 3 county, 2 city."""
        return {level: self.counts[field] for level, field in LEVEL_FIELDS.items()}


def rates(unit_ids: Sequence[int], *, since: date, until: date) -> dict[int, Rates]:
    """Return the figures of units over the months from ``since`` to ``until``, in one statement."""
    sums = UnitFigure.objects.filter(unit_id__in=unit_ids, month__gte=since, month__lte=until).values("unit_id")
    rows = cast("Iterable[dict[str, Any]]", sums.annotate(**{f"sum_{name}": Sum(name) for name in COUNTS}))
    found = {row["unit_id"]: Rates(row["unit_id"], {name: row[f"sum_{name}"] or 0 for name in COUNTS}) for row in rows}
    return {pk: found.get(pk) or Rates(pk, dict.fromkeys(COUNTS, 0)) for pk in unit_ids}


def percent(pair: tuple[int, int]) -> float | None:
    """Return a share in percent with one decimal, or None of nothing."""
    return round(100 * pair[0] / pair[1], 1) if pair[1] else None


def published(pair: tuple[int, int]) -> float | None:
    """Return a share as it is published, in percent with one decimal; None of few."""
    return percent(pair) if pair[1] >= FEW else None


def months_back(day: date, count: int) -> date:
    """Return the first day of the month ``count`` months before the month of ``day``."""
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def above(top: Unit) -> list[Unit]:
    """Return the units over one, the highest first."""
    found, table = [top], units()
    while (unit := table.above(found[0])) is not None and unit not in found:
        found.insert(0, unit)
    return found[:-1]


def below(top: Unit) -> list[Unit]:
    """Return the governing units one level below, then the departments and companies of the place itself."""
    if not top.governs:
        return []
    table, prefix = units(), top.division_code[: CODE_LENGTHS[Level(top.level)]]
    governing = [
        unit
        for unit in table.governing.values()
        if unit.level == top.level + 1 and unit.division_code.startswith(prefix)
    ]
    others = [
        unit
        for unit in table.by_id.values()
        if unit.active and not unit.governs and unit.division_id == top.division_id
    ]
    return sorted(governing, key=lambda unit: unit.division_code) + sorted(others, key=lambda unit: unit.id)


def by_month(unit_id: int, *, since: date, until: date) -> list[UnitFigure]:
    """Return a unit's months in order."""
    return list(UnitFigure.objects.filter(unit_id=unit_id, month__gte=since, month__lte=until).order_by("month"))
