"""Steps at which many take part, from their pages: collecting, objecting, answering, inviting, entering how a vote came out."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from linli.procedures import registry
from linli.procedures.models import Case, Objection
from linli.procedures.registry import handler
from linli.procedures.tests.engine import begun, do, fresh, history, in_force, steps
from linli.testing import Town

pytestmark = pytest.mark.django_db

HEAD = """
    start: {by: [public], form: [wish]}
    public: {fields: [], steps: none, people: none}
    fields:
      wish: {name: 想做什么, type: text}
      willing: {name: 是否愿意, type: yes_no}
"""
STEPS = """
    collect:
      kind: collect
      name: 征集
      holder: clerk of community
      by: [public]
      form: [willing]
      threshold: {at_least: 2}
      clock: {for: 10 days, on_expiry: {to: short}}
      then: shown
    shown:
      kind: notice
      name: 公示
      holder: clerk of community
      publish: [wish]
      clock: {for: 7 days}
      objections: {by: [public], answer: community_head of community}
      then: over
    over: {kind: end, name: 办成, outcome: over}
    short: {kind: end, name: 人数不够, outcome: short}
"""
PARTIES = """
    talk: {name: 商量, holder: clerk of community, actions: {ask: {name: 请当事人确认, to: agree}}}
    agree:
      name: 当事人确认
      holder: parties
      clock: {for: 5 days, on_expiry: {to: over}}
      actions: {yes_please: {name: 同意, who: [parties], to: over}}
    over: {kind: end, name: 办成, outcome: over}
"""
VOTE = """
    vote:
      kind: vote
      name: 表决
      holder: clerk of community
      clock: {for: 60 days, supervise: false}
      rule: simple
      passed: won
      failed: lost
    won: {kind: end, name: 通过了, outcome: won}
    lost: {kind: end, name: 没通过, outcome: lost}
"""


def words(html: str) -> str:
    body = re.sub(r"<(script|template|style)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def running(town: Town, body: str, *, head: str = HEAD, **more: object) -> Case:
    in_force(steps(body, key="crowd", head=head))
    more = {"form": {"wish": "换路灯"}} | more
    return begun(town, "crowd", at=timezone.now(), **more)


def browser(case: Case) -> Client:
    client = Client()
    assert client.get(f"/case/{case.code}/").status_code == 200
    return client


def test_people_take_part_once_each_until_it_goes_on_and_the_page_ends_with_the_collection(town: Town) -> None:
    case = running(town, STEPS)
    here = f"/case/{case.code}/"
    first, second = browser(case), browser(case)
    said = words(first.get(here).content.decode())
    assert "已有 0 人参与，到 2 人就进入下一步。" in said and "换路灯" not in said
    assert first.post(f"{here}speak/", {}).status_code == 422
    for _time in range(2):
        assert first.post(f"{here}speak/", {"a.willing": "no"}).headers["Location"] == f"{here}?done=speak#crowd"
    assert fresh(case).data["voices"] == 1
    assert "您已经参与了" in first.get(here).content.decode()
    assert "到 2 人" in words(sign_in(town, "clerk").get(f"/desk/cases/{case.code}/").content.decode())
    second.post(f"{here}speak/", {"a.willing": "yes"})
    assert (fresh(case).step, history(case)[-1]) == ("shown", "threshold")
    # too late is said, on the page as it is now
    answer = browser(case).post(f"{here}speak/", {"a.willing": "yes"})
    assert answer.status_code == 409 and "现在不征集意见。" in answer.content.decode()


def test_an_objection_is_made_answered_and_read_by_who_made_it(town: Town) -> None:
    case = running(town, STEPS)
    here, desk = f"/case/{case.code}/", f"/desk/cases/{case.code}/"
    for one in (browser(case), browser(case)):
        one.post(f"{here}speak/", {"a.willing": "yes"})
    objector, other = browser(case), browser(case)
    assert "换路灯" in objector.get(here).content.decode()
    assert objector.post(f"{here}object/", {"text": "  "}).status_code == 422
    assert objector.post(f"{here}object/", {"text": "灯太亮，照到卧室。"}).status_code == 302
    made = Objection.objects.get()
    assert "灯太亮" in objector.get(here).content.decode()
    assert "灯太亮" not in other.get(here).content.decode() and "已收到 1 条异议" in other.get(here).content.decode()
    # who cannot answer reads why; nobody answers an objection of another case by its number
    seen = words(sign_in(town, "county_supervisor").get(desk).content.decode())
    assert "灯太亮" in seen and "异议由公示单位答复。" in seen
    assert sign_in(town, "county_supervisor").post(f"{desk}objections/{made.pk}/", {"text": "好"}).status_code == 403
    head = sign_in(town, "head")
    assert head.post(f"{desk}objections/{made.pk + 1}/", {"text": "好"}).status_code == 404
    assert head.post(f"{desk}objections/{made.pk}/", {"text": ""}).status_code == 422
    answer = head.post(f"{desk}objections/{made.pk}/", {"text": "加装了遮光罩。"})
    assert answer.headers["Location"] == f"{desk}?done=answer-{made.pk}"
    assert "加装了遮光罩。" in objector.get(here).content.decode()
    again = head.post(f"{desk}objections/{made.pk}/", {"text": "再答一次"})
    assert again.status_code == 409 and "这条异议已经答复" in again.content.decode()
    assert case.records.get(action="object").actor == {"role": "public"}


def test_parties_come_in_by_a_link_each_once_and_act_when_it_is_their_turn(town: Town) -> None:
    case = running(town, PARTIES)
    desk, here = f"/desk/cases/{case.code}/", f"/case/{case.code}/"
    assert Client().get(here).status_code == 404
    clerk = sign_in(town, "clerk")
    assert "当事人由承办人或发起人邀请。" in sign_in(town, "county_supervisor").get(desk).content.decode()
    assert sign_in(town, "county_supervisor").post(f"{desk}invite/", {"people": "1"}).status_code == 403
    for people in ("0", "501", "x", "-1"):
        assert clerk.post(f"{desk}invite/", {"people": people}).status_code == 422
    answer = clerk.post(f"{desk}invite/", {"people": "1"})
    page = clerk.get(answer.headers["Location"].split("#")[0]).content.decode()
    link = unescape(re.search(r'<p class="pr-link">http://testserver(\S+)</p>', page)[1])
    word = link.split("letter=")[1]
    assert word not in str(fresh(case).data)
    party, late = Client(), Client()
    assert "请您作为当事人参加" in party.get(link).content.decode() and late.get(link).status_code == 200
    assert Client().get(f"{here}join/?letter=wrong").status_code == 404
    assert party.post(f"{here}join/", {"letter": word}).headers["Location"] == f"{here}?done=join"
    assert late.post(f"{here}join/", {"letter": word}).status_code == 404
    assert (len(fresh(case).data["parties_keys"]), late.get(here).status_code) == (1, 404)
    assert "换路灯" not in party.get(here).content.decode()
    do(town, case, "clerk", "ask", at=timezone.now())
    assert "等您办" in party.get(here).content.decode()
    assert late.post(f"{here}do/yes_please/").status_code == 404
    assert party.post(f"{here}do/yes_please/").status_code == 302
    assert fresh(case).outcome == "over"
    assert case.records.get(action="yes_please").actor == {"role": "parties"}


def test_how_a_vote_came_out_is_entered_by_who_holds_it_only(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    handler("deliberation.vote")(lambda work, answers: None)
    case = running(town, VOTE)
    desk = f"/desk/cases/{case.code}/"
    seen = words(sign_in(town, "county_supervisor").get(desk).content.decode())
    assert "表决结果由组织表决的单位录入。" in seen and "录入结果" not in seen
    given = {"way": "passed", "text": "应到 40 户，同意 31 户，见会议记录 3 号。"}
    assert sign_in(town, "county_supervisor").post(f"{desk}conclude/", given).status_code == 403
    clerk = sign_in(town, "clerk")
    for wrong in ({"way": "passed", "text": " "}, {"way": "", "text": "31 户"}, {"way": "x", "text": "31 户"}):
        answer = clerk.post(f"{desk}conclude/", wrong)
        assert answer.status_code == 422 and (
            not wrong["text"].strip() or "31 户</textarea>" in answer.content.decode()
        )
    clerk.post(f"{desk}conclude/", given)
    assert fresh(case).outcome == "won" and case.records.get(action="passed").text == given["text"]
    assert clerk.post(f"{desk}conclude/", given).status_code == 409


def test_a_case_beside_another_or_of_an_area_has_no_page_for_everybody(town: Town) -> None:
    case = running(town, STEPS.replace("by: [public]\n      form", "by: [parties]\n      form"))
    assert Client().get(f"/case/{case.code}/").status_code == 404
    assert Client().get("/case/0000-0000/").status_code == 404
    assert Client().get("/case/nonsense/").status_code == 404


def test_a_member_of_staff_takes_part_as_a_resident_unless_their_post_is_asked(town: Town) -> None:
    case = running(town, STEPS)
    clerk = sign_in(town, "far_clerk")
    clerk.get(f"/case/{case.code}/")
    clerk.post(f"/case/{case.code}/speak/", {"a.willing": "yes"})
    assert case.records.get(action="speak").actor == {"role": "public"}
    asked = running(town, STEPS.replace("by: [public]\n      form", "by: [public, grid_leader]\n      form"))
    leaders = running(
        town,
        STEPS.replace("by: [public]\n      form", "by: [grid_leader]\n      form"),
        head=HEAD.replace("steps: none", "steps: all"),
    )
    grid = sign_in(town, "grid")
    for one in (asked, leaders):
        grid.get(f"/case/{one.code}/")
        assert grid.post(f"/case/{one.code}/speak/", {"a.willing": "yes"}).status_code == 302
    assert asked.records.get(action="speak").actor == {"role": "public"}
    assert leaders.records.get(action="speak").actor["role"] == "grid_leader"
    assert browser(leaders).post(f"/case/{leaders.code}/speak/", {"a.willing": "yes"}).status_code == 403


def test_who_only_reads_a_case_gets_no_mark(town: Town) -> None:
    case = running(town, PARTIES, head=HEAD.replace("steps: none", "steps: all"))
    assert Client().get(f"/case/{case.code}/").cookies.get("linli_me") is None
    taking = running(town, STEPS)
    assert Client().get(f"/case/{taking.code}/").cookies["linli_me"].value
