"""Moments against an oracle that walks the clock hour by hour."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from linli.channels import timing
from linli.kernel.display import local

HOURS = st.integers(0, 23)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(at=MOMENTS, hour=HOURS)
def test_the_next_hour(at: datetime, hour: int) -> None:
    whole = at.replace(minute=0, second=0, microsecond=0)
    walked = [whole + timedelta(hours=n) for n in range(26)]
    assert timing.next_hour(at, hour) == next(one for one in walked if one >= at and local(one).hour == hour)


@given(at=MOMENTS, start=HOURS, end=HOURS)
def test_quiet_hours(at: datetime, start: int, end: int) -> None:
    quiet, hour = set(), start
    while hour != end:
        quiet.add(hour)
        hour = (hour + 1) % 24
    assert timing.is_quiet(at, start=start, end=end) is (local(at).hour in quiet)
    after = timing.after_quiet(at, start=start, end=end)
    assert after >= at and after - at < timedelta(days=1) and local(after).hour not in quiet
    assert (after == at) is (local(at).hour not in quiet)


def test_nine_in_shanghai_is_one_in_utc() -> None:
    assert timing.next_hour(datetime(2026, 11, 24, 2, 20, tzinfo=UTC), 9) == datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    assert timing.next_hour(datetime(2026, 11, 24, 1, 0, tzinfo=UTC), 9) == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
