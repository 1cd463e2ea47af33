"""The working calendar of a unit, from the database: days entered by hand, years entered in full, the unit's office hours."""

from collections import defaultdict
from datetime import date, time

from linli.kernel.calendar import DayEntry, OfficeHours, WorkCalendar
from linli.kernel.memo import remember
from linli.kernel.models import CalendarDay, CalendarYear

Hours = tuple[tuple[str, str], ...]


def _days() -> tuple[dict[int | None, dict[date, DayEntry]], frozenset[int]]:
    days: dict[int | None, dict[date, DayEntry]] = defaultdict(dict)
    for row in CalendarDay.objects.all():
        days[row.unit_id][row.date] = DayEntry(working=row.working, note=row.note, official=row.official)
    return days, frozenset(CalendarYear.objects.values_list("year", flat=True))


def calendar_for(unit_id: int | None, hours: Hours = ()) -> WorkCalendar:
    """Return the calendar of a unit: the installation's days, the unit's own on top, its office hours (pairs of 'HH:MM')."""

    def load() -> WorkCalendar:
        days, years = remember("calendar:days", _days)
        own = days.get(unit_id, {}) if unit_id is not None else {}
        return WorkCalendar({**days.get(None, {}), **own}, office_hours(hours), official_years=years)

    return remember(f"calendar:{unit_id}:{hours}", load)


def office_hours(hours: Hours) -> OfficeHours:
    """Return office hours from pairs of 'HH:MM'; the usual ones if there are none. ValueError if they do not fit."""
    if not hours:
        return OfficeHours()
    return OfficeHours(tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in hours))
