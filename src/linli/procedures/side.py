"""Side acts, open to every running case unless its definition switches them off: beside-procedures, return, transfer, escalate."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.procedures import effects, flow
from linli.procedures.actions import REASON_LIMIT, lock
from linli.procedures.answers import written
from linli.procedures.choices import units_for
from linli.procedures.definitions import in_force
from linli.procedures.enums import State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.files import bind
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.parts import Holder
from linli.procedures.holders import as_kept, keeper, kept_out, somebody
from linli.procedures.models import Case, CaseFile
from linli.procedures.policies import can_see, fits, holds, not_kept_out
from linli.procedures.reads import DATABASE, Reads
from linli.procedures.starting import start_child
from linli.procedures.work import Work

# side act -> the procedure that carries it out when the definition names no other
BESIDE = {
    "suspend": "suspension",
    "extend": "extension",
    "supervise": "supervision",
    "void": "void",
    "follow_up": "call_back",
}
MOST_TRANSFERS = 2


def procedure_for(definition: Definition, act: str) -> str | None:
    """Return the key of the procedure that carries out a side act on cases of a definition; None if it is switched off."""
    setting = definition.side.get(act, True)  # type: ignore[call-overload]
    if setting is False:
        return None
    return setting if isinstance(setting, str) else BESIDE.get(act)


def can_open_beside(
    by: Actor, case: Case, definition: Definition, act: str, *, at: datetime, reads: Reads = DATABASE
) -> Decision:
    """Whether an actor may begin a suspension, extension, supervision, … of a case now."""
    key = procedure_for(definition, act)
    found = in_force().get(key or "")
    if found is None:
        return deny(_("这个流程没有这个办法。"))
    if case.state != State.OPEN:
        return deny(_("办件已经结束。"))
    beside = found.definition.beside
    if beside is None or (definition.procedure not in beside.of and "any" not in beside.of):
        return deny(_("这个流程没有这个办法。"))
    child = Case(
        parent=case,
        division_code=case.division_code,
        grid_id=case.grid_id,
        holder_unit_id=case.holder_unit_id,
        holder_role=case.holder_role,
        starter_unit_id=case.holder_unit_id,
        data={},
    )
    # what a procedure says of beginning it beside another case goes before what it says of beginning it at all
    if not (by.system or any(_starts(who, by, case, child) for who in beside.by or found.definition.start.by)):
        return deny(_("您的岗位不能发起“%(name)s”。") % {"name": found.definition.name.in_(get_language())})
    if why := effects.too_late(beside, case, definition, found.definition.procedure, at=at):
        return deny(why)
    if beside.one_at_a_time and reads.runs_beside(case, key or ""):
        return deny(_("已经有一件“%(name)s”在办。") % {"name": found.definition.name.in_(get_language())})
    return allow()


def _starts(who: Holder, by: Actor, case: Case, child: Case) -> bool:
    return holds(by, case) if who.role == "holder" else fits(who, by, child if who.place == "parent" else case)


@transaction.atomic
def open_beside(
    *,
    case_id: UUID,
    act: str,
    by: Actor,
    at: datetime,
    form: dict[str, Any] | None = None,
    files: Sequence[CaseFile] = (),
    since: int | None = None,
) -> Case:
    """Begin a procedure beside a case; return the new case. Raises Refused, NotNow, BadAnswers, Changed."""
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    can_open_beside(by, work.case, work.definition, act, at=at, reads=work.reads).enforce()
    child = begin_beside(work, act, by=by, form=form or {}, files=files)
    work.flush()
    return child


def begin_beside(work: Work, act: str, *, by: Actor, form: dict[str, Any], files: Sequence[CaseFile] = ()) -> Case:
    """Begin a procedure beside the case in hand, without asking who may (the clock does, for supervision)."""
    key = procedure_for(work.definition, act)
    found = in_force().get(key or "")
    if found is None:
        raise NotNow(_("流程“%(key)s”没有启用。") % {"key": key})
    asked = {name for name, _optional in found.definition.start.asked()}
    if unknown := set(form) - asked:
        raise BadAnswers({name: _("这一步没有这个问题。") for name in unknown})
    given = bind(found.definition, asked, form, files)
    return start_child(work, key or "", form=given, files=list(files), beside=True, by=by)


def can_pass_on(by: Actor, case: Case, definition: Definition, act: str) -> Decision:
    """Whether an actor may return, transfer or escalate a case in place (where the step has no action of that name)."""
    if case.state != State.OPEN:
        return deny(_("办件已经结束。"))
    step = definition.steps[case.step]
    if step.kind != "task" or act in step.actions or definition.side.get(act, True) is False:  # type: ignore[call-overload]
        return deny(_("这个流程没有这个办法。"))
    if case.suspended:
        return deny(_("办件已挂账，恢复后才能继续。"))
    if case.pending is not None:
        return deny(_("正在等待另一人审批。"))
    if case.held_by_person or not holds(by, case):
        return deny(_("由承办单位办理。"))
    if not (allowed := not_kept_out(by, case, definition)):
        return allowed
    before = definition.steps.get(case.data.get("came_from", ""))
    if act == "return" and (before is None or before.kind != "task"):
        return deny(_("没有可退回的上一环节。"))
    used_up = act == "transfer" and int(case.uses.get("side.transfer", 0)) >= MOST_TRANSFERS
    if (act == "escalate" or used_up) and units().above(units().by_id[case.holder_unit_id]) is None:
        return deny(_("已经是最高一级。"))
    return allow()


@transaction.atomic
def pass_on(
    *,
    case_id: UUID,
    act: str,
    by: Actor,
    at: datetime,
    reason: str,
    unit_id: int | None = None,
    since: int | None = None,
) -> Case:
    """Return to the step before, transfer to another unit (twice at most, then the level above decides), or escalate one level."""
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    can_pass_on(by, work.case, work.definition, act).enforce()
    reason = written("reason", reason, limit=REASON_LIMIT)
    if not reason:
        raise BadAnswers({"reason": _("请写明理由。")})
    if act == "return":
        _return(work, reason)
    elif act == "transfer" and int(work.case.uses.get("side.transfer", 0)) < MOST_TRANSFERS:
        _transfer(work, unit_id, reason)
    else:
        above = units().above(work.unit)
        assert above is not None
        held = somebody("dispatcher", above, work, without=kept_out(work.step, work.case))
        flow.go(work, work.case.step, how=act, held=held, text=reason, tell=["holder"])
    work.flush()
    return work.case


def _return(work: Work, reason: str) -> None:
    case = work.case
    back = case.data["came_from"]
    kept = case.visits[back]
    flow.go(work, back, how="return", held=as_kept(kept), text=reason, tell=["holder"])
    # what came before the step gone back to is as it was, so that nobody can return a case forwards
    case.data = {**case.data, "came_from": kept.get("from", "")}


def _transfer(work: Work, unit_id: int | None, reason: str) -> None:
    case, target = work.case, units().get(unit_id)
    if target is None or target.id == case.holder_unit_id or target not in units_for(case, None):
        raise BadAnswers({"unit": _("请选择另一个单位。")})
    before = case.visits.get(work.step.not_same_as or "")
    if before and before["unit"] == target.id:
        raise BadAnswers({"unit": _("先前决定的单位不能再决定。")})
    case.uses = {**case.uses, "side.transfer": int(case.uses.get("side.transfer", 0)) + 1}
    # the same role where the other unit has it, else whoever keeps cases there
    present = work.reads.present([target.id], [case.holder_role], work.at)
    role = case.holder_role if present else keeper(target)
    held = somebody(role, target, work, without=kept_out(work.step, case))
    flow.go(work, case.step, how="transfer", held=held, text=reason, tell=["holder"])
