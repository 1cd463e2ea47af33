"""Every argument, query parameter and form field with what no database stores or no number holds: refused or ignored, never a server error.

The names are not listed here: they are those that the module of a page reads, those of the forms on it, and those of the API's description.
"""

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from linli.config.api import api
from linli.procedures.models import Case
from linli.testing import Town
from tests.test_walk import _plain, arguments, client_for, patterns, secret

__all__ = ["secret"]
FORM = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.django_db

# NUL, a digit that is no number, more digits than any column holds, a number that none can be
HOSTILE = ("a%00", "%C2%B2", "1" + "0" * 30, "-1")
# what modules that pages share read: lists, versions of a case, the way back
SHARED = {"page", "since", "next"}
_READ = re.compile(r"""(?:GET|POST|given|get)(?:\.get(?:list)?\(|\[)(?:f?)"([\w.]+)\"""")
_NAMED = re.compile(r"""\bname="([\w.:-]+)\"""")
_FIELDS = re.compile(r"""^FIELDS = \((.*?)\)""", re.MULTILINE | re.DOTALL)


@cache
def read_in(module: str) -> frozenset[str]:
    """The names of parameters that a module of pages reads."""
    source = Path(module).read_text()
    listed = [name for fields in _FIELDS.findall(source) for name in re.findall(r'"(\w+)"', fields)]
    return frozenset(_READ.findall(source)) | frozenset(listed)


@cache
def of_the_api() -> frozenset[str]:
    schema: Any = api.get_openapi_schema()
    every = (one for path in schema["paths"].values() for way in path.values() for one in way.get("parameters", ()))
    return frozenset(one["name"] for one in every if one["in"] == "query")


def pages() -> Iterator[tuple[str, URLPattern]]:
    for route, pattern in patterns(get_resolver()):
        # signing out would end the walk
        if not route.startswith(("static", "sign-out")):
            yield "/" + _plain(route), pattern


def real(address: str, pattern: URLPattern, town: Town, case: Case) -> str:
    """An address with the first arguments that lead to the matter."""
    known = arguments(town, case)
    for name, converter in pattern.pattern.converters.items():
        fallback = 1 if isinstance(converter, IntConverter) else case.pk
        values = [one for one in known.get(name, []) if not isinstance(converter, IntConverter) or isinstance(one, int)]
        address = address.replace(f"<{name}>", str(values[0] if values else fallback), 1)
    return address


def names_on(address: str, pattern: URLPattern, client: Client) -> list[str]:
    """What a page may be sent: what its module reads, and what the forms on it are called."""
    if address.startswith("/api/"):
        return sorted(of_the_api())
    page = client.get(address)
    shown = b"".join(page.streaming_content) if page.streaming else page.content
    module = inspect.getsourcefile(inspect.unwrap(pattern.callback)) or ""
    return sorted(SHARED | read_in(module) | set(_NAMED.findall(shown.decode("utf-8", "replace"))))


def asker(town: Town, address: str) -> Client:
    """Whoever may open most of what lies there."""
    return client_for(town, "admin" if "/manage/" in address else "clerk" if "/desk/" in address else None)


def broken(client: Client, method: str, address: str, body: str = "") -> list[str]:
    answer = client.generic(method, address, body, content_type=FORM)
    if answer.streaming:
        b"".join(answer.streaming_content)  # closing it would close the database with it
    failed = answer.status_code >= 500 and not address.startswith("/readyz")
    return [f"{answer.status_code} {method} {address} {body}"] if failed else []


@pytest.mark.parametrize("value", HOSTILE)
def test_no_argument_breaks_a_page(town: Town, secret: Case, value: str) -> None:
    wrong = []
    for route, pattern in pages():
        for name, converter in pattern.pattern.converters.items():
            if isinstance(converter, IntConverter | UUIDConverter) and not value.isdecimal():
                continue  # leads nowhere
            address = real(route.replace(f"<{name}>", value, 1), pattern, town, secret)
            client = asker(town, address)
            wrong += broken(client, "GET", address) + broken(client, "POST", address, "since=1&reason=x&go=1")
    assert wrong == []


@pytest.mark.parametrize("value", HOSTILE)
def test_no_parameter_and_no_field_breaks_a_page(town: Town, secret: Case, value: str) -> None:
    wrong = []
    for route, pattern in pages():
        address = real(route, pattern, town, secret)
        client = asker(town, address)
        names = names_on(address, pattern, client)
        for name in names:
            wrong += broken(client, "GET", f"{address}?{name}={value}") + broken(
                client, "POST", address, f"{name}={value}"
            )
        everything = "&".join(f"{name}={value}" for name in names)
        wrong += broken(client, "GET", f"{address}?{everything}") + broken(client, "POST", address, everything)
    assert wrong == []


STRINGS = (
    "text",
    "category",
    "pin",
    "place.address",
    "place.choice",
    "place.community",
    "contact.name",
    "contact.phone",
)


@pytest.mark.parametrize("sign", ["\0", "\ud800", "\u202e", "\x07"])
@pytest.mark.parametrize("field", STRINGS)
def test_no_string_of_a_report_by_the_api_keeps_them(town: Town, field: str, sign: str) -> None:
    body: dict[str, Any] = {
        "text": "路灯不亮了",
        "place": {"community": "990101001001", "address": "门口"},
        "contact": {},
    }
    outer, _dot, inner = field.rpartition(".")
    (body[outer] if outer else body)[inner] = f"门{sign}口"
    answer = Client().post("/api/v1/matters", json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_answers")
    assert list(answer.json()["errors"]) == [field]
    assert Case.objects.count() == 0


@pytest.mark.parametrize("address", ["a%00b", "%E2%80%AEb", "a%07b"])
def test_no_address_written_at_the_desk_keeps_them(town: Town, address: str) -> None:
    where, what = town.divisions["east"].pk, town.categories["lamp"].pk
    body = f"text=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE%E4%BA%86&community={where}&category={what}&address={address}"
    client = client_for(town, "clerk")
    assert client.generic("POST", "/desk/register/", body, content_type=FORM).status_code in (400, 422)
    assert Case.objects.count() == 0
    assert client.generic("POST", "/desk/register/", body.replace(address, "ab"), content_type=FORM).status_code == 302
