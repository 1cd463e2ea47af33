"""The main job, end to end through the actions: from a report to a rating, and what can happen on the way."""

from datetime import timedelta

import pytest

from linli.kernel import outbox
from linli.matters import actions, jobs
from linli.matters.models import CatalogueVersion, MatterLink
from linli.orgs.actors import Actor
from linli.procedures.actions import act, reopen
from linli.procedures.errors import Changed
from linli.procedures.models import Case, CaseClock
from linli.procedures.side import open_beside
from linli.procedures.ticks import open_planned, tick
from linli.procedures.undoing import undo_end
from linli.procedures.verify import deadlines
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
ME = Actor(key="me")


def report(town: Town, **more):
    arguments = {
        "text": "桂花园3栋电梯坏了三天，老人下不了楼。",
        "place": town.place(),
        "by": ME,
        "at": NOW,
        "starter_key": "me",
    }
    return actions.report(**(arguments | {"category_id": town.categories["lift"].pk} | more))


def later(**delta):
    return NOW + timedelta(**delta)


def do(town, matter, name, action, at, **form):
    by = ME if name == "me" else town.actor(name, at)
    reason = form.pop("reason", "")
    return act(case_id=matter.pk, action=action, by=by, at=at, form=form, reason=reason)


def test_from_report_to_rating(town: Town) -> None:
    matter = report(town)
    case = matter.case
    assert (case.step, case.holder_unit.name, case.holder_role) == ("accept", "东门社区居委会", "clerk")
    # two working hours from Tuesday 10:20: 12:00 is lunch, 20 minutes go into the afternoon
    assert case.due_at.isoformat() == "2026-11-24T06:20:00+00:00"
    do(town, matter, "clerk", "accept", later(minutes=30), category=town.categories["lift"].pk, urgency=2)
    case = do(town, matter, "clerk", "dispatch", later(minutes=40), unit=town.units["housing"].pk)
    assert (case.step, case.holder_unit.name, case.holder_role) == ("handle", "临江区住建局", "handler")
    case = do(town, matter, "housing", "done", later(hours=4), result="换了门机，已经恢复运行。")
    assert (case.step, case.holder_unit.name) == ("check", "东门社区居委会")
    case = do(town, matter, "clerk", "pass", later(hours=5))
    assert (case.step, case.holder_role) == ("rate", "reporter")
    case = do(town, matter, "me", "rate", later(days=1), reached="yes", settled="yes", satisfied="5")
    assert (case.state, case.outcome, case.due_at) == ("ended", "settled", None)
    assert [record.action for record in case.records.order_by("seq")] == [
        "start",
        "accept",
        "dispatch",
        "done",
        "pass",
        "rate",
    ]
    assert outbox.drain(at=later(days=1)) > 0


def test_a_second_act_on_an_old_version_is_told_what_changed(town: Town) -> None:
    matter = report(town)
    form = {"category": town.categories["lift"].pk, "urgency": 2}
    act(case_id=matter.pk, action="accept", by=town.actor("clerk"), at=NOW, form=form, since=1)
    with pytest.raises(Changed) as caught:
        act(case_id=matter.pk, action="accept", by=town.actor("clerk2"), at=NOW, form=form, since=1)
    assert (caught.value.since, caught.value.case.last_seq) == (1, 2)


def test_whistle_opens_one_case_per_unit_and_the_lead_ends_it(town: Town) -> None:
    matter = report(town)
    do(town, matter, "clerk", "accept", NOW, category=town.categories["lift"].pk, urgency=2)
    units = [town.units["housing"].pk, town.units["police"].pk]
    case = do(
        town,
        matter,
        "clerk",
        "whistle",
        NOW,
        units=units,
        lead=units[0],
        meeting_place="3栋楼下",
        meeting_time="2026-11-24T15:00",
    )
    assert case.step == "whistled"
    children = list(Case.objects.filter(parent=matter.pk).order_by("holder_unit_id"))
    assert [child.holder_unit.name for child in children] == ["临江区住建局", "桂湖派出所"]
    assert all(child.clocks.get(name="step").due_at for child in children)
    lead = children[0]
    act(
        case_id=lead.pk,
        action="arrive",
        by=town.actor("housing"),
        at=later(hours=2),
        form={"arrival_place": "3栋楼下", "arrival_signature": "龙飞"},
    )
    act(case_id=lead.pk, action="settle", by=town.actor("clerk"), at=later(hours=3), form={"result": "当场修好"})
    case = Case.objects.get(pk=matter.pk)
    assert case.step == "check"
    assert [
        (child.state, child.outcome) for child in Case.objects.filter(parent=matter.pk).order_by("holder_unit_id")
    ] == [
        ("ended", "settled"),
        ("ended", "called_off"),
    ]


def test_nobody_accepts_so_supervision_opens_by_itself_and_climbs(town: Town) -> None:
    matter = report(town)
    assert tick(at=later(hours=1)) >= 0
    tick(at=later(hours=5))
    supervision = Case.objects.get(parent=matter.pk, procedure="supervision")
    assert supervision.state == "open"
    clock = CaseClock.objects.get(case=matter.pk, name="step")
    assert clock.level == 1
    # two working hours are a period: by 09:30 next morning two more have passed, none is skipped or counted twice
    tick(at=later(hours=23))
    tick(at=later(hours=23))
    clock.refresh_from_db()
    assert clock.level == 3


def test_a_changed_category_dates_the_promise_anew_in_the_record_of_who_changed_it(town: Town) -> None:
    matter = report(town)
    number = CatalogueVersion.objects.get(status="published").number
    case = do(town, matter, "clerk", "accept", NOW, category=town.categories["lamp"].pk, urgency=3)
    promise = CaseClock.objects.get(case=matter.pk, name="answer")
    assert [(part["seq"], part["why"], part["version"], part["duration"]) for part in promise.origin] == [
        (1, "catalogue.answer", number, "24 hours"),
        (2, "catalogue.answer", number, "7 days"),
    ]
    told = case.records.get(seq=2)
    assert (told.action, [part["clock"] for part in told.data["clocks"]]) == ("accept", ["answer", "step"])
    assert list(deadlines()) == []


def test_an_extension_asked_for_the_handling_gives_the_check_no_more_time(town: Town) -> None:
    matter = report(town)
    do(town, matter, "clerk", "accept", NOW, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", NOW, unit=town.units["housing"].pk)
    form = {"days": 5, "grounds": "等配件"}
    child = open_beside(case_id=matter.pk, act="extend", by=town.actor("housing"), at=NOW, form=form)
    case = do(town, matter, "housing", "done", later(hours=1), result="换了门机")
    child.refresh_from_db()
    assert (child.outcome, case.step, case.clocks.get(name="step", ended_at=None).duration) == (
        "lapsed",
        "check",
        "1 working day",
    )


def test_suspension_stops_the_clock_and_gives_the_time_back(town: Town) -> None:
    matter = report(town)
    do(town, matter, "clerk", "accept", NOW, category=town.categories["lift"].pk, urgency=2)
    do(town, matter, "clerk", "dispatch", NOW, unit=town.units["housing"].pk)
    before = CaseClock.objects.get(case=matter.pk, name="step", ended_at=None)
    form = {"grounds": "等配件到货", "condition": "配件到货", "days": 10}
    child = open_beside(case_id=matter.pk, act="suspend", by=town.actor("housing"), at=later(hours=1), form=form)
    assert (child.procedure, child.holder_unit.name) == ("suspension", "桂湖街道办事处")
    assert CaseClock.objects.get(pk=before.pk).state == "running"
    act(case_id=child.pk, action="approve", by=town.actor("dispatcher"), at=later(hours=2), form={}, reason="同意")
    assert Case.objects.get(pk=matter.pk).suspended
    assert CaseClock.objects.get(pk=before.pk).state == "suspended"
    # ten days later it resumes by itself: the deadline moves by the office time it stood still
    tick(at=later(days=10, hours=3))
    after = CaseClock.objects.get(pk=before.pk)
    assert not Case.objects.get(pk=matter.pk).suspended
    assert after.state == "running"
    # suspended Tuesday 12:20 to Friday the week after, 13:00: eight working days less the morning already gone
    assert (before.due_at.isoformat(), after.due_at.isoformat()) == (
        "2026-11-27T10:00:00+00:00",
        "2026-12-09T10:00:00+00:00",
    )


def test_reopened_once_by_the_reporter_within_fifteen_days(town: Town) -> None:
    test_from_report_to_rating(town)
    case = Case.objects.get(procedure="matter")
    again = reopen(case_id=case.pk, by=ME, at=later(days=10), reason="又坏了")
    assert (again.state, again.step) == ("open", "assign")


def test_a_sampled_call_back_that_finds_it_unsettled_opens_the_matter_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_from_report_to_rating(town)
    matter = Case.objects.get(procedure="matter")
    monkeypatch.setattr(jobs, "ONE_IN", 1)
    assert jobs.sample(at=later(days=2)) == 1
    assert jobs.sample(at=later(days=2)) == 0
    assert open_planned(at=later(days=2)) == 1
    call = Case.objects.get(procedure="call_back")
    form = {"reached": "yes", "settled": "no", "satisfied": "2"}
    # nobody sits at the county's call desk in this town: the county centre's head holds it
    act(case_id=call.pk, action="record", by=town.actor("leader"), at=later(days=2), form=form)
    act(case_id=call.pk, action="confirm", by=town.actor("county_supervisor"), at=later(days=2), reason="还是坏的")
    matter.refresh_from_db()
    assert (matter.state, matter.step, matter.ended_at) == ("open", "assign", None)


def test_merge_is_a_link_that_can_be_taken_back(town: Town) -> None:
    first, second = report(town), report(town, starter_key="neighbour", by=Actor(key="neighbour"))
    case = do(town, second, "clerk", "merge", NOW, into=first.case.code)
    assert (case.state, case.outcome) == ("ended", "merged")
    outbox.drain(at=NOW)
    assert Case.objects.get(pk=first.pk).records.filter(action="merged_in").count() == 1
    case = undo_end(case_id=second.pk, by=town.actor("clerk"), at=later(hours=1), reason="不是同一件")
    assert (case.state, case.step, case.outcome) == ("open", "accept", "")
    assert MatterLink.objects.get().undone_at == later(hours=1)


def test_a_merge_taken_back_gives_neither_more_time_nor_a_promise_kept(town: Town) -> None:
    first, second = report(town), report(town, starter_key="neighbour", by=Actor(key="neighbour"))

    def clocks():
        rows = CaseClock.objects.filter(case=second.pk).order_by("id")
        return [(one.name, one.state, one.duration, one.due_at.isoformat()[:16]) for one in rows]

    accept, answer = ("2 working hours", "2026-11-24T06:20"), ("24 hours", "2026-11-25T02:20")
    do(town, second, "clerk", "merge", later(minutes=30), into=first.case.code)
    assert clocks() == [("step", "met", *accept), ("answer", "cancelled", *answer)]
    undo_end(case_id=second.pk, by=town.actor("clerk"), at=later(hours=1), reason="不是同一件")
    assert clocks() == [("step", "met", *accept), ("answer", "running", *answer), ("step", "running", *accept)]
    do(town, second, "clerk", "merge", later(hours=2), into=first.case.code)
    case = undo_end(case_id=second.pk, by=town.actor("clerk"), at=later(days=5), reason="不是同一件")
    # five days in the wrong place are five days without an acceptance
    assert case.due_at.isoformat()[:16] == "2026-11-24T06:20"
    tick(at=later(days=5))
    assert list(case.records.filter(action="overdue").values_list("data__clock", flat=True)) == ["step", "answer"]


def test_split_makes_matters_of_their_own(town: Town) -> None:
    matter = report(town)
    do(town, matter, "clerk", "accept", NOW, category=town.categories["lift"].pk, urgency=2)
    case = do(town, matter, "clerk", "split", NOW, parts="1. 电梯坏了三天\n2. 楼道灯也不亮")
    assert (case.step, Case.objects.filter(procedure="matter").count()) == ("assign", 3)
    parts = MatterLink.objects.filter(kind="split", target=matter.pk).order_by("id")
    assert [link.source.text for link in parts] == ["电梯坏了三天", "楼道灯也不亮"]
    assert all(link.source.case.starter_key == "me" and link.source.case.step == "accept" for link in parts)
