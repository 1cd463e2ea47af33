"""What a case does to the one beside which it runs: stop its clocks, let them go on, more time, an act, a step, void."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Unit, parse_duration
from linli.procedures import clocks, family, flow
from linli.procedures.definitions import of_case
from linli.procedures.enums import ClockState, RecordKind, State
from linli.procedures.errors import BadAnswers
from linli.procedures.events import CaseNoted
from linli.procedures.grammar.definition import Beside, Definition, Effect
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
        _extend(work, more, source, why=why)
    if effect.void:
        if work.case.state == State.OPEN:
            flow.end_here(work, "void", kind=RecordKind.EFFECT, data={"case": source.code})
            ended, seq = work.case, work.case.last_seq
            # whoever sent it does not have to find out by looking
            work.publish(CaseNoted(case=ended.id, procedure=ended.procedure, kind="void", tell=["reporter"], seq=seq))
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


def _extend(work: Work, more: Duration, source: Case, *, why: str) -> None:
    """Give the clock of the step more time, within what the definition of the extension allows."""
    rule = of_case(source).beside
    clock = next((one for one in work.clocks if one.name == "step" and one.ended_at is None), None)
    if clock is None or rule is None:
        return
    if rule.before_due and clock.state == ClockState.RUNNING and clock.due_at is not None and clock.due_at <= work.at:
        raise BadAnswers({"": _("那一件的时限已经过了，不能再延长。")})
    if rule.most is not None:
        left = rule.most.amount - added(work.case, source.procedure)
        if more.amount > left:
            said = {"most": _said(rule.most), "left": _said(Duration(max(0, left), rule.most.unit))}
            raise BadAnswers({"": _("一件最多延长%(most)s，现在最多还能延长%(left)s。") % said})
        key = f"added.{source.procedure}"
        work.case.uses = {**work.case.uses, key: added(work.case, source.procedure) + more.amount}
    family.note_effect(work, "extend", source, {"more": str(more)})
    clocks.extend(work, clock, more, why=why)


def added(case: Case, procedure: str) -> int:
    """Return how much time the cases of a procedure have added to a case so far, in the unit of its ``most``."""
    return int(case.uses.get(f"added.{procedure}", 0))


def too_late(rule: Beside, case: Case, definition: Definition, procedure: str, *, at: datetime) -> str:
    """Return why a procedure that gives more time cannot be begun beside a case any more, or the empty string."""
    if rule.before_due and definition.steps[case.step].clock is None:
        return _("这一环节没有时限。")
    if rule.before_due and not case.suspended and case.due_at is not None and case.due_at <= at:
        return _("须在到期以前申请，现在时限已经过了。")
    if rule.most is not None and added(case, procedure) >= rule.most.amount:
        return _("一件最多延长%(most)s，已经用完。") % {"most": _said(rule.most)}
    return ""


def _said(duration: Duration) -> str:
    return duration.zh if (get_language() or "zh").startswith("zh") else str(duration)


def hold(work: Work, *, why: str) -> None:
    """Suspend a case (挂账): its clocks stand still, and those of the units that work on it at a joint step, or of what it calls."""
    if work.case.suspended or work.case.state != State.OPEN:
        return
    work.case.suspended = True
    work.record(RecordKind.CLOCK, action="suspended", data={"why": why}, public=True)
    clocks.suspend(work)
    for part in _parts(work):
        hold(part, why=why)


def release(work: Work, *, why: str) -> None:
    """Let a suspended case and its parts go on: the time it stood still does not count. Clocks that the step itself stops stay stopped.

    A part goes on when neither the case that it is a part of, nor anything beside it, holds it.
    """
    case = work.case
    if not case.suspended or case.state != State.OPEN or _waits_for_whole(work):
        return
    case.suspended = False
    work.record(RecordKind.CLOCK, action="resumed", data={"why": why}, public=True)
    stopped = work.step.stops
    clocks.resume(work, *[clock.name for clock in work.clocks if clock.name not in stopped])
    for part in _parts(work):
        if not _held_beside(part):
            release(part, why=why)


def _parts(work: Work) -> list[Work]:
    """The open cases that run for this one, those that this act opened among them."""
    found = {part.case.pk: part for part in family.open_children(work, beside=False)}
    for one in work.kin.values():
        if one.new and one.case.parent_id == work.case.pk and not one.case.beside and one.case.state == State.OPEN:
            found.setdefault(one.case.pk, one)
    return list(found.values())


def _waits_for_whole(work: Work) -> bool:
    case = work.case
    return case.parent_id is not None and not case.beside and family.open_work(case.parent_id, work).case.suspended


def _held_beside(work: Work, *, but: Case | None = None) -> bool:
    """Whether something beside a case (``but`` this one) keeps it standing still."""
    others = family.open_children(work, beside=True)
    return any(one.case != but and holds_still(one.definition.beside, one.case.step) for one in others)


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
    if not _held_beside(parent, but=case):
        release(parent, why=f"{case.procedure} {case.code}")
