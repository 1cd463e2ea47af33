"""Confidential cases: one rule for pages and lists, and nobody else of the unit, no overseer, no relative's page shows them."""

import pytest

from linli.kernel.policy import Refused
from linli.orgs.actors import Actor
from linli.orgs.models import Post
from linli.procedures.actions import act, comment, take
from linli.procedures.crowd import invite
from linli.procedures.models import Case
from linli.procedures.policies import can_see, visible_to
from linli.procedures.publishing import changed
from linli.procedures.queries import Filter, counts, detail, inbox
from linli.procedures.side import open_beside
from linli.procedures.tests.engine import ME, NOW, begun, do, fresh, in_force, steps
from linli.procedures.ticks import open_planned
from linli.testing import Town

pytestmark = pytest.mark.django_db

PARTY = Actor(key="other-party-other-party")
STRANGER = Actor(key="stranger-stranger-stranger")
DISPUTE = """
    accept: {holder: dispute_mediator of community, actions: {take: {to: look, form: [mediator]}}}
    look: {holder: mediator chosen in form.mediator, clock: 2 days, actions: {on: {to: ask}, done: {to: over}}}
    ask: {holder: clerk of community, actions: {back: {to: look}, close: {to: over, second: unit_head of form.office}}}
    over: {kind: end, outcome: over}
"""
HEAD = """
    start: {by: [public, grid_worker], form: ['office?']}
    fields: {mediator: {name: m, type: person}, office: {name: o, type: unit}}
    confidential: NAMED
"""
NAMED = (
    "[mediator chosen in form.mediator, dispute_mediator of community, opinion_liaison of grid, handler of form.office,"
    " supervisor of city, parties]"
)


@pytest.fixture
def people(town: Town) -> Town:
    """Two mediators, one of them of the neighbouring community, and an opinion liaison of the grid."""
    for key, role, unit, grid in (
        ("dispute", "dispute_mediator", "east", None),
        ("west_dispute", "dispute_mediator", "west", None),
        ("mediator", "mediator", "street", None),
        ("mediator2", "mediator", "street", None),
        ("liaison", "opinion_liaison", "east", "east1"),
        ("liaison2", "opinion_liaison", "east", "east2"),
    ):
        user = town.users[key] = type(town.users["clerk"]).objects.create_user(username=key, name=key)
        Post.objects.create(
            user=user,
            role=role,
            organisation=town.units[unit],
            grid=town.grids[grid] if grid else None,
            since="2025-01-01",
        )
    return town


def dispute(town: Town, named: str = NAMED, **more) -> Case:
    in_force(steps(DISPUTE, head=HEAD.replace("NAMED", named)))
    case = begun(town, form={"office": town.units["housing"].pk}, **more)
    post = Post.objects.get(user=town.users["mediator"])
    return do(town, case, "dispute", "take", mediator=post.pk)


def seen_by(town: Town, case: Case) -> set[str]:
    """Who may see a case; the rule of pages and that of lists have to agree on everyone."""
    case, found = fresh(case), set()
    actors = {name: town.actor(name) for name in town.users} | {
        "me": ME,
        "party": PARTY,
        "stranger": STRANGER,
        "nobody": Actor(),
    }
    for name, actor in actors.items():
        page = bool(can_see(actor, case))
        listed = Case.objects.filter(visible_to(actor), pk=case.pk).exists()
        assert page is listed, name
        if page:
            found.add(name)
    return found


def test_only_the_holder_those_named_and_the_parties(people: Town) -> None:
    case = dispute(people)
    named = {"me", "mediator", "dispute", "liaison", "housing", "housing_head", "city_supervisor"}
    # the head of the unit that holds it, for heads may do what their unit may; the community's head for its mediator
    assert seen_by(people, case) == named | {"street_head", "head"}
    invite(case_id=case.pk, keys=[PARTY.key], by=people.actor("mediator"), at=NOW)
    assert seen_by(people, case) == named | {"street_head", "head", "party"}


def test_with_nobody_named_only_the_holder_sees_it_and_it_goes_with_the_case(people: Town) -> None:
    case = dispute(people, "[]")
    assert seen_by(people, case) == {"me", "mediator", "street_head"}
    do(people, case, "mediator", "on")
    # one clerk takes it: from then on it is that clerk's; the unit that had it sees it no more
    assert seen_by(people, case) == {"me", "clerk", "clerk2", "head"}
    take(case_id=case.pk, by=people.actor("clerk"), at=NOW)
    assert seen_by(people, case) == {"me", "clerk", "head"}


def test_whoever_decides_as_the_second_person_sees_it_while_it_waits(people: Town) -> None:
    case = dispute(people, "[]")
    do(people, case, "mediator", "on")
    do(people, case, "clerk", "close")
    assert seen_by(people, case) == {"me", "clerk", "clerk2", "head", "housing_head"}


def test_neither_lists_counts_nor_acts_nor_notes_open_it(people: Town) -> None:
    case = dispute(people)
    do(people, case, "mediator", "on")
    outsider = people.actor("liaison2")
    assert not inbox(outsider, Filter(), at=NOW).exists()
    assert counts(outsider, at=NOW)["todo"] == 0
    assert counts(people.actor("clerk"), at=NOW)["todo"] == 1
    overseer = people.actor("street_supervisor")
    assert not inbox(overseer, Filter(whose="watched"), at=NOW).exists()
    for actor in (overseer, STRANGER, outsider):
        with pytest.raises(Refused):
            comment(case_id=case.pk, by=actor, at=NOW, text="x")
        with pytest.raises(Refused):
            act(case_id=case.pk, action="back", by=actor, at=NOW)
    assert not any(record.public for record in case.records.all())


def test_what_runs_beside_it_is_as_confidential_and_open_to_whom_it_names(people: Town) -> None:
    body = "ask: {holder: dispatcher of street, actions: {ok: {to: over}}}\nover: {kind: end, outcome: over}"
    in_force(
        steps(body, key="extension", head="start: {by: [holder of parent]}\npublic: {steps: all}\nbeside: {of: [any]}")
    )
    case = dispute(people)
    child = open_beside(case_id=case.pk, act="extend", by=people.actor("mediator"), at=NOW)
    assert child.restricted
    named = {"mediator", "dispute", "liaison", "housing", "housing_head", "city_supervisor", "head"}
    assert seen_by(people, child) == named | {"dispatcher", "street_head"}
    assert not child.records.get(seq=1).public


def test_a_page_shows_no_confidential_relative(people: Town) -> None:
    open_one = "work: {holder: clerk of community, actions: {raise: {open: [{procedure: sample}]}}}\nover: {kind: end, outcome: over}"
    in_force(steps(open_one, key="open_one"))
    dispute(people)
    case = do(people, begun(people, "open_one"), "clerk", "raise")
    assert open_planned(at=NOW) == 1
    inner = Case.objects.get(parent=case.pk)
    assert (inner.restricted, detail(fresh(case)).family) == (True, [])
    assert detail(inner).family == [fresh(case)]


def test_cases_that_are_not_confidential_are_seen_as_always(people: Town) -> None:
    in_force(steps(DISPUTE, key="plain", head=HEAD.replace("    confidential: NAMED\n", "")))
    case = begun(people, "plain")
    overseers = {
        "street_supervisor",
        "street_head",
        "dispatcher",
        "county_dispatcher",
        "county_supervisor",
        "leader",
        "city_dispatcher",
        "city_supervisor",
    }
    unit = {"clerk", "clerk2", "head", "grid", "worker", "dispute", "liaison", "liaison2"}
    assert seen_by(people, case) == overseers | unit | {"me"}
    # a confidential procedure in the same installation changes nothing for it
    dispute(people)
    changed()
    assert seen_by(people, case) == overseers | unit | {"me"}
