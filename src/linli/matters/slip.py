"""The slip of a report as a picture to keep in the phone: the code in big signs, the digits, and a QR code that leads to its page."""

import io
import re
from functools import lru_cache

import segno
from PIL import Image, ImageDraw, ImageFont

from linli.kernel.typesetting import FONT

WIDTH, EDGE = 720, 48
_INK, _QUIET, _PAPER = 22, 94, 255  # grey
_QR = 264
# what is not torn apart: a word or number of at most so many signs with the blank behind it, or one other sign
_PIECES = re.compile(r"[!-~]{1,40}\s?|.", re.DOTALL)


def picture(*, head: str, promise: str, code_label: str, code: str, digits: str, note: str, address: str) -> bytes:
    """Return a PNG of the slip. ``digits``: a whole line ('四位数字 4821'), or '' where there is none to show."""
    sheet = Image.new("L", (WIDTH, 1200), _PAPER)
    draw = ImageDraw.Draw(sheet)
    y = EDGE
    for text, size, ink, gap in (
        (head, 40, _INK, 8),
        (promise, 30, _INK, 24),
        (code_label, 28, _QUIET, 0),
        (code, 96, _INK, 8),
        (digits, 44, _INK, 20),
        (note, 28, _QUIET, 20),
    ):
        for line in _lines(text, size):
            draw.text((EDGE, y), line, fill=ink, font=_font(size))
            y += round(size * 1.45)
        y += gap if text else 0
        if text == promise:
            draw.line((EDGE, y, WIDTH - EDGE, y), fill=_INK, width=4)
            y += 20
    y = _draw_code(draw, address, y)
    for line in _lines(address, 22):
        draw.text((EDGE, y), line, fill=_QUIET, font=_font(22))
        y += 32
    out = io.BytesIO()
    sheet.crop((0, 0, WIDTH, min(y + EDGE, sheet.height))).quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_code(draw: ImageDraw.ImageDraw, address: str, top: int) -> int:
    """Draw the QR code; return where the picture goes on."""
    rows = list(segno.make(address, error="m").matrix)
    scale = _QR // len(rows)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                left, upper = EDGE + x * scale, top + y * scale
                draw.rectangle((left, upper, left + scale - 1, upper + scale - 1), fill=_INK)
    return top + len(rows) * scale + 20


def _lines(text: str, size: int) -> list[str]:
    """A text broken where it would leave the sheet: between Chinese signs, or between words."""
    lines: list[str] = []
    for piece in _PIECES.findall(text):
        if lines and _font(size).getlength((lines[-1] + piece).rstrip()) <= WIDTH - 2 * EDGE:
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines


@lru_cache(maxsize=10)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
