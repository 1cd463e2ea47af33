"""Every address of the area as everyone who must not get at a neighbouring community's people: nothing is seen, nothing changes."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from linli.kernel.models import AuditEntry, CalendarDay, CalendarYear
from linli.orgs.models import Organisation, PasswordLink, Post, User
from linli.orgs.urls import urlpatterns
from linli.people.urls import urlpatterns as people_patterns
from linli.testing import Town

pytestmark = pytest.mark.django_db
WALKERS = ("head", "clerk", "resident", None)
QUERIES = ("", "?q=叶青", "?state=all&export=csv", "?unit={unit}&year=2028&tick=1&person=west_clerk")


def addresses(town: Town) -> list[str]:
    west = town.users["west_clerk"]
    values = {
        "<int:unit_id>": str(town.units["west"].pk),
        "<int:post_id>": str(Post.objects.get(user=west).pk),
        "<int:user_id>": str(west.pk),
        "<str:token>": "some-token",
    }
    found = []
    for pattern in [*urlpatterns, *people_patterns]:
        assert isinstance(pattern, URLPattern)
        route = "/" + str(pattern.pattern)
        for argument, value in values.items():
            route = route.replace(argument, value)
        assert "<" not in route
        found.append(route)
    return found


def client_for(town: Town, name: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if name == "resident":
        client.force_login(User.objects.create_user("p-1", name="某居民"))
    elif name is not None:
        client.force_login(town.users[name])
    return client


def state() -> dict[str, Any]:
    return {
        "units": list(Organisation.objects.order_by("pk").values()),
        "posts": list(Post.objects.order_by("pk").values()),
        "users": list(
            User.objects.order_by("pk").values(
                "pk", "username", "name", "password", "is_active", "totp_sealed", "phone_blind"
            )
        ),
        "links": PasswordLink.objects.count(),
        "days": (CalendarDay.objects.count(), CalendarYear.objects.count()),
        "entries": AuditEntry.objects.count(),
    }


@pytest.mark.parametrize("name", WALKERS)
def test_nothing_of_the_neighbours_is_seen(town: Town, name: str | None) -> None:
    client, unit = client_for(town, name), town.units["west"].pk
    broken, leaks = [], []
    for address in addresses(town):
        for query in QUERIES:
            if address.endswith("/export/") and "export" not in query:
                continue
            answer = client.get(address + query.format(unit=unit))
            if answer.status_code >= 500:
                broken.append((address, query))
            body = answer.content.decode("utf-8", "replace")
            # what somebody searched for stands in the page as they typed it
            if "西园社区居委会" in body or ("叶青" in body and "q=" not in query):
                leaks.append(address + query)
    assert (broken, leaks) == ([], [])


HOSTILE = {
    "to": "closed",
    "act": "close",
    "on": "2026-12-01",
    "name": "<script>alert(1)</script>",
    "username": "x' OR 1=1 --",
    "phone": "1; DROP TABLE orgs_user",
    "kind": "department",
    "division": "990101001002 西园社区",
    "parent": "1",
    "hours": "09:00-12:00",
    "person": "west_clerk",
    "role": "admin",
    "since": "2026-11-24",
    "year": "2028",
    "day": "2028-01-04",
    "as": "off",
    "text": "一、元旦：1月1日（周六）至3日（周一）放假调休，共3天。",
    "enter": "1",
    "entered": "1",
    "otp": "000000",
    "code": "\u0661\u0662",
    "password": "\x00",
    "password_old": "x",
    "password_new": "a new long password",
    "password_again": "a new long passwordx",
    "next": "https://evil.example/",
    "resume": "x:y:z",
}


@pytest.mark.parametrize("name", WALKERS)
def test_nothing_of_the_neighbours_is_changed(town: Town, name: str | None) -> None:
    client, west = client_for(town, name), town.units["west"].pk
    before, broken = state(), []
    for address in addresses(town):
        if address.startswith(("/account/name/", "/account/second-factor/")):
            continue
        for form in (HOSTILE | {"unit": str(west)}, {}, {"unit": "9" * 30, "year": "x", "day": "x"}):
            answer = client.post(address, form)
            if answer.status_code >= 500:
                broken.append((address, answer.status_code))
    assert broken == []
    assert state() == before
