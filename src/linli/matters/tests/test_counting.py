"""What is counted where: an end until it is reopened, the unit that handled last, parts and raised matters; and who is told."""

from datetime import timedelta

import pytest

from linli.kernel import outbox
from linli.matters.models import Matter, UnitFigure
from linli.matters.tests.test_main_job import ME, do, later, report
from linli.procedures.actions import act, reopen
from linli.procedures.models import Case
from linli.testing import Town

pytestmark = pytest.mark.django_db


def settled(town: Town, matter: Matter, *, days: int = 0, unit: str = "housing") -> None:
    at = later(days=days)
    if Case.objects.get(pk=matter.pk).step == "accept":
        do(town, matter, "clerk", "accept", at, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", at, unit=town.units[unit].pk)
    do(town, matter, unit, "done", at, result="好了")
    do(town, matter, "clerk", "pass", at)
    do(town, matter, "me", "rate", at, reached="yes", settled="yes", satisfied="5")


def counted(town: Town, unit: str, month: int = 11) -> tuple[int, ...]:
    found = UnitFigure.objects.filter(unit=town.units[unit], month=f"2026-{month:02d}-01").first()
    names = ("received", "ended", "rated", "at_community", "at_county")
    return tuple(getattr(found, name) for name in names) if found else ()


def test_a_reopened_matter_is_ended_once_and_in_the_month_in_which_it_ended_last(town: Town) -> None:
    matter = report(town)
    settled(town, matter)
    outbox.drain(at=later(days=1))
    assert counted(town, "east") == (1, 1, 1, 0, 1)
    assert counted(town, "housing") == (0, 1, 1, 0, 1)
    reopen(case_id=matter.pk, by=ME, at=later(days=9), reason="又坏了")
    outbox.drain(at=later(days=9))
    # what was counted in November is taken out of November
    assert counted(town, "east") == (1, 0, 1, 0, 0)
    assert counted(town, "housing") == (0, 0, 1, 0, 0)
    matter.refresh_from_db()
    assert (matter.settled_level, matter.counted) == (None, None)
    settled(town, matter, days=10, unit="water")
    outbox.drain(at=later(days=11))
    assert (counted(town, "east"), counted(town, "east", 12)) == ((1, 0, 1, 0, 0), (0, 1, 1, 0, 1))
    assert counted(town, "water", 12) == (0, 1, 1, 0, 1)
    assert counted(town, "housing", 12) == ()


def test_the_units_that_handled_it_are_told_when_it_is_opened_again(town: Town) -> None:
    matter = report(town)
    settled(town, matter)
    reopen(case_id=matter.pk, by=ME, at=later(days=9), reason="又坏了")
    outbox.drain(at=later(days=9))
    told = matter.case.notices.filter(text="reopen:assign").values_list("unit", flat=True)
    assert sorted(pk for pk in told if pk) == sorted([town.units["housing"].pk, town.units["east"].pk])


def test_after_a_whistle_the_answer_counts_for_the_lead_and_every_unit_is_told_of_a_reopening(town: Town) -> None:
    matter = report(town)
    do(town, matter, "clerk", "accept", later(), category=town.categories["lift"].pk, urgency=2)
    # handled by one unit first, handed back, then by several called together
    do(town, matter, "clerk", "dispatch", later(minutes=1), unit=town.units["water"].pk)
    do(town, matter, "street_supervisor", "recall", later(minutes=2), reason="要几家一起")
    units = [town.units[name].pk for name in ("housing", "police")]
    more = {"meeting_place": "楼下", "meeting_time": "2026-11-24T15:00"}
    do(town, matter, "clerk", "whistle", later(minutes=3), units=units, lead=units[0], **more)
    lead = Case.objects.get(parent=matter.pk, holder_unit=units[0])
    form = {"arrival_place": "3栋楼下", "arrival_signature": "龙飞"}
    act(case_id=lead.pk, action="arrive", by=town.actor("housing"), at=later(hours=2), form=form)
    act(case_id=lead.pk, action="settle", by=town.actor("clerk"), at=later(hours=3), form={"result": "当场修好"})
    do(town, matter, "clerk", "pass", later(hours=4))
    do(town, matter, "me", "rate", later(hours=5), reached="yes", settled="yes", satisfied="5")
    outbox.drain(at=later(days=1))
    assert counted(town, "housing") == (0, 1, 1, 1, 0)
    assert counted(town, "water") == ()
    reopen(case_id=matter.pk, by=ME, at=later(days=2), reason="又坏了")
    outbox.drain(at=later(days=2) + timedelta(minutes=1))
    told = set(
        matter.case.notices.filter(text="reopen:assign", why="matters.opened_again").values_list("unit", flat=True)
    )
    assert told == {town.units[name].pk for name in ("housing", "police", "water")}
