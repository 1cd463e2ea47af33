"""Joint steps, what is gathered of them, and procedures that call others."""

import pytest
from django.db import transaction

from linli.kernel.calendar import Duration, Unit, WorkCalendar
from linli.kernel.policy import Refused
from linli.orgs.actors import SYSTEM
from linli.procedures.actions import act, lock
from linli.procedures.errors import BadAnswers
from linli.procedures.flow import end_here
from linli.procedures.models import Case
from linli.procedures.side import open_beside
from linli.procedures.tests.engine import NOW, begun, clock, do, fresh, history, in_force, later, steps, turn
from linli.testing import Town

pytestmark = pytest.mark.django_db

PART = """
    work:
      holder: handler of form.unit
      clock: 3 working days
      actions:
        done: {to: done, form: [points, agree]}
        refuse: {to: refused}
    done: {kind: end, outcome: done}
    refused: {kind: end, outcome: refused}
    dropped: {kind: end, outcome: dropped}
"""
PART_HEAD = """
    start: {by: [holder of parent], form: [unit]}
    fields: {unit: {name: u, type: unit}, points: {name: p, type: number}, agree: {name: a, type: yes_no}}
    beside: {of: [sample], ends_with_parent: dropped}
"""
UNITS = ("housing", "water", "police")


def joint(done: str, *, lead: str = "", gather: str = "{}", then: str = "over") -> str:
    return steps(
        f"""
        first:
          holder: clerk of community
          actions: {{call: {{to: together, form: [units, lead]}}}}
        together:
          kind: joint
          holder: clerk of community
          each: {{procedure: part, unit: form.units{lead}}}
          done: {done}
          gather: {gather}
          then: {then}
          actions: {{stop: {{to: first}}}}
        high: {{kind: end, outcome: high}}
        over: {{kind: end, outcome: over}}
        """,
        head="""
        start: [public]
        fields: {units: {name: u, type: units}, lead: {name: l, type: unit}}
        """,
    )


@pytest.fixture
def called(town: Town):
    def call(definition: str) -> tuple[Case, dict[str, Case]]:
        in_force(steps(PART, key="part", head=PART_HEAD))
        in_force(definition)
        case = begun(town)
        units = [town.units[name].pk for name in UNITS]
        do(town, case, "clerk", "call", units=units, lead=units[1])
        rows = {row.holder_unit_id: row for row in Case.objects.filter(parent=case.pk)}
        return case, {name: rows[town.units[name].pk] for name in UNITS}

    return call


def finish(town: Town, part: Case, name: str, points: int = 50, agree: str = "yes") -> None:
    do(town, part, name, "done", points=points, agree=agree)


@pytest.mark.parametrize(
    ("done", "lead", "order", "after"),
    [
        ("all", "", ["housing", "water", "police"], 3),
        ("any", "", ["police"], 1),
        ("majority", "", ["police", "water"], 2),
        ("{at_least: 2}", "", ["water", "housing"], 2),
        ("{at_least: 9}", "", ["water", "housing", "police"], 3),
        ("lead", ", lead: form.lead", ["housing", "police", "water"], 3),
        ("lead", ", lead: form.lead", ["water"], 1),
    ],
)
def test_a_joint_step_is_done_when_its_rule_says_so(town: Town, called, done, lead, order, after) -> None:
    case, parts = called(joint(done, lead=lead))
    assert all(part.clocks.get(name="step").due_at for part in parts.values())
    for number, name in enumerate(order, start=1):
        assert fresh(case).step == "together"
        finish(town, parts[name], name)
        assert (fresh(case).step == "over") is (number == after)
    # whoever was not done is told that it is over: its own definition says how
    outcomes = {name: fresh(part).outcome for name, part in parts.items()}
    assert outcomes == {name: "done" if name in order else "dropped" for name in UNITS}
    assert history(case)[-1] == "all_done"


@pytest.mark.parametrize(
    ("rule", "answers", "found"),
    [
        ("{of: points, by: mean}", [(70, "yes"), (80, "yes"), (81, "yes")], "77"),
        ("{of: points, by: mean}", [(70, "yes"), (80, "yes"), (80, "yes")], "76.67"),
        ("{of: points, by: sum}", [(1, "yes"), (2, "yes"), (3, "no")], "6"),
        ("{of: points, by: min}", [(5, "yes"), (2, "yes"), (3, "no")], "2"),
        ("{of: points, by: max}", [(5, "yes"), (2, "yes"), (3, "no")], "5"),
        ("{of: points, by: count}", [(0, "yes"), (0, "no"), (0, "no")], "3"),
        ("{of: agree, by: all_yes}", [(1, "yes"), (1, "yes"), (1, "yes")], "True"),
        ("{of: agree, by: all_yes}", [(1, "yes"), (1, "no"), (1, "yes")], "False"),
    ],
)
def test_figures_are_gathered_exactly_and_branches_look_at_them(town: Town, called, rule, answers, found) -> None:
    then = "[{when: {field: score, at_least: 77}, to: high}, {to: over}]"
    case, parts = called(joint("all", gather=f"{{score: {rule}}}", then=then))
    for name, (points, agree) in zip(UNITS, answers, strict=True):
        finish(town, parts[name], name, points, agree)
    case = fresh(case)
    assert str(case.data["score"]) == found
    assert case.step == ("high" if found == "77" else "over")
    assert case.data["outcomes"] == ["done", "done", "done"]


def test_a_figure_of_nothing_is_nothing_and_units_that_refuse_count_as_done(town: Town, called) -> None:
    case, parts = called(joint("all", gather="{score: {of: points, by: mean}, all: {of: agree, by: all_yes}}"))
    for name, part in parts.items():
        do(town, part, name, "refuse")
    case = fresh(case)
    assert (case.step, case.data["score"], case.data["all"]) == ("over", None, False)


def test_leaving_a_joint_step_ends_its_parts_and_coming_back_opens_new_ones(town: Town, called) -> None:
    case, parts = called(joint("all"))
    finish(town, parts["water"], "water")
    do(town, case, "clerk", "stop")
    assert sorted(fresh(part).outcome for part in parts.values()) == ["done", "dropped", "dropped"]
    units = [town.units["housing"].pk, town.units["police"].pk]
    do(town, case, "clerk", "call", units=units, lead=units[0])
    again = Case.objects.filter(parent=case.pk, state="open").order_by("holder_unit_id")
    assert [part.parent_visit for part in again] == [fresh(case).visit] * 2
    # the part that was done in the first round does not count in the second
    do(town, again[0], "housing", "done", points=1, agree="yes")
    assert fresh(case).step == "together"


HOLD = """
    hold: {holder: dispatcher of street, clock: 60 days, actions: {off: {to: off}}}
    off: {kind: end, outcome: off}
"""
HOLD_HEAD = "start: {by: [holder of parent]}\nbeside: {of: [any], by: [holder of parent, dispatcher of street], meanwhile: stop_clock}"


def held(town: Town, case: Case, at) -> Case:
    return open_beside(case_id=case.pk, act="suspend", by=town.actor("dispatcher"), at=at)


def standing(*cases: Case) -> list[bool]:
    return [fresh(case).suspended for case in cases]


def test_units_of_a_joint_step_stand_still_with_the_case_and_go_on_with_it(town: Town, called) -> None:
    in_force(steps(HOLD, key="suspension", head=HOLD_HEAD))
    case, parts = called(joint("all"))
    housing, water = parts["housing"], parts["water"]
    finish(town, parts["police"], "police")
    due = clock(housing).due_at
    own = held(town, water, NOW)
    whole = held(town, case, later(days=1))
    assert standing(case, housing, water, parts["police"]) == [True, True, True, False]
    with pytest.raises(Refused):
        finish(town, housing, "housing")
    turn(later(days=30))
    assert history(housing) == ["start", "suspended"]
    # what holds a part by itself ends while the whole stands still, and the other way round
    do(town, own, "dispatcher", "off", at=later(days=30))
    assert standing(case, housing, water) == [True, True, True]
    own = held(town, water, later(days=30))
    do(town, whole, "dispatcher", "off", at=later(days=31))
    assert standing(case, housing, water) == [False, False, True]
    moved = WorkCalendar().due_with_suspensions(NOW, Duration(3, Unit.WORKING_DAYS), [(later(days=1), later(days=31))])
    assert due < clock(housing).due_at == moved
    do(town, own, "dispatcher", "off", at=later(days=32))
    assert standing(water) == [False]


def test_parts_that_open_while_the_case_stands_still_stand_still_with_it(town: Town, called) -> None:
    in_force(steps(HOLD, key="suspension", head=HOLD_HEAD))
    sent = "beside: {of: [any], by: [dispatcher of street], outcomes: {off: {to: together}}}"
    in_force(steps(HOLD, key="extension", head=f"start: {{by: [holder of parent]}}\n{sent}"))
    case, _parts = called(joint("all"))
    do(town, case, "clerk", "stop")
    whole = held(town, case, NOW)
    again = open_beside(case_id=case.pk, act="extend", by=town.actor("dispatcher"), at=NOW)
    do(town, again, "dispatcher", "off")
    parts = list(Case.objects.filter(parent=case.pk, procedure="part", state="open"))
    assert standing(case, *parts) == [True] * 4
    do(town, whole, "dispatcher", "off")
    assert standing(case, *parts) == [False] * 4
    # what is for the step alone ends as the step is left: case and new parts go on at once
    in_force(
        steps(
            HOLD + "    gone: {kind: end, outcome: gone}\n",
            key="suspension",
            head=HOLD_HEAD[:-1] + ", ends_with_step: gone}",
        )
    )
    do(town, case, "clerk", "stop")
    held(town, case, NOW)
    again = open_beside(case_id=case.pk, act="extend", by=town.actor("dispatcher"), at=NOW)
    do(town, again, "dispatcher", "off")
    assert standing(case, *Case.objects.filter(parent=case.pk, procedure="part", state="open")) == [False] * 4


def test_the_lead_is_one_of_those_called_and_a_missing_body_is_named(town: Town) -> None:
    in_force(steps(PART, key="part", head=PART_HEAD))
    in_force(joint("lead", lead=", lead: form.lead"))
    case = begun(town)
    with pytest.raises(BadAnswers) as bad:
        do(town, case, "clerk", "call", units=[town.units["water"].pk], lead=town.units["housing"].pk)
    assert set(bad.value.errors) == {"lead"}
    in_force(joint("all").replace("unit: form.units", "units: [handler of form.lead, clerk of community]"))
    case = begun(town)
    with pytest.raises(BadAnswers):
        act(
            case_id=case.pk,
            action="call",
            by=town.actor("clerk"),
            at=case.created_at,
            form={"units": [town.units["water"].pk]},
        )
    assert fresh(case).step == "first"


def test_bodies_named_in_the_definition_hold_their_parts(town: Town) -> None:
    in_force(steps(PART.replace("holder: handler of form.unit", "holder: holder"), key="part", head=PART_HEAD))
    in_force(
        joint("all").replace(
            "unit: form.units",
            "units: [unit_head of form.lead, community_head of community, opinion_liaison of community]",
        )
    )
    case = begun(town)
    do(town, case, "clerk", "call", units=[town.units["water"].pk], lead=town.units["housing"].pk)
    parts = Case.objects.filter(parent=case.pk).order_by("id")
    held = [(part.holder_unit.name, part.holder_role) for part in parts]
    # there is no opinion liaison in the community: its head acts for it
    assert held == [
        ("临江区住建局", "unit_head"),
        ("东门社区居委会", "community_head"),
        ("东门社区居委会", "opinion_liaison"),
    ]
    for part, who in zip(parts, ("housing_head", "head", "head"), strict=True):
        do(town, part, who, "done", points=1, agree="yes")
    assert fresh(case).outcome == "over"


CALLER = """
    first: {holder: clerk of community, actions: {go: {to: wait, form: [topic]}}}
    wait:
      kind: call
      procedure: called
      outcomes: {good: won}
      otherwise: lost
      actions: {give_up: {to: lost}}
    won: {kind: end, outcome: won}
    lost: {kind: end, outcome: lost}
"""
CALLED = """
    decide: {holder: supervisor of street, actions: {yes: {to: good}, no: {to: bad}}}
    good: {kind: end, outcome: good}
    bad: {kind: end, outcome: bad}
"""


@pytest.fixture
def waiting(town: Town) -> tuple[Case, Case]:
    fields = "fields: {topic: {name: t}}"
    in_force(steps(CALLED, key="called", head=f"start: {{by: [holder of parent], form: [topic]}}\n{fields}"))
    in_force(steps(CALLER, head=f"start: [public]\n{fields}"))
    case = do(town, begun(town), "clerk", "go", topic="修路")
    return case, Case.objects.get(parent=case.pk)


@pytest.mark.parametrize(("action", "step"), [("yes", "won"), ("no", "lost")])
def test_a_call_waits_for_the_outcome(town: Town, waiting, action, step) -> None:
    case, inner = waiting
    # what it asks at its start is answered by what the caller knows; who held the caller goes on holding it
    assert (inner.data["topic"], case.holder_role, case.holder_unit_id) == ("修路", "clerk", town.units["east"].pk)
    do(town, inner, "street_supervisor", action)
    assert fresh(case).step == step


@pytest.mark.parametrize(("topic", "step"), [("修路", "won"), ("别的", "lost")])
def test_an_outcome_may_branch_on_the_answers(town: Town, topic: str, step: str) -> None:
    fields = "fields: {topic: {name: t}}"
    branches = "outcomes: {good: [{when: {field: topic, is: 修路}, to: won}, {to: lost}]}"
    in_force(steps(CALLED, key="called", head=f"start: {{by: [holder of parent], form: [topic]}}\n{fields}"))
    in_force(steps(CALLER.replace("outcomes: {good: won}", branches), head=f"start: [public]\n{fields}"))
    case = do(town, begun(town), "clerk", "go", topic=topic)
    do(town, Case.objects.get(parent=case.pk), "street_supervisor", "yes")
    assert fresh(case).step == step


def test_a_called_procedure_ends_with_the_case_that_waited_for_it(town: Town, waiting) -> None:
    case, inner = waiting
    do(town, case, "clerk", "give_up")
    inner = fresh(inner)
    # it names no end for this: it ends where it is, as lapsed, and never as if somebody had decided
    assert (inner.state, inner.outcome, inner.step) == ("ended", "lapsed", "decide")
    assert history(inner)[-1] == "lapsed"


def test_a_voided_part_lets_the_others_go_on(town: Town, called) -> None:
    case, parts = called(joint("all"))
    finish(town, parts["water"], "water")
    finish(town, parts["housing"], "housing")
    with transaction.atomic():
        work = lock(parts["police"].pk, by=SYSTEM, at=case.created_at)
        end_here(work, "void")
        work.flush()
    assert fresh(case).step == "over"
