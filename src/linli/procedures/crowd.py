"""Steps at which many take part: support and consent up to a threshold, objections to a public notice."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.crypto import blind
from linli.kernel.policy import Refused
from linli.orgs.actors import Actor
from linli.procedures import flow
from linli.procedures.actions import REASON_LIMIT, lock
from linli.procedures.answers import check_answers, written
from linli.procedures.enums import ClockState, RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import CaseNoted
from linli.procedures.gathering import tally
from linli.procedures.grammar.conditions import number
from linli.procedures.grammar.definition import Threshold, asked_in
from linli.procedures.models import Case, Objection, Voice
from linli.procedures.policies import fits, holds, is_starter
from linli.procedures.work import Work

MOST_OBJECTIONS = 5
MOST_PARTIES = 20_000


def participant(by: Actor) -> str:
    """Return a keyed hash that tells one participant from another without naming them."""
    who = f"user:{by.user_id}" if by.user_id is not None else f"key:{by.key}"
    if by.user_id is None and not by.key:
        raise Refused(_("请先登录，或用您提交时的手机参与。"))
    return blind(who, purpose="voice")


def needed(threshold: Threshold, data: dict[str, Any]) -> int:
    """Return how many must take part: exact shares are rounded up (two thirds of 100 are 67)."""
    if threshold.share is not None:
        whole = number(data.get(threshold.of or ""))
        if whole is None:
            raise NotNow(_("还不知道总数，无法计算门槛。"))
        exact = Fraction(threshold.share) * whole
        return -(-exact.numerator // exact.denominator)
    at_least = threshold.at_least
    if isinstance(at_least, int):
        return at_least
    found = number(data.get(str(at_least).removeprefix("form.")))
    if found is None:
        raise NotNow(_("还不知道总数，无法计算门槛。"))
    return -(-found.numerator // found.denominator)


@transaction.atomic
def speak(*, case_id: UUID, by: Actor, at: datetime, form: dict[str, Any] | None = None) -> Case:
    """Take part in a collecting step, once; at the threshold the case goes on by itself. A second time changes nothing."""
    work = lock(case_id, by=by, at=at)
    case, step = work.case, work.step
    if step.kind != "collect" or not _is_open(work):
        raise NotNow(_("现在不征集意见。"))
    if not any(fits(who, by, case) for who in step.by):
        raise Refused(_("这次征集不包括您。"))
    asked = asked_in(step.form)
    answers = check_answers(work.definition, asked, form or {}, case.data, place=case.division_code)
    _voice, new = Voice.objects.get_or_create(
        case=case, visit=case.visit, participant=participant(by), defaults={"data": answers, "at": at}
    )
    if not new:
        return case
    assert step.threshold is not None
    voices = Voice.objects.filter(case=case, visit=case.visit)
    case.data = {**case.data, "voices": voices.count()}
    work.record(RecordKind.VOICE, action="speak", data={"count": case.data["voices"]}, public=not case.restricted)
    counted = (
        voices.filter(**{f"data__{step.threshold.yes}": True}).count() if step.threshold.yes else case.data["voices"]
    )
    if counted >= needed(step.threshold, case.data):
        tally(work)
        branch = flow.choose(step.then or [], case.data)
        flow.go(work, branch.to, how="threshold", holder=branch.holder, kind=RecordKind.ENTER)
    work.flush()
    return case


def _is_open(work: Work) -> bool:
    """Whether a step at which many take part is open: by its clock, not by whether something closed it in time."""
    case = work.case
    if case.state != State.OPEN or case.suspended:
        return False
    clock = next((one for one in work.clocks if one.name == "step"), None)
    return clock is None or clock.due_at is None or work.at <= clock.due_at


@transaction.atomic
def object_to(*, case_id: UUID, by: Actor, at: datetime, text: str) -> Objection:
    """Object during a public notice."""
    work = lock(case_id, by=by, at=at)
    case, step = work.case, work.step
    if step.kind != "notice" or step.objections is None or not _is_open(work):
        raise NotNow(_("现在不在公示期内。"))
    if not any(fits(who, by, case) for who in step.objections.by):
        raise Refused(_("这次公示的异议不包括您。"))
    text = written("text", text, limit=REASON_LIMIT)
    if not text:
        raise BadAnswers({"text": _("请写明异议内容。")})
    who = participant(by)
    if Objection.objects.filter(case=case, visit=case.visit, participant=who).count() >= MOST_OBJECTIONS:
        raise NotNow(_("您已经提了 %(count)d 条异议。") % {"count": MOST_OBJECTIONS})
    made = Objection.objects.create(case=case, visit=case.visit, participant=who, text=text, at=at)
    seq = work.record(RecordKind.OBJECTION, action="object", data={"objection": made.pk}, public=not case.restricted)
    work.publish(CaseNoted(case=case.id, procedure=case.procedure, kind="objection", tell=["holder"], seq=seq))
    work.flush()
    return made


@transaction.atomic
def answer_objection(*, objection_id: int, by: Actor, at: datetime, text: str) -> Objection:
    """Answer an objection; a notice that waited for the answer alone then ends."""
    made = Objection.objects.select_related("case").get(pk=objection_id)
    work = lock(made.case_id, by=by, at=at)
    made.refresh_from_db()
    rule = work.step.objections
    if rule is None or work.case.visit != made.visit or made.answered_at is not None:
        raise NotNow(_("这条异议已经答复，或公示已经结束。"))
    # whoever holds the notice may answer too, so that an empty post cannot keep it open for ever
    if not (fits(rule.answer, by, work.case) or holds(by, work.case)):
        raise Refused(_("异议由公示单位答复。"))
    text = written("text", text, limit=REASON_LIMIT)
    if not text:
        raise BadAnswers({"text": _("请写明答复。")})
    made.answer, made.answered_at, made.answered_by_id = text, at, by.user_id
    made.save(update_fields=["answer", "answered_at", "answered_by"])
    work.record(
        RecordKind.OBJECTION, action="answer", text=text, data={"objection": made.pk}, public=not work.case.restricted
    )
    if notice_over(work):
        end_notice(work)
    work.flush()
    return made


def notice_over(work: Work) -> bool:
    """Whether a public notice may end: its days are over and every objection that must be answered is."""
    step = work.step
    clock = next((one for one in work.clocks if one.name == "step" and one.state == ClockState.RUNNING), None)
    if work.case.suspended or clock is None or clock.due_at is None or work.at < clock.due_at:
        return False
    if step.objections is None or not step.objections.must_answer:
        return True
    waiting = Objection.objects.filter(case=work.case, visit=work.case.visit, answered_at__isnull=True)
    return not waiting.exists()


def end_notice(work: Work) -> None:
    """Leave a notice by its branch; how many people objected is an answer that branches may look at."""
    case = work.case
    objected = Objection.objects.filter(case=case, visit=case.visit)
    case.data = {**case.data, "objections": objected.values("participant").distinct().count()}
    branch = flow.choose(work.step.then or [], case.data)
    flow.go(work, branch.to, how="notice_over", holder=branch.holder, kind=RecordKind.ENTER)


@transaction.atomic
def invite(*, case_id: UUID, keys: Sequence[str], by: Actor, at: datetime) -> Case:
    """Let further parties in, by the keys of their browsers: done by who holds the case or started it."""
    work = lock(case_id, by=by, at=at)
    case = work.case
    if case.state != State.OPEN:
        raise NotNow(_("办件已经结束。"))
    if not (holds(by, case) or is_starter(by, case)):
        raise Refused(_("当事人由承办人或发起人邀请。"))
    known = case.data.get("parties_keys", [])
    wanted = list(dict.fromkeys([*known, *keys]))
    if len(wanted) > MOST_PARTIES or not all(isinstance(key, str) and 16 <= len(key) <= 64 for key in keys):
        raise BadAnswers({"": _("当事人太多，或者邀请无效。")})
    if wanted == known:
        return case
    case.data = {**case.data, "parties_keys": wanted}
    work.record(RecordKind.EFFECT, action="invite", data={"parties": len(wanted)})
    work.flush()
    return case


@transaction.atomic
def conclude(*, case_id: UUID, way: str, at: datetime, by: Actor, data: dict[str, Any] | None = None) -> Case:
    """Leave a vote step by ``passed``, ``failed`` or ``no_quorum``: called by the area that counted the vote."""
    work = lock(case_id, by=by, at=at)
    step = work.step
    to = {"passed": step.passed, "failed": step.failed, "no_quorum": step.no_quorum or step.failed}.get(way)
    if work.case.state != State.OPEN or work.case.suspended or step.kind != "vote" or to is None:
        raise NotNow(_("现在没有表决。"))
    work.case.data = {**work.case.data, **(data or {})}
    flow.go(work, to, how=way, kind=RecordKind.ENTER, data=data or {})
    work.flush()
    return work.case
