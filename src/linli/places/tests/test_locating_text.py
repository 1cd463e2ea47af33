"""Locating by text: one building or a choice, never a guess; held against a plain search through the register."""

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.places.locating import BuildingEntry, CompoundEntry, GridShape, LocatingError, PlaceIndex


def place(x: int, y: int) -> tuple[float, float]:
    return 112.0 + x / 1024, 28.0 + y / 1024


def box(number: int, x: int, y: int, community: int) -> GridShape:
    """A square grid, four steps wide."""
    corners = [(x, y), (x + 4, y), (x + 4, y + 4), (x, y + 4), (x, y)]
    return GridShape(number, community, [[place(*corner) for corner in corners]])


# --- a small register in two communities and a village

COMMUNITIES = {1: "桂花社区", 2: "紫薇社区居委会", 3: "青石村"}
GRIDS = [
    *(box(number, 4 * k, 0, 1) for k, number in enumerate((11, 12, 13))),
    *(box(number, 4 * k, 4, 2) for k, number in enumerate((21, 22))),
    GridShape(31, 3, None),
]
COMPOUNDS = [
    CompoundEntry(1, "阳光花园", ("阳光苑小区",), 1),
    CompoundEntry(2, "翠湖苑一期", (), 1),
    CompoundEntry(3, "翠湖苑二期", (), 1),
    CompoundEntry(4, "阳光花园", (), 2),
    CompoundEntry(5, "新华路小区", (), 2),
    CompoundEntry(6, "青石村三组", (), 3),
    CompoundEntry(7, "1号公馆", (), 2),
    CompoundEntry(8, "枫林家园", (), 1),
    CompoundEntry(9, "枫林家园", (), 2),  # no buildings registered, position unknown
    CompoundEntry(10, "䶮𠅤·买买提小区", (), 2, *place(1, 5)),
    CompoundEntry(11, "桂花", (), 2),  # as the community
    CompoundEntry(12, "阳光", (), 3),  # the beginning of other names
    CompoundEntry(13, "小区", (), 3),  # no name at all
]
BUILDINGS = [
    BuildingEntry(101, "1栋", "1", 1, 1, 11, "解放路", "12"),
    BuildingEntry(102, "2栋", "2", 1, 1, 11, "解放路", "12"),
    BuildingEntry(103, "3栋", "3", 1, 1, 12, "解放路", "12"),
    BuildingEntry(104, "A座", "A座", 1, 1, 12),
    BuildingEntry(105, "综合楼", "", 1, 1, 11, "解放路", "12"),
    BuildingEntry(201, "1栋", "1", 2, 1, 12),
    BuildingEntry(202, "1栋", "1", 3, 1, 13),
    BuildingEntry(203, "二号楼", "", 3, 1, 13),
    BuildingEntry(204, "综合楼", "", 3, 1, 13),
    BuildingEntry(401, "1栋", "1", 4, 2, 21, "人民路", "5"),
    BuildingEntry(402, "8栋", "8", 4, 2, 21, "人民路", "5"),
    BuildingEntry(501, "3栋", "3", 5, 2, 22),
    BuildingEntry(601, "12号", "", 6, 3, 31),
    BuildingEntry(701, "2栋", "2", 7, 2, 22),
    BuildingEntry(801, "人民大厦", "", None, 1, None, "人民路", "100号", *place(5, 1)),
    BuildingEntry(802, "巷尾老屋", "", None, 2, None, "中山北路", "45弄3号"),
    BuildingEntry(901, "1栋", "1", 8, 1, 11),
    BuildingEntry(902, "2栋", "2", 8, 1, 11, "桃花路", "7"),
    BuildingEntry(1101, "1栋", "1", 11, 2, 22),
    BuildingEntry(1201, "3栋", "3", 12, 3, 31),
    BuildingEntry(1301, "3栋", "3", 13, 3, 31),
]


@pytest.fixture(scope="module")
def city() -> PlaceIndex:
    return PlaceIndex.build(GRIDS, BUILDINGS, COMPOUNDS, COMMUNITIES)


@pytest.mark.parametrize(
    ("text", "building", "grid_id"),
    [
        ("解放路12号阳光花园3栋2单元501室", 103, 12),
        ("阳光花园3栋", 103, 12),
        ("阳光花园三号楼", 103, 12),
        ("阳光花园 ３＃", 103, 12),
        ("阳光花园3-2-501", 103, 12),
        ("阳光花园小区3幢", 103, 12),
        ("阳光苑3栋", 103, 12),  # another name of it, without 小区
        ("阳光花园a座", 104, 12),
        ("阳光花园8栋", 402, 21),  # the other compound of that name has no building 8
        ("人民路5号阳光花园1栋", 401, 21),  # the road tells the two apart
        ("解放路12号阳光花园1栋", 101, 11),
        ("桂花社区阳光花园1栋", 101, 11),  # the community tells them apart
        ("某某省某某市紫薇社区阳光花园1栋", 401, 21),
        ("翠湖苑一期1栋", 201, 12),
        ("翠湖苑（2期）1栋", 202, 13),
        ("翠湖苑二期2栋", 203, 13),  # registered by its name only
        ("新华路小区3栋5单元", 501, 22),  # a road in a name
        ("1号公馆2栋", 701, 22),  # a number in a name
        ("青石村3组12号", 601, 31),
        ("青石村三组十二号", 601, 31),
        ("人民大厦", 801, 12),  # a name of its own; grid from its position
        ("人民大厦501室", 801, 12),
        ("人民路100号", 801, 12),
        ("人民路一百号", 801, 12),
        ("中山北路45弄3号", 802, None),
        ("阳光花园综合楼", 105, 11),
        ("阳光花园3栋2单元电梯坏了", 103, 12),
        ("阳光3栋", 1201, 31),
        ("桂花1栋", 1101, 22),
    ],
)
def test_a_text_that_names_one_building_is_exact(city, text, building, grid_id):
    found = city.locate_text(text)
    assert (found[0].building_id, found[0].grid_id, found[0].exact) == (building, grid_id, True)
    assert found[0].kind == "building" and found[0].matched
    assert [c.exact for c in found[1:]] == [False] * (len(found) - 1)


@pytest.mark.parametrize(
    ("text", "buildings"),
    [
        ("阳光花园1栋", [101, 401]),  # two compounds of one name
        ("翠湖苑1栋", [201, 202]),  # phase not said
        ("综合楼", [105, 204]),  # every compound has one
        ("枫林家园1栋", [901]),  # the other compound of that name may have one too
        ("阳光花园二期3栋", [103]),  # a phase that is not registered
        ("阳光花园3-2", [103]),
        ("阳光花园3栋旁边", [103]),
        ("阳光花园3栋，翠湖苑二期的狗", [103]),  # another compound in the same text
        ("人民大厦B座", [801]),
        ("新解放路12号3栋", [103]),  # part of another road's name
        ("桃花路7号", [902]),  # its neighbour in the compound has no number registered
        ("桃花社区阳光花园3栋", [103]),  # a community that is not registered
        ("解放路99号阳光花园3栋", [103]),  # contradicts the register
        ("人民路5号阳光花园3栋", [103]),
        ("紫薇社区阳光花园3栋", [103]),
        ("阳光花院3栋", [103]),  # a slip of the pen
        ("3栋501，阳光花园", [103]),
    ],
)
def test_doubt_is_never_exact(city, text, buildings):
    found = city.locate_text(text)
    assert [c.building_id for c in found if c.kind == "building"][: len(buildings)] == buildings
    assert not any(c.exact for c in found)


def test_equal_candidates_say_so_and_come_in_order_of_id(city):
    first, second = city.locate_text("阳光花园一号楼")
    assert (first.building_id, second.building_id) == (101, 401)
    assert first.score == second.score == 1.0
    assert first.why == second.why == "有几处都像，请选一处。"
    assert (first.grid_id, second.grid_id, first.community_id, second.community_id) == (11, 21, 1, 2)
    assert first.matched == ("阳光花园", "1栋")


def test_a_community_restricts_the_answers(city):
    found, *_ = city.locate_text("阳光花园1栋", community_id=2)
    assert found.building_id == 401 and found.exact
    assert [(c.compound_id, c.exact) for c in city.locate_text("阳光花园1栋", community_id=3)] == [(12, False)]
    assert city.locate_text("新华路小区3栋", community_id=3) == []
    assert city.locate_text("人民路5号", community_id=1) == []


def test_a_compound_without_a_building_gives_its_grids(city):
    found = city.locate_text("阳光花园", community_id=1)
    assert [(c.kind, c.grid_id, c.compound_id) for c in found] == [("grid", 11, 1), ("grid", 12, 1)]
    assert found[0].score > found[1].score  # three of its five buildings stand there
    assert not any(c.exact for c in found)
    assert {c.why for c in found} == {"没写楼栋，先记到这个小区；由哪个网格办，社区来定。"}
    (only,) = city.locate_text("新华路小区")
    assert (only.grid_id, only.exact, only.why) == (22, False, "没写楼栋，先记到这个小区。")


def test_a_building_that_is_not_registered_gives_the_grids_of_its_compound(city):
    found = city.locate_text("阳光花园99栋", community_id=1)
    assert [c.grid_id for c in found] == [11, 12]
    assert {c.why for c in found} == {"小区对上了，楼栋没有登记，先记到这个小区。"}
    assert all(c.score < 0.5 for c in found)


def test_a_compound_without_buildings_uses_its_position_or_says_that_it_has_none(city):
    (placed,) = city.locate_text("䶮𠅤买买提小区")
    assert (placed.kind, placed.grid_id, placed.compound_id, placed.matched) == ("grid", 21, 10, ("䶮𠅤·买买提小区",))
    (unplaced,) = city.locate_text("枫林家园", community_id=2)
    assert (unplaced.kind, unplaced.grid_id, unplaced.compound_id) == ("compound", None, 9)


def test_a_road_number_shared_by_several_buildings_gives_grids(city):
    found = city.locate_text("解放路12号")
    assert [(c.kind, c.grid_id) for c in found] == [("grid", 11), ("grid", 12)]
    assert found[0].matched == ("解放路12",)
    (building, *_) = city.locate_text("解放路12号3栋")
    assert building.building_id == 103 and building.exact


def test_a_road_adds_nothing_to_a_compound_that_stands_on_it(city):
    found = city.locate_text("解放路12号阳光花园", community_id=1)
    assert [(c.grid_id, c.compound_id) for c in found] == [(11, 1), (12, 1)]


@pytest.mark.parametrize("text", ["小区3栋", "桂花路9号", "桂花社区"])
def test_names_within_other_words_are_no_names(city, text):
    assert city.locate_text(text) == []


def test_a_bare_building_number_is_a_suggestion_within_a_community(city):
    assert city.locate_text("3栋") == []
    found = city.locate_text("1#", community_id=1)
    assert [c.building_id for c in found] == [101, 201, 202, 901]
    assert not any(c.exact for c in found) and {c.score for c in found} == {0.4}
    assert len(city.locate_text("1#", community_id=1, limit=2)) == 2


def test_part_of_a_name_finds_similar_names(city):
    found = city.locate_text("翠湖")
    assert {c.compound_id for c in found} == {2, 3}
    assert {c.why for c in found} == {"名称相近，请看一看对不对。"}
    assert all(0 < c.score < 0.7 for c in found)


@pytest.mark.parametrize(
    "text", ["", " ，。", "不知道在哪里", "某某花苑33栋", "解放桥下", "1/2/3栋", "<script>", "' OR 1=1 --", "\x00"]
)
def test_what_is_not_recognised_gives_nothing(city, text):
    assert city.locate_text(text) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 50, 10**9, 0, -5])
def test_limits(city, limit):
    assert len(city.locate_text("阳光花园1栋", limit=limit)) <= max(1, min(limit, 50))


def test_texts_beyond_the_bound_are_refused(city):
    with pytest.raises(LocatingError) as refused:
        city.locate_text("阳光花园3栋" * 100)
    assert refused.value.code == "address_length"


def test_the_order_of_the_register_does_not_matter(city):
    turned = PlaceIndex.build(GRIDS[::-1], BUILDINGS[::-1], COMPOUNDS[::-1], COMMUNITIES)
    for text in ("阳光花园1栋", "阳光花园", "翠湖苑", "解放路12号", "综合楼", "人民路", "枫林家园1栋"):
        assert turned.locate_text(text) == city.locate_text(text)


@given(
    st.text(max_size=60)
    | st.text(alphabet="阳光花园翠湖苑一二期1238栋号楼#解放人民路大厦社区桂花，、-/座室单元旁边和〓", max_size=40)
)
def test_any_text_gives_sound_candidates(text):
    index = SMALL
    found = index.locate_text(text)
    assert len(found) <= 5
    assert sum(c.exact for c in found) <= 1
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    known = {b.id: b for b in BUILDINGS}
    for c in found:
        assert 0 <= c.score <= 1 and c.why and c.matched
        assert c.kind == ("building" if c.building_id else "grid" if c.grid_id else "compound")
        assert not c.exact or (c.kind == "building" and c is found[0])
        if c.building_id:
            assert (c.community_id, c.compound_id) == (
                known[c.building_id].community_id,
                known[c.building_id].compound_id,
            )
    assert [astuple(c) for c in index.locate_text(text)] == [astuple(c) for c in found]


SMALL = PlaceIndex.build(GRIDS, BUILDINGS, COMPOUNDS, COMMUNITIES)

# --- random registers against a plain search through the list

register = st.lists(
    st.tuples(
        st.sampled_from(["阳光花园", "翠湖苑", "金桂家园", "枫林小区", "和顺新村"]),
        st.integers(1, 2),
        st.sets(st.integers(1, 6), min_size=1),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda entry: entry[:2],
)


@given(register, st.data())
def test_exact_means_that_a_plain_search_finds_one(entries, data):
    compounds = [CompoundEntry(k, name, (), community) for k, (name, community, _) in enumerate(entries, start=1)]
    buildings = [
        BuildingEntry(100 * k + n, f"{n}栋", str(n), k, community, 1000 + k)
        for k, (_, community, numbers) in enumerate(entries, start=1)
        for n in sorted(numbers)
    ]
    index = PlaceIndex.build([], buildings, compounds)
    name = data.draw(st.sampled_from([entry[0] for entry in entries]))
    number = data.draw(st.integers(1, 7))
    community = data.draw(st.none() | st.integers(1, 2))
    text = data.draw(st.sampled_from(["{}{}栋", "{}{}号楼", "{} {}#", "{}{}幢3单元402", "住在{}{}栋"])).format(
        name, number
    )
    names = {c.id: c.name for c in compounds}
    expected = [
        b.id
        for b in buildings
        if names[b.compound_id] == name and b.number == str(number) and community in (None, b.community_id)
    ]
    found = index.locate_text(text, community_id=community, limit=50)
    full = [c.building_id for c in found if c.building_id and c.score == 1.0]
    assert full == expected
    assert [c.building_id for c in found if c.exact] == (expected if len(expected) == 1 else [])
    assert community is None or all(c.community_id == community for c in found)
