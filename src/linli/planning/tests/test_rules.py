"""Who may do what with plans (truth table), what publishing keeps true (property), runs that die, where work comes from, who moves."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.kernel.models import AuditEntry
from linli.kernel.policy import Refused
from linli.matters import actions as matters
from linli.matters.models import Matter
from linli.orgs.actors import SYSTEM, Actor
from linli.places.actions import create_building, turn_grids
from linli.places.models import Building, Grid, GridVersion, MapLayer
from linli.places.queries import Place
from linli.planning import actions, jobs, naming, neighbours, queries, teams
from linli.planning.enums import Barrier, Run, Step
from linli.planning.instances import collect
from linli.planning.models import Move, Plan
from linli.planning.policies import can_change, can_decide, can_drop, can_plan, can_withdraw
from linli.planning.tests.drawn import by_hand, lattice
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)
EVE = datetime(2026, 11, 30, 12, tzinfo=UTC)
THEN = datetime(2026, 12, 2, 4, tzinfo=UTC)

# who: sees plans of the east, plans, changes a draft, decides what the head submitted
TABLE = {
    "head": (True, True, True, False),
    "street_head": (True, True, True, True),
    "admin": (True, True, True, True),
    "clerk": (True, False, False, False),
    "dispatcher": (True, False, False, False),
    "street_supervisor": (True, False, False, False),
    "county_supervisor": (True, False, False, False),
    "leader": (True, False, False, False),
    "grid": (False, False, False, False),
    "worker": (False, False, False, False),
    "west_clerk": (False, False, False, False),
    "far_dispatcher": (False, False, False, False),
    "housing_head": (False, False, False, False),
    "property": (False, False, False, False),
}


def test_who_may_do_what(town):
    lattice(town)
    draft, sent = by_hand(town), by_hand(town)
    sent = actions.submit(plan=sent, since=DAY, by=town.actor("head"), at=NOW)
    code = town.divisions["east"].code
    found = {}
    for who in TABLE:
        by = town.actor(who)
        sees = queries.visible_to(by).filter(pk=draft.pk).exists()
        found[who] = (
            sees,
            bool(can_plan(by, code)),
            bool(can_change(by, draft, code)),
            bool(can_decide(by, sent, code)),
        )
    assert found == TABLE
    nobody = Actor()
    assert not can_plan(nobody, code) and not can_decide(nobody, sent, code) and not queries.visible_to(nobody).exists()
    assert not can_decide(SYSTEM, sent, code)


def test_whoever_submitted_does_not_decide(town):
    lattice(town)
    plan = actions.submit(plan=by_hand(town), since=DAY, by=town.actor("street_head"), at=NOW)
    with pytest.raises(Refused, match="第二个人"):
        actions.publish(plan=plan, by=town.actor("street_head"), at=NOW)
    actions.publish(plan=plan, by=town.actor("admin"), at=NOW)
    assert Plan.objects.get(pk=plan.pk).step == Step.PUBLISHED


def test_what_is_submitted_or_published_stands_still(town):
    houses = lattice(town)
    head, code = town.actor("head"), town.divisions["east"].code
    plan = actions.submit(plan=by_hand(town), since=DAY, by=head, at=NOW)
    with pytest.raises(Refused, match="送审"):
        actions.move(plan=plan, building=str(houses[5].pk), to=str(town.grids["east2"].pk), by=head, at=NOW)
    assert not can_drop(head, plan, code) and can_withdraw(head, plan, code)
    actions.withdraw(plan=plan, by=head, at=NOW)
    actions.move(plan=plan, building=str(houses[5].pk), to=str(town.grids["east2"].pk), by=head, at=NOW)
    actions.drop(plan=plan, by=head, at=NOW)
    assert queries.plans_of(head, town.divisions["east"]) == []
    assert [one.action for one in AuditEntry.objects.filter(subject_type="planning.plan").order_by("id")] == [
        "planning.import",
        "planning.submit",
        "planning.withdraw",
        "planning.drop",
    ]


def test_moves_that_cannot_be_meant_are_refused(town):
    houses = lattice(town)
    plan, head = by_hand(town), town.actor("head")
    for building, to in (
        (str(houses[0].pk), "9999"),
        ("9999", str(town.grids["east2"].pk)),
        (str(houses[0].pk), str(town.grids["east1"].pk)),
    ):
        with pytest.raises(ValidationError):
            actions.move(plan=plan, building=building, to=to, by=head, at=NOW)
    assert not Move.objects.exists()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.booleans())
def test_publishing_leaves_every_building_in_exactly_one_grid(town, parts, later):
    """Whatever connected way to divide is published, for today or ahead: on the day before and from the day on, no building is in two
    grids or in none, by the versions and by the register."""
    with transaction.atomic():
        Building.objects.filter(community=town.divisions["east"]).delete()
        town.compound.buildings.all().delete()
        houses = _lattice(town)
        # bands along the longer side are always connected
        labels = {
            str(one.pk): f"块{sorted(parts)[number]}" if sorted(parts)[number] else "第1网格"
            for number, one in enumerate(houses)
        }
        head = town.actor("head")
        plan = actions.take_in(division=town.divisions["east"], name="", labels=labels, by=head, at=NOW)
        if not plan.figures["hard"]:
            since = DAY if later else date(2026, 11, 24)
            plan = actions.submit(plan=plan, since=since, by=head, at=NOW)
            actions.publish(plan=plan, by=town.actor("street_head"), at=NOW)
            every = {one.pk for one in houses}
            for day in (since - timedelta(days=1), since, since + timedelta(days=400)):
                held = Counter(pk for row in _in_force(day) for pk in row.building_ids)
                assert held == Counter(every) or day < since
            turn_grids(at=THEN)
            assert not Building.objects.filter(community=town.divisions["east"]).exclude(grid__active=True).exists()
            register = dict(Building.objects.filter(pk__in=every).values_list("id", "grid_id"))
            assert register == {pk: row.grid_id for row in _in_force(DAY) for pk in row.building_ids}
            names = Grid.objects.filter(community=town.divisions["east"], active=True).values_list("name", flat=True)
            assert set(names) == set(labels.values())
        transaction.set_rollback(True)


def _lattice(town: Town) -> list[Building]:
    from linli.places.models import Compound

    Compound.objects.filter(name="银杏苑").delete()
    made = []
    for x in range(4):
        for y in range(3):
            lon, lat = 105.0 + 0.02 * (x + 0.5) / 4, 30.0 + 0.01 * (y + 0.5) / 3
            made.append(
                Building(
                    community=town.divisions["east"],
                    grid=town.grids["east1" if x < 2 else "east2"],
                    name=f"{x}-{y}",
                    households=20,
                    lon=lon,
                    lat=lat,
                )
            )
    return Building.objects.bulk_create(made)


def _in_force(day: date) -> list[GridVersion]:
    rows = GridVersion.objects.filter(since__lte=day, grid__community__code="990101001001").exclude(until__lte=day)
    return [row for row in rows.select_related("grid") if row.grid.until is None or row.grid.until > day]


def test_an_old_matter_keeps_the_grid_it_happened_in(town):
    houses = lattice(town)
    place = Place(
        division_id=town.divisions["east"].pk,
        division_code="990101001001",
        grid_id=town.grids["east2"].pk,
        building_id=houses[-1].pk,
    )
    matter = matters.report(text="路灯不亮了。", place=place, by=Actor(key="me"), at=NOW, starter_key="me")
    labels = {str(one.pk): "第1网格" for one in houses}
    plan = actions.take_in(division=town.divisions["east"], name="", labels=labels, by=town.actor("head"), at=NOW)
    actions.submit(plan=plan, since=date(2026, 11, 24), by=town.actor("head"), at=NOW)
    actions.publish(plan=plan, by=town.actor("street_head"), at=NOW)
    houses[-1].refresh_from_db()
    assert houses[-1].grid_id == town.grids["east1"].pk
    assert Matter.objects.get(pk=matter.pk).case.grid_id == town.grids["east2"].pk


def test_a_building_registered_meanwhile_is_not_left_out(town):
    lattice(town)
    head = town.actor("head")
    plan = actions.submit(plan=by_hand(town), since=DAY, by=head, at=NOW)
    create_building(community=town.divisions["east"], name="新楼", lon=105.011, lat=30.006, by=head, at=NOW)
    with pytest.raises(ValidationError, match="1 栋楼是算完以后才登记的"):
        actions.publish(plan=plan, by=town.actor("street_head"), at=NOW)


def test_a_building_registered_before_the_day_finds_a_grid_on_it(town):
    houses = lattice(town)
    head = town.actor("head")
    labels = {str(one.pk): "滨河" if number >= 6 else "第1网格" for number, one in enumerate(houses)}
    plan = actions.take_in(division=town.divisions["east"], name="", labels=labels, by=head, at=NOW)
    actions.submit(plan=plan, since=DAY, by=head, at=NOW)
    actions.publish(plan=plan, by=town.actor("street_head"), at=NOW)
    late = create_building(community=town.divisions["east"], name="新楼", lon=105.018, lat=30.006, by=head, at=EVE)
    assert late.grid_id == town.grids["east2"].pk
    turn_grids(at=THEN)
    assert actions.settle(at=THEN) == 1
    late.refresh_from_db()
    assert late.grid is not None and (late.grid.name, late.grid.active) == ("滨河", True)
    assert actions.settle(at=THEN) == 0


def asked(town: Town) -> Plan:
    wanted = {
        "target": 60,
        "seconds": 20,
        "seed": 1,
        "weights": {"households": 1, "matters": 0, "visits": 0, "care": 0},
    }
    return actions.begin(division=town.divisions["east"], name="", settings=wanted, by=town.actor("head"), at=NOW)


def test_a_killed_run_is_marked_and_can_be_begun_again(town):
    lattice(town)
    plan = asked(town)
    held = actions.claim(plan_id=plan.pk, at=NOW)
    assert held is not None
    assert actions.claim(plan_id=plan.pk, at=NOW + timedelta(seconds=60)) is None
    assert actions.mark_lost(at=NOW + timedelta(seconds=60)) == 0
    assert actions.mark_lost(at=NOW + timedelta(seconds=100)) == 1
    plan.refresh_from_db()
    assert plan.run == Run.LOST
    # who was thought dead and is not has nothing to say any more
    assert actions.beat(plan=held, done=0.5, doing="", at=NOW) and not actions.fail(plan=held, problem="x", at=NOW)
    actions.again(plan=plan, by=town.actor("head"), at=NOW)
    assert jobs.draw(plan.pk) and not jobs.draw(plan.pk)
    plan.refresh_from_db()
    assert (plan.run, plan.attempt, plan.figures["count"]) == (Run.READY, 2, 4)


def test_a_run_that_is_stopped_leaves_the_best_so_far(town):
    lattice(town)
    plan = asked(town)
    actions.stop(plan=plan, by=town.actor("head"), at=NOW)
    assert jobs.draw(plan.pk)
    plan.refresh_from_db()
    assert (plan.run, plan.finished, plan.figures["count"], plan.figures["hard"]) == (Run.READY, False, 4, False)
    with pytest.raises(ValidationError):
        actions.stop(plan=plan, by=town.actor("head"), at=NOW)


def test_what_cannot_be_divided_says_why(town):
    plan = asked(town)
    Building.objects.update(households=0)
    assert jobs.draw(plan.pk)
    plan.refresh_from_db()
    assert (plan.run, plan.problem) == (Run.FAILED, "这里的楼栋都没有户数，也没有别的工作量，没有可以均分的。")


def test_matters_weigh_where_they_happened_and_never_name_a_small_house(town):
    houses = lattice(town)
    Building.objects.filter(pk=houses[0].pk).update(households=3)
    east = town.divisions["east"]
    for house, times in ((houses[0], 2), (houses[7], 3)):
        for number in range(times):
            place = Place(
                division_id=east.pk, division_code=east.code, building_id=house.pk, compound_id=house.compound_id
            )
            matters.report(
                text=f"水管漏了 {number}",
                place=place,
                by=Actor(key="me"),
                at=NOW - timedelta(days=9),
                starter_key=f"me{number}",
            )
    weights = {"households": 1, "matters": 10, "visits": 0, "care": 0}
    units = {one["id"]: one for one in collect(east, {"weights": weights}, at=NOW)["units"]}
    # the two of the house of three households are spread over the 103 of its compound
    assert units[str(houses[0].pk)]["matters"] == pytest.approx(2 * 3 / 103, abs=1e-3)
    assert units[str(houses[1].pk)]["matters"] == pytest.approx(2 * 20 / 103, abs=1e-3)
    assert (units[str(houses[7].pk)]["matters"], units[str(houses[7].pk)]["workload"]) == (3, 50)
    assert collect(east, {"weights": weights}, at=NOW + timedelta(days=400))["units"][7]["matters"] == 0


def test_what_separates_neighbours(town):
    lattice(town)
    line = {"type": "LineString", "coordinates": [[105.01, 29.99], [105.01, 30.02]]}
    MapLayer.objects.create(name="汀河", kind="river", division=town.divisions["city"], geometry=line)
    data = collect(town.divisions["east"], {}, at=NOW)
    assert Counter((one["weight"], one["wall"]) for one in data["borders"]) == {(4, ""): 14, (1, "water"): 3}
    assert data["borders"][0]["length"] > 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40))
def test_neighbours_join_everything_into_one_piece(points):
    found = neighbours.neighbours(np.array(points, float))
    reached, frontier = {0}, [0]
    while frontier:
        one = frontier.pop()
        for a, b, _length in found:
            for here, there in ((a, b), (b, a)):
                if here == one and there not in reached:
                    reached.add(there)
                    frontier.append(there)
    assert reached == set(range(len(points)))
    assert len({(a, b) for a, b, _length in found}) == len(found)


def test_water_goes_before_road():
    line = np.array([[0.0, 0.0], [1.0, 0.0]])
    wall = neighbours.shape_of({"type": "LineString", "coordinates": [[0.5, -1], [0.5, 1]]})
    assert neighbours.barriers(line, [(0, 1)], [(wall, Barrier.ROAD), (wall, Barrier.WATER)]) == [Barrier.WATER]
    assert neighbours.weight(True, Barrier.WATER) == 4


def test_only_moves_worth_making_are_proposed():
    crew = [teams.Worker(n, f"w{n}", "grid_worker", grid) for n, grid in enumerate(("a", "a", "b"))]
    same = {("a", "a"): 1.0, ("b", "b"): 1.0}
    # two grids as before, as heavy as before: nobody moves for the sake of a little
    assert [one.to for one in teams.propose(crew, {"a": 110, "b": 90}, same)] == ["a", "a", "b"]
    # a third grid out of half of a: one of its two workers goes with it, the one of b stays
    split = {("a", "a"): 1.0, ("a", "c"): 1.0, ("b", "b"): 1.0}
    proposed = teams.propose(crew, {"a": 60, "b": 60, "c": 60}, split)
    assert sorted(one.to for one in proposed) == ["a", "b", "c"]
    assert [(one.worker.grid, one.to) for one in proposed if one.moves] == [("a", "c")]
    assert teams.propose(crew, {}, {}) == [] and teams.propose([], {"a": 1}, {}) == []


def test_a_new_grid_is_named_as_the_others_are():
    taken = {"第 1 网格", "第2网格"}
    assert [naming.fresh(taken), naming.fresh(taken)] == ["第 3 网格", "第 4 网格"]
    assert naming.fresh({"滨河", "7"}) == "第1网格"
