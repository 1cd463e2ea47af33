"""Notices of a person and their units: in words, in the reader's language, with why they came and how they stop."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.memo import forget, remember
from linli.kernel.outbox import publish
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.procedures import dating, telling
from linli.procedures.charting import language
from linli.procedures.definitions import of_case
from linli.procedures.enums import Urgency
from linli.procedures.events import NoticesWritten
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case, CaseRecord, Notice
from linli.procedures.policies import visible_to

# Unread notices older than this are no news any more: they stay in the list but are not counted.
NEWS = timedelta(days=30)
MOST_COUNTED = 99
FOLLOW = "follow"

_NOTED = {
    "approval": lambda: _("有事项等审批"),
    "approved": lambda: _("审批同意了"),
    "refused": lambda: _("审批没有同意"),
    "comment": lambda: _("有新留言"),
    "objection": lambda: _("有人提出异议"),
    "released": lambda: _("原承办人不在岗，请另派人"),
    "take": lambda: _("有人认领了"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A notice ready to be shown. ``whom``: the unit that was told, '' for the person; ``ends``: how no more of them come."""

    id: UUID
    case: Case
    what: str
    whom: str
    why: str
    ends: str
    at: datetime
    read: bool


def write(notices: Sequence[Notice], *, at: datetime) -> None:
    """Write notices, inside the transaction of whatever they tell of, and say so: other ways to their people begin there."""
    if notices:
        Notice.objects.bulk_create(notices)
        publish([NoticesWritten(notices=[str(one.pk) for one in notices])], at=at)


def mine(by: Actor) -> QuerySet[Notice]:
    """Return the notices of a person and their units, about cases that they may see, unsorted."""
    whose = Q(unit_id__in=sorted(by.unit_ids))
    if by.user_id is not None:
        whose |= Q(user_id=by.user_id)
    return Notice.objects.filter(whose, case__in=Case.objects.filter(visible_to(by)))


def to_resident(by: Actor, *, at: datetime, limit: int) -> list[Notice]:
    """Return the unread news of the last month of a resident, newest first: of this browser, this account, and the cases that this
    browser opened by code. One statement for each of these ways, so that each goes by its own index. At the desk, staff read theirs.
    """
    ways = [Q(key=by.key) & ~Q(key="")] if by.key else []
    if by.user_id is not None and not by.staff:
        ways.append(Q(user_id=by.user_id))
    if by.cases:
        ways.append(Q(case__in=sorted(by.cases), key=F("case__starter_key")) & ~Q(key=""))
    news = Notice.objects.filter(read_at__isnull=True, at__gte=at - NEWS).select_related("case").order_by("-at", "-pk")
    found = {row.pk: row for way in ways for row in news.filter(way)[:limit]}
    return sorted(found.values(), key=lambda row: (row.at, row.pk), reverse=True)[:limit]


def unread(by: Actor, *, at: datetime) -> int:
    """Return how many notices of the last month are unread, up to 99; half a minute old at most (it stands on every page)."""
    whose = Q(unit_id__in=sorted(by.unit_ids))
    if by.user_id is not None:
        whose |= Q(user_id=by.user_id)

    def count() -> int:
        return Notice.objects.filter(whose, read_at__isnull=True, at__gte=at - NEWS)[:MOST_COUNTED].count()

    return remember(f"procedures:unread:{by.user_id}", count, seconds=30)


@transaction.atomic
def mark_read(*, by: Actor, at: datetime, ids: Iterable[UUID] | None = None) -> int:
    """Mark one's notices as read (all of them without ``ids``); return how many. For a unit, one who reads reads for all."""
    rows = mine(by).filter(read_at__isnull=True)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    changed = Notice.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(read_at=at)
    forget(f"procedures:unread:{by.user_id}")
    return changed


def told(notice: Notice) -> Told:
    """Return a notice in words; its case comes with it (``select_related``)."""
    unit = units().get(notice.unit_id)
    why, ends = _reason(notice, unit.label if unit else "")
    return Told(
        id=notice.pk,
        case=notice.case,
        what=said(notice),
        whom=unit.label if unit else "",
        why=why,
        ends=ends,
        at=notice.at,
        read=notice.read_at is not None,
    )


def said(notice: Notice) -> str:
    """Return what happened in words. A notice keeps 'ACTION:STEP' or the step alone, so that each reader gets their language."""
    definition = of_case(notice.case)
    did, colon, came = notice.text.partition(":")
    if not colon:
        return _step(definition, did)
    if did in _NOTED:
        return _NOTED[did]()
    if did in ("reminded", "overdue"):
        return _of_time(definition, late=did == "overdue", clock=came)
    if did == "start" and notice.case.urgency == Urgency.DANGER:
        return _("有危险的新来一件，请马上看")
    if did == "start":
        return _("新来的，现在是“%(step)s”") % {
            "step": definition.step_name(came, language()) if came in definition.steps else came
        }
    source = _source(definition, did, came)
    record = CaseRecord(kind="action", action=did, step=source, step_to=came, data={})
    return telling.what(record, definition)


def _of_time(definition: Definition, *, late: bool, clock: str) -> str:
    if clock == "step":
        return _("超过时限了") if late else _("时限快到了")
    said = _("“%(clock)s”超过时限了") if late else _("“%(clock)s”的时限快到了")
    return said % {"clock": dating.name_of(clock, definition)}


def _source(definition: Definition, did: str, came: str) -> str:
    """The step at which an action was done that led to a step."""
    having = [key for key, step in definition.steps.items() if did in step.actions]
    leading = [key for key in having if (did, came) in definition.steps[key].targets()]
    return next(iter(leading or having), "")


def _step(definition: Definition, key: str) -> str:
    if key in definition.steps:
        return _("到了“%(step)s”") % {"step": definition.step_name(key, language())}
    ends = [one for one, step in definition.steps.items() if step.outcome == key]
    return definition.step_name(ends[0], language()) if ends else _("有新进展")


def _reason(notice: Notice, unit: str) -> tuple[str, str]:
    if notice.why == FOLLOW:
        return _("您跟进了这件事"), _("在它的页面上取消跟进，就不再来。")
    if unit:
        came = notice.why.endswith(("CaseMoved", "CaseStarted"))
        why = _("办件到了%(unit)s") if came else _("%(unit)s在办或者在关注它")
        return why % {"unit": unit}, _("转走或者办结以后就不再来。")
    if notice.user_id is not None and notice.why.startswith("procedures.Clock"):
        return _("您在办这一件"), _("办完或者转走以后就不再来。")
    return _("是您发起的"), _("办结以后就不再来。")


def search(rows: QuerySet[Notice], text: str) -> QuerySet[Notice]:
    """Keep the notices about cases whose title or code holds the words."""
    return rows.filter(Q(case__title__icontains=text) | Q(case__code__icontains=text)) if text else rows


def page_of(rows: QuerySet[Notice], *, before: UUID | None, size: int) -> tuple[list[Notice], Any]:
    """Return one page, newest first, and the id to continue behind (None at the end)."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("case__holder_unit").order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
