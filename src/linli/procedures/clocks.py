"""Clocks of a case: started, met, suspended, resumed, extended, re-dated. Every change keeps its origin."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Unit, WorkCalendar, parse_duration
from linli.kernel.display import SHANGHAI
from linli.orgs.units import units
from linli.procedures.enums import ClockState
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.parts import Clock
from linli.procedures.models import CaseClock
from linli.procedures.registry import look_up
from linli.procedures.work import Work

# Percent of a clock's time from which on it is shown as due soon.
SOON = 80


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
    due = _by_date(work, spec, calendar) if spec.dated else calendar.add(work.at, duration)
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
    )
    _tell(work, clock, why)
    clock.next_at = max(work.at, _reminder(clock, spec, calendar))
    if work.case.suspended or name in work.step.stops:
        _suspend(clock, work.at)
    work.add_clock(clock)


def spec_of(work: Work, clock: CaseClock) -> Clock | None:
    """Return what the definition says of a clock."""
    if clock.name == "step":
        step = work.definition.steps.get(clock.step)
        return step.clock if step else None
    rule = work.definition.clocks.get(clock.name)
    return rule.clock if rule else None


def _duration(work: Work, spec: Clock) -> tuple[Duration | None, str]:
    if spec.dated:
        return spec.dated.amount, spec.words()
    if spec.from_:
        place, key = spec.from_.split(".", 1)
        value = work.case.data.get(key) if place == "form" else look_up(work.case, key)
        if value not in (None, ""):
            # a bare number is in the unit of the default ('from: form.days, default: 30 days'), else in working days
            unit = spec.default.unit if spec.default else Unit.WORKING_DAYS
            try:
                return (Duration(value, unit) if isinstance(value, int) else parse_duration(str(value))), spec.from_
            except ValueError as error:
                raise BadAnswers({key: _("时限太长。")}) from error
        return spec.default, f"default of {spec.from_}"
    return spec.for_, "definition"


def _by_date(work: Work, spec: Clock, calendar: WorkCalendar) -> datetime | None:
    """So long before or after the date in an answer; None while it has none."""
    assert spec.dated is not None
    value = work.case.data.get(spec.dated.field)
    if not value:
        return None
    moment, amount = datetime.fromisoformat(str(value)), spec.dated.amount
    if len(str(value)) == 10:
        # so many working days before a day end with the office hours of a day before it; working days after a day do not count the
        # day; anything else is counted from the day's end
        whole = amount.amount > 0 and (amount.is_working if spec.before else amount.unit is Unit.WORKING_DAYS)
        moment = datetime.combine(moment.date() + timedelta(days=0 if whole else 1), time(0), SHANGHAI)
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return calendar.subtract(moment, amount) if spec.before else calendar.add(moment, amount)


def _reminder(clock: CaseClock, spec: Clock | None, calendar: WorkCalendar) -> datetime:
    """The moment at which so many percent of the time are used up, in the clock's own kind of time."""
    percent, due = spec.remind if spec else 80, clock.due_at
    assert due is not None
    if percent == 100 or due <= clock.started_at:
        return due
    if spec is not None and spec.dated:
        return clock.started_at + (due - clock.started_at) * percent / 100
    duration = parse_duration(clock.duration)
    if duration.unit is Unit.WORKING_DAYS and duration.amount >= 2:
        early = max(1, duration.amount * (100 - percent) // 100)
        return max(clock.started_at, calendar.subtract(due, Duration(early, Unit.WORKING_DAYS)))
    if duration.is_working:
        return _moment_used(clock, percent, calendar)
    minutes = calendar.elapsed(clock.started_at, due, False) // timedelta(minutes=1)
    return clock.started_at + timedelta(minutes=minutes * percent // 100)


def _moment_used(clock: CaseClock, percent: int, calendar: WorkCalendar) -> datetime:
    """The moment at which so many percent of a clock are used, in its own kind of time."""
    assert clock.due_at is not None
    working = parse_duration(clock.duration).is_working
    return calendar.moment_used(clock.started_at, clock.due_at, percent, pauses(clock), unit_is_working=working)


def yellow(clock: CaseClock) -> datetime:
    """Return the moment from which a clock is shown as due soon."""
    return _moment_used(clock, SOON, calendar_of(clock.unit_id))


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
            if clock.suspensions and clock.suspensions[-1][1] is None:
                clock.suspensions = [*clock.suspensions[:-1], [clock.suspensions[-1][0], _iso(work.at)]]
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
        # what is already late cannot be suspended away, but it climbs no further while the case stands still
        clock.next_at = None
        return
    clock.state, clock.next_at = ClockState.SUSPENDED, None
    clock.suspensions = [*clock.suspensions, [_iso(at), None]]


def resume(work: Work, *names: str) -> None:
    """Let clocks that stood still go on: the time they stood still comes back at the end."""
    for clock in work.clocks:
        if clock.name not in names:
            continue
        if clock.state == ClockState.SUSPENDED:
            clock.suspensions = [*clock.suspensions[:-1], [clock.suspensions[-1][0], _iso(work.at)]]
            clock.state = ClockState.RUNNING
            redate(work, clock, why="resumed")
        elif clock.state == ClockState.RUNNING and clock.next_at is None:
            clock.next_at = following(clock, work.at)
            work.changed_clock(clock)


def following(clock: CaseClock, after: datetime) -> datetime:
    """The moment one further period of a clock after a moment; a working day where the clock has no length."""
    period = parse_duration(clock.duration)
    return calendar_of(clock.unit_id).add(after, period if period.amount else Duration(1, Unit.WORKING_DAYS))


def redate(work: Work, clock: CaseClock, *, why: str, duration: Duration | None = None) -> None:
    """Compute a clock's due moment anew from its start, duration, suspensions and what was added to it, and note why.

    A deadline counted from a date stays with that date: it does not move while the case stands still.
    """
    if duration is not None:
        clock.duration = str(duration)
    calendar, spec = calendar_of(clock.unit_id), spec_of(work, clock)
    due = due_anew(work, clock)
    if due is not None:
        clock.due_at = due
    _next(work, clock, spec, calendar)
    _tell(work, clock, why)
    work.changed_clock(clock)


def due_anew(work: Work, clock: CaseClock) -> datetime | None:
    """Return the due moment as the calendar says it today; None while the clock stands still."""
    calendar, spec = calendar_of(clock.unit_id), spec_of(work, clock)
    if spec is not None and spec.dated:
        due = _by_date(work, spec, calendar) or clock.due_at
    else:
        due = calendar.due_with_suspensions(clock.started_at, parse_duration(clock.duration), pauses(clock))
    for part in clock.origin:
        if due is not None and "more" in part:
            due = calendar.add(due, parse_duration(part["more"]))
    return due


def _next(work: Work, clock: CaseClock, spec: Clock | None, calendar: WorkCalendar) -> None:
    """Set when something has to happen next to a clock whose due moment changed."""
    if clock.state != ClockState.RUNNING or clock.due_at is None:
        clock.next_at = None
        return
    if clock.due_at <= work.at:
        # late already: the moment of the next period stands
        clock.next_at = clock.next_at if clock.level and clock.next_at else clock.due_at
        return
    reminder = _reminder(clock, spec, calendar)
    clock.level, clock.reminded = 0, clock.reminded and reminder <= work.at
    clock.next_at = clock.due_at if clock.reminded else max(work.at, reminder)


def run_on(work: Work, clock: CaseClock) -> None:
    """Take back the end of a clock: it goes on as if it had not ended, or stands still again where the step stops it."""
    ended, clock.state, clock.ended_at = clock.ended_at, ClockState.RUNNING, None
    if clock.name in work.step.stops:
        if ended is not None and clock.suspensions and clock.suspensions[-1][1] == _iso(ended):
            clock.state = ClockState.SUSPENDED
            clock.suspensions = [*clock.suspensions[:-1], [clock.suspensions[-1][0], None]]
        else:
            _suspend(clock, work.at)
    work.clocks.append(clock)
    go_on(work, clock, why="undo")


def go_on(work: Work, clock: CaseClock, *, why: str) -> None:
    """Set when a clock that goes on needs attention next, and note why it goes on."""
    _next(work, clock, spec_of(work, clock), calendar_of(clock.unit_id))
    if clock.level and clock.state == ClockState.RUNNING:
        clock.next_at = following(clock, work.at)
    _tell(work, clock, why)
    work.changed_clock(clock)


def _tell(work: Work, clock: CaseClock, why: str, *, more: Duration | None = None) -> None:
    """Keep how a clock came by its due moment: in the history, where it cannot be changed, and with the clock, where it is looked up."""
    part: dict[str, Any] = {"why": why, "duration": clock.duration, "due": _iso(clock.due_at) if clock.due_at else None}
    if more is not None:
        part["more"] = str(more)
    if why.startswith("catalogue.") and (version := look_up(work.case, "version")):
        part["version"] = version
    clock.origin = [*clock.origin, {"seq": work.dated({"clock": clock.name, **part}), **part}]


def extend(work: Work, clock: CaseClock, more: Duration, *, why: str) -> None:
    """Give a clock more time: added to its duration when of the same kind, otherwise to its due moment."""
    duration, spec = parse_duration(clock.duration), spec_of(work, clock)
    if duration.unit == more.unit and not (spec is not None and spec.dated):
        redate(work, clock, why=why, duration=Duration(duration.amount + more.amount, duration.unit))
        return
    assert clock.due_at is not None
    calendar = calendar_of(clock.unit_id)
    clock.due_at = calendar.add(clock.due_at, more)
    _next(work, clock, spec, calendar)
    _tell(work, clock, why, more=more)
    work.changed_clock(clock)


def pauses(clock: CaseClock) -> list[tuple[datetime, datetime | None]]:
    """Return a clock's suspensions as moments."""
    return [
        (datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None)
        for begin, end in clock.suspensions
    ]


def shown(clock: CaseClock | None, *, now: datetime, language: str = "zh") -> dict[str, Any]:
    """Return a clock as pages show it: text, percent used, state ok | soon | over | off, and whether its due moment is provisional."""
    if clock is None or clock.due_at is None or clock.state == ClockState.SUSPENDED:
        return {"state": "off", "used": 0, "due": None, "text": "", "provisional": False}
    calendar, duration = calendar_of(clock.unit_id), parse_duration(clock.duration)
    left = calendar.remaining(now, clock.due_at, duration)
    used = calendar.fraction_used(
        clock.started_at, clock.due_at, now, pauses(clock), unit_is_working=duration.is_working
    )
    state = "over" if left.overdue else "soon" if used >= SOON / 100 else "ok"
    text = left.en() if language.startswith("en") else left.zh()
    guessed = not left.overdue and provisional(clock)
    if guessed:
        text = _("%(left)s（暂定）") % {"left": text}
    return {
        "state": state,
        "used": min(100, int(used * 100)),
        "due": clock.due_at,
        "text": text,
        "provisional": guessed,
    }


def provisional(clock: CaseClock) -> bool:
    """Whether a due moment counts working days of a year whose notice is not announced: it may move once it is."""
    duration, calendar = parse_duration(clock.duration), calendar_of(clock.unit_id)
    if not duration.is_working or clock.due_at is None:
        return False
    first, last = clock.started_at, clock.due_at
    if any(" before " in part["why"] for part in clock.origin[:1]):
        # counted back: what counts are the days from it to the date that it comes before
        first, last = last, calendar.add(last, duration)
    return calendar.rests_on_provisional(first, last)
