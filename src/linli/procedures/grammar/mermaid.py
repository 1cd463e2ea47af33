"""A definition as a Mermaid flow chart, for documents and wikis that draw such text."""

from linli.procedures.grammar.conditions import Condition
from linli.procedures.grammar.definition import Definition, Step
from linli.procedures.grammar.graph import ways
from linli.procedures.grammar.words import (
    Names,
    action_words,
    clock_words,
    condition_words,
    step_holder_words,
    way_words,
)

_SHAPES = {
    "task": ('["', '"]'),
    "joint": ('[["', '"]]'),
    "notice": ('[/"', '"/]'),
    "vote": ('{{"', '"}}'),
    "collect": ('[("', '")]'),
    "call": ('[["', '"]]'),
    "end": ('(["', '"])'),
}


def mermaid(definition: Definition, language: str = "zh", *, roles_names: Names | None = None) -> str:
    """Return the text of a Mermaid flow chart; what happens by itself is dotted. Lines end in a newline."""
    lines = ["flowchart TD"]
    for key, step in definition.steps.items():
        left, right = _SHAPES[step.kind]
        lines.append(f"  {_id(key)}{left}{_box(definition, key, step, language, roles_names or {})}{right}")
    said: dict[tuple[str, str, bool], list[str]] = {}
    for way in ways(definition):
        if way.target in definition.steps:
            label = way_words(way, definition, language)
            if way.means == "action" and way.when is not None:
                label += f" [{_when(way.when, definition, language)}]"
            said.setdefault((way.source, way.target, way.automatic), []).append(label)
    for (source, target, automatic), labels in said.items():
        arrow = "-.->" if automatic else "-->"
        lines.append(f'  {_id(source)} {arrow}|"{_safe(" / ".join(dict.fromkeys(labels)))}"| {_id(target)}')
    withdraw = definition.side.get("withdraw")
    if isinstance(withdraw, str) and withdraw in definition.steps:
        lines.append(f'  {_id(definition.first)} -.->|"{action_words("withdraw", None, language)}"| {_id(withdraw)}')
    return "\n".join(lines) + "\n"


def _box(definition: Definition, key: str, step: Step, language: str, names: Names) -> str:
    parts = [
        definition.step_name(key, language),
        step_holder_words(step, definition, names, language),
        clock_words(step.clock, language, fields=definition.fields),
    ]
    return "<br/>".join(_safe(part) for part in parts if part)


def _when(condition: Condition, definition: Definition, language: str) -> str:
    return condition_words(condition, definition.fields, language)


def _id(key: str) -> str:
    # 'end' and 'default' are words of the language
    return f"s_{key}"


def _safe(text: str) -> str:
    """Write the characters that Mermaid or HTML would read as its own as numbered entities."""
    return "".join(f"#{ord(sign)};" if sign in '"#&<>`\\|{}[]()' else " " if sign in "\r\n" else sign for sign in text)
