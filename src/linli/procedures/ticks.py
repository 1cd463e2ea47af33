"""What the clock does by itself: reminders, expiry, supervision, planned openings. Nothing here looks at who a case is assigned to."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Unit
from linli.orgs.actors import SYSTEM
from linli.orgs.units import units
from linli.procedures import clocks, crowd, family, flow, repeating, side
from linli.procedures.actions import lock
from linli.procedures.clocks import calendar_of
from linli.procedures.definitions import in_force
from linli.procedures.enums import ClockState, RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import ClockOverdue, ClockReminded
from linli.procedures.gathering import tally
from linli.procedures.models import Case, CaseClock, PlannedCase
from linli.procedures.registry import openers
from linli.procedures.starting import begin, start_child
from linli.procedures.work import Work

log = logging.getLogger(__name__)
BATCH = 500
AGAIN = timedelta(minutes=10)
# After so many periods supervision has gone through street, county and city.
TOP = 5
WORKING_DAY = Duration(1, Unit.WORKING_DAYS)


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
        family.end_begun_here(work, too_late=True)
        if step.kind == "notice":
            if crowd.notice_over(work):
                crowd.end_notice(work)
                return
        elif step.clock and step.clock.on_expiry:
            expiry = step.clock.on_expiry
            flow.plan(work, expiry.open, "expiry")
            if expiry.to:
                if step.clock.supervise:
                    # somebody did not do in time what was theirs to do: that is counted, whatever happens next by itself
                    _tell_overdue(work, clock, level=1)
                tally(work)
                flow.go(work, expiry.to, how="expired", kind=RecordKind.CLOCK, tell=["reporter", "holder"])
                return
    _climb(work, clock)


def _tell_overdue(work: Work, clock: CaseClock, *, level: int) -> None:
    case = work.case
    assert clock.due_at is not None
    seq = work.record(RecordKind.CLOCK, action="overdue", data={"clock": clock.name, "level": level})
    work.publish(
        ClockOverdue(
            case=case.id,
            procedure=case.procedure,
            step=case.step,
            unit=case.holder_unit_id,
            clock=clock.name,
            due=clock.due_at,
            level=level,
            seq=seq,
        )
    )


def _climb(work: Work, clock: CaseClock) -> None:
    """First time late: say so and open supervision. Each further period: supervision goes one level up."""
    clock.level = min(clock.level + 1, 1000)
    assert clock.next_at is not None and clock.due_at is not None
    clock.next_at = _next_period(clock, work.at)
    work.changed_clock(clock)
    _tell_overdue(work, clock, level=clock.level)
    spec = clocks.spec_of(work, clock)
    if spec is not None and spec.supervise:
        _supervise(work, clock)


def _next_period(clock: CaseClock, at: datetime) -> datetime:
    assert clock.next_at is not None and clock.due_at is not None
    following = clocks.following(clock, max(clock.next_at, clock.due_at))
    # after a long stop the periods missed are not gone through one by one
    if following <= at - timedelta(days=1):
        following = clocks.following(clock, at)
    if clock.level > TOP:
        # nobody is left above: what stays undone is said once a working day, however short its period
        following = max(following, calendar_of(clock.unit_id).add(at, WORKING_DAY))
    return following


def _supervise(work: Work, clock: CaseClock) -> None:
    """Open supervision of a late case; where it is open already, go on as if its own clock had run out: one level up."""
    key = side.procedure_for(work.definition, "supervise")
    running = [one for one in family.open_children(work, beside=True) if one.case.procedure == key]
    for one in running:
        expiry = one.step.clock.on_expiry if one.step.clock else None
        if expiry is not None and expiry.to and one.case.entered_at < work.at:
            flow.go(one, expiry.to, how="climbed", kind=RecordKind.CLOCK, tell=["holder"])
    if running or not side.can_open_beside(SYSTEM, work.case, work.definition, "supervise", at=work.at):
        return
    found = in_force()[key or ""]
    # the one question a supervision asks at its start is why: a text
    fields = found.definition.fields
    asked = [
        name
        for name in found.definition.start.form
        if not name.endswith("?") and fields[name].type in ("text", "long_text")
    ]
    form: dict[str, Any] = dict.fromkeys(asked, "超过办理时限，系统自动发起督办。")
    before = set(work.kin)
    try:
        side.begin_beside(work, "supervise", by=SYSTEM, form=form)
    except (BadAnswers, NotNow):
        # a supervision that this county has made to ask more than a clock can answer: the case goes on climbing without it
        log.exception("supervision of case %s did not open", work.case.code)
        for pk in set(work.kin) - before:
            del work.kin[pk]


def open_planned(*, at: datetime) -> int:
    """Open every planned case whose time has come, each once and in order; return how many were opened.

    One that cannot be opened is tried again a day later, with the reason kept; it never stands in the way of the others.
    """
    repeating.plan_yearly(at=at)
    opened = 0
    waiting = PlannedCase.objects.filter(opened_at__isnull=True, at__lte=at).order_by("at", "id")
    while rows := list(waiting.values_list("pk", flat=True)[:BATCH]):
        for planned_id in rows:
            try:
                opened += _open(planned_id, at)
            except Exception as error:
                log.exception("planned case %s", planned_id)
                kept = str(error)[:500] or type(error).__name__
                PlannedCase.objects.filter(pk=planned_id).update(at=at + timedelta(days=1), error=kept)
    return opened


@transaction.atomic
def _open(planned_id: int, at: datetime) -> int:
    planned = PlannedCase.objects.select_for_update(of=("self",)).select_related("origin").get(pk=planned_id)
    if planned.opened_at is not None:
        return 0
    planned.opened_at = at
    if planned.origin is None:
        planned.opened = _open_for_unit(planned, at)
    elif not planned.key.endswith(repeating.NEXT):
        work = lock(planned.origin.pk, by=SYSTEM, at=at)
        planned.opened = start_child(work, planned.procedure, form=planned.form, beside=True)
        work.flush()
    elif not _taken_back(planned.origin):
        planned.opened = _open_next(planned, planned.origin, at)
    planned.save(update_fields=["opened", "opened_at"])
    return 1 if planned.opened_id else 0


def _taken_back(case: Case) -> bool:
    """Whether a case of a series was withdrawn or void: the series ends with it."""
    return case.state == State.ENDED and case.records.filter(action__in=("withdraw", "withdrawn", "void")).exists()


def _open_for_unit(planned: PlannedCase, at: datetime) -> Case:
    """A case of this year for one unit."""
    unit = units().get(planned.unit_id)
    found = in_force().get(planned.procedure)
    if unit is None or found is None:
        raise NotNow(_("流程“%(key)s”没有启用。") % {"key": planned.procedure})
    work = begin(
        procedure=planned.procedure,
        by=SYSTEM,
        at=at,
        title=f"{found.definition.name.zh}：{unit.label}",
        division_id=unit.division_id,
        division_code=unit.division_code,
        form=planned.form,
        starter_unit_id=unit.id,
        data={"unit": unit.id},
    )
    work.flush()
    return work.case


def _open_next(planned: PlannedCase, before: Case, at: datetime) -> Case:
    """The next case of a series: about the same as the one before, started for the same person and unit."""
    work = begin(
        procedure=planned.procedure,
        by=SYSTEM,
        at=at,
        title=before.title,
        division_id=before.division_id,
        division_code=before.division_code,
        grid_id=before.grid_id,
        compound_id=before.compound_id,
        urgency=before.urgency,
        kind_label=before.kind_label,
        form=planned.form,
        starter_key=before.starter_key,
        starter_unit_id=before.starter_unit_id,
        planned_for=planned.at,
    )
    work.case.starter_user_id = before.starter_user_id
    if opened := openers().get(planned.procedure):
        opened(work)
    work.flush()
    return work.case
