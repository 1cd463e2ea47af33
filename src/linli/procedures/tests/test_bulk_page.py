"""Many cases at once: what will happen is said first, each case is done or skipped with its reason, and it can be taken back."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.matters import actions
from linli.orgs.actors import Actor
from linli.procedures.actions import act
from linli.procedures.models import Case, Notice
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(town: Town) -> list[Case]:
    """Two matters to be handed out, one still to be accepted."""
    now, found = datetime.now(UTC), []
    for number in range(3):
        matter = actions.report(
            text=f"第{number}件：电梯停了三天。",
            place=town.place(),
            by=Actor(key="me"),
            at=now - timedelta(minutes=30 - number),
            starter_key="me",
            category_id=town.categories["lift"].pk,
        )
        found.append(matter.case)
    form = {"category": town.categories["lift"].pk, "urgency": 2}
    return [
        act(case_id=case.pk, action="accept", by=town.actor("clerk"), at=now - timedelta(minutes=20), form=form)
        if number < 2
        else case
        for number, case in enumerate(found)
    ]


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def send(client: Client, cases: list[Case], **form: Any) -> Any:
    chosen = {"case": [str(case.pk) for case in cases], **{f"since.{case.pk}": case.last_seq for case in cases}}
    return client.post("/desk/bulk/", chosen | form)


def words(answer: Any) -> str:
    main = answer.content.decode().split("<main")[1].split(">", 1)[1].split("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def test_first_the_ways_then_what_will_happen_then_it_happens(town: Town, cases: list[Case]) -> None:
    client = sign_in(town, "clerk")
    ways = words(send(client, cases, key=""))
    assert "选一个办法，下一页先告诉您会发生什么。" in ways
    assert "编号 事项 现在在" in ways and f"{cases[0].code} 第0件，电梯停了三天 交办" in ways
    assert "交办 2/3" in ways and "受理 1/3" in ways and "认领 3/3" in ways
    preview = words(send(client, cases, key="dispatch"))
    assert preview.startswith("批量办理：交办 3 2 件会办理，1 件跳过。 办完后 10 分钟内可以撤销。")
    assert f"{cases[0].code} 第0件，电梯停了三天 会办理 交办 → 办理" in preview
    assert f"{cases[2].code} 第2件，电梯停了三天 跳过：这个办件现在没有这个办法。" in preview
    assert {case.step for case in Case.objects.filter(procedure="matter")} == {"assign", "accept"}
    done = send(client, cases, key="dispatch", go="1", **{"a.unit": town.units["water"].pk})
    assert words(done).startswith("批量办理 办了 2 件。 办错了？")
    assert f"编号 事项 现在在 {cases[0].code} 第0件，电梯停了三天 办理 {cases[1].code}" in words(done)
    assert 'name="undo" value="1" data-key="z"' in done.content.decode()
    assert 'data-draft-done="bulk:dispatch"' in done.content.decode()
    fresh = list(Case.objects.filter(pk__in=[case.pk for case in cases[:2]]))
    assert {(case.step, case.holder_unit.name) for case in fresh} == {("handle", "临江区供水站")}
    taken_back = send(client, fresh, undo="1")
    assert "撤销了 2 件。" in words(taken_back) and "第1件，电梯停了三天 交办" in words(taken_back)
    outbox.drain()
    assert not Notice.objects.filter(unit=town.units["east"], text__startswith="undo").exists()
    assert {case.step for case in Case.objects.filter(pk__in=[case.pk for case in fresh])} == {"assign"}


def test_answers_that_fit_no_case_come_back_with_what_was_typed(town: Town, cases: list[Case]) -> None:
    answer = send(sign_in(town, "clerk"), cases, key="dispatch", go="1", **{"a.unit": "", "a.instructions": "请尽快𠅤"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert '<a href="#f-a.unit">' in page and "请尽快𠅤</textarea>" in page
    assert Case.objects.filter(step="assign").count() == 2


def test_a_case_that_somebody_else_has_moved_is_left_alone(town: Town, cases: list[Case]) -> None:
    act(case_id=cases[0].pk, action="own", by=town.actor("clerk2"), at=datetime.now(UTC))
    client = sign_in(town, "clerk")
    # moved on: not offered any more; changed but still at its step: refused by its version
    stale = [cases[1]]
    Case.objects.filter(pk=cases[1].pk).update(last_seq=cases[1].last_seq + 1)
    answer = send(client, stale, key="dispatch", go="1", **{"a.unit": town.units["water"].pk})
    assert f"{cases[1].code} 第1件，电梯停了三天 ：别人刚刚办理过。" in words(answer)
    assert "1 件会办理" not in words(send(client, [cases[0]], key="dispatch"))
    answer = send(client, [cases[0]], undo="1")
    assert "撤销了 0 件，1 件没有撤销成。" in words(answer)


def test_what_is_of_each_case_alone_is_not_asked_of_all(town: Town, cases: list[Case]) -> None:
    page = send(sign_in(town, "clerk"), cases, key="accept").content.decode()
    assert 'name="a.category"' in page and 'name="a.urgency"' in page
    assert "a.place" not in page


def test_nothing_chosen_and_nonsense_chosen(town: Town, cases: list[Case]) -> None:
    client = sign_in(town, "clerk")
    for chosen in ([], ["x"], ["00000000-0000-7000-8000-000000000000"]):
        answer = client.post("/desk/bulk/", {"case": chosen, "key": "dispatch", "go": "1"})
        assert "还没有选办件" in words(answer)
    stranger = sign_in(town, "west_clerk")
    assert "还没有选办件" in words(send(stranger, cases, key="dispatch", go="1"))
    assert client.get("/desk/bulk/").status_code == 405
