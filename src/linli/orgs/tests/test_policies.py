"""Truth tables: who may change which organisation, post, account and calendar."""

import pytest

from linli.orgs import policies
from linli.orgs.actors import SYSTEM, Actor, Held
from linli.orgs.policies import PostFacts
from linli.orgs.units import Unit

CITY, COUNTY, STREET, EAST, WEST, FAR = (
    "990100000000",
    "990101000000",
    "990101001000",
    "990101001001",
    "990101001002",
    "990101002201",
)
LEVELS = {CITY: 2, COUNTY: 3, STREET: 4, EAST: 5, WEST: 5, FAR: 5}
PLACES = (CITY, COUNTY, STREET, EAST, WEST, FAR)


def actor(role: str, place: str, governs: bool = True) -> Actor:
    unit = Unit(1, "centre", "单位", "", LEVELS[place], 1, place, None, governs, (), True)
    return Actor(user_id=7, name="某", posts=(Held(1, role, unit, None, None),))


WHO = {
    "system": SYSTEM,
    "city_admin": actor("admin", CITY),
    "county_admin": actor("admin", COUNTY),
    "street_head": actor("street_head", STREET),
    "community_head": actor("community_head", EAST),
    "community_admin": actor("admin", EAST),
    "bureau_admin": actor("admin", COUNTY, governs=False),
    "clerk": actor("clerk", EAST),
    "leader": actor("leader", CITY),
    "resident": Actor(user_id=9),
    "stranger": Actor(),
}


def table(decide) -> dict[str, str]:
    """For each actor the places at which it is allowed: C county c city s street e east w west f far."""
    signs = dict(zip(PLACES, "cCsewf", strict=True))
    return {name: "".join(signs[place] for place in PLACES if decide(by, place)) for name, by in WHO.items()}


NOBODY = {"bureau_admin": "", "clerk": "", "leader": "", "resident": "", "stranger": ""}
INSIDE = {
    "system": "cCsewf",
    "city_admin": "cCsewf",
    "county_admin": "Csewf",
    "street_head": "sew",
    "community_head": "e",
    "community_admin": "e",
    **NOBODY,
}
FROM_ABOVE = INSIDE | {"street_head": "ew", "community_head": ""}


def test_places_that_are_managed() -> None:
    assert table(policies.manages) == INSIDE
    assert table(policies.manages_from_above) == FROM_ABOVE
    assert table(lambda by, place: policies.can_make_organisation(by, place, governs=False)) == INSIDE
    assert table(lambda by, place: policies.can_make_organisation(by, place, governs=True)) == FROM_ABOVE
    assert table(policies.can_change_organisation) == INSIDE
    assert table(lambda by, place: policies.can_change_structure(by, place, governs=False)) == INSIDE
    assert table(lambda by, place: policies.can_change_structure(by, place, governs=True)) == FROM_ABOVE


@pytest.mark.parametrize(
    ("role", "governs", "expected"),
    [
        ("clerk", True, INSIDE),
        ("community_head", True, FROM_ABOVE),
        ("admin", True, FROM_ABOVE),
        ("admin", False, INSIDE),
    ],
)
def test_who_may_give_a_post(role: str, governs: bool, expected: dict[str, str]) -> None:
    def decide(by: Actor, place: str):
        return policies.can_appoint(by, place, role=role, governs=governs, unit_active=True)

    assert table(decide) == expected
    closed = table(lambda by, place: policies.can_appoint(by, place, role=role, governs=governs, unit_active=False))
    assert set(closed.values()) == {""}


def test_who_may_end_a_post() -> None:
    assert table(lambda by, place: policies.can_end_post(by, PostFacts("clerk", place), own=False)) == INSIDE
    assert table(lambda by, place: policies.can_end_post(by, PostFacts("clerk", place), own=True)) == INSIDE
    own = table(lambda by, place: policies.can_end_post(by, PostFacts("admin", place), own=True))
    assert set(own.values()) == {""}


@pytest.mark.parametrize(
    ("posts", "seen", "managed"),
    [
        # nobody sees a resident's account, or one that never had a post
        ([], {"system"}, set()),
        (
            [(EAST, True)],
            {"system", "city_admin", "county_admin", "street_head", "community_head", "community_admin"},
            None,
        ),
        # also held elsewhere: seen by both, managed only from above both
        (
            [(EAST, True), (WEST, True)],
            {"system", "city_admin", "county_admin", "street_head", "community_head", "community_admin"},
            {"system", "city_admin", "county_admin", "street_head"},
        ),
        (
            [(EAST, True), (CITY, True)],
            {"system", "city_admin", "county_admin", "street_head", "community_head", "community_admin"},
            {"system", "city_admin"},
        ),
        # what was elsewhere counts too, though it is over: the account still holds what was done there
        (
            [(EAST, True), (CITY, False)],
            {"system", "city_admin", "county_admin", "street_head", "community_head", "community_admin"},
            {"system", "city_admin"},
        ),
        # nothing in force: everything that was counts
        (
            [(EAST, False), (FAR, False)],
            {"system", "city_admin", "county_admin", "street_head", "community_head", "community_admin"},
            {"system", "city_admin", "county_admin"},
        ),
    ],
)
def test_accounts(posts: list[tuple[str, bool]], seen: set[str], managed: set[str] | None) -> None:
    facts = [PostFacts("clerk", place, active) for place, active in posts]
    assert {name for name, by in WHO.items() if policies.can_see_account(by, facts)} == seen
    assert {name for name, by in WHO.items() if _manages(by, facts)} == (seen if managed is None else managed)
    assert not any(_manages(by, facts, own=True) for by in WHO.values())
    # what somebody registered themselves is nobody else's, whatever post they were given since
    assert {name for name, by in WHO.items() if _manages(by, facts, self_made=True)} <= {"system"}


def _manages(by: Actor, facts: list[PostFacts], *, own: bool = False, self_made: bool = False) -> bool:
    return bool(policies.can_manage_account(by, facts, own=own, self_made=self_made))


def test_calendar() -> None:
    assert table(policies.can_change_calendar) == INSIDE
    everywhere = {name for name, by in WHO.items() if policies.can_change_calendar(by, None)}
    assert everywhere == {"system", "city_admin", "county_admin"}


def test_management_pages() -> None:
    opened = {name for name, by in WHO.items() if policies.can_open_management(by)}
    assert opened == {"system", "city_admin", "county_admin", "street_head", "community_head", "community_admin"}
    refused = policies.can_open_management(WHO["clerk"])
    assert refused.reason == "这里由管理人员设置，您的岗位不包括这项。"


@pytest.mark.parametrize(
    ("roles", "for_all", "demonstration", "needed"),
    [
        ([], False, False, False),
        ([], True, False, False),
        (["clerk"], False, False, False),
        (["clerk"], True, False, True),
        (["admin"], False, False, True),
        (["clerk", "community_head"], False, False, True),
        (["admin"], True, True, False),
    ],
)
def test_second_factor(roles: list[str], for_all: bool, demonstration: bool, needed: bool) -> None:
    assert policies.needs_second_factor(roles, required_for_all=for_all, demonstration=demonstration) is needed
