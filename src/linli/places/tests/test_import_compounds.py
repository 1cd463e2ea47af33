"""Compounds and predecessors from files: rows through the same actions as the pages, all or nothing."""

from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from linli.kernel.importers import ImportRefused, Report, silent
from linli.places import dwellings, queries
from linli.places.importing.compounds import import_compounds
from linli.places.importing.predecessors import import_predecessors
from linli.places.models import Building, Compound, Division, DivisionSuccession, Dwelling, Grid
from linli.testing import NOW, Town

HEAD = "社区代码,小区,类型,建成年份,别名,楼栋,路名,门牌号,单元数,层数,每层户数,房屋,户数,网格编码,经度,纬度\n"
ROWS = """990101001001,水岸名居,商品房,2015,水岸、名居,1栋,解放路,20,2,2,2,,7,,105.015,30.005
990101001001,水岸名居,商品房,,,2栋,解放路,22,,,,1单元：101=88.5 102|2单元：101,3,990101001001001,,
990101001002,石磨坊三组,village_group,1988,,,,,,,,,,,104.5,30.2
"""


def load(folder: Path, text: str, *, dry_run: bool = False, **more: object) -> Report:
    path = folder / "compounds.csv"
    path.write_text(text)
    return import_compounds(path, dry_run=dry_run, progress=silent, at=NOW, **more)


def refused(folder: Path, text: str, **more: object) -> list[tuple[int, str]]:
    before = Compound.objects.count(), Building.objects.count()
    with pytest.raises(ImportRefused) as error:
        load(folder, text, **more)
    assert (Compound.objects.count(), Building.objects.count()) == before
    return error.value.problems.shown


def test_compounds_with_buildings_and_dwellings(town: Town, tmp_path: Path) -> None:
    dry = load(tmp_path, HEAD + ROWS, dry_run=True)
    assert (Compound.objects.count(), Dwelling.objects.count()) == (1, 0)
    report = load(tmp_path, HEAD + ROWS)
    assert list(dry.figures.values()) == list(report.figures.values()) == [2, 0, 2, 0, 11]
    compound = Compound.objects.get(name="水岸名居")
    assert (compound.kind, compound.year_built, compound.aliases) == ("commercial", 2015, ["水岸", "名居"])
    one, two = Building.objects.filter(compound=compound).order_by("name")
    assert (one.road, one.road_number, one.floors, one.households, one.lon) == ("解放路", "20", 2, 7, 105.015)
    assert (one.grid_id, two.grid_id) == (town.grids["east2"].pk, town.grids["east1"].pk)
    assert dwellings.write(queries.dwellings_of(one)) == "1单元：101 102 201 202\n2单元：101 102 201 202"
    assert dwellings.write(queries.dwellings_of(two)) == "1单元：101=88.50 102\n2单元：101"
    group = Compound.objects.get(name="石磨坊三组")
    assert (group.kind, group.year_built, group.lon, group.buildings.count()) == ("village_group", 1988, 104.5, 0)


def test_a_chinese_table_is_understood_whatever_language_the_messages_are_in(town: Town, tmp_path: Path) -> None:
    with translation.override("en"):
        assert list(load(tmp_path, HEAD + ROWS).figures.values()) == [2, 0, 2, 0, 11]


def test_a_second_import_changes_what_differs_and_deletes_nothing(town: Town, tmp_path: Path) -> None:
    load(tmp_path, HEAD + ROWS)
    assert list(load(tmp_path, HEAD + ROWS).figures.values()) == [0, 0, 0, 0, 0]
    changed = (
        ROWS.replace("2015", "2014").replace(",3,990101001001001", ",4,").replace("1单元：101=88.5 102|", "3单元：101|")
    )
    assert list(load(tmp_path, HEAD + changed).figures.values()) == [0, 1, 0, 1, 1]
    two = Building.objects.get(compound__name="水岸名居", name="2栋")
    assert dwellings.write(queries.dwellings_of(two)) == "1单元：101=88.50 102\n2单元：101\n3单元：101"
    assert (two.households, two.compound.year_built) == (4, 2014)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("990101001009,甲,商品房,,,,,,,,,,,,,", "没有代码是 990101001009 的现行社区或村。"),
        ("990101001000,甲,商品房,,,,,,,,,,,,,", "没有代码是 990101001000 的现行社区或村。"),
        (",甲,商品房,,,,,,,,,,,,,", "“社区代码（community_code）”是空的。"),
        ("990101001001,,商品房,,,,,,,,,,,,,", "“小区（compound）”是空的。"),
        ("990101001001,甲,,,,,,,,,,,,,,", "请选择小区的类型。"),
        ("990101001001,甲,别墅,,,,,,,,,,,,,", "“别墅”不是小区类型"),
        ("990101001001,甲,商品房,八五年,,,,,,,,,,,,", "“八五年”不是整数"),
        ("990101001001,甲,商品房,1700,,,,,,,,,,,,", "建成年份应在 1800 年之后。"),
        ("990101001001,甲,商品房,,,1栋,,,,,,,,990101001002001,,", "这个社区没有编码是 990101001002001 的现行网格。"),
        ("990101001001,甲,商品房,,,1栋,,,,,,,,,105.0,", "经度和纬度要一起填写。"),
        ("990101001001,甲,商品房,,,1栋,,,,,,,,,东经,30", "“东经”不是经纬度。"),
        ("990101001001,甲,商品房,,,1栋,,,,,,101 101,,,,", "没有单元的房屋的 101 写了两遍。"),
        ("990101001001,甲,商品房,,,1栋,,,61,1,1,,,,,", "一栋楼最多 60 个单元"),
        ("990101001001,甲,商品房,,,1栋,,,999999999,9,9,,,,,", "一栋楼最多 60 个单元"),
        ("990101001001,桂花园,商品房,,,3栋,,,,,,,,990101001001002,,", "“3栋”已在别的网格"),
    ],
)  # fmt: skip
def test_each_kind_of_bad_row(town: Town, tmp_path: Path, row: str, said: str) -> None:
    found = refused(tmp_path, HEAD + ROWS + row + "\n")
    assert [number for number, _text in found] == [5]
    assert said in found[0][1]


def test_rows_of_one_compound_agree_and_no_building_is_there_twice(town: Town, tmp_path: Path) -> None:
    assert refused(tmp_path, HEAD + ROWS + "990101001001,水岸名居,单位院,,,3栋,,,,,,,,,,\n") == [
        (5, "“水岸名居”的类型与前面的行不同。")
    ]
    assert refused(tmp_path, HEAD + ROWS + "990101001001,水岸名居,商品房,,,2栋,,,,,,,,,,\n") == [
        (5, "与第 3 行是同一栋楼。")
    ]


def test_whoever_imports_stays_inside_their_place(town: Town, tmp_path: Path) -> None:
    found = refused(tmp_path, HEAD + ROWS, by=town.actor("head"))
    assert found == [(4, "这个地方不在您管理的范围里。")]
    assert load(tmp_path, HEAD + ROWS, by=town.actor("street_head")).figures


def test_without_the_columns_that_are_needed(town: Town, tmp_path: Path) -> None:
    ((row, said),) = refused(tmp_path, "小区,楼栋\n甲,1栋\n")
    assert (row, said) == (1, "没有找到“社区代码（community_code）”这一列。")
    assert refused(tmp_path, HEAD) == [(0, "文件里没有小区。")]


# --- predecessors


def links(folder: Path, text: str, *, dry_run: bool = False) -> Report:
    path = folder / "predecessors.csv"
    path.write_text("原代码,新代码,日期,依据,原名称\n" + text)
    return import_predecessors(path, dry_run=dry_run, progress=silent, at=NOW)


def test_predecessors_are_linked_and_unknown_ones_opened_out_of_use(town: Town, tmp_path: Path) -> None:
    text = (
        "990101009001,990101001001,2019/12/1,民政函9号,老东门社区\n"
        "990101009000,990101001000,2019-12-01,,老桂湖乡\n"
        "990101001002,990101001001,2020.01.31,,\n"
    ).replace("2019/12/1", "2019/12/01")
    assert list(links(tmp_path, text, dry_run=True).figures.values()) == [3, 2, 0]
    assert not DivisionSuccession.objects.exists()
    assert list(links(tmp_path, text).figures.values()) == [3, 2, 0]
    assert list(links(tmp_path, text).figures.values()) == [0, 0, 3]
    old = Division.objects.get(code="990101009001")
    assert (old.name, old.active, old.parent.code) == ("老东门社区", False, "990101009000")
    link = DivisionSuccession.objects.get(predecessor=old)
    assert (link.successor.name, link.since, link.note) == ("东门社区", date(2019, 12, 1), "民政函9号")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("990101009001,990101001001,2019-12-01,,", "库里没有原区划 990101009001"),
        ("990101009001,990101001001,2019-12-01,,老东门", "的上级也不在库里"),
        ("990101001002,990101001009,2019-12-01,,", "库里没有区划 990101001009。"),
        ("990101001002,990101001000,2019-12-01,,", "级别要相同"),
        ("990101001002,990101001002,2019-12-01,,", "不能是同一个"),
        ("990101001002,990101001001,去年,,", "日期应写成"),
        ("99010100100,990101001001,2019-12-01,,", "12 位数字"),
    ],
)
def test_bad_links(town: Town, tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(ImportRefused) as error:
        links(tmp_path, f"990101001002,990101001001,2018-01-01,,\n{row}\n")
    ((number, text),) = error.value.problems.shown
    assert number == 3
    assert said in text
    assert not DivisionSuccession.objects.exists()
    assert Grid.objects.count() == 3
