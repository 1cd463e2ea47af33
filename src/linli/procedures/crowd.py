"""Steps at which many take part: support and consent up to a threshold, objections to a public notice."""

from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.crypto import blind
from linli.kernel.policy import Refused
from linli.kernel.text import clean
from linli.orgs.actors import Actor
from linli.procedures import flow
from linli.procedures.actions import REASON_LIMIT, lock
from linli.procedures.answers import check_answers
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import CaseNoted
from linli.procedures.family import gathered
from linli.procedures.grammar.conditions import number
from linli.procedures.grammar.definition import Threshold
from linli.procedures.models import Case, Objection, Voice
from linli.procedures.policies import fits
from linli.procedures.work import Work


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
    if case.state != State.OPEN or step.kind != "collect":
        raise NotNow(_("现在不征集意见。"))
    if not any(fits(who, by, case) for who in step.by):
        raise Refused(_("这次征集不包括您。"))
    asked = [(name.rstrip("?"), name.endswith("?")) for name in step.form]
    answers = check_answers(work.definition, asked, form or {}, case.data)
    _voice, new = Voice.objects.get_or_create(
        case=case, visit=case.visit, participant=participant(by), defaults={"data": answers, "at": at}
    )
    if not new:
        return case
    said = list(Voice.objects.filter(case=case, visit=case.visit).order_by("id").values_list("data", flat=True))
    assert step.threshold is not None
    work.record(RecordKind.VOICE, action="speak", data={"count": len(said)}, public=not case.restricted)
    case.data = {**case.data, **{name: gathered(rule, said) for name, rule in step.gather.items()}, "voices": len(said)}
    if len(said) >= needed(step.threshold, case.data):
        branch = flow.choose(step.then or [], case.data)
        flow.go(work, branch.to, how="threshold", holder=branch.holder, kind=RecordKind.ENTER)
    work.flush()
    return case


@transaction.atomic
def object_to(*, case_id: UUID, by: Actor, at: datetime, text: str) -> Objection:
    """Object during a public notice."""
    work = lock(case_id, by=by, at=at)
    case, step = work.case, work.step
    if case.state != State.OPEN or step.kind != "notice" or step.objections is None:
        raise NotNow(_("现在不在公示期内。"))
    if not any(fits(who, by, case) for who in step.objections.by):
        raise Refused(_("这次公示的异议不包括您。"))
    text = clean(text, limit=REASON_LIMIT)
    if not text:
        raise BadAnswers({"text": _("请写明异议内容。")})
    made = Objection.objects.create(case=case, visit=case.visit, participant=participant(by), text=text, at=at)
    seq = work.record(RecordKind.OBJECTION, action="object", data={"objection": made.pk}, public=not case.restricted)
    work.publish(CaseNoted(case=case.id, procedure=case.procedure, kind="objection", tell=["holder"], seq=seq))
    work.flush()
    return made


@transaction.atomic
def answer_objection(*, objection_id: int, by: Actor, at: datetime, text: str) -> Objection:
    """Answer an objection; a notice that waited for the answer alone then ends."""
    made = Objection.objects.select_related("case").get(pk=objection_id)
    work = lock(made.case_id, by=by, at=at)
    rule = work.step.objections
    if rule is None or work.case.visit != made.visit or made.answered_at is not None:
        raise NotNow(_("这条异议已经答复，或公示已经结束。"))
    if not fits(rule.answer, by, work.case):
        raise Refused(_("异议由公示单位答复。"))
    text = clean(text, limit=REASON_LIMIT)
    if not text:
        raise BadAnswers({"text": _("请写明答复。")})
    made.answer, made.answered_at, made.answered_by_id = text, at, by.user_id
    made.save(update_fields=["answer", "answered_at", "answered_by"])
    work.record(
        RecordKind.OBJECTION, action="answer", text=text, data={"objection": made.pk}, public=not work.case.restricted
    )
    _end_if_over(work)
    work.flush()
    return made


def notice_over(work: Work) -> bool:
    """Whether a public notice may end: its days are over and every objection that must be answered is."""
    step = work.step
    clock = next((clock for clock in work.clocks if clock.name == "step"), None)
    if clock is None or clock.due_at is None or work.at < clock.due_at:
        return False
    if step.objections is None or not step.objections.must_answer:
        return True
    waiting = Objection.objects.filter(case=work.case, visit=work.case.visit, answered_at__isnull=True)
    return not waiting.exists()


def _end_if_over(work: Work) -> None:
    if notice_over(work):
        end_notice(work)


def end_notice(work: Work) -> None:
    """Leave a notice by its branch; the number of objections is an answer that branches may look at."""
    case = work.case
    count = Objection.objects.filter(case=case, visit=case.visit).count()
    case.data = {**case.data, "objections": count}
    branch = flow.choose(work.step.then or [], case.data)
    flow.go(work, branch.to, how="notice_over", holder=branch.holder, kind=RecordKind.ENTER)


@transaction.atomic
def conclude(*, case_id: UUID, way: str, at: datetime, by: Actor, data: dict[str, Any] | None = None) -> Case:
    """Leave a vote step by ``passed``, ``failed`` or ``no_quorum``: called by the area that counted the vote."""
    work = lock(case_id, by=by, at=at)
    step = work.step
    to = {"passed": step.passed, "failed": step.failed, "no_quorum": step.no_quorum or step.failed}.get(way)
    if work.case.state != State.OPEN or step.kind != "vote" or to is None:
        raise NotNow(_("现在没有表决。"))
    work.case.data = {**work.case.data, **(data or {})}
    flow.go(work, to, how=way, kind=RecordKind.ENTER, data=data or {})
    work.flush()
    return work.case
