"""The page of a case in its states: acting, refused, changed under one's hands, waiting for a second person, undone, commented."""

import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from linli.kernel import outbox
from linli.matters import actions
from linli.orgs.actors import Actor
from linli.orgs.models import Post
from linli.procedures.actions import act, comment
from linli.procedures.models import Case
from linli.testing import Town

pytestmark = pytest.mark.django_db
ME = Actor(key="me")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def report(town: Town, now: datetime, **more: object) -> Case:
    arguments = {
        "text": "桂花园3栋电梯坏了三天，老人下不了楼。",
        "place": town.place(),
        "by": ME,
        "at": now - timedelta(minutes=30),
        "starter_key": "me",
        "category_id": town.categories["lift"].pk,
    }
    return actions.report(**(arguments | more)).case  # type: ignore[arg-type]


def do(town: Town, case: Case, name: str, action: str, at: datetime, **form: object) -> Case:
    reason = str(form.pop("reason", ""))
    by = ME if name == "me" else town.actor(name, at)
    return act(case_id=case.pk, action=action, by=by, at=at, form=form, reason=reason)


def accepted(town: Town, now: datetime) -> Case:
    case = report(town, now)
    return do(
        town, case, "clerk", "accept", now - timedelta(minutes=20), category=town.categories["lift"].pk, urgency=2
    )


MINUTE = timedelta(minutes=1)


def whistled(town: Town, now: datetime, units: tuple[str, ...] = ("housing", "police")) -> Case:
    called = [town.units[unit].pk for unit in units]
    form = {"units": called, "lead": called[0], "meeting_place": "3栋楼下", "meeting_time": "2026-11-24T15:00"}
    return do(town, accepted(town, now), "clerk", "whistle", now - timedelta(minutes=15), **form)


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def words(html: str) -> str:
    """What a page says, without tags, each run of blanks as one."""
    body = re.sub(r"<(script|template|style)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def jpeg() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, "JPEG")
    return SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")


def test_an_act_is_done_told_and_its_draft_dropped(town: Town, now: datetime) -> None:
    case = report(town, now)
    client = sign_in(town, "clerk")
    page = client.get(f"/desk/cases/{case.code}/?do=accept").content.decode()
    assert f'data-draft="{case.code}:accept"' in page
    assert f'<option value="{town.categories["lift"].pk}" selected>物业管理 / 电梯故障</option>' in page
    form = {"since": case.last_seq, "a.category": town.categories["lift"].pk, "a.urgency": "2"}
    answer = client.post(f"/desk/cases/{case.code}/do/accept/", form)
    assert answer.headers["Location"] == f"/desk/cases/{case.code}/?done=accept"
    page = client.get(answer.headers["Location"]).content.decode()
    assert f'data-draft-done="{case.code}:accept"' in page
    assert "办好了 受理 → 交办" in words(page)
    assert Case.objects.get(pk=case.pk).step == "assign"


def test_what_was_typed_comes_back_beside_what_is_wrong(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    client = sign_in(town, "clerk")
    form = {"since": case.last_seq, "reason": "䶮𠅤<b>太难</b>", "a.unit": "999999", "a.instructions": "请 尽快"}
    answer = client.post(f"/desk/cases/{case.code}/do/dispatch/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<div class="l-notice l-notice--over mb-4" role="alert" tabindex="-1" data-focus><h2>还差 1 处</h2>' in page
    assert '<a href="#f-a.unit">没有这个单位，或该单位已停用。</a>' in page
    assert 'aria-describedby="f-a.unit-e" aria-invalid="true"' in page
    assert "请 尽快</textarea>" in page
    assert Case.objects.get(pk=case.pk).step == "assign"
    answer = client.post(f"/desk/cases/{case.code}/do/escalate/", {"since": case.last_seq, "reason": "  "})
    assert answer.status_code == 422
    assert '<a href="#f-reason">请写明理由。</a>' in answer.content.decode()


@pytest.mark.parametrize("value", ["yes", ["yes", "no"], "'\"><script>"])
def test_a_hostile_answer_is_an_error_not_a_crash(town: Town, now: datetime, value: object) -> None:
    case = accepted(town, now)
    client = sign_in(town, "clerk")
    for name in ("a.unit", "a.unit[]", "a.instructions", "a.nothing", "a.", "a.settled"):
        answer = client.post(f"/desk/cases/{case.code}/do/dispatch/", {"since": case.last_seq, name: value})
        assert answer.status_code == 422, name
        assert "<script>" not in answer.content.decode().split("<main")[1]


def test_two_people_at_once_the_second_sees_what_the_first_did_and_keeps_their_words(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    seen = case.last_seq
    do(town, case, "clerk2", "split", now - timedelta(minutes=5), parts="楼道灯也不亮\n门口有积水")
    case.refresh_from_db()
    form = {"since": seen, "reason": "辖区办不了，要街道协调"}
    answer = sign_in(town, "clerk").post(f"/desk/cases/{case.code}/do/escalate/", form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "您打开以后，别人办理过这个办件" in page
    assert re.search(r"<li>[^<]*\d\d:\d\d <b>东门社区居委会 邓海</b> 拆分</li>", page)
    assert page.count(">新</span>") == case.last_seq - seen
    assert ">\n辖区办不了，要街道协调</textarea>" in page
    own = sign_in(town, "clerk2").post(f"/desk/cases/{case.code}/do/escalate/", form).content.decode()
    assert "您在别的窗口办理过这个办件" in own and "别人办理过" not in own
    # sent once more, with what has happened in view, it is done
    assert f'name="since" value="{case.last_seq}"' in page
    answer = sign_in(town, "clerk").post(f"/desk/cases/{case.code}/do/escalate/", form | {"since": case.last_seq})
    assert answer.status_code == 302


def test_words_for_a_form_that_is_gone_are_still_there_to_copy(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    seen = case.last_seq
    do(town, case, "clerk2", "dispatch", now - timedelta(minutes=5), unit=town.units["water"].pk)
    form = {"since": seen, "a.instructions": "先关总阀，䶮", "reason": "急"}
    answer = sign_in(town, "clerk").post(f"/desk/cases/{case.code}/do/dispatch/", form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "您刚才填的" in page
    assert '<dt>交办意见</dt><dd class="pre">先关总阀，䶮</dd>' in page
    assert '<dt>理由</dt><dd class="pre">急</dd>' in page
    assert 'id="do"' not in page


def test_an_act_that_is_not_for_this_person_says_whose_it_is(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    form = {"since": case.last_seq, "a.unit": town.units["water"].pk}
    answer = sign_in(town, "dispatcher").post(f"/desk/cases/{case.code}/do/dispatch/", form)
    assert answer.status_code == 403
    assert "没有办成 由东门社区居委会社区专干办理。" in words(answer.content.decode())
    assert "您刚才填的" in answer.content.decode()


def test_what_is_others_names_who_has_it_and_the_grid(town: Town, now: datetime) -> None:
    case = do(town, accepted(town, now), "clerk", "grid", now - timedelta(minutes=10))
    page = words(sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode())
    assert "由东门社区居委会网格长蒋小芳（第1网格）办理。" in page
    # nobody's yet: the role of the grid
    Case.objects.filter(pk=case.pk).update(holder_user=None)
    page = words(sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode())
    assert "由东门社区居委会网格长（第1网格）办理。" in page


def test_the_address_of_an_act_opened_as_a_page_leads_to_its_form(town: Town, now: datetime) -> None:
    """Somebody whose session had ended is sent there by the sign-in page."""
    case = accepted(town, now)
    client = sign_in(town, "clerk")
    assert client.get(f"/desk/cases/{case.code}/do/dispatch/").headers["Location"] == (
        f"/desk/cases/{case.code}/?do=dispatch#do"
    )
    for path in ("comment", "decide", "undo"):
        assert client.get(f"/desk/cases/{case.code}/{path}/").headers["Location"] == f"/desk/cases/{case.code}/"
    assert sign_in(town, "west_clerk").get(f"/desk/cases/{case.code}/do/dispatch/").status_code == 404


def test_what_was_just_done_can_be_taken_back(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    case = do(town, case, "clerk", "dispatch", datetime.now(UTC), unit=town.units["housing"].pk)
    client = sign_in(town, "clerk")
    page = client.get(f"/desk/cases/{case.code}/").content.decode()
    assert "刚才的操作 10 分钟内、别人接着办之前可以撤销。" in page
    answer = client.post(f"/desk/cases/{case.code}/undo/", {"since": case.last_seq})
    assert answer.headers["Location"] == f"/desk/cases/{case.code}/?done=undo"
    case.refresh_from_db()
    assert (case.step, case.holder_unit.name) == ("assign", "东门社区居委会")
    page = client.get(answer.headers["Location"]).content.decode()
    assert "办好了 撤销刚才的操作 → 交办" in words(page)
    assert "可以撤销。" not in page
    assert client.post(f"/desk/cases/{case.code}/undo/", {"since": 1}).status_code == 409


def test_nobody_else_is_offered_to_undo(town: Town, now: datetime) -> None:
    case = do(town, accepted(town, now), "clerk", "dispatch", datetime.now(UTC), unit=town.units["housing"].pk)
    for name in ("clerk2", "housing", "dispatcher"):
        client = sign_in(town, name)
        assert "可以撤销。" not in client.get(f"/desk/cases/{case.code}/").content.decode()
        answer = client.post(f"/desk/cases/{case.code}/undo/", {"since": case.last_seq})
        assert answer.status_code == 403
        assert "只能撤销自己刚才的操作。" in answer.content.decode()


def returned_twice(town: Town, now: datetime) -> Case:
    """A matter not accepted a second time: the street's supervisor has to agree."""
    case = report(town, now - timedelta(hours=2))
    do(town, case, "clerk", "return", now - timedelta(hours=2), reason="不属社区")
    from linli.procedures.actions import reopen

    reopen(case_id=case.pk, by=ME, at=now - timedelta(hours=1), reason="就是你们管")
    return do(town, case, "clerk", "return", now - timedelta(minutes=50), reason="还是不属社区")


def test_what_waits_for_a_second_person_says_who_asked_and_who_decides(town: Town, now: datetime) -> None:
    case = returned_twice(town, now)
    mine = words(sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode())
    assert "等待审批" in mine and "由 桂湖街道办事处 督办员 决定" in mine
    assert "同意 不同意" not in mine
    client = sign_in(town, "street_supervisor")
    page = client.get(f"/desk/cases/{case.code}/").content.decode()
    assert "等您审批" in page and "还是不属社区" in page
    answer = client.post(
        f"/desk/cases/{case.code}/decide/", {"since": case.last_seq, "verdict": "refuse", "reason": " "}
    )
    assert answer.status_code == 422
    assert '<a href="#f-reason">请写明理由。</a>' in answer.content.decode()
    answer = client.post(
        f"/desk/cases/{case.code}/decide/", {"since": case.last_seq - 1, "verdict": "approve", "reason": "属实"}
    )
    assert answer.status_code == 409
    assert ">\n属实</textarea>" in answer.content.decode()
    answer = client.post(f"/desk/cases/{case.code}/decide/", {"since": case.last_seq, "verdict": "approve"})
    assert answer.headers["Location"] == f"/desk/cases/{case.code}/?done=decide"
    case.refresh_from_db()
    assert (case.state, case.outcome, case.pending) == ("ended", "returned", None)


def test_the_unit_that_was_really_asked_is_named(town: Town, now: datetime) -> None:
    Post.objects.filter(organisation=town.units["street"]).delete()
    case = returned_twice(town, now)
    assert case.pending["unit"] == town.units["county"].pk
    page = words(sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode())
    assert "由 临江区治理中心 督办员 决定" in page


def test_a_note_is_written_and_its_words_survive_a_refused_photo(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    client = sign_in(town, "clerk")
    bad = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    answer = client.post(f"/desk/cases/{case.code}/comment/", {"text": "看过现场𠅤", "photos": bad})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert ">\n看过现场𠅤</textarea>" in page
    assert '<a href="#f-photos">' in page and "照片出于安全要重新选一次" in page
    answer = client.post(f"/desk/cases/{case.code}/comment/", {"text": "看过现场𠅤", "photos": jpeg()})
    assert answer.headers["Location"] == f"/desk/cases/{case.code}/?done=comment"
    page = client.get(f"/desk/cases/{case.code}/").content.decode()
    assert "看过现场𠅤" in page and "附件 1</a></small>" in page
    files = client.get(f"/desk/cases/{case.code}/?tab=files").content.decode()
    assert '<h3 class="l-filehead">留言附带<span class="t3">1</span></h3>' in files
    assert 'alt="留言附带 1"' in files


def test_a_record_is_corrected_by_its_author_and_both_stay(town: Town, now: datetime) -> None:
    case = accepted(town, now)
    client = sign_in(town, "clerk")
    page = client.get(f"/desk/cases/{case.code}/").content.decode()
    assert f'href="/desk/cases/{case.code}/?do=correct-2#do"' in page
    assert "?do=correct-1" not in page  # the reporter's own words
    form = client.get(f"/desk/cases/{case.code}/?do=correct-2").content.decode()
    assert f'data-draft="{case.code}:correct-2"' in form and 'name="record" value="2"' in form
    answer = client.post(f"/desk/cases/{case.code}/correct/", {"record": "2", "text": " "})
    assert answer.status_code == 422 and '<a href="#f-text">请写明正确的内容。</a>' in answer.content.decode()
    answer = client.post(f"/desk/cases/{case.code}/correct/", {"record": "2", "text": "应是门机，不是轿厢𠅤"})
    assert answer.headers["Location"] == f"/desk/cases/{case.code}/?done=correct-2"
    said = words(client.get(f"/desk/cases/{case.code}/").content.decode())
    assert "更正“受理 → 交办” 应是门机，不是轿厢𠅤" in said and "东门社区居委会 何晓兰 受理 → 交办" in said
    for name in ("clerk2", "dispatcher"):
        other = sign_in(town, name)
        page = other.get(f"/desk/cases/{case.code}/?do=correct-2").content.decode().split("<main")[1]
        assert "?do=correct" not in page and 'id="do"' not in page
        refused = other.post(f"/desk/cases/{case.code}/correct/", {"record": "2", "text": "不对"})
        assert refused.status_code == 403 and "只能由记录人或其负责人更正。" in refused.content.decode()
    assert "?do=correct-2" in sign_in(town, "head").get(f"/desk/cases/{case.code}/").content.decode()
    for record in ("", "x", "99", "９", "1" * 30):
        assert client.post(f"/desk/cases/{case.code}/correct/", {"record": record, "text": "y"}).status_code == 422


def test_the_page_says_how_the_deadline_came_about(town: Town, now: datetime) -> None:
    case = do(town, accepted(town, now), "clerk", "dispatch", now - 10 * MINUTE, unit=town.units["housing"].pk)
    html = sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode()
    why = html.split("<details><summary", 1)[1].split("</details>")[0]
    assert re.search("这个期限怎么来的 (今天|昨天) [0-9:]+ 事项目录第 [0-9]+ 版：24 小时，", words("<" + why))


def test_files_stand_under_what_they_were_asked_for(town: Town, now: datetime) -> None:
    case = do(town, accepted(town, now), "clerk", "own", now - timedelta(minutes=10))
    client = sign_in(town, "clerk")
    form = {"since": case.last_seq, "a.result": "换了灯泡", "photos_after": [jpeg(), jpeg()]}
    assert client.post(f"/desk/cases/{case.code}/do/done/", form).status_code == 302
    files = client.get(f"/desk/cases/{case.code}/?tab=files").content.decode()
    assert re.findall(r'<h3 class="l-filehead">(\w+)<', files) == ["办后照片"]


def test_a_whistle_shows_who_came_with_what_and_what_can_be_done(town: Town, now: datetime) -> None:
    case = whistled(town, now)
    housing, police = Case.objects.filter(parent=case.pk).order_by("holder_unit_id")
    arrived = {"arrival_place": "3栋楼下", "arrival_signature": "龙飞"}
    do(town, housing, "housing", "arrive", now - timedelta(minutes=10), **arrived)
    page = sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode()
    panel = page.split('aria-label="吹哨报到"')[1].split("</section>")[0]
    assert "已报到 <b>1 / 2</b>" in panel
    assert "2026-11-24 15:00，3栋楼下" in panel
    rows = [words(row) for row in panel.split("<tr")[2:]]
    assert f"临江区住建局 {housing.code} 已报到，等社区确认" in rows[0] and "3栋楼下，签名" in rows[0]
    assert f'href="/desk/cases/{housing.code}/?do=confirm#do">确认到场</a>' in panel
    assert f"桂湖派出所 {police.code} 还没有报到 还没有" in rows[1]
    do(town, housing, "clerk", "confirm", now - timedelta(minutes=5))
    page = sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode()
    assert "已报到，社区已确认" in page and "?do=confirm#do" not in page


def test_a_unit_that_is_called_reads_the_public_words_and_not_the_rest(town: Town, now: datetime) -> None:
    case = report(town, now, text="桂花园3栋电梯坏了，找王建国13912345678。", name="王建国", phone="13912345678")
    do(town, case, "clerk", "accept", now - timedelta(minutes=20), category=town.categories["lift"].pk, urgency=2)
    unit = town.units["police"].pk
    form = {"units": [unit], "lead": unit, "meeting_place": "3栋楼下", "meeting_time": "2026-11-24T15:00"}
    do(town, case, "clerk", "whistle", now - timedelta(minutes=15), **form)
    child = Case.objects.get(parent=case.pk)
    client = sign_in(town, "police")
    page = client.get(f"/desk/cases/{child.code}/").content.decode()
    assert "桂花园3栋电梯坏了" in page and "3栋楼下" in page
    assert "13912345678" not in page and "王建国" not in page
    assert case.code not in page
    assert client.get(f"/desk/cases/{case.code}/").status_code == 404


def test_neighbours_follow_the_order_of_the_inbox(town: Town, now: datetime) -> None:
    cases = [report(town, now - timedelta(hours=hours)) for hours in (9, 6, 3)]
    outbox.drain()
    page = sign_in(town, "clerk").get(f"/desk/cases/{cases[1].code}/").content.decode()
    assert f'<a href="/desk/cases/{cases[0].code}/" data-key="k" rel="prev">' in page
    assert f'<a href="/desk/cases/{cases[2].code}/" data-key="j" rel="next">' in page
    assert 'rel="prev"' not in sign_in(town, "clerk").get(f"/desk/cases/{cases[0].code}/").content.decode()
    assert 'rel="next"' not in sign_in(town, "dispatcher").get(f"/desk/cases/{cases[1].code}/").content.decode()


def test_the_cost_of_a_page_does_not_grow_with_its_history_units_or_photos(town: Town, now: datetime) -> None:
    costs = []
    # the second comes later, so that neither has another behind it in the inbox
    for at, units, notes in ((now - MINUTE, ("housing",), 0), (now, ("housing", "police", "water", "property"), 12)):
        case = whistled(town, at, units)
        for number in range(notes):
            comment(case_id=case.pk, by=town.actor("clerk2", now), at=now, text=f"第{number}条")
        client = sign_in(town, "clerk")
        client.get(f"/desk/cases/{case.code}/")
        with CaptureQueriesContext(connection) as found:
            client.get(f"/desk/cases/{case.code}/")
        costs.append(len(found))
    assert costs[0] == costs[1]
    assert costs[0] <= 26, costs
