"""What a matter's page says to whom: the reporter is 您, everybody else reads of the reporter; a number to ring; no noise."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linli.matters.access import digits_of
from linli.matters.models import Matter
from linli.matters.tests.resident import show, walk
from linli.orgs.models import Organisation
from linli.orgs.units import changed
from linli.procedures.actions import act
from linli.procedures.models import Case
from linli.procedures.undoing import undo
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(town: Town) -> Client:
    return Client()


@pytest.fixture
def matter(town: Town, me: Client) -> Matter:
    walk(me, place=f"b{town.building.pk}", contact="none")
    return Matter.objects.select_related("case").get()


def do(town: Town, matter: Matter, who: str, action: str, minutes: int, **form: Any) -> Case:
    at = matter.created_at + timedelta(minutes=minutes)
    return act(case_id=matter.pk, action=action, by=town.actor(who), at=at, form=form)


def text_of(client: Client, matter: Matter) -> str:
    return client.get(f"/m/{matter.case.code}/").content.decode()


def test_settled_it_asks_the_reporter_and_tells_the_others(town: Town, me: Client, matter: Matter) -> None:
    show(matter)
    do(town, matter, "clerk", "accept", 10, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", 20, unit=town.units["housing"].pk)
    do(town, matter, "housing", "done", 60, result="换了门机，已经恢复运行。")
    do(town, matter, "clerk", "pass", 90)
    mine, public = text_of(me, matter), text_of(Client(), matter)
    assert "社区核查过了，请您评" in mine
    assert "<dt>办到哪一步</dt><dd>办好了，等反映人评</dd>" in public
    assert "<dt>反映人最晚什么时候评</dt>" in public
    assert "社区核查过了，等反映人评" in public
    assert "请您" not in public
    assert "您来评" not in public


def test_the_unit_that_has_it_can_be_rung(town: Town, me: Client, matter: Matter) -> None:
    assert "问一问" not in text_of(me, matter)
    Organisation.objects.filter(pk=town.units["east"].pk).update(phone="010-5550 1234")
    changed()
    assert 'href="tel:010-55501234"' in text_of(me, matter)
    # a unit without a number: the community's stands for it
    do(town, matter, "clerk", "accept", 10, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", 20, unit=town.units["housing"].pk)
    assert 'href="tel:010-55501234"' in text_of(me, matter)
    Organisation.objects.filter(pk=town.units["housing"].pk).update(phone="010-5550 9999")
    changed()
    show(matter)
    assert 'href="tel:010-55509999"' in text_of(Client(), matter)


def test_an_act_taken_back_at_once_is_no_part_of_the_story(town: Town, me: Client, matter: Matter) -> None:
    do(town, matter, "clerk", "accept", 10, category=town.categories["lift"].pk, urgency=2)
    case = do(town, matter, "clerk", "dispatch", 20, unit=town.units["housing"].pk)
    assert "交给临江区住建局办" in text_of(me, matter)
    at = matter.created_at + timedelta(minutes=21)
    undo(case_id=matter.pk, by=town.actor("clerk"), at=at, since=case.last_seq)
    page = text_of(me, matter)
    assert "交给临江区住建局办" not in page
    assert "撤销" not in page
    assert "社区受理了" in page


def test_papers_lie_together_and_the_chart_is_linked_once(town: Town, me: Client, matter: Matter) -> None:
    page = text_of(me, matter)
    assert page.count(f"/cases/{matter.case.code}/chart/") == 1
    for end in (f"/m/{matter.case.code}/notice/", f"/m/{matter.case.code}/record/"):
        assert page.count(end) == 1
    # nothing was left: there is nothing to correct
    assert "更正或删除联系方式" not in page
    assert "留个电话，办的人好联系您" in page
    assert f"四位数字 {digits_of(matter)}" in page


def test_a_refused_matter_says_why_to_everybody_and_is_not_drawn_as_settled(town: Town, matter: Matter) -> None:
    show(matter)
    Matter.objects.filter(pk=matter.pk).update(lon=105.005, lat=30.005)
    at = matter.created_at + timedelta(minutes=10)
    reason = "电梯归物业管，物业电话13912345678"
    act(case_id=matter.pk, action="return", by=town.actor("clerk"), at=at, form={}, reason=reason)
    page = text_of(Client(), matter)
    assert "<b>没有受理</b>，理由：电梯归物业管，物业电话***" in page
    assert "c-closed" in page
    assert "c-ring" not in page.partition("c-land")[2]
