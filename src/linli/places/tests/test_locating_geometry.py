"""Boundaries: what is accepted, what is refused with which sentence, sizes in metres, overlaps."""

import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.places.locating import (
    GridShape,
    LocatingError,
    area_m2,
    bbox,
    centroid,
    contains,
    distance_m,
    inner_point,
    overlaps,
    shape_from_geojson,
    shape_from_rings,
    to_geojson,
    union,
)

SQUARE = [[112.0, 28.0], [112.01, 28.0], [112.01, 28.01], [112.0, 28.01], [112.0, 28.0]]
HOLE = [[112.004, 28.004], [112.006, 28.004], [112.006, 28.006], [112.004, 28.006], [112.004, 28.004]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [*rings]}


def box(west: float, south: float, east: float, north: float):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


# --- accepted


@pytest.mark.parametrize(
    "data",
    [
        polygon(SQUARE),
        {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)},
        json.dumps(polygon(SQUARE)),
        json.dumps(polygon(SQUARE)).encode(),
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        polygon([[*position, 35.5] for position in SQUARE]),  # with a height
        polygon([tuple(position) for position in SQUARE[::-1]]),  # the other way round
        polygon([SQUARE[0], *SQUARE]),  # a point twice
    ],
)
def test_ways_to_give_one_square(data):
    shape = shape_from_geojson(data)
    assert bbox(shape) == (112.0, 28.0, 112.01, 28.01)
    assert shape.area == pytest.approx(1e-4)
    assert centroid(shape) == pytest.approx((112.005, 28.005))


def test_a_hole_and_two_parts():
    shape = shape_from_geojson(polygon(SQUARE, HOLE))
    assert not contains(shape, 112.005, 28.005)
    assert contains(shape, 112.004, 28.005) and contains(shape, 112.0, 28.0) and contains(shape, 112.001, 28.001)
    assert contains(shape, *inner_point(shape)) and not contains(shape, *centroid(shape))
    two = shape_from_geojson({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [box(113, 28, 113.01, 28.01)]]})
    assert area_m2(two) == pytest.approx(2 * area_m2(shape) * (1 / (1 - 0.04) + 1) / 2, rel=1e-4)


def test_geojson_goes_out_as_it_came_in():
    for data in (polygon(SQUARE, HOLE), {"type": "MultiPolygon", "coordinates": [[SQUARE], [box(113, 28, 114, 29)]]}):
        again = to_geojson(shape_from_geojson(data))
        assert again == data
        assert shape_from_rings(data["coordinates"]).equals(shape_from_geojson(again))


# --- refused


def broken(index: int, position: object) -> list:
    ring = copy.deepcopy(SQUARE)
    ring[index] = position
    return ring


BOW_TIE = [[112.0, 28.0], [112.01, 28.01], [112.01, 28.0], [112.0, 28.01], [112.0, 28.0]]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (None, "geometry_type", "GeoJSON"),
        ("not json", "geometry_type", "GeoJSON"),
        ("[" * 100_000, "geometry_type", "GeoJSON"),
        ('{"type":"Polygon","coordinates":[[[1' + "0" * 5000 + ",2]]]}", "geometry_type", "GeoJSON"),
        ("x" * 5_000_000, "vertices", "20000"),
        ([SQUARE], "geometry_type", "GeoJSON"),
        ({"type": "Point", "coordinates": [112, 28]}, "geometry_type", "GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "geometry_type", "GeoJSON"),
        ({"type": ["Polygon"], "coordinates": [SQUARE]}, "geometry_type", "GeoJSON"),
        ({"type": "Feature", "geometry": None}, "geometry_type", "GeoJSON"),
        ({"type": "Polygon"}, "geometry_empty", "至少要有一条环"),
        (polygon(), "geometry_empty", "至少要有一条环"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "geometry_empty", "至少要有一条环"),
        ({"type": "Polygon", "coordinates": {"0": SQUARE}}, "geometry_empty", "至少要有一条环"),
        (polygon("ring"), "ring_type", "第 1 条环"),
        (polygon(SQUARE, None), "ring_type", "第 2 条环"),
        (polygon(SQUARE[:3]), "ring_points", "只有 3 个点"),
        (polygon(SQUARE, []), "ring_points", "第 2 条环只有 0 个点"),
        (polygon(SQUARE[:4]), "ring_open", "没有闭合"),
        (polygon(broken(2, [112.0])), "position", "第 3 个点"),
        (polygon(broken(2, [1, 2, 3, 4])), "position", "第 3 个点"),
        (polygon(broken(1, ["112", "28"])), "position", "第 2 个点"),
        (polygon(broken(1, [math.nan, 28])), "position", "第 2 个点"),
        (polygon(broken(1, [math.inf, 28])), "position", "第 2 个点"),
        (polygon(broken(1, [True, False])), "position", "第 2 个点"),
        (polygon(broken(1, [10**400, 28])), "position", "第 2 个点"),
        (polygon(broken(1, None)), "position", "第 2 个点"),
        (polygon([[28.0, 112.0]] * 5), "position", "第 1 个点"),  # lat, lon
        (json.dumps(polygon(broken(1, [math.nan, 28]))), "position", "第 2 个点"),
        (polygon([[112.0, 28.0]] * 20_001), "vertices", "20000"),
        (polygon(BOW_TIE), "geometry_crossing", "112.005"),
        (polygon(SQUARE, box(112.005, 28.005, 112.02, 28.008)), "geometry_crossing", "112.01"),
        (polygon(SQUARE, box(113, 29, 113.01, 29.01)), "geometry_crossing", "113"),  # a hole outside
        (
            {"type": "MultiPolygon", "coordinates": [[SQUARE], [box(112.005, 28.0, 112.02, 28.01)]]},
            "geometry_crossing",
            "112.0",
        ),
    ],
)
def test_refused_with_a_sentence(data, code, says):
    with pytest.raises(LocatingError) as refused:
        shape_from_geojson(data)
    assert refused.value.code == code
    assert says in str(refused.value)
    assert refused.value.template % refused.value.params == str(refused.value)


@pytest.mark.parametrize("line", [[[112, 28], [113, 28], [112.5, 28], [112, 28]], [[112.0, 28.0]] * 4])
def test_shapes_without_area_are_refused(line):
    with pytest.raises(LocatingError):
        shape_from_geojson(polygon(line))


def test_as_many_points_as_allowed():
    ring = [
        [112 + math.cos(k / 19_999 * math.tau) / 100, 28 + math.sin(k / 19_999 * math.tau) / 100] for k in range(19_999)
    ]
    shape = shape_from_geojson(polygon([*ring, ring[0]]))
    assert contains(shape, 112.0, 28.0)


@pytest.mark.parametrize("rings", [None, 5, "rings", [], [[]], [[[]]], [[[[]]]], {}, [5], [[5]], [None], [[None]]])
def test_rings_of_no_shape_are_refused(rings):
    with pytest.raises(LocatingError):
        shape_from_rings(rings)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(json_like, st.sampled_from(["Polygon", "MultiPolygon"]))
def test_anything_else_is_refused_in_the_same_way(coordinates, kind):
    for data in (coordinates, {"type": kind, "coordinates": coordinates}):
        with pytest.raises(LocatingError):
            shape_from_geojson(data)


# --- sizes


def quadrangle_m2(south: float, north: float, degrees: float) -> float:
    """Area between two parallels by adding up narrow bands of the ellipsoid: M N cos(lat) dlat dlon."""
    a, e2 = 6378137.0, 0.0066943799901413165
    bands = 2000
    step = math.radians(north - south) / bands
    total = 0.0
    for band in range(bands):
        phi = math.radians(south) + (band + 0.5) * step
        w = 1 - e2 * math.sin(phi) ** 2
        total += a * (1 - e2) / w**1.5 * a / math.sqrt(w) * math.cos(phi) * step
    return total * math.radians(degrees)


@given(st.integers(-60, 59), st.integers(1, 10), st.integers(1, 10))
def test_area_of_a_quadrangle(south, height, width):
    north, east = min(60, south + height), 100 + width
    shape = shape_from_geojson(polygon(box(100, south, east, north)))
    assert area_m2(shape) == pytest.approx(quadrangle_m2(south, north, width), rel=1e-6)


@given(st.floats(-89, 89), st.floats(0.001, 0.02), st.floats(0.1, 0.9))
def test_parts_add_up(lat, size, share):
    middle = 112 + size * share
    north = lat + size
    whole = area_m2(shape_from_geojson(polygon(box(112, lat, 112 + size, north))))
    west = area_m2(shape_from_geojson(polygon(box(112, lat, middle, north))))
    east = area_m2(shape_from_geojson(polygon(box(middle, lat, 112 + size, north))))
    assert west + east == pytest.approx(whole, rel=1e-6)


def test_distance_in_metres():
    shape = shape_from_geojson(polygon(SQUARE, HOLE))
    assert distance_m(shape, 112.001, 28.001) == 0
    assert distance_m(shape, 112.0, 28.005) == 0
    # On the ellipsoid at 28 N a degree is 98,361 m east and 110,822 m north.
    assert distance_m(shape, 111.999, 28.005) == pytest.approx(98.36, abs=0.1)
    assert distance_m(shape, 112.005, 28.011) == pytest.approx(110.8, abs=0.1)
    assert distance_m(shape, 112.005, 28.0052) == pytest.approx(0.0008 * 110_822, abs=0.1)


def test_union():
    left, right = (shape_from_geojson(polygon(box(x, 28, x + 0.01, 28.01))) for x in (112.0, 112.01))
    both = union([left, right])
    assert both is not None and bbox(both) == pytest.approx((112, 28, 112.02, 28.01))
    assert area_m2(both) == pytest.approx(area_m2(left) + area_m2(right))
    assert union([]) is None


# --- overlaps


def grid(number: int, *edges: float) -> GridShape:
    return GridShape(number, 1, [box(*edges)])


def test_neighbours_do_not_overlap():
    side = 0.01
    grids = [
        grid(i * 3 + j, 112 + i * side, 28 + j * side, 112 + (i + 1) * side, 28 + (j + 1) * side)
        for i in range(3)
        for j in range(3)
    ]
    assert overlaps(grids) == []
    assert overlaps([]) == []


def test_overlapping_pairs_are_named_once_in_order():
    grids = [
        grid(7, 112.0, 28.0, 112.01, 28.01),
        grid(3, 112.009, 28.0, 112.02, 28.01),  # over 7
        grid(5, 112.001, 28.001, 112.002, 28.002),  # within 7
        GridShape(4, 1, None),
        grid(9, 113.0, 28.0, 113.01, 28.01),
    ]
    assert overlaps(grids) == overlaps(grids[::-1]) == [(3, 7), (5, 7)]


def test_slivers_are_tolerated():
    # 1e-8 degree over a kilometre of border: about a millimetre, one square metre.
    grids = [grid(1, 112.0, 28.0, 112.01, 28.01), grid(2, 112.01 - 5e-9, 28.0, 112.02, 28.01)]
    assert overlaps(grids) == []
    assert overlaps(grids, tolerance_m2=0.1) == [(1, 2)]


whole = st.integers(0, 12)


@given(st.lists(st.tuples(whole, whole, st.integers(1, 6), st.integers(1, 6)), max_size=7))
def test_overlaps_of_boxes_by_comparing_their_sides(boxes):
    grids = [
        grid(k, 112 + x / 1024, 28 + y / 1024, 112 + (x + w) / 1024, 28 + (y + h) / 1024)
        for k, (x, y, w, h) in enumerate(boxes)
    ]
    expected = [
        (a, b)
        for a, (x, y, w, h) in enumerate(boxes)
        for b, (u, v, p, q) in enumerate(boxes)
        if a < b and x < u + p and u < x + w and y < v + q and v < y + h
    ]
    assert overlaps(grids) == expected
