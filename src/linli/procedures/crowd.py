"""Steps at which many take part: support and consent up to a threshold, objections to a public notice."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.crypto import blind
from linli.kernel.policy import Decision, Refused, allow, deny
from linli.orgs.actors import Actor
from linli.procedures import flow
from linli.procedures.actions import REASON_LIMIT, lock
from linli.procedures.answers import check_answers, written
from linli.procedures.enums import ClockState, RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import CaseNoted
from linli.procedures.files import bind
from linli.procedures.gathering import tally
from linli.procedures.grammar.conditions import number
from linli.procedures.grammar.definition import Definition, Threshold, asked_in
from linli.procedures.models import Case, CaseClock, CaseFile, Objection, Voice
from linli.procedures.policies import fits, holds, is_party, is_starter, owns
from linli.procedures.work import Work

MOST_OBJECTIONS = 5
MOST_PARTIES = 20_000
MOST_INVITED, MOST_LETTERS = 500, 50
LETTER_LASTS = timedelta(days=14)


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


def is_open(case: Case, clocks: Iterable[CaseClock], *, at: datetime) -> bool:
    """Whether a step at which many take part is open: by its clock, not by whether something closed it in time."""
    if case.state != State.OPEN or case.suspended:
        return False
    clock = next((one for one in clocks if one.name == "step" and one.visit == case.visit), None)
    return clock is None or clock.due_at is None or at <= clock.due_at


def why_not_speak(by: Actor, case: Case, definition: Definition, clocks: Iterable[CaseClock], *, at: datetime) -> str:
    """Return why somebody cannot take part in a collecting step now, or the empty string."""
    step = definition.steps[case.step]
    if step.kind != "collect" or not is_open(case, clocks, at=at):
        return _("现在不征集意见。")
    return "" if any(fits(who, by, case) for who in step.by) else _("这次征集不包括您。")


def why_not_object(by: Actor, case: Case, definition: Definition, clocks: Iterable[CaseClock], *, at: datetime) -> str:
    """Return why somebody cannot object to a public notice now, or the empty string."""
    step = definition.steps[case.step]
    if step.kind != "notice" or step.objections is None or not is_open(case, clocks, at=at):
        return _("现在不在公示期内。")
    return "" if any(fits(who, by, case) for who in step.objections.by) else _("这次公示的异议不包括您。")


def can_answer(by: Actor, case: Case, definition: Definition) -> Decision:
    """Whether somebody may answer the objections to the notice that a case is at."""
    rule = definition.steps[case.step].objections
    # whoever holds the notice may answer too, so that an empty post cannot keep it open for ever
    if rule is not None and (fits(rule.answer, by, case) or holds(by, case)):
        return allow()
    return deny(_("异议由公示单位答复。"))


def can_invite(by: Actor, case: Case) -> Decision:
    """Whether somebody may let further parties in: who holds the case or started it."""
    if case.state != State.OPEN:
        return deny(_("办件已经结束。"))
    return allow() if holds(by, case) or owns(by, case) else deny(_("当事人由承办人或发起人邀请。"))


def can_conclude(by: Actor, case: Case, definition: Definition) -> Decision:
    """Whether somebody may enter how a vote came out: whoever holds the step, and what counts the votes."""
    if case.state != State.OPEN or case.suspended or definition.steps[case.step].kind != "vote":
        return deny(_("现在没有表决。"))
    return allow() if by.system or holds(by, case) else deny(_("表决结果由组织表决的单位录入。"))


@transaction.atomic
def speak(
    *,
    case_id: UUID,
    by: Actor,
    at: datetime,
    form: dict[str, Any] | None = None,
    files: Sequence[CaseFile] = (),
) -> Case:
    """Take part in a collecting step, once; at the threshold the case goes on by itself. A second time changes nothing."""
    work = lock(case_id, by=by, at=at)
    case, step = work.case, work.step
    work.bystander = not is_starter(by, case)
    if step.kind != "collect" or not is_open(case, work.clocks, at=at):
        raise NotNow(_("现在不征集意见。"))
    if refusal := why_not_speak(by, case, work.definition, work.clocks, at=at):
        raise Refused(refusal)
    asked = asked_in(step.form)
    given = bind(work.definition, [name for name, _optional in asked], form or {}, files)
    answers = check_answers(work.definition, asked, given, case.data, place=case.division_code)
    _voice, new = Voice.objects.get_or_create(
        case=case, visit=case.visit, participant=participant(by), defaults={"data": answers, "at": at}
    )
    if not new:
        return case
    assert step.threshold is not None
    voices = Voice.objects.filter(case=case, visit=case.visit)
    case.data = {**case.data, "voices": voices.count()}
    for file in files:
        file.case_id, file.seq = case.pk, work.next_seq
        work.files.append(file)
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


@transaction.atomic
def object_to(*, case_id: UUID, by: Actor, at: datetime, text: str) -> Objection:
    """Object during a public notice."""
    work = lock(case_id, by=by, at=at)
    case, step = work.case, work.step
    work.bystander = not is_starter(by, case)
    if step.kind != "notice" or step.objections is None or not is_open(case, work.clocks, at=at):
        raise NotNow(_("现在不在公示期内。"))
    if refusal := why_not_object(by, case, work.definition, work.clocks, at=at):
        raise Refused(refusal)
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
    can_answer(by, work.case, work.definition).enforce()
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
    _enforce_invite(work)
    _let_in(work, keys)
    work.flush()
    return work.case


def _enforce_invite(work: Work) -> None:
    if work.case.state != State.OPEN:
        raise NotNow(_("办件已经结束。"))
    can_invite(work.by, work.case).enforce()


def _let_in(work: Work, keys: Sequence[str], *, action: str = "invite") -> None:
    case = work.case
    known = case.data.get("parties_keys", [])
    wanted = list(dict.fromkeys([*known, *keys]))
    if len(wanted) > MOST_PARTIES or not all(isinstance(key, str) and 16 <= len(key) <= 64 for key in keys):
        raise BadAnswers({"": _("当事人太多，或者邀请无效。")})
    if wanted != known:
        case.data = {**case.data, "parties_keys": wanted}
        work.record(RecordKind.EFFECT, action=action, data={"parties": len(wanted)})


@transaction.atomic
def write_letter(*, case_id: UUID, by: Actor, at: datetime, people: int) -> str:
    """Return the word of an invitation by which so many people may come in as parties, each once, within two weeks.

    Only its hash is kept; whoever holds the case or started it hands the word on, as a link or printed.
    """
    work = lock(case_id, by=by, at=at)
    _enforce_invite(work)
    if not 1 <= people <= MOST_INVITED:
        raise BadAnswers({"people": _("一次邀请 1 到 %(most)d 人。") % {"most": MOST_INVITED}})
    case, word = work.case, secrets.token_urlsafe(18)
    letters = {key: one for key, one in case.data.get("letters", {}).items() if one["until"] > _moment(at)}
    if len(letters) >= MOST_LETTERS:
        raise NotNow(_("还没过期的邀请太多了，等一些过期再邀请。"))
    new = {_letter(word): {"left": people, "until": _moment(at + LETTER_LASTS)}}
    case.data = {**case.data, "letters": letters | new}
    work.record(RecordKind.EFFECT, action="letter", data={"people": people})
    work.flush()
    return word


def _letter(word: str) -> str:
    return blind(word, purpose="invitation")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def letter_left(case: Case, word: str, *, at: datetime) -> int:
    """Return how many may still come in by an invitation; 0 where it is none, is used up or too old."""
    one = case.data.get("letters", {}).get(_letter(word)) if 0 < len(word) <= 60 else None
    return int(one["left"]) if one and case.state == State.OPEN and one["until"] > _moment(at) else 0


@transaction.atomic
def come_in(*, case_id: UUID, word: str, by: Actor, at: datetime) -> Case:
    """Become a party by an invitation, with the key of one's browser. A second time changes nothing."""
    work = lock(case_id, by=by, at=at)
    case = work.case
    if is_party(by, case):
        return case
    left = letter_left(case, word, at=at)
    if left == 0 or not by.key:
        raise NotNow(_("这份邀请已经用完、过期，或者不对，请向邀请您的人再要一份。"))
    letters = case.data["letters"]
    case.data = {**case.data, "letters": {**letters, _letter(word): {**letters[_letter(word)], "left": left - 1}}}
    _let_in(work, [by.key], action="joined")
    work.flush()
    return case


@transaction.atomic
def conclude(
    *, case_id: UUID, way: str, at: datetime, by: Actor, data: dict[str, Any] | None = None, text: str = ""
) -> Case:
    """Leave a vote step by ``passed``, ``failed`` or ``no_quorum``: called by the area that counted the vote, or whoever holds it.

    ``text``: what was decided, and where it is written down.
    """
    work = lock(case_id, by=by, at=at)
    step = work.step
    to = {"passed": step.passed, "failed": step.failed, "no_quorum": step.no_quorum or step.failed}.get(way)
    if work.case.state != State.OPEN or work.case.suspended or step.kind != "vote" or to is None:
        raise NotNow(_("现在没有表决。"))
    can_conclude(by, work.case, work.definition).enforce()
    text = written("text", text, limit=REASON_LIMIT)
    work.case.data = {**work.case.data, **(data or {})}
    flow.go(work, to, how=way, kind=RecordKind.ENTER, text=text, data=data or {})
    work.flush()
    return work.case
