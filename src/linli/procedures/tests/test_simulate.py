# ruff: noqa: E501 - small definitions stand on one line
"""Trying a definition on sample answers: what the report says, against an oracle that walks every case to its end."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.orgs.enums import ROLES
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.load import read
from linli.procedures.grammar.machine import NotPossible, Taken, act, by_itself, ways_by_itself
from linli.procedures.grammar.samples import Samples
from linli.procedures.grammar.simulate import CannotWalk, Move, simulate, walk
from linli.procedures.tests.definition_files import loaded

HEAD = "procedure: p\nversion: 1\nname: 流程\nstart: {by: [public], form: [%s]}\n"


def made(steps: str, fields: str = "", start: str = "") -> Definition:
    return read(HEAD % start + (f"fields: {{{fields}}}\n" if fields else "") + "steps:\n" + steps)[0]


def test_the_report_of_a_matter() -> None:
    report = simulate(loaded("matter").definition, roles=ROLES)
    assert report.ok and report.complete
    assert [move.target for move in report.paths["closed"]] == ["assign", "handle", "check", "rate", "closed"]
    assert [move.target for move in report.paths["closed_disputed"]] == [
        *("returned", "accept"),
        *("assign", "handle", "check", "rate_again"),
        *("dispute", "closed_disputed"),
    ]
    assert report.paths["withdrawn"] == [Move("accept", "withdraw", "withdrawn", "withdraw")]
    assert "从 受理 用 受理 到 交办" in report.lines
    assert "从 回访评价 用 评价（问题是否解决：否） 到 交办" in report.lines
    assert "从 办理 用 转办超过 2 次 到 交办" in report.lines
    assert "在 办理 用 阶段答复，留在本环节" in report.lines
    assert "随时可以 撤回 到 已撤回" in report.lines
    assert len(report.lines) == len(set(report.lines))


def test_it_is_the_same_every_time_and_seeds_change_only_samples() -> None:
    project = loaded("project").definition
    first, again, other = (simulate(project, seed=seed) for seed in (0, 0, 7))
    assert first == again
    assert set(other.paths) == set(first.paths) and sorted(other.lines) == sorted(first.lines)


def test_fixed_answers_close_the_ways_they_do_not_lead() -> None:
    rate = simulate(loaded("call_back").definition, {"settled": True})
    assert rate.unreached_ends == ["unsettled"] and rate.unreached_steps == ["verify"]
    assert not rate.ok
    assert "从 回访 用 记下回答（问题是否解决：否） 到 复核" in rate.untaken


def test_a_branch_that_never_holds_is_named() -> None:
    report = simulate(
        made(
            "  a:\n    holder: clerk\n    actions:\n      go:\n        form: [n]\n        branch:\n"
            "          - {when: {all: [{field: n, at_least: 5}, {field: n, at_most: 3}]}, to: b}\n"
            "          - {when: {field: n, more_than: 9}, to: c}\n          - {to: ended}\n"
            "  b: {holder: clerk, actions: {go: {to: ended}}}\n  c: {holder: clerk, actions: {go: {to: ended}}}\n"
            "  ended: {kind: end, outcome: x}\n",
            "n: {name: 数, type: count, max: 10}",
        )
    )
    assert report.unreached_steps == ["b"]
    assert report.untaken == ["从 a 用 go（数不少于 5并且数不多于 3） 到 b"]


def test_a_limit_without_beyond_that_leaves_nothing_to_do_is_a_dead_end() -> None:
    steps = "  a: {holder: clerk, actions: {again: {to: b, limit: {times: 2}}}}\n  b: {holder: clerk, actions: {back: {to: a}, done: {to: ended}}}\n  ended: {kind: end, outcome: x}\n"
    assert simulate(made(steps)).dead_ends == ["a"]
    assert simulate(made(steps.replace("times: 2}", "times: 2, beyond: {second: leader}}"))).dead_ends == []
    assert simulate(made(steps.replace("times: 2}", "times: 36}"))).dead_ends == ["a"]


def test_a_requirement_that_nothing_satisfies_is_a_dead_end() -> None:
    report = simulate(
        made(
            "  a: {holder: clerk, actions: {go: {form: [n], require: [{that: {field: n, more_than: 10}, say: 太少}], to: ended}}}\n  ended: {kind: end, outcome: x}\n",
            "n: {name: 数, type: count, max: 10}",
        )
    )
    assert report.dead_ends == ["a"] and report.unreached_ends == ["ended"]


HELD = """\
  a:
    holder: clerk
    actions:
      named: {form: [unit], to: b}
      left_out: {to: b}
      handed: {to: b, holder: clerk of community}
  b: {holder: handler of form.unit, clock: {before: {field: day, amount: 1 day}}, actions: {done: {to: ended}}}
  ended: {kind: end, outcome: x}
"""


def test_a_step_nobody_can_hold_depends_on_the_way_there() -> None:
    fields = "unit: {name: 单位, type: unit}, day: {name: 日期, type: date}"
    report = simulate(made(HELD, fields, "day"))
    assert report.nobody_holds == ["b"] and report.clocks_never_start == []
    report = simulate(made(HELD.replace("      left_out: {to: b}\n", ""), fields, "day"))
    assert report.nobody_holds == []


def test_a_clock_that_may_never_start_is_named() -> None:
    fields = "unit: {name: 单位, type: unit}, day: {name: 日期, type: date}"
    assert simulate(made(HELD, fields, "'day?'")).clocks_never_start == ["b"]


def test_unknown_roles_hold_nothing() -> None:
    report = simulate(
        made(
            "  a: {holder: clerk, actions: {go: {to: b}}}\n  b: {holder: mayor, actions: {go: {to: ended}}}\n  ended: {kind: end, outcome: x}\n"
        ),
        roles=ROLES,
    )
    assert report.nobody_holds == ["b"]


def test_loops_are_listed() -> None:
    report = simulate(
        made(
            "  a: {holder: clerk, actions: {go: {to: b}}}\n  b: {holder: clerk, actions: {back: {to: a}, go: {to: ended}}}\n  ended: {kind: end, outcome: x}\n"
        )
    )
    assert report.loops == [["a", "b"]] and report.ok


# an oracle: every case, step by step, on all combinations of a few values, with all answers kept


def tried(
    definition: Definition, at: str, data: dict[str, Any], uses: dict[str, int], values: dict[str, list[Any]]
) -> Iterator[tuple[str, Taken]]:
    """Yield (how, what came of it) for everything that can be done or happen at a step."""
    step = definition.steps[at]
    for key, action in step.actions.items():
        names = [name for name, _optional in action.fields()]
        for answers in itertools.product(*(values[name] for name in names)):
            with contextlib.suppress(NotPossible):
                yield key, act(definition, at, data, uses, key, dict(zip(names, answers, strict=True)))
    for how in ways_by_itself(step):
        with contextlib.suppress(NotPossible):
            yield how, by_itself(definition, at, data, uses, how, {})


def everything(
    definition: Definition, values: dict[str, list[Any]], depth: int
) -> tuple[set[tuple[str, str, str]], set[str]]:
    """Return (source, how, target) of all moves within so many, and the ends come to."""
    moves: set[tuple[str, str, str]] = set()
    layer: set[tuple[str, Any, Any]] = {(definition.first, (), ())}
    done = set(layer)
    for _turn in range(depth):
        following = set()
        for at, kept, counts in layer:
            for how, taken in tried(definition, at, dict(kept), dict(counts), values):
                target = taken.target or at
                moves.add((at, how, target))
                capped = {name: min(count, 4) for name, count in taken.uses.items()}
                following.add((target, tuple(sorted(taken.data.items())), tuple(sorted(capped.items()))))
        layer = following - done
        done |= following
    return moves, {target for _at, _how, target in moves if definition.steps[target].kind == "end"}


@st.composite
def little_definitions(draw: st.DrawFn) -> Definition:
    count = draw(st.integers(1, 4))
    keys = [f"s{n}" for n in range(count)] + ["e0", "e1"]
    condition = st.sampled_from(
        [
            {"field": "yes", "is": True},
            {"field": "n", "at_least": 2},
            {"field": "n", "less_than": 1},
            {"all": [{"field": "yes", "is": False}, {"field": "n", "at_most": 1}]},
            {"not": {"field": "yes", "is": True}},
        ]
    )
    steps: dict[str, Any] = {}
    for n in range(count):
        actions: dict[str, Any] = {}
        for m in range(draw(st.integers(1, 3))):
            action: dict[str, Any] = {"form": draw(st.sampled_from([[], ["yes"], ["n"], ["yes", "n"]]))}
            if draw(st.booleans()):
                action["branch"] = [
                    {"when": draw(condition), "to": draw(st.sampled_from(keys))},
                    {"to": draw(st.sampled_from(keys))},
                ]
            else:
                action["to"] = draw(st.sampled_from(keys))
            if draw(st.booleans()):
                action["limit"] = {"times": draw(st.integers(1, 2))}
                if draw(st.booleans()):
                    action["limit"]["beyond"] = {"to": draw(st.sampled_from(keys))}
            if draw(st.integers(0, 4)) == 0:
                action["require"] = [{"that": draw(condition), "say": "不行"}]
            actions[f"a{m}"] = action
        steps[f"s{n}"] = {"holder": "clerk", "actions": actions}
        if draw(st.booleans()):
            steps[f"s{n}"]["clock"] = {"for": "1 day", "on_expiry": {"to": draw(st.sampled_from(keys))}}
    steps |= {"e0": {"kind": "end", "outcome": "x"}, "e1": {"kind": "end", "outcome": "y"}}
    return Definition.model_validate(
        {
            "procedure": "any",
            "version": 1,
            "name": "任意",
            "start": ["public"],
            "fields": {"yes": {"name": "是否", "type": "yes_no"}, "n": {"name": "数", "type": "count", "max": 3}},
            "steps": steps,
        }
    )


@settings(max_examples=200, deadline=None)
@given(little_definitions())
def test_against_walking_every_case(anything: Definition) -> None:
    """Ends and moves that the report names are real; those it misses need two limits used up at once, which it does not try."""
    moves, ends = everything(anything, {"yes": [True, False], "n": [0, 1, 2, 3]}, 14)
    report = simulate(anything)
    assert set(report.paths) <= ends
    walked = {(move.source, move.how, move.target) for path in report.paths.values() for move in path}
    assert walked <= moves
    limits = sum(1 for step in anything.steps.values() for action in step.actions.values() if action.limit)
    if limits <= 1:
        assert set(report.paths) == ends


@settings(max_examples=200, deadline=None)
@given(little_definitions())
def test_every_path_found_can_be_walked(anything: Definition) -> None:
    report = simulate(anything)
    for end, path in report.paths.items():
        stops = walk(anything, [(move.how, dict(move.answers)) for move in path], report.starts[end])
        assert stops[-1].step == end


# samples


def samples(fields: str, steps: str, **fixed: Any) -> Samples:
    return Samples(made(steps, fields), fixed)


def test_values_around_every_threshold() -> None:
    made_of = samples(
        "n: {name: 数, type: count, max: 100}, present: {name: 到, type: count}, members: {name: 共, type: count}, asked: {name: 申, type: count, min: 1, max: 30}, granted: {name: 批, type: count, min: 1}",
        "  a:\n    holder: clerk\n    actions:\n      go:\n        form: [n, present, members, asked, granted]\n        require:\n"
        "          - {that: {field: present, more_than: {share: 1/2, of: members}}, say: 少}\n"
        "          - {that: {field: granted, at_most: form.asked}, say: 多}\n"
        "        branch: [{when: {field: n, at_least: 100}, to: e}, {when: {field: n, less_than: 0}, to: e}, {to: e}]\n  e: {kind: end, outcome: x}\n",
    )
    assert made_of.values("n") == [0, 1, 99, 100]
    assert made_of.values("members") == [30] and made_of.values("present") == [14, 15, 16]
    assert made_of.values("asked") == [30] and made_of.values("granted") == [29, 30, 31]


def test_values_of_other_types() -> None:
    made_of = samples(
        "yes: {name: 是, type: yes_no}, one: {name: 选, type: choice, options: {a: 甲, b: 乙, c: 丙, d: 丁}}, many: {name: 多, type: choices, options: {a: 甲, b: 乙}}, word: {name: 字, type: text}, u: {name: 急, type: urgency}",
        "  a:\n    holder: clerk\n    actions:\n      go:\n        form: [yes, one, many, word, u]\n        branch:\n"
        "          - {when: {field: one, in: [b, c]}, to: e}\n          - {when: {field: many, in: [a]}, to: e}\n"
        "          - {when: {field: word, is: 急}, to: e}\n          - {when: {field: u, is: 1}, to: e}\n          - {to: e}\n  e: {kind: end, outcome: x}\n",
        fixed_one="x",
    )
    assert made_of.values("yes") == [True, False]
    assert made_of.values("one") == ["b", "c", "a"]
    assert made_of.values("many") == [["a"], ["b"]]
    assert made_of.values("word") == ["急", "其他"]
    assert made_of.values("u") == [1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_every_type_has_a_sample_within_its_bounds(seed: int) -> None:
    for key in ("matter", "project", "service_item", "mediation"):
        chosen = loaded(key).definition
        made_of = Samples(chosen, {}, seed)
        for name, field in chosen.fields.items():
            value = made_of.one(name)
            assert value not in (None, "", [])
            if field.type in ("count", "number", "money", "score"):
                assert (field.min or 0) <= value and (field.max is None or value <= field.max)
            if field.options:
                assert value in field.options


# walking one sample case


def test_walk_tells_where_the_case_is_and_what_can_be_done() -> None:
    stops = walk(loaded("extension").definition, [("grant", {"granted_days": 6})], {"days": 10, "grounds": "下雨"})
    assert [(stop.step, stop.how) for stop in stops] == [("street", "start"), ("county", "grant")]
    assert stops[-1].actions == ["grant", "refuse"] and stops[-1].by_itself == ["withdraw", "with_parent"]
    assert stops[-1].answers == {"days": 10, "grounds": "下雨", "granted_days": 6}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([("grant", {"granted_days": 11})], "批准的天数不能多于申请的天数"),
        ([("grant", {})], "请填写“批准几个工作日”。"),
        ([("grant", {"granted_days": 1, "more": 1})], "这一步没有“more”这个问题。"),
        ([("approve", {})], "“街道审批”环节没有“approve”这个办法。"),
        ([("expiry", {})], "“街道审批”环节没有“expiry”这个办法。"),
        ([("refuse", {}), ("withdraw", {})], "办件已经结束。"),
        ([("refuse", {}), ("reopen", {})], "“未批准”环节没有“reopen”这个办法。"),
    ],
)
def test_walk_says_what_cannot_be_done(script: list[tuple[str, dict[str, Any]]], said: str) -> None:
    with pytest.raises(CannotWalk) as caught:
        walk(loaded("extension").definition, script, {"days": 10})
    assert str(caught.value) == said
    assert caught.value.place == len(script) - 1 and len(caught.value.stops) == len(script)


def test_walk_counts_limits_and_reopenings() -> None:
    matter = loaded("matter").definition
    begun: list[tuple[str, dict[str, Any]]] = [("accept", {"category": 1, "urgency": 3}), ("dispatch", {"unit": 1})]
    transfer: tuple[str, dict[str, Any]] = ("transfer", {"unit": 2})
    assert [stop.step for stop in walk(matter, [*begun, transfer, transfer, transfer])][2:] == [
        "handle",
        "handle",
        "handle",
        "assign",
    ]
    returned = walk(matter, [("return", {}), ("reopen", {}), ("return", {})])
    assert [stop.step for stop in returned] == ["accept", "returned", "accept", "returned"]
    with pytest.raises(CannotWalk, match="已经重新打开过。"):
        walk(matter, [("return", {}), ("reopen", {}), ("return", {}), ("reopen", {})])
    assert walk(matter, [("withdraw", {})])[-1].step == "withdrawn"
