"""Divisions, compounds, buildings and dwellings: what may be changed, by whom, and what is refused with its reason."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel import audit
from linli.kernel.policy import Refused
from linli.places import actions, dwellings, queries
from linli.places.dwellings import DwellingLine, EntranceLine
from linli.places.models import Compound, Division, DivisionSuccession, Dwelling
from linli.places.policies import can_manage, inside, shortest
from linli.testing import NOW


def refusal(error: pytest.ExceptionInfo[ValidationError]) -> str:
    return " ".join(error.value.messages)


# --- divisions


def test_a_community_is_opened_below_its_street(town):
    made = actions.create_division(
        code="990101001003", name="䶮家社区", urban_kind="111", by=town.actor("street_head"), at=NOW
    )
    assert (made.level, made.parent_id) == (5, town.divisions["street"].pk)
    entry = audit.history(made)[0]
    assert (entry.action, entry.before, entry.after["name"]) == ("places.create", None, "䶮家社区")


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("990101001001", "甲", "已经登记过了"),
        ("990101009001", "甲", "上级 990101009000 还没有登记"),
        ("99010100100", "甲", "12 位数字"),
        ("990101001003", " ", "请填写"),
        ("990101001003", "长" * 101, "最多 100 个字"),
    ],
)
def test_a_division_that_cannot_be(town, code, name, said):
    with pytest.raises(ValidationError) as error:
        actions.create_division(code=code, name=name, by=town.actor("admin"), at=NOW)
    assert said in refusal(error)


def test_only_the_place_itself_and_those_above_manage_it(town):
    for who in ("clerk", "head", "leader", "housing"):
        with pytest.raises(Refused):
            actions.create_division(code="990101001003", name="甲", by=town.actor(who), at=NOW)
    assert can_manage(town.actor("head"), "990101001001")
    assert not can_manage(town.actor("head"), "990101001002")
    assert "只能查看" in can_manage(town.actor("clerk"), "990101001001").reason


def test_a_division_in_use_is_not_retired_and_one_out_of_use_can_come_back(town):
    admin = town.actor("admin")
    with pytest.raises(ValidationError) as error:
        actions.retire_division(division=town.divisions["east"], reason="撤并", by=admin, at=NOW)
    assert refusal(error) == "里面还有1 个小区、2 个网格在用，请先移走或停用。"
    with pytest.raises(ValidationError, match="请填写"):
        actions.retire_division(division=town.divisions["far"], reason="", by=admin, at=NOW)
    actions.retire_division(division=town.divisions["far"], reason="撤并", by=admin, at=NOW)
    with pytest.raises(ValidationError, match="已经停用"):
        actions.retire_division(division=town.divisions["far"], reason="撤并", by=admin, at=NOW)
    actions.retire_division(division=town.divisions["far_street"], reason="撤镇", by=admin, at=NOW)
    with pytest.raises(ValidationError, match="请先恢复上级"):
        actions.restore_division(division=town.divisions["far"], by=admin, at=NOW)
    actions.restore_division(division=town.divisions["far_street"], by=admin, at=NOW)
    assert actions.restore_division(division=town.divisions["far"], by=admin, at=NOW).active


def test_successions(town):
    admin, far, west = town.actor("admin"), town.divisions["far"], town.divisions["west"]
    link = actions.record_succession(
        predecessor=far,
        successor=west,
        since=date(2026, 1, 1),
        basis="民政函〔2025〕9号",
        retire=True,
        by=admin,
        at=NOW,
    )
    far.refresh_from_db()
    assert not far.active
    assert [entry.action for entry in audit.history(far)] == ["places.retire", "places.succession"]
    assert [entry.action for entry in audit.history(west)] == ["places.succession"]
    for predecessor, successor, said in (
        (far, west, "已经登记过了"),
        (west, far, "相反的沿革"),
        (far, far, "不能是同一个"),
        (far, town.divisions["street"], "级别要相同"),
    ):
        with pytest.raises(ValidationError, match=said):
            actions.record_succession(
                predecessor=predecessor, successor=successor, since=date(2026, 1, 1), by=admin, at=NOW
            )
    with pytest.raises(Refused):
        actions.remove_succession(succession=link, by=town.actor("street_head"), at=NOW)
    actions.remove_succession(succession=link, by=admin, at=NOW)
    assert not DivisionSuccession.objects.exists()
    assert audit.history(west)[0].action == "places.no_succession"


@given(st.sets(st.text("0123456789", max_size=6), max_size=8), st.text("0123456789", min_size=12, max_size=12))
def test_the_shortest_prefixes_cover_the_same_codes(prefixes, code):
    kept = shortest(prefixes)
    assert any(code.startswith(p) for p in kept) == any(code.startswith(p) for p in prefixes)
    assert all(not a.startswith(b) for a in kept for b in kept if a != b)


def test_what_lies_inside_a_prefix(town):
    def codes(*prefixes: str) -> set[str]:
        return set(Division.objects.filter(inside(prefixes)).values_list("code", flat=True))

    everything = set(Division.objects.values_list("code", flat=True))
    for prefixes in ((), ("",), ("99",), ("990101001",), ("990101001001", "990101002")):
        assert codes(*prefixes) == {code for code in everything if any(code.startswith(p) for p in prefixes)}


def test_who_sees_which_register(town):
    def seen(who: str) -> set[str]:
        return set(queries.visible_to(town.actor(who)).values_list("name", flat=True))

    assert seen("clerk") == {"东门社区"}
    assert seen("dispatcher") == {"桂湖街道", "东门社区", "西园社区"}
    assert seen("worker") == seen("housing") == set()
    assert len(seen("admin")) == 7
    assert [row.name for row in queries.search(town.actor("admin"), "社区")] == ["东门社区", "西园社区"]
    assert [row.name for row in queries.search(town.actor("admin"), "990101002")] == ["松林镇", "石桥村"]
    assert [row.name for row in queries.search(town.actor("clerk"), "西")] == []


# --- compounds and buildings


def test_compounds(town):
    head, east = town.actor("head"), town.divisions["east"]
    made = actions.create_compound(
        community=east,
        name="水岸名居",
        kind="commercial",
        year_built=2006,
        aliases=["水岸", "水岸", " "],
        by=head,
        at=NOW,
    )
    assert (made.aliases, made.due_for_renovation) == (["水岸"], False)
    changed = actions.update_compound(compound=made, year_built=2005, lon=105.0, lat=30.0, by=head, at=NOW)
    assert (changed.due_for_renovation, changed.name, changed.aliases) == (True, "水岸名居", ["水岸"])
    assert sorted(audit.changed_fields(audit.history(made)[0])) == [
        ("lat", None, "30.0"),
        ("lon", None, "105.0"),
        ("year_built", 2006, 2005),
    ]
    for values, said in (
        ({"name": "桂花园"}, "已经有“桂花园”"),
        ({"name": ""}, "请填写"),
        ({"kind": "castle"}, "请选择"),
        ({"year_built": 1700}, "建成年份"),
        ({"year_built": 2040}, "建成年份"),
        ({"lon": 105.0, "lat": None}, "一起填写"),
        ({"lon": 200.0, "lat": 30.0}, "经度应为"),
        ({"aliases": [str(n) for n in range(13)]}, "最多 12 个"),
    ):
        with pytest.raises(ValidationError) as error:
            actions.update_compound(compound=made, by=head, at=NOW, **values)
        assert said in refusal(error)
    with pytest.raises(Refused):
        actions.update_compound(compound=made, year_built=2001, by=town.actor("clerk"), at=NOW)
    with pytest.raises(ValidationError, match="社区或村"):
        actions.create_compound(
            community=town.divisions["street"], name="甲", kind="commercial", by=town.actor("street_head"), at=NOW
        )


def test_a_compound_with_buildings_is_not_retired(town):
    head = town.actor("head")
    with pytest.raises(ValidationError, match="还有 1 栋楼在用"):
        actions.retire_compound(compound=town.compound, reason="拆迁", by=head, at=NOW)
    actions.retire_building(building=town.building, reason="拆除", by=head, at=NOW)
    assert not actions.retire_compound(compound=town.compound, reason="拆迁", by=head, at=NOW).active
    assert queries.locate_text("桂花园3栋") == []
    actions.update_compound(compound=town.compound, active=True, by=head, at=NOW)
    assert Compound.objects.get(pk=town.compound.pk).active


def test_buildings(town):
    head = town.actor("head")
    changed = actions.update_building(
        building=town.building, road="解放路", road_number="12-1", households=50, floors=7, by=head, at=NOW
    )
    assert (changed.name, changed.grid_id, changed.road_number) == ("3栋", town.grids["east1"].pk, "12-1")
    for values, said in (
        ({"households": -1}, "户数应在"),
        ({"floors": 0}, "层数应在"),
        ({"footprint": {"type": "Point", "coordinates": [1, 2]}}, "边界应为"),
        (
            {"compound": Compound.objects.create(community=town.divisions["west"], name="甲", kind="commercial")},
            "小区不在",
        ),
    ):
        with pytest.raises(ValidationError) as error:
            actions.update_building(building=town.building, by=head, at=NOW, **values)
        assert said in refusal(error)
    with pytest.raises(ValidationError, match="已经有“3栋”"):
        actions.create_building(community=town.divisions["east"], compound=town.compound, name="3栋", by=head, at=NOW)


# --- dwellings as lines of text

LINES = "1单元：101 102=88.37 201\n2单元：101\n"


def test_dwellings_are_set_changed_and_taken_away(town):
    head = town.actor("head")
    actions.set_dwellings(building=town.building, entrances=dwellings.read(LINES), by=head, at=NOW)
    assert dwellings.write(queries.dwellings_of(town.building)) == LINES.strip()
    kept = Dwelling.objects.get(number="102").pk
    actions.set_dwellings(building=town.building, entrances=dwellings.read("1单元：102=90 103"), by=head, at=NOW)
    assert dwellings.write(queries.dwellings_of(town.building)) == "1单元：102=90.00 103"
    assert Dwelling.objects.get(number="102").pk == kept
    latest = audit.history(town.building)[0]
    assert latest.before == {"dwellings": {"1单元": ["101", "102=88.37", "201"], "2单元": ["101"]}}
    count = len(audit.history(town.building))
    actions.set_dwellings(building=town.building, entrances=dwellings.read("1单元：102=90 103"), by=head, at=NOW)
    assert len(audit.history(town.building)) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("101、102，103", [EntranceLine("", (DwellingLine("101"), DwellingLine("102"), DwellingLine("103")))]),
        ("１单元：１０１＝８８．５", [EntranceLine("1单元", (DwellingLine("101", Decimal("88.50")),))]),
        ("2: 101\n东：", [EntranceLine("2单元", (DwellingLine("101"),)), EntranceLine("东单元")]),
        ("", []),
    ],
)
def test_reading_lines_as_people_write_them(text, expected):
    assert dwellings.read(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1单元：101 101", "1单元的 101 写了两遍。"),
        ("1单元：101\n1：102", "“1单元”写了两行。"),
        ("1单元：101=abc", "第 1 行：面积“abc”应是最多两位小数的平方米数。"),
        ("1单元：101=0", "第 1 行：面积“0”"),
        ("1单元：101=88.371", "第 1 行：面积“88.371”"),
        ("1单元：101=NaN", "第 1 行：面积“NaN”"),
        ("\n" + "x" * 21, "第 2 行：室号"),
        ("单" * 21 + "：101", "单元名称最多 20 个字"),
        ("\n".join(f"{n}：101" for n in range(61)), "最多 60 个单元"),
        ("1" * 60_001, "房屋清单太长"),
    ],
)
def test_lines_that_cannot_be_read(text, said):
    with pytest.raises(dwellings.Unreadable) as error:
        dwellings.read(text)
    assert said in str(error.value)


number = st.text("0123456789ABC-", min_size=1, max_size=6)
area = st.none() | st.decimals(min_value=1, max_value=999, places=2)
some_dwellings = st.lists(st.builds(DwellingLine, number, area), max_size=6, unique_by=lambda d: d.number).map(tuple)
entrance = st.builds(EntranceLine, st.sampled_from(["1单元", "2单元", "东单元", "副楼"]), some_dwellings)


@given(st.lists(entrance, max_size=4, unique_by=lambda e: e.name))
def test_what_is_written_reads_back(entrances):
    assert dwellings.read(dwellings.write(entrances)) == entrances


def test_a_regular_building():
    made = dwellings.regular(entrances=2, floors=2, per_floor=3)
    assert dwellings.write(made) == "1单元：101 102 103 201 202 203\n2单元：101 102 103 201 202 203"
