"""Documents as A4 PDF, set on this machine by Typst with the bundled Chinese font; no other host, nothing to install.

A template (a .typ file) reads its data from ``json(bytes(sys.inputs.data))``: what people wrote reaches it as strings, never as markup.
Characters that the bundled font has not got come from the fonts of the machine; those that no font here can show are written by
their code, so that nothing disappears in silence.
"""

import contextlib
import json
import struct
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Linli Sans Hans"
LAST = 0x10FFFF
FONT = FONTS / "LinliSansHans-Regular.otf"


def typeset(template: Path, data: Any, *, at: datetime, pictures: Mapping[str, Path] | None = None) -> bytes:
    """Return a PDF/A-2b made of a Typst template and JSON-like data.

    ``at`` is the moment written into the file, so that the same data give the same bytes. ``pictures`` lie beside the template under
    the names given ('1.jpg'); the template asks for them with ``image``.
    """
    signs = {sign for text in _texts(data) for sign in text}
    rare = frozenset(sign for sign in signs if ord(sign) not in covered() and not sign.isspace())
    shown = _replaced(data, _codes(sign for sign in rare if not _shows(sign)) | _controls(signs))
    with tempfile.TemporaryDirectory(prefix="linli-pdf-") as folder:
        root = Path(folder)
        (root / "main.typ").write_bytes(template.read_bytes())
        for name, path in (pictures or {}).items():
            (root / name).write_bytes(path.read_bytes())
        try:
            return _compile(root, shown, at, _fonts(system=bool(rare)))
        except typst.TypstError as error:
            if not rare or "could not be displayed" not in str(error):
                raise
        # a font has it in its list and cannot show it after all: every rare one by its code, and nothing is looked for a third time
        return _compile(root, _replaced(data, _codes(rare) | _controls(signs)), at, _fonts(system=False))


def _codes(signs: Iterable[str]) -> dict[str, str]:
    return {sign: f"[U+{ord(sign):04X}]" for sign in signs}


def _controls(signs: set[str]) -> dict[str, str]:
    return {sign: " " for sign in signs if unicodedata.category(sign) == "Cc" and sign != "\n"}


def _shows(sign: str) -> bool:
    """Whether a font of this machine has the character, or it is one that is never seen by itself (joiners, selectors of a variant)."""
    return ord(sign) in of_this_machine() or unicodedata.category(sign) in ("Cf", "Mn", "Me")


def _compile(root: Path, data: Any, at: datetime, fonts: typst.Fonts) -> bytes:
    inputs = {"data": json.dumps(data, ensure_ascii=False), "font": FAMILY}
    compiler = typst.Compiler(root / "main.typ", root=root, font_paths=fonts, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=at.astimezone(UTC).replace(microsecond=0))
    assert isinstance(made, bytes)
    return made


@cache
def _fonts(*, system: bool) -> typst.Fonts:
    """The bundled font, and on demand those of the machine (looked for once per process)."""
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _texts(data: Any) -> list[str]:
    if isinstance(data, str):
        return [data]
    if isinstance(data, Mapping):
        return [text for part in data.values() for text in _texts(part)]
    if isinstance(data, (list, tuple)):
        return [text for part in data for text in _texts(part)]
    return []


def _replaced(data: Any, instead: Mapping[str, str]) -> Any:
    if not instead:
        return data
    if isinstance(data, str):
        return "".join(instead.get(sign, sign) for sign in data)
    if isinstance(data, Mapping):
        return {key: _replaced(part, instead) for key, part in data.items()}
    if isinstance(data, (list, tuple)):
        return [_replaced(part, instead) for part in data]
    return data


@cache
def covered() -> frozenset[int]:
    """Return the code points that the bundled font can show."""
    return frozenset(_single(code_points(FONT.read_bytes(), 0)))


@cache
def of_this_machine() -> frozenset[int]:
    """Return the code points that some font of this machine lists, read once per process."""
    found: set[int] = set()
    for font in _fonts(system=True).fonts():
        with contextlib.suppress(OSError, struct.error, IndexError):  # a font that cannot be read shows nothing
            found.update(_single(code_points(Path(font.path or "").read_bytes(), font.index)))
    return frozenset(found)


def _single(ranges: Iterable[tuple[int, int]]) -> Iterator[int]:
    # fonts close their lists with U+FFFF, which is no character
    return (code for first, last in ranges for code in range(first, min(last, LAST) + 1) if code & 0xFFFE != 0xFFFE)


def code_points(data: bytes, index: int) -> Iterator[tuple[int, int]]:
    """Give the ranges of code points in the cmap of a font (number ``index`` of a collection): its tables of the formats 4 and 12."""
    head = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    for place in range(struct.unpack_from(">H", data, head + 4)[0]):
        tag, _sum, start, _length = struct.unpack_from(">4sIII", data, head + 12 + 16 * place)
        if tag != b"cmap":
            continue
        for number in range(struct.unpack_from(">H", data, start + 2)[0]):
            at = start + struct.unpack_from(">I", data, start + 8 + 8 * number)[0]
            kind = struct.unpack_from(">H", data, at)[0]
            if kind == 12:
                count = struct.unpack_from(">I", data, at + 12)[0]
                yield from ((first, last) for first, last, _glyph in _triples(data, at + 16, count))
            elif kind == 4:
                yield from _segments(data, at)


def _triples(data: bytes, at: int, count: int) -> Iterator[tuple[int, int, int]]:
    return struct.iter_unpack(">III", data[at : at + 12 * count])


def _segments(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The ranges of a table of format 4; a segment that goes by a list of glyphs is looked at sign by sign (0 is none)."""
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts, _deltas, offsets = (
        struct.unpack_from(f">{count}H", data, at + 16 + 2 * count * (1 + part)) for part in range(3)
    )
    for place, (first, last, offset) in enumerate(zip(starts, ends, offsets, strict=True)):
        if offset == 0:
            yield first, last
            continue
        glyphs = at + 16 + 2 * count * 3 + 2 * place + offset
        for code in range(first, last + 1):
            if struct.unpack_from(">H", data, glyphs + 2 * (code - first))[0]:
                yield code, code
