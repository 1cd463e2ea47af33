"""What a reporter sends too late, or while something else happened: 409 with what changed, and no word and no photo is lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from linli.kernel.policy import Refused
from linli.matters import carried
from linli.matters.models import Matter
from linli.matters.tests.resident import photo, walk
from linli.matters.tests.test_status_pages import do, done, text_of
from linli.orgs.actors import Actor
from linli.procedures.actions import act, comment
from linli.procedures.errors import NotNow
from linli.procedures.models import Case, CaseFile
from linli.procedures.ticks import tick
from linli.testing import Town

pytestmark = pytest.mark.django_db
WORDS = "二单元，门禁也坏了，老人出不来"


@pytest.fixture
def me(town: Town) -> Client:
    return Client()


@pytest.fixture
def matter(town: Town, me: Client) -> Matter:
    walk(me, place=f"b{town.building.pk}")
    return Matter.objects.select_related("case").get()


def hidden(page: str, name: str) -> str:
    """The value of the first hidden field of a name."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def send(client: Client, matter: Matter, form: str, **given: Any) -> tuple[int, str]:
    answer = client.post(f"/m/{matter.case.code}/{form}/", given)
    return answer.status_code, answer.content.decode()


def test_a_supplement_that_comes_after_its_days_is_offered_as_a_message_with_its_photos(
    town: Town, me: Client, matter: Matter
) -> None:
    do(town, matter, "clerk", "ask", 0, question="几单元？")
    since = hidden(text_of(me, matter), "since")
    tick(at=matter.created_at + timedelta(days=6))
    assert Case.objects.get(pk=matter.pk).step == "accept"
    status, page = send(me, matter, "supply", supplement=WORDS, since=since, photo=[photo("red"), photo("blue")])
    assert status == 409
    assert "到期没有等到补充，先按现有的办。" in page.partition('role="alert"')[2][:600]
    assert f'action="/m/{matter.case.code}/say/"' in page
    assert f"\n{WORDS}</textarea>" in page
    assert "刚才选的 2 张照片也在" in page
    assert CaseFile.objects.count() == 0
    status, _page = send(me, matter, "say", text=WORDS, kept=hidden(page, "kept"), photo=[photo("red"), photo("green")])
    assert status == 302
    # the photo that was chosen once more is there once
    record = matter.case.records.get(action="comment")
    assert (record.text, record.data["files"], CaseFile.objects.filter(seq=record.seq).count()) == (WORDS, 3, 3)


def test_a_second_rating_says_what_the_first_did(town: Town, me: Client, matter: Matter) -> None:
    done(town, matter)
    since = hidden(text_of(me, matter), "since")
    given = {"reached": "yes", "settled": "yes", "satisfied": "5", "since": since}
    assert send(me, matter, "rate", **given)[0] == 302
    status, page = send(me, matter, "rate", **given | {"settled": "no", "satisfied": "1", "remark": WORDS})
    assert status == 409
    assert "您评了：</b>联系了 · 解决了 · 很满意" in page.partition('role="alert"')[2][:900]
    assert "您刚才点的：联系了 · 没解决 · 很不满意。" in page
    # not settled: the way that is left is to open it again
    assert f'action="/m/{matter.case.code}/reopen/"' in page
    assert page.count(f"\n{WORDS}</textarea>") == 1
    status, page = send(me, matter, "rate", **given | {"remark": WORDS})
    assert (status, page.count(f"\n{WORDS}</textarea>")) == (409, 1)
    assert f'action="/m/{matter.case.code}/say/"' in page
    assert len(matter.case.records.filter(action="rate")) == 1


def test_what_the_reporter_reads_meanwhile_is_shown_before_the_rating_counts(
    town: Town, me: Client, matter: Matter
) -> None:
    done(town, matter)
    since = hidden(text_of(me, matter), "since")
    at = matter.created_at + timedelta(hours=3)
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="给同事看的")
    given = {"reached": "yes", "settled": "yes", "satisfied": "4", "remark": WORDS, "since": since}
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="师傅明天再来看一次", public=True)
    status, page = send(me, matter, "rate", **given)
    assert (status, Case.objects.get(pk=matter.pk).step) == (409, "rate")
    assert "师傅明天再来看一次" in page.partition('role="alert"')[2][:600]
    assert 'name="satisfied" value="4" checked' in page
    assert f"\n{WORDS}</textarea>" in page
    assert send(me, matter, "rate", **given | {"since": hidden(page, "since")})[0] == 302
    assert Case.objects.get(pk=matter.pk).outcome == "settled"


def test_what_the_reporter_does_not_read_is_no_reason_to_ask_again(town: Town, me: Client, matter: Matter) -> None:
    done(town, matter)
    since = hidden(text_of(me, matter), "since")
    at = matter.created_at + timedelta(hours=3)
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="给同事看的")
    given = {"reached": "yes", "settled": "yes", "satisfied": "4", "since": since}
    assert send(me, matter, "rate", **given)[0] == 302


@pytest.mark.parametrize("form", ["withdraw", "reopen"])
def test_a_reason_that_comes_too_late_is_kept(town: Town, me: Client, matter: Matter, form: str) -> None:
    send(me, matter, "withdraw", reason="自己好了")
    status, page = send(me, matter, form, reason=WORDS)
    assert (status, page.count(f"\n{WORDS}</textarea>")) == (409, 1)


def test_photos_that_are_refused_cost_the_others_nothing(town: Town, me: Client, matter: Matter) -> None:
    do(town, matter, "clerk", "ask", 0, question="几单元？")
    status, page = send(me, matter, "supply", supplement="", photo=[photo("red")])
    assert (status, "刚才选的 1 张照片也在" in page) == (422, True)
    status, _page = send(me, matter, "supply", supplement=WORDS, kept=hidden(page, "kept"))
    assert (status, CaseFile.objects.count()) == (302, 1)


def test_carried_photos_are_good_for_their_case_only(town: Town, matter: Matter) -> None:
    file = CaseFile(field="photos", name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    packed = carried.pack([file], matter.pk)
    assert [one.sha256 for one in carried.unpack(packed, matter.pk)] == ["0" * 64]
    assert carried.unpack(packed, UUID(int=1)) == []
    for wrong in ("", "x", packed + "x", packed[:-1]):
        assert carried.unpack(wrong, matter.pk) == []


def test_the_engine_says_that_an_act_of_another_step_does_not_fit_now(town: Town, matter: Matter) -> None:
    done(town, matter)
    for action in ("accept", "supply"):
        with pytest.raises(NotNow):
            act(case_id=matter.pk, action=action, by=town.actor("clerk"), at=matter.created_at, form={})
    stranger = Actor(key="somebody-else")
    with pytest.raises(Refused, match="不在您的职责范围内"):
        act(case_id=matter.pk, action="rate", by=stranger, at=matter.created_at, form={})
