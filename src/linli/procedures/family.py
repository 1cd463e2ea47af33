"""Cases that belong together: the units of a joint step, called procedures, cases beside another.

The family's root is locked first by every act on any of its members, so that parent and children can change each other without
ever waiting for one another in a circle.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from linli.procedures import flow
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers
from linli.procedures.gathering import gathered
from linli.procedures.grammar.definition import AtLeast, Each, Step
from linli.procedures.grammar.parts import Holder
from linli.procedures.holders import Held, place_of, somebody
from linli.procedures.models import Case, CaseClock
from linli.procedures.work import Work

# Among the uses of a case: the visit to a step at which something was last begun beside it that is for that visit only.
BEGUN = "beside.visit"


def open_work(case_id: UUID, like: Work) -> Work:
    """Return the work on another case of the family within the same act: the one already begun, or its row read anew."""
    if case_id in like.kin:
        return like.kin[case_id]
    fresh = Case.objects.select_related("parent").get(pk=case_id)
    work = Work(case=fresh, definition=of_case(fresh), by=like.by, at=like.at, kin=like.kin, reads=like.reads)
    work.clocks = list(CaseClock.objects.filter(case_id=case_id, ended_at__isnull=True).order_by("id"))
    return work


def open_children(work: Work, **which: Any) -> list[Work]:
    """Return the work on every open case that runs for or beside this one."""
    rows = work.reads.open_children(work, **which)
    return [child for pk in rows if (child := open_work(pk, work)).case.state == State.OPEN]


def open_each(work: Work, step: Step) -> None:
    """Open one case for each unit of a joint step."""
    from linli.procedures.starting import start_child

    each, case = step.each, work.case
    assert each is not None
    held = [_body(who, work) for who in each.units or []]
    unit_ids = [one.unit.id for one in held] or _called(each, case)
    lead = case.data.get((each.lead or "").removeprefix("form.")) if each.lead else None
    if each.lead and lead not in unit_ids:
        raise BadAnswers({each.lead.removeprefix("form."): _("牵头单位要在所选的单位里。")})
    names = [name.rstrip("?") for name in each.form]
    answers = {name: case.data[name] for name in names if name in case.data}
    for nth, unit_id in enumerate(unit_ids):
        holder = held[nth] if held else None
        start_child(work, each.procedure, unit_id=unit_id, holder=holder, form=answers, beside=False)


def _body(who: Holder, work: Work) -> Held:
    """One of the bodies that a joint step names: a missing one is no reason to do without it."""
    unit = place_of(who, work.case)
    if unit is None:
        raise BadAnswers({who.form or "": _("没有找到“%(who)s”，请先设置。") % {"who": who.text}})
    return somebody(who.role, unit, work)


def _called(each: Each, case: Case) -> list[int]:
    name = (each.unit or "").removeprefix("form.")
    value = case.data.get(name)
    unit_ids = value if isinstance(value, list) else [value] if value else []
    if not unit_ids:
        raise BadAnswers({name: _("请选择单位。")})
    return unit_ids


def call(work: Work, step: Step) -> None:
    """Run another procedure and wait for its outcome; what it asks at its start is answered by what is known."""
    from linli.procedures.starting import start_child

    start_child(work, step.procedure or "", form=work.case.data, beside=False)


def ended(work: Work) -> None:
    """A case ended: end what ran for it or beside it, and let the case that waits for it go on."""
    case = work.case
    if not work.new:
        for child in open_children(work):
            _end_with_parent(child)
    if case.parent_id is None:
        return
    parent = open_work(case.parent_id, work)
    if case.beside:
        _beside_ended(work, parent)
    elif parent.case.state == State.OPEN and (parent.case.step, parent.case.visit) == (
        case.parent_step,
        case.parent_visit,
    ):
        note_effect(parent, "child_ended", case, {"outcome": case.outcome})
        if parent.step.kind == "joint":
            _joint_progress(parent)
        elif parent.step.kind == "call":
            how = f"outcome:{case.outcome}"
            if found := parent.step.outcomes.get(case.outcome):
                branch = flow.choose(found, parent.case.data)
                flow.go(parent, branch.to, how=how, holder=branch.holder, kind=RecordKind.ENTER)
            elif parent.step.otherwise:
                flow.go(parent, parent.step.otherwise, how=how, kind=RecordKind.ENTER)


def end_unfinished(work: Work, *, step: str, visit: int) -> None:
    """End the cases opened by a joint or calling step that the case has left."""
    for child in open_children(work, parent_step=step, parent_visit=visit, beside=False):
        _end_with_parent(child)


def begun_here(work: Work) -> None:
    """Remember that something runs beside a case that is for its present visit to a step only."""
    work.case.uses = {**work.case.uses, BEGUN: work.case.visit}


def end_begun_here(work: Work, *, step: str = "", visit: int = 0, too_late: bool = False) -> None:
    """End what was begun beside a case for the visit to a step that it left, or (``too_late``) for the one whose time ran out.

    Cases that never had any such thing beside them, nearly all, are asked nothing.
    """
    step, visit = step or work.case.step, visit or work.case.visit
    if work.case.uses.get(BEGUN) != visit:
        return
    for child in open_children(work, parent_step=step, parent_visit=visit, beside=True):
        rule = child.definition.beside
        if rule is not None and rule.ends_with_step is not None and (rule.before_due or not too_late):
            flow.go(child, rule.ends_with_step, how="with_step", kind=RecordKind.ENTER, tell=["starter", "holder"])


def _end_with_parent(child: Work) -> None:
    """A unit's part, or a called procedure, ends with the case that waits for it; one beside it only if its definition says how."""
    rule = child.definition.beside
    if rule is not None and rule.ends_with_parent is not None:
        flow.go(child, rule.ends_with_parent, how="with_parent", kind=RecordKind.ENTER)
    elif not child.case.beside:
        flow.end_here(child, "lapsed", kind=RecordKind.ENTER)


def _beside_ended(work: Work, parent: Work) -> None:
    from linli.procedures import effects

    case, rule = work.case, work.definition.beside
    note_effect(parent, "beside_ended", case, {"outcome": case.outcome})
    if rule is None:
        return
    effect = rule.outcomes.get(case.outcome)
    if parent.case.state == State.OPEN:
        effects.let_go(work, parent)
        if effect is not None:
            effects.apply(parent, effect, source=case)
    elif effect is not None and effect.to:
        # an outcome that sends an ended case back to a step (a call-back that found it unsettled) opens it again
        flow.open_anew(parent)
        effects.apply(parent, effect, source=case)


def note_effect(work: Work, action: str, source: Case, data: dict[str, Any]) -> None:
    """Record on a case what happened in one of its family."""
    said = {"case": source.code, "procedure": source.procedure, "unit": source.holder_unit_id, **data}
    work.record(RecordKind.EFFECT, action=action, data=said, public=False)


def _joint_progress(parent: Work) -> None:
    step, case = parent.step, parent.case
    children = parent.reads.joint(parent)
    if not _done(step, case, children):
        return
    data = {**case.data, **{name: gathered(rule, [one.data for one in children]) for name, rule in step.gather.items()}}
    data["outcomes"] = [one.outcome for one in children]
    case.data = data
    branch = flow.choose(step.then or [], data)
    flow.go(parent, branch.to, how="all_done", holder=branch.holder, kind=RecordKind.ENTER)


def _done(step: Step, case: Case, children: list[Case]) -> bool:
    """Whether enough units are done. One that was excused did not take part: what it had to do, the others have to."""
    assert step.each is not None
    if all(one.state == State.ENDED for one in children):
        return True
    taking = [one for one in children if one.outcome not in step.each.excused]
    ended = [one for one in taking if one.state == State.ENDED]
    if step.done == "all":
        return False
    if step.done == "any":
        return bool(ended)
    if step.done == "majority":
        return 2 * len(ended) > len(taking)
    if isinstance(step.done, AtLeast):
        return len(ended) >= min(step.done.at_least, len(taking))
    lead = case.data.get((step.each.lead or "").removeprefix("form."))
    return any(one.data.get("unit_of_joint") == lead for one in ended)
