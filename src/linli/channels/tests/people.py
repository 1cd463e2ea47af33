"""People of the tests who chose to be told, and what they are told of."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from linli.channels.models import Choice
from linli.kernel import outbox
from linli.kernel.crypto import blind, seal
from linli.kernel.memo import forget
from linli.matters import actions as matters
from linli.matters.models import Matter
from linli.orgs import channels
from linli.orgs.actors import Actor
from linli.orgs.browser import account_key
from linli.orgs.channels import NotSent
from linli.orgs.models import User
from linli.procedures.actions import act
from linli.testing import NOW, Town

PHONE = "13900000001"
EMAIL = "me@example.com"
TEXT = "楼下的路灯坏了，张三家门口一片黑。"


class Gateway:
    """Stands where texts leave the house: keeps what it was handed, and refuses as often as told."""

    def __init__(self) -> None:
        self.handed: list[tuple[str, str, str]] = []
        self.refusals: list[Exception] = []

    def send(self, phone: str, text: str, key: str) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.handed.append((phone, text, key))


@pytest.fixture
def gateway(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A house with an address, a mail server (Django keeps the mails) and a gateway for texts."""
    settings.LINLI_ADDRESS, settings.EMAIL_HOST = "https://linli.example", "mail.example"
    settings.DEFAULT_FROM_EMAIL = "notice@linli.example"
    settings.LINLI_SMS_ADDRESS, settings.LINLI_SMS_SECRET = "https://sms.example/send", "s"
    gate = Gateway()
    monkeypatch.setattr(channels, "current", lambda: gate)
    forget()
    yield gate


def refusal(*, final: bool = False) -> NotSent:
    return NotSent("the line is down", final=final)


def resident(name: str = "p-me", phone: str = PHONE) -> User:
    """A resident with an account and a proved phone."""
    index = blind(phone, purpose="phone")
    return User.objects.create(username=name, phone_sealed=seal(phone), phone_blind=index, phone_proved=True)


def chosen(user: User, **more: Any) -> Choice:
    """What somebody chose: e-mail in a digest at nine, urgent things at once, unless said otherwise."""
    fields = {"way": "email", "email_sealed": seal(EMAIL), "changed_at": NOW} | more
    return Choice.objects.create(user=user, key=account_key(user), **fields)


def reported(town: Town, user: User, *, at: datetime = NOW, category: str = "lamp") -> Matter:
    """A matter that a resident reports from their account: about a lamp, a lift (urgent), gas (dangerous)."""
    by = Actor(user_id=user.pk, key=account_key(user))
    known = {"category_id": town.categories[category].pk, "name": "张三", "phone": PHONE}
    return matters.report(text=TEXT, place=town.place(), by=by, at=at, starter_key=by.key, **known)


def accepted(town: Town, matter: Matter, *, at: datetime) -> None:
    """The community accepts a matter, and everyone is told in the platform."""
    form = {"category": town.categories["lamp"].pk, "urgency": 3}
    act(case_id=matter.pk, action="accept", by=town.actor("clerk", at), at=at, form=form)
    outbox.drain(at=at)


def dispatched(town: Town, matter: Matter, *, by: str, at: datetime) -> None:
    """The community gives a matter to the housing department, and everyone is told in the platform."""
    act(case_id=matter.pk, action="dispatch", by=town.actor(by, at), at=at, form={"unit": town.units["housing"].pk})
    outbox.drain(at=at)
