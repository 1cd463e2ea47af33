"""The geometry of a chart: boxes in a grid, lines in the channels between them, labels in room kept for them.

Vertical lines run only in the channels between columns, each on a track of its own; horizontal ones at a port of a box or in the gaps
between rows. A label stands beside the box that its line leaves, above the line. So boxes and labels never overlap, and no line runs
through a box.
"""

import dataclasses
from collections.abc import Mapping, Sequence

from linli.procedures.grammar.placing import COLUMNS, Cell
from linli.procedures.grammar.textwidth import width, wrap_well

BOX, NARROWEST = 176.0, 62.0  # width of a box, least height
LABEL, LABEL_SIZE, LABEL_LINE = 140.0, 14.0, 17.0  # widest label, its type size, its line height
TRACK, GAP, PAD = 12.0, 30.0, 14.0  # between lines, between rows, around a channel
MARGIN = 104.0  # the column of numbers at the left
LEAST = 960.0  # a small chart is not blown up to the width of the page
ENTRY = 16.0  # height kept for a line that arrives


@dataclasses.dataclass(slots=True)
class Link:
    """A line of the chart before it is drawn: all ways from one step to another, with their words."""

    source: str
    target: str
    label: str
    ends: bool = False  # leads to an end: never drawn as a way back
    back: bool = False
    # how it runs: 'down', or channels (and perhaps a gap between rows) that it goes through
    down: bool = False
    channels: tuple[int, ...] = ()
    gap: int | None = None
    exit_side: str = ""
    entry_side: str = ""
    lines: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    w: float
    h: float


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """A line with its corners, and its label's room and lines (None if it has none)."""

    source: str
    target: str
    back: bool
    points: list[tuple[float, float]]
    label: Rect | None
    lines: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """A chart in user units: boxes by step, lines, rows as (top, bottom), and the size of it all."""

    boxes: dict[str, Rect]
    drawn: list[Drawn]
    rows: list[tuple[float, float]]
    width: float
    height: float


def arrange(cells: Mapping[str, Cell], links: Sequence[Link], heights: Mapping[str, float]) -> Layout:
    """Lay out boxes of at least the given heights in their cells and lead the links between them."""
    return _Arranger(cells, list(links), heights).run()


class _Arranger:
    def __init__(self, cells: Mapping[str, Cell], links: list[Link], heights: Mapping[str, float]) -> None:
        self.cells, self.links, self.heights = cells, links, heights
        self.taken = {(cell.row, cell.column) for cell in cells.values()}
        self.rows = max(cell.row for cell in cells.values()) + 1
        self.last = max(cell.column for cell in cells.values())

    def run(self) -> Layout:
        below: set[str] = set()
        above: set[str] = set()
        for link in self.links:
            self._route(link, below, above)
            link.lines = wrap_well(link.label, LABEL_SIZE, LABEL + BOX / 2 - 24 if link.down else LABEL)
        self._vertical()
        self._horizontal()
        return Layout(self.boxes, [self._draw(link) for link in self.links], self.row_spans, self.width, self.height)

    # which way each link goes

    def _route(self, link: Link, below: set[str], above: set[str]) -> None:
        at, to = self.cells[link.source], self.cells[link.target]
        upward = to.row < at.row or (to.row == at.row and to.column < at.column)
        link.back = (upward or link.source == link.target) and not link.ends
        if at.column == to.column:
            clear = all((row, at.column) not in self.taken for row in range(at.row + 1, to.row))
            if to.row > at.row and clear and link.source not in below and link.target not in above:
                link.down = True
                below.add(link.source)
                above.add(link.target)
                return
            side = "left" if to.row <= at.row else "right"
            link.exit_side = link.entry_side = side
            link.channels = (at.column if side == "left" else at.column + 1,)
            return
        right = to.column > at.column
        link.exit_side, link.entry_side = ("right", "left") if right else ("left", "right")
        first, last = (at.column + 1, to.column) if right else (at.column, to.column + 1)
        between = range(min(at.column, to.column) + 1, max(at.column, to.column))
        if not any((to.row, column) in self.taken for column in between):
            link.channels = (first,)
        elif not any((at.row, column) in self.taken for column in between):
            link.channels = (last,)
        else:
            link.channels = (first, last)
            link.gap = to.row - 1 if to.row > at.row else to.row

    # heights of boxes, rows and gaps; the ports of every link

    def _vertical(self) -> None:
        slots: dict[tuple[str, str], list[tuple[float, Link, bool]]] = {}
        for link in self.links:
            if not link.down:
                room = len(link.lines) * LABEL_LINE + 18
                slots.setdefault((link.source, link.exit_side), []).append((room, link, True))
                slots.setdefault((link.target, link.entry_side), []).append((ENTRY, link, False))
        tall = {key: max(self.heights[key], NARROWEST) for key in self.cells}
        for (key, _side), found in slots.items():
            tall[key] = max(tall[key], sum(room for room, _link, _out in found) + 8)
        row_height = [max(tall[key] for key, cell in self.cells.items() if cell.row == row) for row in range(self.rows)]
        self.gap_label = [0.0] * self.rows
        self.gap_lines: list[list[Link]] = [[] for _ in range(self.rows)]
        for link in self.links:
            if link.down:
                row = self.cells[link.source].row
                self.gap_label[row] = max(self.gap_label[row], len(link.lines) * LABEL_LINE + 10)
            if link.gap is not None:
                self.gap_lines[link.gap].append(link)
        self.tops: list[float] = []
        y = 18.0
        for row in range(self.rows):
            self.tops.append(y)
            y += row_height[row] + self.gap_label[row] + TRACK * len(self.gap_lines[row]) + GAP
        self.height = y - GAP + 18
        self.row_spans = [(self.tops[row], self.tops[row] + row_height[row]) for row in range(self.rows)]
        self.box_y = {
            key: (self.tops[cell.row] + (row_height[cell.row] - tall[key]) / 2, tall[key])
            for key, cell in self.cells.items()
        }
        self._ports(slots)

    def _ports(self, slots: dict[tuple[str, str], list[tuple[float, Link, bool]]]) -> None:
        self.exit_y: dict[int, float] = {}
        self.entry_y: dict[int, float] = {}
        # what is taken beside a row in a channel: (from, to, link, leaves)
        used: dict[tuple[int, int], list[tuple[float, float, int, bool]]] = {}
        for (key, side), found in slots.items():
            cell = self.cells[key]
            taken = used.setdefault((cell.row, cell.column if side == "left" else cell.column + 1), [])
            top, tall = self.box_y[key]
            y = top + (tall - sum(room for room, _link, _out in found)) / 2
            for room, link, out in sorted(found, key=lambda slot: self._order(slot[1], slot[2])):
                # boxes that face each other across a channel never use the same height: each side has its own eighths
                port = _level(y + room - 2 if out else y + room - 4, 0 if side == "left" else 4)
                taken.append((port - (len(link.lines) * LABEL_LINE + 3 if out else 0), port, id(link), out))
                (self.exit_y if out else self.entry_y)[id(link)] = port
                y += room
        self._straighten(used)

    def _straighten(self, used: dict[tuple[int, int], list[tuple[float, float, int, bool]]]) -> None:
        """Lead a line that would make a small step straight on, where nothing else is in the way."""
        for link in self.links:
            at, to = self.cells[link.source], self.cells[link.target]
            if link.down or at.row != to.row or len(link.channels) != 1 or link.source == link.target:
                continue
            out, into = self.exit_y[id(link)], self.entry_y[id(link)]
            top, tall = self.box_y[link.target]
            beside = {at.column, at.column + 1, to.column, to.column + 1}
            others = [one for channel in beside for one in used.get((to.row, channel), []) if one[2] != id(link)]
            clear = all(out < low - 7 or out > high + 7 for low, high, _link, _out in others)
            if abs(out - into) <= 24 and top + 8 < out < top + tall - 8 and clear:
                self.entry_y[id(link)] = out
                place = (to.row, to.column if link.entry_side == "left" else to.column + 1)
                used[place] = [one for one in used[place] if one[2:] != (id(link), False)] + [
                    (out, out, id(link), False)
                ]

    def _order(self, link: Link, out: bool) -> tuple[int, int]:
        other = self.cells[link.target if out else link.source]
        return other.row, other.column if out else -other.column

    # widths of channels; the tracks of every vertical part

    def _spans(self, link: Link) -> list[tuple[int, float, float]]:
        """Return (channel, from, to) for the vertical parts of a link."""
        start, stop = self.exit_y[id(link)], self.entry_y[id(link)]
        if link.gap is None:
            return [(link.channels[0], start, stop)]
        middle = self._gap_y(link)
        return [(link.channels[0], start, middle), (link.channels[1], middle, stop)]

    def _gap_y(self, link: Link) -> float:
        assert link.gap is not None
        place = self.gap_lines[link.gap].index(link)
        return self.row_spans[link.gap][1] + self.gap_label[link.gap] + GAP / 2 + TRACK * place

    def _horizontal(self) -> None:
        self.track: dict[tuple[int, int], int] = {}
        counts = [0] * (COLUMNS + 1)
        for channel in range(COLUMNS + 1):
            spans = sorted(
                (
                    (min(a, b), max(a, b), nth, link)
                    for link in self.links
                    if not link.down
                    for nth, (one, a, b) in enumerate(self._spans(link))
                    if one == channel
                ),
                key=lambda span: (span[1] - span[0], span[0], span[2]),
            )
            tracks: list[list[tuple[float, float]]] = []
            for low, high, nth, link in spans:
                number = next(
                    (n for n, held in enumerate(tracks) if all(high + 6 < a or low - 6 > b for a, b in held)),
                    len(tracks),
                )
                if number == len(tracks):
                    tracks.append([])
                tracks[number].append((low, high))
                self.track[(id(link), nth)] = number
            counts[channel] = len(tracks)
        self.track_x: list[float] = []
        self.column_x: list[float] = []
        x = MARGIN
        for channel in range(self.last + 2):
            x += self._label_room(channel - 1, "right") + (PAD if counts[channel] else 0)
            self.track_x.append(x)
            x += TRACK * max(0, counts[channel] - 1) + (PAD if counts[channel] else 0)
            x += self._label_room(channel, "left")
            if channel <= self.last:
                x += 10
                self.column_x.append(x)
                x += BOX + 10
        self.width = max(x, LEAST)
        self.boxes = {
            key: Rect(self.column_x[cell.column], *_around(self.box_y[key])) for key, cell in self.cells.items()
        }

    def _label_room(self, column: int, side: str) -> float:
        """Return the width kept beside a column for the labels of lines that leave its boxes there, or straight below."""
        room = 0.0
        for link in self.links:
            if self.cells[link.source].column == column:
                widest = max((width(line, LABEL_SIZE) for line in link.lines), default=0.0)
                if link.down and side == "right":
                    room = max(room, widest - BOX / 2 + 12)
                elif not link.down and link.exit_side == side:
                    room = max(room, widest + 10)
        return room

    # lines and labels

    def _draw(self, link: Link) -> Drawn:
        at, to = self.boxes[link.source], self.boxes[link.target]
        if link.down:
            x = at.x + BOX / 2
            points = [(x, at.y + at.h), (x, to.y)]
            label = _room(x + 8, at.y + at.h + 8, link.lines)
            return Drawn(link.source, link.target, link.back, points, label, link.lines)
        out, into = self.exit_y[id(link)], self.entry_y[id(link)]
        start = at.x + BOX if link.exit_side == "right" else at.x
        stop = to.x if link.entry_side == "left" else to.x + BOX
        points = [(start, out)]
        for nth, (channel, above, below) in enumerate(self._spans(link)):
            x = self.track_x[channel] + TRACK * self.track[(id(link), nth)]
            points += [(x, above), (x, below)]
        points.append((stop, into))
        widest = max((width(line, LABEL_SIZE) for line in link.lines), default=0.0)
        left = start + 6 if link.exit_side == "right" else start - 6 - widest
        label = _room(left, out - 3 - len(link.lines) * LABEL_LINE, link.lines)
        return Drawn(link.source, link.target, link.back, points, label, link.lines)


def _level(y: float, rest: int) -> float:
    """Return the height at or just above ``y`` that is ``rest`` more than a multiple of eight."""
    return (y - rest) // 8 * 8 + rest


def _around(span: tuple[float, float]) -> tuple[float, float, float]:
    return span[0], BOX, span[1]


def _room(x: float, y: float, lines: list[str]) -> Rect | None:
    if not lines:
        return None
    return Rect(x, y, max(width(line, LABEL_SIZE) for line in lines), len(lines) * LABEL_LINE)
