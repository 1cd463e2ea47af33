"""The residents' home page: its parts, how much it weighs, how many statements it takes."""

import gzip
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.matters.actions import report
from linli.matters.models import Matter, UnitFigure
from linli.matters.queries import home
from linli.orgs.actors import Actor
from linli.orgs.models import Organisation
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
MOST_BYTES = 90_000


def fill(town: Town, many: int) -> None:
    for n in range(many):
        report(text=f"第{n}件事情，路灯不亮。", place=town.place(), by=Actor(key="x"), at=NOW, starter_key="x")
    Matter.objects.update(public_state="shown", lon=105.005, lat=30.005)


def weight(client: Client, path: str) -> dict[str, int]:
    """Bytes over the wire of a page and of everything that it links to, compressed as they are served."""
    page = client.get(path).content
    found = {path: len(gzip.compress(page))}
    linked = re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode())
    for name in set(linked):
        file = Path(str(finders.find(name)))
        data = file.read_bytes()
        found[name] = len(data) if file.suffix == ".png" else len(gzip.compress(data))
    return found


@pytest.mark.parametrize("path", ["/", "/report/", "/nearby/", "/track/", "/mine/"])
@pytest.mark.parametrize("mode", ["resident", "elder"])
def test_a_first_visit_weighs_at_most_90_kb(town: Town, path: str, mode: str) -> None:
    fill(town, 30)
    client = Client()
    client.cookies["mode"] = mode
    client.cookies["community"] = "990101001001"
    found = weight(client, path)
    assert sum(found.values()) <= MOST_BYTES, found


def test_the_page_is_complete_without_anything_in_it(town: Town) -> None:
    page = Client().get("/").content.decode()
    for word in ("我要反映", "查进度", "看看附近", "选您的社区", "这里还没有公开的事", "tel:119"):
        assert word in page


def test_what_is_near_and_last_month_s_rates(town: Town, client: Client) -> None:
    fill(town, 4)
    client.cookies["community"] = "990101001001"
    page = client.get("/").content.decode()
    assert "正在办 4 件" in page
    assert "<svg" in page
    figures: dict[str, Any] = {"rated": 186, "reached": 183, "settled": 171, "satisfied": 117, "satisfied_answers": 134}
    month = (NOW.replace(day=1)).date().replace(month=NOW.month - 1)
    UnitFigure.objects.create(unit=town.units["east"], month=month, **figures)
    rates = home(code="990101001001", by=Actor(), at=NOW).rates
    assert rates is not None
    assert (rates.response, rates.settlement, rates.satisfaction) == ((183, 186), (171, 186), (117, 134))


def test_the_number_of_statements_does_not_grow_with_the_matters(town: Town) -> None:
    client = Client()
    client.cookies["community"] = "990101001001"

    def statements() -> int:
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/")
        return len(captured.captured_queries)

    fill(town, 3)
    few = statements()
    fill(town, 30)
    assert statements() == few <= 8


@pytest.mark.parametrize("path", ["/about/", "/accessibility/", "/no-such-page/", "/m/xx/"])
def test_pages_about_the_installation_and_errors(town: Town, path: str) -> None:
    for mode in ("resident", "elder"):
        client = Client()
        client.cookies["mode"] = mode
        answer = client.get(path)
        assert answer.status_code == (200 if path.startswith("/a") else 404)
        assert "tel:110" in answer.content.decode()


def test_every_page_leads_to_what_is_one_s_own_and_to_signing_in(town: Town) -> None:
    foot = Client().get("/about/").content.decode().partition("l-foot")[2]
    for way in ("/mine/", "/account/looked-at/", "/account/erase/", "/map/", "/help/01-residents/", "/sign-in/"):
        assert f'href="{way}"' in foot
    client = Client()
    client.force_login(town.users["clerk"])
    page = client.get("/").content.decode()
    assert 'href="/account/"' in page.partition("l-foot")[2]
    assert 'href="/desk/"' in page


def test_without_a_community_the_whole_city_s_rates_are_shown(town: Town) -> None:
    month = (NOW.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    UnitFigure.objects.create(unit=town.units["city"], month=month, rated=4, reached=3, settled=2)
    found = home(code="", by=Actor(), at=NOW)
    assert found.rates is not None
    assert (found.whole_city, found.rates.response) == (True, (3, 4))
    chosen = home(code="990101001001", by=Actor(), at=NOW)
    assert chosen.rates is not None
    assert (chosen.whole_city, chosen.rates.response) == (False, (0, 0))
    assert "您在哪个社区？" in Client().get("/").content.decode()


def test_the_chosen_community_stands_first_among_those_to_ring(town: Town) -> None:
    Organisation.objects.filter(pk=town.units["east"].pk).update(phone="010-5550 1234")
    client = Client()
    assert "010-5550 1234" not in client.get("/about/").content.decode()
    client.cookies["community"] = "990101001001"
    page = client.get("/about/").content.decode()
    assert page.index("010-5550 1234") < page.index(town.units["city"].name)
