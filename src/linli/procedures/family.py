"""Cases that belong together: the units of a joint step, called procedures, cases beside another.

The family's root is locked first by every act on any of its members, so that parent and children can change each other without
ever waiting for one another in a circle.
"""

from fractions import Fraction
from typing import Any
from uuid import UUID

from linli.procedures import flow
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.conditions import number
from linli.procedures.grammar.definition import AtLeast, Gather, Step
from linli.procedures.holders import place_of
from linli.procedures.models import Case, CaseClock
from linli.procedures.work import Work


def open_work(case_id: UUID, like: Work) -> Work:
    """Return the work on another case of the family within the same act: the one already begun, or its row read anew."""
    if case_id in like.kin:
        return like.kin[case_id]
    fresh = Case.objects.select_related("parent").get(pk=case_id)
    work = Work(case=fresh, definition=of_case(fresh), by=like.by, at=like.at, kin=like.kin)
    work.clocks = list(CaseClock.objects.filter(case_id=case_id, ended_at__isnull=True).order_by("id"))
    return work


def _open_children(work: Work, **which: Any) -> list[Work]:
    rows = work.reads.open_children(work, **which)
    return [child for pk in rows if (child := open_work(pk, work)).case.state == State.OPEN]


def open_each(work: Work, step: Step) -> None:
    """Open one case for each unit of a joint step."""
    from linli.procedures.starting import start_child

    each = step.each
    assert each is not None
    case = work.case
    if each.unit:
        value = case.data.get(each.unit.removeprefix("form."))
        unit_ids = value if isinstance(value, list) else [value] if value else []
        roles: list[str | None] = [None] * len(unit_ids)
    else:
        places = [(who, place_of(who, case)) for who in each.units or []]
        unit_ids = [unit.id for _who, unit in places if unit]
        roles = [who.role for who, unit in places if unit]
    if not unit_ids:
        raise BadAnswers({(each.unit or "").removeprefix("form."): "no unit"})
    lead = case.data.get((each.lead or "").removeprefix("form.")) if each.lead else None
    if each.lead and lead not in unit_ids:
        raise BadAnswers({each.lead.removeprefix("form."): "the leading unit is one of those called"})
    answers = {name: case.data[name] for name in each.form if name in case.data}
    for unit_id, role in zip(unit_ids, roles, strict=True):
        start_child(work, each.procedure, unit_id=unit_id, role=role, form=answers, beside=False)


def call(work: Work, step: Step) -> None:
    """Run another procedure and wait for its outcome."""
    from linli.procedures.starting import start_child

    start_child(work, step.procedure or "", unit_id=None, role=None, form={}, beside=False)


def ended(work: Work) -> None:
    """A case ended: end what ran for it or beside it, and let the case that waits for it go on."""
    case = work.case
    if not work.new:
        _end_children(work)
    if case.parent_id is None:
        return
    parent = open_work(case.parent_id, work)
    if case.beside:
        _beside_ended(work, parent)
    elif parent.case.state != State.OPEN:
        return
    elif parent.case.state == State.OPEN and (parent.case.step, parent.case.visit) == (
        case.parent_step,
        case.parent_visit,
    ):
        note_effect(parent, "child_ended", case, {"outcome": case.outcome})
        if parent.step.kind == "joint":
            _joint_progress(parent)
        elif parent.step.kind == "call":
            to = parent.step.outcomes.get(case.outcome) or parent.step.otherwise
            if to:
                flow.go(parent, to, how=f"outcome:{case.outcome}", kind=RecordKind.ENTER)


def _end_children(work: Work) -> None:
    for child in _open_children(work):
        _end_with_parent(child)


def end_unfinished(work: Work, *, step: str, visit: int) -> None:
    """End the children of a joint step that the case has left."""
    for child in _open_children(work, parent_step=step, parent_visit=visit, beside=False):
        _end_with_parent(child)


def _end_with_parent(child: Work) -> None:
    beside = child.definition.beside
    to = beside.ends_with_parent if beside else None
    if to is None:
        ends = {step.outcome: key for key, step in child.definition.steps.items() if step.kind == "end"}
        to = next(
            (ends[one] for one in ("called_off", "lapsed", "withdrawn") if one in ends), next(reversed(ends.values()))
        )
    flow.go(child, to, how="with_parent", kind=RecordKind.ENTER)


def meanwhile(work: Work) -> None:
    """While a case beside another is at the steps its definition names, the other's clocks stand still."""
    case, beside = work.case, work.definition.beside
    if (
        not case.beside
        or beside is None
        or beside.meanwhile != "stop_clock"
        or case.state != State.OPEN
        or case.parent_id is None
    ):
        return
    parent = open_work(case.parent_id, work)
    why = f"{case.procedure} {case.code}"
    if not beside.during or case.step in beside.during:
        flow.hold(parent, why=why)
    else:
        flow.release(parent, why=why)


def _beside_ended(work: Work, parent: Work) -> None:
    case, beside = work.case, work.definition.beside
    note_effect(parent, "beside_ended", case, {"outcome": case.outcome})
    if beside is None:
        return
    if parent.case.state != State.OPEN:
        _reopen_by(work, parent)
        return
    if beside.meanwhile == "stop_clock":
        flow.release(parent, why=f"{case.procedure} {case.code}")
    effect = beside.outcomes.get(case.outcome)
    if effect is not None:
        flow.apply_effect(parent, effect, source=case, data=case.data)


def _reopen_by(work: Work, parent: Work) -> None:
    """An outcome that sends an ended case back to a step (a call-back that found it unsettled) opens it again."""
    beside = work.definition.beside
    effect = beside.outcomes.get(work.case.outcome) if beside else None
    if effect is not None and effect.to:
        parent.case.state, parent.case.outcome, parent.case.ended_at = State.OPEN, "", None
        flow.apply_effect(parent, effect, source=work.case, data=work.case.data)


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
    ended = [one for one in children if one.state == State.ENDED]
    if step.done == "all":
        return len(ended) == len(children)
    if step.done == "any":
        return bool(ended)
    if step.done == "majority":
        return 2 * len(ended) > len(children)
    if isinstance(step.done, AtLeast):
        return len(ended) >= min(step.done.at_least, len(children))
    assert step.each is not None
    lead = case.data.get((step.each.lead or "").removeprefix("form."))
    return any(one.data.get("unit_of_joint") == lead for one in ended) or len(ended) == len(children)


def gathered(rule: Gather, many: list[dict[str, Any]]) -> Any:
    """Return a figure made of one answer of many cases; means are exact, written as a decimal string with two places."""
    values = [data[rule.of] for data in many if data.get(rule.of) is not None]
    if rule.by == "count":
        return len(values)
    if rule.by == "all_yes":
        return bool(values) and len(values) == len(many) and all(value is True for value in values)
    numbers = [found for value in values if (found := number(value)) is not None]
    if not numbers:
        return None
    if rule.by == "mean":
        return _decimal(sum(numbers, Fraction(0)) / len(numbers))
    if rule.by == "sum":
        return _decimal(sum(numbers, Fraction(0)))
    return _decimal(min(numbers) if rule.by == "min" else max(numbers))


def _decimal(value: Fraction) -> str | int:
    if value.denominator == 1:
        return int(value)
    hundredths = round(value * 100)
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
