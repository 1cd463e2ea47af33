"""How wide text is in the charts, and where it breaks: Chinese between any two characters, Latin between words."""

import re
import unicodedata

_NOT_FIRST = "，。、；：！？）》”’%"  # never at the start of a line
_NOT_LAST = "（《“‘"  # never at its end
# What lines cost, beside the squares of their parts left free: each, one that begins inside a run of words, or inside brackets.
LINE, TORN, BRACKETED = 1.0, 1.5, 0.1


def width(text: str, size: float) -> float:
    """Return the width of a line in user units: full-width characters take one em, others a little over half."""
    return sum(size if unicodedata.east_asian_width(sign) in "WFA" else size * 0.58 for sign in text)


def wrap(text: str, size: float, limit: float) -> list[str]:
    """Return the lines of a text none of which is wider than ``limit`` (but for a single character that is)."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if not line or width(line + piece, size) <= limit or piece[0] in _NOT_FIRST:
            line += piece if line else piece.lstrip()
        else:
            lines.append(line.rstrip())
            line = piece.lstrip()
        while width(line.rstrip(), size) > limit and len(line) > 1 and line[-1] not in _NOT_FIRST:
            cut = next(n for n in range(len(line), 0, -1) if n == 1 or width(line[:n], size) <= limit)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def wrap_well(text: str, size: float, limit: float) -> list[str]:
    """Return a text in about as many lines as ``wrap`` does, broken at punctuation and brackets where that can be, else about evenly.

    A number stays with the sign behind it (2 次). One line more is taken where fewer words are torn then.
    """
    # what may not stand apart: a sign that begins no line, and what a number counts
    units: list[str] = []
    for piece in _pieces(text.strip()):
        if units and (piece[0] in _NOT_FIRST or re.search(r"\d ?$", units[-1])):
            units[-1] += piece
        else:
            units.append(piece)
    # what the units up to each cost in the best lines, and where the last of these lines begins
    best: list[tuple[float, int] | None] = [(0.0, 0)]
    open_brackets = [0]
    for end, unit in enumerate(units, 1):
        open_brackets.append(open_brackets[-1] + unit.count("（") - unit.count("）"))
        best.append(None)
        for start in range(end - 1, -1, -1):
            free = 1 - width("".join(units[start:end]).strip(), size) / limit
            if free < 0:
                break
            before = best[start]
            if before is None:
                continue
            bad = 0.0 if start == 0 else TORN * (not _pauses(units[start - 1], units[start]))
            cost = before[0] + LINE + free * free + bad + BRACKETED * (open_brackets[start] > 0)
            least = best[end]
            if least is None or cost < least[0] - 1e-9:
                best[end] = cost, start
    if best[-1] is None:
        return wrap(text, size, limit)
    lines, end = [], len(units)
    while end:
        start = best[end][1]  # type: ignore[index]
        lines.append("".join(units[start:end]).strip())
        end = start
    return lines[::-1]


def _pauses(before: str, after: str) -> bool:
    """Whether one pauses between two pieces when reading."""
    return before.rstrip()[-1:] in _NOT_FIRST or before[-1] == " " or after[0] in _NOT_LAST


def _pieces(text: str) -> list[str]:
    """Split a text where a line may break."""
    pieces: list[str] = []
    for sign in text:
        if pieces and (sign == " " or pieces[-1][-1] in _NOT_LAST or (_latin(sign) and _latin(pieces[-1][-1]))):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _latin(sign: str) -> bool:
    return sign != " " and unicodedata.east_asian_width(sign) not in "WFA"
