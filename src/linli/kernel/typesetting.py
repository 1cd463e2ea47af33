"""Documents as A4 PDF, set on this machine by Typst with the bundled Chinese font; no other host, nothing to install.

A template (a .typ file) reads its data from ``json(bytes(sys.inputs.data))``: what people wrote reaches it as strings, never as markup.
Characters that the bundled font has not got come from the fonts of the machine; those that no font here can show are written by
their code, so that nothing disappears in silence.
"""

import json
import re
import struct
import tempfile
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Linli Sans Hans"
ATTEMPTS = (
    60  # to find the characters that no font here can show; where there are more, every rare one is written by its code
)
FONT = FONTS / "LinliSansHans-Regular.otf"


def typeset(template: Path, data: Any, *, at: datetime, pictures: Mapping[str, Path] | None = None) -> bytes:
    """Return a PDF/A-2b made of a Typst template and JSON-like data.

    ``at`` is the moment written into the file, so that the same data give the same bytes. ``pictures`` lie beside the template under
    the names given ('1.jpg'); the template asks for them with ``image``.
    """
    signs = {sign for text in _texts(data) for sign in text}
    rare = frozenset(sign for sign in signs if ord(sign) not in covered() and not sign.isspace())
    shown = _replaced(data, {sign: f"[U+{ord(sign):04X}]" for sign in _unshown(rare)} | _controls(signs))
    with tempfile.TemporaryDirectory(prefix="linli-pdf-") as folder:
        root = Path(folder)
        (root / "main.typ").write_bytes(template.read_bytes())
        for name, path in (pictures or {}).items():
            (root / name).write_bytes(path.read_bytes())
        return _compile(root, shown, at, _fonts(system=bool(rare)))


def _controls(signs: set[str]) -> dict[str, str]:
    return {sign: " " for sign in signs if unicodedata.category(sign) == "Cc" and sign != "\n"}


@lru_cache(maxsize=200)
def _unshown(rare: frozenset[str]) -> frozenset[str]:
    """Return those characters that neither the bundled font nor one of this machine can show.

    PDF/A holds no text that cannot be shown: Typst refuses it and quotes the first that it met, so they are found one by one.
    """
    left = sorted(rare)
    for _attempt in range(ATTEMPTS):
        if not left:
            break
        try:
            compiler = typst.Compiler(
                f'#set text(font: "{FAMILY}")\n#for sign in json(bytes(sys.inputs.data)) [#sign #h(1pt)]'.encode(),
                font_paths=_fonts(system=True),
                sys_inputs={"data": json.dumps(left)},
            )
            compiler.compile(format="pdf", pdf_standards="a-2b")
            return rare - set(left)
        except typst.TypstError as error:
            quoted = "".join(re.findall(r'the text `"(.*?)"` could not be displayed', str(error), re.DOTALL))
            quoted = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), quoted)
            left = [sign for sign in left if sign not in quoted] if set(quoted) & set(left) else []
    return rare


def _compile(root: Path, data: Any, at: datetime, fonts: typst.Fonts) -> bytes:
    inputs = {"data": json.dumps(data, ensure_ascii=False), "font": FAMILY}
    compiler = typst.Compiler(root / "main.typ", root=root, font_paths=fonts, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=at.astimezone(UTC).replace(microsecond=0))
    assert isinstance(made, bytes)
    return made


@cache
def _fonts(*, system: bool) -> typst.Fonts:
    """The bundled font, and on demand those of the machine (looked for once per process)."""
    return typst.Fonts(include_system_fonts=system, font_paths=[str(FONTS)])


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
    """Return the code points that the bundled font can show (its cmap table is of format 12)."""
    data = FONT.read_bytes()
    tables = struct.unpack(">H", data[4:6])[0]
    for place in range(tables):
        tag, _sum, start, _length = struct.unpack(">4sIII", data[12 + 16 * place : 28 + 16 * place])
        if tag == b"cmap":
            break
    at = start + struct.unpack(">I", data[start + 8 : start + 12])[0]
    count = struct.unpack(">I", data[at + 12 : at + 16])[0]
    runs = struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count])
    return frozenset(code for first, last, _glyph in runs for code in range(first, last + 1))
