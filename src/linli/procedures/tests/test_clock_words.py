"""The clock of a row in a list has the colour of the case's own page, at every moment."""

from datetime import timedelta

import pytest

from linli.kernel.memo import forget
from linli.kernel.models import CalendarYear
from linli.procedures import clocks
from linli.procedures.clock_words import row_clock
from linli.procedures.models import Case
from linli.procedures.tests.engine import NOW, begun, clock, do, fresh, in_force, later, steps
from linli.testing import Town

pytestmark = pytest.mark.django_db


def row(case: Case) -> dict:
    now = fresh(case)
    return {name: getattr(now, name) for name in ("suspended", "due_at", "yellow_at", "entered_at", "holder_unit_id")}


def timed(spec: str) -> str:
    return steps(
        f"work: {{holder: clerk of community, clock: {spec}, actions: {{on: {{to: wait}}, done: {{to: over}}}}}}\n"
        "wait: {holder: reporter, actions: {give: {to: work}}}\nover: {kind: end, outcome: over}"
    )


# Tuesday 24 November 2026, 10:20 in Shanghai
@pytest.mark.parametrize(
    ("spec", "yellow"),
    [
        ("2 working hours", "2026-11-24T11:56"),
        # of 5:40 h on Tuesday and 7 h each on Wednesday and Thursday four fifths are 15:44 h
        ("2 working days", "2026-11-26T14:04"),
        ("24 hours", "2026-11-25T05:32"),
        ("10 days", "2026-12-02T10:20"),
        ("{for: 10 days, remind: 50}", "2026-12-02T10:20"),
    ],
)
def test_a_row_is_yellow_and_red_when_its_page_is(town: Town, spec, yellow) -> None:
    in_force(timed(spec))
    case = begun(town)
    assert fresh(case).yellow_at.astimezone(clocks.SHANGHAI).isoformat()[:16] == yellow
    at, states = NOW, []
    while at <= clock(case).due_at + timedelta(hours=1):
        here, there = row_clock(row(case), at), clocks.shown(clock(case), now=at)
        assert here["state"] == there["state"], at
        assert (here["used"] >= clocks.SOON) is (here["state"] != "ok")
        states.append(here["state"])
        at += timedelta(minutes=7)
    assert list(dict.fromkeys(states)) == ["ok", "soon", "over"]


def test_what_stood_still_for_a_month_is_not_yellow_when_it_goes_on(town: Town) -> None:
    in_force(timed("10 days"))
    case = begun(town)
    work = clocks.CaseClock.objects.get(case=case)
    assert fresh(case).yellow_at == later(days=8)
    work.suspensions = [[clocks._iso(later(days=1)), clocks._iso(later(days=31))]]
    work.due_at = later(days=40)
    assert clocks.yellow(work) == later(days=38)


@pytest.mark.parametrize(
    ("spec", "day", "text"),
    [
        ("20 working days", None, "还剩 20 个工作日"),
        ("60 working days", None, "还剩 60 个工作日（暂定）"),
        ("250 working hours", None, "还剩 250 工作小时（暂定）"),
        # what runs day and night waits for no notice
        ("90 days", None, "还剩 90 天"),
        ("{before: {field: day, amount: 3 working days}}", "2026-12-31", "还剩 24 个工作日"),
        # due in a year that is announced, before a day in one that is not
        ("{before: {field: day, amount: 3 working days}}", "2027-01-04", "还剩 26 个工作日（暂定）"),
        ("{before: {field: day, amount: 3 days}}", "2027-01-04", "还剩 38 天 13 小时"),
    ],
)
def test_what_counts_days_of_a_year_without_a_notice_is_provisional(town: Town, spec, day, text) -> None:
    in_force(
        timed(spec).replace(
            "start: [public]", "start: {by: [public], form: ['day?']}\nfields: {day: {name: d, type: date}}"
        )
    )
    case = begun(town, form={"day": day} if day else {})
    shown = clocks.shown(clock(case), now=NOW)
    assert (shown["text"], shown["provisional"]) == (text, "暂定" in text)
    over = clocks.shown(clock(case), now=clock(case).due_at + timedelta(hours=1))
    assert (over["state"], over["provisional"]) == ("over", False)
    CalendarYear.objects.create(year=2027, entered_at=NOW)
    forget()
    assert not clocks.shown(clock(case), now=NOW)["provisional"]


def test_without_a_clock_there_is_no_colour(town: Town) -> None:
    in_force(timed("10 days"))
    case = begun(town)
    do(town, case, "clerk", "on")
    assert (fresh(case).due_at, fresh(case).yellow_at, row_clock(row(case), NOW)["state"]) == (None, None, "off")
