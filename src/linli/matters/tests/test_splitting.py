"""Splitting: no sign of the words is lost, the promise is the whole's, its digits open the parts, and a part can be put back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.kernel.policy import Refused
from linli.matters import splitting
from linli.matters.models import Matter, MatterLink, UnitFigure
from linli.matters.tests.test_main_job import ME, do, later, report
from linli.procedures.actions import act
from linli.procedures.models import Case, CaseClock, CaseFile
from linli.procedures.ticks import tick
from linli.procedures.undoing import undo_end
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("3栋2单元路灯坏了5", "3栋2单元路灯坏了5"),
        ("110报警柱不亮了", "110报警柱不亮了"),
        ("1. 电梯坏了三天", "电梯坏了三天"),
        ("2、楼道灯也不亮", "楼道灯也不亮"),
        ("（3）门禁也坏了", "门禁也坏了"),
        ("12) 门禁也坏了", "门禁也坏了"),
        ("- 门禁也坏了。", "门禁也坏了。"),
        ("· 单元门坏了3-2", "单元门坏了3-2"),
        ("3.5米的沟没有盖", "3.5米的沟没有盖"),
        ("2026年修的路又坏了", "2026年修的路又坏了"),
        ("　䶮家门口的灯", "䶮家门口的灯"),
    ],
)
def test_only_what_numbers_a_line_is_taken_off(line: str, kept: str) -> None:
    assert splitting.lines_of(line) == [kept]


def part_of(town: Town, *, at: timedelta = timedelta(hours=20), **more: Any) -> tuple[Matter, Matter]:
    """A matter split some time after it was reported: the whole and its one part."""
    matter = report(town, **more)
    do(town, matter, "clerk", "accept", later(minutes=5), category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "split", NOW + at, parts="楼道灯也不亮")
    return matter, MatterLink.objects.select_related("source__case").get(target=matter.pk).source


def test_the_first_answer_to_a_part_is_due_when_it_was_promised_for_the_whole(town: Town) -> None:
    matter, part = part_of(town)
    whole, own = (CaseClock.objects.get(case=one.pk, name="answer") for one in (matter, part))
    assert (own.started_at, own.due_at) == (NOW, whole.due_at)
    assert own.due_at == later(hours=24)
    assert own.origin[-1]["why"] == "split"
    # a promise that was broken before the split is broken for the part
    _matter, late = part_of(town, at=timedelta(hours=30), by=ME)
    tick(at=later(hours=31))
    assert CaseClock.objects.get(case=late.pk, name="answer").level == 1


def test_the_digits_of_the_whole_open_its_parts_and_parts_of_parts(town: Town) -> None:
    _matter, part = part_of(town, pin="0427")
    do(town, part, "clerk", "accept", later(hours=20), category=town.categories["lamp"].pk, urgency=3)
    do(town, part, "clerk", "split", later(hours=21), parts="二楼的开关也坏了")
    inner = MatterLink.objects.select_related("source__case").get(target=part.pk).source
    for number, one in enumerate((part, inner)):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        assert client.post("/track/", {"code": one.case.code, "digits": "0428"}).status_code == 422
        assert client.post("/track/", {"code": one.case.code, "digits": "0427"}).status_code == 302


def test_a_part_has_the_photos_and_is_counted_as_received(town: Town) -> None:
    file = CaseFile(field="photos", name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    _matter, part = part_of(town, files=[file])
    assert [(one.seq, one.sha256) for one in CaseFile.objects.filter(case=part.pk)] == [(1, "0" * 64)]
    outbox.drain(at=later(days=1))
    assert UnitFigure.objects.get(unit=town.units["east"]).received == 2


def put(town: Town, part: Matter, who: str, **more: Any) -> Case:
    at = later(hours=22)
    return splitting.put_back(case_id=part.pk, by=town.actor(who), at=at, **{"reason": "本来就是一件", **more})


def dispatched(town: Town, part: Matter) -> None:
    do(town, part, "clerk", "accept", later(hours=20), category=town.categories["lamp"].pk, urgency=3)
    do(town, part, "clerk", "dispatch", later(hours=21), unit=town.units["housing"].pk)


def test_a_part_is_put_back_also_after_it_was_dispatched_and_can_be_taken_apart_again(town: Town) -> None:
    matter, part = part_of(town)
    dispatched(town, part)
    case = put(town, part, "clerk")
    assert (case.state, case.outcome, case.data["merged_into"]) == ("ended", "merged", matter.case.code)
    assert list(MatterLink.objects.filter(undone_at=None).values_list("kind", "source", "target")) == [
        ("merge", part.pk, matter.pk)
    ]
    outbox.drain(at=later(days=1))
    assert matter.case.records.filter(action="merged_in").count() == 1
    # the department that had it is told, and the reporter
    assert case.notices.filter(unit=town.units["housing"], text="put_back:merged").exists()
    assert case.notices.filter(key="me", text="put_back:merged").exists()
    case = undo_end(case_id=part.pk, by=town.actor("dispatcher"), at=later(hours=23), reason="还是两件")
    assert (case.state, case.step) == ("open", "handle")
    assert list(MatterLink.objects.filter(undone_at=None).values_list("kind", flat=True)) == ["split"]


def test_why_a_part_cannot_be_put_back(town: Town) -> None:
    matter, part = part_of(town)
    dispatched(town, part)
    with pytest.raises(Refused, match="由社区、派单或督办人员并回"):
        put(town, part, "housing")
    with pytest.raises(Refused, match="不是拆出来的"):
        put(town, matter, "clerk")
    do(town, part, "housing", "done", later(hours=21), result="换了灯")
    do(town, part, "clerk", "pass", later(hours=21))
    do(town, part, "me", "rate", later(hours=21), reached="yes", settled="no", satisfied="1")
    with pytest.raises(Refused, match="反映人说过没解决"):
        put(town, part, "clerk")


def test_a_part_of_an_ended_matter_stays_a_part(town: Town) -> None:
    matter, part = part_of(town)
    dispatched(town, part)
    do(town, matter, "clerk", "own", later(hours=20))
    do(town, matter, "clerk", "done", later(hours=20), result="修好了")
    do(town, matter, "clerk", "pass", later(hours=20))
    act(
        case_id=matter.pk,
        action="rate",
        by=ME,
        at=later(hours=21),
        form={"reached": "yes", "settled": "yes", "satisfied": "5"},
    )
    with pytest.raises(Refused, match="已经结束，不能并回"):
        put(town, part, "clerk")
    client = Client()
    client.force_login(town.users["clerk"])
    page = client.get(f"/desk/cases/{part.case.code}/").content.decode()
    assert f"原件 {matter.case.code} 已经结束，不能并回。" in page


def test_it_is_put_back_from_its_page(town: Town) -> None:
    _matter, part = part_of(town)
    client = Client()
    client.force_login(town.users["clerk"])
    page = client.get(f"/desk/cases/{part.case.code}/").content.decode()
    path = f"/desk/matters/{part.case.code}/put-back/"
    assert f'action="{path}"' in page
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "本来就是一件", "since": "99"}).status_code == 409
    assert client.post(path, {"reason": "本来就是一件"}).status_code == 302
    assert Case.objects.get(pk=part.pk).outcome == "merged"
    stranger = Client()
    stranger.force_login(town.users["far_clerk"])
    assert stranger.post(path, {"reason": "本来就是一件"}).status_code == 404
