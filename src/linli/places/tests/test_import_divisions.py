"""The administrative tree from files: good ones whole, bad ones not at all and with every problem by its row."""

import gzip
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kernel.importers import ImportRefused, Problems, Report, silent
from linli.kernel.models import AuditEntry
from linli.places.enums import Level, level_of, parent_code, wrong_with
from linli.places.importing.divisions import import_divisions
from linli.places.models import Division

ROOT = Path(__file__).resolve().parents[4]
SHARED = Path(os.environ.get("LINLI_SHARED") or ROOT.parent / "shared") / "data" / "divisions"
PREFECTURE = SHARED / "5118_sichuan_yaan_villages.csv"
COUNTRY = SHARED / "china_5level_all.csv.gz"

WIDE = """province,city,county,town,village,village_code
示范省,云溪市,临江区,桂湖街道,东门社区,990101001001
示范省,云溪市,临江区,桂湖街道,䶮家巷社区,990101001002
示范省,云溪市,临江区,松林镇,石桥村,990101100201
"""
LONG = """代码,名称,城乡分类代码
990000000000,示范省,
990100000000,云溪市,
990101000000,临江区,
990101001000,桂湖街道,
990101001001,东门社区,111
990101001002,䶮家巷社区,112
990101100000,松林镇,
990101100201,石桥村,220
"""
TREE = {
    "990000000000": ("示范省", 1, None),
    "990100000000": ("云溪市", 2, "990000000000"),
    "990101000000": ("临江区", 3, "990100000000"),
    "990101001000": ("桂湖街道", 4, "990101000000"),
    "990101001001": ("东门社区", 5, "990101001000"),
    "990101001002": ("䶮家巷社区", 5, "990101001000"),
    "990101100000": ("松林镇", 4, "990101000000"),
    "990101100201": ("石桥村", 5, "990101100000"),
}


def stored() -> dict[str, tuple[str, int, str | None]]:
    return {
        row.code: (row.name, row.level, row.parent.code if row.parent else None)
        for row in Division.objects.select_related("parent")
    }


def load(folder: Path, text: str | bytes, *, name: str = "divisions.csv", dry_run: bool = False) -> Report:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_divisions(path, dry_run=dry_run, progress=silent)


def problems_of(folder: Path, text: str | bytes) -> Problems:
    before = stored()
    with pytest.raises(ImportRefused) as refused:
        load(folder, text)
    assert stored() == before
    return refused.value.problems


def figures(report: Report) -> tuple[int, ...]:
    return tuple(report.figures.values())


@pytest.mark.django_db
@pytest.mark.parametrize("text", [WIDE, LONG], ids=["wide", "long"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_both_layouts_in_every_encoding_give_one_tree(tmp_path, text, encoding, packed):
    content = text.encode(encoding)
    report = load(tmp_path, gzip.compress(content) if packed else content)
    assert stored() == TREE
    assert figures(report) == (8, 0, 0, 0)


@pytest.mark.django_db
def test_kinds_are_kept_by_a_file_that_has_none(tmp_path):
    load(tmp_path, LONG)
    load(tmp_path, WIDE)
    assert dict(Division.objects.filter(level=5).values_list("code", "urban_kind")) == {
        "990101001001": "111",
        "990101001002": "112",
        "990101100201": "220",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "990101001001,东门社区\n990000000000,示范省\n990100000000,云溪市\n990101000000,临江区\n990101001000,桂湖街道\n",
        "990101001001,111,东门社区\n990000000000,,示范省\n990100000000,,云溪市\n990101000000,,临江区\n990101001000,,桂湖街道\n",
        "示范省,云溪市,临江区,桂湖街道,东门社区,990101001001\n",
    ],
    ids=["code and name", "code, kind, name", "five names and code"],
)
def test_a_file_without_a_heading_is_told_by_its_content(tmp_path, text):
    load(tmp_path, text)
    assert stored() == {code: TREE[code] for code in list(TREE)[:5]}


@pytest.mark.django_db
def test_excel_is_read_as_well(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for line in LONG.splitlines():
        book.active.append([int(part) if part.isdigit() else part for part in line.split(",")])
    book.save(tmp_path / "divisions.xlsx")
    import_divisions(tmp_path / "divisions.xlsx", dry_run=False, progress=silent)
    assert stored() == TREE


@pytest.mark.django_db
def test_a_second_import_renames_adds_and_names_what_is_gone(tmp_path):
    load(tmp_path, WIDE)
    ids = dict(Division.objects.values_list("code", "id"))
    changed = WIDE.replace("松林镇,石桥村,990101100201", "松林街道,石桥社区,990101100202").replace(
        "䶮家巷社区", "龙家巷社区"
    )
    dry = load(tmp_path, changed, dry_run=True)
    assert stored() == TREE
    report = load(tmp_path, changed)
    assert figures(dry) == figures(report) == (1, 2, 5, 1)
    assert dry.notes == report.notes
    assert "990101100201 石桥村" in report.notes[0]
    after = stored()
    assert after["990101001002"][0] == "龙家巷社区"
    assert after["990101100000"][0] == "松林街道"
    assert after["990101100202"] == ("石桥社区", 5, "990101100000")
    assert after["990101100201"] == ("石桥村", 5, "990101100000")
    assert {code: Division.objects.get(code=code).pk for code in ids} == ids
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.user_id, entry.user_label) == ("places.import_divisions", None, "命令行")
    assert entry.after == {"added": 1, "changed": 2, "unchanged": 5, "gone": 1, "gone_codes": ["990101100201"]}


@pytest.mark.django_db
def test_a_file_of_one_street_says_nothing_about_the_others(tmp_path):
    load(tmp_path, WIDE)
    report = load(tmp_path, "\n".join(WIDE.splitlines()[:3]))
    assert figures(report) == (0, 0, 6, 0)
    report = load(tmp_path, "code,name\n990101001001,东门社区\n990101001000,桂湖街道\n")
    assert figures(report) == (0, 0, 2, 1)
    assert "990101001002" in report.notes[0]


@pytest.mark.django_db
def test_what_was_taken_out_of_use_comes_back_with_the_file(tmp_path):
    load(tmp_path, WIDE)
    Division.objects.filter(code="990101100201").update(active=False)
    assert figures(load(tmp_path, WIDE)) == (0, 1, 7, 0)
    assert Division.objects.get(code="990101100201").active


@pytest.mark.django_db
def test_a_city_without_counties_is_the_parent_of_its_streets(tmp_path):
    load(tmp_path, "省,市,区县,街道,社区,社区代码\n示范省,无县市,,湾头镇,湾头社区,994400101001\n")
    assert {code: row[1:] for code, row in stored().items()} == {
        "990000000000": (1, None),
        "994400000000": (2, "990000000000"),
        "994400101000": (4, "994400000000"),
        "994400101001": (5, "994400101000"),
    }


# --- what is refused, and what is said of it


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "row", "said"),
    [
        ("990101001001,东门社区\n990101001001,东门社区", 3, "代码 990101001001 与第 2 行重复。"),
        ("99010100100,东门社区", 2, "区划代码应是 12 位数字，这里是“99010100100”。"),
        ("9901010010011,东门社区", 2, "区划代码应是 12 位数字，这里是“9901010010011”。"),
        ("99010100100l,东门社区", 2, "区划代码应是 12 位数字，这里是“99010100100l”。"),
        ("９９０１０１００１００１,东门社区", 2, "区划代码应是 12 位数字，这里是“９９０１０１００１００１”。"),
        ("9.90101E+11,东门社区", 2, "区划代码应是 12 位数字，这里是“9.90101E+11”。"),
        (",东门社区", 2, "区划代码是空的。"),
        ("000101001001,东门社区", 2, "区划代码不能以 00 开头：000101001001。"),
        ("990001001001,东门社区", 2, "区划代码 990001001001 上下级不衔接：中间有一段全是 0。"),
        ("990101000001,东门社区", 2, "区划代码 990101000001 上下级不衔接：中间有一段全是 0。"),
        ("990101001001,", 2, "社区/村的名称是空的。"),
        ("990101001001,  ", 2, "社区/村的名称是空的。"),
        ("990101002001,孤儿社区", 2, "990101002001 的上级 990101002000 不在文件里，库里也没有。"),
        ("990101001001,东\x01门", 2, "文字里有无法保存的控制字符，请删除后重试。"),
        (f"990101001001,{'长' * 101}", 2, "最多 100 个字，现在有 101 个。"),
    ],
)
def test_each_kind_of_bad_row(tmp_path, lines, row, said):
    for code, (name, level, parent) in list(TREE.items())[:4]:
        above = Division.objects.get(code=parent) if parent else None
        Division.objects.create(code=code, name=name, level=level, parent=above)
    assert problems_of(tmp_path, f"code,name\n{lines}\n").shown == [(row, said)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "row", "said"),
    [
        (("桂湖街道,䶮", "桂花街道,䶮"), 3, "990101001000 在第 2 行叫“桂湖街道”，这里叫“桂花街道”。"),
        (("松林镇", ""), 4, "街道/乡镇的名称是空的。"),
        (("990101001002", "990101001000"), 3, "990101001000 不是社区（村）的代码：末三位是 000。"),
    ],
    ids=["two names", "no name above", "no community"],
)
def test_each_kind_of_bad_row_in_the_wide_layout(tmp_path, change, row, said):
    assert problems_of(tmp_path, WIDE.replace(*change)).shown == [(row, said)]


@pytest.mark.django_db
def test_codes_given_beside_the_names_must_nest(tmp_path):
    text = "省,市,区县,区县代码,乡镇,乡镇代码,村,村代码\n示范省,云溪市,临江区,990102000000,桂湖街道,990101002000,东门社区,990101001001\n"
    assert problems_of(tmp_path, text).shown == [
        (2, "990101001001 不在 990102000000 之下：代码不衔接。"),
        (2, "990101001001 不在 990101002000 之下：代码不衔接。"),
    ]


@pytest.mark.django_db
def test_a_parent_that_is_named_must_be_the_one_in_the_code(tmp_path):
    text = (
        LONG.replace("城乡分类代码", "上级代码")
        .replace(",111", ",990101100000")
        .replace(",112", "")
        .replace(",220", "")
    )
    assert problems_of(tmp_path, text).shown == [(6, "990101001001 不在 990101100000 之下：代码不衔接。")]


@pytest.mark.django_db
def test_an_unknown_kind_is_refused(tmp_path):
    assert problems_of(tmp_path, LONG.replace(",111", ",999")).shown == [(6, "城乡分类代码“999”不在国家标准里。")]


@pytest.mark.django_db
def test_a_bad_row_does_not_make_orphans_of_those_below_it(tmp_path):
    assert problems_of(tmp_path, LONG.replace("桂湖街道", "")).shown == [(5, "街道/乡镇的名称是空的。")]


@pytest.mark.django_db
def test_two_hundred_problems_are_listed_and_the_rest_counted(tmp_path):
    found = problems_of(tmp_path, "code,name\n" + "".join(f"99x{n:09d},甲\n" for n in range(523)))
    assert found.count == 523
    assert [row for row, _text in found.shown] == list(range(2, 202))
    assert found.lines()[-1] == "……还有 323 处。"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的。"),
        (b"code,name\n", "文件里没有区划。"),
        ("甲,乙\n1,2\n".encode(), "没有找到区划代码这一列。"),
        ("code,甲\n990000000000,省\n".encode(), "没有找到名称这一列。"),
        ("code,代码,name\n".encode(), "有两列都是“代码”。"),
        (b"code,name\n990000000000,\xff\xff\n", "文件既不是 UTF-8，也不是 GBK / GB 18030 编码。"),
        (gzip.compress(WIDE.encode())[:-20], "压缩文件已损坏"),
        ('code,name\n990000000000,"省\n'.encode(), "这一行不是有效的 CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "这是旧版 Excel"),
        (b"PK\x03\x04broken", "这个 Excel 文件打不开"),
        ("990000000000,甲,乙,丙\n".encode(), "文件没有表头"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(tmp_path, content, said):
    found = problems_of(tmp_path, content)
    assert found.count == 1
    assert found.shown[0][1].startswith(said)


@pytest.mark.django_db
def test_nothing_is_half_imported_when_the_file_breaks_off_while_it_is_written(tmp_path):
    lines = [
        f"示范省,云溪市,临江区,第{n // 900}街道,第{n}社区,990101{n // 900 + 1:03d}{n % 900 + 1:03d}"
        for n in range(7000)
    ]
    path = tmp_path / "divisions.csv"
    path.write_text("\n".join(["province,city,county,town,village,village_code", *lines]))
    steps = []

    def progress(step: str, done: int, total: int) -> None:
        steps.append((step, done))
        if (step, done) == ("检查", total):
            path.write_text(path.read_text().replace("第6999社区", ""))

    with pytest.raises(RuntimeError, match="changed while it was read"):
        import_divisions(path, dry_run=False, progress=progress)
    assert ("写入", 5000) in steps
    assert stored() == {}


@pytest.mark.django_db
def test_the_command_says_what_happened_in_one_line_and_exits(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(WIDE)
    bad.write_text(WIDE + "示范省,云溪市,临江区,桂湖街道,,990101001003\n")
    call_command("import", "divisions", str(good), "--dry-run")
    assert "新增 8，改动 0，未变 0，文件里没有 0" in capsys.readouterr().out
    assert stored() == {}
    with pytest.raises(CommandError, match=r"^bad\.csv 有 1 处问题，什么都没有导入。$"):
        call_command("import", "divisions", str(bad))
    assert "第 5 行：社区/村的名称是空的。" in capsys.readouterr().err
    with pytest.raises(CommandError, match="is not a file"):
        call_command("import", "divisions", str(tmp_path / "none.csv"))
    call_command("import", "divisions", str(good))
    assert stored() == TREE


# --- codes, against an oracle that shares nothing with them

code_text = st.text("0123456789", min_size=12, max_size=12) | st.from_regex(
    r"[1-9][0-9](00|01|90)(00|01)(000|001)(000|001)", fullmatch=True
)


@given(code_text)
@settings(max_examples=400)
def test_the_level_is_the_last_part_that_is_not_zero(code):
    parts = [code[:2], code[2:4], code[4:6], code[6:9], code[9:]]
    filled = [int(part) > 0 for part in parts]
    last = max((n for n, there in enumerate(filled, start=1) if there), default=0)
    gaps = [n for n, there in enumerate(filled, start=1) if not there and n < last]
    assert (wrong_with(code) == "") == (filled[0] and gaps in ([], [3]))
    if wrong_with(code):
        return
    assert level_of(code) == last
    above = parent_code(code)
    if last == 1:
        assert above is None
    else:
        assert above is not None and above[: len("".join(parts[: last - 1]))] == "".join(parts[: last - 1])
        assert int(above[len("".join(parts[: last - 1])) :]) == 0
        assert level_of(above) < Level(last)


# --- real files, where they are at hand


@pytest.mark.django_db
@pytest.mark.skipif(not PREFECTURE.exists(), reason=f"{PREFECTURE} is not there")
def test_a_real_prefecture():
    report = import_divisions(PREFECTURE, dry_run=False, progress=silent)
    assert figures(report) == (765, 0, 0, 0)
    levels = [Division.objects.filter(level=level).count() for level in range(1, 6)]
    assert levels == [1, 1, 8, 96, 659]
    assert figures(import_divisions(PREFECTURE, dry_run=True, progress=silent)) == (0, 0, 765, 0)


@pytest.mark.django_db
@pytest.mark.skipif(
    os.environ.get("LINLI_FULL") != "1" or not COUNTRY.exists(), reason="set LINLI_FULL=1 for the whole country"
)
def test_the_whole_country():
    assert figures(import_divisions(COUNTRY, dry_run=False, progress=silent)) == (663_954, 0, 0, 0)
    levels = [Division.objects.filter(level=level).count() for level in range(1, 6)]
    assert levels == [31, 339, 2_974, 41_274, 619_336]
