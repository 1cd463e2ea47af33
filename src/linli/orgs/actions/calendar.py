"""Working days: entering the official notice, exceptions of one unit, marking a year as complete."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.memo import forget
from linli.kernel.models import CalendarDay, CalendarYear
from linli.kernel.outbox import publish
from linli.kernel.text import clean
from linli.orgs import policies
from linli.orgs.actors import Actor
from linli.orgs.events import CalendarChanged
from linli.orgs.models import Organisation

MOST_DAYS = 400
FIRST_YEAR, LAST_YEAR = 2004, 2199
# True: worked, False: off, None: as the calendar says without an entry
Wanted = Mapping[date, bool | None]


def subject_of(unit: Organisation | None, year: int) -> audit.Subject:
    """Return what entries about the days of a year are about: the calendar of all, or of one unit."""
    if unit is None:
        return audit.Subject("kernel.calendar", str(year), _("%(year)d年工作日历") % {"year": year})
    label = _("%(unit)s %(year)d年工作日历") % {"unit": unit.label, "year": year}
    return audit.Subject("kernel.calendar", f"{year}/{unit.pk}", label)


@transaction.atomic
def enter_days(
    *,
    days: Wanted,
    by: Actor,
    at: datetime,
    unit: Organisation | None = None,
    notes: Mapping[date, str] | None = None,
    official: bool = False,
) -> int:
    """Enter days as worked, off, or (None) without an entry; return how many changed.

    ``notes``: what people read about a day, such as the festival. ``official``: copied from the State Council's notice, which only
    the calendar of all can be. Publishes CalendarChanged from the first to the last day that changed.
    """
    policies.can_change_calendar(by, unit.division.code if unit else None).enforce()
    if official and unit is not None:
        raise ValidationError(_("官方通知录入全市通用的日历，不录入单个单位。"))
    if len(days) > MOST_DAYS:
        raise ValidationError(_("一次最多改 %(count)d 天。") % {"count": MOST_DAYS})
    if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
        raise ValidationError(_("年份超出范围。"))
    unit_id = unit.pk if unit else None
    kept = {row.date: row for row in CalendarDay.objects.filter(unit_id=unit_id, date__in=list(days))}
    changed: list[date] = []
    before: dict[int, dict[str, Any]] = {}
    after: dict[int, dict[str, Any]] = {}
    for day, working in sorted(days.items()):
        old = kept.get(day)
        note = clean((notes or {}).get(day, ""), limit=100, lines=False)
        if old is None and working is None:
            continue
        if (
            old is not None
            and working is not None
            and (old.working, old.note, old.official) == (working, note, official)
        ):
            continue
        if old is not None:
            before.setdefault(day.year, {})[day.isoformat()] = {"working": old.working, "note": old.note}
        if working is None:
            assert old is not None
            old.delete()
        else:
            row = old or CalendarDay(date=day, unit_id=unit_id)
            row.working, row.note, row.official = working, note, official
            row.save()
            after.setdefault(day.year, {})[day.isoformat()] = {"working": working, "note": note}
        changed.append(day)
    for year in sorted({*before, *after}):
        subject = subject_of(unit, year)
        audit.note(by=by, action="days", subject=subject, before=before.get(year, {}), after=after.get(year, {}), at=at)
    if changed:
        _changed(unit, changed[0], changed[-1], "days", at=at)
    return len(changed)


@transaction.atomic
def mark_year(*, year: int, entered: bool, by: Actor, at: datetime) -> bool:
    """Mark a year's notice as entered completely, so that its days are no longer provisional, or take the mark back."""
    policies.can_change_calendar(by, None).enforce()
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(_("年份超出范围。"))
    row = CalendarYear.objects.select_for_update().filter(year=year).first()
    if (row is not None) == entered:
        return False
    if row is None:
        CalendarYear.objects.create(year=year, entered_at=at, entered_by_id=by.user_id)
    else:
        row.delete()
    before, after = {"entered": not entered}, {"entered": entered}
    audit.note(by=by, action="year", subject=subject_of(None, year), before=before, after=after, at=at)
    _changed(None, date(year, 1, 1), date(year, 12, 31), "year", at=at)
    return True


@transaction.atomic
def enter_notice(*, year: int, days: Sequence[tuple[date, bool, str]], complete: bool, by: Actor, at: datetime) -> int:
    """Enter the days (day, worked, festival) of an official notice at once, and mark the year if ``complete``; how many changed."""
    wanted: dict[date, bool | None] = {day: working for day, working, _name in days}
    notes = {day: name for day, _working, name in days}
    count = enter_days(days=wanted, notes=notes, official=True, by=by, at=at)
    if complete:
        mark_year(year=year, entered=True, by=by, at=at)
    return count


def _changed(unit: Organisation | None, first: date, last: date, why: str, *, at: datetime) -> None:
    def drop() -> None:
        forget("calendar:")

    drop()
    transaction.on_commit(drop)
    fact = CalendarChanged(unit=unit.pk if unit else None, first=first.isoformat(), last=last.isoformat(), why=why)
    publish([fact], at=at)
