"""One flow, one chart, one list: what everyone sees of each procedure, and where a case stands."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.kernel.memo import forget
from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures.actions import act
from linli.procedures.models import Case, ProcedureVersion
from linli.procedures.publishing import install_shipped
from linli.testing import NOW, Town

SHIPPED = ["call_back", "extension", "matter", "supervision", "suspension", "void", "whistle"]


@pytest.fixture
def case(town: Town) -> Case:
    at = datetime.now(UTC) - timedelta(hours=2)  # the page shows the last half year of the day on which it is asked for
    matter = matters.report(
        text="楼下路灯不亮，请来修。", place=town.place(), by=Actor(key="me"), at=at, starter_key="me"
    )
    form = {"category": town.categories["lamp"].pk, "urgency": 3}
    act(case_id=matter.pk, action="accept", by=town.actor("clerk"), at=at + timedelta(minutes=90), form=form)
    outbox.drain()
    forget()
    return Case.objects.get(pk=matter.pk)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_everyone_sees_every_procedure_in_force(case: Case) -> None:
    page = Client().get("/procedures/")
    links = re.findall(r'href="/procedures/(\w+)/"', page.content.decode())
    assert sorted(links) == SHIPPED
    assert links[0] == "matter"  # those that run by themselves first
    assert "正在走 1 件" in text_of(page)
    found = Client().get("/procedures/", {"q": "督办"}).content.decode()
    assert re.findall(r'href="/procedures/(\w+)/"', found) == ["supervision"]
    assert "没有找到这样的流程" in text_of(Client().get("/procedures/", {"q": "没有"}))


@pytest.mark.parametrize("key", SHIPPED)
def test_each_has_a_chart_a_table_and_texts_to_take_away(db: None, key: str) -> None:
    install_shipped(at=NOW)
    page = Client().get(f"/procedures/{key}/")
    html = page.content.decode()
    assert page.status_code == 200
    assert re.search(r'<svg class="c-svg pr-w-\d+" viewBox', html)
    assert "style=" not in html
    paper = Client().get(f"/procedures/{key}/print/")
    assert paper.status_code == 200
    text = Client().get(f"/procedures/{key}/chart.mmd")
    assert text.content.decode().startswith("flowchart TD\n")
    assert text["Content-Disposition"].startswith(f'attachment; filename="{key}-')


def test_the_table_shows_figures_with_their_counts(case: Case) -> None:
    page = Client().get("/procedures/matter/")
    assert "现在有 1 件正在走" in text_of(page)
    rows = re.findall(r'<th scope="row">.*?</tr>', page.content.decode(), re.S)
    assert len(rows) == 14
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", rows[0]))
    assert "1 件，平均 2 小时 退回 0，超时 0" in said


def test_what_is_not_in_force_has_no_page(db: None) -> None:
    install_shipped(at=NOW)
    ProcedureVersion.objects.filter(key="whistle").update(status="retired")
    forget()
    for address in ("nothing", "whistle"):
        for ending in ("", "print/", "chart.mmd"):
            assert Client().get(f"/procedures/{address}/{ending}").status_code == 404


def test_a_case_shows_where_it_stands_to_those_whom_it_concerns(case: Case, town: Town) -> None:
    client = Client()
    assert client.get(f"/cases/{case.code}/chart/").status_code == 404
    client.force_login(town.users["far_clerk"])
    assert client.get(f"/cases/{case.code}/chart/").status_code == 404
    client.force_login(town.users["clerk"])
    html = client.get(f"/cases/{case.code}/chart/").content.decode()
    assert re.search(r'<g class="is-now" aria-label="交办，现在在这里" aria-current="step">', html)
    assert re.search(r'<g class="is-done" aria-label="受理">', html)
    assert len(re.findall(r'<tr class="is-now" aria-current="step">', html)) == 1
    assert html.count('class="is-done"') == 3  # list, chart, key


def test_a_chart_costs_the_same_however_many_cases_there_are(case: Case, django_assert_max_num_queries) -> None:
    client = Client()
    client.get("/procedures/matter/")
    with django_assert_max_num_queries(0):  # everything is remembered for a minute
        client.get("/procedures/matter/")
    forget()
    with django_assert_max_num_queries(5):  # two of them for the name of the place in the head
        client.get("/procedures/matter/")
