"""The clock of a row in a list has the colour of the case's own page, at every moment."""

from datetime import timedelta

import pytest

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


def test_without_a_clock_there_is_no_colour(town: Town) -> None:
    in_force(timed("10 days"))
    case = begun(town)
    do(town, case, "clerk", "on")
    assert (fresh(case).due_at, fresh(case).yellow_at, row_clock(row(case), NOW)["state"]) == (None, None, "off")
