"""Masking of what could identify a person in text that becomes public: numbers, plates, dwellings, names.

Rules only, no learned model: what is masked can be explained and tested, and a person checks the result before it is
published. Where a rule cannot be sure, it masks what follows a cue (我叫, 电话, 业主 …) and leaves ordinary text.

Everything is matched on a shadow of the text that has the same length, in which full-width and other written forms of
digits, letters and separators are plain ones. No pattern repeats without bound, so the work grows with the length of
the text and not faster.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from linli.matters.masking_accounts import accounts, plates
from linli.matters.masking_bare import bare_names
from linli.matters.masking_dotted import dotted_names
from linli.matters.masking_dwellings import dwellings
from linli.matters.masking_houses import houses
from linli.matters.masking_names import cued_names, every_name
from linli.matters.masking_numbers import numbers, written_numbers

STARS = "***"
# Masking can uncover something new: a name whose end was not to be seen before the number behind it went. Each round
# masks what the one before uncovered. Two rounds settle what people write; the limit keeps the work linear.
MAX_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Span:
    """One masked place: ``start`` and ``end`` in the original text, ``kind``, and what stands there now.

    Kinds: phone, identity, bank_card, social, email, plate, dwelling, name.
    """

    start: int
    end: int
    kind: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Masked:
    """``text`` after masking, and ``spans`` in the order in which they stand in the original; they never overlap."""

    text: str
    spans: tuple[Span, ...]


def mask(text: str, *, known_names: Iterable[str] = (), keep: Iterable[str] = ()) -> Masked:
    """Return ``text`` without phones, identity and card numbers, accounts, e-mail, plates, dwellings and names.

    ``known_names`` are masked wherever they stand (the reporter, people of the matter). Nothing inside an occurrence of
    a string in ``keep`` is masked (the office's phone, the compound's name); a number in it also counts when it is
    written with other separators. Masking a masked text changes nothing.
    """
    known = {name for name in map(_shadow, known_names) if len(name) > 1 and not set(name) & {"*", "某"}}
    kept = {word for word in map(_shadow, keep) if word}
    spans: list[Span] = []
    # where each sign of the text as it is now began and ended in the original
    begins, stops = list(range(len(text))), list(range(1, len(text) + 1))
    shadow = _shadow(text)
    for _round in range(MAX_ROUNDS):
        hits = _hits(shadow, known, kept)
        if not hits:
            break
        new_begins: list[int] = []
        new_stops: list[int] = []
        last = 0
        for start, end, kind, replacement in hits:
            span = Span(begins[start], stops[end - 1], kind, replacement)
            spans.append(span)
            new_begins += begins[last:start] + [span.start] * len(replacement)
            new_stops += stops[last:start] + [span.end] * len(replacement)
            last = end
        begins, stops = new_begins + begins[last:], new_stops + stops[last:]
        text, shadow = _replaced(text, hits), _replaced(shadow, hits)
    return Masked(text, tuple(sorted(spans, key=lambda span: span.start)))


_Hit = tuple[int, int, str, str]  # start, end, kind, replacement


def _replaced(text: str, hits: list[_Hit]) -> str:
    pieces: list[str] = []
    last = 0
    for start, end, _kind, replacement in hits:
        pieces += [text[last:start], replacement]
        last = end
    return "".join([*pieces, text[last:]])


def _hits(shadow: str, known: set[str], kept: set[str]) -> list[_Hit]:
    """What is to be masked in the text of this shadow, in order; finds that overlap have become one."""
    found = [
        (start, end, kind, STARS)
        for find in (numbers, written_numbers, accounts, plates, dwellings, houses)
        for start, end, kind in find(shadow)
    ]
    names = set(known)
    for find_names in (cued_names, bare_names, dotted_names):
        names.update(shadow[start:end] for start, end in find_names(shadow))
    if names:
        found += [(start, end, "name", replacement) for start, end, replacement in every_name(shadow, names)]
    if kept:
        found = _not_kept(shadow, found, kept)

    hits: list[_Hit] = []
    for hit in sorted(found, key=lambda hit: (hit[0], -hit[1], hit[2])):
        start, end = hit[:2]
        if not hits or start >= hits[-1][1]:
            hits.append(hit)
        elif end > hits[-1][1]:
            hits[-1] = (hits[-1][0], end, hits[-1][2], STARS)
    return hits


def _not_kept(shadow: str, found: list[_Hit], kept: set[str]) -> list[_Hit]:
    """What was found without that which lies inside a kept string or is a kept number."""
    shielded = _shielded(shadow, kept)
    kept_numbers = {digits for word in kept if len(digits := _digits(word)) > 4}
    return [hit for hit in found if shielded[hit[0]] < hit[1] and _digits(shadow[hit[0] : hit[1]]) not in kept_numbers]


def _shielded(shadow: str, kept: set[str]) -> list[int]:
    """For each place the farthest end of a kept string that covers it, or 0."""
    ends = [0] * (len(shadow) + 1)
    for word in kept:
        at = shadow.find(word)
        while at >= 0:
            ends[at] = max(ends[at], at + len(word))
            at = shadow.find(word, at + 1)
    for i in range(1, len(ends)):
        if ends[i - 1] > i:
            ends[i] = max(ends[i], ends[i - 1])
    return ends


# --- the shadow -------------------------------------------------------------------------------------------


class _Plain(dict[int, str]):
    """Code point → its plain form, one character for one; remembers those of the basic plane that it was asked for."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        folded = unicodedata.normalize("NFKC", sign)
        plain = folded if len(folded) == 1 else sign
        if (digit := unicodedata.digit(plain, None)) is not None:
            plain = str(digit)
        elif plain in "‐‑‒–—―−～~":
            plain = "-"
        elif plain in "•‧・∙⋅●":
            plain = "·"
        elif unicodedata.category(plain) in ("Zs", "Cf"):
            plain = " "
        if code < 0x10000:
            self[code] = plain
        return plain


_PLAIN = _Plain()


def _shadow(text: str) -> str:
    return text.translate(_PLAIN)


def _digits(text: str) -> str:
    return "".join(ch for ch in text if "0" <= ch <= "9")
