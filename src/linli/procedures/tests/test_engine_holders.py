"""Who holds a step: never nobody, whatever posts there are; and who takes over when people leave."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.kernel import outbox
from linli.kernel.policy import Refused
from linli.orgs.enums import HEAD_ROLES, ROLES
from linli.orgs.events import OrganisationChanged, PostEnded
from linli.orgs.models import Organisation, Post, User
from linli.orgs.units import changed, units
from linli.procedures.actions import lock, take
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.parts import Holder, read_holder
from linli.procedures.holders import somebody
from linli.procedures.models import Case
from linli.procedures.policies import fits, holds
from linli.procedures.tests.engine import (
    ME,
    NOW,
    SYSTEM,
    begun,
    clock,
    do,
    fresh,
    history,
    in_force,
    later,
    steps,
    turn,
)
from linli.procedures.upkeep import rehold
from linli.testing import Town

pytestmark = pytest.mark.django_db

FIRST = """
    first:
      holder: clerk of community
      actions: {go: {to: then, form: ['unit?', 'person?']}}
    then: {holder: HOLDER, actions: {done: {to: over}, more: {to: again}}}
    again: {holder: clerk of community, not_same_as: first, actions: {done: {to: over}}}
    over: {kind: end, outcome: over}
"""
HEAD = "start: [public]\nfields: {unit: {name: u, type: unit}, person: {name: p, type: person}}"


def moved(town: Town, holder: str, **form) -> Case:
    in_force(steps(FIRST.replace("HOLDER", holder), head=HEAD))
    return do(town, begun(town), "clerk", "go", **form)


@pytest.mark.parametrize(
    ("holder", "unit", "role", "level"),
    [
        ("clerk of community", "east", "clerk", 5),
        ("dispatcher of street", "street", "dispatcher", 4),
        ("leader of county", "county", "leader", 3),
        ("supervisor of city", "city", "supervisor", 2),
        ("grid_leader of grid", "east", "grid_leader", 6),
        # two who work the same grid share it; nobody has this role in the grid: the community's head holds it
        ("party_group_leader of grid", "east", "community_head", 5),
        ("dispatcher one level up", "street", "dispatcher", 4),
        ("leader of street one level up", "county", "leader", 3),
        ("handler of form.unit", "housing", "handler", 3),
        ("supervisor of form.unit one level up", "county", "supervisor", 3),
        # nobody works in the archive office: the county holds it
        ("handler of catalogue.unit", None, None, None),
        ("clerk of start", None, None, None),
        ("holder", "east", "clerk", 5),
        ("holder of step.first", "east", "clerk", 5),
        ("dispatcher of step.first one level up", "street", "dispatcher", 4),
        # no mediator anywhere: heads act for roles that nobody has
        ("mediator of community", "east", "mediator", 5),
        ("reporter", "east", "reporter", 5),
    ],
)
def test_words_are_resolved_to_a_unit_and_role(town: Town, holder, unit, role, level) -> None:
    if unit is None:
        with pytest.raises(BadAnswers):
            moved(town, holder)
        return
    case = moved(town, holder, unit=town.units["housing"].pk)
    assert (case.holder_unit_id, case.holder_role, case.holder_level) == (town.units[unit].pk, role, level)


def test_the_only_one_in_a_grid_holds_by_name_and_an_empty_unit_passes_up(town: Town) -> None:
    assert moved(town, "grid_leader of grid").holder_user_id == town.users["grid"].pk
    case = moved(town, "handler of form.unit", unit=town.units["empty"].pk)
    assert (case.holder_unit.name, case.holder_role) == ("临江区治理中心", "handler")
    assert do(town, case, "leader", "done").outcome == "over"


def test_a_person_chosen_holds_by_name_while_in_office(town: Town) -> None:
    posts = {post.user.username: post for post in Post.objects.select_related("user")}
    for words in ("handler chosen in form.person", "handler of form.person"):
        case = moved(town, words, person=posts["water"].pk)
        assert (case.holder_user_id, case.holder_unit.name) == (town.users["water"].pk, "临江区供水站")
        with pytest.raises(Refused):
            do(town, case, "housing", "done")
        do(town, case, "water", "done")
    Post.objects.filter(pk=posts["water"].pk).update(until=date(2026, 11, 24))
    with pytest.raises(BadAnswers):
        moved(town, "handler chosen in form.person", person=posts["water"].pk)


def test_an_id_of_a_post_is_never_taken_for_that_of_a_unit(town: Town) -> None:
    # the post whose id is the housing office's
    unit = town.units["housing"]
    Post.objects.filter(pk=unit.pk).delete()
    Post.objects.filter(user=town.users["water"]).delete()
    Post.objects.create(
        pk=unit.pk,
        user=town.users["water"],
        role="handler",
        organisation=town.units["water"],
        since=date(2025, 1, 1),
        grid=None,
    )
    case = moved(town, "handler of form.person", person=unit.pk)
    spec = Holder.model_validate(read_holder("handler of form.person"))
    assert not fits(spec, town.actor("housing"), case)
    assert fits(spec, town.actor("water"), case)


def test_the_body_that_decided_first_does_not_decide_again(town: Town) -> None:
    case = moved(town, "dispatcher of street")
    assert do(town, case, "dispatcher", "more").holder_unit.name == "桂湖街道办事处"
    # nobody is above the city
    top = FIRST.replace("HOLDER", "supervisor of city").replace(
        "clerk of community, not_same_as: first", "supervisor of city, not_same_as: then"
    )
    in_force(steps(top, head=HEAD))
    case = do(town, begun(town), "clerk", "go")
    with pytest.raises(BadAnswers):
        do(town, case, "city_supervisor", "more")


PEOPLE = (
    *("clerk", "clerk2", "head", "grid", "worker", "dispatcher", "street_supervisor", "street_head"),
    *("county_dispatcher", "county_supervisor", "leader", "city_dispatcher", "housing", "housing_head"),
)
ABOVE = {"east": "street", "street": "county", "county": "city", "housing": "county", "empty": "county"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    kept=st.sets(st.sampled_from(PEOPLE)),
    role=st.sampled_from(
        ["clerk", "handler", "dispatcher", "supervisor", "leader", "grid_leader", "grid_worker", "mediator"]
    ),
    unit=st.sampled_from(list(ABOVE)),
)
def test_somebody_can_act_on_it_as_long_as_anybody_is_there(town: Town, kept, role, unit) -> None:
    in_force(steps("work: {holder: clerk of community, actions: {done: {to: over}}}\nover: {kind: end, outcome: over}"))
    case = begun(town)
    Post.objects.update(until=date(2026, 11, 24))
    Post.objects.filter(user__username__in=kept).update(until=None)
    work = lock(case.pk, by=SYSTEM, at=NOW)
    held = somebody(role, units().by_id[town.units[unit].pk], work)
    # an oracle of its own: going up from the unit, the first where somebody has the role (in the grid, for roles of grids) or is a head
    name: str | None = unit
    while name is not None:
        inside = Post.objects.filter(organisation=town.units[name], until=None)
        fitting = inside.filter(role=role, **({"grid": town.grids["east1"]} if role.startswith("grid") else {}))
        if fitting.exists() or inside.filter(role__in=HEAD_ROLES).exists():
            break
        name = ABOVE.get(name)
    assert held.unit.name == town.units[name or unit].name
    case.holder_unit_id, case.holder_role, case.holder_user_id = held.unit.id, held.role, held.user_id
    assert any(holds(town.actor(person), case) for person in kept) is (name is not None)


def test_what_somebody_held_who_leaves_is_the_units_again(town: Town) -> None:
    case = moved(town, "handler of form.unit", unit=town.units["housing"].pk)
    take(case_id=case.pk, by=town.actor("housing"), at=NOW)
    assert rehold(at=NOW) == 0
    Post.objects.filter(user=town.users["housing"]).update(until=date(2026, 11, 25))
    other = User.objects.create_user(username="new", name="新来的")
    town.users["new"] = other
    Post.objects.create(user=other, role="handler", organisation=town.units["housing"], since=date(2026, 11, 25))
    with pytest.raises(Refused):
        do(town, case, "new", "done", at=later(days=1))
    assert rehold(at=later(days=1)) == 1
    assert (fresh(case).holder_user_id, history(case)[-1]) == (None, "released")
    assert rehold(at=later(days=1)) == 0
    do(town, case, "new", "done", at=later(days=1))


def test_when_nobody_is_left_for_it_the_level_above_holds_it(town: Town) -> None:
    case = moved(town, "handler of form.unit", unit=town.units["water"].pk)
    assert holds(town.actor("water"), case)
    Post.objects.filter(user=town.users["water"]).update(until=date(2026, 11, 25))
    # somebody with another role who is no head cannot hold it either
    Post.objects.create(
        user=town.users["worker"], role="assigned_cadre", organisation=town.units["water"], since=date(2025, 1, 1)
    )
    assert rehold(at=later(days=1)) == 1
    now = fresh(case)
    assert (now.holder_unit.name, now.holder_role, history(case)[-1]) == ("临江区治理中心", "handler", "released")
    assert do(town, case, "leader", "done", at=later(days=1)).outcome == "over"


def test_a_closed_unit_and_the_events_that_tell_of_it(town: Town) -> None:
    case = moved(town, "handler of form.unit", unit=town.units["police"].pk)
    with transaction.atomic():
        Organisation.objects.filter(pk=town.units["police"].pk).update(active=False)
        outbox.publish([OrganisationChanged(unit=town.units["police"].pk, what="closed")], at=NOW)
    changed()
    outbox.drain(at=NOW)
    assert fresh(case).holder_unit.name == "桂湖街道办事处"
    other = moved(town, "handler of form.unit", unit=town.units["housing"].pk)
    take(case_id=other.pk, by=town.actor("housing"), at=NOW)
    post = Post.objects.get(user=town.users["housing"])
    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(until=date(2026, 11, 24))
        outbox.publish(
            [PostEnded(post=post.pk, user=post.user_id, unit=post.organisation_id, role="handler", on="2026-11-24")],
            at=NOW,
        )
    outbox.drain(at=NOW)
    assert fresh(other).holder_user_id is None


def test_only_the_reporter_or_who_watches_does_what_is_asked_of_the_reporter(town: Town) -> None:
    case = moved(town, "reporter")
    assert set(ROLES) >= {"clerk"}
    for who in ("housing", "west_clerk", "dispatcher", "grid"):
        with pytest.raises(Refused):
            do(town, case, who, "done")
    do(town, case, "clerk", "done")
    assert case.records.last().actor["on_behalf"] is True
    case = moved(town, "reporter")
    do(town, case, ME, "done")
    assert case.records.last().actor == {"role": "reporter"}


def test_a_step_that_names_nobody_stays_with_the_unit_after_the_reporter(town: Town) -> None:
    waits = """
        first: {holder: reporter, actions: {go: {to: public}}}
        public: {kind: notice, clock: {for: 3 days}, then: over}
        over: {kind: end, outcome: over}
    """
    in_force(steps(waits))
    case = do(town, begun(town), ME, "go")
    assert (case.holder_unit.name, case.holder_role) == ("东门社区居委会", "clerk")
    assert clock(case).unit_id == town.units["east"].pk
    turn(later(days=3))
    assert fresh(case).outcome == "over"
