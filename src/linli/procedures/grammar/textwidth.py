"""How wide text is in the charts, and where it breaks: Chinese between any two characters, Latin between words."""

import unicodedata

_NOT_FIRST = "，。、；：！？）》”’%"  # never at the start of a line
_NOT_LAST = "（《“‘"  # never at its end


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
