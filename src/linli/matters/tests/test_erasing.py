"""An erased account: nothing of the person is left in any column of any table."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from linli.kernel import outbox
from linli.kernel.crypto import blind, unseal
from linli.kernel.policy import Refused
from linli.matters import actions as matters
from linli.matters import following
from linli.matters.enums import PublicState
from linli.matters.models import Follower, Matter, PlaceSubscription, ReportDraft
from linli.orgs import browser
from linli.orgs.actions import signing
from linli.orgs.actors import Actor, actor_for, today
from linli.orgs.models import ExternalIdentity, PasswordLink, PhoneCode, Post, Session, User
from linli.orgs.signin import codes
from linli.people.actions import erase_account
from linli.people.models import Contact
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
OWN, OTHER, NAME, SUBJECT = "13955556666", "13977778888", "钱小梅测", "id-510102199001011234"


@pytest.fixture
def me(town: Town) -> User:
    code = codes.draw(phone=OWN, address="here", at=NOW)
    user = signing.sign_in_by_code(phone=OWN, code=code, address="here", at=NOW)
    signing.change_own_name(user=user, name=NAME, by=Actor(user_id=user.pk), at=NOW)
    user.refresh_from_db()
    signing.change_password(user=user, old="", new="Ein-langes-Wort-9", keep_session="", at=NOW)
    ExternalIdentity.objects.create(user=user, issuer="https://sso", subject=SUBJECT, tied_at=NOW)
    PasswordLink.objects.create(user=user, token_hash="x", made_at=NOW, expires_at=NOW)
    return User.objects.get(pk=user.pk)


def report(town: Town, by: Actor, phone: str, **more: Any) -> Matter:
    return matters.report(
        text="路灯坏了三天，没人来修。", place=town.place(), by=by, at=NOW, phone=phone, name=NAME, **more
    )


def everything() -> str:
    """Every value of every row of the installation, sealed ones opened."""
    found = []
    for model in apps.get_models():
        for row in model._default_manager.all():
            for field in model._meta.concrete_fields:
                value = getattr(row, field.attname)
                found.append(unseal(value) if field.name.endswith("_sealed") and value else value)
    return json.dumps(found, default=str, ensure_ascii=False)


def test_nothing_of_the_person_is_left(town: Town, me: User) -> None:
    by = actor_for(me, at=NOW, key=browser.account_key(me))
    mine = report(town, by, OTHER, starter_key=by.key)
    by_phone = report(town, Actor(key="before"), OWN, starter_key="before")
    strangers = report(town, Actor(key="other"), OTHER, starter_key="other")
    Matter.objects.filter(pk=strangers.pk).update(public_state=PublicState.SHOWN)
    strangers.refresh_from_db()
    following.follow(matter=strangers, key=by.key, at=NOW, user_id=me.pk)
    following.subscribe(division_id=town.divisions["east"].pk, key=by.key, at=NOW, user_id=me.pk)
    ReportDraft.objects.create(key=by.key, data={"text": f"{NAME}的草稿"}, updated_at=NOW)
    client = Client()
    client.force_login(me)
    exported = client.get("/account/export/").json()
    assert {one["phone"] for one in exported["contacts"]} == {OWN, OTHER} and len(exported["contacts"]) == 2
    assert "2 件事里留过" in client.get("/account/erase/").content.decode()
    assert "都删掉了" in client.post("/account/erase/", {"what": "account", "sure": "1"}).content.decode()
    outbox.drain()
    gone = Contact.objects.filter(pk__in=[mine.contact_id, by_phone.contact_id])
    assert [(one.name_sealed, one.phone_sealed, one.phone_blind) for one in gone] == [("", "", "")] * 2
    assert Matter.objects.get(pk=mine.pk).anonymous
    # the stranger's contact, with the same number as one of the person's, is the stranger's
    assert unseal(Contact.objects.get(pk=strangers.contact_id).phone_sealed) == OTHER
    for model in (Follower, PlaceSubscription, ReportDraft, ExternalIdentity, PasswordLink, PhoneCode):
        assert not model._default_manager.exists(), model
    assert not Session.objects.filter(user=me).exists()
    assert Matter.objects.get(pk=strangers.pk).followers == 0
    Contact.objects.filter(pk=strangers.contact_id).update(name_sealed="", phone_sealed="", phone_blind="")
    left = everything()
    for word in (OWN, OTHER, NAME, SUBJECT, "139****6666", blind(OWN, purpose="phone")[:24]):
        assert word not in left, word


def test_posts_count_once_they_began(town: Town, me: User) -> None:
    day = today(NOW)
    post = Post.objects.create(user=me, role="clerk", organisation=town.units["east"], since=day)
    with pytest.raises(Refused, match="留痕"):
        erase_account(user=me, by=Actor(user_id=me.pk), at=NOW)
    Post.objects.filter(pk=post.pk).update(since=day + timedelta(days=30))
    erase_account(user=me, by=Actor(user_id=me.pk), at=NOW)
    post.refresh_from_db()
    assert post.until == post.since
