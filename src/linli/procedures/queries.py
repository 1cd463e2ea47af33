"""Reads: the inbox, its exact counts, a case with its history. Every list goes through ``policies.visible_to``."""

import base64
import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from linli.kernel.display import local
from linli.orgs.actors import Actor
from linli.procedures.enums import State
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord
from linli.procedures.policies import visible_to

PAGE = 50
# columns that a row of the inbox shows; history and answers stay where they are
ROW = (
    "id",
    "code",
    "procedure",
    "title",
    "kind_label",
    "urgency",
    "state",
    "outcome",
    "step",
    "version_id",
    "division_code",
    "grid_id",
    "compound_id",
    "holder_unit_id",
    "holder_role",
    "holder_user_id",
    "suspended",
    "pending",
    "due_at",
    "created_at",
    "entered_at",
    "last_seq",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows and the cursors to the pages before and after ('' if there is none)."""

    rows: list[dict[str, Any]]
    next: str
    previous: str


@dataclasses.dataclass(frozen=True, slots=True)
class Filter:
    """What an inbox shows. ``whose``: unit (held by one of mine), mine (taken by me), watched (I oversee), took_part."""

    whose: str = "unit"
    unit_id: int | None = None
    when: str = ""  # overdue | today | soon
    procedure: str = ""
    step: str = ""
    urgency: int | None = None
    grid_id: int | None = None
    state: str = State.OPEN
    text: str = ""


def inbox(by: Actor, wanted: Filter, *, at: datetime) -> QuerySet[Case]:
    """Return the cases of an inbox, unsorted. Whatever is asked for, only what the actor may see comes back."""
    units = sorted(by.unit_ids) if wanted.unit_id is None else [wanted.unit_id] if wanted.unit_id in by.unit_ids else []
    rows = Case.objects.filter(state=wanted.state)
    if wanted.whose == "mine":
        rows = rows.filter(holder_user_id=by.user_id, holder_unit_id__in=units)
    elif wanted.whose == "watched":
        rows = rows.filter(visible_to(by))
    elif wanted.whose == "took_part":
        rows = rows.filter(visible_to(by)).exclude(holder_unit_id__in=units)
    else:
        rows = rows.filter(holder_unit_id__in=units)
    if wanted.when == "overdue":
        rows = rows.filter(due_at__lt=at)
    elif wanted.when == "today":
        rows = rows.filter(due_at__gte=at, due_at__lt=end_of_day(at))
    if wanted.procedure:
        rows = rows.filter(procedure=wanted.procedure)
    if wanted.step:
        rows = rows.filter(step=wanted.step)
    if wanted.urgency:
        rows = rows.filter(urgency=wanted.urgency)
    if wanted.grid_id:
        rows = rows.filter(grid_id=wanted.grid_id)
    return rows


def end_of_day(at: datetime) -> datetime:
    """Return the first moment of the next local day."""
    here = local(at)
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def page_of(rows: QuerySet[Case], *, cursor: str = "", size: int = PAGE) -> Page:
    """Return one page by due moment (cases without a clock last), then id; keyset pagination, one statement.

    Raises ValueError for a cursor that this function did not make.
    """
    back, due, last = _read_cursor(cursor) if cursor else (False, None, None)
    dated = rows.order_by("due_at", "id")
    if last is not None:
        dated = dated.filter(_beyond(due, last, back=back))
    if back:
        dated = rows.filter(_beyond(due, last, back=True)).order_by(F("due_at").desc(nulls_first=True), "-id")
    else:
        dated = dated.order_by(F("due_at").asc(nulls_last=True), "id")
    found = list(dated.values(*ROW)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    after = found and (more or back)
    before = found and ((more and back) or (last is not None and not back))
    return Page(
        found,
        _cursor(found[-1], back=False) if after else "",
        _cursor(found[0], back=True) if before else "",
    )


def _beyond(due: datetime | None, last: UUID | None, *, back: bool) -> Q:
    if back:
        if due is None:
            return Q(due_at__isnull=False) | Q(due_at__isnull=True, id__lt=last)
        return Q(due_at__lt=due) | Q(due_at=due, id__lt=last)
    if due is None:
        return Q(due_at__isnull=True, id__gt=last)
    return Q(due_at__gt=due) | Q(due_at=due, id__gt=last) | Q(due_at__isnull=True)


def _cursor(row: dict[str, Any], *, back: bool) -> str:
    due = row["due_at"].isoformat() if row["due_at"] else ""
    return base64.urlsafe_b64encode(json.dumps([int(back), due, str(row["id"])]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[bool, datetime | None, UUID]:
    if len(text) > 200:
        raise ValueError("not a cursor")
    try:
        back, due, last = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return bool(back), datetime.fromisoformat(due) if due else None, UUID(last)
    except (ValueError, TypeError) as error:
        raise ValueError("not a cursor") from error


def counts(by: Actor, *, at: datetime, unit_id: int | None = None) -> dict[str, int]:
    """Return the exact counts of the inbox's tabs, in one statement over the index of open cases held by these units."""
    units = sorted(by.unit_ids) if unit_id is None else [unit_id] if unit_id in by.unit_ids else []
    soon = end_of_day(at)
    found = Case.objects.filter(state=State.OPEN, holder_unit_id__in=units).aggregate(
        unit=Count("id"),
        overdue=Count("id", filter=Q(due_at__lt=at)),
        today=Count("id", filter=Q(due_at__gte=at, due_at__lt=soon)),
        mine=Count("id", filter=Q(holder_user_id=by.user_id)),
    )
    return {name: int(value or 0) for name, value in found.items()}


def visible(by: Actor) -> QuerySet[Case]:
    """Return every case that an actor may see."""
    return Case.objects.filter(visible_to(by))


@dataclasses.dataclass(frozen=True, slots=True)
class Detail:
    """A case with what its page shows."""

    case: Case
    records: list[CaseRecord]
    clocks: list[CaseClock]
    files: list[CaseFile]
    family: list[Case]

    def clock(self, name: str) -> CaseClock | None:
        """Return the latest clock of a name."""
        found = [clock for clock in self.clocks if clock.name == name]
        return found[-1] if found else None


def detail(case: Case) -> Detail:
    """Return a case's history, clocks, files and the cases that belong to it, in four statements."""
    records = list(CaseRecord.objects.filter(case_id=case.pk).order_by("seq"))
    clocks = list(CaseClock.objects.filter(case_id=case.pk).order_by("id"))
    files = list(CaseFile.objects.filter(case_id=case.pk).order_by("seq", "id"))
    family = list(Case.objects.filter(Q(parent_id=case.pk) | Q(pk=case.parent_id)).order_by("id"))
    return Detail(case, records, clocks, files, family)


def for_starter(by: Actor, procedures: Sequence[str]) -> QuerySet[Case]:
    """Return the cases that this person or browser started, newest first."""
    mine = Q(pk__in=[])
    if by.user_id is not None:
        mine |= Q(starter_user_id=by.user_id)
    if by.key:
        mine |= Q(starter_key=by.key)
    if by.cases:
        mine |= Q(pk__in=by.cases)
    return Case.objects.filter(mine, procedure__in=procedures).order_by("-id")
