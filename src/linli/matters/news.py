"""A resident's news: what happened to what they reported or follow since they last looked, with why it came and how it stops."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.matters import story
from linli.matters.plain import when
from linli.orgs.actors import Actor
from linli.procedures import notifying
from linli.procedures.definitions import of_case
from linli.procedures.models import CaseRecord, Notice

MOST = 30
MERGED = "merged"
_INTO = {
    "handle": lambda: _("并入的那一件有人在办了"),
    "whistled": lambda: _("并入的那一件，几家单位一起去办了"),
    "rate": lambda: _("并入的那一件办好了，请您也评一评"),
    "settled": lambda: _("并入的那一件办结了"),
    "disputed": lambda: _("并入的那一件办结了，意见不一致已记录"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class News:
    """One piece: where it leads, what happened, to which matter, when; why it came and how it stops."""

    case_id: UUID
    href: str
    text: str
    title: str
    time: str
    why: str


def unread(by: Actor, *, at: datetime, limit: int = MOST) -> list[News]:
    """Return what a resident has not looked at yet, newest first (one statement more than ``notifying.to_resident``)."""
    return _in_words(notifying.to_resident(by, at=at, limit=limit), at)


def read(by: Actor, *, at: datetime, case_id: UUID | None = None) -> list[News]:
    """Mark a resident's news as read, all of it or that of one case, and return what it was."""
    notices = [one for one in notifying.to_resident(by, at=at, limit=MOST) if case_id is None or one.case_id == case_id]
    if notices:
        Notice.objects.filter(pk__in=[one.pk for one in notices]).update(read_at=at)
    return _in_words(notices, at)


def bare(notices: Sequence[Notice], *, at: datetime) -> list[tuple[Notice, News]]:
    """Return news in words that may leave the house: what happened, without anybody's own words. Without what the readers did themselves."""
    return _paired(notices, at, bare=True)


def _in_words(notices: Sequence[Notice], now: datetime) -> list[News]:
    return [told for _notice, told in _paired(notices, now, bare=False)]


def _paired(notices: Sequence[Notice], now: datetime, *, bare: bool) -> list[tuple[Notice, News]]:
    if not notices:
        return []
    rows = CaseRecord.objects.filter(case__in={one.case_id for one in notices}, at__in={one.at for one in notices})
    records: dict[tuple[UUID, datetime], CaseRecord] = {}
    for row in rows.order_by("seq"):
        # of several records of one moment the one that moved the case is what was told
        if row.step_to or (row.case_id, row.at) not in records:
            records[row.case_id, row.at] = row
    found = [(one, _told(one, records.get((one.case_id, one.at)), now, bare=bare)) for one in notices]
    return [(one, told) for one, told in found if told is not None]


def _told(notice: Notice, record: CaseRecord | None, now: datetime, *, bare: bool) -> News | None:
    mine = notice.why != notifying.FOLLOW
    text = _words(notice, record, mine=mine, now=now, bare=bare or not mine)
    if not text:
        return None
    case = notice.case
    known = case.procedure == "matter"
    return News(
        case_id=case.pk,
        href=reverse("matters:status" if known else "procedures:case_chart", args=[case.code]),
        text=text,
        title=case.title,
        time=when(notice.at, now),
        why=_reason(notice),
    )


def _words(notice: Notice, record: CaseRecord | None, *, mine: bool, now: datetime, bare: bool) -> str:
    """What happened, as the story tells it to these eyes; '' for what the reader did themselves."""
    step = notice.text.removeprefix("into:")
    if step != notice.text:
        return _INTO[step]() if step in _INTO else _("并入的那一件有新进展")
    if record is None:
        return notifying.said(notice)
    if mine and record.actor.get("role") == "reporter":
        return ""
    told = story.sentence(record, story.Telling(mine=mine, now=now, text="", bare=bare), of_case(notice.case))
    return told or notifying.said(notice)


def _reason(notice: Notice) -> str:
    """Why it came, and how no more of it comes."""
    if notice.why == notifying.FOLLOW:
        return _("您跟进了这件事。在它的页面上点“不再跟进”，就不再来。")
    if notice.why == MERGED:
        return _("您反映的并入了那一件。那一件办结以后就不再来。")
    return _("是您反映的。办结以后就不再来。")
