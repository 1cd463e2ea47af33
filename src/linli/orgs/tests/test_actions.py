"""Organisations, posts and accounts: what is written, what is refused, what others are told, and that nothing is half there."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from linli.kernel import audit
from linli.kernel.models import AuditEntry, OutboxEvent
from linli.kernel.policy import Refused
from linli.orgs import registry
from linli.orgs.actions import accounts, organisations, posts
from linli.orgs.actors import actor_for
from linli.orgs.models import Organisation, PasswordLink, Post, Session, User
from linli.orgs.units import units
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def draft(town: Town, **more) -> organisations.Draft:
    return organisations.Draft(
        **({"kind": "department", "name": "临江区城管局", "division": town.divisions["county"]} | more)
    )


def errors(caught) -> dict[str, list[str]]:
    return caught.value.message_dict


def facts(name: str) -> list[dict]:
    return [row.payload for row in OutboxEvent.objects.filter(name=f"orgs.{name}").order_by("id")]


def test_an_organisation_is_made_changed_and_every_change_is_written_down(town: Town) -> None:
    admin = town.actor("admin")
    made = organisations.make_organisation(
        draft=draft(town, hours=(("09:00", "12:00"), ("13:30", "17:30")), parent=town.units["county"]), by=admin, at=NOW
    )
    unit = units().by_id[made.pk]
    assert (unit.label, unit.hours, unit.parent_id) == (
        "临江区城管局",
        (("09:00", "12:00"), ("13:30", "17:30")),
        town.units["county"].pk,
    )
    organisations.change_organisation(
        unit=made, draft=draft(town, name="临江区综合执法局", short_name="𠅤局"), by=admin, at=NOW
    )
    assert units().by_id[made.pk].label == "𠅤局"
    assert facts("OrganisationChanged") == [{"unit": made.pk, "what": "made"}, {"unit": made.pk, "what": "changed"}]
    assert facts("CalendarChanged") == [{"unit": made.pk, "first": "2026-11-24", "last": None, "why": "hours"}]
    edit, create = audit.history(made)
    assert (create.user_label, create.action, create.before) == ("唐䶮", "create", None)
    changed = {name for name, _old, _new in audit.changed_fields(edit)}
    assert changed == {"name", "short_name", "office_hours", "parent"}
    organisations.change_organisation(
        unit=made, draft=draft(town, name="临江区综合执法局", short_name="𠅤局"), by=admin, at=NOW
    )
    assert AuditEntry.objects.count() == 2
    assert list(audit.chain()) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "临江区住建局"}, "name"),
        ({"kind": "nonsense"}, "kind"),
        ({"governs": True}, "governs"),
        ({"governs": True, "kind": "centre"}, "governs"),
        ({"hours": (("18:00", "09:00"),)}, "hours"),
        ({"hours": (("9", "x"),)}, "hours"),
        ({"hours": (("09:00", "12:00"), ("11:00", "13:00"))}, "hours"),
        ({"phone": "1" * 41}, "phone"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(town: Town, change, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        organisations.make_organisation(draft=draft(town, **change), by=town.actor("admin"), at=NOW)
    assert list(errors(caught)) == [field]
    assert Organisation.objects.count() == len(town.units)
    assert not AuditEntry.objects.exists()


def test_nobody_is_their_own_superior(town: Town) -> None:
    county = town.units["county"]
    for parent in (county, town.units["street"], town.units["east"]):
        with pytest.raises(ValidationError) as caught:
            organisations.change_organisation(
                unit=county,
                draft=draft(town, kind="centre", name=county.name, governs=True, parent=parent),
                by=town.actor("admin"),
                at=NOW,
            )
        assert "parent" in errors(caught)


def test_places_and_levels_are_kept_apart(town: Town) -> None:
    east = draft(town, division=town.divisions["east"], kind="volunteers", name="东门志愿队")
    assert organisations.make_organisation(draft=east, by=town.actor("head"), at=NOW).name == "东门志愿队"
    for name in ("clerk", "housing_head", "leader"):
        with pytest.raises(Refused):
            organisations.make_organisation(draft=east, by=town.actor(name), at=NOW)
    west = draft(town, division=town.divisions["west"])
    with pytest.raises(Refused):
        organisations.make_organisation(draft=west, by=town.actor("head"), at=NOW)
    committee = town.units["east"]
    same = draft(town, division=committee.division, kind=committee.kind, name=committee.name, governs=True)
    assert organisations.change_organisation(unit=committee, draft=same, by=town.actor("head"), at=NOW).governs
    lowered = draft(town, division=committee.division, kind=committee.kind, name=committee.name)
    with pytest.raises(Refused, match="上一级"):
        organisations.change_organisation(unit=committee, draft=lowered, by=town.actor("head"), at=NOW)
    moved = draft(town, division=town.divisions["far"], kind=committee.kind, name=committee.name, governs=True)
    with pytest.raises(Refused):
        organisations.change_organisation(unit=committee, draft=moved, by=town.actor("street_head"), at=NOW)


def test_a_unit_is_closed_when_nothing_holds_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        registry, "_keepers", {"test": lambda unit: ["还有 3 件办件在手。"] if unit.name == "桂湖派出所" else []}
    )
    admin = town.actor("admin")
    with pytest.raises(ValidationError) as caught:
        organisations.close_organisation(unit=town.units["police"], by=admin, at=NOW)
    assert caught.value.messages == ["还有 1 人在这里任职，先结束任职或调走。", "还有 3 件办件在手。"]
    with pytest.raises(ValidationError) as caught:
        organisations.close_organisation(unit=town.units["county"], by=admin, at=NOW)
    assert caught.value.messages[1] == "还有 5 个下级单位，先改它们的上级单位。"
    empty = organisations.close_organisation(unit=town.units["empty"], by=admin, at=NOW)
    assert not empty.active and not units().by_id[empty.pk].active
    organisations.close_organisation(unit=empty, by=admin, at=NOW)
    organisations.open_organisation(unit=empty, by=admin, at=NOW)
    assert [entry.action for entry in audit.history(empty)] == ["open", "close"]


def give(town: Town, by: str = "admin", **more) -> Post:
    arguments = {"user": town.users["clerk"], "role": "mediator", "unit": town.units["east"], "since": TODAY}
    return posts.give_post(**(arguments | more), by=town.actor(by), at=NOW)


def test_access_begins_and_ends_with_the_post(town: Town) -> None:
    post = give(town, unit=town.units["housing"], role="handler")
    assert town.units["housing"].pk in actor_for(town.users["clerk"], at=NOW).unit_ids
    posts.end_post(post=post, by=town.actor("admin"), at=NOW)
    assert town.units["housing"].pk not in actor_for(town.users["clerk"], at=NOW).unit_ids
    assert facts("PostEnded") == [
        {
            "post": post.pk,
            "user": town.users["clerk"].pk,
            "unit": town.units["housing"].pk,
            "role": "handler",
            "on": "2026-11-24",
        }
    ]
    later = give(town, unit=town.units["housing"], role="handler", until=TODAY + timedelta(30))
    posts.end_post(post=later, on=TODAY + timedelta(10), by=town.actor("admin"), at=NOW)
    with pytest.raises(ValidationError, match="提前"):
        posts.end_post(post=later, on=TODAY + timedelta(20), by=town.actor("admin"), at=NOW)
    with pytest.raises(ValidationError, match="早于今天"):
        posts.end_post(post=later, on=TODAY - timedelta(1), by=town.actor("admin"), at=NOW)
    assert [entry.action for entry in audit.history(later)] == ["end", "give"]


def test_a_post_that_has_not_begun_never_does(town: Town) -> None:
    post = give(town, since=TODAY + timedelta(7))
    ended = posts.end_post(post=post, by=town.actor("admin"), at=NOW)
    assert ended.until == ended.since
    assert not any(held.id == post.pk for held in actor_for(town.users["clerk"], at=NOW + timedelta(7)).posts)


def test_what_a_post_must_fit(town: Town) -> None:
    for field, change in (
        ("role", {"role": "king"}),
        ("until", {"until": TODAY}),
        ("grid", {"grid": town.grids["west1"]}),
        ("compound", {"unit": town.units["west"], "compound": town.compound}),
    ):
        with pytest.raises(ValidationError) as caught:
            give(town, **change)
        assert list(errors(caught)) == [field]
    give(town, role="grid_worker", grid=town.grids["east1"])
    give(town, role="grid_worker", grid=town.grids["east2"])
    give(town, role="grid_worker", compound=town.compound)
    give(town, role="grid_worker")
    for where in ({"grid": town.grids["east2"]}, {"compound": town.compound}, {}):
        with pytest.raises(ValidationError, match="已经担任"):
            give(town, role="grid_worker", **where)
    give(town, since=date(2020, 1, 1), until=date(2020, 6, 1))
    give(town, since=date(2020, 6, 1), until=date(2020, 7, 1))
    with pytest.raises(ValidationError, match="已经担任"):
        give(town, since=date(2020, 5, 1), until=date(2020, 6, 2))
    User.objects.filter(pk=town.users["water"].pk).update(is_active=False)
    with pytest.raises(ValidationError, match="账号已停用"):
        give(town, user=User.objects.get(pk=town.users["water"].pk))


def test_who_may_give_and_end(town: Town) -> None:
    post = give(town, by="head")
    for name in ("clerk", "leader", "housing_head", "west_clerk"):
        with pytest.raises(Refused):
            give(town, by=name, role="affairs_assistant")
        with pytest.raises(Refused):
            posts.end_post(post=post, by=town.actor(name), at=NOW)
    with pytest.raises(Refused, match="上一级任命"):
        give(town, by="head", role="admin")
    own = Post.objects.get(user=town.users["admin"])
    with pytest.raises(Refused, match="自己"):
        posts.end_post(post=own, by=town.actor("admin"), at=NOW)


def make_account(town: Town, by: str = "head", **more) -> User:
    arguments = {"username": "new.one", "name": "𠅤·吐尔逊", "phone": "139 0000 0001"} | more
    first = accounts.FirstPost(role="grid_worker", unit=town.units["east"], since=TODAY, grid=town.grids["east1"])
    return accounts.make_account(**arguments, post=more.get("post", first), by=town.actor(by), at=NOW)


def test_an_account_begins_with_a_post_and_without_a_password(town: Town) -> None:
    user = make_account(town)
    assert not user.has_usable_password()
    assert [post.role for post in actor_for(user, at=NOW).posts] == ["grid_worker"]
    (entry,) = audit.history(user)
    assert entry.after == {"username": "new.one", "name": "𠅤·吐尔逊", "phone": "139****0001", "active": True}
    count = User.objects.count()
    for field, change in (
        ("username", {"phone": "13900000009"}),
        ("phone", {"username": "second"}),
        ("username", {"username": "a b", "phone": ""}),
        ("name", {"username": "third", "name": "", "phone": ""}),
        ("phone", {"username": "third", "phone": "12"}),
    ):
        with pytest.raises(ValidationError) as caught:
            make_account(town, **change)
        assert list(errors(caught)) == [field], change
    with pytest.raises(Refused):
        make_account(town, by="west_clerk", username="third", phone="")
    # the post did not fit: no account is left without one
    bad = accounts.FirstPost(role="grid_worker", unit=town.units["east"], since=TODAY, grid=town.grids["west1"])
    with pytest.raises(ValidationError):
        accounts.make_account(username="third", name="三", phone="", post=bad, by=town.actor("head"), at=NOW)
    assert User.objects.count() == count


def test_only_those_above_all_of_somebodys_posts_manage_the_account(town: Town) -> None:
    user = town.users["clerk"]
    accounts.unlock_account(user=user, by=town.actor("head"), at=NOW)
    give(town, unit=town.units["housing"], role="handler")
    for act in (accounts.close_account, accounts.unlock_account, accounts.make_password_link):
        with pytest.raises(Refused, match="范围以外"):
            act(user=user, by=town.actor("head"), at=NOW)
    accounts.unlock_account(user=user, by=town.actor("admin"), at=NOW)
    with pytest.raises(Refused, match="自己"):
        accounts.close_account(user=town.users["admin"], by=town.actor("admin"), at=NOW)
    resident = User.objects.create_user("p-1", name="")
    with pytest.raises(Refused):
        accounts.close_account(user=resident, by=town.actor("admin"), at=NOW)


def test_closing_an_account_ends_its_sessions_and_links(town: Town) -> None:
    user = town.users["clerk"]
    Session.objects.create(session_key="s", session_data="", expire_date=NOW + timedelta(1), user=user)
    accounts.make_password_link(user=user, by=town.actor("head"), at=NOW)
    accounts.close_account(user=user, by=town.actor("head"), at=NOW)
    assert not Session.objects.exists()
    assert not PasswordLink.objects.filter(used_at=None).exists()
    assert actor_for(User.objects.get(pk=user.pk), at=NOW).posts == ()
    with pytest.raises(ValidationError):
        accounts.make_password_link(user=user, by=town.actor("head"), at=NOW)
    accounts.open_account(user=user, by=town.actor("head"), at=NOW)
    assert len(actor_for(User.objects.get(pk=user.pk), at=NOW).posts) == 1


def test_changing_an_account_keeps_no_phone_in_the_record(town: Town) -> None:
    user = accounts.change_account(
        user=town.users["clerk"], username="clerk", name="何晓兰", phone="13900000077", by=town.actor("head"), at=NOW
    )
    accounts.change_account(user=user, username="clerk", name="何晓岚", phone="", by=town.actor("head"), at=NOW)
    latest, first = audit.history(user)
    assert (first.after["phone"], latest.after["phone"], latest.after["name"]) == ("139****0077", "", "何晓岚")
    assert "13900000077" not in str(list(AuditEntry.objects.values()))
