"""Figures of steps: how many cases left them, how long they took on average, how many came back, how many were late.

Sums of what the receivers keep by unit and month; a mean is sum of seconds by number left, always shown with that number.
"""

import dataclasses
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.display import local
from linli.kernel.memo import remember
from linli.procedures.enums import State
from linli.procedures.models import Case, StepFigure

MONTHS = 6
HOUR, DAY = 3600, 86_400
_COUNTS = ("entered", "left", "seconds", "returned", "overdue")


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """What happened at a step over some months. ``seconds``: the time that those who left it had spent there, together."""

    entered: int = 0
    left: int = 0
    seconds: int = 0
    returned: int = 0
    overdue: int = 0

    @property
    def mean(self) -> str:
        """The mean time in words, '' if nothing left the step."""
        return spent_words(self.seconds // self.left) if self.left else ""


def first_month(at: datetime, months: int = MONTHS) -> date:
    """Return the first day of the first of the last ``months`` months, the present one among them."""
    today = local(at).date()
    ordinal = today.year * 12 + today.month - months
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def _rows(procedure: str, at: datetime, unit_ids: Collection[int] | None) -> QuerySet[StepFigure]:
    rows = StepFigure.objects.filter(procedure=procedure, month__gte=first_month(at))
    return rows if unit_ids is None else rows.filter(unit_id__in=unit_ids)


def _sums(rows: QuerySet[StepFigure], *by: str) -> dict[tuple[object, ...], Figures]:
    # names of their own: an aggregate may not be called like the column it sums
    summed = rows.order_by().values_list(*by).annotate(**{f"sum_{name}": Sum(name) for name in _COUNTS})
    return {row[: len(by)]: Figures(*(int(value) for value in row[len(by) :])) for row in summed}


def by_step(procedure: str, *, at: datetime, unit_ids: Collection[int] | None = None) -> dict[str, Figures]:
    """Return the figures of each step over the last six months, of all units or of some."""
    return {str(step): sums for (step,), sums in _sums(_rows(procedure, at, unit_ids), "step").items()}


def by_month(procedure: str, *, at: datetime, unit_ids: Collection[int]) -> dict[tuple[str, date], Figures]:
    """Return the figures of each step and month."""
    found = _sums(_rows(procedure, at, unit_ids), "step", "month")
    return {(str(step), month): sums for (step, month), sums in found.items() if isinstance(month, date)}


def by_unit(procedure: str, step: str, *, at: datetime, unit_ids: Collection[int]) -> dict[int, Figures]:
    """Return the figures of one step by the unit that held it, over the last six months."""
    found = _sums(_rows(procedure, at, unit_ids).filter(step=step), "unit_id")
    return {unit_id: sums for (unit_id,), sums in found.items() if isinstance(unit_id, int)}


def public_by_step(procedure: str, *, at: datetime) -> dict[str, Figures]:
    """Return the figures of all units together, as everyone may see them; a minute old at most."""
    return remember(f"procedures:figures:{procedure}", lambda: by_step(procedure, at=at), seconds=60)


def running() -> dict[tuple[str, str], int]:
    """Return how many cases are running now, by procedure and step; a minute old at most."""

    def count() -> dict[tuple[str, str], int]:
        rows = Case.objects.filter(state=State.OPEN).order_by().values_list("procedure", "step")
        return {(procedure, step): number for procedure, step, number in rows.annotate(number=Count("id"))}

    return remember("procedures:running", count, seconds=60)


def spent_words(seconds: int) -> str:
    """Return a time spent, rounded for reading: 不到 1 小时, 3 小时, 1.5 天, 12 天."""
    if seconds < HOUR:
        return _("不到 1 小时")
    if seconds < DAY:
        hours = round(seconds / HOUR)
        return ngettext("%(count)d 小时", "%(count)d 小时", hours) % {"count": hours}
    tenths = round(seconds * 10 / DAY)
    if tenths < 100 and tenths % 10:
        return _("%(days)s 天") % {"days": f"{tenths // 10}.{tenths % 10}"}
    days = round(seconds / DAY)
    return ngettext("%(count)d 天", "%(count)d 天", days) % {"count": days}
