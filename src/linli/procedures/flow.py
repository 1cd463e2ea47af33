"""Moving a case from step to step: leaving, entering, ending, and what follows by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from linli.kernel.calendar import Duration, Unit, parse_duration
from linli.orgs.units import units
from linli.procedures import clocks
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import CaseEnded, CaseMoved
from linli.procedures.grammar.definition import Branch, Effect, Step
from linli.procedures.grammar.parts import Holder, Opening
from linli.procedures.holders import Held, resolve
from linli.procedures.models import Case, PlannedCase
from linli.procedures.registry import handlers
from linli.procedures.work import Work

# A case that moved itself this often within one act is going round in circles.
MOST_AUTOMATIC_STEPS = 20


def choose(branches: Sequence[Branch], data: dict[str, Any]) -> Branch:
    """Return the first branch whose condition holds."""
    for branch in branches:
        if branch.when is None or branch.when.holds(data):
            return branch
    raise NotNow("no branch of the definition holds for these answers")


def go(
    work: Work,
    to: str,
    *,
    how: str,
    holder: Holder | None = None,
    held: Held | None = None,
    kind: str = RecordKind.ACTION,
    text: str = "",
    data: dict[str, Any] | None = None,
    tell: Sequence[str] = (),
) -> None:
    """Move a case to a step: one record, clocks of the old step ended, holder and clocks of the new one set, events noted.

    ``how`` is the action's key (or what moved it by itself); ``holder``/``held`` override who holds the new step.
    """
    from linli.procedures import family

    case, came_from, unit_from = work.case, work.case.step, work.case.holder_unit_id
    seconds = int((work.at - case.entered_at).total_seconds())
    public = work.definition.public.steps == "all" and not case.restricted
    # the record is written first: clocks and holders name it as their origin
    seq = work.record(
        kind, action=how, to=to, text=text, data={"answers": data or {}, "tell": list(tell)}, public=public
    )
    old_step, old_visit, was_joint = case.step, case.visit, work.step.kind == "joint"
    leave(work)
    if to != case.step:
        case.data = {**case.data, "came_from": case.step}
    enter(work, to, holder=holder, held=held)
    if was_joint:
        family.end_unfinished(work, step=old_step, visit=old_visit)
    family.meanwhile(work)
    work.publish(
        CaseMoved(
            case=case.id,
            procedure=case.procedure,
            action=how,
            step_from=came_from,
            step_to=case.step,
            unit_from=unit_from,
            unit_to=case.holder_unit_id,
            seconds=seconds,
            tell=[*tell, *work.definition.steps[case.step].tell],
            seq=seq,
        )
    )
    if case.state == State.ENDED:
        work.publish(
            CaseEnded(case=case.id, procedure=case.procedure, outcome=case.outcome, parent=case.parent_id, seq=seq)
        )


def leave(work: Work) -> None:
    """End the clock of the present step and note who held it."""
    case, step = work.case, work.step
    clocks.finish(work, "step")
    if step.stops:
        clocks.resume(work, *step.stops)
    case.visits = {
        **case.visits,
        case.step: {
            "unit": case.holder_unit_id,
            "role": case.holder_role,
            "user": case.holder_user_id,
            "level": case.holder_level,
            "by": work.by.user_id,
            "times": int((case.visits.get(case.step) or {}).get("times", 0)) + 1,
        },
    }
    work.left_unit(case.holder_unit_id)


def enter(work: Work, key: str, *, holder: Holder | None = None, held: Held | None = None) -> None:
    """Come to a step: who holds it, its clock, what it opens and publishes; ends end the case."""
    from linli.procedures import family

    case, step = work.case, work.definition.steps[key]
    held = held or _holder(work, step, holder)
    case.step, case.entered_at = key, work.at
    case.visit += 0 if work.new else 1
    case.holder_unit_id, case.holder_role, case.holder_user_id, case.holder_level = (
        held.unit.id,
        held.role,
        held.user_id,
        held.level,
    )
    clocks.finish(work, *_met_by(work, key))
    if step.handler:
        run_handler(work, step.handler, {})
    plan(work, step.open)
    if step.kind == "end":
        end(work, step)
        return
    if step.clock:
        clocks.start_clock(work, "step", step.clock, unit_id=held.unit.id)
    if step.stops:
        clocks.suspend(work, *step.stops)
    if step.kind == "joint":
        family.open_each(work, step)
    elif step.kind == "call":
        family.call(work, step)
    elif step.kind == "vote":
        run_handler(work, "deliberation.vote", {"rule": step.rule})


def _met_by(work: Work, reached: str) -> list[str]:
    return [name for name, clock in work.definition.clocks.items() if reached in clock.met_by]


def meet(work: Work, action: str) -> None:
    """End the promises that an action at the present step keeps."""
    clocks.finish(work, *_met_by(work, f"{work.case.step}.{action}"))


def _holder(work: Work, step: Step, override: Holder | None) -> Held:
    case = work.case
    spec = override or step.holder
    if spec is None:
        # joint, call, notice and end steps without words of their own stay with whoever held the case
        return Held(units().by_id[case.holder_unit_id], case.holder_role, case.holder_user_id, case.holder_level)
    if spec.role == "holder" and spec.step:
        kept = case.visits.get(spec.step)
        if kept:
            return Held(units().by_id[kept["unit"]], kept["role"], kept["user"], kept["level"])
    held = resolve(spec, work)
    if step.not_same_as:
        before = case.visits.get(step.not_same_as)
        if before and before["unit"] == held.unit.id:
            above = units().above(held.unit)
            if above is None:
                raise BadAnswers({"": "the body that decided first cannot decide again, and there is none above it"})
            held = Held(above, held.role, None, above.level)
    return held


def run_handler(work: Work, name: str, answers: dict[str, Any]) -> None:
    """Run a named consequence; NotNow if this installation has not got it."""
    function = handlers().get(name)
    if function is None:
        raise NotNow(f"the handler {name} is not installed")
    function(work, answers)


def plan(work: Work, openings: Sequence[Opening]) -> None:
    """Note cases that open by themselves, at once or later; the clock's job opens them (each once: the key is unique)."""
    case = work.case
    for place, opening in enumerate(openings):
        at = clocks.calendar_of(case.holder_unit_id).add(work.at, opening.after) if opening.after else work.at
        form = {
            name: case.data.get(str(value).removeprefix("form.")) if str(value).startswith("form.") else value
            for name, value in opening.form.items()
        }
        PlannedCase.objects.get_or_create(
            key=f"{case.pk}:{case.step}:{case.visit}:{place}:{opening.procedure}",
            defaults={"procedure": opening.procedure, "origin_id": case.pk, "form": form, "at": at},
        )


def end(work: Work, step: Step) -> None:
    """Close the case with an outcome; tell the cases it belongs to and end those that run beside it."""
    from linli.procedures import family

    case = work.case
    case.state, case.outcome, case.ended_at = State.ENDED, step.outcome or "", work.at
    case.suspended, case.pending = False, None
    clocks.finish_all(work, cancelled=step.outcome in ("withdrawn", "merged", "void"))
    family.ended(work)


def apply_effect(work: Work, effect: Effect, *, source: Case, data: dict[str, Any]) -> None:
    """Do to a case what the outcome of one beside it says: stop or go on, more time, an action, a step, void."""
    from linli.procedures import family

    why = f"{source.procedure} {source.code}"
    if effect.resume:
        release(work, why=why)
    if effect.suspend:
        hold(work, why=why)
    if effect.extend:
        amount = data.get(effect.extend.removeprefix("form.")) if effect.extend.startswith("form.") else effect.extend
        more = Duration(amount, Unit.WORKING_DAYS) if isinstance(amount, int) else parse_duration(str(amount))
        family.note_effect(work, "extend", source, {"more": str(more)})
        for clock in work.clocks:
            if clock.name == "step" and clock.state in ("running", "suspended"):
                clocks.extend(work, clock, more, why=why)
    if effect.void:
        _void(work, source)
    elif effect.to:
        go(work, effect.to, how=f"by:{source.procedure}", kind=RecordKind.EFFECT, data={"case": source.code})
    elif effect.action and work.case.state == State.OPEN:
        action = work.step.actions.get(effect.action)
        if action is not None and (action.to or action.branch):
            to = action.to or choose(action.branch or [], work.case.data).to
            go(work, to, how=effect.action, holder=action.holder, kind=RecordKind.EFFECT, data={"case": source.code})


def _void(work: Work, source: Case) -> None:
    case = work.case
    seq = work.record(RecordKind.EFFECT, action="void", data={"case": source.code}, public=False)
    leave(work)
    case.state, case.outcome, case.ended_at = State.ENDED, "void", work.at
    case.suspended, case.pending = False, None
    clocks.finish_all(work, cancelled=True)
    work.publish(CaseEnded(case=case.id, procedure=case.procedure, outcome="void", parent=case.parent_id, seq=seq))


def hold(work: Work, *, why: str) -> None:
    """Suspend a case (挂账): its clocks stand still."""
    if work.case.suspended or work.case.state != State.OPEN:
        return
    work.case.suspended = True
    work.record(RecordKind.CLOCK, action="suspended", data={"why": why}, public=True)
    clocks.suspend(work)


def release(work: Work, *, why: str) -> None:
    """Let a suspended case go on: the time it stood still does not count."""
    if not work.case.suspended or work.case.state != State.OPEN:
        return
    work.case.suspended = False
    work.record(RecordKind.CLOCK, action="resumed", data={"why": why}, public=True)
    clocks.resume(work)


def moment(value: str) -> datetime:
    """Read a moment kept in the answers."""
    return datetime.fromisoformat(value).astimezone(UTC)
