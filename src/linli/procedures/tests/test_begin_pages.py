"""Beginning a case from a page: staff at the desk, for somebody else, residents without an account; once however often it is sent."""

import re
from html import unescape

import pytest
from django.test import Client, override_settings

from linli.kernel import crypto
from linli.kernel.memo import forget
from linli.people.models import Contact
from linli.procedures.models import Case
from linli.procedures.tests.engine import fresh, history, in_force, steps
from linli.testing import Town

pytestmark = pytest.mark.django_db

ROOM = """
    start: {by: [public, clerk], form: [day, purpose, 'guests?', food]}
    public: {fields: [day], steps: all, people: roles_only}
    fields:
      day: {name: 哪一天, type: date}
      purpose: {name: 用途, type: text, max: 100}
      guests: {name: 有外来人员, type: yes_no}
      food: {name: 带什么吃的, type: text, when: {field: guests, is: true}}
"""
STEPS = """
    ask:
      holder: clerk of community
      clock: 2 working days
      actions:
        grant: {name: 同意, to: granted, tell: [reporter]}
        more: {name: 请补充, to: wait}
    wait:
      name: 等您补充
      holder: reporter
      clock: {for: 5 days, on_expiry: {to: refused}}
      actions: {supply: {name: 补充, who: [reporter], form: [purpose], to: ask}}
    granted: {kind: end, name: 已同意, outcome: granted}
    refused: {kind: end, name: 未同意, outcome: refused}
"""
GIVEN = {"a.day": "2027-03-01", "a.purpose": "书法班", "a.guests": "no"}


@pytest.fixture
def room(town: Town) -> Town:
    in_force(steps(STEPS, key="room", head=ROOM))
    return town


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def words(html: str) -> str:
    body = re.sub(r"<(script|template|style)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def once_of(html: str) -> str:
    found = re.search(r'name="once" value="(\w+)"', html)
    assert found
    return found[1]


def test_the_list_says_what_this_person_may_begin_and_why_not_the_rest(room: Town) -> None:
    in_force(
        steps(
            "ask: {holder: clerk of community, actions: {end: {to: over}}}\nover: {kind: end, outcome: over}",
            key="heads",
            head="start: [street_head]",
        )
    )
    in_force(
        steps(
            "ask: {holder: clerk of community, actions: {end: {to: over}}}\nover: {kind: end, outcome: over}",
            key="closed",
            head="start: {by: [clerk], opens: 2019-03-01, closes: 2019-03-31}",
        )
    )
    said = words(sign_in(room, "clerk").get("/desk/start/").content.decode())
    may, _rule, others = said.partition("现在不能发起的")
    assert "room" in may and "heads" not in may and "居民诉求" in may
    assert "heads 由街道主要负责人发起。" in others
    assert "closed 受理期从 2019-03-01 到 2019-03-31，现在不受理。" in others
    assert "延时 在别的办件旁边走，从那一件的页面发起。" in others


def test_a_clerk_begins_a_case_where_her_post_is_and_once_however_often_it_is_sent(room: Town) -> None:
    client = sign_in(room, "clerk")
    page = client.get("/desk/start/room/").content.decode()
    assert f'<option value="d{room.divisions["east"].pk}" selected>' in page
    assert "第2网格" in page and "西园社区" not in page
    sent = {**GIVEN, "once": once_of(page), "place": f"g{room.grids['east2'].pk}", "title": ""}
    first, second = (client.post("/desk/start/room/", sent) for _time in range(2))
    case = Case.objects.get(procedure="room")
    assert first.headers["Location"] == second.headers["Location"] == f"/desk/cases/{case.code}/?done=start"
    assert (case.grid, case.title, case.starter_user_id) == (
        room.grids["east2"],
        "room：2027-03-01",
        room.users["clerk"].pk,
    )
    assert case.data["purpose"] == "书法班" and history(case) == ["start"]
    assert 'data-draft-done="start-room"' in client.get(first.headers["Location"]).content.decode()
    # gone back, changed and sent again it is another case, not a lost one
    client.post("/desk/start/room/", {**sent, "a.purpose": "合唱"})
    assert sorted(row.data["purpose"] for row in Case.objects.filter(procedure="room")) == ["书法班", "合唱"]


def test_what_was_typed_comes_back_and_a_conditional_question_stands_there_before_it_is_asked(room: Town) -> None:
    client = sign_in(room, "clerk")
    page = client.get("/desk/start/room/").content.decode()
    assert "只在“有外来人员：是”时填。" in page
    answer = client.post(
        "/desk/start/room/", {**GIVEN, "a.day": "昨天", "a.guests": "yes", "place": "d1x", "title": "䶮"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="䶮"' in page and not Case.objects.filter(procedure="room").exists()
    answer = client.post("/desk/start/room/", {**GIVEN, "a.guests": "yes", "place": f"d{room.divisions['east'].pk}"})
    assert answer.status_code == 422
    assert '<a href="#f-a.food">请填写“带什么吃的”。</a>' in answer.content.decode()
    assert 'value="书法班"' in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "status"), [("clerk", 200), ("west_clerk", 200), ("far_dispatcher", 200), ("housing", 200)]
)
def test_what_the_public_may_start_every_member_of_staff_may(room: Town, name: str, status: int) -> None:
    assert sign_in(room, name).get("/desk/start/room/").status_code == status


def test_nobody_starts_outside_their_place_or_what_is_not_theirs(room: Town) -> None:
    client = sign_in(room, "west_clerk")
    sent = {**GIVEN, "place": f"d{room.divisions['east'].pk}"}
    assert client.post("/desk/start/room/", sent).status_code == 422
    in_force(steps(STEPS, key="room", head=ROOM.replace("[public, clerk]", "[street_head]")))
    for person in ("clerk", "housing"):
        answer = sign_in(room, person).post("/desk/start/room/", sent)
        assert (answer.status_code, "由街道主要负责人发起。" in answer.content.decode()) == (403, True)
    assert Client().post("/procedures/room/start/", sent).status_code == 403
    assert not Case.objects.filter(procedure="room").exists()
    assert sign_in(room, "clerk").get("/desk/start/matter/").headers["Location"] == "/desk/register/"
    assert sign_in(room, "clerk").get("/desk/start/nothing/").status_code == 404
    assert Client().get("/desk/start/").status_code in (302, 401)


def test_for_somebody_else_the_record_says_so_and_they_follow_it_by_code_and_phone(room: Town) -> None:
    client = sign_in(room, "clerk")
    person = {"for_name": "买买提江·吐尔逊", "for_phone": "139 1234 5678"}
    sent = {**GIVEN, **person, "place": f"d{room.divisions['east'].pk}", "once": "abc"}
    for _time in range(2):
        assert client.post("/desk/start/room/", sent).status_code == 302
    case, contact = Case.objects.get(procedure="room"), Contact.objects.get()
    assert case.data["contact"] == str(contact.pk) and crypto.unseal(contact.phone_sealed) == "13912345678"
    record = case.records.get()
    assert record.actor["on_behalf"] is True and case.starter_user_id is None
    page = client.get(f"/desk/cases/{case.code}/").content.decode()
    assert "何晓兰（代办）" in words(page) and "13912345678" not in page
    phone = Client()
    assert phone.post("/track/", {"code": case.code, "digits": "0000"}).status_code == 422
    opened = phone.post("/track/", {"code": case.code, "digits": "5678"})
    assert opened.headers["Location"] == f"/case/{case.code}/"
    assert "书法班" in phone.get(opened.headers["Location"]).content.decode()
    # without a phone it is written down all the same
    client.post("/desk/start/room/", {**GIVEN, "behalf": "1", "a.purpose": "下棋", "place": sent["place"]})
    other = Case.objects.exclude(pk=case.pk).get(procedure="room")
    assert other.records.get().actor["on_behalf"] is True and "contact" not in other.data


def test_a_resident_starts_without_an_account_and_follows_it_on_this_phone_and_another(room: Town) -> None:
    forget()
    client = Client()
    chart = client.get("/procedures/room/").content.decode()
    assert 'href="/procedures/room/start/"' in chart and "办这件事" in chart
    page = client.get("/procedures/room/start/").content.decode()
    assert "西园社区" in page and "标题" not in words(page)
    sent = {**GIVEN, "once": once_of(page), "place": f"d{room.divisions['east'].pk}", "pin": "2468"}
    first, second = (client.post("/procedures/room/start/", sent) for _time in range(2))
    case = Case.objects.get(procedure="room")
    assert first.headers["Location"] == second.headers["Location"] == f"/case/{case.code}/?done=start"
    assert case.starter_user_id is None and len(case.starter_key) == 64 and case.starter_unit_id is None
    own = words(client.get(first.headers["Location"]).content.decode())
    assert case.code in own and "收到了" in own and "书法班" in own and "东门社区居委会" in own
    assert "我办的事" in client.get("/mine/").content.decode()
    # everybody reads what is public, by its code; the rest and the title are not
    other = Client()
    public = words(other.post("/track/", {"code": case.code}, follow=True).content.decode())
    assert "2027年" in public or "2027-03-01" in public
    assert "书法班" not in public and "撤回" not in public
    opened = other.post("/track/", {"code": case.code.lower(), "digits": "2468"}, follow=True)
    assert "书法班" in opened.content.decode() and "撤回这件事" not in opened.content.decode()


def test_what_a_resident_may_do_at_a_step_is_on_the_page_and_nothing_typed_is_lost(room: Town) -> None:
    client = Client()
    client.get("/procedures/room/start/")
    client.post("/procedures/room/start/", {**GIVEN, "place": f"d{room.divisions['east'].pk}"})
    case = Case.objects.get(procedure="room")
    here = f"/case/{case.code}/"
    desk = sign_in(room, "clerk")
    desk.post(f"/desk/cases/{case.code}/do/more/")
    page = client.get(here).content.decode()
    assert "等您办" in page and f'action="{here}do/supply/"' in page
    assert client.post(f"{here}do/supply/", {"a.purpose": ""}).status_code == 422
    seen = fresh(case).last_seq
    assert Client().post(f"{here}do/supply/", {"a.purpose": "别人"}).status_code == 403
    client.post(f"{here}say/", {"text": "请问还差什么"})
    answer = client.post(f"{here}do/supply/", {"a.purpose": "合唱团", "since": seen})
    assert answer.status_code == 409 and "合唱团" in answer.content.decode()
    answer = client.post(f"{here}do/supply/", {"a.purpose": "合唱团", "since": fresh(case).last_seq})
    assert answer.headers["Location"] == f"{here}?done=supply#story"
    assert (fresh(case).step, fresh(case).data["purpose"]) == ("ask", "合唱团")
    # too late: what was typed is shown to copy
    answer = client.post(f"{here}do/supply/", {"a.purpose": "再改一次"})
    assert answer.status_code in (403, 409) and "再改一次" in answer.content.decode()
    client.post(f"{here}do/withdraw/", {"reason": "不办了"})
    assert fresh(case).outcome == "withdrawn"
    assert "已经撤回" in words(client.get(here).content.decode())


def test_what_is_confidential_does_not_exist(room: Town) -> None:
    head = ROOM.replace("public: {fields: [day], steps: all, people: roles_only}", "confidential: [clerk of community]")
    in_force(steps(STEPS, key="room", head=head))
    client = Client()
    client.get("/procedures/room/start/")
    client.post("/procedures/room/start/", {**GIVEN, "place": f"d{room.divisions['east'].pk}"})
    case = Case.objects.get(procedure="room")
    assert client.get(f"/case/{case.code}/").status_code == 200
    assert Client().get(f"/case/{case.code}/").status_code == 404
    assert Client().post(f"/case/{case.code}/object/", {"text": "x"}).status_code == 404
    assert Client().post("/track/", {"code": case.code}).status_code == 422


@override_settings(LINLI_INTAKE_PER_HOUR=2)
def test_residents_start_so_many_an_hour_and_keep_what_they_wrote(room: Town) -> None:
    client = Client()
    client.get("/procedures/room/start/")
    sent = {**GIVEN, "place": f"d{room.divisions['east'].pk}"}
    answers = [client.post("/procedures/room/start/", {**sent, "a.purpose": f"第{n}次"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "第2次" in answers[2].content.decode() and answers[2].headers["Retry-After"]


def test_the_public_reads_answers_without_names_and_numbers(room: Town) -> None:
    in_force(steps(STEPS, key="room", head=ROOM.replace("fields: [day]", "fields: [day, purpose]")))
    client = Client()
    client.get("/procedures/room/start/")
    sent = {**GIVEN, "a.purpose": "联系我13912345678", "place": f"d{room.divisions['east'].pk}"}
    client.post("/procedures/room/start/", sent)
    case = Case.objects.get(procedure="room")
    assert "13912345678" in client.get(f"/case/{case.code}/").content.decode()
    assert "13912345678" not in Client().get(f"/case/{case.code}/").content.decode()
