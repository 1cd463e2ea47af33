"""Filters kept under a name: one's own alone, said as the list says them, renamed and dropped, without script."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.procedures import saved
from linli.procedures.models import SavedFilter
from linli.procedures.tests.test_inbox_page import report, sign_in
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
LIFTS = "category=lift"


def keep(client: Client, name: str, query: str = LIFTS) -> str:
    return str(client.post("/desk/filters/", {"name": name, "query": query}).headers["Location"])


def names(page: str) -> list[str]:
    """What the navigation offers under 常用筛选."""
    part = page.split("<h2>常用筛选</h2><ul>")[1].split("</ul>")[0]
    return [one.split("</a>")[0].split(">")[-1] for one in part.split("<li>")[1:] if "<span>" not in one]


def test_a_filter_is_kept_found_renamed_and_dropped(town: Town) -> None:
    now = datetime.now(UTC)
    lift = report(town, "3栋电梯停了。", now, category="lift")
    report(town, "解放路路灯不亮。", now, category="lamp")
    client = sign_in(town, "clerk")
    page = client.get("/desk/?category=lift&nonsense=1").content.decode()
    assert 'action="/desk/filters/"' in page and f'<input type="hidden" name="query" value="{LIFTS}">' in page
    assert keep(client, " 电梯䶮 ", f"{LIFTS}&nonsense=1&cursor=x") == f"/desk/?{LIFTS}"
    row = SavedFilter.objects.get()
    assert (row.name, row.query, row.user_id) == ("电梯䶮", LIFTS, town.users["clerk"].pk)

    page = client.get("/desk/").content.decode()
    assert names(page) == ["电梯䶮"] and 'action="/desk/filters' not in page
    page = client.get(f"/desk/?{LIFTS}").content.decode()
    assert '<a href="/desk/?category=lift" aria-current="page">电梯䶮</a>' in page
    assert page.count("<tr data-row") == 1 and lift.case.code in page
    assert f'action="/desk/filters/{row.pk}/"' in page and 'action="/desk/filters/"' not in page

    assert client.post(f"/desk/filters/{row.pk}/", {"name": "只看电梯"}).headers["Location"] == f"/desk/?{LIFTS}"
    assert names(client.get("/desk/").content.decode()) == ["只看电梯"]
    assert names(client.get("/desk/notices/").content.decode()) == ["只看电梯"]
    client.post(f"/desk/filters/{row.pk}/", {"name": "", "query": LIFTS})
    assert SavedFilter.objects.get().name == "只看电梯"
    answer = client.post(f"/desk/filters/{row.pk}/", {"delete": "1", "name": "只看电梯", "query": LIFTS})
    assert answer.headers["Location"] == f"/desk/?{LIFTS}"
    assert names(client.get("/desk/notices/").content.decode()) == []


def test_the_same_name_takes_the_place_of_the_old_one_and_renaming_onto_another_is_refused(town: Town) -> None:
    client = sign_in(town, "clerk")
    keep(client, "我的")
    keep(client, "我的", "sort=newest")
    keep(client, "别的")
    assert sorted(SavedFilter.objects.values_list("name", "query")) == [("别的", LIFTS), ("我的", "sort=newest")]
    other = SavedFilter.objects.get(name="别的")
    assert client.post(f"/desk/filters/{other.pk}/", {"name": "我的"}).status_code == 403
    assert sorted(SavedFilter.objects.values_list("name", flat=True)) == ["别的", "我的"]


def test_nobody_sees_changes_or_drops_those_of_others(town: Town) -> None:
    keep(sign_in(town, "clerk"), "我的")
    row = SavedFilter.objects.get()
    other = sign_in(town, "clerk2")
    assert names(other.get("/desk/").content.decode()) == []
    assert "我的" not in other.get(f"/desk/?{LIFTS}").content.decode().split("<main")[1]
    assert other.post(f"/desk/filters/{row.pk}/", {"name": "偷改"}).status_code == 404
    other.post(f"/desk/filters/{row.pk}/", {"delete": "1"})
    assert SavedFilter.objects.get().name == "我的"
    Client().post("/desk/filters/", {"name": "x", "query": LIFTS})
    assert SavedFilter.objects.count() == 1


@pytest.mark.parametrize("query", ["", "nonsense=1", "category=lift'--", "text=" + " " * 40])
def test_what_asks_for_nothing_is_not_kept(town: Town, query: str) -> None:
    assert keep(sign_in(town, "clerk"), "空", query) == "/desk/"
    assert not SavedFilter.objects.exists()


def test_there_is_a_bound_and_names_are_clean(town: Town) -> None:
    by, client = town.actor("clerk"), sign_in(town, "clerk")
    for number in range(saved.MOST):
        saved.save(by=by, at=NOW, name=f"第{number}个", query=LIFTS)
    assert client.post("/desk/filters/", {"name": "再来一个", "query": LIFTS}).status_code == 403
    assert keep(client, "第0个", "sort=urgency") == "/desk/?sort=urgency"
    for name in ("名" * 41, "坏\x07名"):
        answer = client.post("/desk/filters/", {"name": name, "query": LIFTS})
        assert (answer.status_code, SavedFilter.objects.count()) == (422, saved.MOST)


def test_the_inbox_costs_six_statements_however_many_are_kept(town: Town) -> None:
    client = sign_in(town, "clerk")
    for number in range(3):
        keep(client, f"第{number}个")
    client.get("/desk/")
    with CaptureQueriesContext(connection) as found:
        client.get("/desk/")
    assert len(found) == 6
