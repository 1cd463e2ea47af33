"""Compiling the translations of the areas with Babel, so that no gettext binaries have to be installed."""

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parents[1]


def compile_catalogues(root: Path = SOURCE) -> int:
    """Write a .mo beside every .po under `root` that is newer than its .mo; return how many were written.

    Safe beside a running server and beside itself: a catalogue appears whole or not at all.
    """
    written = 0
    for po in sorted(root.glob("*/locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parts[-3])
        handle, draft = tempfile.mkstemp(dir=mo.parent, prefix=".mo")
        with os.fdopen(handle, "wb") as target:
            write_mo(target, catalogue)
        os.chmod(draft, 0o644)
        os.replace(draft, mo)
        written += 1
    return written
