"""Notices: who gets them, in words of the reader's language, why, counted in the navigation, ticked off once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from linli.kernel import outbox
from linli.kernel.memo import forget
from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures import notifying
from linli.procedures.actions import act, comment, take
from linli.procedures.models import Case, CaseClock, Notice
from linli.procedures.ticks import tick
from linli.testing import NOW, Town

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def case(town: Town) -> Case:
    matter = matters.report(text="3栋电梯坏了。", place=town.place(), by=Actor(key="me"), at=NOW, starter_key="me")
    clerk, form = town.actor("clerk"), {"category": town.categories["lift"].pk, "urgency": 2}
    act(case_id=matter.pk, action="accept", by=clerk, at=NOW, form=form)
    act(case_id=matter.pk, action="dispatch", by=clerk, at=NOW, form={"unit": town.units["housing"].pk})
    comment(case_id=matter.pk, by=Actor(key="me"), at=LATER, text="还没有人来")
    outbox.drain(at=LATER)
    forget()
    return Case.objects.get(pk=matter.pk)


def notices_of(by: Actor) -> list[notifying.Told]:
    rows, _more = notifying.page_of(notifying.mine(by), before=None, size=50)
    return [notifying.told(row) for row in rows]


def test_a_unit_reads_what_came_to_it_and_why(case: Case, town: Town) -> None:
    told = notices_of(town.actor("housing"))
    unit = town.units["housing"].label
    assert [(one.what, one.whom, one.why, one.ends, one.read) for one in told] == [
        ("有新留言", unit, f"{unit}在办或者在关注它", "转走或者办结以后就不再来。", False),
        ("交办 → 办理", unit, f"办件到了{unit}", "转走或者办结以后就不再来。", False),
    ]
    with translation.override("en"):
        assert notices_of(town.actor("housing"))[1].what == "Dispatch → Handling"
    assert notices_of(town.actor("water")) == []
    assert notices_of(town.actor("far_clerk")) == []
    assert notices_of(Actor()) == []


def test_a_whistle_tells_the_units_that_are_called(case: Case, town: Town) -> None:
    units = [town.units["police"].pk, town.units["water"].pk]
    matter = matters.report(text="水管爆了。", place=town.place(), by=Actor(key="k"), at=NOW, starter_key="k")
    clerk, form = town.actor("clerk"), {"category": town.categories["lift"].pk, "urgency": 2}
    act(case_id=matter.pk, action="accept", by=clerk, at=NOW, form=form)
    form = {"units": units, "lead": units[0], "meeting_place": "3栋", "meeting_time": "2026-11-24T15:00"}
    act(case_id=matter.pk, action="whistle", by=clerk, at=NOW, form=form)
    outbox.drain(at=LATER)
    assert [one.what for one in notices_of(town.actor("police"))] == ["新来的，现在是“待报到”"]
    assert [one.what for one in notices_of(town.actor("water"))] == ["新来的，现在是“待报到”"]


def test_the_holder_is_told_when_time_is_nearly_used_up_and_when_it_is_over(case: Case, town: Town) -> None:
    take(case_id=case.pk, by=town.actor("housing"), at=LATER)
    outbox.drain(at=LATER)
    Notice.objects.all().delete()

    def told_at(at):
        tick(at=at)
        outbox.drain(at=at)
        forget()
        Notice.objects.exclude(case=case).delete()
        mine = [one for one in notices_of(town.actor("housing", at)) if not one.whom]
        both = [mine, notices_of(town.actor("housing_head", at))]
        Notice.objects.all().delete()
        return [[(one.what, one.whom, one.why) for one in some] for some in both]

    unit = town.units["housing"].label
    working = f"{unit}在办或者在关注它"
    step = CaseClock.objects.get(case=case, name="step", ended_at=None)
    promise = CaseClock.objects.get(case=case, name="answer")
    assert told_at(promise.next_at) == [
        [("“首次实质答复”的时限快到了", "", "您在办这一件")],
        [("“首次实质答复”的时限快到了", unit, working)],
    ]
    assert told_at(promise.due_at)[1] == [("“首次实质答复”超过时限了", unit, working)]
    assert told_at(step.next_at)[1] == [("时限快到了", unit, working)]
    assert ("超过时限了", "", "您在办这一件") in told_at(step.due_at)[0]
    # every further period is the supervision's, not news for the holder
    assert told_at(step.due_at + timedelta(days=20))[1] == []


def test_what_was_done_before_the_notice_is_written_is_not_told(case: Case, town: Town) -> None:
    Notice.objects.all().delete()
    step = CaseClock.objects.get(case=case, name="step", ended_at=None)
    CaseClock.objects.exclude(pk=step.pk).update(next_at=None)
    tick(at=step.next_at)
    act(case_id=case.pk, action="done", by=town.actor("housing"), at=step.next_at, form={"result": "修好了"})
    outbox.drain(at=step.next_at)
    assert not Notice.objects.filter(why="procedures.ClockReminded").exists()


def test_who_is_waited_for_outside_the_offices_is_reminded(case: Case, town: Town) -> None:
    matter = matters.report(text="水管爆了。", place=town.place(), by=Actor(key="k"), at=NOW, starter_key="k")
    act(case_id=matter.pk, action="ask", by=town.actor("clerk"), at=NOW, form={"question": "几栋？"})
    tick(at=NOW + timedelta(days=4))
    outbox.drain(at=NOW + timedelta(days=4))
    told = Notice.objects.get(case=matter.pk, why="procedures.ClockReminded")
    assert (told.key, told.unit_id, told.text) == ("k", None, "reminded:step")


@pytest.mark.parametrize(
    ("category", "danger", "words"),
    [("gas", True, ["有危险的新来一件，请马上看"]), ("lift", False, ["新来的，现在是“受理”"]), ("lamp", False, [])],
)
def test_what_may_not_wait_is_told_to_its_first_holder_at_once(town: Town, category, danger, words) -> None:
    night = NOW + timedelta(hours=13)
    place, kind = town.place(), town.categories[category].pk
    matter = matters.report(
        text="请来看看。", place=place, by=Actor(key="k"), at=night, starter_key="k", category_id=kind, danger=danger
    )
    outbox.drain(at=night)
    assert [one.what for one in notices_of(town.actor("clerk", night))] == words, matter.case.urgency


def test_what_may_not_be_seen_any_more_is_not_told(case: Case, town: Town) -> None:
    Case.objects.filter(pk=case.pk).update(restricted=True)
    assert notices_of(town.actor("water")) == []
    Notice.objects.create(
        case=case, unit=town.units["water"], text="comment:handle", why="procedures.CaseNoted", at=NOW
    )
    assert notices_of(town.actor("water")) == []


@pytest.mark.parametrize(
    ("text", "why", "words"),
    [
        ("handle", "follow", "到了“办理”"),
        ("settled", "follow", "已办结"),
        ("nothing", "follow", "有新进展"),
        ("approved:check", "procedures.CaseNoted", "审批同意了"),
        ("rate:closed", "procedures.CaseMoved", "评价 → 已办结"),
        ("expired:closed", "procedures.CaseMoved", "期限到了，自动转入下一环节 → 已办结"),
        ("redo:handle", "procedures.CaseMoved", "退回重办 → 办理"),
        ("", "x", "有新进展"),
        ("what:ever", "x", "what"),
    ],
)
def test_each_kind_has_its_words(case: Case, town: Town, text: str, why: str, words: str) -> None:
    notice = Notice(case=case, user_id=town.users["housing"].pk, text=text, why=why, at=NOW)
    told = notifying.told(notice)
    assert told.what == words
    assert told.why == ("您跟进了这件事" if why == "follow" else "是您发起的")


def test_reading_is_counted_and_one_reads_for_the_unit(case: Case, town: Town) -> None:
    worker, head = town.actor("housing"), town.actor("housing_head")
    assert notifying.unread(worker, at=LATER) == 2
    assert notifying.unread(head, at=LATER) == 2
    first = notices_of(worker)[0]
    # what is another's is not ticked off
    assert notifying.mark_read(by=town.actor("water"), at=LATER, ids=[first.id]) == 0
    assert notifying.mark_read(by=worker, at=LATER, ids=[first.id]) == 1
    assert notifying.mark_read(by=worker, at=LATER, ids=[first.id]) == 0
    assert notifying.unread(worker, at=LATER) == 1
    forget()
    assert notifying.unread(head, at=LATER) == 1
    assert notifying.mark_read(by=head, at=LATER) == 1
    forget()
    assert notifying.unread(worker, at=LATER) == 0
    assert notifying.unread(worker, at=LATER + timedelta(days=31)) == 0


def test_the_page(case: Case, town: Town) -> None:
    client = Client()
    assert client.get("/desk/notices/").status_code in (200, 302)
    client.force_login(town.users["housing"])
    Notice.objects.update(at=NOW)
    page = client.get("/desk/notices/").content.decode()
    assert page.count("data-row>") + page.count('data-row class="is-new"') == 2
    assert "电梯坏了" in page
    first = re.search(r'name="notice" value="([0-9a-f-]+)"', page)[1]
    done = client.post("/desk/notices/read/", {"notice": first, "next": "/desk/notices/?all=1"})
    assert (done.status_code, done["Location"]) == (302, "/desk/notices/?all=1")
    assert client.get("/desk/notices/").content.decode().count('class="is-new"') == 1
    assert client.get("/desk/notices/?all=1").content.decode().count("data-row") == 3  # the list itself has data-rows
    assert "没有找到" in client.get("/desk/notices/?q=没有的").content.decode()
    table = client.get("/desk/notices/export.csv?all=1").content.decode("utf-8-sig").splitlines()
    assert len(table) == 3
    assert table[2].split(",")[1:5] == [case.code, case.title, "交办 → 办理", town.units["housing"].label]
    elsewhere = client.post("/desk/notices/read/", {"all": "1", "next": "https://example.org/"})
    assert elsewhere["Location"] == "/desk/notices/"
    assert client.post("/desk/notices/read/", {"notice": "x"}).status_code == 404
    assert client.get("/desk/notices/?before=x").status_code == 404
    assert "没有新通知" in client.get("/desk/notices/").content.decode()


def test_pages_follow_each_other(case: Case, town: Town) -> None:
    Notice.objects.bulk_create(
        Notice(case=case, unit=town.units["housing"], text="comment:handle", why="procedures.CaseNoted", at=NOW)
        for _ in range(5)
    )
    rows, seen, before = notifying.mine(town.actor("housing")), [], None
    while True:
        found, before = notifying.page_of(rows, before=before, size=3)
        seen += [one.pk for one in found]
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


def test_a_page_of_notices_costs_a_fixed_number_of_statements(
    case: Case, town: Town, django_assert_max_num_queries
) -> None:
    client = Client()
    client.force_login(town.users["housing"])
    client.get("/desk/notices/")
    Notice.objects.bulk_create(
        Notice(case=case, unit=town.units["housing"], text="comment:handle", why="procedures.CaseNoted", at=NOW)
        for _ in range(40)
    )
    with django_assert_max_num_queries(6):
        client.get("/desk/notices/")


def test_figures_are_those_of_ones_own_places(case: Case, town: Town) -> None:
    client = Client()
    client.force_login(town.users["clerk"])
    page = client.get("/desk/figures/")
    assert page.status_code == 200
    cells = re.findall(r'<th scope="row"><a href="[^"]*">受理</a></th>(.*?)</tr>', page.content.decode(), re.S)
    assert len(cells) == 1
    client.force_login(town.users["far_clerk"])
    far = client.get("/desk/figures/?procedure=matter&step=handle").content.decode()
    assert "近半年没有办件到过这一步" in far
    for bad in ("?procedure=none", "?procedure=matter&step=none", "?step=closed"):
        assert client.get(f"/desk/figures/{bad}").status_code == 404
