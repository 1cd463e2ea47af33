"""Moving a case from step to step: leaving, entering, ending, and what follows by itself."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from linli.orgs.enums import ROLES
from linli.orgs.units import Unit, units
from linli.procedures import clocks
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import CaseEnded, CaseMoved
from linli.procedures.grammar.definition import Branch, Step
from linli.procedures.grammar.parts import Holder, Opening
from linli.procedures.holders import Held, kept_out, place_of, resolve, somebody, staying
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
    publish: Sequence[str] = (),
) -> None:
    """Move a case to a step: one record, clocks of the old step ended, holder and clocks of the new one set, events noted.

    ``how`` is the action's key (or what moved it by itself); ``holder``/``held`` override who holds the new step; ``publish`` names
    answers that everyone may read from now on.
    """
    from linli.procedures import effects, family

    case, left = work.case, work.step
    came_from, old_visit, unit_from = case.step, case.visit, case.holder_unit_id
    work.moves += 1
    if work.moves > MOST_AUTOMATIC_STEPS:
        raise NotNow(_("流程自己转了 %(times)d 次还没有停下，请检查流程定义。") % {"times": MOST_AUTOMATIC_STEPS})
    again = to in case.visits and to != came_from
    seconds = int((work.at - case.entered_at).total_seconds())
    # the record is written first: clocks and holders name it as their origin
    told = {"answers": data or {}, "tell": list(tell)}
    public = is_public(work, [*publish, *work.definition.steps[to].publish])
    seq = work.record(kind, action=how, to=to, text=text, data=told, public=public)
    leave(work)
    if left.kind == "end":
        # opened again: what came before is as it was when the case was there
        case.data = {**case.data, "came_from": (case.visits.get(to) or {}).get("from", "")}
    elif to != came_from:
        case.data = {**case.data, "came_from": came_from}
    case.visit += 1
    enter(work, to, holder=holder, held=held)
    if left.kind in ("joint", "call"):
        family.end_unfinished(work, step=came_from, visit=old_visit)
    family.end_begun_here(work, step=came_from, visit=old_visit)
    effects.meanwhile(work)
    work.publish(
        CaseMoved(
            case=case.id,
            procedure=case.procedure,
            action=how,
            step_from=came_from,
            step_to=to,
            unit_from=unit_from,
            unit_to=case.holder_unit_id,
            seconds=seconds,
            again=again,
            tell=list(dict.fromkeys([*tell, *work.definition.steps[to].tell])),
            seq=seq,
        )
    )
    if case.state == State.ENDED and case.step == to:
        work.publish(
            CaseEnded(case=case.id, procedure=case.procedure, outcome=case.outcome, parent=case.parent_id, seq=seq)
        )


def is_public(work: Work, publish: Sequence[str] = ()) -> bool:
    """Whether the record in hand is for everyone: the definition shows all steps, or this one publishes something."""
    return not work.case.restricted and (work.definition.public.steps == "all" or bool(publish))


def leave(work: Work) -> None:
    """End the clock of the present step and note who held it; what waited there for a second person is no longer wanted."""
    case, step = work.case, work.step
    if case.pending is not None:
        work.record(RecordKind.APPROVAL, action=f"dropped:{case.pending['action']}")
        case.pending = None
    clocks.finish(work, "step")
    if step.stops and not case.suspended:
        clocks.resume(work, *step.stops)
    case.visits = {
        **case.visits,
        case.step: {
            "unit": case.holder_unit_id,
            "role": case.holder_role,
            "user": case.holder_user_id,
            "level": case.holder_level,
            "by": work.by.user_id,
            **({"asked_by": work.asked_by} if work.asked_by is not None else {}),
            "from": case.data.get("came_from", ""),
            "was": work.was,
            "visit": case.visit,
            "times": int((case.visits.get(case.step) or {}).get("times", 0)) + 1,
        },
    }
    work.was = {}
    work.left_unit(case.holder_unit_id)


def enter(work: Work, key: str, *, holder: Holder | None = None, held: Held | None = None) -> None:
    """Come to a step: who holds it, its clock, what it opens, who watches; ends end the case."""
    from linli.procedures import family

    case, step = work.case, work.definition.steps[key]
    held = held or _holder(work, step, holder)
    case.step, case.entered_at = key, work.at
    _give(case, held)
    clocks.finish(work, *_met_by(work, key), *step.ends_clocks)
    if step.handler:
        run_handler(work, step.handler, {})
    plan(work, step.open, "enter")
    for unit in _bystanders(step, case):
        work.left_unit(unit.id)
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


def _give(case: Case, held: Held) -> None:
    case.holder_unit_id, case.holder_role = held.unit.id, held.role
    case.holder_user_id, case.holder_level = held.user_id, held.level


def hold_anew(work: Work) -> None:
    """After the place of a case changed: whoever its step names there holds it from now on. Its clocks run on."""
    before = work.case.holder_unit_id
    _give(work.case, _holder(work, work.step, None))
    work.left_unit(before)


def _bystanders(step: Step, case: Case) -> list[Unit]:
    """The units that read a case at a step without holding it: those that watch, and those whose people may act there."""
    named = [who for action in step.actions.values() for who in action.who if _elsewhere(who)]
    return [unit for who in [*step.watch, *named] if (unit := place_of(who, case))]


def _elsewhere(who: Holder) -> bool:
    """Whether words name people of a unit that need not see the case anyhow; those who oversee a place do."""
    if who.role not in ROLES:
        return False
    return bool(who.form or who.step or who.up or who.place or (who.level and not ROLES[who.role].oversees))


def _met_by(work: Work, reached: str) -> list[str]:
    return [name for name, clock in work.definition.clocks.items() if reached in clock.met_by]


def meet(work: Work, action: str) -> None:
    """End the promises that an action at the present step keeps."""
    clocks.finish(work, *_met_by(work, f"{work.case.step}.{action}"))


def _holder(work: Work, step: Step, override: Holder | None) -> Held:
    case, spec = work.case, override or step.holder
    if spec is not None:
        held = resolve(spec, work, without=kept_out(step, case))
    elif step.kind == "end":
        return Held(units().by_id[case.holder_unit_id], case.holder_role, case.holder_user_id, case.holder_level)
    else:
        # joint, call, collect and notice steps without words of their own stay with whoever held the case
        held = staying(work)
    if override is not None and step is work.step:
        _handed_on(override, held, case)
    before = case.visits.get(step.not_same_as or "")
    if before and before["unit"] == held.unit.id:
        above = units().above(held.unit)
        if above is None:
            raise BadAnswers({"": _("先前决定的单位不能再决定，它上面也没有别的单位。")})
        return somebody(held.role, above, work, without=kept_out(step, case))
    return held


def _handed_on(spec: Holder, held: Held, case: Case) -> None:
    """Who hands a case on at its own step gives it to somebody else: it is no way to a new clock for oneself."""
    if held.unit.id != case.holder_unit_id or held.user_id not in (None, case.holder_user_id):
        return
    if spec.up:
        raise BadAnswers({"": _("已经是最高一级。")})
    if spec.form or spec.person:
        raise BadAnswers({spec.form or spec.person or "": _("这一件就在这里办，请另选。")})


def run_handler(work: Work, name: str, answers: dict[str, Any]) -> None:
    """Run a named consequence; NotNow if this installation has not got it."""
    function = handlers().get(name)
    if function is None:
        raise NotNow(f"the handler {name} is not installed")
    function(work, answers)


def plan(work: Work, openings: Sequence[Opening], source: str) -> None:
    """Note cases that open by themselves, at once or later; the clock's job opens them, each once.

    ``source`` tells what plans them within this visit of a step: the same act of a clock plans the same cases only once.
    """
    case = work.case
    for place, opening in enumerate(openings):
        at = clocks.calendar_of(case.holder_unit_id).add(work.at, opening.after) if opening.after else work.at
        form = {
            name: case.data.get(value.removeprefix("form."))
            if isinstance(value, str) and value.startswith("form.")
            else value
            for name, value in opening.form.items()
        }
        key = f"{case.pk}:{case.visit}:{source}:{place}"
        work.then(partial(_plan, key, origin_id=case.pk, procedure=opening.procedure, form=form, at=at))


def _plan(key: str, **row: Any) -> None:
    PlannedCase.objects.get_or_create(key=key, defaults=row)


def end(work: Work, step: Step) -> None:
    """Close the case at an end step; tell the cases it belongs to and end those that run beside it."""
    _close(work, step.outcome or "", cancelled=step.outcome in ("withdrawn", "merged", "void"))


def open_anew(work: Work) -> None:
    """Open an ended case again, and count it: what was objected to is not closed by one person."""
    case = work.case
    case.state, case.outcome, case.ended_at = State.OPEN, "", None
    case.data = {**case.data, "reopened": int(case.data.get("reopened") or 0) + 1}


def end_here(
    work: Work, outcome: str, *, text: str = "", kind: str = RecordKind.ACTION, data: dict[str, Any] | None = None
) -> None:
    """Close the case where it is, without coming to an end step: withdrawn, void, or no longer needed."""
    case = work.case
    seq = work.record(kind, action=outcome, text=text, data=data)
    leave(work)
    _close(work, outcome, cancelled=True)
    work.publish(CaseEnded(case=case.id, procedure=case.procedure, outcome=outcome, parent=case.parent_id, seq=seq))


def _close(work: Work, outcome: str, *, cancelled: bool) -> None:
    from linli.procedures import family

    case = work.case
    case.state, case.outcome, case.ended_at = State.ENDED, outcome, work.at
    case.suspended = False
    clocks.finish_all(work, cancelled=cancelled)
    family.ended(work)
