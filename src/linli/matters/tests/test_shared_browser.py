"""One browser, several people: what somebody did while signed in goes with them; what was done without an account stays."""

import re

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.matters.models import Matter, ReportDraft
from linli.orgs.models import User
from linli.procedures.models import Notice
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
WORDS = "隔壁每天夜里打孩子，请来看看。"


@pytest.fixture
def users(town: Town) -> list[User]:
    return [User.objects.create_user(f"p-{number}", name=f"居民{number}") for number in (1, 2)]


def begin(client: Client) -> str:
    answer = client.post("/report/", {"go": ""})
    found = re.search(r"/report/([\w-]+)/", answer.headers["Location"])
    assert found
    return found[1]


def write(client: Client, town: Town, draft: str) -> None:
    community = town.divisions["east"].pk
    client.post(f"/report/{draft}/place/", {"place": "list", "community": f"d{community}", "shown": "1"})
    client.post(f"/report/{draft}/say/", {"text": WORDS, "seen": "x"})


def send(client: Client, draft: str) -> str:
    client.post(f"/report/{draft}/check/", {"contact": "hidden", "name": "甲某", "phone": "13955550001"})
    return str(Matter.objects.select_related("case").latest("created_at").case.code)


def report(client: Client, town: Town) -> str:
    draft = begin(client)
    write(client, town, draft)
    return send(client, draft)


def sees(client: Client, code: str) -> tuple[bool, int, int]:
    listed = code in client.get("/mine/").content.decode()
    return listed, client.get(f"/m/{code}/").status_code, client.get(f"/m/{code}/record/").status_code


def test_signing_out_takes_everything_along(town: Town, users: list[User]) -> None:
    client = Client()
    client.force_login(users[0])
    code = report(client, town)
    unsent = begin(client)
    write(client, town, unsent)
    assert sees(client, code) == (True, 200, 200)
    answer = client.post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    # to whoever comes next, signed in or not, it is as if nothing had been there
    for user in (None, users[1]):
        if user is not None:
            client.force_login(user)
        assert sees(client, code) == (False, 404, 404)
        assert client.post(f"/m/{code}/withdraw/", {"reason": "x"}).status_code == 404
        assert WORDS not in client.get("/report/").content.decode()
        assert client.get(f"/report/{unsent}/say/").status_code == 404
    # its owner finds it anywhere
    elsewhere = Client()
    elsewhere.force_login(users[0])
    assert sees(elsewhere, code) == (True, 200, 200)
    assert elsewhere.get(f"/report/{unsent}/say/").status_code == 200


def test_who_has_no_account_keeps_theirs_whoever_signs_in_meanwhile(town: Town, users: list[User]) -> None:
    client = Client()
    code = report(client, town)
    client.force_login(users[1])
    assert sees(client, code) == (False, 404, 404)
    client.post("/sign-out/")
    assert sees(client, code) == (True, 200, 200)
    assert client.get("/mine/").headers["Cache-Control"] == "no-store"
    client.post("/mine/forget/")
    assert sees(client, code) == (False, 404, 404)
    assert not Matter.objects.get(case__code=code).case.ended_at


def test_what_one_did_before_signing_in_can_be_taken_along(town: Town, users: list[User]) -> None:
    client = Client()
    code = report(client, town)
    matter = Matter.objects.select_related("case").get(case__code=code)
    Notice.objects.create(case=matter.case, key=matter.case.starter_key, text="done:handle", why="tell", at=NOW)
    client.force_login(users[0])
    assert "这台设备上还办过 1 件" in client.get("/mine/").content.decode()
    client.post("/mine/claim/")
    assert sees(client, code) == (True, 200, 200)
    client.post("/sign-out/")
    assert sees(client, code) == (False, 404, 404)
    elsewhere = Client()
    elsewhere.force_login(users[0])
    assert sees(elsewhere, code)[0]
    assert Notice.objects.get(case=matter.case).key == Matter.objects.get(pk=matter.pk).case.starter_key
    outbox.drain(at=NOW)


def test_a_report_goes_on_when_its_writer_signs_in(town: Town, users: list[User]) -> None:
    client = Client()
    draft = begin(client)
    write(client, town, draft)
    client.force_login(users[0])
    assert WORDS in client.get(f"/report/{draft}/say/").content.decode()
    code = send(client, draft)
    assert ReportDraft.objects.get(pk=draft).matter.case.starter_user_id == users[0].pk
    client.post("/sign-out/")
    assert sees(client, code) == (False, 404, 404)
