"""Working time in whole seconds, fast enough for millions of steps.

Times are seconds since the local midnight of a first day. Office hours are 08:30–12:00 and 14:00–17:30 on working days
of the Chinese calendar; a year that the calendar does not know counts plain weekdays.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400
WORKDAY = 7 * 3600
_MORNING, _NOON, _AFTERNOON, _EVENING = 8 * 3600 + 1800, 12 * 3600, 14 * 3600, 17 * 3600 + 1800
_HALF = _NOON - _MORNING


def is_workday(day: date) -> bool:
    """Whether offices are open on this day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


class WorkClock:
    """Counts working seconds from ``first`` over ``days`` days."""

    def __init__(self, first: date, days: int) -> None:
        self.first = first
        self._midnight = datetime(first.year, first.month, first.day, tzinfo=ZONE)
        self.open_days = [is_workday(first + timedelta(days=i)) for i in range(days)]
        self._before = [0]
        for is_open in self.open_days:
            self._before.append(self._before[-1] + is_open)
        self._workdays = [i for i, is_open in enumerate(self.open_days) if is_open]

    def at(self, seconds: int) -> datetime:
        """The aware local time of a number of seconds. China keeps one offset all year, so days are even."""
        return self._midnight + timedelta(seconds=seconds)

    def seconds(self, moment: datetime) -> int:
        """The number of whole seconds of an aware time."""
        return int((moment.astimezone(ZONE) - self._midnight).total_seconds())

    def worked(self, seconds: int) -> int:
        """Working seconds from the first day up to this time."""
        day, rest = divmod(seconds, DAY)
        total = self._before[day] * WORKDAY
        if self.open_days[day] and rest > _MORNING:
            total += min(rest, _NOON) - _MORNING
            if rest > _AFTERNOON:
                total += min(rest, _EVENING) - _AFTERNOON
        return total

    def after(self, seconds: int, work: int) -> int:
        """The time at which ``work`` working seconds have passed since ``seconds``; always within office hours."""
        day, rest = divmod(self.worked(seconds) + work, WORKDAY)
        start = self._workdays[day] * DAY
        return start + (_MORNING + rest if rest < _HALF else _AFTERNOON + rest - _HALF)

    def is_open(self, seconds: int) -> bool:
        day, rest = divmod(seconds, DAY)
        return self.open_days[day] and (_MORNING <= rest < _NOON or _AFTERNOON <= rest < _EVENING)
