"""The only writers of cases: every act locks the family, checks who and when, validates the form, and is one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.policy import Refused
from linli.orgs.actors import Actor, in_force
from linli.orgs.models import Post
from linli.procedures import clocks, flow
from linli.procedures.answers import check_answers, written
from linli.procedures.choices import check_people
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.events import CaseNoted
from linli.procedures.files import bind
from linli.procedures.gathering import tally
from linli.procedures.grammar.definition import Action, Definition
from linli.procedures.grammar.parts import Holder, read_holder
from linli.procedures.holders import approver, kept_out
from linli.procedures.models import Case, CaseClock, CaseFile
from linli.procedures.policies import can_act, can_see, fits, holds, is_starter, not_kept_out, owns, times_left
from linli.procedures.registry import check_handler, keep_in_step
from linli.procedures.work import Work

REASON_LIMIT = 2000


def lock(case_id: UUID, *, by: Actor, at: datetime, since: int | None = None) -> Work:
    """Lock a case's family and return work on it; raise Changed if it is not at version ``since`` any more.

    Must be called inside a transaction. SQLite holds the whole database for the writer, so only PostgreSQL locks rows.
    """
    # The family's root first, for everybody: whoever holds it may change any member, and nobody waits in a circle.
    root = Case.objects.filter(pk=case_id).values(found=Coalesce("root_id", "pk"))
    case = Case.objects.select_for_update(of=("self",)).select_related("parent").filter(pk=Subquery(root)).first()
    if case is None:
        raise NotNow(_("没有这个办件。"))
    if case.pk != case_id:
        case = Case.objects.select_for_update(of=("self",)).select_related("parent").get(pk=case_id)
    if since is not None and case.last_seq != since:
        raise Changed(case, since)
    work = Work(case=case, definition=of_case(case), by=by, at=at)
    work.clocks = list(CaseClock.objects.filter(case_id=case.pk, ended_at__isnull=True).order_by("id"))
    return work


@transaction.atomic
def act(
    *,
    case_id: UUID,
    action: str,
    by: Actor,
    at: datetime,
    form: dict[str, Any] | None = None,
    reason: str = "",
    since: int | None = None,
    files: Sequence[CaseFile] = (),
) -> Case:
    """Do an action of the present step. ``since`` is the version that the actor saw.

    Raises Changed (409 with what changed), Refused, NotNow, BadAnswers. Answers, photos and the reason are kept in the record.
    """
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    do(work, action, form=form or {}, reason=reason, files=files)
    work.flush()
    return work.case


def do(work: Work, key: str, *, form: dict[str, Any], reason: str, files: Sequence[CaseFile] = ()) -> None:
    """Do an action on locked work (shared by ``act``, approvals, bulk acts and areas)."""
    case = work.case
    allowed = can_act(work.by, case, work.definition, key)
    if not allowed and _came_late(work, key):
        raise NotNow(allowed.reason)
    allowed.enforce()
    action = work.step.actions[key]
    reason = written("reason", reason, limit=REASON_LIMIT)
    if action.reason and not reason:
        raise BadAnswers({"reason": _("请写明理由。")})
    tally(work)
    given = _with_files(work, action, form, files)
    answers = check_answers(work.definition, action.fields(), given, case.data, place=case.division_code)
    check_people(work.definition, answers, case, at=work.at)
    known = _settled(action, case.data | answers)
    for rule in action.require:
        if not rule.that.holds(known):
            raise BadAnswers({"": rule.say.in_(get_language())})
    beyond = action.limit.beyond if action.limit and times_left(action, case, key) == 0 else None
    second = (beyond.second if beyond else None) or _second(action, known)
    work.on_behalf = work.on_behalf or _on_behalf(work, action)
    if second is not None:
        _ask_second(work, key, second, form=answers, reason=reason)
    else:
        carry_out(work, key, answers=answers, reason=reason)
    # a handler may have written records of its own before the one that the files belong to
    written_as = next((row.seq for row in work.records if row.action in (key, f"asked:{key}")), None)
    for file in files:
        file.seq = written_as or file.seq


def _second(action: Action, known: dict[str, Any]) -> Holder | None:
    """Who else has to approve an action on these answers."""
    asked = action.second_when is None or action.second_when.holds(known)
    return action.second if asked else None


def _came_late(work: Work, key: str) -> bool:
    """Whether an action is one of another step of the definition: the case moved on, or ended, before it came."""
    here = work.case.state == State.OPEN and key in work.step.actions
    return not here and any(key in step.actions for step in work.definition.steps.values())


def carry_out(work: Work, key: str, *, answers: dict[str, Any], reason: str) -> None:
    """Carry out an action whose actor, form and (where needed) approval are settled."""
    case, action = work.case, work.step.actions[key]
    beyond = action.limit.beyond if action.limit and times_left(action, case, key) == 0 else None
    data = _settled(action, case.data | answers)
    changed = {*answers, *action.set}
    work.was = {name: case.data.get(name) for name in sorted(changed) if data.get(name) != case.data.get(name)}
    case.data = data
    keep_in_step(work, work.was)
    used = int(case.uses.get(f"{case.step}.{key}", 0)) + 1
    case.uses = {**case.uses, f"{case.step}.{key}": used}
    flow.meet(work, key)
    if action.handler:
        flow.run_handler(work, action.handler, {**answers, "reason": reason})
    flow.plan(work, action.open, f"{key}.{used}")
    target, holder = _target(action, case.data, beyond)
    if target is None:
        work.was = {}
        seq = work.record(
            RecordKind.ACTION,
            action=key,
            text=reason,
            data={"answers": answers, "tell": list(action.tell)},
            public=bool(action.publish) and not case.restricted,
        )
        work.publish(CaseNoted(case=case.id, procedure=case.procedure, kind=key, tell=list(action.tell), seq=seq))
    elif case.state == State.OPEN:
        _took_part(work, action)
        flow.go(
            work, target, how=key, holder=holder, text=reason, data=answers, tell=action.tell, publish=action.publish
        )


def _took_part(work: Work, action: Action) -> None:
    """A unit whose person acts on a case that another holds has taken part in it, and may go on reading it."""
    roles = {who.role for who in action.who}
    post = next((one for one in work.by.posts if one.role in roles and one.unit.id != work.case.holder_unit_id), None)
    if post is not None:
        work.left_unit(post.unit.id)


def _target(action: Action, data: dict[str, Any], beyond: Any) -> tuple[str | None, Holder | None]:
    if beyond is not None and beyond.to:
        return beyond.to, beyond.holder
    if action.branch:
        branch = flow.choose(action.branch, data)
        return branch.to, branch.holder or action.holder
    return action.to, action.holder


def _settled(action: Action, data: dict[str, Any]) -> dict[str, Any]:
    """Return the answers with what the action sets: a value as written, or that of a field just answered or known before."""
    made = {
        name: data.get(value.removeprefix("form.")) if isinstance(value, str) and value.startswith("form.") else value
        for name, value in action.set.items()
    }
    return {**data, **made}


def _with_files(work: Work, action: Action, form: dict[str, Any], files: Sequence[CaseFile]) -> dict[str, Any]:
    """Bind files to the record about to be written; a form field of type photos lists their ids."""
    given = bind(work.definition, [name for name, _optional in action.fields()], form, files)
    for file in files:
        file.case_id, file.seq = work.case.pk, work.next_seq
        work.files.append(file)
    return given


def _on_behalf(work: Work, action: Action) -> bool:
    """A member of staff does what the reporter is asked to do: the record says so."""
    asked = any(who.is_person or who.role == "holder" for who in action.who)
    return asked and work.case.held_by_person and bool(work.by.posts) and not is_starter(work.by, work.case)


def _ask_second(work: Work, key: str, second: Holder, *, form: dict[str, Any], reason: str) -> None:
    if name := work.step.actions[key].handler:
        check_handler(name, work, form)
    case, held = work.case, approver(second, work)
    if held is None:
        raise NotNow(_("须由另一人审批，但没有别的人有这个岗位。"))
    case.pending = {
        "action": key,
        "form": form,
        "reason": reason,
        "by": work.by.user_id,
        "second": second.text,
        "unit": held.unit.id,
        "role": held.role,
        "at": work.at.isoformat(),
        "files": [str(file.id) for file in work.files],
    }
    # whoever decides has to see what about
    work.left_unit(held.unit.id)
    asked = {"answers": form, "second": second.text, "unit": held.unit.id}
    seq = work.record(RecordKind.APPROVAL, action=f"asked:{key}", text=reason, data=asked)
    tell = [f"unit:{held.unit.id}"]
    work.publish(CaseNoted(case=case.id, procedure=case.procedure, kind="approval", tell=tell, seq=seq))


def may_decide(by: Actor, case: Case) -> bool:
    """Whether an actor may decide what waits for a second person: of the role named, and another than who asked."""
    pending = case.pending
    if pending is None or by.user_id is None or by.user_id == pending["by"]:
        return False
    if not not_kept_out(by, case, of_case(case)):
        return False
    named = any(post.unit.id == pending["unit"] and (post.head or post.role == pending["role"]) for post in by.posts)
    return named or fits(Holder.model_validate(read_holder(pending["second"])), by, case)


@transaction.atomic
def decide(
    *, case_id: UUID, approve: bool, by: Actor, at: datetime, reason: str = "", since: int | None = None
) -> Case:
    """Approve or refuse, as the second person, what another asked for; approved, it is done in the name of both."""
    work = lock(case_id, by=by, at=at, since=since)
    judge(work, approve=approve, reason=reason)
    work.flush()
    return work.case


def judge(work: Work, *, approve: bool, reason: str) -> None:
    """Decide what waits for a second person, on locked work."""
    by, pending = work.by, work.case.pending
    if pending is None:
        raise NotNow(_("没有等待审批的事项。"))
    if not may_decide(by, work.case):
        raise Refused(_("须由另一位有审批权的人决定。"))
    if work.case.suspended:
        raise NotNow(_("办件已挂账，恢复后才能继续。"))
    reason = written("reason", reason, limit=REASON_LIMIT)
    if not approve and not reason:
        raise BadAnswers({"reason": _("请写明理由。")})
    verdict = "approved" if approve else "refused"
    work.case.pending = None
    seq = work.record(
        RecordKind.APPROVAL, action=f"{verdict}:{pending['action']}", text=reason, data={"asked_by": pending["by"]}
    )
    if approve:
        work.asked_by = pending["by"]
        carry_out(work, pending["action"], answers=pending["form"], reason=pending["reason"])
    work.publish(CaseNoted(case=work.case.id, procedure=work.case.procedure, kind=verdict, tell=["holder"], seq=seq))


@transaction.atomic
def take(*, case_id: UUID, by: Actor, at: datetime, to_user_id: int | None = None, since: int | None = None) -> Case:
    """Take a case in hand (or, as head, give it to somebody of the unit): it is then this person's."""
    work = lock(case_id, by=by, at=at, since=since)
    case = work.case
    post = by.post_in(case.holder_unit_id)
    if case.state != State.OPEN or case.held_by_person:
        raise NotNow(_("这个办件现在不需要认领。"))
    if post is None or not holds(by, case):
        raise Refused(_("只有承办单位的人可以认领。"))
    not_kept_out(by, case, work.definition).enforce()
    user_id = by.user_id if to_user_id is None else to_user_id
    if user_id is not None and user_id != by.user_id:
        if not post.head:
            raise Refused(_("只有单位负责人可以指派他人。"))
        inside = Post.objects.filter(in_force(at), organisation_id=case.holder_unit_id, user__is_active=True)
        if not inside.filter(user_id=user_id).exists():
            raise BadAnswers({"user": _("这个人现在不在本单位任职。")})
        if user_id in kept_out(work.step, case):
            raise BadAnswers({"user": _("前面的环节是这个人办的，须由另一人办理。")})
    case.holder_user_id = user_id
    seq = work.record(RecordKind.TAKE, action="take", data={"user": user_id})
    work.publish(CaseNoted(case=case.id, procedure=case.procedure, kind="take", tell=["holder"], seq=seq))
    work.flush()
    return case


@transaction.atomic
def comment(
    *,
    case_id: UUID,
    by: Actor,
    at: datetime,
    text: str,
    public: bool = False,
    files: Sequence[CaseFile] = (),
    since: int | None = None,
) -> Case:
    """Add a note or files to a case; open to everyone who may see it. Ended cases take notes too: history only grows."""
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    note(work, text=text, public=public, files=files)
    work.flush()
    return work.case


def note(work: Work, *, text: str, public: bool = False, files: Sequence[CaseFile] = ()) -> None:
    """Add a note or files to the history, on locked work."""
    by, text = work.by, written("text", text, limit=REASON_LIMIT)
    if not text and not files:
        raise BadAnswers({"text": _("请写点内容，或者选择文件。")})
    if (text and _is_off(work, "comment")) or (files and _is_off(work, "attach")):
        raise NotNow(_("这个流程没有这个办法。"))
    for file in files:
        file.case_id, file.seq = work.case.pk, work.next_seq
        work.files.append(file)
    starter = is_starter(by, work.case) and not by.posts
    seq = work.record(
        RecordKind.COMMENT if text else RecordKind.FILE,
        action="comment",
        text=text,
        data={"files": len(files), "tell": ["reporter"] if public or starter else []},
    )
    tell = ["holder"] if starter else (["reporter"] if public else [])
    work.publish(CaseNoted(case=work.case.id, procedure=work.case.procedure, kind="comment", tell=tell, seq=seq))


def _is_off(work: Work, act: str) -> bool:
    return work.definition.side.get(act, True) is False  # type: ignore[call-overload]


@transaction.atomic
def correct(*, case_id: UUID, record_seq: int, text: str, by: Actor, at: datetime, since: int | None = None) -> Case:
    """Correct a record by a new one that names it; the old one stays. Done by who wrote it, or by the head of their unit."""
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    if _is_off(work, "correct"):
        raise NotNow(_("这个流程没有这个办法。"))
    old = work.case.records.filter(seq=record_seq).first()
    if old is None:
        raise BadAnswers({"record_seq": _("没有这条记录。")})
    head = any(post.head and post.unit.id == old.actor.get("unit") for post in by.posts)
    if old.user_id is None or not (old.user_id == by.user_id or head):
        raise Refused(_("只能由记录人或其负责人更正。"))
    text = written("text", text, limit=REASON_LIMIT)
    if not text:
        raise BadAnswers({"text": _("请写明正确的内容。")})
    # whoever was told the wrong words is told the right ones
    tell = [whom for whom in old.data.get("tell") or [] if whom == "reporter"]
    said = {"of": record_seq, "tell": tell}
    seq = work.record(RecordKind.CORRECTION, action="correct", text=text, data=said, public=old.public)
    work.publish(CaseNoted(case=work.case.id, procedure=work.case.procedure, kind="correct", tell=tell, seq=seq))
    work.flush()
    return work.case


@transaction.atomic
def withdraw(*, case_id: UUID, by: Actor, at: datetime, reason: str = "", since: int | None = None) -> Case:
    """The starter takes a case back; the definition may switch this off or name the end it comes to."""
    work = lock(case_id, by=by, at=at, since=since)
    case, allowed = work.case, work.definition.side.get("withdraw", True)
    if case.state != State.OPEN:
        raise NotNow(_("办件已经结束。"))
    if not owns(by, case):
        raise Refused(_("只有发起人可以撤回；凭短码打开的，只能看、补充和评价。"))
    if allowed is False:
        raise NotNow(_("这个流程不能撤回。"))
    reason = written("reason", reason, limit=REASON_LIMIT)
    if isinstance(allowed, str):
        flow.go(work, allowed, how="withdraw", text=reason)
    else:
        flow.end_here(work, "withdrawn", text=reason)
    work.flush()
    return case


@transaction.atomic
def reopen(*, case_id: UUID, by: Actor, at: datetime, reason: str, since: int | None = None) -> Case:
    """Open an ended case again: by those and within the time its end says, and any time by those it names."""
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    open_again(work, reason=reason)
    work.flush()
    return work.case


def open_again(work: Work, *, reason: str) -> None:
    """Open an ended case again, on locked work."""
    by = work.by
    refusal = why_not_reopen(by, work.case, work.definition, at=work.at)
    if refusal:
        raise NotNow(refusal)
    case, rule = work.case, work.step.reopen
    assert rule is not None
    reason = written("reason", reason, limit=REASON_LIMIT)
    if not reason:
        raise BadAnswers({"reason": _("请写明理由。")})
    if not any(fits(who, by, case) for who in rule.any_time_by):
        case.uses = {**case.uses, "reopen": int(case.uses.get("reopen", 0)) + 1}
    work.was = {"reopened": case.data.get("reopened")}
    flow.open_anew(work)
    flow.go(work, rule.to, how="reopen", text=reason, tell=["reporter", "holder"])


def why_not_reopen(by: Actor, case: Case, definition: Definition, *, at: datetime) -> str:
    """Return why an actor cannot open an ended case again, or the empty string."""
    by = by.proven
    step = definition.steps[case.step]
    rule = step.reopen
    if case.state != State.ENDED:
        return _("办件还在办理中。")
    if rule is None or case.outcome != step.outcome:
        return _("这种结果不能重新打开。")
    if any(fits(who, by, case) for who in rule.any_time_by):
        return ""
    if not any(fits(who, by, case) for who in rule.by):
        return _("只有反映人或督办人员可以重新打开。")
    assert case.ended_at is not None
    if at > clocks.calendar_of(case.holder_unit_id).add(case.ended_at, rule.within):
        return _("已过可以重新打开的期限。")
    if int(case.uses.get("reopen", 0)) >= rule.times:
        return _("已经重新打开过。")
    return ""
