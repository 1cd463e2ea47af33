"""Answers from outside: every type, whatever is sent for it, either is kept as plain JSON or is refused with the field's name."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.procedures.answers import check_answers
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.load import read
from linli.procedures.grammar.parts import FIELD_TYPES
from linli.procedures.tests.engine import steps
from linli.testing import Town

pytestmark = pytest.mark.django_db

WORK = "work: {holder: clerk of community, actions: {done: {to: over}}}\nover: {kind: end, outcome: over}"


def definition(fields: str):
    return read(steps(WORK, head=f"start: [public]\nfields:\n{fields}"))[0]


def each_type():
    lines = []
    for kind in FIELD_TYPES:
        options = ", options: {a: 甲, b: 乙}" if kind in ("choice", "choices") else ""
        lines.append(f"  {kind}: {{name: {kind}, type: {kind}{options}}}")
    return definition("\n".join(lines))


EVERY = each_type()
EAST = "990101001001"


def answer(kind: str, value):
    return check_answers(EVERY, [(kind, False)], {kind: value}, {}, place=EAST)[kind]


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", "  䶮 𠅤 买买提江·吐尔逊  ", "䶮 𠅤 买买提江·吐尔逊"),
        ("text", "一\n二", "一 二"),
        ("long_text", "一\r\n二", "一\n二"),
        ("number", " 12 ", 12),
        ("count", 0, 0),
        ("score", "5", 5),
        ("money", "1,200.50", 120050),
        ("money", 120050, 120050),
        ("money", "0.01", 1),
        ("date", "2026-11-24", "2026-11-24"),
        ("datetime", "2026-11-24T09:30", "2026-11-24T09:30+08:00"),
        ("datetime", "2026-11-24T01:30Z", "2026-11-24T01:30+00:00"),
        ("yes_no", "是", True),
        ("yes_no", "0", False),
        ("choice", "a", "a"),
        ("choices", ["b", "a", "b"], ["b", "a"]),
        ("urgency", "2", 2),
        ("place", {"text": " 桂花园 ", "lon": "105.1"}, {"text": "桂花园", "lon": "105.1"}),
        ("person", "12", 12),
    ],
)
def test_what_is_kept(kind: str, value, kept) -> None:
    assert answer(kind, value) == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "x" * 201),
        ("text", "a\x00b"),
        ("text", "\ud800"),
        ("text", 5),
        ("text", "   "),
        ("long_text", "x" * 5001),
        ("number", "-1"),
        ("number", "1.5"),
        ("number", "1" * 13),
        ("number", "１２"),
        ("number", True),
        ("number", ["1"]),
        ("score", 6),
        ("score", 0),
        ("money", "1e5"),
        ("money", "1e999999"),
        ("money", "NaN"),
        ("money", "1.005"),
        ("money", "-1"),
        ("money", True),
        ("date", "0001-01-01"),
        ("date", "9999-12-31"),
        ("date", "2026-02-30"),
        ("datetime", "1800-01-01T00:00"),
        ("datetime", "soon"),
        ("yes_no", "perhaps"),
        ("choice", "c"),
        ("choice", ["a"]),
        ("choice", {"a": 1}),
        ("choices", ["a", "c"]),
        ("unit", "999999"),
        ("unit", "x"),
        ("units", list(range(31))),
        ("urgency", "5"),
        ("person", "1" * 19),
        ("person", "-1"),
        ("photos", ["../../etc/passwd"]),
        ("photos", ["0" * 36] * 10),
        ("place", {"text": "x", "extra": "y"}),
        ("place", {"text": 5}),
        ("place", ["x"]),
    ],
)
def test_what_is_refused_with_the_name_of_the_field(town: Town, kind: str, value) -> None:
    with pytest.raises(BadAnswers) as bad:
        answer(kind, value)
    assert list(bad.value.errors) == [kind]


likely = st.sampled_from(["1", "2026-11-24", "a", "1.50", "是"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30) | likely,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(FIELD_TYPES), value=anything)
def test_anything_at_all_is_kept_as_json_or_refused(town: Town, kind: str, value) -> None:
    try:
        kept = answer(kind, value)
    except (BadAnswers, KeyError):
        return
    text = json.dumps(kept, ensure_ascii=False)
    assert "\\u0000" not in text and not any(
        isinstance(part, float) for part in (kept if isinstance(kept, list) else [kept])
    )
    text.encode("utf-8")
    # what was kept is kept again the same way
    if kind not in ("money",):
        assert answer(kind, kept) == kept


def test_required_optional_unknown_and_conditional_questions() -> None:
    made = definition(
        """
  a: {name: a}
  b: {name: b, required: false}
  c: {name: c, when: {field: d, is: true}}
  d: {name: d, type: yes_no}
"""
    )
    asked = [("c", False), ("a", True), ("b", False), ("d", False)]
    assert check_answers(made, asked, {"d": "no", "c": "不该有"}, {}, place=EAST) == {"d": False}
    assert list(check_answers(made, asked, {"d": "yes", "c": "说明", "a": "x"}, {}, place=EAST)) == ["c", "a", "d"]
    with pytest.raises(BadAnswers) as bad:
        check_answers(made, asked, {"d": "yes", "e": "1"}, {}, place=EAST)
    assert set(bad.value.errors) == {"c", "e"}
    # a condition may look at what is known already
    with pytest.raises(BadAnswers) as bad:
        check_answers(made, [("c", False)], {}, {"d": True}, place=EAST)
    assert set(bad.value.errors) == {"c"}
