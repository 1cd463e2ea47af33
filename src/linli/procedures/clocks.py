"""Clocks of a case: started, met, suspended, resumed, extended, re-dated. Every change keeps its origin."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from linli.kernel.calendar import Duration, Unit, WorkCalendar, parse_duration
from linli.kernel.display import SHANGHAI
from linli.orgs.units import units
from linli.procedures.enums import ClockState
from linli.procedures.grammar.parts import Clock
from linli.procedures.models import CaseClock
from linli.procedures.registry import look_up
from linli.procedures.work import Work


def calendar_of(unit_id: int | None) -> WorkCalendar:
    """Return the calendar that a unit's clocks run in."""
    unit = units().get(unit_id)
    return unit.calendar() if unit else WorkCalendar()


def start_clock(work: Work, name: str, spec: Clock, *, unit_id: int | None) -> None:
    """Start a clock at this moment for a unit. A clock that finds neither catalogue entry nor date does not start."""
    duration, why = _duration(work, spec)
    if duration is None:
        return
    calendar = calendar_of(unit_id)
    due = _counted_back(work, spec, calendar) if spec.before else calendar.add(work.at, duration)
    if due is None:
        return
    clock = CaseClock(
        case_id=work.case.id,
        name=name,
        step=work.case.step,
        visit=work.case.visit,
        duration=str(duration),
        started_at=work.at,
        due_at=due,
        unit_id=unit_id,
        origin=[{"seq": work.case.last_seq, "why": why, "duration": str(duration), "due": _iso(due)}],
    )
    clock.next_at = max(work.at, _reminder(clock, spec.remind, calendar))
    if work.case.suspended:
        _suspend(clock, work.at)
    work.add_clock(clock)


def _duration(work: Work, spec: Clock) -> tuple[Duration | None, str]:
    if spec.before:
        return spec.before.amount, spec.words()
    if spec.from_:
        place, key = spec.from_.split(".", 1)
        value = work.case.data.get(key) if place == "form" else look_up(work.case.procedure, key, work.case.data)
        if value not in (None, ""):
            # a bare number is in the unit of the default ('from: form.days, default: 30 days'), else in working days
            unit = spec.default.unit if spec.default else Unit.WORKING_DAYS
            return (Duration(value, unit) if isinstance(value, int) else parse_duration(str(value))), spec.from_
        return spec.default, f"default of {spec.from_}"
    return spec.for_, "definition"


def _counted_back(work: Work, spec: Clock, calendar: WorkCalendar) -> datetime | None:
    assert spec.before is not None
    value = work.case.data.get(spec.before.field)
    if not value:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        moment = datetime.combine(moment.date(), time(0), SHANGHAI)
    return calendar.subtract(moment, spec.before.amount)


def _reminder(clock: CaseClock, percent: int, calendar: WorkCalendar) -> datetime:
    """The moment at which ``percent`` of the time is used up, in the clock's own kind of time."""
    duration, due = parse_duration(clock.duration), clock.due_at
    assert due is not None
    if duration.unit is Unit.WORKING_DAYS and duration.amount >= 2:
        early = max(1, duration.amount * (100 - percent) // 100)
        return max(clock.started_at, calendar.subtract(due, Duration(early, Unit.WORKING_DAYS)))
    minutes = calendar.elapsed(clock.started_at, due, duration.is_working) // timedelta(minutes=1)
    if duration.unit is Unit.WORKING_HOURS:
        return (
            calendar.due_with_suspensions(
                clock.started_at, Duration(max(duration.amount * percent // 100, 0), Unit.WORKING_HOURS), []
            )
            or due
        )
    return clock.started_at + timedelta(minutes=minutes * percent // 100)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _unfinished(clocks: Iterable[CaseClock]) -> list[CaseClock]:
    return [clock for clock in clocks if clock.state in (ClockState.RUNNING, ClockState.SUSPENDED)]


def finish(work: Work, *names: str, cancelled: bool = False) -> None:
    """End the running clocks of these names: met or late by what the calendar says, or cancelled."""
    for clock in _unfinished(work.clocks):
        if clock.name in names:
            late = clock.due_at is not None and clock.state == ClockState.RUNNING and work.at > clock.due_at
            clock.state = ClockState.CANCELLED if cancelled else ClockState.LATE if late else ClockState.MET
            clock.next_at, clock.ended_at = None, work.at
            work.changed_clock(clock)


def finish_all(work: Work, *, cancelled: bool = False) -> None:
    finish(work, *{clock.name for clock in work.clocks}, cancelled=cancelled)


def suspend(work: Work, *names: str) -> None:
    """Stop running clocks (all of the case if no names are given)."""
    for clock in work.clocks:
        if clock.state == ClockState.RUNNING and (not names or clock.name in names):
            _suspend(clock, work.at)
            work.changed_clock(clock)


def _suspend(clock: CaseClock, at: datetime) -> None:
    if clock.due_at is not None and at >= clock.due_at:
        return  # what is already late cannot be suspended away
    clock.state, clock.next_at = ClockState.SUSPENDED, None
    clock.suspensions = [*clock.suspensions, [_iso(at), None]]


def resume(work: Work, *names: str) -> None:
    """Let suspended clocks go on: the time they stood still comes back at the end."""
    for clock in work.clocks:
        if clock.state == ClockState.SUSPENDED and (not names or clock.name in names):
            clock.suspensions = [*clock.suspensions[:-1], [clock.suspensions[-1][0], _iso(work.at)]]
            clock.state = ClockState.RUNNING
            redate(work, clock, why="resumed")


def redate(work: Work, clock: CaseClock, *, why: str, duration: Duration | None = None) -> None:
    """Compute a clock's due moment anew from its start, duration and suspensions, and note why."""
    if duration is not None:
        clock.duration = str(duration)
    calendar = calendar_of(clock.unit_id)
    due = calendar.due_with_suspensions(clock.started_at, parse_duration(clock.duration), pauses(clock))
    if due is not None:
        clock.due_at = due
        clock.next_at = due if clock.reminded else max(work.at, _reminder(clock, 80, calendar))
        clock.level = 0 if due > work.at else clock.level
    clock.origin = [
        *clock.origin,
        {
            "seq": work.case.last_seq,
            "why": why,
            "duration": clock.duration,
            "due": _iso(clock.due_at) if clock.due_at else None,
        },
    ]
    work.changed_clock(clock)


def extend(work: Work, clock: CaseClock, more: Duration, *, why: str) -> None:
    """Give a clock more time: added to its duration when of the same kind, otherwise to its due moment."""
    duration = parse_duration(clock.duration)
    if duration.unit == more.unit:
        redate(work, clock, why=why, duration=Duration(duration.amount + more.amount, duration.unit))
        return
    assert clock.due_at is not None
    clock.due_at = calendar_of(clock.unit_id).add(clock.due_at, more)
    clock.next_at = clock.due_at if clock.state == ClockState.RUNNING else None
    clock.level = 0
    clock.origin = [
        *clock.origin,
        {
            "seq": work.case.last_seq,
            "why": why,
            "duration": clock.duration,
            "more": str(more),
            "due": _iso(clock.due_at),
        },
    ]
    work.changed_clock(clock)


def pauses(clock: CaseClock) -> list[tuple[datetime, datetime | None]]:
    """Return a clock's suspensions as moments."""
    return [
        (datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None)
        for begin, end in clock.suspensions
    ]


def shown(clock: CaseClock | None, *, now: datetime, language: str = "zh") -> dict[str, Any]:
    """Return a clock as pages show it: word, text, percent used, state ok | soon | over | off."""
    if clock is None or clock.due_at is None:
        return {"state": "off", "used": 0, "due": None, "text": ""}
    calendar, duration = calendar_of(clock.unit_id), parse_duration(clock.duration)
    if clock.state == ClockState.SUSPENDED:
        return {"state": "off", "used": 0, "due": None, "text": ""}
    left = calendar.remaining(now, clock.due_at, duration)
    used = calendar.fraction_used(
        clock.started_at, clock.due_at, now, pauses(clock), unit_is_working=duration.is_working
    )
    state = "over" if left.overdue else "soon" if used >= 0.8 else "ok"
    text = left.en() if language.startswith("en") else left.zh()
    return {"state": state, "used": min(100, int(used * 100)), "due": clock.due_at, "text": text}
