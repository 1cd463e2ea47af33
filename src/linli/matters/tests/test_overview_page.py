"""The overview: figures with their fractions, charts with their tables, and the cases behind them for those who may see them."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel import outbox
from linli.kernel.display import local
from linli.matters import actions
from linli.matters.models import UnitFigure
from linli.matters.views.overview import months_back
from linli.orgs.actors import Actor
from linli.procedures.actions import act
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def settled(town: Town, at: datetime, key: str, *, yes: bool, grade: int, community: str = "east") -> str:
    """A matter handled by the community itself and rated; its code."""
    me, grid = Actor(key=key), "east1" if community == "east" else "west1"
    matter = actions.report(
        text=f"{key}号路灯不亮。",
        place=town.place(community, grid),
        by=me,
        at=at,
        starter_key=key,
        category_id=town.categories["lamp"].pk,
    )
    clerk = town.actor("clerk" if community == "east" else "west_clerk", at)

    def do(by: Actor, action: str, **form: object) -> None:
        act(case_id=matter.pk, action=action, by=by, at=at, form=form)

    do(clerk, "accept", category=town.categories["lamp"].pk, urgency=3)
    do(clerk, "own")
    do(clerk, "done", result="换了灯泡")
    do(clerk, "pass")
    do(me, "rate", reached="yes", settled="yes" if yes else "no", satisfied=str(grade))
    outbox.drain(at=at)
    return matter.case.code


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def words(html: str) -> str:
    return re.sub(
        r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html.split("<main")[1].split(">", 1)[1].split("</main>")[0]))
    ).strip()


def links(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="(/desk/\?[^"]+)"', html.split("<main")[1])]


def codes(client: Client, address: str) -> set[str]:
    page = client.get(address).content.decode()
    return {part.split("/")[3] for part in re.findall(r'href="(/desk/cases/[^"]+)" data-open', page)}


def test_figures_their_fractions_and_the_cases_behind_them(town: Town, now: datetime) -> None:
    good = settled(town, now, "甲", yes=True, grade=5)
    fair = settled(town, now, "乙", yes=True, grade=3)
    bad = settled(town, now, "丙", yes=False, grade=1)
    other = settled(town, now, "丁", yes=True, grade=4, community="west")
    client = sign_in(town, "clerk")
    page = client.get("/desk/overview/").content.decode()
    said = words(page)
    assert said.startswith(
        "诉求总览 东门社区居委会 云溪市治理中心 临江区治理中心 桂湖街道办事处 本月 近 3 个月 近 6 个月"
    )
    for part in (
        "收到 3 件", "办结 2 件", "响应率 ， 联系到了本人 100.0 % 3 / 3 件", "解决率 ， 本人说解决了 66.7 % 2 / 3 件 · 不是的 1 件",
        "满意率 ， 满意和非常满意 33.3 % 1 / 3 件 · 不是的 2 件", "超期 0 次 收到 3 件中", "网格 0 0.0% 社区 2 件 100.0%",
    ):  # fmt: skip
        assert part in said, part
    found = {address: codes(client, address) for address in links(page)}

    def behind(*parts: str) -> set[str]:
        chosen = [address for address in found if all(part in address for part in parts)]
        assert chosen, parts
        return found[chosen[0]]

    assert behind("dated=created") == {good, fair, bad}
    assert behind("dated=ended", "outcome=settled%2Cdisputed") == {good, fair}
    assert behind("rating=settled") == {good, fair}
    assert behind("rating=not_settled") == {bad}
    assert behind("rating=satisfied") == {good}
    assert behind("rating=not_satisfied") == {fair, bad}
    assert behind("level=5") == {good, fair}
    assert not any(other in one for one in found.values())


def test_above_and_below_and_who_may_open_what(town: Town, now: datetime) -> None:
    east = settled(town, now, "甲", yes=True, grade=5)
    west = settled(town, now, "乙", yes=False, grade=2, community="west")
    street = town.units["street"].pk
    supervisor = sign_in(town, "street_supervisor")
    page = supervisor.get(f"/desk/overview/?unit={street}").content.decode()
    assert "东门社区居委会 1 件 1 件 0 100.0% 1 / 1 100.0% 1 / 1 100.0% 1 / 1" in words(page)
    assert "西园社区居委会 1 件 0 0 100.0% 1 / 1 0.0% 0 / 1 0.0% 0 / 1" in words(page)
    assert codes(
        supervisor, next(one for one in links(page) if "place=990101001&" in one and "dated=created" in one)
    ) == {east, west}
    # the clerk of one community reads the street's figures; only her own community's open
    page = sign_in(town, "clerk").get(f"/desk/overview/?unit={street}").content.decode()
    assert "西园社区居委会 1 0 0 100.0% 1 / 1" in words(page)
    assert {re.search(r"place=(\d+)", one)[1] for one in links(page)} == {"990101001001"}  # type: ignore[index]
    # a department reads everybody's figures and opens what went through its own hands
    page = sign_in(town, "housing").get(f"/desk/overview/?unit={town.units['housing'].pk}&months=1").content.decode()
    assert "这里还没有数字" in page


def test_a_company_is_listed_once_it_has_had_something_to_do_with_a_matter(town: Town, now: datetime) -> None:
    settled(town, now, "甲", yes=True, grade=5)
    client = sign_in(town, "clerk")
    assert "安和物业" not in words(client.get("/desk/overview/").content.decode())
    UnitFigure.objects.create(unit=town.units["property"], month=months_back(local(now).date(), 0), received=1, ended=1)
    assert "安和物业 — 1 件 0" in words(client.get("/desk/overview/").content.decode())


def test_months_reach_back_as_asked(town: Town, now: datetime) -> None:
    today = local(now).date()
    for back, count in ((0, 7), (2, 30), (6, 500)):
        UnitFigure.objects.create(
            unit=town.units["east"], month=months_back(today, back), received=count, ended=count - 5
        )
    client = sign_in(town, "clerk")
    assert "收到 7 件" in words(client.get("/desk/overview/?months=1").content.decode())
    assert "收到 37 件" in words(client.get("/desk/overview/?months=3").content.decode())
    page = client.get("/desk/overview/?months=12").content.decode()
    assert "收到 537 件" in words(page)
    month = months_back(today, 6)
    last = months_back(today, 5) - timedelta(days=1)
    assert f"dated=created&since={month}&until={last}" in unescape(page)
    # the columns: the highest is as high as its share of the round number above it
    assert re.findall(r'font-size="12">(\d+)</text><text class="c-tick c-mid"', page)[5:6] == ["500"]
    assert '<text class="c-tick c-end" x="34" y="4.0" font-size="12">600</text>' in page


def test_a_place_without_figures_says_what_will_be_there(town: Town) -> None:
    for query in ("", "?unit=999999", "?unit=x", "?months=99&unit=-1"):
        page = sign_in(town, "clerk").get(f"/desk/overview/{query}").content.decode()
        assert "<h2>这里还没有数字</h2>" in page
        assert "东门社区居委会" in words(page)


def test_the_table_to_take_away_holds_counts(town: Town, now: datetime) -> None:
    settled(town, now, "甲", yes=True, grade=5)
    answer = sign_in(town, "dispatcher").get(f"/desk/overview.csv?unit={town.units['street'].pk}&months=1")
    rows = [" ".join(row) for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))]
    assert rows[0] == "单位 收到 办结 超期 评价 联系到 解决 评满意度 满意 网格 社区 街道 区县 市"
    assert rows[1] == "桂湖街道办事处 1 1 0 1 1 1 1 1 0 1 0 0 0"
    assert rows[2] == "东门社区居委会 1 1 0 1 1 1 1 1 0 1 0 0 0"
    assert [row.split()[0] for row in rows[3:]] == ["西园社区居委会", "桂湖派出所"]


def test_the_cost_is_the_same_for_a_village_and_a_city(town: Town, now: datetime) -> None:
    costs = []
    for name, units, months in (("clerk", ["east"], 1), ("city_supervisor", list(town.units), 12)):
        for unit in units:
            for back in range(months):
                UnitFigure.objects.get_or_create(
                    unit=town.units[unit], month=months_back(date.today(), back), defaults={"received": 3 + back}
                )
        client = sign_in(town, name)
        client.get("/desk/overview/")
        with CaptureQueriesContext(connection) as found:
            client.get("/desk/overview/?months=12")
        costs.append(len(found))
    assert costs == [6, 6]
