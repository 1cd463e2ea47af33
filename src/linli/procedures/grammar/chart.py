"""The chart of a definition as SVG, drawn with the classes of the design (no inline style), and the same as rows of a table."""

import dataclasses
from collections.abc import Collection
from html import escape

from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.graph import Way, ways
from linli.procedures.grammar.layout import BOX, LABEL_LINE, LABEL_SIZE, Drawn, Layout, Link, Rect, arrange
from linli.procedures.grammar.placing import Cell, main_path, place
from linli.procedures.grammar.textwidth import wrap
from linli.procedures.grammar.words import (
    Names,
    action_words,
    clock_words,
    condition_words,
    english,
    field_words,
    step_holder_words,
    way_words,
)

NAME_SIZE, SMALL_SIZE, NAME_LINE, SMALL_LINE = 17.0, 14.0, 23.0, 19.0
INSIDE = BOX - 16
NUMBERS = "一二三四五六七八九十"
_STATES = {
    "done": ("做完了", "done"),
    "now": ("现在在这里", "now here"),
    "": ("还没到", "not yet"),
}


def numeral(number: int) -> str:
    """Return a number up to 99 as the chart writes it: 一, 十, 十一, 二十."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else NUMBERS[tens - 1] + "十"
    return head + (NUMBERS[ones - 1] if ones else "")


def chart_svg(
    definition: Definition,
    *,
    current: str | None = None,
    visited: Collection[str] = (),
    language: str = "zh",
    roles_names: Names | None = None,
    id: str = "proc",
) -> str:
    """Return the chart as one SVG element.

    ``current``: the step where a case is now; ``visited``: steps it has been at. ``id`` begins the element's ids, so that two charts can
    stand on one page. Colours and strokes come from chart.css.
    """
    return _Chart(definition, current, frozenset(visited) - {current}, language, roles_names or {}, id).svg()


def layout_of(definition: Definition, language: str = "zh", *, roles_names: Names | None = None) -> Layout:
    """Return the geometry of the chart (for tests and other drawings)."""
    return _Chart(definition, None, frozenset(), language, roles_names or {}, "proc").layout


class _Chart:
    def __init__(
        self,
        definition: Definition,
        current: str | None,
        visited: frozenset[str | None],
        language: str,
        names: Names,
        id: str,
    ) -> None:
        self.definition, self.visited = definition, visited & frozenset(definition.steps)
        self.current = current if current in definition.steps else None
        self.running = self.current is not None or bool(self.visited)
        self.language, self.names, self.id = language, names, id
        self.cells = place(definition)
        self.text = {key: self._box_text(key) for key in definition.steps}
        heights = {
            key: 22 + NAME_LINE * len(name) + SMALL_LINE * len(small) for key, (name, small) in self.text.items()
        }
        self.layout = arrange(self.cells, _links(definition, language), heights)

    def _box_text(self, key: str) -> tuple[list[str], list[str]]:
        step = self.definition.steps[key]
        mark = "✓ " if key in self.visited else ""
        small: list[str] = []
        clock = clock_words(step.clock, self.language, fields=self.definition.fields, short=True)
        for text in (
            step_holder_words(step, self.definition, self.names, self.language),
            clock,
            self._from_outside(key),
        ):
            small += wrap(text, SMALL_SIZE, INSIDE)[:3] if text else []
        return wrap(mark + self.definition.step_name(key, self.language), NAME_SIZE, INSIDE), small

    def _from_outside(self, key: str) -> str:
        """What leads to an end from anywhere."""
        en, beside = english(self.language), self.definition.beside
        if self.definition.side.get("withdraw") == key:
            return "withdrawn at any time" if en else "随时可以撤回"
        if beside and beside.ends_with_step == key:
            return "when the other case goes on or ends" if en else "原件离开那一环节时"
        if beside and beside.ends_with_parent == key:
            return "when the other case ends" if en else "原件结束时"
        return ""

    def state(self, key: str) -> str:
        return "now" if key == self.current else "done" if key in self.visited else ""

    def svg(self) -> str:
        layout = self.layout
        parts = [
            f'<svg class="c-svg" viewBox="0 0 {_n(layout.width)} {_n(layout.height)}" role="img" '
            f'aria-labelledby="{self.id}-t {self.id}-d">',
            f'<title id="{self.id}-t">{escape(self._title())}</title><desc id="{self.id}-d">{escape(self._desc())}</desc>',
            f"<defs>{self._marker('a', ' is-done')}{self._marker('b', '')}</defs>",
        ]
        if self.current in self.cells:
            top, bottom = layout.rows[self.cells[self.current].row]
            parts.append(
                f'<rect class="p-col" x="0" y="{_n(top - 12)}" width="{_n(layout.width)}" height="{_n(bottom - top + 24)}"/>'
            )
        parts += self._numbers()
        parts += [self._line(drawn) for drawn in layout.drawn]
        parts += [self._label(drawn) for drawn in layout.drawn if drawn.label]
        parts += [self._box(key) for key in self.definition.steps]
        return "".join(parts) + "</svg>"

    def _title(self) -> str:
        name = self.definition.name.in_(self.language)
        return f"Flow chart: {name}" if english(self.language) else f"{name}流程图"

    def _desc(self) -> str:
        path = [self.definition.step_name(key, self.language) for key in main_path(self.definition)]
        en = english(self.language)
        said = ("Usual way: " if en else "通常依次是：") + (", " if en else "、").join(path) + ("." if en else "。")
        if self.current in self.definition.steps:
            name = self.definition.step_name(self.current, self.language)
            said += f" Now at {name}." if en else f"现在在“{name}”。"
        return said

    def _marker(self, name: str, state: str) -> str:
        return (
            f'<marker id="{self.id}-{name}" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="8" markerHeight="8" '
            f'orient="auto"><path class="p-tip{state}" d="M0 .5L7 4L0 7.5Z"/></marker>'
        )

    def _numbers(self) -> list[str]:
        """The column at the left: numbers of the main path, and how far the case is."""
        parts: list[str] = []
        main = main_path(self.definition)
        numbered = {self.cells[key] for key in main}
        for key, cell in self.cells.items():
            if cell.column and key != self.current:
                continue
            top, bottom = self.layout.rows[cell.row]
            middle, state = (top + bottom) / 2, self.state(key)
            if cell.column == 0 and key in main:
                number = str(main.index(key) + 1) if english(self.language) else numeral(main.index(key) + 1)
                tone = " t-a" if state == "now" else "" if state == "done" or not self.running else " c-tick"
                parts.append(
                    f'<text class="c-mid b{tone}" x="40" y="{_n(middle + (2 if self.running else 10))}" font-size="26">{number}</text>'
                )
            if self.running and (state != "" or cell.column == 0):
                tone = "t-a" if state == "now" else "c-tick"
                word = _STATES[state][english(self.language)]
                drop = 26 if Cell(cell.row, 0) in numbered else 8
                hidden_by_now = (
                    state != "now" and self.current in self.cells and self.cells[self.current].row == cell.row
                )
                if not hidden_by_now:
                    parts.append(
                        f'<text class="c-mid {tone}" x="40" y="{_n(middle + drop)}" font-size="15">{word}</text>'
                    )
        return parts

    def _line(self, drawn: Drawn) -> str:
        been = self.visited | {self.current}
        done = not drawn.back and (not self.running or (drawn.source in self.visited and drawn.target in been))
        css = "p-back" if drawn.back else "p-way is-done" if done else "p-way"
        tip = "a" if done else "b"
        return f'<path class="{css}" marker-end="url(#{self.id}-{tip})" d="{_path(drawn.points, 16 if drawn.back else 8)}"/>'

    def _label(self, drawn: Drawn) -> str:
        room = drawn.label
        assert room is not None
        lines = "".join(
            f'<tspan x="{_n(room.x)}" y="{_n(room.y + LABEL_LINE * nth + 13)}">{escape(line)}</tspan>'
            for nth, line in enumerate(drawn.lines)
        )
        return f'<text class="t-2" font-size="{_n(LABEL_SIZE)}">{lines}</text>'

    def _box(self, key: str) -> str:
        rect, state, step = self.layout.boxes[key], self.state(key), self.definition.steps[key]
        name, small = self.text[key]
        middle = rect.x + rect.w / 2
        y = rect.y + (rect.h - NAME_LINE * len(name) - SMALL_LINE * len(small)) / 2
        # without a case nothing is still to come: every step is drawn as firmly as the next
        shown = state if self.running else "done"
        css = f' class="is-{shown}"' if shown else ""
        said = self.definition.step_name(key, self.language)
        aria = (
            f"{said}{', ' if english(self.language) else '，'}{_STATES['now'][english(self.language)]}"
            if state == "now"
            else said
        )
        parts = [f'<g{css} aria-label="{escape(aria)}"{_current(state)}>']
        parts.append(f'<rect class="p-box" {_rect(rect)} rx="{22 if step.kind == "end" else 4}"/>')
        if state == "now":
            halo = Rect(rect.x - 5, rect.y - 5, rect.w + 10, rect.h + 10)
            parts.append(f'<rect class="p-halo" {_rect(halo)} rx="8"/>')
        for line in name:
            y += NAME_LINE
            parts.append(
                f'<text class="c-mid b" x="{_n(middle)}" y="{_n(y - 6)}" font-size="{_n(NAME_SIZE)}">{escape(line)}</text>'
            )
        for line in small:
            y += SMALL_LINE
            parts.append(
                f'<text class="c-mid t-2" x="{_n(middle)}" y="{_n(y - 5)}" font-size="{_n(SMALL_SIZE)}">{escape(line)}</text>'
            )
        return "".join(parts) + "</g>"


def _current(state: str) -> str:
    return ' aria-current="step"' if state == "now" else ""


def _rect(rect: Rect) -> str:
    return f'x="{_n(rect.x)}" y="{_n(rect.y)}" width="{_n(rect.w)}" height="{_n(rect.h)}"'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _path(points: list[tuple[float, float]], radius: float) -> str:
    """A line through corners that are rounded as far as the parts beside them allow."""
    kept = [points[0]]
    kept += [point for point in points[1:] if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) > 0.01]
    parts = [f"M{_n(kept[0][0])} {_n(kept[0][1])}"]
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        r = min(radius, _far(before, corner) / 2, _far(corner, after) / 2)
        a, b = _towards(corner, before, r), _towards(corner, after, r)
        parts.append(f"L{_n(a[0])} {_n(a[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(b[0])} {_n(b[1])}")
    parts.append(f"L{_n(kept[-1][0])} {_n(kept[-1][1])}")
    return "".join(parts)


def _far(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(a: tuple[float, float], b: tuple[float, float], far: float) -> tuple[float, float]:
    whole = _far(a, b) or 1
    return a[0] + (b[0] - a[0]) * far / whole, a[1] + (b[1] - a[1]) * far / whole


def _links(definition: Definition, language: str) -> list[Link]:
    """All ways from one step to another become one line with their words."""
    found: dict[tuple[str, str], list[str]] = {}
    every = [way for way in ways(definition) if way.target in definition.steps]
    plain = {(way.source, way.how, way.target) for way in every if way.means == "action"}
    for way in every:
        # beyond its limit an action that leads to the same step needs no words of its own
        if way.means != "beyond" or (way.source, way.how, way.target) not in plain:
            label = _way_label(way, definition, language)
            found.setdefault((way.source, way.target), []).append(label)
    between = ", " if english(language) else "、"
    return [
        Link(source, target, between.join(dict.fromkeys(labels)), ends=definition.steps[target].kind == "end")
        for (source, target), labels in found.items()
    ]


def _way_label(way: Way, definition: Definition, language: str) -> str:
    label = way_words(way, definition, language)
    if way.means != "action" or way.when is None:
        return label
    when = condition_words(way.when, definition.fields, language)
    return f"{label} ({when})" if english(language) else f"{label}（{when}）"


@dataclasses.dataclass(frozen=True, slots=True)
class Onward:
    """One way on from a step, in words: what is done, under which condition, where it leads ('' if the case stays)."""

    label: str
    when: str
    target: str


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A step of the table beside the chart: the same as the picture, to be read. ``state``: 'done', 'now' or ''."""

    key: str
    number: str
    name: str
    kind: str
    holder: str
    clock: str
    asks: list[str]
    publishes: list[str]
    ways: list[Onward]
    state: str


def chart_rows(
    definition: Definition,
    *,
    current: str | None = None,
    visited: Collection[str] = (),
    language: str = "zh",
    roles_names: Names | None = None,
) -> list[Row]:
    """Return the steps in the order of the chart: the main path with its numbers, the others where they branch off."""
    cells, main, names = place(definition), main_path(definition), roles_names or {}
    ordered = sorted(definition.steps, key=lambda key: (cells[key].row, cells[key].column))
    return [_row(definition, key, main, current, visited, language, names) for key in ordered]


def _row(
    definition: Definition,
    key: str,
    main: list[str],
    current: str | None,
    visited: Collection[str],
    language: str,
    names: Names,
) -> Row:
    step, fields = definition.steps[key], definition.fields
    number = ""
    if key in main:
        number = str(main.index(key) + 1) if english(language) else numeral(main.index(key) + 1)
    asked = [name.rstrip("?") for name in step.form]
    shown = list(step.publish)
    onward: list[Onward] = []
    for action_key, action in step.actions.items():
        asked += [name for name, _optional in action.fields()]
        shown += action.publish
        if action.to is None and not action.branch:
            onward.append(Onward(action_words(action_key, action, language), "", ""))
    for way in ways(definition):
        if way.source == key and way.target in definition.steps:
            when = condition_words(way.when, fields, language) if way.when and way.means == "action" else ""
            onward.append(
                Onward(way_words(way, definition, language), when, definition.step_name(way.target, language))
            )
    return Row(
        key=key,
        number=number,
        name=definition.step_name(key, language),
        kind=step.kind,
        holder=step_holder_words(step, definition, names, language),
        clock=clock_words(step.clock, language, fields=fields),
        asks=[field_words(name, fields, language) for name in dict.fromkeys(asked)],
        publishes=[field_words(name, fields, language) for name in dict.fromkeys(shown)],
        ways=onward,
        state="now" if key == current else "done" if key in visited else "",
    )
