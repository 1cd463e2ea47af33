"""Figures of steps: sums against a plain count over random facts, words of times, months."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from linli.procedures import figures
from linli.procedures.models import StepFigure
from linli.testing import NOW, build_town

MONTHS = [date(2026, month, 1) for month in range(4, 12)]
ROW = st.tuples(
    st.sampled_from(["accept", "assign", "handle"]),
    st.integers(0, 2),
    st.sampled_from(MONTHS),
    st.integers(0, 10**6),
    st.integers(0, 50),
    st.integers(0, 50),
)


class Sums(TestCase):
    @settings(max_examples=30, deadline=None)
    @given(st.lists(ROW, max_size=25, unique_by=lambda row: row[:3]))
    def test_sums_equal_a_plain_count(self, rows: list[tuple[str, int, date, int, int, int]]) -> None:
        town = build_town()
        units = [town.units[name].pk for name in ("east", "west", "housing")]
        StepFigure.objects.bulk_create(
            StepFigure(
                procedure="matter", step=step, unit_id=units[unit], month=month, seconds=spent, left=left, overdue=late
            )
            for step, unit, month, spent, left, late in rows
        )
        StepFigure.objects.create(procedure="whistle", step="accept", unit_id=units[0], month=MONTHS[-1], left=7)
        since = date(2026, 6, 1)
        mine = units[:2]
        steps, months, by_unit = Counter(), Counter(), Counter()
        for step, unit, month, spent, left, late in rows:
            if month < since:
                continue
            steps[step, "left"] += left
            steps[step, "seconds"] += spent
            steps[step, "overdue"] += late
            if unit < 2:
                months[step, month] += left
            if step == "accept":
                by_unit[units[unit]] += left
        found = figures.by_step("matter", at=NOW)
        assert {step for step, *_rest in rows if _rest[1] >= since} == set(found)
        for step, sums in found.items():
            assert (sums.left, sums.seconds, sums.overdue) == tuple(
                steps[step, name] for name in ("left", "seconds", "overdue")
            )
        split = figures.by_month("matter", at=NOW, unit_ids=mine)
        assert {key: sums.left for key, sums in split.items() if sums.left} == {k: v for k, v in months.items() if v}
        per_unit = figures.by_unit("matter", "accept", at=NOW, unit_ids=units)
        assert {unit: sums.left for unit, sums in per_unit.items() if sums.left} == {
            k: v for k, v in by_unit.items() if v
        }


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "不到 1 小时"),
        (3599, "不到 1 小时"),
        (3600, "1 小时"),
        (5400, "2 小时"),
        (86_399, "24 小时"),
        (86_400, "1 天"),
        (129_600, "1.5 天"),
        (864_000, "10 天"),
        (1_000_000, "12 天"),
    ],
)
def test_times_are_rounded_for_reading(seconds: int, words: str) -> None:
    assert figures.spent_words(seconds) == words


def test_half_a_year_begins_with_the_month_five_before() -> None:
    assert figures.first_month(datetime(2026, 11, 24, tzinfo=UTC)) == date(2026, 6, 1)
    # the local day counts: it is already December in Shanghai
    assert figures.first_month(datetime(2026, 11, 30, 17, tzinfo=UTC)) == date(2026, 7, 1)
    assert figures.first_month(datetime(2026, 2, 1, tzinfo=UTC)) == date(2025, 9, 1)


def test_a_mean_needs_somebody_who_left() -> None:
    assert figures.Figures(entered=3).mean == ""
    assert figures.Figures(left=2, seconds=int(timedelta(hours=8).total_seconds())).mean == "4 小时"
