"""Properties of the working calendar, held against an oracle that knows only single minutes and walks them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kernel.calendar import DayEntry, Duration, OfficeHours, Suspension, Unit, WorkCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
# A local day off, a worked Saturday, and a worked day of the National Day week.
ENTERED = {date(2025, 9, 24): False, date(2025, 9, 20): True, date(2025, 10, 6): True}
SPLIT = OfficeHours([(time(8, 30), time(11, 45)), (time(11, 45), time(12)), (time(13, 20), time(17, 5))])
CALENDARS = {
    "plain": WorkCalendar(),
    "local": WorkCalendar({day: DayEntry(working) for day, working in ENTERED.items()}, SPLIT),
}

# The oracle. Minutes are numbered from the first of these 250 days; True where office time counts.
FIRST = datetime(2025, 9, 15, tzinfo=SHANGHAI)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(250)]


def office_minutes(periods: list[tuple[int, int]], entered: dict[date, bool]) -> list[bool]:
    day = [any(first <= minute < last for first, last in periods) for minute in range(24 * 60)]
    closed = [False] * (24 * 60)
    works = (entered.get(one, chinese_calendar.is_workday(one)) for one in DAYS)
    return [minute for open_day in works for minute in (day if open_day else closed)]


OFFICE = {
    "plain": office_minutes([(540, 720), (840, 1080)], {}),
    "local": office_minutes([(510, 720), (800, 1025)], ENTERED),
}


def moment(minute: int) -> datetime:
    return FIRST + minute * MINUTE


def minute_of(when: datetime) -> int:
    minutes, rest = divmod(when - FIRST, MINUTE)
    assert not rest
    return minutes


def walk(counting: list[bool], start: int, amount: int, stopped: list[tuple[int, int]]) -> int:
    """Step on until `amount` minutes have counted, leaving out those within `stopped`."""
    minute = start
    while amount:
        amount -= counting[minute] and not any(begin <= minute < end for begin, end in stopped)
        minute += 1
    return minute


kinds = st.sampled_from(sorted(CALENDARS))
minutes = st.integers(0, 45 * 24 * 60)
hours = st.integers(1, 40)
durations = st.one_of(
    hours.map(lambda n: Duration(n, Unit.WORKING_HOURS)),
    st.integers(1, 12).map(lambda n: Duration(n, Unit.WORKING_DAYS)),
    st.integers(1, 200).map(lambda n: Duration(n, Unit.HOURS)),
    st.integers(1, 8).map(lambda n: Duration(n, Unit.DAYS)),
    st.integers(1, 2).map(lambda n: Duration(n, Unit.MONTHS)),
)
stops = st.lists(st.tuples(minutes, st.integers(0, 5000)).map(lambda pair: (pair[0], sum(pair))), max_size=4)


def suspensions(stopped: list[tuple[int, int]]) -> list[Suspension]:
    return [(moment(begin), moment(end)) for begin, end in stopped]


@settings(deadline=None)
@given(kinds, minutes, hours)
def test_working_hours_are_what_a_walk_finds(kind: str, start: int, amount: int) -> None:
    calendar = CALENDARS[kind]
    due = calendar.add(moment(start), Duration(amount, Unit.WORKING_HOURS))
    assert minute_of(due) == walk(OFFICE[kind], start, amount * 60, [])
    assert calendar.elapsed(moment(start), due, True) == timedelta(hours=amount)


@settings(deadline=None)
@given(kinds, minutes, st.integers(1, 12))
def test_working_days_are_what_a_walk_finds(kind: str, start: int, amount: int) -> None:
    """The last office minute of the Nth day with any, days counted from the one after the start's."""
    calendar, office, duration = CALENDARS[kind], OFFICE[kind], Duration(amount, Unit.WORKING_DAYS)
    first_day = start // 1440
    days = [n for n in range(first_day + 1, first_day + 60) if any(office[n * 1440 : (n + 1) * 1440])]
    last = days[amount - 1]
    close = max(minute for minute in range(last * 1440, (last + 1) * 1440) if office[minute]) + 1
    due = calendar.add(moment(start), duration)
    assert minute_of(due) == close
    # Counted back from the due day: the start's day where that one is worked, else the working day before it.
    back = calendar.count_back(DAYS[last], amount)
    assert back == calendar.local_date(calendar.subtract(due, duration))
    assert back <= DAYS[first_day] and not any(
        any(office[n * 1440 : (n + 1) * 1440]) for n in range(max(0, (back - DAYS[0]).days + 1), first_day + 1)
    )


@settings(deadline=None)
@given(kinds, minutes, minutes)
def test_elapsed_is_what_a_walk_finds(kind: str, one: int, other: int) -> None:
    start, end = sorted((one, other))
    elapsed = CALENDARS[kind].elapsed(moment(start), moment(end), True)
    assert elapsed == sum(OFFICE[kind][start:end]) * MINUTE
    assert CALENDARS[kind].elapsed(moment(end), moment(start), True) == -elapsed


@given(kinds, minutes, hours)
def test_subtract_finds_the_latest_start(kind: str, end: int, amount: int) -> None:
    calendar, length = CALENDARS[kind], timedelta(hours=amount)
    start = calendar.subtract(moment(end), Duration(amount, Unit.WORKING_HOURS))
    assert calendar.elapsed(start, moment(end), True) == length
    assert calendar.elapsed(start + timedelta(microseconds=1), moment(end), True) < length


@given(kinds, minutes, minutes, durations)
def test_deadlines_never_go_backwards(kind: str, one: int, other: int, duration: Duration) -> None:
    calendar = CALENDARS[kind]
    start, later = moment(min(one, other)), moment(max(one, other))
    assert start < calendar.add(start, duration) <= calendar.add(later, duration)
    assert calendar.add(start, duration) < calendar.add(start, Duration(duration.amount + 1, duration.unit))


@given(kinds, st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)), min_size=3, max_size=3), st.booleans())
def test_elapsed_adds_up(kind: str, moments: list[datetime], office: bool) -> None:
    elapsed = CALENDARS[kind].elapsed
    a, b, c = (when.replace(tzinfo=SHANGHAI) for when in moments)
    assert elapsed(a, b, office) + elapsed(b, c, office) == elapsed(a, c, office)


@settings(deadline=None)
@given(kinds, minutes, durations, stops)
def test_suspensions_shift_exactly(kind: str, start: int, duration: Duration, stopped: list[tuple[int, int]]) -> None:
    calendar, office = CALENDARS[kind], duration.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)
    counting = OFFICE[kind] if office else [True] * len(OFFICE[kind])
    amount = sum(counting[start : minute_of(calendar.add(moment(start), duration))])
    due = calendar.due_with_suspensions(moment(start), duration, suspensions(stopped))
    assert due is not None and minute_of(due) == walk(counting, start, amount, stopped)


@given(kinds, minutes, durations, stops, minutes, minutes)
def test_a_clock_runs_out_exactly_when_due(
    kind: str, start: int, duration: Duration, stopped: list[tuple[int, int]], one: int, other: int
) -> None:
    calendar, periods = CALENDARS[kind], suspensions(stopped)
    due = calendar.due_with_suspensions(moment(start), duration, periods)
    assert due is not None

    def used(when: datetime) -> float:
        return calendar.fraction_used(moment(start), due, when, periods, unit_is_working=duration.is_working)

    assert used(moment(start)) == 0.0 and used(due) == 1.0 and used(due - MINUTE) < 1.0
    assert used(moment(min(one, other))) <= used(moment(max(one, other)))


@given(kinds, minutes, durations, stops, st.integers(1, 99))
def test_so_much_is_used_at_one_moment_and_not_before(
    kind: str, start: int, duration: Duration, stopped: list[tuple[int, int]], percent: int
) -> None:
    calendar, periods = CALENDARS[kind], suspensions(stopped)
    due = calendar.due_with_suspensions(moment(start), duration, periods)
    assert due is not None
    working = duration.is_working
    at = calendar.moment_used(moment(start), due, percent, periods, unit_is_working=working)

    def used(when: datetime) -> float:
        return calendar.fraction_used(moment(start), due, when, periods, unit_is_working=working)

    assert moment(start) < at <= due
    assert used(at) >= percent / 100 > used(at - timedelta(microseconds=1))
    # what stands still at the moment changes nothing of when it comes
    stands = [*periods, (due, None)]
    assert calendar.moment_used(moment(start), due, percent, stands, unit_is_working=working) == at
    assert calendar.moment_used(due, due, percent, unit_is_working=working) == due


@given(kinds, minutes, durations, st.integers(1, 45 * 24 * 60), st.integers(0, 100_000))
def test_an_open_suspension_stops_the_clock(kind: str, start: int, duration: Duration, after: int, wait: int) -> None:
    calendar, begin = CALENDARS[kind], moment(start + after)
    due = calendar.add(moment(start), duration)
    stopped = calendar.due_with_suspensions(moment(start), duration, [(begin, None)])
    assert stopped == (None if begin < due else due)

    def used(when: datetime, periods: list[Suspension]) -> float:
        return calendar.fraction_used(moment(start), due, when, periods, unit_is_working=duration.is_working)

    assert used(begin + wait * MINUTE, [(begin, None)]) == used(begin, [])
