"""Cases that open themselves again: every so often until a date, and once a year for each unit of a kind."""

from datetime import date, datetime

from linli.kernel.display import local
from linli.orgs.units import units
from linli.procedures.clocks import calendar_of
from linli.procedures.definitions import in_force
from linli.procedures.grammar.definition import Repeat
from linli.procedures.models import PlannedCase
from linli.procedures.work import Work

# the end of the key of a planned case that is the next of a series, not one that the case opens beside itself
NEXT = ":next"


def plan_next(work: Work, repeat: Repeat, this: datetime) -> None:
    """Note the next case of a series when one opens. Those missed while nothing ran are not made up for: one opens, late."""
    if repeat.every is None or not repeat.every.amount:
        return
    case, calendar = work.case, calendar_of(work.case.holder_unit_id)
    following = calendar.add(this, repeat.every)
    while following <= work.at:
        following = calendar.add(following, repeat.every)
    until = case.data.get(repeat.until or "")
    if until and local(following).date() > date.fromisoformat(str(until)[:10]):
        return
    asked = {name for name, _optional in work.definition.start.asked()}
    form = {name: value for name, value in case.data.items() if name in asked}
    work.then(
        lambda: PlannedCase.objects.create(
            key=f"{case.pk}{NEXT}", procedure=case.procedure, origin_id=case.pk, form=form, at=following
        )
    )


def plan_yearly(*, at: datetime) -> None:
    """Plan this year's case of every procedure that opens once a year for each unit of a kind."""
    day = local(at).date()
    for key, found in in_force().items():
        repeat = found.definition.repeat
        if repeat is None or repeat.yearly_on is None or day.isoformat()[5:] < repeat.yearly_on:
            continue
        wanted = [unit.id for unit in units().by_id.values() if unit.active and unit.kind == repeat.for_kind]
        have = set(
            PlannedCase.objects.filter(key__startswith=f"yearly:{key}:{day.year}:").values_list("unit_id", flat=True)
        )
        asks_unit = "unit" in dict(found.definition.start.asked())
        PlannedCase.objects.bulk_create(
            [
                PlannedCase(
                    key=f"yearly:{key}:{day.year}:{unit_id}",
                    procedure=key,
                    unit_id=unit_id,
                    form={"unit": unit_id} if asks_unit else {},
                    at=at,
                )
                for unit_id in wanted
                if unit_id not in have
            ],
            ignore_conflicts=True,
        )
