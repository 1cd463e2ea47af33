# ruff: noqa: E501 - one edit of the table is one line
"""Two versions of a definition, told apart in words."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from linli.procedures.grammar.definition import Action, Beside, Definition, Public, Start, Step
from linli.procedures.grammar.diff import differences
from linli.procedures.grammar.load import parse, read
from linli.procedures.grammar.parts import FormField
from linli.procedures.grammar.say import FLAGS, LABELS
from linli.procedures.tests.definition_files import FILES, NAMES, text_of

MATTER = text_of("matter")


def told(old: str, new: str, text: str = MATTER, language: str = "zh") -> list[str]:
    """What changes when the one place ``old`` of a definition is edited."""
    assert text.count(old) == 1, old
    return differences(read(text)[0], read(text.replace(old, new))[0], language, roles_names=NAMES)


@pytest.mark.parametrize("key", FILES)
def test_a_definition_does_not_differ_from_itself(key: str) -> None:
    same = read(text_of(key))[0]
    assert differences(same, same) == []
    newer = same.model_copy(update={"version": same.version + 1})
    assert differences(same, newer) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", FILES)
def test_everything_differs_from_nothing_alike(key: str, language: str) -> None:
    """No two definitions are told apart by silence, and no sentence shows the inside of an object."""
    whole, other = read(text_of(key))[0], read(text_of("care_order" if key != "care_order" else "void"))[0]
    for said in (differences(whole, other, language), differences(other, whole, language)):
        assert said and len(said) == len(set(said))
        assert all(line == line.strip() and "None" not in line and "{" not in line for line in said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("clock: 5 working days", "clock: 3 working days", ["环节 分歧裁定：时限由 5 个工作日改为 3 个工作日"]),
        ("  rate_again:\n    name: {zh: 再次回访", "  rate_again:\n    name: {zh: 二次回访", ["环节 再次回访：名称由“再次回访”改为“二次回访”"]),
        ("    holder: supervisor of street\n    not_same_as: check\n", "    holder: supervisor of county\n", ["环节 分歧裁定：承办由“街道督办员”改为“区县督办员”", "环节 分歧裁定：取消不得与哪个环节同一单位、同一人（原为“核查”）"]),
        ("    stops: [answer]\n", "", ["环节 待补充：取消暂停的时限（原为“answer”）"]),
        ("name: {zh: 居民诉求办理, en: Residents' matter}", "name: {zh: 诉求办理, en: Matter}", ["名称由“居民诉求办理”改为“诉求办理”"]),
        ("  suspend: suspension\n", "  suspend: false\n", ["挂账：由“suspension”改为不能用"]),
        ("  withdraw: withdrawn\n", "  withdraw: closed\n", ["撤回：由“已撤回”改为“已办结”"]),
        ("  remark: {name: {zh: 还想说的话, en: Anything else}, type: long_text, max: 1000}", "  remark: {name: {zh: 还想说的话, en: Anything else}, type: text, max: 200}", ["问题“还想说的话”：填法由“long_text”改为“text”", "问题“还想说的话”：上限由 1000改为 200"]),
        ("        form: ['check_note?']\n", "        form: [check_note]\n", ["环节 核查，办法“核查通过”：要填的内容由“核查情况（可不填）”改为“核查情况”"]),
        ("        limit: {times: 3}\n", "", ["环节 办理，办法“收回重派”：取消次数限制（原为 3 次）"]),
        ("        limit: {times: 3}\n", "        limit: {times: 3, beyond: {second: leader of county}}\n", ["环节 办理，办法“收回重派”：次数限制由 3 次改为 3 次，超过后须区县领导同意"]),
        ("        second: street_head of street\n", "", ["环节 分歧裁定，办法“说明理由办结”：取消须谁同意（原为“街道主要负责人”）"]),
        ("    promise: true\n", "", ["全程时限“首次实质答复”：不再向反映人承诺"]),
        ("    outcome: disputed\n    archive: true\n", "    outcome: disputed\n", ["环节 有分歧办结：不再立卷归档"]),
        ("    done: lead\n", "    done: all\n", ["环节 吹哨报到：完成条件由“牵头单位完成”改为“全部完成”"]),
        ("steps: all, people", "steps: none, people", ["公开：公开环节由“全部”改为“不公开”"]),
        ("public: {fields: [category, place.compound, summary_masked]", "public: {fields: [category]", ["公开：公开内容由“类别、place.compound、summary masked”改为“类别”"]),
        ("on_expiry: {to: dispute}", "on_expiry: {to: closed}", ["环节 再次回访：时限由 15 天，到期转分歧裁定，超期不督办改为 15 天，到期转已办结，超期不督办"]),
        ("          - {when: {field: settled, is: false}, to: dispute}\n", "", ["环节 再次回访，办法“评价”：去向由“问题是否解决：否 → 分歧裁定、其余 → 已办结”改为“其余 → 已办结”"]),
    ],
)  # fmt: skip
def test_one_edit_is_one_sentence(old: str, new: str, said: list[str]) -> None:
    assert told(old, new) == said


def without_one_part(value: Any) -> Iterator[Any]:
    """Yield a plain tree with each of its parts left out in turn."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            yield from ({**value, key: changed} for changed in without_one_part(part))
    elif isinstance(value, list):
        for nth, part in enumerate(value):
            yield value[:nth] + value[nth + 1 :]
            yield from ([*value[:nth], changed, *value[nth + 1 :]] for changed in without_one_part(part))


@pytest.mark.parametrize("key", ["suspension", "seven_step", "property_rating", "mediation", "care_order", "project"])
def test_no_part_can_be_left_out_unsaid(key: str) -> None:
    whole = read(text_of(key))[0]
    compared = 0
    for value in without_one_part(parse(text_of(key)).value):
        try:
            other = Definition.model_validate(value)
        except ValidationError:
            continue
        if other.model_copy(update={"version": whole.version}) != whole:
            compared += 1
            assert differences(whole, other), value
            assert differences(other, whole), value
    assert compared > 50


def test_steps_and_actions_come_and_go() -> None:
    step = "  recheck: {name: 复核, holder: clerk of community, actions: {ok: {to: closed}}}\n"
    assert told(
        "  closed:\n    kind: end\n    name: {zh: 已办结", step + "  closed:\n    kind: end\n    name: {zh: 已办结"
    ) == ["新增环节 复核"]
    recall = MATTER[MATTER.index("      recall:\n") : MATTER.index("  check:\n")].rstrip() + "\n"
    without = MATTER.replace(recall, "")
    assert told(recall, "") == ["环节 办理：删除办法“收回重派”"]
    assert differences(read(without)[0], read(MATTER)[0]) == ["环节 办理：新增办法“收回重派”"]
    assert differences(read(without)[0], read(MATTER)[0], "en") == ["Step Handling: action added: Recall"]


def test_the_same_english_for_another_chinese_is_a_difference_all_the_same() -> None:
    said = told("name: {zh: 已合并, en: Merged}", "name: {zh: 已并案, en: Merged}", language="en")
    assert said == ["Step Merged: name from 已合并 / Merged to 已并案 / Merged"]


def test_order_of_steps() -> None:
    a, b = (
        "  a: {holder: clerk, name: 甲, actions: {go: {to: b}}}\n",
        "  b: {holder: clerk, name: 乙, actions: {go: {to: e}}}\n",
    )
    head, tail = (
        "procedure: p\nversion: 1\nname: 流程\nstart: [public]\nsteps:\n",
        "  e: {kind: end, outcome: x, name: 终}\n",
    )
    assert differences(read(head + a + b + tail)[0], read(head + b + a + tail)[0]) == ["环节顺序改为：乙 → 甲 → 终"]


def test_a_procedure_beside_others_changes() -> None:
    text = text_of("suspension")
    assert told("  during: [suspended]\n", "", text) == ["并行办理：取消期间（原为“挂账中”）"]
    assert told("  meanwhile: stop_clock\n", "  meanwhile: nothing\n", text) == [
        "并行办理：取消期间对原件（原为“停表”）"
    ]
    assert told("    resumed: {}\n", "    resumed: {resume: true}\n", text) == [
        "并行办理：结果由“resumed：不变；refused：不变”改为“resumed：恢复；refused：不变”"
    ]
    text = text_of("extension")
    assert told("granted: {extend: form.granted_days}", "granted: {void: true}", text) == [
        "并行办理：结果由“granted：延长（批准几个工作日）；refused：不变”改为“granted：作废；refused：不变”"
    ]


def test_in_english() -> None:
    assert told("clock: 5 working days", "clock: 3 working days", language="en") == [
        "Step Decision on a disagreement: clock from 5 working days to 3 working days"
    ]
    assert told("    promise: true\n", "", language="en") == [
        "case clock First substantial answer: no longer promised to the reporter"
    ]
    assert told("  suspend: suspension\n", "  suspend: false\n", language="en") == ["suspend: from suspension to off"]


def test_every_setting_has_words() -> None:
    known = {*LABELS, *FLAGS, "version", "procedure", "side", "actions"}
    for part in (Definition, Step, Action, Start, Public, Beside, FormField):
        assert set(part.model_fields) - known == set(), part
