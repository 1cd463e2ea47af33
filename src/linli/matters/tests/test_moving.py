"""A matter reported to the wrong place goes to the right one, and its clocks run on."""

from datetime import timedelta

import pytest

from linli.kernel import outbox
from linli.kernel.policy import Refused
from linli.matters.actions import report
from linli.matters.models import Matter
from linli.places.queries import Place
from linli.procedures.errors import BadAnswers
from linli.procedures.models import Case, Notice
from linli.procedures.policies import can_see
from linli.procedures.tests.definition_files import text_of
from linli.procedures.tests.engine import ME, NOW, clock, do, fresh, history, in_force
from linli.testing import Town

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def west(town: Town) -> Case:
    """A matter of the east that was reported to the west."""
    for key in ("matter", "supervision"):
        in_force(text_of(key))
    division = town.divisions["west"]
    place = Place(division.pk, division.code, "桂花园3栋", town.grids["west1"].pk)
    return report(text="楼下路灯不亮，请来修。", place=place, by=ME, at=NOW, starter_key=ME.key).case


def moved(town: Town, case: Case, who: str, unit: str, **more: str) -> Case:
    to = str(town.units[unit].pk)
    return do(town, case, who, "move", at=LATER, reason="不在我们这里", right_unit=to, **more)


def test_community_grid_holder_and_position_follow_and_the_clocks_run_on(town: Town, west: Case) -> None:
    assert west.holder_unit_id == town.units["west"].pk
    due, promise = clock(west).due_at, clock(west, "answer").due_at
    case = fresh(moved(town, west, "west_clerk", "east", right_place="桂花园3栋"))
    assert (case.step, case.division_code, case.grid_id, case.compound_id) == (
        "accept",
        "990101001001",
        town.grids["east1"].pk,
        town.compound.pk,
    )
    assert (case.holder_unit_id, case.holder_role, case.data["division"]) == (
        town.units["east"].pk,
        "clerk",
        "990101001001",
    )
    assert (clock(case).due_at, clock(case, "answer").due_at, case.due_at) == (due, promise, due)
    matter = Matter.objects.get(pk=case.pk)
    assert (matter.building_id, matter.lon, matter.lat) == (town.building.pk, 105.005, 30.005)
    assert history(case)[-2:] == ["moved", "move"]
    said = case.records.get(action="moved").data
    assert (said["from"]["division"], said["to"]["division"]) == ("990101001002", "990101001001")
    assert (said["from"]["unit"], said["to"]["unit"]) == (town.units["west"].pk, town.units["east"].pk)
    assert case.records.get(action="move").text == "不在我们这里"
    # the east works on it, the west may go on reading
    do(town, case, "clerk", "accept", at=LATER, category=str(town.categories["lamp"].pk), urgency="3")
    with pytest.raises(Refused):
        do(town, case, "west_clerk", "own", at=LATER)
    assert can_see(town.actor("west_clerk"), fresh(case))


def test_the_reporter_and_the_new_holder_are_told(town: Town, west: Case) -> None:
    moved(town, west, "west_clerk", "east")
    while outbox.relay(at=LATER):
        pass
    told = Notice.objects.filter(case=west.pk, text="move:accept").values_list("key", "unit_id")
    assert set(told) == {(ME.key, None), ("", town.units["east"].pk)}


def test_what_is_not_located_goes_to_the_community_alone(town: Town, west: Case) -> None:
    Matter.objects.filter(pk=west.pk).update(address="", lon=105.1, lat=30.1)
    case = fresh(moved(town, west, "west_clerk", "far", right_place="村口"))
    matter = Matter.objects.get(pk=case.pk)
    assert (case.grid_id, case.holder_unit_id) == (None, town.units["far"].pk)
    assert (matter.address, matter.lon) == ("村口", None)


def test_a_position_in_the_right_community_is_kept(town: Town, west: Case) -> None:
    Matter.objects.filter(pk=west.pk).update(address="", lon=105.015, lat=30.005)
    case = fresh(moved(town, west, "west_clerk", "east"))
    assert case.grid_id == town.grids["east2"].pk
    assert Matter.objects.get(pk=case.pk).lon == 105.015


def test_it_is_no_way_to_stay_and_no_way_to_hand_to_and_fro(town: Town, west: Case) -> None:
    Matter.objects.filter(pk=west.pk).update(address="")
    with pytest.raises(BadAnswers, match="已经在这里"):
        moved(town, moved(town, west, "west_clerk", "east"), "clerk", "east")
    with pytest.raises(BadAnswers):
        moved(town, west, "clerk", "housing")
    moved(town, west, "clerk", "west")
    case = moved(town, west, "west_clerk", "east")
    assert (case.step, case.holder_unit_id, case.holder_role) == ("assign", town.units["street"].pk, "dispatcher")
