"""Splitting a matter into parts of their own, and putting a part back."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.crypto import unseal
from linli.kernel.policy import Decision, allow, deny
from linli.matters import catalogue
from linli.matters.actions import title_of
from linli.matters.enums import LinkKind
from linli.matters.events import MatterReported, MattersMerged
from linli.matters.masking import mask
from linli.matters.models import Matter, MatterLink
from linli.orgs.actors import Actor
from linli.procedures import clocks, flow
from linli.procedures.actions import REASON_LIMIT, lock
from linli.procedures.answers import written
from linli.procedures.enums import State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, CaseClock, CaseFile
from linli.procedures.policies import can_see
from linli.procedures.registry import handler
from linli.procedures.starting import begin
from linli.procedures.work import Work

MOST_PARTS = 6
SHORTEST = 4
# how people number the lines of a list; a number that is part of the words stays: 3栋…, 110报警柱…
_NUMBERING = re.compile(r"^\s*(?:[-•·*]\s*|[（(]?\d{1,2}[)）]\s*|\d{1,2}[.、．]\s*(?!\d))")
_FILE = ("field", "name", "mime", "size", "sha256", "thumb_sha256", "width", "height")
# who may put a part back besides whoever holds it: who hands matters out at the place, and who watches over it
PUTS_BACK = ("clerk", "community_head", "dispatcher", "supervisor")


def lines_of(text: str) -> list[str]:
    """Return the parts that a text names, one on each line, without what numbers the lines; every other sign stays."""
    lines = [_NUMBERING.sub("", line, count=1).strip() for line in text.split("\n")]
    return [line for line in lines if len(line) >= SHORTEST]


@handler("matters.split")
def split(work: Work, answers: dict[str, Any]) -> None:
    """Make a matter of its own of each line; what is not split off stays. A part is put back by ``put_back``."""
    parts = lines_of(str(answers.get("parts", "")))
    if not 1 <= len(parts) <= MOST_PARTS:
        raise BadAnswers({"parts": _("请写一到六行，每行一件事，至少四个字。")})
    origin = Matter.objects.select_related("contact").get(pk=work.case.pk)
    names = [name] if origin.contact and (name := unseal(origin.contact.name_sealed)) else []
    photos = list(CaseFile.objects.filter(case_id=work.case.pk, seq=1).order_by("id"))
    promise = CaseClock.objects.filter(case_id=work.case.pk, name="answer").order_by("id").first()
    for text in parts:
        _part(work, origin, text, names, photos, promise)


def _part(
    work: Work, origin: Matter, text: str, names: list[str], photos: list[CaseFile], promise: CaseClock | None
) -> None:
    case = work.case
    inner = begin(
        procedure="matter",
        by=work.by,
        at=work.at,
        title=title_of(text, known_names=names),
        division_id=case.division_id,
        division_code=case.division_code,
        grid_id=case.grid_id,
        compound_id=case.compound_id,
        urgency=case.urgency,
        # the four digits were hashed with the first matter's id, and nobody but the reporter knows them
        data={
            "urgency": case.urgency,
            "division": case.division_code,
            "catalogue": catalogue.of(case.data).number,
            "pin_salt": case.data.get("pin_salt", case.pk.hex),
        },
        starter_key=case.starter_key,
        files=[CaseFile(**{name: getattr(file, name) for name in _FILE}) for file in photos],
        on_behalf=True,
        kin=work.kin,
    )
    inner.case.starter_user_id, inner.case.starter_unit_id = case.starter_user_id, case.starter_unit_id
    _promised_with(inner, promise)
    inner.publish(MatterReported(matter=inner.case.pk, division=case.division_code, category=None))
    work.flush()
    part = Matter.objects.create(
        case=inner.case,
        text=text,
        public_text=mask(text, known_names=names).text,
        channel=origin.channel,
        address=origin.address,
        building_id=origin.building_id,
        lon=origin.lon,
        lat=origin.lat,
        contact=origin.contact,
        anonymous=origin.anonymous,
        pin_hash=origin.pin_hash,
        created_at=work.at,
    )
    MatterLink.objects.create(kind=LinkKind.SPLIT, source=part, target_id=case.pk, at=work.at, by_id=work.by.user_id)


def _promised_with(inner: Work, promise: CaseClock | None) -> None:
    """The first answer to a part was promised when the whole was reported: taking it apart gives nobody more time."""
    if promise is None:
        return
    for clock in inner.clocks:
        if clock.name == "answer":
            clock.started_at = promise.started_at
            clock.suspensions = [pause for pause in promise.suspensions if pause[1] is not None]
            clocks.redate(inner, clock, why="split")


def origin_of(case_id: UUID) -> MatterLink | None:
    """Return the link from a part to the matter it was split from, with that matter's case; None if it is no part."""
    links = MatterLink.objects.filter(kind=LinkKind.SPLIT, source_id=case_id, undone_at__isnull=True)
    return links.select_related("target__case").first()


def can_put_back(by: Actor, part: Case, link: MatterLink | None) -> Decision:
    """Whether a part may be put back into the matter it was split from: also one that is being handled, while both are open."""
    if link is None:
        return deny(_("这一件不是拆出来的。"))
    if not any(post.role in PUTS_BACK and post.covers(part.division_code) for post in by.posts):
        return deny(_("由社区、派单或督办人员并回。"))
    if part.state != State.OPEN:
        return deny(_("这一件已经结束，不能并回。"))
    if link.target.case.state != State.OPEN:
        return deny(_("原件 %(code)s 已经结束，不能并回。") % {"code": link.target.case.code})
    if part.data.get("settled") is False or part.uses.get("reopen"):
        return deny(_("反映人说过没解决，要单独办完，不能并回。"))
    if part.pending is not None:
        return deny(_("正在等待另一人审批。"))
    return allow()


@transaction.atomic
def put_back(*, case_id: UUID, by: Actor, at: datetime, reason: str, since: int | None = None) -> Case:
    """Undo a split: the part goes on in the matter it came from, as if merged into it. Taken back like any merge.

    Raises Refused (with the reason), NotNow, BadAnswers, Changed.
    """
    work = lock(case_id, by=by, at=at, since=since)
    can_see(by, work.case).enforce()
    link = origin_of(case_id)
    can_put_back(by, work.case, link).enforce()
    assert link is not None
    reason = written("reason", reason, limit=REASON_LIMIT)
    if not reason:
        raise BadAnswers({"reason": _("请写明理由。")})
    # the origin may be ending at this very moment
    origin = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=link.target_id).first()
    if origin is None or origin.state != State.OPEN:
        raise NotNow(_("那一件正有人在办，请稍后再试。"))
    link.undone_at, link.undone_by_id = at, by.user_id
    link.save(update_fields=["undone_at", "undone_by"])
    MatterLink.objects.create(kind=LinkKind.MERGE, source_id=case_id, target_id=link.target_id, at=at, by_id=by.user_id)
    work.case.data = {**work.case.data, "merged_into": origin.code}
    merged = next((key for key, step in work.definition.steps.items() if step.outcome == "merged"), None)
    if merged is None:
        raise NotNow(_("这个流程没有这个办法。"))
    flow.go(work, merged, how="put_back", text=reason, tell=["reporter", "holder"])
    work.publish(MattersMerged(source=case_id, target=link.target_id))
    work.flush()
    return work.case


def apart_again(work: Work, merge: MatterLink) -> None:
    """After a merge was taken back: where it had put a part back, the part is a part again."""
    put = MatterLink.objects.filter(
        kind=LinkKind.SPLIT, source_id=merge.source_id, target_id=merge.target_id, undone_at=merge.at
    )
    if put.exists():
        MatterLink.objects.create(
            kind=LinkKind.SPLIT,
            source_id=merge.source_id,
            target_id=merge.target_id,
            at=work.at,
            by_id=work.by.user_id,
        )
