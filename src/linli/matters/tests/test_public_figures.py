"""Published figures: for everybody, of units, every share with its fraction and of few answers none."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.display import local
from linli.matters.models import UnitFigure
from linli.testing import Town

pytestmark = pytest.mark.django_db


def kept(town: Town, unit: str, **counts: int) -> None:
    month = local(datetime.now(UTC)).date().replace(day=1)
    UnitFigure.objects.create(unit=town.units[unit], month=month, **counts)


def words(client: Client, path: str) -> str:
    page: Any = client.get(path)
    assert page.status_code == 200
    main = page.content.decode().split("<main")[1].partition(">")[2].split("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


MANY = {"received": 20, "ended": 18, "rated": 15, "reached": 12, "settled": 15, "satisfied": 6, "satisfied_answers": 9}


def test_shares_stand_with_their_fractions_and_of_few_there_are_none(town: Town) -> None:
    kept(town, "street", **MANY, at_community=12, at_street=4)
    found = words(Client(), f"/figures/?unit={town.units['street'].pk}")
    assert "联系到本人 80.0 % 12 / 15 件" in found
    assert "本人说解决了 100 % 15 / 15 件" in found
    # nine answers are few
    assert "满意和很满意 — 6 / 9 人评，件数少，不算比率" in found
    assert "社区 12 75.0%" in found
    assert "街道 4 25.0%" in found
    assert "收到 20 件" in found and "办结 18 件" in found


def test_of_few_no_level_has_a_share(town: Town) -> None:
    kept(town, "east", ended=3, at_grid=2, at_community=1)
    found = words(Client(), f"/figures/?unit={town.units['east'].pk}")
    assert "网格 2 —" in found
    assert "%" not in found.partition("在哪一级办好的")[2]


def test_units_below_stand_in_the_order_of_the_map_and_a_department_where_it_handled_something(town: Town) -> None:
    kept(town, "housing", ended=12, rated=11, reached=11, settled=3, satisfied=1, satisfied_answers=11)
    kept(town, "street", received=1)
    found = words(Client(), f"/figures/?unit={town.units['county'].pk}")
    rows = found.partition("下面各单位")[2]
    assert rows.index("桂湖街道办事处") < rows.index("松林镇人民政府") < rows.index("临江区住建局")
    assert "临江区供水站" not in rows
    assert "办结 12 件 联系到 11 / 11 · 100.0% 解决 3 / 11 · 27.3% 满意 1 / 11 · 9.1%" in rows


def test_it_opens_at_the_reader_s_community_or_at_the_top_and_leads_up(town: Town) -> None:
    assert "云溪市治理中心" in words(Client(), "/figures/")
    client = Client()
    client.cookies["community"] = town.divisions["east"].code
    found = words(client, "/figures/")
    assert "东门社区居委会" in found
    assert f'href="?unit={town.units["street"].pk}"' in client.get("/figures/").content.decode()
    for path in ("/", "/nearby/"):
        assert 'href="/figures/"' in client.get(path).content.decode()


@pytest.mark.parametrize("unit", ["x", "0", "²", "9" * 30, "-1"])
def test_a_unit_that_is_none_is_not_found(town: Town, unit: str) -> None:
    assert Client().get("/figures/", {"unit": unit}).status_code == 404


def test_one_statement_reads_the_figures_of_a_city_as_of_a_community(town: Town) -> None:
    def statements(unit: str) -> int:
        path = f"/figures/?unit={town.units[unit].pk}&months=12"
        Client().get(path)
        with CaptureQueriesContext(connection) as captured:
            Client().get(path)
        return len(captured)

    kept(town, "city", **MANY)
    assert statements("east") == statements("city") <= 2


def test_the_home_page_turns_few_answers_into_no_rate(town: Town) -> None:
    from linli.matters.figures import months_back

    month = months_back(local(datetime.now(UTC)).date(), 1)
    UnitFigure.objects.create(
        unit=town.units["east"], month=month, rated=3, reached=3, settled=3, satisfied=3, satisfied_answers=3
    )
    client = Client()
    client.cookies["community"] = town.divisions["east"].code
    page = client.get("/").content.decode()
    assert "3 / 3 件" in page
    assert "100.0" not in page
