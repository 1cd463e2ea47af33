"""The forms of a definition's parts: general, a step, an action, a field. See ``shaping`` for what they are made of."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.procedures.editing import REMOVE, Edit
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.words import KINDS
from linli.procedures.shaping import (
    Given,
    Options,
    Question,
    Tree,
    clock_questions,
    clock_value,
    fields_of,
    holder_questions,
    holder_value,
    mapping,
    name_edits,
    name_of,
    name_questions,
    renamed,
    step_options,
    steps_of,
)

Names = Mapping[str, Any]
Path = tuple[str | int, ...]
MOST_WHO = 6
TOLD = ("reporter", "holder")


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """A part as a form. ``more``: what stands in the text besides and is not asked here."""

    part: str
    title: str
    path: Path
    questions: list[Question]
    more: list[str]


def shape(tree: Tree, part: str, names: Names) -> Shape | None:
    """Return a part as a form, or None if there is no such part."""
    kind, _colon, key = part.partition(":")
    if kind == "general" and not key:
        return Shape(part, _("总体"), (), _general(tree), [])
    if kind == "step" and key in steps_of(tree):
        step = mapping(steps_of(tree)[key])
        asked = {"name", "kind", "holder", "not_by", "clock", "actions", "outcome", "archive"}
        return Shape(part, name_of(step, key), ("steps", key), _step(tree, key, step, names), _more(step, asked))
    if kind == "action" and (found := _action_of(tree, key)) is not None:
        step_key, action_key, action = found
        title = f"{name_of(steps_of(tree)[step_key], step_key)} · {name_of(action, action_key)}"
        asked = {"name", "to", "branch", "reason", "confirm", "main", "limit", "form", "who", "second", "tell"}
        path = ("steps", step_key, "actions", action_key)
        return Shape(part, title, path, _action(tree, action, names), _more(action, asked))
    if kind == "field" and key in fields_of(tree):
        field = mapping(fields_of(tree)[key])
        asked = {"name", "hint", "type", "required", "public", "max", "min", "options"}
        return Shape(part, name_of(field, key), ("fields", key), _field(field), _more(field, asked))
    return None


def _action_of(tree: Tree, key: str) -> tuple[str, str, Tree] | None:
    step_key, _dot, action_key = key.partition(".")
    actions = mapping(mapping(steps_of(tree).get(step_key)).get("actions"))
    return (step_key, action_key, mapping(actions[action_key])) if action_key in actions else None


def _more(part: Tree, asked: set[str]) -> list[str]:
    return [key for key in part if key not in asked]


def edits_of(tree: Tree, part: str, given: Given, names: Names) -> list[Edit]:
    """Return the edits that a posted form of a part means; BadAnswers naming each question that was answered wrongly."""
    found = shape(tree, part, names)
    if found is None:
        raise BadAnswers({"": _("这一部分已经不在了，请刷新。")})
    kind = part.partition(":")[0]
    old: Any = tree
    for key in found.path:
        old = old[key]
    make = {"general": _general_edits, "step": _step_edits, "action": _action_edits, "field": _field_edits}[kind]
    return make(tree, found.path, mapping(old), given, names)


# --- general ---


def _general(tree: Tree) -> list[Question]:
    return [
        *name_questions(tree),
        Question(
            "source",
            _("依据"),
            "textarea",
            tree.get("source", ""),
            hint=_("法律、文件或者规则，写明哪一条。"),
            required=False,
        ),
    ]


def _general_edits(tree: Tree, path: Path, old: Tree, given: Given, names: Names) -> list[Edit]:
    source = given.text("source", 300)
    return [*renamed(old, name_edits(path, given)), (("source",), source or REMOVE)]


# --- steps ---


def _kept_out_options(tree: Tree, key: str | int) -> Options:
    """Who may be kept from acting at a step: whoever started the case, or decided at another step."""
    others = [(one, step) for one, step in steps_of(tree).items() if one != key and mapping(step).get("kind") != "end"]
    return [
        ("starter", _("发起人")),
        *((one, _("“%(step)s”的经办人") % {"step": name_of(step, one)}) for one, step in others),
    ]


def _step(tree: Tree, key: str, step: Tree, names: Names) -> list[Question]:
    kind = step.get("kind", "task")
    said = KINDS[kind][0] if isinstance(kind, str) and kind in KINDS else str(kind)
    name = name_questions(step)
    name[0] = dataclasses.replace(name[0], hint=_("类型：%(kind)s") % {"kind": said})
    if kind == "end":
        return [
            *name,
            Question(
                "outcome", _("结果的代号"), value=step.get("outcome", ""), hint=_("小写字母；统计和别的流程认它。")
            ),
            Question("archive", _("到这里就立卷归档"), "checkbox", step.get("archive") is True, required=False),
        ]
    held = holder_questions(tree, "holder", _("谁来办"), step.get("holder"), names, required=kind == "task")
    kept_out = Question(
        "not_by",
        _("不得由谁办理"),
        "checkboxes",
        _list(step, "not_by"),
        _kept_out_options(tree, key),
        hint=_("申请和批准、下一级和上一级，要由不同的人。"),
        required=False,
    )
    return [*name, *held, kept_out, *clock_questions(tree, step.get("clock"))]


def _step_edits(tree: Tree, path: Path, old: Tree, given: Given, names: Names) -> list[Edit]:
    edits = renamed(old, name_edits(path, given))
    if old.get("kind") == "end":
        outcome = given.text("outcome", 40)
        if not outcome:
            raise BadAnswers({"outcome": _("请写结果的代号。")})
        return [*edits, ((*path, "outcome"), outcome), ((*path, "archive"), given.ticked("archive") or REMOVE)]
    holder = holder_value(tree, "holder", given, names, old.get("holder"))
    ticked, before = given.get("not_by", "").split(","), _list(old, "not_by")
    kept_out = [key for key, _label in _kept_out_options(tree, path[-1]) if key in ticked]
    same = set(kept_out) == set(map(str, before))
    edits.append(((*path, "not_by"), (before if same else kept_out) or REMOVE))
    return [*edits, ((*path, "holder"), holder), ((*path, "clock"), clock_value(tree, given, old.get("clock")))]


# --- actions ---


def _targets(action: Tree) -> list[tuple[Path, Any]]:
    """Where an action leads: [(path inside the action, step)], one for each branch."""
    branch = action.get("branch")
    if isinstance(branch, list):
        return [(("branch", nth, "to"), mapping(one).get("to", "")) for nth, one in enumerate(branch)]
    if isinstance(branch, str):
        return [(("branch",), branch)]
    return [(("to",), action.get("to") or "")]


def _limit(action: Tree) -> tuple[Any, Tree]:
    limit = mapping(action.get("limit"))
    return limit.get("times"), mapping(limit.get("beyond"))


def _action(tree: Tree, action: Tree, names: Names) -> list[Question]:
    times, beyond = _limit(action)
    asked = {
        str(one).rstrip("?"): "optional" if str(one).endswith("?") else "required" for one in _list(action, "form")
    }
    found = name_questions(action)
    several = isinstance(action.get("branch"), list)
    for nth, (_path, to) in enumerate(_targets(action)):
        label = _("第 %(nth)d 个分支转到") % {"nth": nth + 1} if several else _("办完转到")
        hint = _("条件在文本里改。") if several else ""
        found.append(
            Question(f"to.{nth}", label, "select", to, step_options(tree, _("留在本环节")), hint, required=False)
        )
    for nth, one in enumerate(_who(action)):
        label = _("谁可以用") if nth == 0 else _("还有谁可以用")
        found += holder_questions(tree, f"who.{nth}", label, one, names, required=nth == 0)
    found += [
        Question("reason", _("要写理由"), "checkbox", action.get("reason") is True, required=False),
        Question("confirm", _("要再确认一次"), "checkbox", action.get("confirm") is True, required=False),
        Question("main", _("这一步的主要办法"), "checkbox", action.get("main") is True, required=False),
        Question(
            "times",
            _("一件最多用几次"),
            value=times if isinstance(times, int) else "",
            hint=_("空着就是不限。"),
            required=False,
            short=True,
        ),
        Question(
            "beyond",
            _("超过以后转到"),
            "select",
            beyond.get("to") or "",
            step_options(tree, _("不许再用")),
            required=False,
        ),
        *holder_questions(tree, "second", _("须由谁同意"), action.get("second"), names, required=False),
        Question(
            "tell",
            _("告诉谁"),
            "checkboxes",
            [one for one in _list(action, "tell") if one in TOLD],
            [("reporter", _("反映人")), ("holder", _("承办人"))],
            required=False,
        ),
    ]
    ways = [("", _("不问")), ("required", _("要填")), ("optional", _("可不填"))]
    found += [
        Question(f"form.{key}", name_of(field, key), "select", asked.get(key, ""), ways, required=False)
        for key, field in fields_of(tree).items()
    ]
    return found


def _who(action: Tree) -> list[Any]:
    """Those who may use an action, and a row for one more."""
    return [*(_list(action, "who") or ["holder"]), ""][:MOST_WHO]


def _list(part: Tree, key: str) -> list[Any]:
    value = part.get(key)
    return list(value) if isinstance(value, list) else []


def _action_edits(tree: Tree, path: Path, old: Tree, given: Given, names: Names) -> list[Edit]:
    edits = renamed(old, name_edits(path, given))
    for nth, (inside, _to) in enumerate(_targets(old)):
        edits.append(((*path, *inside), _step_key(tree, f"to.{nth}", given, empty=inside == ("to",))))
    edits += [((*path, key), given.ticked(key) or REMOVE) for key in ("reason", "confirm", "main")]
    edits += _limit_edits(tree, path, old, given)
    edits.append(((*path, "form"), _form(tree, old, given) or REMOVE))
    who = [holder_value(tree, f"who.{nth}", given, names, one) for nth, one in enumerate(_who(old))]
    said = [one for one in who if one is not REMOVE]
    usual = said in ([], ["holder"]) and "who" not in old
    edits.append(((*path, "who"), REMOVE if usual or not said else said))
    second = holder_value(tree, "second", given, names, old.get("second"))
    edits.append(((*path, "second"), second))
    if second is REMOVE and "second_when" in old:
        edits.append(((*path, "second_when"), REMOVE))
    told = [one for one in _list(old, "tell") if one not in TOLD]
    told = [one for one in TOLD if one in given.get("tell", "").split(",")] + told
    same = set(map(str, told)) == set(map(str, _list(old, "tell")))
    edits.append(((*path, "tell"), _list(old, "tell") if same and told else told or REMOVE))
    return edits


def _step_key(tree: Tree, name: str, given: Given, *, empty: bool) -> Any:
    key = given.get(name, "")
    if key in steps_of(tree):
        return key
    if key or not empty:
        raise BadAnswers({name: _("请选一个环节。")})
    return REMOVE


def _limit_edits(tree: Tree, path: Path, old: Tree, given: Given) -> list[Edit]:
    times, beyond = _limit(old)
    posted = given.number("times")
    if posted is None:
        # a limit that an answer decides is not shown as a number: it stays as it is written
        return [] if isinstance(times, str) else [((*path, "limit"), REMOVE)]
    if posted < 1:
        raise BadAnswers({"times": _("次数至少是 1。")})
    to = _step_key(tree, "beyond", given, empty=True)
    edits: list[Edit] = [((*path, "limit", "times"), posted)]
    if to is not REMOVE:
        edits.append(((*path, "limit", "beyond", "to"), to))
    elif beyond.get("to"):
        edits.append(((*path, "limit", "beyond"), REMOVE))
    return edits


def _form(tree: Tree, old: Tree, given: Given) -> list[str]:
    """The fields that an action asks: in the order as before, new ones behind."""
    ways = {key: given.get(f"form.{key}", "") for key in fields_of(tree)}
    before = [str(one).rstrip("?") for one in _list(old, "form")]
    unknown = [str(one) for one in _list(old, "form") if str(one).rstrip("?") not in ways]
    ordered = [key for key in dict.fromkeys([*before, *ways]) if ways.get(key)]
    return [key + ("?" if ways[key] == "optional" else "") for key in ordered] + unknown


# --- fields ---


def type_words() -> Options:
    """Return the types of fields with their names."""
    return [
        ("text", _("一行字")),
        ("long_text", _("一段话")),
        ("yes_no", _("是否")),
        ("choice", _("单选")),
        ("choices", _("多选")),
        ("date", _("日期")),
        ("datetime", _("日期和时间")),
        ("count", _("个数")),
        ("number", _("数字")),
        ("money", _("金额（分）")),
        ("score", _("评分")),
        ("photos", _("照片")),
        ("files", _("文件")),
        ("unit", _("一个单位")),
        ("units", _("几个单位")),
        ("person", _("一个人")),
        ("place", _("地点")),
        ("case", _("另一个办件")),
        ("category", _("类别")),
        ("urgency", _("紧急程度")),
        ("signature", _("签名")),
    ]


def _field(field: Tree) -> list[Question]:
    options = mapping(field.get("options"))
    lines = "\n".join(f"{key}={_plain_name(name)}" for key, name in options.items())
    return [
        *name_questions(field),
        *name_questions(field, key="hint"),
        Question("type", _("填法"), "select", field.get("type", "text"), type_words()),
        Question(
            "options",
            _("选项"),
            "textarea",
            lines,
            hint=_("单选、多选才写：每行一个，写成 代号=名称。"),
            required=False,
        ),
        Question("required", _("必填"), "checkbox", field.get("required") is not False, required=False),
        Question("public", _("随记录公开"), "checkbox", field.get("public") is True, required=False),
        Question("min", _("最小"), value=_number(field.get("min")), required=False, short=True),
        Question("max", _("最大（文字：最多几个字）"), value=_number(field.get("max")), required=False, short=True),
    ]


def _plain_name(name: Any) -> str:
    if isinstance(name, dict):
        return " / ".join(str(name[key]) for key in ("zh", "en") if name.get(key))
    return str(name)


def _number(value: Any) -> Any:
    return value if isinstance(value, int) else ""


def _field_edits(tree: Tree, path: Path, old: Tree, given: Given, names: Names) -> list[Edit]:
    kind = given.get("type", "")
    if kind not in dict(type_words()):
        raise BadAnswers({"type": _("请选填法。")})
    edits = renamed(old, [*name_edits(path, given), *name_edits(path, given, key="hint")])
    options = _posted_options(given) if kind in ("choice", "choices") else {}
    if kind in ("choice", "choices") and not options:
        raise BadAnswers({"options": _("单选、多选要写选项。")})
    same = {key: _plain_name(name) for key, name in mapping(old.get("options")).items()} == {
        key: _plain_name(name) for key, name in options.items()
    }
    edits.append(((*path, "type"), REMOVE if kind == "text" and "type" not in old else kind))
    edits.append(((*path, "options"), old["options"] if same and options else options or REMOVE))
    edits.append(
        (
            (*path, "required"),
            REMOVE if given.ticked("required") and old.get("required") is not True else given.ticked("required"),
        )
    )
    edits.append(((*path, "public"), given.ticked("public") or REMOVE))
    for key in ("min", "max"):
        number = given.number(key)
        edits.append(((*path, key), REMOVE if number is None else number))
    return edits


def _posted_options(given: Given) -> dict[str, Any]:
    """Read 'key=中文 / English' line by line."""
    found: dict[str, Any] = {}
    lines = [line.strip() for line in given.get("options", "").replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) > 60:
        raise BadAnswers({"options": _("最多 60 个选项。")})
    for line in lines:
        key, equals, name = line.partition("=")
        zh, _slash, en = name.partition("/")
        if not equals or not key.strip() or not zh.strip() or key.strip() in found or len(line) > 200:
            raise BadAnswers({"options": _("看不懂这一行：%(line)s") % {"line": line[:60]}})
        found[key.strip()] = {"zh": zh.strip(), "en": en.strip()} if en.strip() else zh.strip()
    return found


# --- what can be added ---


def new_key(taken: Any, stem: str) -> str:
    """Return a key that is not taken: step_1, step_2 …"""
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def new_step(tree: Tree, key: str, name: str, kind: str) -> Tree:
    """Return a step to begin with: an end, or a task that leads to the first end."""
    if kind == "end":
        return {"kind": "end", "name": name, "outcome": key}
    end = next((one for one, step in steps_of(tree).items() if mapping(step).get("kind") == "end"), "")
    done: Tree = {"name": _("办完了"), "main": True} | ({"to": end} if end else {})
    return {"name": name, "holder": "clerk of community", "clock": "3 working days", "actions": {"done": done}}
