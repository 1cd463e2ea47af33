"""A matter's page: its reporter sees all and may act, others see what is public, and nobody learns whether a code exists."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.kernel.calendar import Duration, Unit
from linli.kernel.crypto import unseal
from linli.kernel.display import clock_time
from linli.matters.models import Matter
from linli.matters.tests.resident import TEXT, photo, show, walk
from linli.orgs.actors import Actor
from linli.people.models import ContactAccess
from linli.procedures.actions import act, comment, correct
from linli.procedures.clocks import calendar_of
from linli.procedures.models import Case, CaseFile
from linli.procedures.ticks import tick
from linli.testing import Town

pytestmark = pytest.mark.django_db
PHONE = "13912345678"


@pytest.fixture
def me(town: Town) -> Client:
    return Client()


@pytest.fixture
def matter(town: Town, me: Client) -> Matter:
    walk(me, place=f"b{town.building.pk}", files=[photo()], contact="phone", phone=PHONE, name="王建国")
    return Matter.objects.select_related("case").get()


def do(town: Town, matter: Matter, who: str, action: str, minutes: int, *, reason: str = "", **form: Any) -> Case:
    at = matter.created_at + timedelta(minutes=minutes)
    return act(case_id=matter.pk, action=action, by=town.actor(who), at=at, form=form, reason=reason)


def handled(town: Town, matter: Matter) -> None:
    do(town, matter, "clerk", "accept", 10, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", 20, unit=town.units["housing"].pk)


def done(town: Town, matter: Matter) -> None:
    handled(town, matter)
    do(town, matter, "housing", "done", 60, result="换了门机，已经恢复运行。")
    do(town, matter, "clerk", "pass", 90)


def text_of(client: Client, matter: Matter) -> str:
    return client.get(f"/m/{matter.case.code}/").content.decode()


def test_it_says_who_has_it_and_by_when(town: Town, me: Client, matter: Matter) -> None:
    assert "东门社区居委会" in text_of(me, matter)
    assert "什么时候受理" in text_of(me, matter)
    handled(town, matter)
    page = text_of(me, matter)
    assert "临江区住建局" in page
    # the one promise is the running clock that is due first
    due = min(clock.due_at for clock in matter.case.clocks.filter(state="running"))
    assert f"{clock_time(due)}前" in page
    assert "社区受理了" in page
    assert "比期限早" in page
    assert "交给临江区住建局办" in page


def test_a_moment_that_rests_on_a_year_without_a_notice_is_provisional_for_everybody(
    town: Town, me: Client, matter: Matter
) -> None:
    step = matter.case.clocks.get(name="step")
    far = Duration(300, Unit.WORKING_DAYS)
    matter.case.clocks.filter(name="step").update(
        duration=str(far), due_at=calendar_of(step.unit_id).add(step.started_at, far)
    )
    assert "个工作日（暂定）" in text_of(me, matter)
    assert me.get(f"/api/v1/matters/{matter.case.code}").json()["promise"]["provisional"] is True
    staff = Client()
    staff.force_login(town.users["clerk"])
    assert "个工作日（暂定）" in staff.get(f"/desk/cases/{matter.case.code}/").content.decode()
    matter.case.clocks.filter(name="step").update(duration="2 working hours", due_at=step.due_at)
    assert me.get(f"/api/v1/matters/{matter.case.code}").json()["promise"]["provisional"] is False


def test_a_reason_reaches_the_reporter_and_a_note_among_staff_does_not(town: Town, me: Client, matter: Matter) -> None:
    at = matter.created_at + timedelta(minutes=5)
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="这家人老打电话")
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="师傅下午到", public=True)
    do(town, matter, "clerk", "return", 10, reason="这是邻市的电梯，请打邻市热线。")
    page = text_of(me, matter)
    assert "这家人老打电话" not in page
    assert "师傅下午到" in page
    assert "没有受理" in page
    assert "这是邻市的电梯，请打邻市热线。" in page


def test_a_sentence_added_reaches_the_holder(town: Town, me: Client, matter: Matter) -> None:
    answer = me.post(f"/m/{matter.case.code}/say/", {"text": "今天又停了一次", "photo": [photo("blue")]})
    assert answer.status_code == 302
    assert "今天又停了一次" in text_of(me, matter)
    assert CaseFile.objects.filter(case=matter.case, seq=2).count() == 1
    outbox.drain()
    assert matter.case.notices.filter(unit=town.units["east"]).exists()


def test_an_empty_sentence_is_asked_for_again(town: Town, me: Client, matter: Matter) -> None:
    answer = me.post(f"/m/{matter.case.code}/say/", {"text": " "})
    assert answer.status_code == 422
    long = me.post(f"/m/{matter.case.code}/say/", {"text": "长" * 2001})
    assert long.status_code == 422
    assert "长" * 2001 in long.content.decode()


def test_what_is_asked_is_answered_on_the_page(town: Town, me: Client, matter: Matter) -> None:
    do(town, matter, "clerk", "ask", 0, question="是哪一部电梯？")
    page = text_of(me, matter)
    assert "是哪一部电梯？" in page
    assert "等您补充" in page
    answer = me.post(f"/m/{matter.case.code}/supply/", {"supplement": "东边那一部", "photo": [photo("green")]})
    assert answer.status_code == 302
    assert Case.objects.get(pk=matter.pk).step == "accept"
    assert "东边那一部" in text_of(me, matter)


def test_three_taps_close_it_and_it_can_be_opened_again_once(town: Town, me: Client, matter: Matter) -> None:
    done(town, matter)
    page = text_of(me, matter)
    assert "请您评三下" in page
    assert "换了门机，已经恢复运行。" in page
    code = matter.case.code
    missing = me.post(f"/m/{code}/rate/", {"reached": "yes"})
    assert missing.status_code == 422
    assert "请点一下：解决了吗" in missing.content.decode()
    assert me.post(f"/m/{code}/rate/", {"reached": "yes", "settled": "yes", "satisfied": "5"}).status_code == 302
    outbox.drain()
    matter.refresh_from_db()
    assert (matter.reached, matter.settled, matter.satisfied) == (True, True, 5)
    assert "您评过了" in text_of(me, matter)
    assert me.post(f"/m/{code}/reopen/", {"reason": ""}).status_code == 422
    assert me.post(f"/m/{code}/reopen/", {"reason": "又坏了"}).status_code == 302
    case = Case.objects.get(pk=matter.pk)
    assert (case.state, case.step) == ("open", "assign")
    done_again = me.post(f"/m/{code}/reopen/", {"reason": "又坏了"})
    assert done_again.status_code == 409


def test_not_settled_goes_back_to_be_handled(town: Town, me: Client, matter: Matter) -> None:
    done(town, matter)
    me.post(f"/m/{matter.case.code}/rate/", {"reached": "no", "settled": "no", "satisfied": "1", "remark": "没人来过"})
    assert Case.objects.get(pk=matter.pk).step == "assign"
    page = text_of(me, matter)
    assert "没人来过" in page
    assert "没解决" in page


@pytest.mark.parametrize("answers", [{"satisfied": "9"}, {"satisfied": "5; DROP TABLE"}, {"reached": "<b>"}])
def test_answers_that_are_none_are_refused(town: Town, me: Client, matter: Matter, answers: dict[str, str]) -> None:
    done(town, matter)
    given = {"reached": "yes", "settled": "yes", "satisfied": "5"} | answers
    assert me.post(f"/m/{matter.case.code}/rate/", given).status_code == 422
    assert Case.objects.get(pk=matter.pk).step == "rate"


def test_it_can_be_withdrawn(town: Town, me: Client, matter: Matter) -> None:
    assert me.post(f"/m/{matter.case.code}/withdraw/", {"reason": "自己好了"}).status_code == 302
    case = Case.objects.get(pk=matter.pk)
    assert (case.state, case.outcome) == ("ended", "withdrawn")
    assert "已经撤回" in text_of(me, matter)
    assert me.post(f"/m/{matter.case.code}/withdraw/", {}).status_code == 409


def test_the_reporter_sees_who_looked_at_their_number(town: Town, me: Client, matter: Matter) -> None:
    assert "还没有人看过您的手机号" in text_of(me, matter)
    ContactAccess.objects.create(
        contact=matter.contact,
        user_id=town.users["clerk"].pk,
        user_label="东门社区居委会 何晓兰",
        purpose="问是哪一部电梯",
        at=matter.created_at,
    )
    page = text_of(me, matter)
    assert "您的手机号被看过 1 次" in page
    assert "东门社区居委会 何晓兰" in page
    assert "问是哪一部电梯" in page


def test_a_contact_is_corrected_and_erased(town: Town, me: Client, matter: Matter) -> None:
    code = matter.case.code
    assert me.post(f"/m/{code}/contact/", {"phone": "abc"}).status_code == 422
    assert me.post(f"/m/{code}/contact/", {"phone": "19900000142", "name": "䶮", "hidden": "1"}).status_code == 302
    matter.refresh_from_db()
    assert (unseal(matter.contact.phone_sealed), unseal(matter.contact.name_sealed)) == ("19900000142", "䶮")
    assert matter.contact.hidden
    # the new last four digits open it elsewhere, the old ones do not
    other = Client()
    assert other.post("/track/", {"code": code, "digits": "5678"}).status_code == 422
    assert other.post("/track/", {"code": code, "digits": "0142"}).status_code == 302
    assert me.post(f"/m/{code}/contact/", {"go": "erase"}).status_code == 302
    matter.refresh_from_db()
    assert (matter.contact.phone_sealed, matter.contact.name_sealed, matter.anonymous) == ("", "", True)
    assert "没有留联系方式" in text_of(me, matter)


def test_everything_about_it_can_be_taken_away(town: Town, me: Client, matter: Matter) -> None:
    handled(town, matter)
    answer = me.get(f"/m/{matter.case.code}/record/")
    body = answer.json()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert (body["text"], body["contact"]["phone"]) == (TEXT, PHONE)
    assert [one["what"].split(" ")[0] for one in body["history"]] == ["提交", "受理", "交办"]
    assert len(body["files"]) == 1


OWN = ("say", "supply", "rate", "withdraw", "reopen", "contact")


def test_a_neighbour_sees_nothing_of_it_and_cannot_act(town: Town, matter: Matter) -> None:
    code = matter.case.code
    stranger = Client()
    page = stranger.get(f"/m/{code}/")
    nothing = stranger.get("/m/0000-0000/")
    assert (page.status_code, nothing.status_code) == (404, 404)
    assert (
        page.content.decode().replace(code, "0000-0000").split("csrf")[0] == nothing.content.decode().split("csrf")[0]
    )
    for path in OWN:
        assert stranger.post(f"/m/{code}/{path}/", {"text": "x", "reason": "x", "go": "erase"}).status_code == 404
    for path in ("record", "notice"):
        assert stranger.get(f"/m/{code}/{path}/").status_code == 404
    assert stranger.post(f"/m/{code}/follow/").status_code == 404
    file = CaseFile.objects.get()
    assert stranger.get(f"/files/{file.pk}/full").status_code == 404


def test_the_public_page_shows_only_what_was_checked(town: Town, me: Client, matter: Matter) -> None:
    Matter.objects.filter(pk=matter.pk).update(
        text="王建国 13912345678 说3栋电梯坏了", public_text="3栋电梯坏了", public_state="shown"
    )
    do(town, matter, "clerk", "accept", 10, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", 20, unit=town.units["housing"].pk)
    do(town, matter, "housing", "done", 60, result="已电话告知王建国（13912345678），电梯修好。")
    at = matter.created_at + timedelta(minutes=70)
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="给反映人的话", public=True)
    page = Client().get(f"/m/{matter.case.code}/").content.decode()
    assert "3栋电梯坏了" in page
    assert "临江区住建局办完了" in page
    assert "修好" in page
    for secret in ("王建国", PHONE, "给反映人的话", "龙飞", "何晓兰", "/files/"):
        assert secret not in page
    CaseFile.objects.update(public=True)
    assert "/files/" in Client().get(f"/m/{matter.case.code}/").content.decode()


def test_what_is_hidden_by_the_checker_stays_hidden(town: Town, matter: Matter) -> None:
    Matter.objects.filter(pk=matter.pk).update(public_state="hidden")
    assert Client().get(f"/m/{matter.case.code}/").status_code == 404
    assert matter.case.code not in Client().get("/nearby/").content.decode()


def test_following_counts_once_and_can_be_stopped(town: Town, me: Client, matter: Matter) -> None:
    show(matter)
    path = f"/m/{matter.case.code}/follow/"
    neighbour = Client()
    for _n in range(2):
        assert neighbour.post(path).status_code == 302
    matter.refresh_from_db()
    assert matter.followers == 1
    assert "不再跟进" in text_of(neighbour, matter)
    assert matter.case.code in neighbour.get("/mine/").content.decode()
    assert me.post(path).status_code == 403  # one's own needs no following
    neighbour.post(path, {"go": "stop"})
    neighbour.post(path, {"go": "stop"})
    matter.refresh_from_db()
    assert matter.followers == 0


def test_units_that_were_called_are_named_and_their_coming_is_told(town: Town, me: Client, matter: Matter) -> None:
    do(town, matter, "clerk", "accept", 10, category=town.categories["lift"].pk, urgency=2)
    units = [town.units["housing"].pk, town.units["police"].pk]
    more = {"meeting_place": "3栋楼下", "meeting_time": "2026-11-24T15:00"}
    do(town, matter, "clerk", "whistle", 20, units=units, lead=units[0], **more)
    child = Case.objects.filter(parent=matter.pk, holder_unit=units[0]).get()
    at = matter.created_at + timedelta(minutes=40)
    form = {"arrival_place": "3栋", "arrival_signature": "龙飞"}
    act(case_id=child.pk, action="arrive", by=town.actor("housing"), at=at, form=form)
    page = text_of(me, matter)
    assert "请来了临江区住建局、桂湖派出所一起办" in page
    assert "临江区住建局到了现场" in page
    assert "龙飞" not in page


def test_the_sheet_shows_the_public_text_and_leads_back(town: Town, me: Client, matter: Matter) -> None:
    Matter.objects.filter(pk=matter.pk).update(text="王建国家门口的灯", public_text="***家门口的灯不亮了")
    page = me.get(f"/m/{matter.case.code}/notice/").content.decode()
    assert "王建国" not in page
    assert "<h1>某某家门口的灯不亮了</h1>" in page
    # the title says it all: it stands there once, with who has it and by when
    assert page.partition("<main")[2].count("家门口的灯不亮了") == 1
    assert "东门社区居委会" in page and "什么时候受理" in page
    assert "<svg" in page
    assert f"/m/{matter.case.code}/" in page


def test_what_was_told_and_is_corrected_is_told_again(town: Town, me: Client, matter: Matter) -> None:
    handled(town, matter)
    at = matter.created_at + timedelta(minutes=30)
    act(case_id=matter.pk, action="answer", by=town.actor("housing"), at=at, form={"answer_text": "周三来修。"})
    answered = matter.case.records.get(action="answer").seq
    comment(case_id=matter.pk, by=town.actor("clerk"), at=at, text="给同事看的")
    inner = matter.case.records.get(action="comment").seq
    correct(
        case_id=matter.pk, record_seq=answered, text="周四来修，王建国会先打电话。", by=town.actor("housing"), at=at
    )
    correct(case_id=matter.pk, record_seq=inner, text="还是给同事看的", by=town.actor("clerk"), at=at)
    page = text_of(me, matter)
    assert "临江区住建局更正：</b>周四来修，王建国会先打电话。" in page
    assert "给同事看的" not in page
    outbox.drain(at=at)
    assert matter.case.notices.filter(text="correct:handle").exclude(key="").count() == 1
    show(matter)
    public = text_of(Client(), matter)
    assert "临江区住建局更正" in public
    assert "王建国" not in public


def test_a_result_that_was_corrected_heads_the_page_as_it_is_right(town: Town, me: Client, matter: Matter) -> None:
    done(town, matter)
    at, seq = matter.created_at + timedelta(minutes=95), matter.case.records.get(action="done").seq
    correct(case_id=matter.pk, record_seq=seq, text="换了控制板", by=town.actor("housing"), at=at)
    head = text_of(me, matter).partition("请您评三下")[0]
    assert "换了控制板。" in head
    assert "换了门机" not in head


def test_after_a_disagreement_silence_goes_to_the_street_and_the_story_says_so(
    town: Town, me: Client, matter: Matter
) -> None:
    done(town, matter)
    at = matter.created_at + timedelta(hours=3)
    act(
        case_id=matter.pk,
        action="rate",
        by=Actor(cases=frozenset({str(matter.pk)})),
        at=at,
        form={"reached": "yes", "settled": "no", "satisfied": "1"},
    )
    do(town, matter, "clerk", "own", 200)
    do(town, matter, "clerk", "done", 210, result="又看了一次")
    do(town, matter, "clerk", "pass", 220)
    tick(at=matter.created_at + timedelta(days=16))
    assert Case.objects.get(pk=matter.pk).step == "dispute"
    page = text_of(me, matter)
    assert "到期没有评价。您说过没解决，由街道来定。" in page
    assert "自动办结" not in page
