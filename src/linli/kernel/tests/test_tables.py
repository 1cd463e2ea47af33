"""Tables that people send: Excel files that are damaged, forged or endless are refused in one sentence, before they cost much."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from linli.kernel import tables
from linli.kernel.importers import ImportRefused
from linli.kernel.tables import rows

SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)
BROKEN = "这个 Excel 文件打不开，可能已经损坏。请用 Excel 或 WPS 打开，另存一份再导入。"
LARGE = "表格太大，请另存为 CSV 再导入。"


def good() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "单位"])
    book.active.append([" 唐䶮 ", 3.0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(name: str, text: str | None) -> bytes:
    """A good workbook with one part replaced (None: left out)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good())) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            if part != name:
                after.writestr(part, before.read(part))
        if text is not None:
            after.writestr(name, text)
    return out.getvalue()


def sheet(inside: str) -> bytes:
    return with_part("xl/worksheets/sheet1.xml", SHEET.format(f"<sheetData>{inside}</sheetData>"))


def words(at: str, text: str = "x") -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def read(folder: Path, data: bytes, name: str = "upload") -> list[tables.Row]:
    path = folder / name
    path.write_bytes(data)
    with rows(path) as found:
        return list(found)


def refusal(folder: Path, data: bytes) -> str:
    with pytest.raises(ImportRefused) as caught:
        read(folder, data)
    return caught.value.problems.lines()[0]


def test_a_workbook_is_read_whatever_its_file_is_called(tmp_path: Path) -> None:
    for name in ("a.xlsx", "upload", "a.csv"):
        assert read(tmp_path, good(), name) == [(1, ["姓名", "单位"]), (2, ["唐䶮", "3"])]


def test_a_workbook_that_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = good()
    for length in range(4, len(whole) - 30, 97):
        assert refusal(tmp_path, whole[:length]) == BROKEN


@pytest.mark.parametrize(
    "data",
    [
        sheet("<row"),
        sheet('<row r="1"><c r="A1" t="n"><v>abc</v></c></row>'),
        sheet('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        sheet(f'<row r="1">{words("?!")}</row>'),
        sheet(f'<row r="x">{words("A1")}</row>'),
        sheet(f'<row r="1">{words("A1", "&#xD800;")}</row>'),
        sheet(f'<row r="1">{words("A1", "&nothing;")}</row>'),
        with_part("xl/workbook.xml", "<x"),
        with_part("xl/workbook.xml", None),
        with_part("xl/worksheets/sheet1.xml", None),
        with_part("[Content_Types].xml", None),
        b"PK\x03\x04" + b"A" * 100,
    ],
)
def test_a_damaged_workbook_is_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    assert refusal(tmp_path, data) == BROKEN


def test_declarations_are_refused(tmp_path: Path) -> None:
    for entity in ('"' + "x" * 1000 + '"', 'SYSTEM "file:///etc/hostname"'):
        text = f"<!DOCTYPE l [<!ENTITY a {entity}>]>{SHEET.format('<sheetData/>')[21:]}"
        assert (
            refusal(tmp_path, with_part("xl/worksheets/sheet1.xml", text))
            == "这个 Excel 文件里有不该有的声明（DOCTYPE）。"
        )


@pytest.mark.parametrize("last", [1_048_576, 99_999_999])
def test_a_cell_far_below_is_not_waited_for(tmp_path: Path, last: int) -> None:
    data = sheet(f'<row r="1">{words("A1")}</row><row r="{last}">{words(f"XFD{last}")}</row>')
    assert refusal(tmp_path, data) == "第 2 行：这里往下空了 10000 行还没有完，请删掉多余的行。"


def test_a_cell_far_to_the_right_costs_no_wide_row(tmp_path: Path) -> None:
    found = read(tmp_path, sheet(f'<row r="1">{words("A1")}{words("XFD1")}</row>'))
    assert found == [(1, ["x"])]


def test_more_elements_than_a_table_has_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ELEMENTS", 1000)
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + "<si><t>a</t></si>" * 600 + "</sst>"
    )
    assert refusal(tmp_path, with_part("xl/sharedStrings.xml", strings)) == LARGE


def test_one_row_holds_no_more_cells_than_excel_has_columns(tmp_path: Path) -> None:
    assert refusal(tmp_path, sheet('<row r="1">' + "<c/>" * 16_385 + "</row>")) == LARGE


def test_a_workbook_that_unfolds_is_refused_by_its_size(tmp_path: Path) -> None:
    data = with_part("xl/media/a.bin", "\0" * (tables.MAX_SHEET_BYTES + 1))
    assert refusal(tmp_path, data) == "文件展开后超过 60 MB，请另存为 CSV 再导入。"
