"""Cases that open by themselves: planned ones, series, once a year; and the window in which applications are taken."""

from datetime import datetime

import pytest

from linli.procedures.actions import withdraw
from linli.procedures.errors import NotNow
from linli.procedures.models import Case, PlannedCase
from linli.procedures.tests.engine import (
    ME,
    NOW,
    SYSTEM,
    begun,
    fresh,
    in_force,
    later,
    steps,
    turn,
)
from linli.procedures.ticks import open_planned
from linli.testing import Town

pytestmark = pytest.mark.django_db

FOLLOW = "ask: {holder: clerk of community, clock: 2 days, actions: {ok: {to: over}}}\nover: {kind: end, outcome: over}"


def test_planned_cases_that_cannot_open_do_not_stand_in_the_way(town: Town) -> None:
    in_force(steps(FOLLOW, key="follow", head="start: [clerk]"))
    in_force(steps(FOLLOW, key="asks", head="start: {by: [clerk], form: [n]}\nfields: {n: {name: n, type: count}}"))
    east = town.units["east"].pk
    bad = [("gone", east), ("asks", east), ("follow", None)]
    rows = [PlannedCase(key=f"no {n}", procedure=key, unit_id=unit, at=NOW) for n, (key, unit) in enumerate(bad)]
    rows += [PlannedCase(key=f"yes {n}", procedure="follow", unit_id=east, at=NOW) for n in range(520)]
    PlannedCase.objects.bulk_create(rows)
    assert open_planned(at=NOW) == 520
    assert PlannedCase.objects.filter(opened=None, at=later(days=1)).exclude(error="").count() == 3
    assert open_planned(at=later(hours=1)) == 0


SERIES = """
    visit:
      holder: clerk of community
      clock: {for: 24 hours, supervise: false, on_expiry: {to: missed}}
      actions: {sign: {to: done}}
    missed: {kind: end, outcome: missed, open: [{procedure: matter, form: {urgency: 2}}]}
    done: {kind: end, outcome: done}
    gone: {kind: end, outcome: gone}
"""
SERIES_HEAD = """
    start: {by: [clerk], form: [until]}
    fields: {until: {name: u, type: date}}
    repeat: {every: 7 days, until: until}
    side: {withdraw: gone}
"""


def series(town: Town, until: str) -> Case:
    in_force(steps(SERIES, head=SERIES_HEAD))
    return begun(town, by=town.actor("clerk"), title="助餐 张奶奶", form={"until": until})


def opened_on() -> list[int]:
    return [
        (at - NOW).days
        for at in Case.objects.filter(procedure="sample").order_by("created_at").values_list("created_at", flat=True)
    ]


def test_a_series_opens_itself_until_its_day(town: Town) -> None:
    first = series(town, "2026-12-15")
    for day in range(30):
        turn(later(days=day))
    assert opened_on() == [0, 7, 14, 21]
    rows = list(Case.objects.filter(procedure="sample").order_by("created_at"))
    assert {(row.title, row.parent_id, row.grid_id, row.starter_unit_id, row.outcome) for row in rows} == {
        ("助餐 张奶奶", None, first.grid_id, town.units["east"].pk, "missed")
    }
    # each missed visit raised a matter of its own that is worked on like any other, and does not end with the visit
    matters = Case.objects.filter(procedure="matter")
    assert {(row.urgency, row.step, row.state, row.matter.public_text != "") for row in matters} == {
        (2, "accept", "open", True)
    }
    assert matters.count() == 4


def test_a_series_missed_while_nothing_ran_opens_once_and_goes_on_in_step(town: Town) -> None:
    series(town, "2027-12-31")
    turn(later(days=25))
    assert opened_on() == [0, 25]
    for day in range(26, 36):
        turn(later(days=day))
    assert opened_on() == [0, 25, 28, 35]


def test_a_series_ends_with_the_case_that_is_withdrawn(town: Town) -> None:
    first = series(town, "2027-12-31")
    turn(later(days=7))
    second = Case.objects.filter(procedure="sample").exclude(pk=first.pk).get()
    withdraw(case_id=second.pk, by=town.actor("clerk"), at=later(days=7))
    assert (fresh(first).outcome, fresh(second).outcome) == ("missed", "gone")
    for day in range(8, 30):
        turn(later(days=day))
    assert opened_on() == [0, 7]
    assert not PlannedCase.objects.filter(opened_at=None).exists()


def test_once_a_year_for_every_unit_of_a_kind(town: Town) -> None:
    head = "start: {by: [dispatcher], form: [unit]}\nfields: {unit: {name: u, type: unit}}\nrepeat: {yearly_on: 12-01, for_kind: station}"
    in_force(steps(FOLLOW.replace("clerk of community", "handler of form.unit"), head=head))
    turn(datetime(2026, 11, 30, 15, tzinfo=NOW.tzinfo))
    assert Case.objects.filter(procedure="sample").count() == 0
    for moment in (datetime(2026, 11, 30, 16, tzinfo=NOW.tzinfo), later(days=8), later(days=30)):
        turn(moment)
        assert {row.holder_unit.name for row in Case.objects.filter(procedure="sample")} == {
            "临江区供水站",
            "桂湖派出所",
        }
        assert Case.objects.filter(procedure="sample").count() == 2
    turn(datetime(2027, 12, 2, tzinfo=NOW.tzinfo))
    assert Case.objects.filter(procedure="sample").count() == 4


@pytest.mark.parametrize(
    ("window", "open_on"),
    [
        ("opens: 11-01, closes: 11-24", True),
        ("opens: 11-25, closes: 12-31", False),
        ("opens: 11-24", True),
        ("closes: 11-23", False),
        ("opens: 11-20, closes: 02-10", True),
        ("opens: 12-20, closes: 11-24", True),
        ("opens: 12-20, closes: 11-23", False),
        ("opens: 2026-11-24, closes: 2026-11-24", True),
        ("opens: 2025-11-24, closes: 2025-11-24", False),
    ],
)
def test_applications_are_taken_in_their_window_only(town: Town, window: str, open_on: bool) -> None:
    in_force(steps(FOLLOW, head=f"start: {{by: [public], {window}}}"))
    if open_on:
        assert begun(town).state == "open"
    else:
        with pytest.raises(NotNow):
            begun(town)


def test_the_system_is_no_starter(town: Town) -> None:
    in_force(steps(FOLLOW))
    assert begun(town, by=SYSTEM).starter_user_id is None
    assert begun(town, by=ME).starter_key == ME.key
