"""Marked sentences for masking: ``masking/used.txt`` and ``masking/held_out.txt`` read, masked and counted.

A line is a sentence; what must go stands as ``{kind:…}``, the kind by its first letter. A mark is missed when one of its
letters or digits is still there, and a masked place is false when it covers one that was not marked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from linli.matters.masking import mask

KINDS = {
    "n": "name",
    "p": "phone",
    "i": "identity",
    "b": "bank_card",
    "s": "social",
    "e": "email",
    "v": "plate",
    "d": "dwelling",
}
_MARK = re.compile(r"\{([a-z]):([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as somebody wrote it, and (start, end, kind) of what must go."""

    text: str
    marks: tuple[tuple[int, int, str], ...]


@dataclass(slots=True)
class Figures:
    """What masking did to a set: by kind the marks, those missed and the false places; sentences that should not change."""

    marked: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    clean_changed: int = 0
    lines: list[str] = field(default_factory=list)  # what went wrong, for eyes


def read(name: str) -> Iterator[Sentence]:
    """The sentences of ``masking/<name>.txt``."""
    path = Path(__file__).parent / "masking" / f"{name}.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, marks, last = "", [], 0
        for mark in _MARK.finditer(line):
            text += line[last : mark.start()]
            marks.append((len(text), len(text) + len(mark[2]), KINDS[mark[1]]))
            text += mark[2]
            last = mark.end()
        yield Sentence(text + line[last:], tuple(marks))


def count(sentences: Iterator[Sentence]) -> Figures:
    """Mask every sentence and count."""
    figures = Figures()
    for sentence in sentences:
        masked = mask(sentence.text)
        gone = {i for span in masked.spans for i in range(span.start, span.end)}
        said = {i for i, sign in enumerate(sentence.text) if sign.isalnum()}
        wanted = {i for start, end, _kind in sentence.marks for i in range(start, end)}
        missed = [kind for start, end, kind in sentence.marks if not set(range(start, end)) & said <= gone]
        false = [span.kind for span in masked.spans if set(range(span.start, span.end)) & said - wanted]
        figures.marked.update(kind for _start, _end, kind in sentence.marks)
        figures.missed.update(missed)
        figures.false.update(false)
        if not sentence.marks:
            figures.clean += 1
            figures.clean_changed += bool(masked.spans)
        if missed or false:
            figures.lines.append(f"{sentence.text} → {masked.text} (missed {missed}, false {false})")
    return figures
