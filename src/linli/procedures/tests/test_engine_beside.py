"""Procedures beside another case: what they do to it meanwhile and by their outcome."""

import pytest

from linli.kernel.policy import Refused
from linli.procedures.actions import act, withdraw
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case
from linli.procedures.policies import can_see
from linli.procedures.queries import withheld
from linli.procedures.side import can_open_beside, open_beside
from linli.procedures.telling import published
from linli.procedures.tests.engine import NOW, begun, clock, do, fresh, history, in_force, later, steps, turn
from linli.testing import Town

pytestmark = pytest.mark.django_db

MAIN = """
    work:
      holder: clerk of community
      clock: {for: 10 days, on_expiry: {to: late}}
      actions: {done: {to: done, form: ['result?']}, note: {form: [result], publish: [result]}, on: {to: later}}
    later: {holder: clerk of community, actions: {back: {to: work}}}
    done: {kind: end, outcome: done}
    late: {kind: end, outcome: late}
"""
MAIN_HEAD = "start: [public]\nfields: {result: {name: 结果}}\nside: {extend: other, suspend: other2}"


def other(rule: str, *, key: str = "other", side: str = "{}") -> str:
    return steps(
        """
        ask: {holder: dispatcher of street, clock: 2 days, actions: {on: {to: on}, no: {to: no}}}
        on: {holder: dispatcher of street, clock: 20 days, actions: {off: {to: off, form: ['days?', 'result?']}}}
        off: {kind: end, outcome: off}
        no: {kind: end, outcome: no}
        gone: {kind: end, outcome: gone}
        """,
        key=key,
        head=f"""
        start: {{by: [holder of parent]}}
        fields: {{days: {{name: d, type: count}}, result: {{name: r}}}}
        beside: {{of: [any], {rule}}}
        side: {side}
        """,
    )


@pytest.fixture
def opened(town: Town):
    def open_it(rule: str, **more) -> tuple[Case, Case]:
        in_force(steps(MAIN, head=MAIN_HEAD))
        in_force(other(rule, **more))
        case = begun(town)
        return case, open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=NOW)

    return open_it


@pytest.mark.parametrize("meanwhile", ["stop_clock", "stop_effect"])
def test_the_other_case_stands_still_while_it_runs(town: Town, opened, meanwhile) -> None:
    case, beside = opened(f"meanwhile: {meanwhile}")
    due = clock(case).due_at
    assert (fresh(case).suspended, clock(case).state, fresh(case).due_at) == (True, "suspended", None)
    with pytest.raises(Refused):
        do(town, case, "clerk", "done")
    turn(later(days=11))
    assert fresh(case).state == "open"
    do(town, beside, "dispatcher", "no", at=later(days=12))
    assert (fresh(case).suspended, clock(case).due_at) == (False, due + (later(days=12) - NOW))
    do(town, case, "clerk", "done", at=later(days=13))
    assert fresh(case).outcome == "done"


def test_only_during_the_steps_named(town: Town, opened) -> None:
    case, beside = opened("meanwhile: stop_clock, during: [on]")
    assert not fresh(case).suspended
    do(town, beside, "dispatcher", "on", at=later(days=1))
    assert fresh(case).suspended
    do(town, beside, "dispatcher", "off", at=later(days=3))
    assert (fresh(case).suspended, clock(case).due_at) == (False, later(days=12))
    assert [row for row in history(case) if row in ("suspended", "resumed")] == ["suspended", "resumed"]


def test_a_case_goes_on_only_when_the_last_that_holds_it_ends(town: Town, opened) -> None:
    case, first = opened("meanwhile: stop_clock")
    in_force(other("meanwhile: stop_effect", key="other2"))
    second = open_beside(case_id=case.pk, act="suspend", by=town.actor("clerk"), at=later(days=1))
    do(town, first, "dispatcher", "no", at=later(days=2))
    assert fresh(case).suspended
    do(town, second, "dispatcher", "no", at=later(days=5))
    assert (fresh(case).suspended, clock(case).due_at) == (False, later(days=15))


def test_what_is_late_stays_late_but_climbs_no_further_while_it_stands_still(town: Town) -> None:
    in_force(steps(MAIN.replace("{for: 10 days, on_expiry: {to: late}}", "10 days"), head=MAIN_HEAD))
    in_force(other("meanwhile: stop_clock"))
    case = begun(town)
    turn(later(days=10))
    assert clock(case).level == 1
    open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=later(days=11))
    turn(later(days=40))
    held = clock(case)
    assert (held.state, held.level, held.due_at) == ("running", 1, later(days=10))
    child = Case.objects.get(parent=case.pk, procedure="other")
    do(town, child, "dispatcher", "no", at=later(days=41))
    assert clock(case).next_at == later(days=51)


def test_publication_stands_still_during_an_appeal(town: Town) -> None:
    in_force(steps(MAIN, head=MAIN_HEAD))
    in_force(other("meanwhile: stop_publication"))
    case = begun(town)
    do(town, case, "clerk", "note", result="八十分")
    assert published(fresh(case), of_case(case)) == [("结果", "八十分")]
    beside = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=NOW)
    assert (withheld([case.pk]), published(fresh(case), of_case(case))) == ({case.pk}, [])
    assert not fresh(case).suspended
    do(town, beside, "dispatcher", "no")
    assert (withheld([case.pk]), published(fresh(case), of_case(case))) == (set(), [("结果", "八十分")])


@pytest.mark.parametrize(
    ("effect", "after"),
    [
        ("{}", {"step": "work", "state": "open", "due": 10}),
        ("{extend: form.days}", {"step": "work", "due": None}),
        ("{extend: 5 days}", {"step": "work", "due": 15}),
        ("{to: later}", {"step": "later"}),
        ("{void: true}", {"step": "work", "state": "ended", "outcome": "void"}),
        ("{action: done}", {"step": "done", "outcome": "done"}),
        ("{suspend: true}", {"suspended": True}),
    ],
)
def test_what_an_outcome_does(town: Town, opened, effect, after) -> None:
    case, beside = opened(f"outcomes: {{off: {effect}}}")
    do(town, beside, "dispatcher", "on")
    do(town, beside, "dispatcher", "off", days=3, result="准了")
    now = fresh(case)
    assert {name: getattr(now, name) for name in after if name != "due"} == {
        k: v for k, v in after.items() if k != "due"
    }
    if "due" in after:
        due = clock(case).due_at
        # three working days on top of ten plain ones: from Friday to the end of Wednesday
        assert (
            due.isoformat() == "2026-12-09T10:00:00+00:00" if after["due"] is None else due == later(days=after["due"])
        )
    if effect == "{action: done}":
        assert (now.data["result"], now.uses) == ("准了", {"work.done": 1})
    assert "beside_ended" in history(now)


def test_suspended_by_one_outcome_and_resumed_by_another(town: Town, opened) -> None:
    case, first = opened("outcomes: {off: {suspend: true}, no: {resume: true}}")
    do(town, first, "dispatcher", "on")
    do(town, first, "dispatcher", "off", at=later(days=1))
    assert fresh(case).suspended
    second = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=later(days=2))
    do(town, second, "dispatcher", "no", at=later(days=4))
    assert (fresh(case).suspended, clock(case).due_at) == (False, later(days=13))


def test_ends_with_the_other_case_where_it_says_so_and_goes_on_where_not(town: Town, opened) -> None:
    case, beside = opened("ends_with_parent: gone")
    do(town, case, "clerk", "done")
    assert (fresh(beside).outcome, history(beside)[-1]) == ("gone", "with_parent")
    case, beside = opened("outcomes: {off: {to: later}}")
    do(town, case, "clerk", "done")
    assert fresh(beside).state == "open"
    # its outcome sends the ended case back to a step: it is opened again
    do(town, beside, "dispatcher", "on", at=later(days=1))
    do(town, beside, "dispatcher", "off", at=later(days=1))
    assert (fresh(case).state, fresh(case).step, fresh(case).ended_at) == ("open", "later", None)


MORE = "outcomes: {off: {extend: form.days}}, ends_with_step: gone"


def granted(town: Town, beside: Case, days: int, *, at=NOW) -> Case:
    do(town, beside, "dispatcher", "on", at=at)
    return do(town, beside, "dispatcher", "off", at=at, days=days)


@pytest.mark.parametrize("rule", [MORE, "meanwhile: stop_clock, during: [on], ends_with_step: gone"])
def test_what_was_asked_for_one_visit_to_a_step_has_no_effect_on_a_later_one(town: Town, opened, rule) -> None:
    case, beside = opened(rule)
    do(town, case, "clerk", "on", at=later(days=1))
    assert (fresh(beside).state, fresh(beside).outcome, history(beside)[-1]) == ("ended", "gone", "with_step")
    again = do(town, case, "clerk", "back", at=later(days=1))
    assert (again.suspended, clock(case).due_at) == (False, later(days=11))
    # what is begun at the new visit is for that one
    beside = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=later(days=1))
    do(town, case, "clerk", "note", at=later(days=1), result="x")
    assert fresh(beside).state == "open"


def test_a_case_that_is_sent_on_while_it_stands_still_goes_on(town: Town, opened) -> None:
    case, beside = opened("meanwhile: stop_clock, ends_with_step: gone")
    in_force(other("outcomes: {off: {to: later}}", key="other2"))
    sent = open_beside(case_id=case.pk, act="suspend", by=town.actor("clerk"), at=NOW)
    granted(town, sent, 1)
    assert (fresh(case).step, fresh(case).suspended, fresh(beside).outcome) == ("later", False, "gone")


def test_more_time_is_asked_for_and_granted_only_before_the_deadline(town: Town, opened) -> None:
    case, beside = opened(MORE + ", before_due: true")
    do(town, beside, "dispatcher", "on", at=later(days=9))
    with pytest.raises(BadAnswers, match="那一件的时限已经过了"):
        do(town, beside, "dispatcher", "off", at=later(days=10), days=3)
    assert clock(case).due_at == later(days=10)
    in_force(steps(MAIN.replace(", on_expiry: {to: late}", ""), head=MAIN_HEAD))
    case = begun(town)
    beside = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=later(days=9))
    turn(later(days=10))
    # nobody decided in time: it lapses, and the case is late
    assert (fresh(beside).outcome, clock(case).level) == ("gone", 1)
    for at, allowed in ((later(days=9), True), (later(days=10), False)):
        decision = can_open_beside(town.actor("clerk"), fresh(case), of_case(case), "extend", at=at)
        assert bool(decision) is allowed
    do(town, case, "clerk", "on", at=later(days=10))
    decision = can_open_beside(town.actor("clerk"), fresh(case), of_case(case), "extend", at=later(days=10))
    assert str(decision.reason) == "这一环节没有时限。"


def test_one_case_is_extended_by_so_much_in_all(town: Town, opened) -> None:
    case, beside = opened(MORE + ", most: 5 working days")
    with pytest.raises(BadAnswers, match="一件最多延长5个工作日，现在最多还能延长5个工作日。"):
        granted(town, beside, 6)
    do(town, beside, "dispatcher", "off", days=3)
    for days in (3, 2):
        beside = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=NOW)
        if days == 3:
            with pytest.raises(BadAnswers, match="最多还能延长2个工作日"):
                granted(town, beside, days)
            do(town, beside, "dispatcher", "off")
        else:
            granted(town, beside, days)
    assert [part["more"] for part in clock(case).origin if "more" in part] == ["3 working days", "2 working days"]
    # nor at another step
    do(town, case, "clerk", "on")
    do(town, case, "clerk", "back")
    decision = can_open_beside(town.actor("clerk"), fresh(case), of_case(case), "extend", at=NOW)
    assert str(decision.reason) == "一件最多延长5个工作日，已经用完。"


def test_a_void_case_ends_what_ran_beside_it(town: Town, opened) -> None:
    case, first = opened("outcomes: {off: {void: true}}, ends_with_parent: gone, one_at_a_time: false")
    second = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=NOW)
    do(town, first, "dispatcher", "on")
    do(town, first, "dispatcher", "off")
    assert (fresh(case).outcome, fresh(second).outcome) == ("void", "gone")


def test_one_at_a_time_and_who_may_begin(town: Town, opened) -> None:
    case, beside = opened("ends_with_parent: gone")
    clerk = town.actor("clerk")
    with pytest.raises(Refused, match="已经有一件"):
        open_beside(case_id=case.pk, act="extend", by=clerk, at=NOW)
    do(town, beside, "dispatcher", "no")
    open_beside(case_id=case.pk, act="extend", by=clerk, at=NOW)
    # 'by' of 'beside' is asked before, and instead of, who may start the procedure anyhow
    case, _beside = opened("by: [holder of parent, supervisor of street], one_at_a_time: false")
    may = {
        name: bool(can_open_beside(town.actor(name), case, of_case(case), "extend", at=NOW))
        for name in (
            "clerk",
            "clerk2",
            "head",
            "street_supervisor",
            "street_head",
            "dispatcher",
            "west_clerk",
            "housing",
        )
    }
    assert may == {
        "clerk": True,
        "clerk2": True,
        "head": True,
        "street_supervisor": True,
        "street_head": True,
        "dispatcher": False,
        "west_clerk": False,
        "housing": False,
    }


def test_whoever_began_it_takes_it_back_and_the_other_case_goes_on(town: Town, opened) -> None:
    case, beside = opened("meanwhile: stop_clock", side="{withdraw: gone}")
    with pytest.raises(Refused):
        withdraw(case_id=beside.pk, by=town.actor("dispatcher"), at=NOW)
    withdraw(case_id=beside.pk, by=town.actor("clerk"), at=later(days=1))
    assert (fresh(beside).outcome, fresh(case).suspended, clock(case).due_at) == ("gone", False, later(days=11))


def test_side_acts_that_are_off_or_name_no_procedure_in_force(town: Town) -> None:
    in_force(steps(MAIN, head="start: [public]\nfields: {result: {name: r}}\nside: {extend: false, suspend: missing}"))
    case = begun(town)
    for act_name in ("extend", "suspend"):
        with pytest.raises((Refused, NotNow)):
            open_beside(case_id=case.pk, act=act_name, by=town.actor("clerk"), at=NOW)


def test_the_unit_that_holds_the_other_case_goes_on_reading(town: Town, opened) -> None:
    _case, beside = opened("ends_with_parent: gone")
    assert beside.holder_unit_id == town.units["street"].pk
    assert can_see(town.actor("clerk2"), fresh(beside))
    assert not can_see(town.actor("housing"), fresh(beside))
    with pytest.raises(Refused):
        act(case_id=beside.pk, action="on", by=town.actor("clerk2"), at=NOW)
