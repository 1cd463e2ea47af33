"""The language of definitions: what its parts mean, and that a wrong text is refused with its line."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from linli.kernel.calendar import Duration, Unit
from linli.orgs.enums import ROLES
from linli.procedures.grammar import conditions, definition, parts
from linli.procedures.grammar.conditions import Condition, number
from linli.procedures.grammar.load import LIMIT, BadDefinition, parse, read
from linli.procedures.grammar.parts import Clock, FormField, Holder, read_holder
from linli.procedures.grammar.words import (
    clock_words,
    condition_words,
    duration_words,
    holder_words,
    step_holder_words,
    who_words,
)
from linli.procedures.tests.definition_files import FILES, NAMES, text_of

SMALL = """\
procedure: small
version: 1
name: 小流程
start: [public]
steps:
  work:
    name: 办理
    holder: clerk of community
    clock: 2 working days
    actions:
      done: {to: end}
  end: {kind: end, outcome: done}
"""


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadDefinition) as caught:
        read(text)
    return [(one.line, one.message) for one in caught.value.mistakes]


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


def test_a_small_definition() -> None:
    small, source = read(SMALL)
    assert (small.procedure, small.version, small.name.zh, small.first) == ("small", 1, "小流程", "work")
    step = small.steps["work"]
    assert step.kind == "task" and step.clock is not None and step.clock.for_ == Duration(2, Unit.WORKING_DAYS)
    assert [who.role for who in step.actions["done"].who] == ["holder"]
    assert source.line(("steps", "work", "clock")) == 9
    assert source.line(("steps", "work", "clock", "on_expiry", "to")) == 9
    assert small.step_name("end") == "end"


@pytest.mark.parametrize("key", FILES)
def test_files_are_utf8_and_read(key: str) -> None:
    chosen, _source = read(text_of(key))
    assert chosen.procedure == key
    assert chosen.source, "a definition names its law or document"
    assert all(step.name and step.name.en for step in chosen.steps.values())


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("version: 1", "version: one", 2, "这里要写整数。"),
        ("version: 1", "version: 0", 2, "不能小于 1。"),
        ("name: 小流程\n", "", 1, "缺少“name”。"),
        (
            "start: [public]",
            "start: [the mayor]",
            4,
            "看不懂“the mayor”由谁承办：先写岗位，再写 of grid、community、street、county、city、form.字段、catalogue.项目、"
            "step.环节、parent 或 start，或者 chosen in form.字段、one level up。",
        ),
        (
            "clock: 2 working days",
            "clock: soon",
            9,
            "“soon”不是时长：请写整数和单位，例如“2个工作小时”“24小时”“15天”“3个工作日”“30分钟”“6个月”。",
        ),
        ("clock: 2 working days", "clock: {remind: 50}", 9, "时限要写 for、from、before 或 after，否则永远不会开始。"),
        ("clock: 2 working days", "clok: 2 working days", 9, "这里没有“clok”这一项。"),
        (
            "kind: end, outcome: done",
            "kind: ende, outcome: done",
            12,
            "只能是：'task', 'joint', 'notice', 'vote', 'collect', 'call' or 'end'。",
        ),
        ("kind: end, outcome: done", "kind: end", 12, "end 环节要写 outcome。"),
        ("kind: end, outcome: done", "kind: end, outcome: x, holder: clerk", 12, "结束环节没有承办人、时限和办法。"),
        ("kind: end, outcome: done", "kind: vote, passed: work, failed: work", 12, "vote 环节要写 rule。"),
        ("kind: end, outcome: done", "outcome: done", 12, "task 环节不能写 outcome。"),
        ("done: {to: end}", "done: {to: end, branch: [{to: work}]}", 11, "一个办法只能写 to 或 branch，不能都写。"),
        (
            "done: {to: end}",
            "done: {branch: [{to: end, when: {field: a}}]}",
            11,
            "一个字段只写一种比较：is、is_not、in、at_least、more_than、at_most、less_than 或 given。",
        ),
        (
            "done: {to: end}",
            "done: {branch: [{to: end, when: {field: a, is: 1, at_least: 2}}]}",
            11,
            "一个字段只写一种比较：is、is_not、in、at_least、more_than、at_most、less_than 或 given。",
        ),
        (
            "done: {to: end}",
            "done: {branch: [{to: end, when: {is: 1}}]}",
            11,
            "条件写 all、any、not，或者一个字段加一种比较。",
        ),
        ("done: {to: end}", "done: {to: end, confirm: perhaps}", 11, "这里要写 true 或 false。"),
        ("done: {to: end}", "done: {to: end, form: text}", 11, "这里要写列表，例如 [a, b]。"),
        ("done: {to: end}", "Done it: {to: end}", 11, "写法不对：^[a-z][a-z0-9_]{0,39}$。"),
        (
            "steps:",
            "fields: {a: {name: 甲, type: string}}\nsteps:",
            5,
            "没有“string”这种字段，可以是：text、long_text、number、count、money、score、date、datetime、yes_no、choice、choices、category、urgency、place、unit、units、person、case、photos、files、signature。",
        ),
        ("steps:", "fields: {a: {name: 甲, type: choice}}\nsteps:", 5, "选择题要写选项（options），别的字段不写。"),
        ("steps:", "repeat: {until: a}\nsteps:", 5, "重复发起写 every 或 yearly_on，二选一。"),
    ],
)
def test_a_wrong_text_is_refused_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert (line, message) in mistakes(changed(old, new))


@pytest.mark.parametrize("share", ["0/3", "1/0", "4/3"])
def test_a_share_is_more_than_nothing_and_at_most_all(share: str) -> None:
    text = changed(
        "holder: clerk of community",
        f"holder: clerk of community\n    kind: collect\n    by: [public]\n    threshold: {{share: {share}, of: n}}\n    then: end",
    )
    assert "份额要大于 0，不大于 1。" in [message for _line, message in mistakes(text)]


def test_all_mistakes_of_form_are_told_at_once() -> None:
    text = changed("version: 1", "version: one").replace("clock: 2 working days", "clock: soon")
    assert [line for line, _message in mistakes(text)] == [2, 9]
    with pytest.raises(BadDefinition, match=r"line 2: version: .*\nline 9: steps\.work\.clock: "):
        read(text)


def test_mistakes_in_english() -> None:
    with override("en"):
        assert "'soon' is not a length of time" in mistakes(changed("clock: 2 working days", "clock: soon"))[0][1]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "流程定义从 procedure: 开始"),
        ("- a\n- b", 1, "流程定义从 procedure: 开始"),
        ("just words", 1, "流程定义从 procedure: 开始"),
        ("a: 1\nb: [1, 2\nc: 3", 3, "不是正确的 YAML"),
        ("a: 1\n\tb: 2", 2, "不是正确的 YAML"),
        ("a: 1\nform: [photos?]", 2, "带问号的字段名要加引号，例如 'photos?'。"),
        ("a: 1\nb: &x 1\nc: *x", 2, "不用锚点、别名和标签"),
        ("a: 1\nb: !!python/object/apply:os.system ['true']", 2, "不用锚点、别名和标签"),
        ("a: 1\na: 2", 2, "“a”写了两次。"),
        ("a: 1\nb: {c: 1, c: 2}", 2, "“c”写了两次。"),
        ("a: \x07", 1, "不是正确的 YAML"),
        ("x" * (LIMIT + 1), 1, "最多 200000 个字符"),
        ("[" * 2000, 1, ""),
        ("[" * 200_000, 1, "嵌套太深"),
        ("a: [a," + "[a," * 60_000, 1, "嵌套太深"),
        ("a:\n  b: " + '["]",' * 35_000, 2, "嵌套太深"),
        ("- " * 90_000, 1, "嵌套太深"),
        ("x: [" + "a," * 90_000 + "]", 1, "内容太多"),
        ("a: " + "{b: " * 60 + "1" + "}" * 60, 1, "嵌套太深"),
        ("a: [" + "1," * 30_000 + "1]", 1, "内容太多"),
    ],
)
def test_only_plain_small_yaml(text: str, line: int, said: str) -> None:
    with pytest.raises(BadDefinition) as caught:
        read(text)
    first = caught.value.mistakes[0]
    assert first.line == line and said in first.message


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    bomb = "a0: &a0 [x, x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))
    assert mistakes(bomb)[0][0] == 1


def test_scalars_stay_what_was_written() -> None:
    value = parse(
        "a: yes\nb: no\nc: 2026-01-01\nd: 1.50\ne: 007\nf: 12\ng: true\nh: null\nno: x\ni: 1/2\nj: 03-01"
    ).value
    assert value == {
        "a": "yes",
        "b": "no",
        "c": "2026-01-01",
        "d": "1.50",
        "e": 7,
        "f": 12,
        "g": True,
        "h": None,
        "no": "x",
        "i": "1/2",
        "j": "03-01",
    }


def test_rare_characters_and_middle_dots_survive() -> None:
    small, _source = read(changed("name: 小流程", "name: {zh: 䶮𠅤 买买提江·吐尔逊, en: x}"))
    assert small.name.zh == "䶮𠅤 买买提江·吐尔逊"


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except BadDefinition as error:
        assert error.mistakes and all(one.line >= 1 for one in error.mistakes)


# holders


def holder(text: str) -> Holder:
    return Holder.model_validate(read_holder(text))


@pytest.mark.parametrize(
    ("text", "said", "zh", "en"),
    [
        ("clerk of community", {"level": "community"}, "社区专干", "clerk of community"),
        ("supervisor of street", {"level": "street"}, "街道督办员", "supervisor of street"),
        ("leader of county", {"level": "county"}, "区县领导", "leader of district"),
        ("grid_leader of grid", {"level": "grid"}, "网格长", "grid leader of grid"),
        ("dispatcher one level up", {"up": True}, "上一级分拨员", "dispatcher one level up"),
        ("handler of form.unit", {"form": "unit"}, "承办单位的承办人", "handler of Responsible unit"),
        ("handler of form.unit2", {"form": "unit2"}, "unit2的承办人", "handler of unit2"),
        (
            "handler of catalogue.enforcer",
            {"catalogue": "enforcer"},
            "目录指定单位的承办人",
            "handler of the catalogue's unit",
        ),
        ("holder of step.work", {"step": "work"}, "“办理”环节的承办人", "whoever holds it of Work"),
        ("clerk of parent", {"place": "parent"}, "原件的社区专干", "clerk of the other case"),
        ("clerk of start", {"place": "start"}, "发起单位的社区专干", "clerk of the starting unit"),
        ("mediator chosen in form.mediator", {"person": "mediator"}, "选定的调解员", "mediator chosen"),
        (
            "handler of form.unit one level up",
            {"form": "unit", "up": True},
            "承办单位的上一级承办人",
            "handler of Responsible unit one level up",
        ),
        ("reporter", {}, "反映人", "the reporter"),
        ("  clerk   of  community ", {"level": "community"}, "社区专干", "clerk of community"),
    ],
)
def test_holders_are_read_and_said(text: str, said: dict[str, Any], zh: str, en: str) -> None:
    read = holder(text)
    assert {name: getattr(read, name) for name in said} == said
    fields = {"unit": FormField.model_validate({"name": {"zh": "承办单位", "en": "Responsible unit"}, "type": "unit"})}
    steps = read_small_steps()
    assert holder_words(read, NAMES, "zh", fields=fields, steps=steps) == zh
    assert holder_words(read, {}, "en", fields=fields, steps=steps) == en


def read_small_steps() -> Any:
    return read(changed("name: 办理", "name: {zh: 办理, en: Work}"))[0].steps


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Clerk",
        "clerk in community",
        "clerk of village",
        "clerk of form.",
        "clerk of community of street",
        "one level up",
        "reporter!",
    ],
)
def test_other_words_name_no_holder(text: str) -> None:
    with pytest.raises(ValueError, match="看不懂"):
        read_holder(text)


def test_every_role_can_be_written() -> None:
    assert all(holder(f"{role} of community").role == role for role in ROLES)


def test_several_holders_in_one_phrase() -> None:
    who = [holder("clerk of community"), holder("reporter"), holder("clerk of community")]
    assert who_words(who, NAMES) == "社区专干、反映人"


def test_who_is_at_a_step_of_any_kind() -> None:
    said = {
        key: step_holder_words(step, chosen, NAMES)
        for chosen in [read(text_of(name))[0] for name in ("matter", "seven_step", "property_rating")]
        for key, step in chosen.steps.items()
    }
    assert said["whistled"] == "请哪些单位报到"
    assert said["collect"] == "居民"
    assert said["opinions"] == "社区民意联络员、业主委员会的单位负责人、社区书记、主任、街道承办人"
    assert said["archive"] == ""


# clocks


@pytest.mark.parametrize(
    ("written", "zh", "short", "en"),
    [
        ("2 working hours", "2 个工作小时", "2 个工作小时", "2 working hours"),
        ("15 天", "15 天", "15 天", "15 days"),
        (
            {"from": "catalogue.handle", "default": "5 working days"},
            "按目录，一般 5 个工作日",
            "5 个工作日",
            "by the catalogue, otherwise 5 working days",
        ),
        ({"from": "catalogue.handle"}, "按目录", "按目录", "by the catalogue"),
        (
            {"from": "form.months", "default": "6 months"},
            "按“试行几个月”，一般 6 个月",
            "6 个月",
            "as in Months, otherwise 6 months",
        ),
        (
            {"before": {"field": "day", "amount": "3 working days"}},
            "活动日期前 3 个工作日",
            "活动日期前 3 个工作日",
            "3 working days before Date",
        ),
    ],
)
def test_clocks_are_said(written: Any, zh: str, short: str, en: str) -> None:
    clock = Clock.model_validate({"for": written} if isinstance(written, str) else written)
    fields = {
        "months": FormField.model_validate({"name": {"zh": "试行几个月", "en": "Months"}, "type": "count"}),
        "day": FormField.model_validate({"name": {"zh": "活动日期", "en": "Date"}, "type": "date"}),
    }
    assert clock_words(clock, fields=fields) == zh
    assert clock_words(clock, fields=fields, short=True) == short
    assert clock_words(clock, "en", fields=fields) == en
    assert clock_words(None) == ""


def test_durations_are_said() -> None:
    assert [
        duration_words(Duration(n, unit)) for n, unit in ((30, Unit.MINUTES), (1, Unit.HOURS), (6, Unit.MONTHS))
    ] == ["30 分钟", "1 小时", "6 个月"]


# conditions


def condition(**written: Any) -> Condition:
    return Condition.model_validate(written)


@pytest.mark.parametrize(
    ("written", "true", "false"),
    [
        ({"field": "a", "is": False}, [False], [True, None]),
        ({"field": "a", "is_not": "x"}, ["y"], ["x", None]),
        ({"field": "a", "in": ["x", "y"]}, ["x", ["z", "y"]], ["z", ["z"], None]),
        ({"field": "a", "at_least": 3}, [3, 4, "3.00", [1, 2, 3]], [2, "2.99", None, True, "many"]),
        ({"field": "a", "more_than": 3}, [4, "3.01"], [3]),
        ({"field": "a", "at_most": 0}, [0, -1], [1, None]),
        ({"field": "a", "less_than": "7/2"}, [3], [4]),
        ({"field": "a", "given": True}, [0, False, "x"], [None, "", []]),
        ({"field": "a", "given": False}, [None, "", []], [0, False]),
        ({"not": {"field": "a", "is": 1}}, [2, None], [1]),
        ({"any": [{"field": "a", "is": 1}, {"field": "a", "is": 2}]}, [1, 2], [3]),
        ({"all": [{"field": "a", "at_least": 1}, {"field": "a", "at_most": 2}]}, [1, 2], [0, 3]),
    ],
)
def test_conditions_hold(written: dict[str, Any], true: list[Any], false: list[Any]) -> None:
    made = condition(**written)
    assert [value for value in true if not made.holds({"a": value})] == []
    assert [value for value in false if made.holds({"a": value})] == []


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 20), st.integers(1, 20))
def test_shares_are_exact(part: int, whole: int, above: int, below: int) -> None:
    share = {"share": f"{above}/{below}", "of": "whole"}
    data = {"part": part, "whole": whole}
    assert condition(field="part", at_least=share).holds(data) == (part * below >= above * whole)
    assert condition(field="part", more_than=share).holds(data) == (part * below > above * whole)
    assert condition(field="part", less_than=share).holds(data) == (part * below < above * whole)


def test_a_bound_may_be_another_field() -> None:
    made = condition(field="granted", at_most="form.asked")
    assert made.holds({"granted": 3, "asked": 3}) and not made.holds({"granted": 4, "asked": 3})
    assert not made.holds({"granted": 3})


def test_numbers() -> None:
    assert number("85.50") == Fraction(171, 2) and number([1, 2]) == 2 and number("x") is None and number(True) is None


def test_conditions_are_said() -> None:
    fields = {
        "settled": FormField.model_validate({"name": {"zh": "问题是否解决", "en": "Is it settled"}, "type": "yes_no"}),
        "how": FormField.model_validate(
            {"name": "办法", "type": "choice", "options": {"post": "邮寄", "door": "送上门"}}
        ),
        "cost": FormField.model_validate({"name": "造价", "type": "money"}),
        "present": FormField.model_validate({"name": "到会人数", "type": "count"}),
        "members": FormField.model_validate({"name": "总人数", "type": "count"}),
    }

    def said(language: str = "zh", **written: Any) -> str:
        return condition_words(condition(**written), fields, language)

    assert said(field="settled", is_=False) == "问题是否解决：否"
    assert said("en", field="settled", is_=False) == "Is it settled is no"
    assert said(field="how", in_=["post", "door"]) == "办法属于邮寄、送上门"
    assert said(field="cost", at_most=5_000_050) == "造价不多于 50,000.50 元"
    assert said(field="present", more_than={"share": "1/2", "of": "members"}) == "到会人数多于总人数的 1/2"
    assert said(field="present", at_most="form.members") == "到会人数不多于总人数"
    assert said(field="objections", at_least=10) == "异议数不少于 10"
    assert (
        said(any=[{"field": "cost", "given": True}, {"field": "present", "given": False}]) == "填了造价或者没填到会人数"
    )
    assert said(**{"not": {"field": "settled", "is": True}}) == "不是“问题是否解决：是”"


# the page that explains it


def test_the_page_of_the_grammar_explains_every_key_and_type() -> None:
    page = (Path(__file__).parents[4] / "docs" / "procedures.md").read_text("utf-8")
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", page))))
    for module in (definition, parts, conditions):
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel) and model not in (Holder, parts.Name):
                keys = {field.alias or name for name, field in model.model_fields.items()}
                assert keys <= words, (model.__name__, keys - words)
    assert set(parts.FIELD_TYPES) <= words
    assert set(get_args(parts.SideAct)) <= words and set(parts.PERSONS) <= words and set(parts.LEVELS) <= words
    summary = page.split("## 中文摘要\n")[1].split("\n\n")[0].splitlines()
    assert len(summary) == 10
