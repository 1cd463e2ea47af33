"""Locating by point, held against an oracle that shares no code with the index."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.places.locating import GridShape, LocatingError, PlaceIndex

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
