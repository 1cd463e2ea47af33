"""Ends and what takes them back: reopening, withdrawing, undoing an act, undoing an end."""

from datetime import date, timedelta

import pytest

from linli.kernel.policy import Refused
from linli.orgs.actors import Actor
from linli.orgs.models import Post
from linli.procedures import registry
from linli.procedures.actions import comment, reopen, withdraw
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, CaseClock, CaseRecord, PlannedCase
from linli.procedures.registry import handler
from linli.procedures.side import pass_on
from linli.procedures.tests.engine import ME, NOW, begun, clock, do, fresh, history, in_force, later, steps, turn
from linli.procedures.undoing import can_undo, undo, undo_end
from linli.testing import Town

pytestmark = pytest.mark.django_db

HEAD = """
    start: [public]
    fields: {choice: {name: c}, old: {name: o}}
    clocks: {answer: {name: a, clock: 7 days, met_by: [next, over], promise: true}}
    side: SIDE
"""
STEPS = """
    work:
      holder: clerk of community
      clock: 3 days
      actions:
        go: {form: [choice], set: {old: gone}, to: next, limit: {times: 1}}
        stay: {form: [choice]}
        plan: {to: next, open: [{procedure: sample, after: 1 day}]}
        code: {to: next, handler: sample.code}
        done: {to: over}
    next: {holder: dispatcher of street, clock: 2 days, open: OPEN, actions: {back: {to: work}, done: {to: over}}}
    over: {kind: end, outcome: over, reopen: {by: BY, within: 15 days, times: 2, to: work, any_time_by: [supervisor of street]}}
    gone: {kind: end, outcome: gone}
"""


def definition(side: str = "{}", by: str = "[reporter]", opens: str = "[]") -> str:
    return steps(STEPS.replace("BY", by).replace("OPEN", opens), head=HEAD.replace("SIDE", side))


def ended(town: Town, **more: str):
    in_force(definition(**more))
    return do(town, begun(town), "clerk", "done")


def test_reopened_by_the_reporter_so_often_and_so_long(town: Town) -> None:
    case = ended(town)
    for wrong in ("", " "):
        with pytest.raises(BadAnswers):
            reopen(case_id=case.pk, by=ME, at=NOW, reason=wrong)
    for who in (Actor(key="somebody-else-entirely"), town.actor("housing")):
        with pytest.raises(Refused):
            reopen(case_id=case.pk, by=who, at=NOW, reason="x")
    with pytest.raises(NotNow, match="只有反映人"):
        reopen(case_id=case.pk, by=town.actor("clerk"), at=NOW, reason="x")
    with pytest.raises(NotNow, match="期限"):
        reopen(case_id=case.pk, by=ME, at=later(days=15, seconds=1), reason="又坏了")
    now = reopen(case_id=case.pk, by=ME, at=later(days=15), reason="又坏了")
    assert (now.state, now.step, now.outcome, now.ended_at, clock(now).due_at) == (
        "open",
        "work",
        "",
        None,
        later(days=18),
    )
    with pytest.raises(NotNow, match="还在办理"):
        reopen(case_id=case.pk, by=ME, at=later(days=15), reason="又坏了")
    do(town, case, "clerk", "done", at=later(days=16))
    reopen(case_id=case.pk, by=ME, at=later(days=17), reason="又坏了")
    do(town, case, "clerk", "done", at=later(days=18))
    with pytest.raises(NotNow, match="已经重新打开过"):
        reopen(case_id=case.pk, by=ME, at=later(days=18), reason="又坏了")
    # supervision may at any time, and does not use up the reporter's turns
    for day in (100, 200):
        reopen(case_id=case.pk, by=town.actor("street_supervisor"), at=later(days=day), reason="督办")
        do(town, case, "clerk", "done", at=later(days=day))
    assert fresh(case).uses["reopen"] == 2


def test_others_whom_the_end_names_are_counted_too(town: Town) -> None:
    case = ended(town, by="[clerk of community]")
    for _time in range(2):
        reopen(case_id=case.pk, by=town.actor("clerk"), at=NOW, reason="x")
        do(town, case, "clerk", "done")
    with pytest.raises(NotNow):
        reopen(case_id=case.pk, by=town.actor("clerk2"), at=NOW, reason="x")


def test_a_reopened_case_is_not_returned_to_its_end(town: Town) -> None:
    case = ended(town)
    reopen(case_id=case.pk, by=ME, at=NOW, reason="又坏了")
    with pytest.raises(Refused):
        pass_on(case_id=case.pk, act="return", by=town.actor("clerk"), at=NOW, reason="x")


@pytest.mark.parametrize(("side", "end"), [("{}", ("work", "withdrawn")), ("{withdraw: gone}", ("gone", "gone"))])
def test_withdrawn_by_who_started_it(town: Town, side: str, end: tuple[str, str]) -> None:
    in_force(definition(side))
    case = begun(town)
    for who in ("clerk", "head", "street_supervisor"):
        with pytest.raises(Refused):
            withdraw(case_id=case.pk, by=town.actor(who), at=NOW)
    withdraw(case_id=case.pk, by=ME, at=NOW, reason="自己修好了")
    now = fresh(case)
    assert (now.step, now.outcome, now.state, now.due_at) == (*end, "ended", None)
    assert not case.clocks.filter(ended_at=None).exists()
    assert case.records.last().text == "自己修好了"
    with pytest.raises(NotNow):
        withdraw(case_id=case.pk, by=ME, at=NOW)
    with pytest.raises(NotNow):
        reopen(case_id=case.pk, by=town.actor("street_supervisor"), at=NOW, reason="x")


def test_what_staff_wrote_down_for_somebody_is_not_theirs_to_withdraw(town: Town) -> None:
    in_force(definition())
    clerk = town.actor("clerk")
    case = begun(town, by=clerk, on_behalf=True, starter_key="")
    assert case.starter_user_id is None
    with pytest.raises(Refused):
        withdraw(case_id=case.pk, by=clerk, at=NOW)
    # the code and the digits that the caller was given let them read and answer
    with pytest.raises(Refused):
        withdraw(case_id=case.pk, by=Actor(cases=frozenset({str(case.pk)})), at=NOW)
    # once they took it into their account it is theirs
    Case.objects.filter(pk=case.pk).update(starter_key="theirs")
    assert withdraw(case_id=case.pk, by=Actor(key="theirs"), at=NOW).outcome == "withdrawn"


def test_who_started_a_case_for_a_unit_and_left_it_is_no_longer_its_starter(town: Town) -> None:
    in_force(definition())
    case = begun(town, by=town.actor("clerk"), starter_key="")
    Post.objects.filter(user=town.users["clerk"]).update(until=date(2026, 11, 25))
    with pytest.raises(Refused):
        withdraw(case_id=case.pk, by=town.actor("clerk", later(days=1)), at=later(days=1))


def test_withdrawing_may_be_off(town: Town) -> None:
    in_force(definition("{withdraw: false}"))
    with pytest.raises(NotNow):
        withdraw(case_id=begun(town).pk, by=ME, at=NOW)


def test_undone_everything_is_as_before_but_the_history(town: Town) -> None:
    in_force(definition())
    case = begun(town)
    do(town, case, "clerk", "stay", choice="先前的")
    before, clocks = fresh(case), {row.name: row for row in CaseClock.objects.filter(case=case.pk)}
    turn(later(days=2, hours=12))
    at = later(days=2, hours=13)
    now = do(town, case, "clerk", "go", at=at, choice="后来的")
    assert (now.data["old"], now.clocks.get(name="answer").state) == ("gone", "met")
    now = undo(case_id=case.pk, by=town.actor("clerk"), at=at + timedelta(minutes=10), since=now.last_seq)
    assert (now.step, now.uses, now.holder_unit_id) == ("work", {"work.stay": 1, "work.go": 0}, before.holder_unit_id)
    assert now.data == before.data | {"came_from": ""}
    for name in ("step", "answer"):
        kept = clock(case, name)
        assert (kept.due_at, kept.started_at, kept.state) == (clocks[name].due_at, clocks[name].started_at, "running")
        assert kept.next_at is not None and kept.origin[-1]["why"] == "undo"
    # reminded before the act, so it is not reminded again
    assert clock(case).reminded and clock(case).next_at == later(days=3)
    assert history(case) == ["start", "stay", "reminded", "go", "undo"]
    # it may be used again, as often as its limit says
    do(town, case, "clerk", "go", at=at + timedelta(minutes=11), choice="再来")


def test_undone_by_the_same_person_within_ten_minutes_while_nothing_followed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    handler("sample.code")(lambda work, answers: None)
    in_force(definition())
    clerk = town.actor("clerk")

    def able(case, by=clerk, at=NOW) -> bool:
        last = CaseRecord.objects.filter(case=case.pk).order_by("-seq").first()
        return bool(can_undo(by, fresh(case), last, at=at))

    case = do(town, begun(town), "clerk", "go", choice="x")
    assert able(case)
    assert not able(case, by=town.actor("clerk2"))
    assert not able(case, by=town.actor("head"))
    assert not able(case, at=later(minutes=10, seconds=1))
    comment(case_id=case.pk, by=clerk, at=NOW, text="补充")
    assert not able(case)
    # what stays has nothing to go back to; what code did, and what ended, is not taken back like this
    assert not able(do(town, begun(town), "clerk", "stay", choice="x"))
    assert not able(do(town, begun(town), "clerk", "code"))
    assert not able(do(town, begun(town), "clerk", "done"))
    assert not able(begun(town))


def test_what_an_act_planned_does_not_open_once_it_is_undone(town: Town) -> None:
    in_force(definition(opens="[{procedure: sample, after: 2 days}]"))
    case = do(town, begun(town), "clerk", "plan")
    assert PlannedCase.objects.count() == 2
    undo(case_id=case.pk, by=town.actor("clerk"), at=NOW, since=case.last_seq)
    assert PlannedCase.objects.count() == 0
    case = do(town, case, "clerk", "plan")
    assert PlannedCase.objects.count() == 2
    turn(later(days=1))
    with pytest.raises(Refused):
        undo(case_id=case.pk, by=town.actor("clerk"), at=NOW, since=fresh(case).last_seq)


def test_an_end_that_links_elsewhere_is_taken_back_by_its_handler(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    called = []
    handler("sample.unlink")(lambda work, answers: called.append(answers))
    text = definition().replace("outcome: gone}", "outcome: gone, undo: sample.unlink}")
    in_force(text.replace("back: {to: work}, done: {to: over}", "done: {to: gone}"))
    case = do(town, begun(town), "clerk", "plan")
    do(town, case, "dispatcher", "done")
    for who in ("clerk", "west_clerk", "housing"):
        with pytest.raises(Refused):
            undo_end(case_id=case.pk, by=town.actor(who), at=NOW, reason="x")
    with pytest.raises(BadAnswers):
        undo_end(case_id=case.pk, by=town.actor("dispatcher"), at=NOW, reason="")
    now = undo_end(case_id=case.pk, by=town.actor("dispatcher"), at=later(days=1), reason="弄错了")
    assert (now.state, now.step, now.outcome, called) == ("open", "next", "", [{"reason": "弄错了"}])
    # from there it goes back to where it came from, not to the end just taken back
    back = pass_on(case_id=case.pk, act="return", by=town.actor("dispatcher"), at=later(days=1), reason="x")
    assert back.step == "work"


def test_an_end_taken_back_leaves_standing_what_the_step_stops(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    handler("sample.unlink")(lambda work, answers: None)
    text = definition().replace("outcome: gone}", "outcome: gone, undo: sample.unlink}")
    in_force(
        text.replace("clock: 3 days", "clock: 3 days\n    stops: [answer]").replace(
            "done: {to: over}", "done: {to: gone}"
        )
    )
    case = begun(town)
    do(town, case, "clerk", "done", at=later(days=1))
    undo_end(case_id=case.pk, by=town.actor("clerk"), at=later(days=9), reason="弄错了")
    again = clock(case, "answer")
    assert (again.state, [end for _begin, end in again.suspensions], again.next_at) == ("suspended", [None], None)
    do(town, case, "clerk", "go", at=later(days=9), choice="x")
    assert case.clocks.get(name="answer").state == "met"
