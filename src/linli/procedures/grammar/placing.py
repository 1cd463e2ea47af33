"""Where the steps of a chart stand: the main path straight down, branches to its right, ends in the last column."""

import dataclasses

from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.graph import Way, ways, ways_out

COLUMNS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """A place in the chart's grid, both counted from 0."""

    row: int
    column: int


def main_path(definition: Definition) -> list[str]:
    """Return the steps of the usual way from the first step to an end.

    It goes by main actions (else the first) and by the last branch. The end that is written first is the usual one: a branch
    that ends elsewhere is left for one that goes on, or that ends there.
    """
    usual_end = next((key for key, step in definition.steps.items() if step.kind == "end"), "")
    path = [definition.first]
    while (following := _following(definition, path, usual_end)) is not None:
        path.append(following)
    return path


def _following(definition: Definition, path: list[str], usual_end: str) -> str | None:
    onward = [way for way in _preferred(definition, path[-1]) if way.target not in path]
    if not onward:
        return None
    best = onward[0]
    for way in onward:
        same = (way.means, way.how) == (best.means, best.how)
        if same and (way.target == usual_end or definition.steps[way.target].kind != "end"):
            return way.target
    return best.target


def _preferred(definition: Definition, key: str) -> list[Way]:
    """Return the ways out of a step, the most usual first."""
    step = definition.steps[key]
    if step.kind == "end":
        return []

    def rank(way: Way) -> tuple[int, int]:
        action = step.actions.get(way.how) if way.means == "action" else None
        if way.means == "done" or way.how == "passed" or (way.means == "outcome" and way.how != "otherwise"):
            first = 0
        elif action is not None:
            # what asks for a reason is seldom the usual way
            first = 0 if action.main else 3 if action.reason else 1
        else:
            first = {"expiry": 2, "vote": 4, "outcome": 4}.get(way.means, 5)
        return first, -way.nth

    return sorted((way for way in ways_out(key, step) if way.target in definition.steps), key=rank)


def place(definition: Definition) -> dict[str, Cell]:
    """Return the cell of every step, no two the same: the main path in column 0, others beside or below their source."""
    main = main_path(definition)
    rows: list[list[str | None]] = [[key] + [None] * (COLUMNS - 1) for key in main]
    every = [way for way in ways(definition) if way.target in definition.steps]
    waiting = [(key, way.target) for key in main for way in every if way.source == key]
    placed = set(main)
    while waiting:
        source, key = waiting.pop(0)
        if key in placed:
            continue
        _put(rows, key, source, last=definition.steps[key].kind == "end")
        placed.add(key)
        waiting += [(key, way.target) for way in every if way.source == key]
    for key in definition.steps:
        if key not in placed:
            _put(rows, key, main[-1], last=True)
    used = [column for column in range(COLUMNS) if any(row[column] for row in rows)]
    rows = [[row[column] for column in used] for row in rows]
    return {
        key: Cell(number, column)
        for number, row in enumerate(rows)
        for column, key in enumerate(row)
        if key is not None
    }


def _put(rows: list[list[str | None]], key: str, source: str | None, *, last: bool) -> None:
    """Put a step into the row of its source, or into a row of its own below that one."""
    at = next((number for number, row in enumerate(rows) if source in row), len(rows) - 1)
    from_column = rows[at].index(source) if source is not None else 0
    column = COLUMNS - 1 if last else min(max(1, from_column + (from_column > 0)), COLUMNS - 1)
    columns = [column] if last else sorted({1, column, COLUMNS - 1}, key=lambda one: (one < column, one))
    for below in range(at, len(rows)):
        # a free cell in the source's row, or in a row that was opened below it for others
        if below > at and rows[below][0] is not None:
            break
        for one in columns:
            if rows[below][one] is None:
                rows[below][one] = key
                return
    else:
        below = len(rows)
    fresh: list[str | None] = [None] * COLUMNS
    fresh[column] = key
    rows.insert(below, fresh)
