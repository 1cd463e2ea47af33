# ruff: noqa: E501 - one case of the tables is one line
"""A definition that makes no sense is refused, with the line; what only looks odd is said."""

import pytest

from linli.orgs.enums import ROLES
from linli.procedures.grammar.checks import Loaded, check, load, missing_handlers, warnings
from linli.procedures.grammar.load import BadDefinition, read
from linli.procedures.tests.definition_files import text_of

# 33 lines; every part of it is changed by some test below
GOOD = """\
procedure: good
version: 1
name: 好流程
source: 测试
start: {by: [public], form: [topic, due]}
public: {fields: [topic], steps: all}
fields:
  topic: {name: 事由, type: text}
  due: {name: 哪天以前, type: date}
  unit: {name: 单位, type: unit}
  units: {name: 单位们, type: units}
  days: {name: 几天, type: count}
  agree: {name: 同意, type: yes_no}
clocks:
  promise: {name: 承诺, clock: 7 days, met_by: [work.done, ended]}
side: {withdraw: dropped}
steps:
  first:
    holder: clerk of community
    clock: 2 working days
    actions:
      send: {form: [unit, days], to: work}
      ask: {form: [units], to: joint}
  joint:
    kind: joint
    each: {procedure: other, unit: form.units}
    done: all
    gather: {all_agree: {of: agree, by: all_yes}}
    then:
      - {when: {field: all_agree, is: true}, to: public}
      - {to: work}
  work:
    holder: handler of form.unit
    clock: {from: form.days, default: 5 days, on_expiry: {to: vote}}
    actions:
      done: {form: [agree], branch: [{when: {field: agree, is: false}, to: first}, {to: public}], limit: {times: 2, beyond: {to: vote}}}
      note: {form: [topic], publish: [topic]}
  public:
    kind: notice
    clock: {for: 7 days}
    objections: {answer: clerk of community}
    then: vote
  vote:
    kind: vote
    rule: residents_meeting
    passed: ended
    failed: dropped
  ended: {kind: end, outcome: done}
  dropped: {kind: end, outcome: dropped}
"""


def loads(text: str) -> Loaded:
    return load(text, roles=ROLES, procedures=["other"], catalogue_keys=["handle"])


def found(text: str) -> list[tuple[int, str]]:
    try:
        loads(text)
    except BadDefinition as error:
        return [(one.line, one.message) for one in error.mistakes]
    return []


def warned(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in loads(text).warnings]


def changed(old: str, new: str) -> tuple[str, int]:
    """The text with one place changed, and the line of that place."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new), GOOD[: GOOD.index(old)].count("\n") + 1


def test_the_good_one_has_nothing_wrong() -> None:
    # 'first' asks for the units of a joint step after which nobody is named for 'work': both ways are told apart below
    assert found(GOOD) == [] and warned(GOOD) == []
    assert loads(GOOD).missing_handlers == [("deliberation.vote", 45)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # ways
        ("send: {form: [unit, days], to: work}", "send: {form: [unit, days], to: wrk}", "没有“wrk”这个环节。"),
        ("passed: ended", "passed: endet", "没有“endet”这个环节。"),
        ("on_expiry: {to: vote}", "on_expiry: {to: nowhere}", "没有“nowhere”这个环节。"),
        ("beyond: {to: vote}", "beyond: {to: nowhere}", "没有“nowhere”这个环节。"),
        ("    holder: handler of form.unit\n", "    holder: handler of form.unit\n    not_same_as: joined\n", "没有“joined”这个环节。"),
        ("  dropped: {kind: end, outcome: dropped}", "  dropped: {kind: end, outcome: dropped}\n  lost: {kind: end, outcome: lost}", "没有办法走到“lost”这个环节。"),
        ("      - {to: work}\n", "      - {when: {field: all_agree, is: false}, to: work}\n", "最后一个分支不能带条件，否则可能无路可走。"),
        ("      - {when: {field: all_agree, is: true}, to: public}", "      - {to: public}", "这个分支没有条件，它后面的分支永远走不到。"),
        ("limit: {times: 2, beyond: {to: vote}}", "limit: {times: 0, beyond: {to: vote}}", "次数限制至少是 1 次。"),
        ("limit: {times: 2, beyond: {to: vote}}", "limit: {times: days, beyond: {to: vote}}", "次数写成数字，或者 form.字段名。"),
        ("limit: {times: 2, beyond: {to: vote}}", "limit: {times: 2, beyond: {holder: clerk}}", "超过次数以后要写明去哪个环节，或者要谁同意。"),
        ("note: {form: [topic], publish: [topic]}", "note: {form: [topic], holder: clerk}", "这个办法不换环节，不能换承办人。"),
        ("done: all", "done: lead", "以牵头单位为准，就要写明谁牵头：each 里的 lead。"),
        ("procedure: other, unit", "procedure: good, unit", "流程不能调用自己，否则没有尽头。"),
        ("side: {withdraw: dropped}", "side: {withdraw: work}", "“work”不是结束环节。"),
        ("side: {withdraw: dropped}", "side: {withdraw: dropped, comment: work}", "这里只能写 true 或 false。"),
        # holders
        ("    holder: handler of form.unit\n", "    holder: mayor of city\n", "没有“mayor”这个岗位。"),
        ("    holder: handler of form.unit\n", "    holder: handler of form.days\n", "“days”不是单位或人员字段。"),
        ("    holder: handler of form.unit\n", "    holder: handler of form.office\n", "没有“office”这个字段。"),
        ("    holder: handler of form.unit\n", "    holder: clerk chosen in form.unit\n", "“unit”不是单位或人员字段。"),
        ("    holder: handler of form.unit\n", "    holder: holder of step.nowhere\n", "没有“nowhere”这个环节。"),
        ("    holder: handler of form.unit\n", "    holder: handler of catalogue.enforcer\n", "目录里没有“enforcer”这一项。"),
        ("    holder: handler of form.unit\n", "    holder: reporter of community\n", "“reporter”是人，不能再加地点或级别。"),
        ("    holder: handler of form.unit\n", "    holder: holder of community\n", "holder 是现在的承办人，这里请写具体的岗位。"),
        ("note: {form: [topic], publish: [topic]}", "note: {form: [topic], tell: [everybody]}", "没有“everybody”这个岗位。"),
        ("note: {form: [topic], publish: [topic]}", "note: {form: [topic], tell: ['the street']}", "看不懂要告诉谁：“the street”。"),
        # fields
        ("note: {form: [topic], publish: [topic]}", "note: {form: [subject]}", "没有“subject”这个字段。"),
        ("note: {form: [topic], publish: [topic]}", "note: {form: [topic], publish: [subject]}", "没有“subject”这个字段。"),
        ("when: {field: agree, is: false}", "when: {field: agreed, is: false}", "没有“agreed”这个字段。"),
        ("unit: form.units}", "unit: form.units, lead: form.lead}", "没有“lead”这个字段。"),
        ("unit: form.units}", "unit: form.units, form: [subject]}", "没有“subject”这个字段。"),
        ("public: {fields: [topic], steps: all}", "public: {fields: [subject], steps: all}", "没有“subject”这个字段。"),
        ("note: {form: [topic], publish: [topic]}", "note: {set: {topic: form.subject}}", "没有“subject”这个字段。"),
        ("note: {form: [topic], publish: [topic]}", "note: {form: [topic], open: [{procedure: other, form: {a: form.subject}}]}", "没有“subject”这个字段。"),
        ("    clock: 2 working days\n", "    clock: {from: form.days, default: 1 day}\n", "走到这里时“days”还没有问过。"),
        ("    clock: 2 working days\n", "    clock: {before: {field: topic, amount: 1 day}}\n", "推算的字段必须是日期。"),
        ("    clock: 2 working days\n", "    clock: {after: {field: topic, amount: 1 day}}\n", "推算的字段必须是日期。"),
        # clocks
        ("    clock: 2 working days\n", "    clock: {from: catalogue.first}\n", "目录里没有“first”这一项。这个时限永远不会开始。"),
        ("    clock: 2 working days\n", "    clock: {for: 2 days, default: 1 day}\n", "default 只和 from 一起用。"),
        ("{from: form.days, default: 5 days, ", "{from: form.topic, ", "时限要来自数字字段，或选项是时长（如 6 months）的单选字段。"),
        ("met_by: [work.done, ended]", "met_by: [work.finish]", "没有“work.finish”这个环节或办法。"),
        ("met_by: [work.done, ended]", "met_by: [over]", "没有“over”这个环节或办法。"),
        ("clock: 7 days, met_by", "clock: {for: 7 days, on_expiry: {to: vote}}, met_by", "全程时限不能有 on_expiry，到期只会督办。"),
        ("clock: 7 days, met_by", "clock: {from: form.days, default: 1 day}, met_by", "发起时没有问“days”，这个时限永远不会开始。"),
        ("    done: all\n", "    done: all\n    stops: [promised]\n", "没有“promised”这个全程时限。"),
        ("    clock: {for: 7 days}\n", "    clock: {from: form.days, default: 7 days}\n", "公示要写明公示多少天（for）。"),
        ("    clock: {for: 7 days}\n", "    clock: {for: 7 days, on_expiry: {to: vote}}\n", "公示期满按 then 走，不写 on_expiry。"),
        ("start: {by: [public], form: [topic, due]}", "start: {by: [public], form: [topic, due], opens: 02-30, closes: 03-31}", "没有“02-30”这一天。"),
        ("side: {withdraw: dropped}", "side: {withdraw: dropped}\nrepeat: {every: 7 days, until: topic}", "重复到哪天必须是日期字段。"),
        # openness
        ("public: {fields: [topic], steps: all}", "public: {steps: all}\nconfidential: [clerk]", "保密的流程不能公开环节和内容。"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(old: str, new: str, message: str) -> None:
    text, line = changed(old, new)
    last = line + new.rstrip("\n").count("\n")
    assert any(line <= at <= last and said == message for at, said in found(text)), found(text)


def lines_of(text: str, message: str) -> list[int]:
    return [line for line, said in found(text) if said == message]


def test_lines_are_exact() -> None:
    assert lines_of(changed("passed: ended", "passed: endet")[0], "没有“endet”这个环节。") == [46]
    assert lines_of(changed("unit, days], to: work", "unit, days], to: wrk")[0], "没有“wrk”这个环节。") == [22]
    text, _line = changed("    holder: handler of form.unit\n", "    holder: mayor of city\n")
    assert lines_of(text, "没有“mayor”这个岗位。") == [33]
    # a default that is written nowhere has the line of what it belongs to
    text, _line = changed("    holder: clerk of community\n    clock: 2 working days\n", "    clock: 2 working days\n")
    assert lines_of(text, "没有人办理“first”：请写 holder。") == [18]


def test_a_step_that_every_way_hands_to_somebody_needs_no_holder_of_its_own() -> None:
    text = GOOD.replace("    holder: handler of form.unit\n", "")
    assert lines_of(text, "没有人办理“work”：请写 holder。") == [32]
    handed = text.replace("to: work}\n", "to: work, holder: clerk of community}\n")
    assert found(handed) == []


DEAD_END = """\
procedure: dead
version: 1
name: 走不通
start: [public]
steps:
  first: {holder: clerk, actions: {go: {to: pit}, leave: {to: ended}}}
  pit: {holder: clerk, actions: {stay: {form: [], reason: true}, on: {to: pool}}}
  pool: {holder: clerk, actions: {back: {to: pit, limit: {times: 3}}}}
  ended: {kind: end, outcome: done, reopen: {within: 1 day, to: first}}
"""


def test_dead_ends() -> None:
    assert found(DEAD_END) == [(7, "从“pit”走不到任何结束环节。"), (8, "从“pool”走不到任何结束环节。")]


def test_withdrawing_is_no_way_out() -> None:
    text = DEAD_END.replace("start: [public]", "start: [public]\nside: {withdraw: ended}")
    assert len(found(text)) == 2


AUTOMATIC = """\
procedure: round
version: 1
name: 转圈
start: [public]
steps:
  first: {holder: clerk, clock: {for: 1 day, on_expiry: {to: second}}, actions: {leave: {to: ended}}}
  second: {kind: call, procedure: other, outcomes: {ok: ended}, otherwise: third}
  third: {kind: notice, clock: {for: 7 days}, then: first}
  ended: {kind: end, outcome: done}
"""


def test_a_round_without_people_is_a_mistake() -> None:
    assert found(AUTOMATIC) == [(6, "没有人办理也会一直循环：first → second → third。")]
    # an objection is somebody's doing: the round is no longer automatic, but nothing limits it
    by_people = AUTOMATIC.replace(
        "then: first}", "then: [{when: {field: objections, at_least: 1}, to: first}, {to: ended}]}"
    )
    assert found(by_people) == []
    assert warned(by_people) == [(6, "可以无限次循环，建议给其中一个办法加次数限制：first → second → third。")]


ROUND = """\
procedure: round
version: 1
name: 转圈
start: [public]
steps:
  work: {holder: clerk, actions: {done: {to: check}}}
  check: {holder: clerk, actions: {redo: {to: work}, pass: {to: ended}}}
  ended: {kind: end, outcome: done}
"""


def test_a_round_of_officials_without_a_limit_is_said() -> None:
    said = [(6, "可以无限次循环，建议给其中一个办法加次数限制：work → check。")]
    assert found(ROUND) == [] and warned(ROUND) == said
    assert warned(ROUND.replace("redo: {to: work}", "redo: {to: work, limit: {times: 2}}")) == []
    # climbing ends at the top; the reporter may ask again as often as it takes
    assert warned(ROUND.replace("redo: {to: work}", "redo: {to: work, holder: dispatcher one level up}")) == []
    assert warned(ROUND.replace("redo: {to: work}", "redo: {to: work, who: [reporter]}")) == []
    assert warned(ROUND.replace("redo: {to: work}", "redo: {to: work, who: [reporter, clerk]}")) == said
    # beyond its limit it goes on for ever all the same
    beyond = "redo: {to: ended, limit: {times: 1, beyond: {to: work}}}"
    assert warned(ROUND.replace("redo: {to: work}", beyond)) == said


BESIDE = """\
procedure: side
version: 1
name: 旁边
start: [clerk]
fields: {days: {name: 天数, type: count}}
beside:
  of: [other]
  by: [unit_head of form.company]
  meanwhile: stop_clock
  during: [held]
  outcomes: {done: {extend: form.days}}
  ends_with_parent: gone
steps:
  ask: {holder: clerk, actions: {grant: {form: [days], to: held}}}
  held: {holder: clerk, actions: {end: {to: ended}}}
  ended: {kind: end, outcome: done}
  gone: {kind: end, outcome: gone}
"""


def test_beside() -> None:
    # 'form.company' in 'by' is a field of the other case
    assert found(BESIDE) == [] and warned(BESIDE) == []
    assert found(BESIDE.replace("outcomes: {done:", "outcomes: {granted:")) == [(11, "没有结果为“granted”的结束环节。")]
    assert found(BESIDE.replace("extend: form.days", "extend: form.hours")) == [(11, "没有“hours”这个字段。")]
    assert found(BESIDE.replace("extend: form.days", "suspend: true, resume: true")) == [(11, "不能同时挂起和恢复。")]
    assert found(BESIDE.replace("during: [held]", "during: [hold]")) == [(10, "没有“hold”这个环节。")]
    assert found(BESIDE.replace("during: [held]", "during: [ended]")) == [(10, "没有“ended”这个环节。")]
    assert found(BESIDE.replace("ends_with_parent: gone", "ends_with_parent: held")) == [
        (12, "“held”不是结束环节。"),
        (17, "没有办法走到“gone”这个环节。"),
    ]
    assert found(BESIDE.replace("ends_with_parent: gone", "ends_with_step: held"))[0] == (12, "“held”不是结束环节。")
    assert found(BESIDE.replace("ends_with_parent: gone", "ends_with_step: gone\n  most: 5 working days")) == []
    assert found(BESIDE.replace("ends_with_parent: gone", "ends_with_parent: gone\n  most: 5 days")) == [
        (13, "最多延长多少，要和延长的时间用同一种单位。")
    ]
    assert found(BESIDE.replace("of: [other]", "of: []")) == [(7, "请写明在哪些流程旁边办理，或者写 any。")]
    assert found(BESIDE.replace("by: [unit_head of form.company]", "by: [boss of form.company]")) == [
        (8, "没有“boss”这个岗位。")
    ]
    assert warned(BESIDE.replace("of: [other]", "of: [any, another]")) == [
        (7, "还没有“another”这个流程，走到这里会停住。")
    ]
    assert warned(BESIDE.replace("  meanwhile: stop_clock\n", "")) == [
        (9, "meanwhile 是 nothing，写了 during 也没有作用。")
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("procedure: other, unit", "procedure: another, unit", 26, "还没有“another”这个流程，走到这里会停住。"),
        ("side: {withdraw: dropped}", "side: {withdraw: dropped, suspend: pause}", 16, "还没有“pause”这个流程，走到这里会停住。"),
        ("note: {form: [topic], publish: [topic]}", "note: {confirm: true}", 37, "这个办法什么也不做，只留下一条记录。"),
        ("  agree: {name: 同意, type: yes_no}\n", "  agree: {name: 同意, type: yes_no}\n  spare: {name: 没用, type: text}\n", 14, "“spare”从来没有问过。"),
        ("    clock: 2 working days\n", "    clock: {from: catalogue.first, default: 1 day}\n", 20, "目录里没有“first”这一项。"),
        ("days: {name: 几天, type: count}", "days: {name: 几天, type: count, required: false}", 0, ""),
        ("open: none", "", 0, ""),
    ],
)  # fmt: skip
def test_what_looks_odd_is_said(old: str, new: str, line: int, message: str) -> None:
    text = GOOD.replace(old, new)
    assert warned(text) == ([(line, message)] if message else [])


def test_a_clock_from_a_field_that_may_be_left_empty_needs_a_default() -> None:
    text = GOOD.replace("days: {name: 几天, type: count}", "days: {name: 几天, type: count, required: false}")
    text = text.replace("{from: form.days, default: 5 days, ", "{from: form.days, ")
    assert [line for line, _message in warned(text)] == [34]
    chosen = GOOD.replace("type: count}", "type: choice, options: {6 months: 半年, 1 year: 一年}}")
    assert found(chosen) == [(34, "时限要来自数字字段，或选项是时长（如 6 months）的单选字段。")]
    assert found(chosen.replace("1 year", "12 months")) == []


def test_a_field_looked_at_must_be_asked_somewhere() -> None:
    text = GOOD.replace("send: {form: [unit, days], to: work}", "send: {form: [days], to: work}")
    assert found(text) == [(33, "“unit”从来没有问过，这里永远没有值。")]


def test_a_call_says_what_follows_any_other_outcome() -> None:
    text = AUTOMATIC.replace(", otherwise: third}", "}").replace("outcomes: {ok: ended}", "outcomes: {ok: third}")
    text = text.replace("then: first}", "then: ended}")
    assert found(text) == [(7, "被调用的流程可能有别的结果，请写 otherwise。")]


def test_a_crowd_is_gathered_by_what_it_is_asked() -> None:
    text = """\
procedure: crowd
version: 1
name: 征集
start: {by: [clerk], form: [whole]}
fields: {whole: {name: 户数, type: count}, score: {name: 分, type: score}}
steps:
  ask: {kind: collect, by: [public], form: [score], threshold: {share: 1/2, of: whole}, gather: {mean: {of: score, by: mean}}, then: ended}
  ended: {kind: end, outcome: done}
"""
    assert found(text) == []
    assert found(text.replace("of: score,", "of: whole,")) == [(7, "这一步没有问“whole”。")]
    assert found(text.replace("of: whole}", "of: score}")) == [(7, "走到这里时“score”还没有问过。")]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = GOOD.replace("passed: ended", "passed: endet").replace("holder: handler of form.unit", "holder: mayor")
    with pytest.raises(BadDefinition) as caught:
        loads(text)
    lines = [one.line for one in caught.value.mistakes]
    assert lines == sorted(lines) and {33, 46} <= set(lines)


def test_form_comes_before_sense() -> None:
    with pytest.raises(BadDefinition, match=r"^line 2: version: "):
        loads(GOOD.replace("version: 1", "version: x").replace("passed: ended", "passed: endet"))


def test_missing_handlers_are_named_with_their_line_and_do_not_stop_loading() -> None:
    text = text_of("matter")
    definition, source = read(text)
    missing = missing_handlers(definition, source, ["matters.split"])
    assert [name for name, _line in missing] == ["matters.merge", "matters.move", "matters.unmerge"]
    assert all(name in text.splitlines()[line - 1] for name, line in missing)
    assert missing_handlers(definition, source, definition.handlers()) == []


def test_check_and_warnings_are_the_two_halves() -> None:
    definition, source = read(ROUND)
    assert check(definition, source, roles=ROLES, procedures=[]) == []
    assert len(warnings(definition, source, roles=ROLES, procedures=[])) == 1
    broken, source = read(ROUND.replace("pass: {to: ended}", "pass: {to: over}"))
    assert [one.line for one in check(broken, source, roles=ROLES, handlers=[], procedures=[])] == [6, 7, 7, 8]
