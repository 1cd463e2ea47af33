"""The search of the desk: by code, by words, other words where none fit, and never what one may not see."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.matters import actions
from linli.orgs.actors import Actor
from linli.procedures.models import Case
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(town: Town) -> Case:
    matter = actions.report(
        text="桂花园3栋电梯䶮坏了，老人下不了楼。",
        place=town.place(),
        by=Actor(key="me"),
        at=datetime.now(UTC),
        starter_key="me",
        phone="13912345678",
    )
    outbox.drain()
    return matter.case


def ask(town: Town, name: str, text: str) -> str:
    client = Client()
    client.force_login(town.users[name])
    answer = client.get("/desk/search/", {"q": text})
    if answer.status_code == 302:
        return str(answer.headers["Location"])
    main = answer.content.decode().split("<main")[1].split(">", 1)[1].split("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def test_a_code_opens_its_case_and_words_find_it(town: Town, case: Case) -> None:
    for said in (case.code, case.code.lower().replace("-", ""), f" {case.code} "):
        assert ask(town, "clerk", said) == f"/desk/cases/{case.code}/"
    for said in ("电梯", "桂花 老人", "䶮"):
        assert case.code in ask(town, "clerk", said), said


def test_where_nothing_fits_it_says_what_would(town: Town, case: Case) -> None:
    said = ask(town, "clerk", "电梯 塌方")
    assert said.startswith("搜索 0 没有“电梯 塌方” 换个说法： 电梯 （1 件）")
    assert "换个说法" not in ask(town, "clerk", "塌方")
    assert "换个说法" not in ask(town, "clerk", "电梯 塌方 a b c d")
    assert "搜编号、地点、原话" in ask(town, "clerk", "")


@pytest.mark.parametrize("name", ["west_clerk", "water", "property", "far_dispatcher"])
def test_nobody_finds_what_they_may_not_see(town: Town, case: Case, name: str) -> None:
    for said in (case.code, "电梯", "电梯 塌方", "13912345678"):
        found = ask(town, name, said)
        assert found.startswith("搜索 0") and "换个说法" not in found


@pytest.mark.parametrize(
    "text", ["'", '"', "*", "AND", "NEAR(", "\\", "%", "<script>", "a" * 500, "😀", "(", "电梯' OR 1=1"]
)
def test_hostile_words_find_nothing_and_break_nothing(town: Town, case: Case, text: str) -> None:
    assert ask(town, "west_clerk", text).startswith("搜索")
