"""What the clock does by itself: reminders, expiry, supervision, planned openings. Nothing here looks at who a case is assigned to."""

import logging
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from linli.kernel.calendar import parse_duration
from linli.kernel.display import local
from linli.orgs.actors import SYSTEM
from linli.orgs.units import units
from linli.procedures import crowd, flow, side
from linli.procedures.actions import lock
from linli.procedures.clocks import calendar_of
from linli.procedures.definitions import in_force
from linli.procedures.enums import ClockState, RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import ClockOverdue, ClockReminded
from linli.procedures.models import Case, CaseClock, PlannedCase
from linli.procedures.starting import begin, start_child
from linli.procedures.work import Work

log = logging.getLogger(__name__)
BATCH = 500
AGAIN = timedelta(minutes=10)


def tick(*, at: datetime) -> int:
    """Deal with every clock whose next moment has come, the longest waiting first; return how many were dealt with.

    Each clock is one transaction. A clock that cannot be dealt with is put back by ten minutes, so that it never stands in the way of
    the others: nothing starves.
    """
    done = 0
    while rows := list(
        CaseClock.objects.filter(next_at__lte=at).order_by("next_at", "id").values_list("pk", "case_id")[:BATCH]
    ):
        for clock_id, case_id in rows:
            try:
                _turn(clock_id, case_id, at)
            except Exception:  # one broken case must not stop the clocks of all others
                log.exception("clock %s of case %s", clock_id, case_id)
                CaseClock.objects.filter(pk=clock_id, next_at__lte=at).update(next_at=at + AGAIN)
            done += 1
    return done


@transaction.atomic
def _turn(clock_id: int, case_id: UUID, at: datetime) -> None:
    work = lock(case_id, by=SYSTEM, at=at)
    clock = next((one for one in work.clocks if one.pk == clock_id), None)
    if clock is None or clock.next_at is None or clock.next_at > at or clock.state != ClockState.RUNNING:
        return
    turn(work, clock)
    work.flush()


def turn(work: Work, clock: CaseClock) -> None:
    """Do what a clock's moment asks for, on locked work: remind, or deal with its being over."""
    assert clock.due_at is not None
    if clock.due_at > work.at:
        _remind(work, clock)
    else:
        _over(work, clock)


def _remind(work: Work, clock: CaseClock) -> None:
    case = work.case
    clock.reminded, clock.next_at = True, clock.due_at
    work.changed_clock(clock)
    assert clock.due_at is not None
    seq = work.record(RecordKind.CLOCK, action="reminded", data={"clock": clock.name})
    work.publish(ClockReminded(case=case.id, procedure=case.procedure, clock=clock.name, due=clock.due_at, seq=seq))


def _over(work: Work, clock: CaseClock) -> None:
    step = work.step
    if clock.name == "step":
        if step.kind == "notice":
            if crowd.notice_over(work):
                crowd.end_notice(work)
                return
        elif step.clock and step.clock.on_expiry:
            expiry = step.clock.on_expiry
            flow.plan(work, expiry.open)
            if expiry.to:
                flow.go(work, expiry.to, how="expired", kind=RecordKind.CLOCK, tell=["reporter", "holder"])
                return
    _climb(work, clock)


def _climb(work: Work, clock: CaseClock) -> None:
    """First time late: say so and open supervision. Each further period: one level up."""
    case = work.case
    clock.level = min(clock.level + 1, 1000)
    period = parse_duration(clock.duration)
    assert clock.next_at is not None and clock.due_at is not None
    calendar = calendar_of(clock.unit_id)
    if period.amount == 0:
        period = parse_duration("1 working days")
    following = calendar.add(max(clock.next_at, clock.due_at), period)
    # after a long stop the periods missed are not gone through one by one
    clock.next_at = following if following > work.at - timedelta(days=1) else calendar.add(work.at, period)
    work.changed_clock(clock)
    seq = work.record(RecordKind.CLOCK, action="overdue", data={"clock": clock.name, "level": clock.level})
    work.publish(
        ClockOverdue(
            case=case.id, procedure=case.procedure, clock=clock.name, due=clock.due_at, level=clock.level, seq=seq
        )
    )
    spec = work.step.clock if clock.name == "step" else work.definition.clocks[clock.name].clock
    if spec is not None and spec.supervise and clock.level == 1:
        _supervise(work, clock)


def _supervise(work: Work, clock: CaseClock) -> None:
    decision = side.can_open_beside(SYSTEM, work.case, work.definition, "supervise", reads=work.reads)
    if not decision:
        return
    key = side.procedure_for(work.definition, "supervise")
    found = in_force().get(key or "")
    assert found is not None
    # the one question a supervision asks at its start is why: a text
    fields = found.definition.fields
    asked = [
        name
        for name in found.definition.start.form
        if not name.endswith("?") and fields[name].type in ("text", "long_text")
    ]
    form: dict[str, Any] = dict.fromkeys(asked, "超过办理时限，系统自动发起督办。")
    side.begin_beside(work, "supervise", by=SYSTEM, form=form)


def open_planned(*, at: datetime) -> int:
    """Open every planned case whose time has come, each once; return how many were opened."""
    plan_repeating(at=at)
    opened = 0
    waiting = PlannedCase.objects.filter(opened_at__isnull=True, at__lte=at).order_by("at", "id")
    for planned_id in list(waiting.values_list("pk", flat=True)[:BATCH]):
        try:
            opened += _open(planned_id, at)
        except (NotNow, BadAnswers) as error:
            PlannedCase.objects.filter(pk=planned_id).update(at=at + timedelta(days=1), error=str(error)[:500])
    return opened


@transaction.atomic
def _open(planned_id: int, at: datetime) -> int:
    planned = PlannedCase.objects.select_for_update(of=("self",)).select_related("origin").get(pk=planned_id)
    if planned.opened_at is not None:
        return 0
    if planned.origin_id is not None:
        work = lock(planned.origin_id, by=SYSTEM, at=at)
        case = start_child(work, planned.procedure, unit_id=None, role=None, form=planned.form, beside=True)
        work.flush()
    else:
        unit = units().by_id[planned.unit_id or 0]
        definition = in_force()[planned.procedure].definition
        work = begin(
            procedure=planned.procedure,
            by=SYSTEM,
            at=at,
            title=f"{definition.name.zh}：{unit.label}",
            division_id=unit.division_id,
            division_code=unit.division_code,
            form=planned.form,
            starter_unit_id=unit.id,
            data={"unit": unit.id},
        )
        work.flush()
        case = work.case
    planned.opened_id, planned.opened_at = case.pk, at
    planned.save(update_fields=["opened", "opened_at"])
    _plan_next(planned, case, at)
    return 1


def _plan_next(planned: PlannedCase, case: Case, at: datetime) -> None:
    """A procedure that repeats 'every' so often plans its next case when one opens, until the date in its field."""
    found = in_force().get(planned.procedure)
    repeat = found.definition.repeat if found else None
    if repeat is None or repeat.every is None:
        return
    following = calendar_of(case.holder_unit_id).add(planned.at, repeat.every)
    until = case.data.get(repeat.until or "")
    if until and local(following).date() > date.fromisoformat(str(until)[:10]):
        return
    stem = planned.key.split("#")[0]
    PlannedCase.objects.get_or_create(
        key=f"{stem}#{following.isoformat()}",
        defaults={
            "procedure": planned.procedure,
            "origin_id": planned.origin_id,
            "unit_id": planned.unit_id,
            "form": planned.form,
            "at": following,
        },
    )


def plan_repeating(*, at: datetime) -> None:
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
        PlannedCase.objects.bulk_create(
            [
                PlannedCase(key=f"yearly:{key}:{day.year}:{unit_id}", procedure=key, unit_id=unit_id, at=at)
                for unit_id in wanted
                if unit_id not in have
            ],
            ignore_conflicts=True,
        )


def redate_open_clocks(*, at: datetime, why: str) -> int:
    """After a change of the calendar: compute every open clock anew; a clock whose due moment changes keeps the reason."""
    from linli.procedures import clocks

    changed = 0
    rows = CaseClock.objects.filter(state=ClockState.RUNNING, case__state=State.OPEN).order_by("id")
    for clock_id, case_id in list(rows.values_list("pk", "case_id")):
        with transaction.atomic():
            work = lock(case_id, by=SYSTEM, at=at)
            clock = next((one for one in work.clocks if one.pk == clock_id and one.state == ClockState.RUNNING), None)
            if (
                clock is None
                or not parse_duration(clock.duration).is_working
                or any("more" in part for part in clock.origin)
            ):
                continue
            due = calendar_of(clock.unit_id).due_with_suspensions(
                clock.started_at, parse_duration(clock.duration), clocks.pauses(clock)
            )
            if due is None or due == clock.due_at:
                continue
            work.record(RecordKind.CLOCK, action="redated", data={"clock": clock.name, "why": why})
            clocks.redate(work, clock, why=why)
            work.flush()
            changed += 1
    return changed
