"""Deadlines and counted time over Chinese working days.

How periods are counted follows the Civil Code (民法典). Art. 201 (第二百零一条): the day on which a period begins is
not counted. Art. 202: months end on the same day of the month, or on its last day where there is none. Art. 203: a last
day that is a day off moves to the day after the days off, and where there are business hours the period ends with them.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .days import DayEntry, WorkingDays, plain_date
from .durations import MAX_WORKING_DAYS, Duration, Unit
from .officehours import OfficeHours, since_midnight
from .remaining import Remaining
from .suspensions import Suspension, merged

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_NOTHING, _MICROSECOND = timedelta(0), timedelta(microseconds=1)
_MINUTE_IN_MICROSECONDS, _HOUR_IN_MICROSECONDS = 60_000_000, 3_600_000_000
# From here on a clock that runs day and night is said in days.
_SAID_IN_DAYS = timedelta(hours=48)


class WorkCalendar:
    """Working days and office hours of one unit.

    overrides: days entered by hand; they win over the announced calendar. hours: the unit's office hours.
    official_years: years whose notice has been entered completely, so that they are no longer provisional.

    Datetimes must be aware and lie in 1900 to 2199 (ValueError otherwise). Office time is counted on the local wall
    clock. An instance never changes and may be shared between threads; make a new one when entries change.
    """

    def __init__(
        self,
        overrides: Mapping[date, DayEntry] | None = None,
        hours: OfficeHours | None = None,
        tz: str = "Asia/Shanghai",
        official_years: Iterable[int] = (),
    ) -> None:
        self.days = WorkingDays(overrides or {}, official_years)
        self.hours = hours or OfficeHours()
        self.tz = ZoneInfo(tz)

    # Days

    def is_working_day(self, day: date) -> bool:
        """True on weekdays that are not days off and on make-up working days (调休)."""
        return self.days.is_working(plain_date(day).toordinal())

    def is_provisional(self, day: date) -> bool:
        """True when the kind of day is a guess: its year is not announced, and nothing official was entered for it."""
        return self.days.is_provisional(plain_date(day))

    def rests_on_provisional(self, start: datetime, due: datetime) -> bool:
        """True when a deadline may move once a notice is published: a day from `start` to `due` is provisional."""
        return self.days.any_provisional(*sorted((self.local_date(start), self.local_date(due))))

    def day_name(self, day: date, language: str = "zh") -> str:
        """The name of a day off ('国庆节', or what was entered for it), '' for working days and plain weekends."""
        return "" if self.is_working_day(day) else self.days.name(day, language)

    def makeup_name(self, day: date, language: str = "zh") -> str:
        """The festival for which a Saturday or Sunday is worked ('国庆节', or what was entered), else ''."""
        return self.days.name(day, language) if self.is_working_day(day) and day.weekday() >= 5 else ""

    def local_date(self, moment: datetime) -> date:
        """The day that a moment falls on in this calendar's zone."""
        return self._local(moment).date()

    # Deadlines

    def add(self, start: datetime, duration: Duration) -> datetime:
        """The deadline `duration` after `start`, in UTC. An amount of 0 adds nothing, whatever the unit.

        Working days: the end of office hours of the Nth working day after the day of `start`. That day itself is not
        counted (Art. 201), only working days are, so that the last day is one (Art. 203), and it ends with business.
        Working hours: the first moment at which so much office time has gone by (12:00 rather than 14:00).
        Minutes, hours, days and months run day and night; days and months end at the same time of day, months on the
        last of the month where it is too short (Art. 202). `roll_forward` moves those off a day off where the law asks.
        """
        local = self._local(start)
        if not duration.amount:
            return start.astimezone(UTC)
        if duration.unit is Unit.WORKING_HOURS:
            return self._advance_office(local, duration.amount * _HOUR_IN_MICROSECONDS)
        if duration.unit is Unit.WORKING_DAYS:
            return self._at(self.days.nth_after(local.toordinal(), duration.amount), self.hours.closes)
        return _shift(start, local, duration, 1)

    def subtract(self, end: datetime, duration: Duration) -> datetime:
        """The latest moment, in UTC, from which `duration` fits before `end`. An amount of 0 takes nothing off.

        Working days: the end of office hours of the Nth working day before the day of `end`, which is not counted.
        The other units mirror `add`.
        """
        local = self._local(end)
        if not duration.amount:
            return end.astimezone(UTC)
        if duration.unit is Unit.WORKING_HOURS:
            return self._retreat_office(local, duration.amount * _HOUR_IN_MICROSECONDS)
        if duration.unit is Unit.WORKING_DAYS:
            return self._at(self.days.nth_before(local.toordinal(), duration.amount), self.hours.closes)
        return _shift(end, local, duration, -1)

    def count_back(self, day: date, n_working_days: int) -> date:
        """The Nth working day before `day`, which is not counted; `day` for 0. ValueError unless 0 to ten years."""
        if not 0 <= n_working_days <= MAX_WORKING_DAYS:
            raise ValueError(f"Working days to count back must be 0 to {MAX_WORKING_DAYS}, not {n_working_days}.")
        ordinal = plain_date(day).toordinal()
        return date.fromordinal(self.days.nth_before(ordinal, n_working_days)) if n_working_days else day

    def roll_forward(self, due: datetime) -> datetime:
        """`due` in UTC when its day is a working day, else the end of office hours of the next one (Art. 203)."""
        ordinal = self._day_of_deadline(due)
        if self.days.is_working(ordinal):
            return due.astimezone(UTC)
        return self._at(self.days.nth_after(ordinal, 1), self.hours.closes)

    # Counted time

    def elapsed(self, start: datetime, end: datetime, unit_is_working: bool) -> timedelta:
        """Time between two moments: office time only, or all of it. Negative when `end` is before `start`."""
        first, last = self._local(start), self._local(end)
        return self._office(first, last) if unit_is_working else end.astimezone(UTC) - start.astimezone(UTC)

    def fraction_used(
        self,
        start: datetime,
        due: datetime,
        now: datetime,
        suspended: Sequence[Suspension] = (),
        *,
        unit_is_working: bool,
    ) -> float:
        """The part of a clock that has been used at `now`: 0 before `start`, 1 at `due`, more when past it.

        due: the deadline with every ended suspension already in it, as `due_with_suspensions` gives it. An open
        suspension stops the clock where it begins; `due` is then the deadline that stood at that moment.
        """
        periods = merged(suspended)
        total = self._active(start, due, [(begin, end) for begin, end in periods if end is not None], unit_is_working)
        if total <= _NOTHING:
            return 1.0 if now >= due else 0.0
        return self._active(start, now, periods, unit_is_working) / total if now > start else 0.0

    def moment_used(
        self,
        start: datetime,
        due: datetime,
        percent: int,
        suspended: Sequence[Suspension] = (),
        *,
        unit_is_working: bool,
    ) -> datetime:
        """The first moment, in UTC, at which `percent` of a clock is used, as `fraction_used` counts.

        due: as there. Open suspensions are left out: the moment is the one that stands once the clock runs.
        """
        periods = [(begin, end) for begin, end in merged(suspended) if end is not None]
        total = self._active(start, due, periods, unit_is_working)
        if total <= _NOTHING:
            return due.astimezone(UTC)
        used = -(-(total // _MICROSECOND) * percent // 100) * _MICROSECOND
        found = self._after(start, used, periods, unit_is_working)
        assert found is not None
        return found

    def due_with_suspensions(
        self, start: datetime, duration: Duration, suspensions: Sequence[Suspension]
    ) -> datetime | None:
        """The deadline when suspended time does not count, in UTC; None while the clock stands still.

        Every minute that would have counted comes back at the end, exactly: also for working days, whose deadline may
        then fall within office hours. A suspension that begins at or after the deadline changes nothing, so that
        nobody can suspend what is already late.
        """
        left = self.elapsed(start, self.add(start, duration), duration.is_working)
        return self._after(start, left, merged(suspensions), duration.is_working)

    def remaining(self, now: datetime, due: datetime, duration: Duration) -> Remaining:
        """What is left at `now` until `due`, or how far past it is, said in the kind of time that `duration` counts.

        Working days are said from day to day (on Monday, what is due on Tuesday has 1 working day left); on the last
        day, and when less than a day's office time is left, working hours are said instead.
        """
        return self.standing(now).remaining(due, duration)

    def standing(self, now: datetime) -> "Standing":
        """Where a moment stands in office time, to look at many deadlines from it."""
        return Standing(self, now)

    # Inside: days are ordinals, office time is microseconds

    def _local(self, moment: datetime) -> datetime:
        if moment.utcoffset() is None:
            raise ValueError(f"The calendar needs a time with its zone, not {moment.isoformat()}.")
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValueError(f"The calendar covers the years {_FIRST_YEAR} to {_LAST_YEAR}, not {moment.year}.")
        return moment.astimezone(self.tz)

    def _at(self, ordinal: int, clock: int) -> datetime:
        midnight = datetime.combine(date.fromordinal(ordinal), time(), self.tz)
        return (midnight + timedelta(microseconds=clock)).astimezone(UTC)

    def _day_of_deadline(self, due: datetime) -> int:
        """The day that a deadline belongs to: midnight ends the day before."""
        return _day_of(self._local(due))

    def _office(self, first: datetime, last: datetime) -> timedelta:
        """Office time between two local moments, negative when the second is the earlier one."""
        days = self.days.between(first.toordinal(), last.toordinal())
        return timedelta(microseconds=days * self.hours.per_day + self._worked(last) - self._worked(first))

    def _worked(self, local: datetime) -> int:
        """Office time of the local day that has gone by."""
        return self.hours.worked(since_midnight(local)) if self.days.is_working(local.toordinal()) else 0

    def _advance_office(self, local: datetime, amount: int) -> datetime:
        today = local.toordinal()
        if self.days.is_working(today):
            worked = self.hours.worked(since_midnight(local))
            if worked + amount <= self.hours.per_day:
                return self._at(today, self.hours.earliest(worked + amount))
            amount -= self.hours.per_day - worked
        whole_days = (amount - 1) // self.hours.per_day
        rest = amount - whole_days * self.hours.per_day
        return self._at(self.days.nth_after(today, whole_days + 1), self.hours.earliest(rest))

    def _retreat_office(self, local: datetime, amount: int) -> datetime:
        today, worked = local.toordinal(), self._worked(local)
        if amount <= worked:
            return self._at(today, self.hours.latest(worked - amount))
        amount -= worked
        whole_days = (amount - 1) // self.hours.per_day
        rest = amount - whole_days * self.hours.per_day
        return self._at(self.days.nth_before(today, whole_days + 1), self.hours.latest(self.hours.per_day - rest))

    def _after(
        self, start: datetime, left: timedelta, periods: Sequence[Suspension], unit_is_working: bool
    ) -> datetime | None:
        """The moment at which so much counted time has gone by outside of the (merged) suspensions; None in an open one."""
        cursor = start
        for begin, end in periods:
            active = self.elapsed(cursor, begin, unit_is_working) if begin > cursor else _NOTHING
            if active >= left:
                break
            if end is None:
                return None
            left -= active
            cursor = max(cursor, end)
        local = self._local(cursor)
        if left and unit_is_working:
            return self._advance_office(local, left // _MICROSECOND)
        return cursor.astimezone(UTC) + left

    def _active(
        self, start: datetime, end: datetime, periods: Sequence[Suspension], unit_is_working: bool
    ) -> timedelta:
        """Counted time from `start` to `end` outside of the (merged) suspensions."""
        total = self.elapsed(start, end, unit_is_working)
        for begin, until in periods:
            first, last = max(begin, start), end if until is None else min(until, end)
            if first < last:
                total -= self.elapsed(first, last, unit_is_working)
        return total


class Standing:
    """A moment as a calendar sees it: what of it is the same for every deadline is worked out once."""

    def __init__(self, calendar: WorkCalendar, now: datetime) -> None:
        here = calendar._local(now)
        self._calendar, self._now = calendar, now.astimezone(UTC)
        self._today, self._worked = here.toordinal(), calendar._worked(here)

    def remaining(self, due: datetime, duration: Duration) -> Remaining:
        """As ``WorkCalendar.remaining`` from this moment."""
        calendar, today, due = self._calendar, self._today, due.astimezone(UTC)
        days, hours, end = calendar.days, calendar.hours, calendar._local(due)
        overdue, ordinal, clock = self._now > due, end.toordinal(), since_midnight(end)
        last = ordinal - (clock == 0)
        earlier, later = (last, today) if overdue else (today, last)
        working_days = max(0, days.between(earlier + 1, later + 1))
        worked = hours.worked(clock) if days.is_working(ordinal) else 0
        office = abs(days.between(today, ordinal) * hours.per_day + worked - self._worked)
        left = self._now - due if overdue else due - self._now
        if duration.unit is Unit.WORKING_DAYS and working_days and (overdue or office >= hours.per_day):
            spoken = Unit.WORKING_DAYS
        elif duration.is_working:
            spoken = Unit.WORKING_HOURS
        else:
            spoken = Unit.DAYS if left >= _SAID_IN_DAYS else Unit.HOURS
        return Remaining(overdue, working_days, office // _MINUTE_IN_MICROSECONDS, left, spoken)


def _day_of(local: datetime) -> int:
    """The day that a local moment belongs to as a deadline: midnight ends the day before."""
    return local.toordinal() - (since_midnight(local) == 0)


def _shift(moment: datetime, local: datetime, duration: Duration, sign: int) -> datetime:
    """`moment` moved by a duration that runs day and night, in UTC."""
    amount = sign * duration.amount
    if duration.unit is Unit.MINUTES:
        return moment.astimezone(UTC) + timedelta(minutes=amount)
    if duration.unit is Unit.HOURS:
        return moment.astimezone(UTC) + timedelta(hours=amount)
    if duration.unit is Unit.DAYS:
        return (local + timedelta(days=amount)).astimezone(UTC)
    year, month = divmod(local.year * 12 + local.month - 1 + amount, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
