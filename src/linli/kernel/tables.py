"""Reading tables that people send: CSV (plain or gzipped, UTF-8 or GB 18030) and Excel, row by row, with bounds."""

import codecs
import contextlib
import csv
import gzip
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.parsers import expat

from django.utils.translation import gettext as _

from linli.kernel.importers import ImportRefused, Problems

MAX_BYTES = 600_000_000
"""Of a table when unpacked; the whole country's divisions are 50 MB."""
MAX_SHEET_BYTES = 60_000_000
MAX_ROWS = 3_000_000
# Of an Excel file, whose reader keeps what it meets: elements of XML in all (a filled cell has two or three), cells of a row (as many as
# Excel has), columns that are looked at, and empty rows one after the other.
MAX_ELEMENTS = 3_000_000
MAX_CELLS_OF_A_ROW = 16_384
MAX_COLUMNS = 100
MAX_EMPTY_ROWS = 10_000
_BLOCK = 1 << 20

Row = tuple[int, list[str]]


def refuse(text: str, row: int = 0) -> ImportRefused:
    """Return the error for a file that cannot be read at all."""
    problems = Problems()
    problems.add(row, text)
    return ImportRefused(problems)


@contextlib.contextmanager
def rows(path: Path) -> Iterator[Iterator[Row]]:
    """Open a table and give its rows as (number, cells): numbers as a spreadsheet counts them, cells trimmed, empty rows left out.

    Excel is known by its content, gzip too; the encoding of CSV is UTF-8 (with or without mark) or else GB 18030. Raises
    ImportRefused for a file that is neither, that is larger than the bounds, or that ends in the middle of a quotation.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PK\x03\x04":
        yield _sheet_rows(path)
        return
    if start in (b"\xd0\xcf\x11\xe0",):
        raise refuse(_("这是旧版 Excel（.xls），请另存为 .xlsx 或 CSV 后再导入。"))
    encoding = encoding_of(path)
    with _unpacked(path) as raw, io.TextIOWrapper(cast(Any, raw), encoding=encoding, newline="") as text:
        yield _csv_rows(text)


def encoding_of(path: Path) -> str:
    """Return 'utf-8-sig' or 'gb18030', whichever reads the whole file; raise ImportRefused if neither does."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        size = 0
        with _unpacked(path) as raw:
            try:
                while block := raw.read(_BLOCK):
                    size += len(block)
                    if size > MAX_BYTES:
                        raise refuse(_("文件展开后超过 %(most)d MB。") % {"most": MAX_BYTES // 1_000_000})
                    decoder.decode(block)
                decoder.decode(b"", final=True)
                return encoding
            except UnicodeDecodeError:
                continue
            except (gzip.BadGzipFile, EOFError, OSError) as problem:
                raise refuse(_("压缩文件已损坏：%(problem)s") % {"problem": problem}) from problem
    raise refuse(_("文件既不是 UTF-8，也不是 GBK / GB 18030 编码。"))


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=file) as inner:
                yield cast(BinaryIO, inner)
        else:
            yield file


def _csv_rows(text: io.TextIOWrapper) -> Iterator[Row]:
    reader = csv.reader(text, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise refuse(_("行数超过 %(most)d。") % {"most": MAX_ROWS}, number)
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                yield number, trimmed
    except csv.Error as problem:
        raise refuse(_("这一行不是有效的 CSV：%(problem)s") % {"problem": problem}, number + 1) from problem


def _sheet_rows(path: Path) -> Iterator[Row]:
    """The first sheet of an Excel file. Whatever is wrong with the file is said as one thing: which part of it broke helps nobody."""
    import openpyxl

    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as parts:
            _look_over(parts)
            # opened as a file: by its name it would have to end in .xlsx
            with contextlib.closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
                yield from _filled(book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS))
    except ImportRefused:
        raise
    except Exception as problem:
        raise refuse(_("这个 Excel 文件打不开，可能已经损坏。请用 Excel 或 WPS 打开，另存一份再导入。")) from problem


def _look_over(parts: zipfile.ZipFile) -> None:
    """Refuse a workbook that would take long or much to read: counted element by element before anything is kept of it."""
    if sum(part.file_size for part in parts.infolist()) > MAX_SHEET_BYTES:
        raise refuse(_("文件展开后超过 %(most)d MB，请另存为 CSV 再导入。") % {"most": MAX_SHEET_BYTES // 1_000_000})
    elements = cells = 0

    def begun(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements, cells
        elements += 1
        kind = name.rpartition(":")[2]
        cells = 0 if kind == "row" else cells + (kind == "c")
        if elements > MAX_ELEMENTS or cells > MAX_CELLS_OF_A_ROW:
            raise refuse(_("表格太大，请另存为 CSV 再导入。"))

    def declared(*_declaration: Any) -> None:
        raise refuse(_("这个 Excel 文件里有不该有的声明（DOCTYPE）。"))

    for part in parts.infolist():
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.StartDoctypeDeclHandler = begun, declared
        with (
            parts.open(part) as raw,
            contextlib.suppress(expat.ExpatError),
        ):  # a picture, or broken: then reading it will say so
            parser.ParseFile(raw)


def _filled(lines: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    """The rows that hold something. A single cell far below would otherwise be reached through a million empty rows."""
    last = 0
    for number, cells in enumerate(lines, start=1):
        if number > MAX_ROWS:
            raise refuse(_("行数超过 %(most)d。") % {"most": MAX_ROWS}, number)
        texts = [_text(cell) for cell in cells] if cells.count(None) < len(cells) else []
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            last = number
            yield number, texts
        elif number - last > MAX_EMPTY_ROWS:
            raise refuse(_("这里往下空了 %(most)d 行还没有完，请删掉多余的行。") % {"most": MAX_EMPTY_ROWS}, last + 1)


def _text(cell: Any) -> str:
    """A cell as it reads: 3.0 is 3 (Excel has no whole numbers), a date is written as a date."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


def heading(text: str) -> str:
    """Return a column's heading as it is compared: compatibility forms folded, small letters, no spaces or brackets."""
    folded = unicodedata.normalize("NFKC", text).casefold().partition("(")[0]
    return "".join(sign for sign in folded if not sign.isspace() and sign not in "_-*:/")


def columns(header: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return where the known columns are: {name: position}. ``known`` gives the headings that each name goes by.

    Raises ImportRefused if two columns mean the same.
    """
    meaning = {heading(title): name for name, titles in known.items() for title in (name, *titles)}
    found: dict[str, int] = {}
    for position, title in enumerate(header):
        name = meaning.get(heading(title))
        if name is None:
            continue
        if name in found:
            raise refuse(_("有两列都是“%(title)s”。") % {"title": title}, 1)
        found[name] = position
    return found


def cell(cells: Sequence[str], position: int | None) -> str:
    """Return a cell of a row that may be too short, or '' for a column that is not there."""
    return cells[position] if position is not None and position < len(cells) else ""
