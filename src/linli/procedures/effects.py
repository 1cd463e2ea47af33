"""What a case does to the one beside which it runs: stop its clocks, let them go on, more time, an act, a step, void."""

from typing import Any

from linli.kernel.calendar import Duration, Unit, parse_duration
from linli.procedures import clocks, family, flow
from linli.procedures.enums import RecordKind, State
from linli.procedures.grammar.definition import Beside, Effect
from linli.procedures.models import Case
from linli.procedures.work import Work

# While one of these runs beside a case, that case stands still: its clocks stop and nobody acts on it.
HOLDING = ("stop_clock", "stop_effect")


def apply(work: Work, effect: Effect, *, source: Case) -> None:
    """Do to a case what the outcome of one beside it says."""
    why, data = f"{source.procedure} {source.code}", source.data
    if effect.resume:
        release(work, why=why)
    if effect.suspend:
        hold(work, why=why)
    if effect.extend and (more := _more(effect.extend, data)) is not None:
        family.note_effect(work, "extend", source, {"more": str(more)})
        for clock in work.clocks:
            if clock.name == "step" and clock.ended_at is None:
                clocks.extend(work, clock, more, why=why)
    if effect.void:
        if work.case.state == State.OPEN:
            flow.end_here(work, "void", kind=RecordKind.EFFECT, data={"case": source.code})
    elif effect.to:
        flow.go(work, effect.to, how=f"by:{source.procedure}", kind=RecordKind.EFFECT, data={"case": source.code})
    elif effect.action and work.case.state == State.OPEN and effect.action in work.step.actions:
        from linli.procedures.actions import carry_out

        asked = dict(work.step.actions[effect.action].fields())
        carry_out(work, effect.action, answers={name: data[name] for name in asked if name in data}, reason=why)


def _more(extend: str, data: dict[str, Any]) -> Duration | None:
    amount = data.get(extend.removeprefix("form.")) if extend.startswith("form.") else extend
    if amount in (None, ""):
        return None
    return Duration(amount, Unit.WORKING_DAYS) if isinstance(amount, int) else parse_duration(str(amount))


def hold(work: Work, *, why: str) -> None:
    """Suspend a case (挂账): its clocks stand still."""
    if work.case.suspended or work.case.state != State.OPEN:
        return
    work.case.suspended = True
    work.record(RecordKind.CLOCK, action="suspended", data={"why": why}, public=True)
    clocks.suspend(work)


def release(work: Work, *, why: str) -> None:
    """Let a suspended case go on: the time it stood still does not count. Clocks that the step itself stops stay stopped."""
    if not work.case.suspended or work.case.state != State.OPEN:
        return
    work.case.suspended = False
    work.record(RecordKind.CLOCK, action="resumed", data={"why": why}, public=True)
    stopped = work.step.stops
    clocks.resume(work, *[clock.name for clock in work.clocks if clock.name not in stopped])


def holds_still(rule: Beside | None, step: str) -> bool:
    """Whether a procedure at one of its steps keeps the case beside which it runs standing still."""
    return rule is not None and rule.meanwhile in HOLDING and (not rule.during or step in rule.during)


def meanwhile(work: Work) -> None:
    """After a case came to a step: hold the one beside which it runs, or let it go on if no other holds it."""
    case, rule = work.case, work.definition.beside
    if not case.beside or rule is None or rule.meanwhile not in HOLDING:
        return
    if case.state != State.OPEN or case.parent_id is None:
        return
    parent = family.open_work(case.parent_id, work)
    if holds_still(rule, case.step):
        hold(parent, why=f"{case.procedure} {case.code}")
    else:
        let_go(work, parent)


def let_go(work: Work, parent: Work) -> None:
    """Let the case go on beside which this one ran, unless another still holds it."""
    case, rule = work.case, work.definition.beside
    if rule is None or rule.meanwhile not in HOLDING or not parent.case.suspended:
        return
    others = family.open_children(parent, beside=True)
    if not any(one.case.pk != case.pk and holds_still(one.definition.beside, one.case.step) for one in others):
        release(parent, why=f"{case.procedure} {case.code}")
