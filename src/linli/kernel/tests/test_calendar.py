"""The working calendar on known days: National Day 2025, Spring Festival 2026, a year not announced, suspensions."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from linli.kernel.calendar import DayEntry, Duration, OfficeHours, Suspension, Unit, WorkCalendar, parse_duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
PLAIN = WorkCalendar()


def at(text: str) -> datetime:
    """'2025-09-30 17:00' in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def span(text: str) -> Duration:
    return parse_duration(text)


def local(moment: datetime | None) -> str:
    assert moment is not None and moment.tzinfo is UTC
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def working(calendar: WorkCalendar, first: date, days: int) -> str:
    return "".join("x" if calendar.is_working_day(first + timedelta(days=n)) else "." for n in range(days))


def test_national_day_2025_and_spring_festival_2026() -> None:
    assert working(PLAIN, date(2025, 9, 27), 16) == ".xxx........xxx."  # Sat; 28th worked; 1st-8th off; 11th worked
    assert working(PLAIN, date(2026, 2, 13), 17) == "xx.........xxxxx."  # 14th and 28th worked; 15th-23rd off
    october = [PLAIN.day_name(date(2025, 10, day)) for day in (1, 6, 8, 9, 11, 12)]
    assert october == ["国庆节", "中秋节", "国庆节", "", "", ""]
    names = [PLAIN.day_name(date(2026, *day)) for day in ((1, 1), (2, 17), (4, 5), (5, 1), (6, 19))]
    assert names == ["元旦", "春节", "清明节", "劳动节", "端午节"]
    assert PLAIN.day_name(date(2026, 2, 17), "en") == "Spring Festival"
    worked_for = [PLAIN.makeup_name(date(2025, *day)) for day in ((9, 28), (10, 11), (10, 12), (10, 9), (10, 1))]
    assert worked_for == ["国庆节", "国庆节", "", "", ""]


def test_a_year_not_announced_counts_plain_weekdays_and_is_provisional() -> None:
    assert working(PLAIN, date(2026, 12, 31), 8) == "xx..xxxx"  # Friday 2027-01-01 counts
    assert not PLAIN.is_provisional(date(2026, 12, 31))
    assert PLAIN.is_provisional(date(2027, 1, 1))
    assert PLAIN.is_provisional(date(2003, 12, 31))
    assert PLAIN.day_name(date(2027, 1, 1)) == PLAIN.makeup_name(date(2027, 1, 2)) == ""


def test_entries_of_a_year_to_come() -> None:
    entries = {
        date(2027, 1, 1): DayEntry(working=False, note="元旦", official=True),
        date(2027, 1, 3): DayEntry(working=True, note="元旦", official=True),
        date(2027, 1, 4): DayEntry(working=False, note="社区停电"),
    }
    part = WorkCalendar(entries)
    assert working(part, date(2027, 1, 1), 5) == "..x.x"
    assert [part.is_provisional(date(2027, 1, day)) for day in range(1, 6)] == [False, True, False, True, True]
    assert (part.day_name(date(2027, 1, 1)), part.makeup_name(date(2027, 1, 3))) == ("元旦", "元旦")
    whole = WorkCalendar(entries, official_years=frozenset({2027}))
    assert not any(whole.is_provisional(date(2027, 1, day)) for day in range(1, 6))
    assert whole.is_provisional(date(2028, 1, 1))

    start, due = at("2026-12-31 10:00"), at("2027-01-01 18:00")
    assert PLAIN.rests_on_provisional(start, due)
    assert not part.rests_on_provisional(start, due)
    assert part.rests_on_provisional(at("2027-01-02 10:00"), start)
    assert not whole.rests_on_provisional(start, at("2027-12-31 10:00"))
    assert not PLAIN.rests_on_provisional(at("2026-01-01 00:00"), at("2026-12-31 23:59"))
    assert local(PLAIN.add(start, span("1 working day"))) == "2027-01-01 18:00"
    assert local(whole.add(start, span("1 working day"))) == "2027-01-03 18:00"


def test_overrides_win() -> None:
    entries = {
        date(2025, 9, 20): DayEntry(working=True),
        date(2025, 9, 24): DayEntry(working=False, note="台风停工"),
        date(2025, 10, 6): DayEntry(working=True, note="值守"),
    }
    changed = WorkCalendar(entries)
    assert working(changed, date(2025, 9, 20), 7) == "x.xx.xx"
    assert changed.day_name(date(2025, 9, 24)) == "台风停工"
    assert changed.is_working_day(date(2025, 10, 6)) and changed.day_name(date(2025, 10, 6)) == ""
    assert not changed.is_provisional(date(2025, 9, 24))
    entries.clear()
    assert changed.is_working_day(date(2025, 9, 20))
    # A make-up day that is taken off after all is not a National Day; a holiday entered without a note keeps its name.
    off = WorkCalendar({day: DayEntry(working=False) for day in (date(2025, 10, 11), date(2025, 10, 1))})
    assert (off.day_name(date(2025, 10, 11)), off.day_name(date(2025, 10, 1))) == ("", "国庆节")


def test_a_moment_is_not_a_day() -> None:
    with pytest.raises(TypeError, match="local_date"):
        PLAIN.is_working_day(at("2025-10-09 01:00"))
    assert PLAIN.local_date(datetime(2025, 10, 8, 16, 0, tzinfo=UTC)) == date(2025, 10, 9)


@pytest.mark.parametrize(
    ("periods", "says"),
    [
        ([], "1 to 12 periods"),
        ([(time(0, n), time(0, n + 1)) for n in range(13)], "1 to 12 periods"),
        ([(time(9), time(9))], "end before they begin: 09:00-09:00"),
        ([(time(18), time(9))], "end before they begin: 18:00-09:00"),
        ([(time(14), time(18)), (time(9), time(12))], "not in order at 09:00"),
        ([(time(9), time(12)), (time(11, 59), time(18))], "overlap or are not in order at 11:59"),
        ([(time(9), time(0)), (time(14), time(18))], "overlap"),
        ([(time(9, tzinfo=UTC), time(12))], "without a time zone"),
    ],
)
def test_office_hours_are_checked(periods: list[tuple[time, time]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        OfficeHours(periods)


def test_office_hours_of_a_day() -> None:
    assert OfficeHours().per_day == 7 * 3_600_000_000
    assert OfficeHours([(time(9), time(12)), (time(14), time(18))]) == OfficeHours()
    night = WorkCalendar(hours=OfficeHours([(time(20), time(0))]))
    assert local(night.add(at("2025-10-09 21:00"), span("3 working hours"))) == "2025-10-10 00:00"
    assert local(night.add(at("2025-10-09 21:00"), span("1 working day"))) == "2025-10-11 00:00"
    left = night.remaining(at("2025-10-09 21:00"), at("2025-10-11 00:00"), span("1 working day"))
    assert (left.working_days, left.zh()) == (1, "还剩 1 个工作日")


# Deadlines


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2025-09-30 17:00", "2 working hours", "2025-10-09 10:00"),
        ("2025-09-30 16:00", "2 working hours", "2025-09-30 18:00"),
        ("2025-09-29 10:00", "2 working hours", "2025-09-29 12:00"),
        ("2025-09-29 10:00", "3 working hours", "2025-09-29 15:00"),
        ("2025-09-29 12:30", "2 working hours", "2025-09-29 16:00"),
        ("2025-09-29 03:00", "7 working hours", "2025-09-29 18:00"),
        ("2025-09-27 22:00", "8 working hours", "2025-09-29 10:00"),  # Sunday the 28th is worked
        ("2025-10-10 20:00", "1 working hour", "2025-10-11 10:00"),  # Saturday the 11th is worked
        ("2025-09-30 09:00", "1 working day", "2025-10-09 18:00"),
        ("2025-09-30 00:00", "1 working day", "2025-10-09 18:00"),
        ("2025-09-30 23:59", "3 working days", "2025-10-11 18:00"),
        ("2025-10-03 08:00", "4 working days", "2025-10-13 18:00"),
        ("2026-02-13 10:00", "3 working days", "2026-02-25 18:00"),
        ("2025-09-30 17:00", "24 hours", "2025-10-01 17:00"),
        ("2025-09-30 17:00", "90 minutes", "2025-09-30 18:30"),
        ("2025-09-30 17:00", "15 days", "2025-10-15 17:00"),
        ("2025-01-31 17:00", "1 month", "2025-02-28 17:00"),
        ("2023-12-31 17:00", "2 months", "2024-02-29 17:00"),
        ("2025-11-30 17:00", "13 months", "2026-12-30 17:00"),
        ("2025-10-01 03:00", "0 working days", "2025-10-01 03:00"),
        ("2025-10-01 03:00", "0 working hours", "2025-10-01 03:00"),
        ("2025-10-01 03:00", "0 months", "2025-10-01 03:00"),
    ],
)
def test_deadlines(start: str, duration: str, due: str) -> None:
    assert local(PLAIN.add(at(start), span(duration))) == due
    assert local(PLAIN.due_with_suspensions(at(start), span(duration), [])) == due


@pytest.mark.parametrize(
    ("end", "duration", "start"),
    [
        ("2025-10-09 10:00", "2 working hours", "2025-09-30 17:00"),
        ("2025-10-09 09:00", "4 working hours", "2025-09-30 14:00"),  # the latest moment, not 12:00
        ("2025-10-09 18:00", "1 working day", "2025-09-30 18:00"),
        ("2025-10-05 08:00", "3 working days", "2025-09-28 18:00"),
        ("2025-10-09 18:00", "10 days", "2025-09-29 18:00"),
        ("2025-03-31 18:00", "1 month", "2025-02-28 18:00"),
        ("2025-10-09 18:00", "24 hours", "2025-10-08 18:00"),
        ("2025-10-01 18:00", "0 working hours", "2025-10-01 18:00"),
    ],
)
def test_counting_back(end: str, duration: str, start: str) -> None:
    assert local(PLAIN.subtract(at(end), span(duration))) == start


def test_counting_back_days() -> None:
    assert PLAIN.count_back(date(2025, 10, 9), 1) == date(2025, 9, 30)
    assert PLAIN.count_back(date(2025, 10, 5), 4) == date(2025, 9, 26)  # over the worked Sunday
    assert PLAIN.count_back(date(2025, 10, 5), 0) == date(2025, 10, 5)
    for refused in (-1, 2611):
        with pytest.raises(ValueError, match="0 to 2610"):
            PLAIN.count_back(date(2025, 10, 9), refused)


def test_a_last_day_off_moves_forward() -> None:
    assert local(PLAIN.roll_forward(at("2025-10-01 10:00"))) == "2025-10-09 18:00"
    assert local(PLAIN.roll_forward(at("2025-10-11 10:00"))) == "2025-10-11 10:00"
    assert local(PLAIN.roll_forward(at("2025-10-01 00:00"))) == "2025-10-01 00:00"  # midnight ends 30 September


def test_any_zone_goes_in_and_utc_comes_out() -> None:
    tokyo = datetime(2025, 9, 30, 18, 0, tzinfo=timezone(timedelta(hours=9)))
    assert PLAIN.add(tokyo, span("2 working hours")) == datetime(2025, 10, 9, 2, 0, tzinfo=UTC)
    # Shanghai had summer time in 1986: the night of 4 May lost an hour, so a day later by the clock is 23 hours.
    start = at("1986-05-03 12:00")
    assert PLAIN.add(start, span("1 day")) - start.astimezone(UTC) == timedelta(hours=23)
    assert PLAIN.add(start, span("24 hours")) - start.astimezone(UTC) == timedelta(hours=24)


@pytest.mark.parametrize(
    "moment", [datetime(2025, 1, 1), datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)]
)
def test_times_without_zone_or_out_of_bounds_are_refused(moment: datetime) -> None:
    good = at("2025-09-30 17:00")
    for unit in Unit:
        with pytest.raises(ValueError, match="The calendar"):
            PLAIN.add(moment, Duration(1, unit))
        with pytest.raises(ValueError, match="The calendar"):
            PLAIN.subtract(moment, Duration(0, unit))
    with pytest.raises(ValueError, match="The calendar"):
        PLAIN.elapsed(good, moment, False)
    with pytest.raises(ValueError, match=r"with their zone|before it begins|The calendar"):
        PLAIN.due_with_suspensions(good, span("9 months"), [(good, moment)])


# Counted time, suspensions, fractions


def test_elapsed() -> None:
    start, end = at("2025-09-30 17:00"), at("2025-10-09 10:30")
    assert PLAIN.elapsed(start, end, True) == timedelta(hours=2, minutes=30)
    assert PLAIN.elapsed(start, end, False) == timedelta(days=8, hours=17, minutes=30)
    assert PLAIN.elapsed(end, start, True) == -timedelta(hours=2, minutes=30)
    year = (at("2025-01-01 00:00"), at("2026-01-01 00:00"))
    assert PLAIN.elapsed(*year, True) == timedelta(hours=7 * 248)  # the notice for 2025 leaves 248 working days


@pytest.mark.parametrize(
    ("duration", "suspensions", "due"),
    [
        ("24 hours", [("2025-09-29 12:00", "2025-09-29 15:30")], "2025-09-30 13:30"),
        ("24 hours", [("2025-09-29 12:00", "2025-09-29 15:30"), ("2025-09-30 13:00", "2025-09-30 14:00")],
         "2025-09-30 14:30"),
        ("24 hours", [("2025-09-29 12:00", "2025-09-29 15:30"), ("2025-09-29 15:00", "2025-09-29 16:00")],
         "2025-09-30 14:00"),
        ("24 hours", [("2025-09-29 12:00", None)], None),
        ("24 hours", [("2025-09-29 12:00", None), ("2025-09-29 13:00", "2025-09-29 14:00")], None),
        ("24 hours", [("2025-09-29 08:00", None)], None),
        ("24 hours", [("2025-09-30 10:00", None)], "2025-09-30 10:00"),  # already due when it began
        ("24 hours", [("2025-09-30 11:00", "2025-10-30 11:00")], "2025-09-30 10:00"),
        ("24 hours", [("2025-09-28 11:00", "2025-09-28 12:00")], "2025-09-30 10:00"),
        ("24 hours", [("2025-09-28 11:00", "2025-09-29 11:00")], "2025-09-30 11:00"),
        ("1 month", [("2025-10-01 00:00", "2025-10-03 00:00")], "2025-10-31 10:00"),
        ("0 minutes", [("2025-09-29 08:00", None)], "2025-09-29 10:00"),
        ("4 working hours", [("2025-09-29 11:00", "2025-09-29 15:00")], "2025-09-29 18:00"),
        ("4 working hours", [("2025-09-29 12:00", "2025-09-29 14:00")], "2025-09-29 16:00"),
        ("4 working hours", [("2025-09-29 15:00", "2025-10-08 22:00")], "2025-10-09 10:00"),
        ("2 working days", [("2025-09-29 17:00", "2025-09-30 17:00")], "2025-10-10 18:00"),
        ("2 working days", [("2025-09-30 18:00", "2025-10-09 09:00")], "2025-10-09 18:00"),
        ("2 working days", [("2025-09-30 10:00", "2025-09-30 11:00")], "2025-10-10 10:00"),
        ("2 working days", [("2025-10-09 18:00", None)], "2025-10-09 18:00"),
    ],
)  # fmt: skip
def test_suspended_time_does_not_count(
    duration: str, suspensions: list[tuple[str, str | None]], due: str | None
) -> None:
    periods: list[Suspension] = [(at(begin), at(end) if end else None) for begin, end in suspensions]
    found = PLAIN.due_with_suspensions(at("2025-09-29 10:00"), span(duration), periods)
    assert (found and local(found)) == due
    assert PLAIN.due_with_suspensions(at("2025-09-29 10:00"), span(duration), periods[::-1]) == found


def test_a_suspension_ends_after_it_begins() -> None:
    start = at("2025-09-29 10:00")
    with pytest.raises(ValueError, match="ends before it begins"):
        PLAIN.due_with_suspensions(start, span("1 day"), [(start, start - MINUTE)])
    with pytest.raises(ValueError, match="with their zone"):
        PLAIN.due_with_suspensions(start, span("1 day"), [(start.replace(tzinfo=None), None)])


def test_fraction_used() -> None:
    start, due = at("2025-09-29 09:00"), at("2025-09-30 12:00")  # 10 working hours, 27 by the clock
    assert PLAIN.fraction_used(start, due, at("2025-09-30 10:00"), unit_is_working=True) == 0.8
    assert PLAIN.fraction_used(start, due, at("2025-09-29 18:00"), unit_is_working=False) == 1 / 3
    assert PLAIN.fraction_used(start, due, due, unit_is_working=True) == 1.0
    assert PLAIN.fraction_used(start, due, at("2025-09-30 18:00"), unit_is_working=True) == 1.4
    assert PLAIN.fraction_used(start, due, start - MINUTE, unit_is_working=False) == 0.0
    ended = (at("2025-09-29 10:00"), at("2025-09-29 12:00"))
    assert PLAIN.fraction_used(start, due, at("2025-09-29 17:00"), [ended], unit_is_working=True) == 0.5
    still = (at("2025-09-29 16:00"), None)
    assert PLAIN.fraction_used(start, due, at("2026-01-05 16:00"), [ended, still], unit_is_working=True) == 0.375
    # No time to use: none before, all of it from then on.
    holiday = at("2025-10-01 10:00")
    assert [PLAIN.fraction_used(holiday, holiday, now, unit_is_working=True) for now in (start, holiday, due)] == [
        0,
        1,
        0,
    ]
