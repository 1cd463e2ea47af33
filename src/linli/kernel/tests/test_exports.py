"""Tables on the way out: what was put in, and never a formula."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from linli.kernel import exports

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=10))
def test_cells_come_back_as_they_were_but_formulas(rows: list[list[str]]) -> None:
    text = exports.csv_bytes(["a", "b"], rows).decode("utf-8-sig")
    head, *back = list(csv.reader(io.StringIO(text, newline="")))
    assert head == ["a", "b"]
    assert [[cell.removeprefix("'") for cell in row] for row in back] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in back for cell in row)


def test_a_download_has_its_name_and_the_mark_of_utf_8() -> None:
    response = exports.download(exports.csv_bytes(["姓名"], [["=1+1"], ["唐䶮"]]), name="任职.csv")
    assert response.content == b"\xef\xbb\xbf" + "姓名\r\n'=1+1\r\n唐䶮\r\n".encode()
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''%E4%BB%BB%E8%81%8C.csv"


def test_a_workbook_keeps_codes_as_text() -> None:
    book = load_workbook(io.BytesIO(exports.workbook_bytes(["编码"], [["0012"], [None]], title="任职")))
    assert list(book.active.iter_rows(values_only=True)) == [("编码",), ("0012",), (None,)]


def test_no_sign_passes_in_another_width_or_behind_what_is_not_seen() -> None:
    hidden = ["＝1+1", "＋1", "－1", "＠x", "\u200b=1+1", " =1+1", "\ufeff\u00a0＝1", "\t1", "﹢1"]
    assert [exports.safe_cell(cell)[0] for cell in hidden] == ["'"] * len(hidden)
    assert [exports.safe_cell(cell) for cell in ["3=3", "桂花园+", "", " 好"]] == ["3=3", "桂花园+", "", " 好"]
