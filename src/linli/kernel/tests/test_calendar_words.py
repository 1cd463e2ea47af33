"""Durations as they are written, and what is left of a clock as it is said."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.calendar import Duration, DurationError, Unit, WorkCalendar, parse_duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAIN = WorkCalendar()


def at(text: str) -> datetime:
    """'2025-09-30 17:00' in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("2 working hours", 2, Unit.WORKING_HOURS),
        ("1 Working  Hour", 1, Unit.WORKING_HOURS),
        ("24 hours", 24, Unit.HOURS),
        (" 15 days ", 15, Unit.DAYS),
        ("1 day", 1, Unit.DAYS),
        ("3 working days", 3, Unit.WORKING_DAYS),
        ("0 minutes", 0, Unit.MINUTES),
        ("6 months", 6, Unit.MONTHS),
        ("2个工作小时", 2, Unit.WORKING_HOURS),
        ("2 个工作小时", 2, Unit.WORKING_HOURS),
        ("24小时", 24, Unit.HOURS),
        ("15天", 15, Unit.DAYS),
        ("15日", 15, Unit.DAYS),
        ("15个自然日", 15, Unit.DAYS),
        ("3个工作日", 3, Unit.WORKING_DAYS),
        ("3工作日", 3, Unit.WORKING_DAYS),
        ("30分钟", 30, Unit.MINUTES),
        ("6个月", 6, Unit.MONTHS),
        ("10 working days", 10, Unit.WORKING_DAYS),
        ("120 months", 120, Unit.MONTHS),
    ],
)
def test_durations_are_read(text: str, amount: int, unit: Unit) -> None:
    assert parse_duration(text) == Duration(amount, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hours",
        "2",
        "2 furlongs",
        "2.5 hours",
        "６月",
        "6月",
        "2 hours 3",
        "2 hours; x",
        "²小时",
        "1" * 5000,
        "２ 𠅤",
    ],
)
def test_what_is_no_duration_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(DurationError, match="is not a length of time: write a whole number and a unit") as refused:
        parse_duration(text)
    assert "不是时长：请写整数和单位" in refused.value.zh
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("text", ["-1 hours", "- 3个工作日"])
def test_negative_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["121 months", "3654 days", "2611 working days", "87673 hours", "20881 working hours", "999999999 minutes"]
)
def test_more_than_ten_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than ten years"):
        parse_duration(text)


@pytest.mark.parametrize("amount", [1.0, True, "1"])
def test_an_amount_is_a_whole_number(amount: object) -> None:
    with pytest.raises(TypeError):
        Duration(amount, Unit.DAYS)  # type: ignore[arg-type]


def test_durations_in_words() -> None:
    words = [(str(d), d.zh) for d in (Duration(n, unit) for unit in Unit for n in (1, 2))]
    assert words == [
        ("1 minute", "1分钟"),
        ("2 minutes", "2分钟"),
        ("1 hour", "1小时"),
        ("2 hours", "2小时"),
        ("1 working hour", "1个工作小时"),
        ("2 working hours", "2个工作小时"),
        ("1 day", "1天"),
        ("2 days", "2天"),
        ("1 working day", "1个工作日"),
        ("2 working days", "2个工作日"),
        ("1 month", "1个月"),
        ("2 months", "2个月"),
    ]


@given(st.builds(Duration, st.integers(0, 120), st.sampled_from(Unit)))
def test_durations_survive_being_written(duration: Duration) -> None:
    assert parse_duration(str(duration)) == parse_duration(duration.zh) == duration


@pytest.mark.parametrize(
    ("now", "due", "duration", "zh", "en"),
    [
        ("2025-09-29 10:00", "2025-09-30 18:00", "1 working day", "还剩 1 个工作日", "1 working day left"),
        ("2025-09-29 08:00", "2025-10-09 18:00", "3 working days", "还剩 2 个工作日", "2 working days left"),
        ("2025-10-01 08:00", "2025-10-09 18:00", "3 working days", "还剩 1 个工作日", "1 working day left"),
        ("2025-09-30 15:30", "2025-09-30 18:00", "3 working days", "还剩 2 工作小时 30 分",
         "2 working hours 30 minutes left"),
        ("2025-09-29 17:00", "2025-09-30 12:00", "1 working day", "还剩 4 工作小时", "4 working hours left"),
        ("2025-09-30 11:30", "2025-09-30 15:30", "2 working hours", "还剩 2 工作小时", "2 working hours left"),
        ("2025-09-30 17:59", "2025-10-09 09:29", "2 working hours", "还剩 30 工作分钟", "30 working minutes left"),
        ("2025-09-30 18:00", "2025-10-13 10:00", "40 working hours", "还剩 22 工作小时", "22 working hours left"),
        ("2025-10-15 10:00", "2025-10-10 18:00", "1 working day", "已超 4 个工作日", "4 working days overdue"),
        ("2025-10-09 09:01", "2025-09-30 18:00", "1 working day", "已超 1 个工作日", "1 working day overdue"),
        ("2025-10-05 09:01", "2025-09-30 18:00", "1 working day", "已超期", "overdue"),
        ("2025-09-30 17:01", "2025-09-30 16:00", "1 working hour", "已超 1 工作小时 1 分",
         "1 working hour 1 minute overdue"),
        ("2025-09-30 17:00", "2025-09-30 22:20", "24 hours", "还剩 5 小时 20 分", "5 hours 20 minutes left"),
        ("2025-09-30 17:00", "2025-09-30 17:20", "30 minutes", "还剩 20 分钟", "20 minutes left"),
        ("2025-09-30 17:00", "2025-09-30 17:00", "30 minutes", "还剩不到 1 分钟", "less than a minute left"),
        ("2025-09-30 17:00", "2025-10-02 16:59", "7 days", "还剩 47 小时 59 分", "47 hours 59 minutes left"),
        ("2025-09-30 17:00", "2025-10-02 17:00", "7 days", "还剩 2 天", "2 days left"),
        ("2025-09-30 17:00", "2025-10-03 18:30", "7 days", "还剩 3 天 1 小时", "3 days 1 hour left"),
        ("2025-10-03 18:30", "2025-09-30 17:00", "1 month", "已超 3 天 1 小时", "3 days 1 hour overdue"),
    ],
)  # fmt: skip
def test_what_is_left_in_words(now: str, due: str, duration: str, zh: str, en: str) -> None:
    left = PLAIN.remaining(at(now), at(due), parse_duration(duration))
    assert (left.zh(), left.en(), left.overdue) == (zh, en, "超" in zh)


def test_what_is_left_in_numbers() -> None:
    left = PLAIN.remaining(at("2025-09-29 10:00"), at("2025-10-09 18:00"), parse_duration("3 working days"))
    assert (left.overdue, left.working_days, left.working_minutes) == (False, 2, (6 + 7 + 7) * 60)
    assert left.clock == timedelta(days=10, hours=8)
    late = PLAIN.remaining(at("2025-10-09 18:00"), at("2025-09-29 10:00"), parse_duration("24 hours"))
    assert (late.overdue, late.working_days, late.working_minutes, late.clock) == (True, 2, 1200, left.clock)
