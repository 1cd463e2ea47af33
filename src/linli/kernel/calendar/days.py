"""Which days are working days: what the State Council's yearly notice says, and what was entered by hand."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import chinese_calendar

# The library leaves off the 节 that the notice writes.
_NOTICE_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One day entered by an administrator.

    note: what people read about it, such as the festival's name. official: copied from the State Council's notice
    rather than a local exception.
    """

    working: bool
    note: str = ""
    official: bool = False


class WorkingDays:
    """The working days of all years, as ordinals (`date.toordinal`). Overrides win over the announced days."""

    def __init__(self, overrides: Mapping[date, DayEntry], official_years: Iterable[int]) -> None:
        self.overrides = {plain_date(day): entry for day, entry in overrides.items()}
        self.official_years = frozenset(official_years)
        self._years: dict[int, tuple[int, ...]] = {}
        self._offsets: dict[int, int] = {}

    def is_working(self, ordinal: int) -> bool:
        """True for a working day, make-up days included."""
        days = self._year(date.fromordinal(ordinal).year)
        index = bisect_left(days, ordinal)
        return index < len(days) and days[index] == ordinal

    def nth_after(self, ordinal: int, n: int) -> int:
        """The nth working day (n >= 1) after a day, which is not counted."""
        year = date.fromordinal(ordinal).year
        index = bisect_right(self._year(year), ordinal) + n - 1
        while index >= len(self._year(year)):
            index -= len(self._year(year))
            year += 1
        return self._year(year)[index]

    def nth_before(self, ordinal: int, n: int) -> int:
        """The nth working day (n >= 1) before a day, which is not counted."""
        year = date.fromordinal(ordinal).year
        index = bisect_left(self._year(year), ordinal) - n
        while index < 0:
            year -= 1
            index += len(self._year(year))
        return self._year(year)[index]

    def between(self, first: int, last: int) -> int:
        """How many from `first` (counted) to `last` (not counted); negative when `last` is before `first`."""
        return self._before(last) - self._before(first)

    def is_provisional(self, day: date) -> bool:
        """True when the year is neither announced nor entered completely, nor the day entered from the notice."""
        if self._is_settled(day.year):
            return False
        entry = self.overrides.get(day)
        return entry is None or not entry.official

    def any_provisional(self, first: date, last: date) -> bool:
        """True when a day from `first` to `last` (both counted) is provisional."""
        unsettled = (year for year in range(first.year, last.year + 1) if not self._is_settled(year))
        days = (date.fromordinal(ordinal) for year in unsettled for ordinal in _year_ordinals(year))
        return any(first <= day <= last and self.is_provisional(day) for day in days)

    def name(self, day: date, language: str) -> str:
        """What was entered for the day, else the festival for which it is announced as off or as worked, else ''."""
        entry = self.overrides.get(day)
        if entry is None:
            return _announced_name(day, language)
        if entry.note:
            return entry.note
        announced = _announced(day.year)
        agrees = announced is not None and (day.toordinal() in announced) == entry.working
        return _announced_name(day, language) if agrees else ""

    def _is_settled(self, year: int) -> bool:
        return year in self.official_years or _announced(year) is not None

    def _before(self, ordinal: int) -> int:
        """How many working days lie before a day, from the beginning of the first year that was asked about (negative before it)."""
        year = date.fromordinal(ordinal).year
        offset = self._offsets.get(year)
        if offset is None:
            offset = self._offset(year)
        return offset + bisect_left(self._year(year), ordinal)

    def _offset(self, year: int) -> int:
        """How many working days lie before a year; kept for each, so that counting never walks through years twice."""
        if not self._offsets:
            return self._offsets.setdefault(year, 0)
        first, last = min(self._offsets), max(self._offsets)
        for later in range(last + 1, year + 1):
            self._offsets.setdefault(later, self._offsets[later - 1] + len(self._year(later - 1)))
        for earlier in range(first - 1, year - 1, -1):
            self._offsets.setdefault(earlier, self._offsets[earlier + 1] - len(self._year(earlier)))
        return self._offsets[year]

    def _year(self, year: int) -> tuple[int, ...]:
        """The year's working days, sorted; made once, so that counting is a search and not a walk."""
        days = self._years.get(year)
        if days is None:
            announced = _announced(year)
            working = set(_weekdays(year) if announced is None else announced)
            for day, entry in self.overrides.items():
                if day.year == year:
                    (working.add if entry.working else working.discard)(day.toordinal())
            days = self._years[year] = tuple(sorted(working))
        return days


def plain_date(day: date) -> date:
    """The same day; TypeError for a datetime, whose day depends on a zone."""
    if isinstance(day, datetime):
        raise TypeError("A day is a date; local_date() finds the day of a moment.")
    return day


@lru_cache(maxsize=512)
def _announced(year: int) -> tuple[int, ...] | None:
    """The year's working days as announced; None for a year that the library does not know."""
    days = (date.fromordinal(ordinal) for ordinal in _year_ordinals(year))
    try:
        return tuple(day.toordinal() for day in days if chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def _announced_name(day: date, language: str) -> str:
    if _announced(day.year) is None:
        return ""
    english = chinese_calendar.get_holiday_detail(day)[1]
    if english is None or language == "en":
        return str(english or "")
    chinese = chinese_calendar.Holiday(english).chinese
    return str(_NOTICE_NAMES.get(chinese, chinese))


def _weekdays(year: int) -> Iterable[int]:
    # Ordinal 1 is a Monday, so Saturdays leave 6 and Sundays 0.
    return (ordinal for ordinal in _year_ordinals(year) if ordinal % 7 not in (6, 0))


def _year_ordinals(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
