"""Edits of a definition's text: exactly the place meant changes, comments stay, and any edit of any tree comes out as meant."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.procedures import editing
from linli.procedures.editing import REMOVE, CannotEdit, edited, moved, tree_of
from linli.procedures.grammar.load import parse

MATTER = (Path(__file__).parents[2] / "matters/procedures/matter.yaml").read_text("utf-8")
SMALL = """\
# 借用活动室
procedure: borrow   # 键
version: 1
name: {zh: 借用, en: Borrow}
steps:
  # 第一步
  ask:
    name: 审核
    holder: clerk of community
    actions:
      grant: {to: done, form: [people, 'note?']}
  # 最后
  done:
    kind: end
    outcome: ok
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("version",), 2, "version: 1", "version: 2"),
        (("name", "zh"), "借用活动室", "{zh: 借用, en", "{zh: 借用活动室, en"),
        (("name", "en"), REMOVE, "{zh: 借用, en: Borrow}", "{zh: 借用}"),
        (("name", "zh"), REMOVE, "{zh: 借用, en: Borrow}", "{en: Borrow}"),
        (("steps", "ask", "holder"), "yes", "holder: clerk of community", "holder: 'yes'"),
        (("steps", "ask", "clock"), "2 working days", "'note?']}\n", "'note?']}\n    clock: 2 working days\n"),
        (("steps", "ask", "actions", "grant", "form"), ["people"], "[people, 'note?']", "[people]"),
        (("steps", "ask", "actions", "grant", "reason"), True, "'note?']}", "'note?'], reason: true}"),
        (("steps", "ask", "holder"), REMOVE, "    holder: clerk of community\n", ""),
        (("steps", "ask", "name"), "审核：先看 #1", "name: 审核", "name: '审核：先看 #1'"),
        (
            ("fields", "people", "name"),
            "人数",
            "outcome: ok\n",
            "outcome: ok\nfields:\n  people: {name: 人数}\n",
        ),
    ],
)
def test_one_place_changes_and_nothing_else(path: tuple, value: Any, old: str, new: str) -> None:
    assert SMALL.count(old) == 1
    assert edited(SMALL, [(path, value)]) == (SMALL.replace(old, new), True)


def test_a_setting_that_is_as_wanted_leaves_the_text_alone() -> None:
    assert edited(MATTER, [(("name", "zh"), "居民诉求办理"), (("version",), 1)]) == (MATTER, True)
    assert edited(SMALL, [(("steps", "ask", "clock"), REMOVE)]) == (SMALL, True)


def test_steps_change_places_with_their_comments() -> None:
    text, kept = moved(SMALL, ("steps",), "done", -1)
    assert kept
    assert (
        text
        == SMALL[: SMALL.index("  # 第一步")]
        + SMALL[SMALL.index("  # 最后") :]
        + SMALL[SMALL.index("  # 第一步") : SMALL.index("  # 最后")]
    )
    assert moved(text, ("steps",), "done", 1) == (SMALL, True)
    assert moved(SMALL, ("steps",), "ask", -1) == (SMALL, True)


def test_a_step_is_added_behind_another_and_the_rest_stays() -> None:
    text, kept = editing.added(
        SMALL, ("steps",), "look", {"name": "查看", "actions": {"ok": {"to": "done"}}}, after="ask"
    )
    new = "    actions:\n      grant: {to: done, form: [people, 'note?']}\n"
    assert kept
    assert text == SMALL.replace(new, new + "  look:\n    name: 查看\n    actions:\n      ok: {to: done}\n")
    assert list(tree_of(text)["steps"]) == ["ask", "look", "done"]


def test_every_step_of_the_matter_can_be_moved_and_moved_back() -> None:
    for key in list(tree_of(MATTER)["steps"])[:-1]:
        down, kept = moved(MATTER, ("steps",), key, 1)
        assert kept, key
        up, kept = moved(down, ("steps",), key, -1)
        assert kept, key
        assert tree_of(up) == tree_of(MATTER)
        assert list(tree_of(up)["steps"]) == list(tree_of(MATTER)["steps"])


def test_the_last_entry_of_a_block_can_only_go_with_a_new_text() -> None:
    text, kept = edited("procedure: a\nsteps:\n  one:\n    kind: end # x\n", [(("steps", "one", "kind"), REMOVE)])
    assert (tree_of(text), kept) == ({"procedure": "a", "steps": {"one": {}}}, False)


def test_what_cannot_be_read_has_to_be_put_right_as_text() -> None:
    for broken in ("a: [", "- a", "", "a: &x 1\nb: *x"):
        with pytest.raises(CannotEdit):
            edited(broken, [(("a",), 1)])


WORDS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12),
    st.sampled_from(
        ["yes", "no", "on", "~", "null", "1", "2026-11-24", "- a", "a: b", "#x", "'", '"', "{", "true", "䶮𠅤"]
    ),
)
KEYS = st.sampled_from(["a", "b", "steps", "on", "y_1"])
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(-999, 999), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
TREES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def written(tree: dict, flow: bool | None, comment: bool) -> str:
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, default_flow_style=flow)
    return "# 说明\n" + text.replace("\n", "  # 注\n", 1) if comment and not flow and "|" not in text else text


@settings(max_examples=300, deadline=None)
@given(
    TREES,
    st.lists(KEYS, min_size=1, max_size=3),
    st.one_of(VALUES, st.just(REMOVE)),
    st.sampled_from([True, False, None]),
)
def test_any_edit_of_any_tree_reads_as_meant(tree: dict, path: list[str], value: Any, flow: bool | None) -> None:
    text = written(tree, flow, comment=False)
    before = parse(text).value
    wanted: Any = copy.deepcopy(before)
    part = wanted
    for key in path[:-1]:  # the oracle: plain assignment into nested dictionaries
        if not isinstance(part.get(key), dict):
            if isinstance(part.get(key), list):
                return
            part[key] = {}
        part = part[key]
    if value is REMOVE:
        part.pop(path[-1], None)
    else:
        part[path[-1]] = value
    text, _kept = edited(text, [(tuple(path), value)])
    assert parse(text).value == wanted


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_a_tree_written_anew_reads_the_same(tree: dict) -> None:
    assert parse(editing.dumped(tree)).value == tree
