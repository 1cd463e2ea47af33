"""Every page and API route as every role: nobody finds a row that they may not see, and nothing answers with a server error.

A matter of the east community carries words that stand nowhere else (in its text, its contact, its notes, its attachments' ids). Whoever
is not meant to see it asks every address there is, with every argument that leads to it, and must not find them.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from linli.kernel import outbox
from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures import definitions, siting
from linli.procedures.actions import act, comment
from linli.procedures.beginning import begin_here
from linli.procedures.models import Case, CaseFile
from linli.procedures.side import open_beside
from linli.procedures.tests.engine import in_force, steps
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db

SECRET = "翡翠鹦鹉"
SECRET_NAME = "欧阳翡翠"
SECRET_NOTE = "琥珀蜻蜓"
SECRET_PHONE = "19900007777"


@pytest.fixture
def secret(town: Town) -> Case:
    """A matter in the east, with contact, note, photo, a suspension beside it; nothing of it is public yet."""
    matter = matters.report(
        text=f"{SECRET}飞进了楼道，半夜叫个不停。",
        place=town.place(),
        by=Actor(key="me"),
        at=NOW,
        starter_key="me",
        name=SECRET_NAME,
        phone=SECRET_PHONE,
    )
    form = {"category": town.categories["lamp"].pk, "urgency": 3}
    act(case_id=matter.pk, action="accept", by=town.actor("clerk"), at=NOW, form=form)
    act(case_id=matter.pk, action="dispatch", by=town.actor("clerk"), at=NOW, form={"unit": town.units["housing"].pk})
    comment(case_id=matter.pk, by=town.actor("housing"), at=NOW, text=SECRET_NOTE)
    wish = {"days": 3, "grounds": SECRET_NOTE, "condition": SECRET_NOTE}
    open_beside(case_id=matter.pk, act="suspend", by=town.actor("housing"), at=NOW, form=wish)
    CaseFile.objects.create(case=matter.case, seq=1, name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    _begin_quietly(town)
    outbox.drain(at=NOW)
    return Case.objects.get(pk=matter.pk)


QUIET = """
    ask: {name: 审核, holder: clerk of community, clock: 2 working days, actions: {show: {name: 公示, to: shown}, end: {to: over}}}
    shown:
      kind: notice
      holder: clerk of community
      clock: {for: 7 days}
      objections: {by: [parties], answer: community_head of community}
      then: over
    over: {kind: end, outcome: over}
"""


def _begin_quietly(town: Town) -> None:
    """A case of a procedure of which nothing is public, begun at the desk for a person with a name and a phone."""
    head = "start: {by: [public], form: [wish]}\nfields: {wish: {name: 申请什么, type: text}}"
    in_force(steps(QUIET, key="quiet", head=head))
    clerk, definition = town.actor("clerk"), definitions.in_force()["quiet"].definition
    site = next(site for site in siting.sites(definition, clerk) if site.grid_id is None)
    form, person = {"wish": SECRET}, (SECRET_NAME, SECRET_PHONE)
    begin_here(definition, site, by=clerk, at=NOW, title=SECRET, form=form, somebody=person)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for part in resolver.url_patterns:
        route = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from patterns(part, route)
        else:
            yield route, part


def arguments(town: Town, case: Case) -> dict[str, list[Any]]:
    """What each argument of an address can be, such that it leads to the secret matter or its surroundings."""
    child, quiet = Case.objects.get(parent=case.pk), Case.objects.get(procedure="quiet")
    return {
        "code": [case.code, child.code, quiet.code],
        "key": ["done", "take", "side:suspend", "matter", "suspension", "lamp", "quiet", "end"],
        "id": [str(case.pk), 1],
        "file_id": [str(CaseFile.objects.get().pk)],
        "size": ["full", "thumb"],
        "number": [1],
        "year": [2026],
        "name": ["matters", "grids"],
        "layer": ["matters", "grids"],
        "action": ["done"],
    }


def addresses(town: Town, case: Case) -> list[str]:
    """Every address of the installation, once for each combination of the arguments it takes (the first three of each)."""
    known = arguments(town, case)
    found = []
    for route, pattern in patterns(get_resolver()):
        if route.startswith("static"):
            continue
        ways: list[str] = [_plain(route)]
        for name, converter in pattern.pattern.converters.items():
            values = known.get(name) or _fallback(converter, case)
            ways = [way.replace(f"<{name}>", str(value), 1) for way in ways for value in values]
        found += ["/" + way for way in ways]
    return found


def _plain(route: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", route.replace("^", "").replace("$", "").replace("\\", ""))


def _fallback(converter: Any, case: Case) -> list[Any]:
    if isinstance(converter, IntConverter):
        return [1]
    if isinstance(converter, UUIDConverter):
        return [str(case.pk)]
    return [case.code, "matter"]


QUERIES = (
    "",
    f"?q={SECRET[:2]}",
    "?whose=watched",
    "?whose=took_part",
    "?whose=waiting",
    "?whose=others",
    "?whose=approve",
    "?whose=unit&unit={unit}",
    "?state=ended",
    "?format=csv",
    "?export=csv",
)
# who must not see anything of it: the neighbouring community, another street, another department, a property company, a resident, nobody
STRANGERS = ("west_clerk", "far_clerk", "far_dispatcher", "water", "property", None)
INSIDERS = ("clerk", "head", "housing", "dispatcher", "street_supervisor", "county_dispatcher", "city_supervisor")


def client_for(town: Town, name: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if name is not None:
        client.force_login(town.users[name])
    return client


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_finds_nothing_of_it_anywhere(town: Town, secret: Case, name: str | None) -> None:
    client = client_for(town, name)
    leaks, broken = [], []
    unit = town.units["housing"].pk
    lists = {"/" + _plain(route) for route, pattern in patterns(get_resolver()) if not pattern.pattern.converters}
    for address in addresses(town, secret):
        for query in QUERIES if address in lists else ("",):
            answer = client.get(address + query.format(unit=unit))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = body.decode("utf-8", "replace")
            if answer.status_code >= 500 and not address.startswith("/readyz"):
                broken.append((address + query, answer.status_code))
            if any(word in text for word in (SECRET, SECRET_NAME, SECRET_NOTE, SECRET_PHONE)):
                leaks.append(address + query)
    assert (leaks, broken) == ([], [])


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_changes_nothing_of_it(town: Town, secret: Case, name: str | None) -> None:
    client = client_for(town, name)
    quiet = Case.objects.get(procedure="quiet")
    before = (secret.last_seq, secret.last_hash, secret.holder_user_id, secret.state, quiet.last_seq, quiet.data)
    posted = {
        "a.result": "没事了",
        "reason": "没事了",
        "text": "没事了",
        "verdict": "approve",
        "case": str(secret.pk),
        "key": "take",
        "go": "1",
        "people": "3",
        "letter": "x" * 24,
        "way": "passed",
    }
    broken = []
    for address in addresses(town, secret):
        if address.startswith(("/language", "/mode", "/theme")):
            continue
        answer = client.post(address, posted | {"code": secret.code})
        if answer.status_code >= 500 and not address.startswith("/readyz"):
            broken.append((address, answer.status_code))
    secret.refresh_from_db()
    quiet.refresh_from_db()
    assert broken == []
    after = (secret.last_seq, secret.last_hash, secret.holder_user_id, secret.state, quiet.last_seq, quiet.data)
    assert after == before


@pytest.mark.parametrize("name", INSIDERS)
def test_whoever_works_on_it_or_oversees_the_place_reads_it(town: Town, secret: Case, name: str) -> None:
    client = client_for(town, name)
    page = client.get(f"/desk/cases/{secret.code}/")
    assert page.status_code == 200
    assert SECRET in page.content.decode()
    # nobody reads the contact in passing: it takes an act of its own, which is written down
    assert SECRET_PHONE not in page.content.decode()
    quiet = client.get(f"/desk/cases/{Case.objects.get(procedure='quiet').code}/")
    assert (quiet.status_code, SECRET_PHONE in quiet.content.decode()) == (404 if name == "housing" else 200, False)


def test_forms_without_the_token_are_refused(town: Town, secret: Case) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.users["housing"])
    answer = client.post(f"/desk/cases/{secret.code}/do/done/", {"a.result": "好了"})
    assert answer.status_code == 403
    secret.refresh_from_db()
    assert secret.step == "handle"


def test_every_answer_carries_the_security_headers(town: Town, secret: Case) -> None:
    client = client_for(town, "clerk")
    for address in ("/", "/desk/", f"/desk/cases/{secret.code}/", "/no-such-page/", "/api/v1/openapi.json"):
        headers = client.get(address).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
