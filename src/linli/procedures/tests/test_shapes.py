"""Forms of parts: posted as they were shown they change nothing; each change lands where it belongs."""

from pathlib import Path

import pytest

from linli.orgs.enums import ROLES
from linli.procedures.editing import edited, tree_of
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.load import read
from linli.procedures.shapes import Shape, edits_of, new_key, new_step, shape
from linli.procedures.shaping import Given

FOLDER = Path(__file__).parents[2] / "matters/procedures"
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
NAMES = {key: role.name for key, role in ROLES.items()}


def parts_of(tree: dict) -> list[str]:
    found = ["general", *(f"field:{key}" for key in tree.get("fields", {}))]
    for key, step in tree["steps"].items():
        found += [f"step:{key}", *(f"action:{key}.{action}" for action in step.get("actions", {}))]
    return found


def posted(found: Shape, **changed: str | None) -> Given:
    """What a browser sends for a form as it is shown, with some answers changed (None: not ticked)."""
    values = {}
    for question in found.questions:
        if question.type == "checkbox":
            if question.value:
                values[question.name] = "1"
        elif question.type == "checkboxes":
            values[question.name] = ",".join(question.value)
        else:
            values[question.name] = str(question.value)
    for name, value in changed.items():
        name = name.replace("__", ".")
        values.pop(name, None)
        if value is not None:
            values[name] = value
    return Given(values)


TREES = {name: tree_of(text) for name, text in TEXTS.items()}


def shape_of(name: str, part: str) -> Shape:
    found = shape(TREES[name], part, NAMES)
    assert found is not None, part
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_a_form_posted_as_shown_changes_nothing(name: str) -> None:
    tree = TREES[name]
    edits = {part: edits_of(tree, part, posted(shape_of(name, part)), NAMES) for part in parts_of(tree)}
    assert edited(TEXTS[name], [edit for some in edits.values() for edit in some]) == (TEXTS[name], True)


def change(part: str, name: str = "matter", **changed: str | None) -> dict:
    """Return the tree after a change of one form; comments must have stayed."""
    text = TEXTS[name]
    edits = edits_of(TREES[name], part, posted(shape_of(name, part), **changed), NAMES)
    new, kept = edited(text, edits)
    assert kept
    read(new)
    return tree_of(new)


def test_each_setting_lands_where_it_belongs() -> None:
    steps = change(
        "step:accept", name__zh="收下", holder__role="dispatcher", holder__place="of street", holder__up="1"
    )["steps"]
    assert steps["accept"]["name"] == {"zh": "收下", "en": "Acceptance"}
    assert steps["accept"]["holder"] == "dispatcher of street one level up"
    clock = change("step:check", clock__how="fixed", clock__amount="3", clock__unit="working_hours")["steps"]["check"][
        "clock"
    ]
    assert clock == "3 working hours"
    clock = change("step:rate", clock__expiry="dispute")["steps"]["rate"]["clock"]
    assert clock == {"for": "15 days", "supervise": False, "on_expiry": {"to": "dispute"}}
    after = {"clock__how": "after", "clock__field": "next_date", "clock__amount": "10", "clock__unit": "working_days"}
    clock = change("step:check", **after)["steps"]["check"]["clock"]
    assert clock == {"after": {"field": "next_date", "amount": "10 working days"}}
    assert "clock" not in change("step:check", clock__how="none")["steps"]["check"]
    dispute = change("step:dispute", not_by="starter,handle")["steps"]["dispute"]
    assert (dispute["not_by"], dispute["not_same_as"]) == (["starter", "handle"], "check")
    assert change("general", source="新规定")["source"] == "新规定"
    assert change("step:closed", archive=None)["steps"]["closed"].get("archive") is None


def test_actions_change_as_wanted() -> None:
    def action(key: str, **changed: str | None) -> dict:
        step, _dot, name = key.partition(".")
        return change(f"action:{key}", **changed)["steps"][step]["actions"][name]

    assert action("accept.accept", to__0="handle")["to"] == "handle"
    assert action("check.pass", to__0="dispute")["branch"][0]["to"] == "dispute"
    assert action("accept.ask", times="3")["limit"] == {"times": 3}
    assert action("accept.ask", times="", beyond="")["form"] == ["question"]
    assert "limit" not in action("accept.ask", times="")
    assert action("handle.transfer", beyond="dispute")["limit"]["beyond"]["to"] == "dispute"
    assert action("accept.accept", reason="1")["reason"] is True
    assert action("accept.accept", form__place="required")["form"] == ["category", "urgency", "place"]
    assert action("accept.accept", form__place="", form__result="optional")["form"] == [
        "category",
        "urgency",
        "result?",
    ]
    assert action("accept.accept", tell="reporter,holder")["tell"] == ["reporter", "holder"]
    assert "tell" not in action("accept.accept", tell="")
    assert action("accept.accept", who__1__role="grid_leader", who__1__place="of grid")["who"] == [
        "holder",
        "grid_leader of grid",
    ]
    assert action("handle.recall", who__1__role="")["who"] == ["supervisor of street"]
    assert (
        action("rate.rate", second__role="street_head", second__place="of street")["second"] == "street_head of street"
    )


def test_fields_change_as_wanted() -> None:
    def field(key: str, **changed: str | None) -> dict:
        return change(f"field:{key}", **changed)["fields"][key]

    assert field("result", max="500", required=None)["max"] == 500
    assert field("result", required=None)["required"] is False
    assert field("result", type="choice", options="a=好 / Good\nb=不好")["options"] == {
        "a": {"zh": "好", "en": "Good"},
        "b": "不好",
    }
    assert "options" not in field("satisfied", type="text", options="")
    assert field("result", hint__zh="写清做了什么")["hint"] == "写清做了什么"


@pytest.mark.parametrize(
    ("part", "name", "changed"),
    [
        ("general", "name.zh", {"name__zh": ""}),
        ("general", "name.zh", {"name__zh": "长" * 61}),
        ("general", "source", {"source": "\x07"}),
        ("step:accept", "clock.amount", {"clock__how": "fixed", "clock__amount": ""}),
        ("step:accept", "clock.amount", {"clock__amount": "两"}),
        ("step:accept", "clock.amount", {"clock__amount": "999999"}),
        ("step:accept", "clock.key", {"clock__key": "nothing"}),
        ("step:accept", "clock.field", {"clock__how": "after", "clock__field": "unit"}),
        ("step:accept", "clock.field", {"clock__how": "before", "clock__field": "nothing"}),
        ("step:accept", "holder.role", {"holder__role": "clerk of city; x"}),
        ("step:accept", "holder.role", {"holder__place": "of moon"}),
        ("step:closed", "outcome", {"outcome": ""}),
        ("action:accept.accept", "to.0", {"to__0": "nowhere"}),
        ("action:check.pass", "to.0", {"to__0": ""}),
        ("action:accept.ask", "times", {"times": "0"}),
        ("field:result", "type", {"type": "colour"}),
        ("field:result", "options", {"type": "choice", "options": ""}),
        ("field:result", "options", {"type": "choice", "options": "好"}),
        ("field:result", "max", {"max": "1.5"}),
    ],
)
def test_a_wrong_answer_is_named(part: str, name: str, changed: dict) -> None:
    tree = TREES["matter"]
    with pytest.raises(BadAnswers) as refused:
        edits_of(tree, part, posted(shape_of("matter", part), **changed), NAMES)
    assert list(refused.value.errors) == [name]


@pytest.mark.parametrize(
    "part", ["", "x", "step:", "step:none", "action:accept", "action:accept.none", "field:none", "general:x"]
)
def test_there_is_no_form_of_what_is_not_there(part: str) -> None:
    assert shape(tree_of(TEXTS["matter"]), part, NAMES) is None


@pytest.mark.parametrize(
    "odd",
    [
        "procedure: a\nsteps: 1\nfields: x\n",
        "procedure: a\nname: [1]\nsteps: {a: 1, b: {actions: [], clock: 5, holder: [x], kind: [y]}}\nfields: {f: 2}\n",
        "procedure: a\nsteps: {a: {actions: {x: 1, y: {branch: x, form: y, limit: 3, who: z, tell: 1, to: [1]}}, clock: {for: 1}}}\n",
        "procedure: a\nname: {zh: 1}\nsteps: {a: {kind: end, outcome: {}}}\nfields: {f: {type: [1], options: 3, max: x, hint: 4}}\n",
    ],
)
def test_odd_drafts_are_shown_without_a_crash(odd: str) -> None:
    tree = tree_of(odd)
    parts = ["general", *(f"field:{key}" for key in tree.get("fields", {}) if isinstance(tree.get("fields"), dict))]
    if isinstance(tree["steps"], dict):
        for key, step in tree["steps"].items():
            parts.append(f"step:{key}")
            if isinstance(step, dict) and isinstance(step.get("actions"), dict):
                parts += [f"action:{key}.{name}" for name in step["actions"]]
    for part in parts:
        assert shape(tree, part, NAMES) is not None, part


def test_a_new_step_leads_to_the_first_end() -> None:
    tree = TREES["matter"]
    assert new_step(tree, "step_1", "复核", "task")["actions"] == {
        "done": {"name": "办完了", "main": True, "to": "closed"}
    }
    assert new_step(tree, "step_1", "不办", "end") == {"kind": "end", "name": "不办", "outcome": "step_1"}
    assert new_key({"step_1", "step_2"}, "step") == "step_3"
