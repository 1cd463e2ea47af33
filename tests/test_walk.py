"""Every page and API route as every role: nobody finds a row that they may not see, and nothing answers with a server error.

A matter of the east community carries words that stand nowhere else (in its text, its contact, its notes, its attachments' ids). Whoever
is not meant to see it asks every address there is, with every argument that leads to it, and must not find them.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

from linli.channels.models import Choice, Message
from linli.channels.queries import stop_token
from linli.kernel import outbox
from linli.kernel.crypto import blind, seal
from linli.matters import actions as matters
from linli.matters import ruling
from linli.matters.models import CatalogueVersion, ReportDraft
from linli.orgs.actors import Actor
from linli.orgs.browser import account_key
from linli.orgs.models import PasswordLink, Post, User
from linli.planning import actions as planning
from linli.planning.models import Plan
from linli.procedures import definitions, siting
from linli.procedures.actions import act, comment
from linli.procedures.beginning import begin_here
from linli.procedures.models import Case, CaseFile, SavedFilter
from linli.procedures.side import open_beside
from linli.procedures.tests.engine import in_force, steps
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db

SECRET = "翡翠鹦鹉"
SECRET_NAME = "欧阳翡翠"
SECRET_NOTE = "琥珀蜻蜓"
SECRET_PHONE = "19900007777"
# the name of a plan of the east's grids: the city's administrator manages it too
SECRET_PLAN = "玛瑙海豚"


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
    _people(town)
    _plan(town)
    _trial(town)
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


def _people(town: Town) -> None:
    """The reporter's own account, with a report begun; another resident; who manages the neighbouring community; a filter that is kept."""
    index = blind(SECRET_PHONE, purpose="phone")
    fields = {"name": SECRET_NAME, "phone_sealed": seal(SECRET_PHONE), "phone_blind": index, "phone_proved": True}
    town.users["owner"] = User.objects.create_user(f"p-{index[:24]}", "Ein-eigenes-Wort-9", **fields)
    ReportDraft.objects.create(key="me", data={"text": SECRET, "place": "x"}, updated_at=NOW)
    town.users["resident"] = User.objects.create_user("p-1", name="某居民")
    SavedFilter.objects.create(user=town.users["clerk"], name=SECRET, query="whose=mine", created_at=NOW)
    owner, email = town.users["owner"], seal(f"{SECRET_PHONE}@example.com")
    told = {"way": "email", "email_sealed": email, "at_once": True, "changed_at": NOW}
    Message.objects.create(
        choice=Choice.objects.create(user=owner, key=account_key(owner), **told),
        way="email",
        subject="【邻里】1 条新进展",
        text_sealed=seal(SECRET),
        notices=1,
        state="failed",
        made_at=NOW,
        next_at=NOW,
    )
    for name, unit in (("west_head", "west"), ("far_head", "far")):
        town.users[name] = User.objects.create_user(name, name=name)
        since = date(2025, 1, 1)
        Post.objects.create(user=town.users[name], role="community_head", organisation=town.units[unit], since=since)


def _plan(town: Town) -> None:
    """A plan of the grids of the east, under a name that only those may read who manage or oversee it."""
    labels = {str(town.building.pk): "第1网格"}
    planning.take_in(division=town.divisions["east"], name=SECRET_PLAN, labels=labels, by=town.actor("head"), at=NOW)


def _trial(town: Town) -> None:
    """A draft of the catalogue by which the secret matter would be treated otherwise: a trial shows such matters."""
    admin = town.actor("admin")
    draft = ruling.make_draft(by=admin, at=NOW)
    rule = {"urgency": "2", "words": "飞进", "units": ""}
    ruling.set_rule(number=draft.number, key="lamp", answers=rule, by=admin, at=NOW)


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
        "code": [case.code, child.code, quiet.code, town.divisions["east"].code],
        "key": ["done", "take", "side:suspend", "matter", "suspension", "lamp", "quiet", "end"],
        "id": [str(case.pk), 1],
        "file_id": [str(CaseFile.objects.get().pk)],
        "size": ["full", "thumb"],
        "number": [1, CatalogueVersion.objects.get(status="draft").number],
        "user_id": [town.users[name].pk for name in ("owner", "clerk", "admin")],
        "unit_id": [town.units["east"].pk, town.units["west"].pk],
        "post_id": [Post.objects.get(user=town.users[name]).pk for name in ("clerk", "west_clerk")],
        "pk": [town.compound.pk, town.building.pk, town.grids["east1"].pk],
        "draft_id": [str(ReportDraft.objects.get(key="me").pk)],
        "filter_id": [SavedFilter.objects.get().pk],
        "version_id": [quiet.version_id],
        "year": [2026],
        "name": ["matters", "grids"],
        "plan_id": [Plan.objects.get().pk],
        "kind": ["geojson", "csv"],
        "layer": ["matters", "grids"],
        "action": ["done"],
        "token": [stop_token(Choice.objects.get(user=town.users["owner"]))],
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
# who must not see anything of it: the neighbouring community and whoever manages it, another street, another department, a property
# company, the city's administrator (who manages and sees no matters), a resident who is signed in, one who reported something else from
# their browser or by the API, nobody
STRANGERS = (
    *("west_clerk", "west_head", "far_clerk", "far_dispatcher", "water", "property", "admin"),
    *("resident", "browser", "bearer", None),
)
INSIDERS = ("clerk", "head", "housing", "dispatcher", "street_supervisor", "county_dispatcher", "city_supervisor")


def client_for(town: Town, name: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if name == "browser":
        assert client.post("/report/", {"go": ""}).status_code == 302 and client.cookies["linli_me"].value
    elif name == "bearer":
        sent = {"text": "路口的灯不亮。", "place": {"community": town.divisions["west"].code}}
        answer = client.post(
            "/api/v1/matters", sent, content_type="application/json", headers={"Idempotency-Key": "k" * 20}
        )
        secret = answer.json()["secret"]
        client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
    elif name is not None:
        client.force_login(town.users[name])
    return client


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_finds_nothing_of_it_anywhere(town: Town, secret: Case, name: str | None) -> None:
    client = client_for(town, name)
    leaks, broken = [], []
    unit = town.units["housing"].pk
    lists = {"/" + _plain(route) for route, pattern in patterns(get_resolver()) if not pattern.pattern.converters}
    for address in addresses(town, secret):
        for query in (
            QUERIES if address in lists else ("", "?try=1") if address.startswith("/manage/catalogue/") else ("",)
        ):
            answer = client.get(address + query.format(unit=unit))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = body.decode("utf-8", "replace")
            if answer.status_code >= 500 and not address.startswith("/readyz"):
                broken.append((address + query, answer.status_code))
            if any(
                word in text
                for word in (
                    SECRET,
                    SECRET_NAME,
                    SECRET_NOTE,
                    SECRET_PHONE,
                    *([] if name == "admin" else [SECRET_PLAN]),
                )
            ):
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


def account(user: User) -> dict[str, Any]:
    """All that decides who gets into an account, and what is done in it."""
    fields = ("username", "name", "password", "phone_blind", "phone_proved", "totp_sealed", "is_active", "failed_count")
    found = User.objects.values(*fields).get(pk=user.pk)
    return found | {"posts": list(user.posts.values()), "links": PasswordLink.objects.filter(user=user).count()}


def forms_of_managers(town: Town, by: str) -> dict[str, list[dict[str, Any]]]:
    """What somebody who manages a place can rightly fill in on its pages, by the end of the address: here about somebody else's account."""
    owner = town.users["owner"]
    unit = Post.objects.get(user=town.users[by]).organisation
    table = "姓名,手机号,用户名,单位,岗位\r\n{name},{phone},{username},{unit},社区专干\r\n"
    row = {"name": SECRET_NAME, "phone": SECRET_PHONE, "username": owner.username, "unit": unit.name}
    post = {"unit": unit.pk, "role": "civility_advocate"}
    people = [SECRET_PHONE, owner.username, f"{owner.pk}", f"{owner.pk}-0000-0000"]
    return {
        "/manage/posts/new/": [
            post | {"person": person, "since": since, "until": until}
            for person in people
            for since, until in (("2025-01-01", ""), ("2035-01-01", "2035-01-02"))
        ],
        "/manage/accounts/new/": [
            post | {"name": SECRET_NAME, "username": name, "phone": phone, "since": "2025-01-01"}
            for name, phone in (("taken.over", SECRET_PHONE), (owner.username, "19900001234"))
        ],
        "/manage/staff-import/": [
            {"act": "import", "file": SimpleUploadedFile("a.csv", table.format(**row | change).encode())}
            for change in ({}, {"phone": ""}, {"name": "别的名字"})
        ],
        "/link/": [{}],
        "/edit/": [{"name": "别的名字", "username": "taken", "phone": "19900001234"}],
        "/act/": [{"act": act} for act in ("reset", "unlock", "close", "open")],
        "/end/": [{}],
    }


@pytest.mark.parametrize("name", ["west_head", "far_head", "head", "street_head", "admin"])
def test_no_manager_gets_into_an_account_of_a_resident_or_of_another_place(town: Town, secret: Case, name: str) -> None:
    """Forms that are filled in rightly, in the order in which somebody would use them: first a post, then the account."""
    client, owner = client_for(town, name), town.users["owner"]
    # the staff of another place too; who manages the east or the city may well do this to its clerk
    safe = [owner] if name in ("head", "street_head", "admin") else [owner, town.users["clerk"], town.users["admin"]]
    before, broken, shown = [account(user) for user in safe], [], []
    forms = forms_of_managers(town, name)
    listed = sorted(addresses(town, secret), key=lambda address: not address.endswith(("/new/", "/staff-import/")))
    for address in (
        one
        for one in listed
        if one.startswith(("/manage/orgs/", "/manage/posts/", "/manage/accounts/", "/manage/staff"))
    ):
        for form in next((given for end, given in forms.items() if address.endswith(end)), []):
            answer = client.post(address, form)
            if answer.status_code >= 500:
                broken.append((address, answer.status_code))
            text = answer.content.decode("utf-8", "replace")
            # what somebody typed stands in the page again
            if SECRET_NAME in text and SECRET_NAME not in str(form.values()) and "file" not in form:
                shown.append(address)
    assert (broken, shown) == ([], [])
    assert [account(user) for user in safe] == before
    # and a link, however it was come by, is not shown
    assert not PasswordLink.objects.filter(user=owner).exists()


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
