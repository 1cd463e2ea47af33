"""Locating by point and by text, held against oracles that share no code with the index."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.places.locating import BuildingEntry, CompoundEntry, GridShape, LocatingError, PlaceIndex

# Points and corners lie on a lattice of 1/1024 degree: exact in binary, so that the oracle may count in whole numbers.
WEST, SOUTH, STEP = 112.0, 28.0, 1 / 1024
Corner = tuple[int, int]


def place(corner: Corner) -> tuple[float, float]:
    return WEST + corner[0] * STEP, SOUTH + corner[1] * STEP


def grid(number: int, *rings: Sequence[Corner], community: int = 1) -> GridShape:
    return GridShape(number, community, [[place(c) for c in (*ring, ring[0])] for ring in rings])


def box(west: int, south: int, east: int, north: int) -> list[Corner]:
    return [(west, south), (east, south), (east, north), (west, north)]


def points_only(*grids: GridShape) -> PlaceIndex:
    return PlaceIndex.build(grids, [], [])


# --- the oracle: even-odd ray casting and borders, in whole numbers


def on_edge(p: Corner, a: Corner, b: Corner) -> bool:
    cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    within = min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
    return cross == 0 and within


def covered(p: Corner, rings: Sequence[Sequence[Corner]]) -> bool:
    inside = False
    for ring in rings:
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
            if on_edge(p, a, b):
                return True
            if (a[1] > p[1]) != (b[1] > p[1]):
                # The edge crosses the ray to the east if the crossing lies east of p; no division.
                side = (b[0] - a[0]) * (p[1] - a[1]) - (p[0] - a[0]) * (b[1] - a[1])
                inside ^= (side > 0) == (b[1] > a[1])
    return inside


def lowest(p: Corner, shapes: dict[int, Sequence[Sequence[Corner]]]) -> int:
    return min((number for number, rings in shapes.items() if covered(p, rings)), default=-1)


corner = st.tuples(st.integers(0, 40), st.integers(0, 40))


@st.composite
def triangle(draw) -> list[list[Corner]]:
    a, b, c = draw(
        st.tuples(corner, corner, corner).filter(
            lambda t: (t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) != (t[1][1] - t[0][1]) * (t[2][0] - t[0][0])
        )
    )
    return [[a, b, c]]


@st.composite
def frame(draw) -> list[list[Corner]]:
    """A box with a box-shaped hole."""
    west, south = draw(corner)
    width, height = draw(st.integers(3, 20)), draw(st.integers(3, 20))
    left, bottom = draw(st.integers(1, width - 2)), draw(st.integers(1, height - 2))
    right, top = draw(st.integers(left + 1, width - 1)), draw(st.integers(bottom + 1, height - 1))
    hole = box(west + left, south + bottom, west + right, south + top)
    return [box(west, south, west + width, south + height), hole]


shapes_by_id = st.dictionaries(st.integers(0, 1000), triangle() | frame(), min_size=1, max_size=6)


@given(shapes_by_id, st.lists(corner, min_size=1, max_size=30), st.randoms())
def test_points_agree_with_ray_casting(shapes, probes, random):
    """Interiors, borders, corners, holes and overlaps, in whatever order the grids come."""
    grids = [grid(number, *rings) for number, rings in shapes.items()]
    random.shuffle(grids)
    index = points_only(*grids)
    expected = [lowest(p, shapes) for p in probes]
    assert index.locate_points([place(p) for p in probes]).tolist() == expected
    for p, number in zip(probes, expected, strict=True):
        found = index.locate_point(*place(p))
        assert [c.grid_id for c in found] == ([] if number < 0 else [number])
        if found:
            covering = sum(covered(p, rings) for rings in shapes.values())
            assert found[0].exact == (covering == 1)
            assert found[0].score == pytest.approx(1 / covering)


@given(st.lists(corner, min_size=16, max_size=16), st.lists(corner, min_size=20, max_size=60))
def test_a_partition_has_no_gaps_and_no_doubt_off_borders(jitter, probes):
    """Ragged quadrilaterals that share corners: every point within is in one, on a border in the lowest."""
    corners = {
        (i, j): (i * 100 + jitter[i * 4 + j][0], j * 100 + jitter[i * 4 + j][1]) for i in range(4) for j in range(4)
    }
    shapes = {
        i * 3 + j + 1: [[corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]]]
        for i in range(3)
        for j in range(3)
    }
    index = points_only(*(grid(number, *rings) for number, rings in shapes.items()))
    spread = [(p[0] * 7, p[1] * 7) for p in probes] + list(corners.values())
    assert index.locate_points([place(p) for p in spread]).tolist() == [lowest(p, shapes) for p in spread]


# --- exact cases by point


def test_a_shared_border_belongs_to_the_lowest_id_and_is_not_exact():
    index = points_only(grid(9, box(0, 0, 4, 4)), grid(2, box(4, 0, 8, 4)), grid(5, box(0, 4, 8, 8)))
    for probe, number, sharing in [((4, 2), 2, 2), ((4, 4), 2, 3), ((2, 4), 5, 2), ((2, 2), 9, 1), ((0, 0), 9, 1)]:
        (found,) = index.locate_point(*place(probe))
        assert (found.grid_id, found.exact) == (number, sharing == 1)
        assert found.community_id == 1 and found.kind == "grid" and found.building_id is None
        assert found.score == pytest.approx(1 / sharing)


def test_a_hole_is_outside_and_its_edge_is_inside():
    index = points_only(grid(1, box(0, 0, 10, 10), box(3, 3, 7, 7)))
    assert index.locate_point(*place((5, 5))) == []
    assert [c.grid_id for c in index.locate_point(*place((3, 5)))] == [1]
    assert [c.grid_id for c in index.locate_point(*place((7, 7)))] == [1]
    assert [c.grid_id for c in index.locate_point(*place((1, 5)))] == [1]


def test_a_grid_of_two_parts_and_a_grid_without_boundary():
    two = [[[place(c) for c in (*box(x, 0, x + 2, 2), (x, 0))]] for x in (0, 10)]
    index = points_only(GridShape(4, 7, two), GridShape(5, 7, None))
    assert index.locate_points([place((1, 1)), place((11, 1)), place((5, 1))]).tolist() == [4, 4, -1]


def test_many_points_at_once():
    index = points_only(grid(1, box(0, 0, 4, 4)), grid(2, box(4, 0, 8, 4)))
    rng = np.random.default_rng(1)
    # More than one block of the look-up; the answer follows from the longitude alone.
    points = np.column_stack((rng.uniform(WEST, WEST + 10 * STEP, 250_000), np.full(250_000, SOUTH + STEP)))
    east = points[:, 0] - WEST
    expected = np.where(east <= 4 * STEP, 1, np.where(east <= 8 * STEP, 2, -1))
    found = index.locate_points(points)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, expected)


def test_threads_may_share_an_index():
    index = points_only(*(grid(n + 1, box(n * 4, 0, n * 4 + 4, 4)) for n in range(50)))
    points = [[place((x, 2)) for x in range(start, start + 150)] for start in range(0, 50)]
    alone = [index.locate_points(batch).tolist() for batch in points]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda batch: index.locate_points(batch).tolist(), points)) == alone


def test_nothing_to_find():
    index = points_only()
    assert index.locate_point(112, 28) == []
    assert index.locate_points([]).tolist() == []
    assert index.locate_points(np.empty((0, 2))).tolist() == []
    assert index.locate_points([(112, 28)]).tolist() == [-1]
    assert index.nearest(112, 28) == []
    assert index.locate_text("阳光花园3栋") == []


def test_rows_that_are_no_position_lie_in_no_grid():
    index = points_only(grid(1, box(0, 0, 4, 4)))
    good = place((1, 1))
    rows = [(math.nan, 28), good, (112, math.inf), (-math.inf, math.nan), (1e308, -1e308), (500, 500), good]
    assert index.locate_points(rows).tolist() == [-1, 1, -1, -1, -1, -1, 1]


@pytest.mark.parametrize("array", [[1, 2], [[1, 2, 3]], [["a", "b"]], [[[1, 2]]], "112,28", 5, [[1], [2, 3]], None])
def test_arrays_of_another_shape_are_refused(array):
    with pytest.raises(LocatingError) as refused:
        points_only(grid(1, box(0, 0, 4, 4))).locate_points(array)
    assert refused.value.code == "points_shape"


@pytest.mark.parametrize("position", [(math.nan, 28), (112, math.inf), (181, 0), (0, -91), ("112", "28"), (True, 1)])
def test_single_positions_are_checked(position):
    index = points_only(grid(1, box(0, 0, 4, 4)))
    for look in (index.locate_point, index.nearest):
        with pytest.raises(LocatingError) as refused:
            look(*position)
        assert refused.value.code == "position_range"


@pytest.mark.parametrize("numbers", [(-1,), (3, 3)])
def test_grid_ids_are_checked(numbers):
    with pytest.raises(LocatingError) as refused:
        points_only(*(grid(number, box(0, 0, 4, 4)) for number in numbers))
    assert refused.value.code == "grid_id"


def test_nearest_grids_by_distance_in_metres():
    index = points_only(grid(1, box(0, 0, 4, 4)), grid(2, box(6, 0, 9, 4)), grid(3, box(40, 0, 44, 4)))
    # Two fifths of the way from grid 1 to grid 2; a degree of longitude at 28.002 N is 98,360 m on the ellipsoid.
    lon, lat = WEST + 4.8 * STEP, SOUTH + 2 * STEP
    metres = 98_360 * STEP
    near = index.nearest(lon, lat)
    assert [c.grid_id for c in near] == [1, 2]
    assert near[0].distance_m == pytest.approx(0.8 * metres, rel=0.001)
    assert near[1].distance_m == pytest.approx(1.2 * metres, rel=0.001)
    assert all(c.approximate and not c.exact and 0.5 <= c.score < 1 for c in near)
    assert near[0].score > near[1].score
    assert [c.grid_id for c in index.nearest(lon, lat, within_m=100)] == [1]
    assert [c.grid_id for c in index.nearest(lon, lat, limit=1)] == [1]
    assert index.nearest(lon, lat, within_m=10) == []
    assert index.locate_point(lon, lat) == []
    inside = index.nearest(*place((2, 2)))
    assert (inside[0].grid_id, inside[0].distance_m, inside[0].approximate) == (1, 0.0, False)


def test_nearest_to_a_corner_and_in_a_hole():
    index = points_only(grid(1, box(0, 0, 10, 10), box(2, 2, 8, 8)))
    (hole,) = index.nearest(*place((5, 5)))
    north = 110_820 * STEP  # metres per degree of latitude at 28 N
    assert hole.distance_m == pytest.approx(3 * 98_360 * STEP, rel=0.002)
    (diagonal,) = index.nearest(*place((11, 11)))
    assert diagonal.distance_m == pytest.approx(math.hypot(98_360 * STEP, north), rel=0.002)


# --- by text: a small register in two communities and a village

COMMUNITIES = {1: "桂花社区", 2: "紫薇社区居委会", 3: "青石村"}
GRIDS = [
    *(grid(number, box(4 * k, 0, 4 * k + 4, 4)) for k, number in enumerate((11, 12, 13))),
    *(grid(number, box(4 * k, 4, 4 * k + 4, 8), community=2) for k, number in enumerate((21, 22))),
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
    CompoundEntry(10, "䶮𠅤·买买提小区", (), 2, *place((1, 5))),
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
    BuildingEntry(801, "人民大厦", "", None, 1, None, "人民路", "100号", *place((5, 1))),
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
    assert first.why == second.why == "有多处同样吻合，请选择。"
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
    assert {c.why for c in found} == {"小区吻合，未说明楼栋；小区跨几个网格。"}
    (only,) = city.locate_text("新华路小区")
    assert (only.grid_id, only.exact, only.why) == (22, False, "小区吻合，未说明楼栋；小区在这个网格内。")


def test_a_building_that_is_not_registered_gives_the_grids_of_its_compound(city):
    found = city.locate_text("阳光花园99栋", community_id=1)
    assert [c.grid_id for c in found] == [11, 12]
    assert {c.why for c in found} == {"小区吻合，但没有登记这个楼栋。"}
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
    assert {c.why for c in found} == {"名称相近，请核对。"}
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

# --- by text: random registers against a plain search through the list

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
