"""Tables that go out to office programmes: what a list shows, as CSV or Excel, with no cell that could be taken for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@")
# What such programmes pass over before they look, beside white space.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def safe_cell(value: Any) -> str:
    """Return a value as a cell that no office programme takes for a formula."""
    text = "" if value is None else str(value)
    # full-width signs count as signs in East Asian versions
    start = unicodedata.normalize("NFKC", text[:50].lstrip().lstrip(_UNSEEN).lstrip()[:1])
    return f"'{text}" if start in _FORMULA or text.startswith(("\t", "\r")) else text


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a table as CSV in UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def workbook_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str) -> bytes:
    """Return a table as an Excel workbook of one sheet; every cell is text, so that codes keep their zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.append(list(columns))
    for row in rows:
        sheet.append([safe_cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def download(content: bytes, *, name: str, mime: str = "text/csv; charset=utf-8") -> HttpResponse:
    """Return an answer that a browser saves under ``name``."""
    response = HttpResponse(content, content_type=mime)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    return response
