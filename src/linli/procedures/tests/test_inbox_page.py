"""The inbox as its readers see it: rows, filters, search, order, empty states, the table to take away, and a fixed cost."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from linli.kernel import outbox
from linli.kernel.exports import WORKBOOK
from linli.matters import actions
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.procedures.actions import act
from linli.procedures.models import Case
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def report(town: Town, text: str, now: datetime, *, category: str | None = None, **more: object) -> Matter:
    place = town.place(str(more.pop("community", "east")), more.pop("grid", "east1"))  # type: ignore[arg-type]
    arguments = {"text": text, "place": place, "by": Actor(key="me"), "at": now, "starter_key": "me"}
    if category:
        arguments["category_id"] = town.categories[category].pk
    matter = actions.report(**(arguments | more))  # type: ignore[arg-type]
    outbox.drain()
    return matter


def sign_in(town: Town, name: str, **cookies: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    client.cookies.load(cookies)
    return client


def test_a_row_says_what_where_how_urgent_and_from_where(town: Town, now: datetime) -> None:
    matter = report(town, "3栋电梯䶮停了，里面有人。", now, category="lift", channel="hotline", danger=True)
    page = sign_in(town, "clerk").get("/desk/").content.decode()
    row = page.split("<tr data-row")[1].split("</tr>")[0]
    for said in (
        f'href="/desk/cases/{matter.case.code}/" data-open title="3栋电梯䶮停了，里面有人">3栋电梯䶮停了，里面有人</a>',
        '<span class="l-badge l-badge--over">危险</span>',
        '<td class="w x2">桂花园</td><td>电梯故障</td><td class="x2 x4">第1</td><td>受理</td><td class="x4">东门社区居委会</td>',
        '<td class="w x3">热线</td>',
        ">刚刚</time>",
        f'<input type="hidden" name="since.{matter.pk}" value="1">',
    ):
        assert said in row, said
    assert '<h1>待我办<span class="num">1</span></h1>' in page


def test_filters_search_and_conditions_say_what_they_keep(town: Town, now: datetime) -> None:
    lamp = report(town, "解放路路灯三盏不亮。", now - timedelta(days=40), category="lamp", grid="east2")
    lift = report(town, "3栋电梯停了。", now, category="lift", channel="visit")
    client = sign_in(town, "clerk")

    def codes(query: str) -> list[str]:
        page = client.get(f"/desk/?{query}").content.decode()
        return [part.split('"')[0].split("/")[3] for part in page.split('<th scope="row"><a href="')[1:]]

    for query, expected in (
        ("", [lamp, lift]),
        ("sort=newest", [lift, lamp]),
        ("sort=urgency", [lift, lamp]),
        ("category=lift", [lift]),
        ("channel=visit", [lift]),
        (f"grid={town.grids['east2'].pk}", [lamp]),
        ("when=overdue", [lamp]),
        ("text=电梯", [lift]),
        (f"text={lamp.case.code.lower()}", [lamp]),
        ("text=电梯+路灯", []),
        ("procedure=matter&step=assign", []),
        ("state=ended", []),
        ("whose=watched&place=990101001001&dated=created&until=" + f"{now - timedelta(days=30):%Y-%m-%d}", [lamp]),
        ("whose=watched&dated=created&since=" + f"{now - timedelta(days=30):%Y-%m-%d}", [lift]),
        ("whose=watched&place=990101001002", []),
        ("whose=mine", []),
    ):
        assert codes(query) == [one.case.code for one in expected], query
    page = client.get("/desk/?text=电梯&category=lift&whose=watched&place=990101001001").content.decode()
    assert '<details class="l-chip is-on"><summary>类别 <b>电梯故障</b>' in page
    assert "有“电梯”的" in page
    assert 'href="/desk/?whose=watched&amp;place=990101001001&amp;category=lift"' in page
    assert '<h1>辖区在办<span class="num">1</span></h1>' in page


@pytest.mark.parametrize(
    "query",
    ["urgency=x", "unit=9" * 30, "grid=١", "step=<b>", "place=99%25", "since=2026-13-01", "state=gone", "category=lift'", "sort=title",
     "outcome=settled,;", "dated=due_at", "whose=all", "rating=DROP", "level=x", "through=0x1"],
)  # fmt: skip
def test_what_makes_no_sense_in_an_address_is_left_out(town: Town, now: datetime, query: str) -> None:
    report(town, "3栋电梯停了。", now)
    answer = sign_in(town, "clerk").get(f"/desk/?{query}")
    assert answer.status_code == 200
    assert answer.content.decode().count("<tr data-row") == 1
    assert "<b></b>" not in answer.content.decode()


def test_an_address_cannot_reach_what_the_post_does_not(town: Town, now: datetime) -> None:
    matter = report(town, "3栋电梯停了。", now, category="lift")
    unit = town.units["east"].pk
    for name in ("west_clerk", "water", "property", "far_dispatcher"):
        client = sign_in(town, name)
        for query in (
            f"unit={unit}",
            "whose=watched",
            f"whose=took_part&through={unit}",
            "place=990101001001",
            "state=all&text=电梯",
        ):
            assert matter.case.code not in client.get(f"/desk/?{query}").content.decode(), (name, query)
            assert matter.case.code not in client.get(f"/desk/export.csv?{query}").content.decode(), (name, query)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "没有等您办的事"),
        ("whose=mine", "您还没有认领办件"),
        ("whose=watched", "辖区里没有在办的"),
        ("whose=took_part", "还没有经手过的办件"),
        ("text=塌方", "没有符合条件的办件"),
    ],
)
def test_an_empty_list_says_what_will_be_there(town: Town, query: str, said: str) -> None:
    page = sign_in(town, "clerk").get(f"/desk/?{query}").content.decode()
    assert f"<h2>{said}</h2>" in page
    assert "data-bulk" not in page


def test_ended_cases_keep_their_outcome_and_have_no_clock(town: Town, now: datetime) -> None:
    matter = report(town, "3栋电梯停了。", now, category="lift")
    act(case_id=matter.pk, action="return", by=town.actor("clerk", now), at=now, reason="不属社区")
    page = sign_in(town, "clerk").get("/desk/?state=ended&outcome=returned").content.decode()
    row = page.split("<tr data-row")[1].split("</tr>")[0]
    assert '<td>未受理</td><td class="x4">—</td>' in row
    assert "l-clock" not in row
    assert "结果：未受理" in page


def test_the_table_to_take_away_is_what_is_shown_and_holds_no_formula(town: Town, now: datetime) -> None:
    bad = report(town, '=HYPERLINK("x")这句话不是公式，䶮𠅤。', now, category="lift", channel="visit")
    report(town, "解放路路灯三盏不亮。", now, category="lamp")
    answer = sign_in(town, "clerk").get("/desk/export.csv?category=lift")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%8A%9E%E4%BB%B6-")
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == 1
    assert table[0] | {"时限状态": "", "到期": "", "提交": ""} == {
        "编号": bad.case.code,
        "事项": '\'=HYPERLINK("x")这句话不是公式',
        "流程": "居民诉求办理",
        "类别": "电梯故障",
        "来源": "来访",
        "紧急": "紧急",
        "时限状态": "",
        "到期": "",
        "地点": "桂花园",
        "网格": "第1网格",
        "区划代码": "990101001001",
        "环节": "受理",
        "在谁手里": "东门社区居委会",
        "提交": "",
        "结果": "",
    }


def test_the_same_table_as_a_workbook(town: Town, now: datetime) -> None:
    report(town, '=HYPERLINK("x")这句话不是公式，䶮𠅤。', now, category="lift")
    report(town, "解放路路灯三盏不亮。", now, category="lamp")
    client = sign_in(town, "clerk")
    page = client.get("/desk/?category=lift").content.decode()
    assert 'href="/desk/export.xlsx?category=lift"' in page and 'href="/desk/export.csv?category=lift"' in page
    answer = client.get("/desk/export.xlsx?category=lift")
    assert answer.headers["Content-Type"] == WORKBOOK
    assert answer.headers["Content-Disposition"].endswith(".xlsx")
    head, *rows = load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    told = list(csv.reader(io.StringIO(client.get("/desk/export.csv?category=lift").content.decode("utf-8-sig"))))
    assert [list(head), *([cell or "" for cell in row] for row in rows)] == told
    assert len(rows) == 1 and rows[0][1] == '\'=HYPERLINK("x")这句话不是公式'


def test_the_cost_does_not_grow_with_the_rows(town: Town, now: datetime) -> None:
    client = sign_in(town, "clerk")
    costs = []
    for more in (1, 20, 40):
        for number in range(more):
            report(town, f"第{number}件：电梯停了。", now, category="lift")
        client.get("/desk/")
        with CaptureQueriesContext(
            connection,
        ) as default:
            client.get("/desk/")
        with CaptureQueriesContext(connection) as narrowed:
            client.get("/desk/?text=电梯&category=lift&sort=urgency")
        costs.append((len(default), len(narrowed)))
    assert costs[0] == costs[1] == costs[2]
    assert costs[0][0] <= 6 and costs[0][1] == costs[0][0] + 1
    assert Case.objects.count() == 61


def test_a_heading_sorts_and_says_how_the_list_is_sorted(town: Town, now: datetime) -> None:
    report(town, "3栋电梯停了。", now, category="lift")
    client = sign_in(town, "clerk")
    heads = {
        "": ("c-clock", "ascending", "/desk/?category=lift"),
        "urgency": ("c-urg", "ascending", "/desk/?category=lift&amp;sort=urgency"),
        "newest": ("n c-upd x3", "descending", "/desk/?category=lift&amp;sort=newest"),
    }
    for order, (column, said, _link) in heads.items():
        page = client.get(f"/desk/?category=lift&sort={order}").content.decode()
        assert page.count("aria-sort") == 1
        assert f'<th scope="col" class="{column}" aria-sort="{said}">' in page
        for _column, _said, link in heads.values():
            assert f'<a href="{link}">' in page.split("<thead>")[1].split("</thead>")[0]


def test_paging_keeps_the_filters(town: Town, now: datetime) -> None:
    for number in range(51):
        report(town, f"第{number}件：电梯停了。", now, category="lift")
    client = sign_in(town, "clerk")
    page = client.get("/desk/?category=lift&sort=urgency").content.decode()
    link = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert link.startswith("/desk/?category=lift&sort=urgency&cursor=")
    second = client.get(link).content.decode()
    assert second.count("<tr data-row") == 1
    assert 'rel="prev"' in second and 'rel="next"' not in second
    assert client.get("/desk/?cursor=nonsense").status_code == 404


def test_what_others_have_to_do_stands_apart_with_its_own_number(town: Town, now: datetime) -> None:
    fresh = report(town, "3栋电梯停了。", now, category="lift")
    asked = report(town, "解放路路灯不亮。", now, category="lamp")
    act(case_id=asked.pk, action="ask", by=town.actor("clerk", now), at=now, form={"question": "哪一盏？"})

    def listed(name: str, query: str = "") -> list[str]:
        page = sign_in(town, name).get(f"/desk/{query}").content.decode()
        return [part.split('"')[0].split("/")[3] for part in page.split('<th scope="row"><a href="')[1:]]

    assert (listed("clerk"), listed("grid")) == ([fresh.case.code], [])
    assert listed("clerk", "?whose=waiting") == listed("grid", "?whose=waiting") == [asked.case.code]
    assert (listed("clerk", "?whose=others"), listed("grid", "?whose=others")) == ([], [fresh.case.code])
    page = sign_in(town, "grid").get("/desk/").content.decode()
    assert '<h1>待我办<span class="num">0</span></h1>' in page
    assert (
        '<a href="/desk/?whose=others">本单位别人在办的有 1 件</a>，<a href="/desk/?whose=waiting">等居民回话的有 1 件</a>。'
        in page
    )
    for label, number in (("待我办", 0), ("等居民", 1), ("本单位其他", 1)):
        assert f"{label}<span>{number}</span></a>" in page, label
