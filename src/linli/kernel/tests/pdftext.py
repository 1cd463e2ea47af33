"""What a PDF that Typst wrote shows: the characters that its fonts map glyphs to, and how many pages it has."""

import re
import zlib


def characters(pdf: bytes) -> set[str]:
    """Return every character that stands somewhere in the document."""
    found: set[str] = set()
    for part in re.finditer(rb"<<([^<>]*?/Type/CMap[^<>]*)>>\s*stream\r?\n", pdf):
        length = int(re.findall(rb"/Length (\d+)", part[1])[0])
        listed = zlib.decompress(pdf[part.end() : part.end() + length])
        for _glyph, sign in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", listed):
            found |= set(bytes.fromhex(sign.decode()).decode("utf-16-be"))
    return found


def pages(pdf: bytes) -> int:
    """Return the number of pages."""
    return int(re.findall(rb"/Type/Pages/Count (\d+)", pdf)[0])
