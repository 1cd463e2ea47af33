"""Nobody gets at a person's own account by giving them a post, by writing their number down, or by a password link."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from linli.kernel.crypto import blind, seal
from linli.kernel.policy import Refused
from linli.matters import actions as matters
from linli.orgs.actions import accounts, posts, signing
from linli.orgs.actors import Actor, today
from linli.orgs.models import PasswordLink, Post, User
from linli.orgs.signin import appointing, codes
from linli.people.queries import visible_to
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "13911112222", "Ein-neues-Passwort-9"
# who manages a place, and so might give a post in it
MANAGERS = ("head", "admin")


@pytest.fixture
def resident(town: Town) -> User:
    """Somebody who registered by phone and left their number with a matter in the west."""
    code = codes.draw(phone=PHONE, address="here", at=NOW)
    user = signing.sign_in_by_code(phone=PHONE, code=code, address="here", at=NOW)
    matters.report(
        text="楼上每天半夜打孩子，请悄悄来看看。",
        place=town.place(community="west"),
        by=Actor(user_id=user.pk),
        at=NOW,
        name="王秘密",
        phone=PHONE,
        hidden=True,
    )
    return user


def form(town: Town, person: str, **more: object) -> dict[str, object]:
    unit = town.units["east"].pk
    return {"person": person, "unit": unit, "role": "civility_advocate", "since": "2030-01-01", "until": ""} | more


def client_of(town: Town, name: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(town.users[name])
    return client


@pytest.mark.parametrize("name", MANAGERS)
def test_a_phone_number_does_not_find_a_resident_to_appoint(town: Town, resident: User, name: str) -> None:
    client = client_of(town, name)
    asked = [client.post("/manage/posts/new/", form(town, who)) for who in (PHONE, "13999999999", resident.username)]
    assert {answer.status_code for answer in asked} == {422}
    said = [re.search(r"没有这样的工作账号。[^<]*", answer.content.decode()) for answer in asked]
    assert len({found[0] for found in said if found}) == 1 and all(said)
    assert not resident.posts.exists()
    with pytest.raises(Refused, match="任职码"):
        posts.give_post(
            user=resident, role="clerk", unit=town.units["east"], since=today(NOW), by=town.actor(name), at=NOW
        )


@pytest.mark.parametrize("name", MANAGERS)
@pytest.mark.parametrize("since", ["2020-01-01", "2035-01-01"])
def test_who_was_appointed_stays_the_only_one_to_sign_in(town: Town, resident: User, name: str, since: str) -> None:
    own = Client()
    own.force_login(resident)
    code = re.search(r"\d+-[0-9A-F]{4}-[0-9A-F]{4}", own.get("/account/").content.decode())
    assert code
    client = client_of(town, name)
    assert client.post("/manage/posts/new/", form(town, code[0], since=since)).status_code == 302
    assert resident.posts.count() == 1
    page = f"/manage/accounts/{resident.pk}/"
    for address, data in (
        ("link/", {}),
        ("edit/", {"name": "x", "username": "x", "phone": "13900000001"}),
        *(("act/", {"act": act}) for act in ("close", "open", "unlock", "reset")),
    ):
        assert client.post(page + address, data).status_code == 403, address
    after = User.objects.get(pk=resident.pk)
    assert (after.phone_blind, after.is_active, after.username) == (resident.phone_blind, True, resident.username)
    assert not PasswordLink.objects.exists()


def test_a_code_names_one_account_for_a_while(town: Town, resident: User) -> None:
    code = appointing.code_of(resident, at=NOW)
    assert appointing.user_of(f" {code.lower()} ", at=NOW) == resident
    assert appointing.user_of(code, at=NOW + timedelta(days=7)) == resident
    assert appointing.user_of(code, at=NOW + timedelta(days=14)) is None
    other = f"{town.users['clerk'].pk}-{code.partition('-')[2]}"
    for wrong in (other, code[:-1] + ("0" if code[-1] != "0" else "1"), "", "²-0000-0000", "9" * 40):
        assert appointing.user_of(wrong, at=NOW) is None
    with pytest.raises(Refused):
        posts.give_post(
            user=resident,
            role="clerk",
            unit=town.units["east"],
            since=today(NOW),
            code=appointing.code_of(town.users["clerk"], at=NOW),
            by=town.actor("head"),
            at=NOW,
        )


def test_writing_a_number_down_opens_nothing_that_was_left_under_it(town: Town) -> None:
    # somebody without an account left their number
    matter = matters.report(
        text="楼上每天半夜打孩子。", place=town.place(), by=Actor(key="k"), at=NOW, starter_key="k", phone=PHONE
    )
    head = town.actor("head")
    post = accounts.FirstPost("clerk", town.units["east"], today(NOW))
    made = accounts.make_account(username="made.up", name="某某", phone=PHONE, post=post, by=head, at=NOW)
    client = Client()
    token = accounts.make_password_link(user=made, by=head, at=NOW)
    signing.set_password_by_link(token=token, new=PASSWORD, at=NOW)
    made.refresh_from_db()
    assert not visible_to(made).exists()
    client.force_login(made)
    exported = client.get("/account/export/").json()
    assert (exported["contacts"], exported["matters"]) == ([], [])
    # a code that was sent to the number shows whose it is
    code = codes.draw(phone=PHONE, address="here", at=NOW)
    signing.sign_in_by_code(phone=PHONE, code=code, address="here", at=NOW)
    made.refresh_from_db()
    assert [contact.pk for contact in visible_to(made)] == [matter.contact_id]
    # and whoever has a new link made, or writes another number down, has shown nothing
    token = accounts.make_password_link(user=made, by=head, at=NOW)
    made = signing.set_password_by_link(token=token, new=PASSWORD + "x", at=NOW)
    assert not visible_to(User.objects.get(pk=made.pk)).exists()
    User.objects.filter(pk=made.pk).update(phone_proved=True)
    accounts.change_account(user=made, username="made.up", name="某某", phone="13911113333", by=head, at=NOW)
    assert not User.objects.get(pk=made.pk).phone_proved


def test_names_that_mean_something_are_not_given(town: Town) -> None:
    post = accounts.FirstPost("clerk", town.units["east"], today(NOW))
    for name in ("p-0123", "P-0123", "erased-7"):
        with pytest.raises(ValidationError, match="不能这样开头"):
            accounts.make_account(username=name, name="某某", phone="", post=post, by=town.actor("head"), at=NOW)


def test_the_owner_reads_who_changed_the_account(town: Town) -> None:
    clerk = town.users["clerk"]
    accounts.make_password_link(user=clerk, by=town.actor("head"), at=NOW)
    client = Client()
    client.force_login(clerk)
    page = client.get("/account/").content.decode()
    assert "谁动过您的账号" in page and "给了设密码的链接" in page and town.users["head"].name in page


def test_an_import_names_who_registered_themselves_by_their_code(town: Town) -> None:
    from linli.orgs.staff_import import _Counts, _Lookup, _read_row

    user = User.objects.create_user(
        "p-7", name="原名", phone_sealed=seal(PHONE), phone_blind=blind(PHONE, purpose="phone"), phone_proved=True
    )
    cells = dict.fromkeys(("division", "grid", "compound", "since", "until", "username"), "")
    cells |= {"name": "别名", "phone": PHONE, "unit": town.units["east"].name, "role": "社区专干"}

    def read(**more: str) -> None:
        _read_row(cells | more, _Lookup(), _Counts(), by=town.actor("head"), at=NOW)

    # not even what the person is called
    with pytest.raises(Refused, match="本人注册"):
        read()
    read(username=appointing.code_of(user, at=NOW), name="原名")
    assert Post.objects.get(user=user).role == "clerk"
