"""Contacts: who may look and that it is written down, what a person sees of it, takes away, has erased."""

import json
import uuid
from datetime import timedelta
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from linli.kernel.crypto import blind, seal
from linli.kernel.limits import TooMany
from linli.kernel.models import OutboxEvent
from linli.kernel.policy import Refused
from linli.orgs.actors import SYSTEM, Actor
from linli.orgs.models import Session, User
from linli.people import actions, policies, queries, registry
from linli.people.models import Contact, ContactAccess
from linli.people.policies import CaseFacts
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
CASE = uuid.UUID(int=7)
PHONE, NAME = "13900000001", "买买提江·吐尔逊"
HOLDS, SEES, NEITHER = CaseFacts(True, True), CaseFacts(True, False), CaseFacts(False, False)


def leave(phone: str = PHONE, **more) -> Contact:
    return Contact.objects.create(
        **(
            {
                "name_sealed": seal(NAME),
                "phone_sealed": seal(phone),
                "phone_blind": blind(phone, purpose="phone") if phone else "",
                "created_at": NOW,
            }
            | more
        )
    )


def resident(phone: str = PHONE) -> User:
    return User.objects.create_user(
        f"p-{phone}",
        name="",
        phone_sealed=seal(phone),
        phone_blind=blind(phone, purpose="phone"),
        phone_proved=True,
    )


def reveal(contact: Contact, by: Actor, **more) -> actions.Revealed:
    return actions.reveal(
        **({"contact": contact, "by": by, "purpose": "回电核实", "case_id": CASE, "case": HOLDS, "at": NOW} | more)
    )


def test_who_may_look(town: Town) -> None:
    staff, others = town.actor("housing"), (Actor(), Actor(user_id=9), Actor(key="me"), SYSTEM)
    table = {
        (hidden, erased, sees, holds): bool(
            policies.can_reveal(staff, hidden=hidden, erased=erased, case=CaseFacts(sees, holds))
        )
        for hidden, erased, sees, holds in product((False, True), repeat=4)
    }
    assert {key for key, allowed in table.items() if allowed} == {
        (False, False, True, False),
        (False, False, True, True),
        (False, False, False, True),
        (True, False, True, True),
        (True, False, False, True),
    }
    for by in others:
        assert not policies.can_reveal(by, hidden=False, erased=False, case=HOLDS)


def test_every_look_is_written_down(town: Town) -> None:
    contact = leave()
    shown = reveal(contact, town.actor("housing"), unit_id=town.units["housing"].pk)
    assert shown == (NAME, PHONE)
    row = ContactAccess.objects.get()
    assert (row.user_label, row.purpose, row.case_id, row.at) == ("临江区住建局 承办人 龙飞", "回电核实", CASE, NOW)
    assert row.user_id == town.users["housing"].pk
    assert NAME not in contact.name_sealed and PHONE not in contact.phone_sealed


def test_what_is_refused_is_not_shown_and_not_counted(town: Town) -> None:
    hidden = leave(hidden=True)
    with pytest.raises(Refused, match="匿名"):
        reveal(hidden, town.actor("dispatcher"), case=SEES)
    assert reveal(hidden, town.actor("housing"), case=HOLDS).phone == PHONE
    contact = leave()
    with pytest.raises(Refused, match="职责"):
        reveal(contact, town.actor("west_clerk"), case=NEITHER)
    for purpose in ("", " ", "x", "长" * 201, "a\x00b"):
        with pytest.raises(ValidationError):
            reveal(contact, town.actor("housing"), purpose=purpose)
    with pytest.raises(Refused, match="删除"):
        reveal(leave(erased_at=NOW), town.actor("housing"))
    assert ContactAccess.objects.count() == 1


def test_nobody_looks_at_all_of_them(town: Town) -> None:
    contact, housing = leave(), town.actor("housing")
    for _number in range(actions.MOST_LOOKS):
        reveal(contact, housing)
    with pytest.raises(TooMany):
        reveal(contact, housing)
    assert reveal(contact, housing, at=NOW + timedelta(hours=1)).phone == PHONE


def test_a_person_sees_who_looked_at_them_and_at_nobody_else(town: Town) -> None:
    mine, other = leave(), leave("13900000002")
    for contact in (mine, other):
        reveal(contact, town.actor("housing"))
    me = resident()
    assert [row.contact_id for row in queries.accesses_of(me)] == [mine.pk]
    assert [row.contact_id for row in queries.accesses_of_contact(other.pk)] == [other.pk]
    assert queries.accesses_of_contact(None) == []
    assert queries.accesses_of(town.users["clerk"]) == []
    # an account without a phone owns no contact without a phone
    leave("", phone_blind="")
    assert queries.visible_to(town.users["clerk"]).count() == 0


def test_the_export_holds_everything_and_only_ones_own(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_parts", {"matters": lambda user, contacts: [str(pk) for pk in contacts]})
    mine = leave()
    leave("13900000002")
    reveal(mine, town.actor("housing"))
    found = json.loads(json.dumps(queries.export_of(resident(), at=NOW)))
    assert found["account"]["phone"] == PHONE
    assert found["contacts"] == [
        {
            "id": str(mine.pk),
            "name": NAME,
            "phone": PHONE,
            "hidden": False,
            "left_at": "2026-11-24T02:20:00Z",
            "looked_at": [{"at": "2026-11-24T02:20:00Z", "who": "临江区住建局 承办人 龙飞", "purpose": "回电核实"}],
        }
    ]
    assert found["matters"] == [str(mine.pk)]


def test_only_the_person_erases(town: Town) -> None:
    contact, me = leave(), resident()
    reveal(contact, town.actor("housing"))
    for by in (
        town.actor("housing"),
        town.actor("admin"),
        Actor(),
        Actor(key="me"),
        Actor(user_id=resident("13900000002").pk),
    ):
        with pytest.raises(Refused):
            actions.erase(contact=contact, by=by, at=NOW)
    actions.erase(contact=contact, by=Actor(user_id=me.pk), at=NOW)
    contact.refresh_from_db()
    assert (contact.name_sealed, contact.phone_sealed, contact.phone_blind, contact.erased_at) == ("", "", "", NOW)
    assert [row.payload for row in OutboxEvent.objects.filter(name="people.ContactErased")] == [
        {"contact": str(contact.pk)}
    ]
    assert ContactAccess.objects.count() == 1
    actions.erase(contact=leave(), by=SYSTEM, at=NOW)
    # an erased contact belongs to nobody, not even to an account without a phone
    with pytest.raises(Refused):
        actions.erase(contact=contact, by=Actor(user_id=town.users["clerk"].pk), at=NOW)


def test_an_account_is_erased_with_all_its_contacts(town: Town) -> None:
    me, other = resident(), leave("13900000002")
    contacts = [leave(), leave()]
    Session.objects.create(session_key="s", session_data="", expire_date=NOW + timedelta(1), user=me)
    with pytest.raises(Refused):
        actions.erase_account(user=me, by=town.actor("admin"), at=NOW)
    actions.erase_account(user=me, by=Actor(user_id=me.pk), at=NOW)
    me.refresh_from_db()
    assert (me.name, me.phone_sealed, me.phone_blind, me.is_active) == ("", "", "", False)
    assert PHONE not in me.username
    assert not Session.objects.exists()
    assert Contact.objects.filter(pk__in=[one.pk for one in contacts], erased_at=NOW).count() == 2
    other.refresh_from_db()
    assert other.phone_sealed
    clerk = town.users["clerk"]
    with pytest.raises(Refused, match="留痕"):
        actions.erase_account(user=clerk, by=town.actor("clerk"), at=NOW)


def test_the_pages(town: Town, client: Client) -> None:
    for page in ("/account/looked-at/", "/account/export/", "/account/erase/"):
        assert client.get(page).url.startswith("/sign-in/?next=")
    contact, me = leave(), resident()
    client.force_login(me)
    assert "还没有人看过" in client.get("/account/looked-at/").content.decode()
    for number in range(7):
        reveal(contact, town.actor("housing"), purpose=f"第{number}次回电")
    page = client.get("/account/").content.decode()
    assert "全部 7 次" in page and "第6次回电" in page and "第1次回电" not in page
    assert "第0次回电" in client.get("/account/looked-at/").content.decode()
    answer = client.get("/account/export/")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="linli-')
    assert answer.json()["contacts"][0]["name"] == NAME
    assert "1 件事里留过" in client.get("/account/erase/").content.decode()
    assert client.post("/account/erase/", {"what": "contacts"}).status_code == 422
    assert client.post("/account/erase/", {"what": "contacts", "sure": "1"}).url == "/account/"
    assert client.get("/account/export/").json()["contacts"] == []
    done = client.post("/account/erase/", {"what": "account", "sure": "1"})
    assert "已经删除" in done.content.decode()
    assert client.get("/account/").status_code == 302


def test_staff_do_not_erase_their_account_on_the_page(town: Town, client: Client) -> None:
    client.force_login(town.users["clerk"])
    assert "连账号一起删" not in client.get("/account/erase/").content.decode()
    assert client.post("/account/erase/", {"what": "account", "sure": "1"}).status_code == 403
    assert User.objects.get(username="clerk").is_active
