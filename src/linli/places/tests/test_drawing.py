"""Maps as text: true to shape, nothing hostile in them, names that do not cover each other; tints that differ from their neighbours'."""

import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from linli.places.drawing import Frame, Mark, Name, Stroke, bounds_of, path, svg_map
from linli.places.tints import tints

BOUNDS = (105.0, 30.0, 105.02, 30.01)
degrees = st.floats(-0.05, 0.05)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(**parts: object) -> ElementTree.Element:
    text = svg_map(Frame.around(BOUNDS), title="图", **parts)  # type: ignore[arg-type]
    return ElementTree.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


@given(st.floats(-170, 170), st.floats(-75, 75), st.floats(0.0001, 0.5), st.floats(0.0001, 0.5))
def test_a_frame_shows_all_of_its_bounds_and_is_true_to_shape(lon, lat, wide, high):
    frame = Frame.around((lon, lat, lon + wide, lat + high))
    for x, y in (frame.at(lon, lat), frame.at(lon + wide, lat + high)):
        assert -1e-6 <= x <= frame.width + 1e-6
        assert -1e-6 <= y <= frame.height + 1e-6
    # a metre to the east is as long as a metre to the north, at the middle
    middle_lon, middle_lat = lon + wide / 2, lat + high / 2
    step = 1e-5
    x0, y0 = frame.at(middle_lon, middle_lat)
    x1, _y = frame.at(middle_lon + step / math.cos(math.radians(middle_lat)), middle_lat)
    _x, y1 = frame.at(middle_lon, middle_lat + step)
    assert x1 - x0 == pytest.approx(y0 - y1, rel=1e-3)
    assert y0 - y1 == pytest.approx(frame.metres(step * 111_320), rel=1e-6)


def test_paths_of_every_kind_of_geometry():
    frame = Frame((0.0, 0.0, 10.0, 10.0), 10, 10)
    ring = [[0, 0], [4, 0], [4, 4], [0, 0]]
    assert path({"type": "LineString", "coordinates": [[0, 0], [5, 5]]}, frame) == "M0 10L5 5"
    assert (
        path({"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]}, frame)
        == "M0 10L1 9M2 8L3 7"
    )
    assert path({"type": "Polygon", "coordinates": [ring]}, frame) == "M0 10L4 10L4 6L0 10Z"
    assert path({"type": "MultiPolygon", "coordinates": [[ring], [ring]]}, frame) == "M0 10L4 10L4 6L0 10Z" * 2
    assert path({"type": "Point", "coordinates": [1, 1]}, frame) == ""
    assert path({"type": "LineString", "coordinates": [[0, 0], [0.01, 0]]}, frame) == ""
    assert bounds_of([{"type": "Polygon", "coordinates": [ring]}, {"type": "Point", "coordinates": [9, -1]}]) == (
        0,
        -1,
        9,
        4,
    )
    assert bounds_of([]) is None


def test_what_is_said_cannot_break_out_of_the_picture():
    hostile = '"><script>alert(1)</script>&'
    text = svg_map(
        Frame.around(BOUNDS),
        title=hostile,
        desc=hostile,
        names=[Name(105.01, 30.005, hostile[:9], hostile[:9])],
        marks=[Mark(105.01, 30.005, hostile, hostile)],
        strokes=[Stroke({"type": "LineString", "coordinates": [[105, 30], [105.02, 30.01]]}, hostile)],
        id=hostile,
    )
    assert "<script" not in text
    assert "style=" not in text
    ElementTree.fromstring(text)


def test_names_do_not_cover_each_other_and_marks_outside_are_left_out():
    names = [
        Name(105.01, 30.005, "第一网格"),
        Name(105.0101, 30.005, "第二网格"),
        Name(105.01, 30.008, "第三网格"),
        Name(200, 30, "外面"),
    ]
    picture = drawn(names=names, marks=[Mark(105.01, 30.005, "over", "超期"), Mark(106, 30)])
    assert [text.text for text in picture.iter(f"{SVG}text")] == ["第一网格", "第三网格"]
    assert len([g for g in picture.iter(f"{SVG}g") if g.get("class") == "m-mark"]) == 1


@given(
    st.lists(
        st.builds(
            Name, st.floats(104.99, 105.03), st.floats(29.99, 30.02), st.text("网格甲A1", min_size=1, max_size=8)
        ),
        max_size=40,
    )
)
def test_no_two_names_on_a_wide_screen_overlap(names: list[Name]):
    boxes = []
    for text in drawn(names=names).iter(f"{SVG}text"):
        said = text.text or ""
        half = sum(18 if ord(sign) > 0x2E7F else 10 for sign in said) / 2
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        boxes.append((x - half, y - 17, x + half, y + 4))
    for one in range(len(boxes)):
        for other in range(one):
            a, b = boxes[one], boxes[other]
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


# --- tints


def shares_a_border(one: shapely.Polygon, other: shapely.Polygon) -> bool:
    """Independent of the code under test: the common part of both outlines has a length."""
    return one.boundary.intersection(other.boundary).length > 0


@given(st.integers(1, 5), st.integers(1, 5), st.randoms())
def test_neighbours_on_a_map_of_blocks_differ(columns, rows, random):
    """Cells of a lattice, some of them joined to their eastern neighbour: always planar."""
    shapes: list[shapely.Polygon] = []
    for row in range(rows):
        column = 0
        while column < columns:
            wide = min(random.choice((1, 1, 2, 3)), columns - column)
            shift = row % 2 * 0.5
            shapes.append(shapely.box(column + shift, row, column + wide + shift, row + 1))
            column += wide
    chosen = tints(shapes)
    assert set(chosen) <= {1, 2, 3, 4, 5, 6}
    for one in range(len(shapes)):
        for other in range(one):
            if shares_a_border(shapes[one], shapes[other]):
                assert chosen[one] != chosen[other]


def test_a_wheel_needs_more_than_three_and_gets_them():
    hub = shapely.Point(0, 0).buffer(1, quad_segs=5)
    spokes: Sequence[shapely.Polygon] = [
        shapely.Polygon(
            [
                (0, 0),
                (3 * math.cos(a), 3 * math.sin(a)),
                (3 * math.cos(a + math.pi / 2.5), 3 * math.sin(a + math.pi / 2.5)),
            ]
        ).difference(hub)
        for a in (k * math.pi / 2.5 for k in range(5))
    ]
    chosen = tints([hub, *spokes])
    assert len(set(chosen[1:])) >= 3
    assert chosen[0] not in chosen[1:]
    assert tints([]) == []


def test_numbers_are_short():
    text = svg_map(
        Frame.around(BOUNDS),
        title="图",
        strokes=[
            Stroke(
                {"type": "LineString", "coordinates": [[105.00123456, 30.00123], [105.02, 30.01]]}, "c-road", 3.14159
            )
        ],
    )
    assert not re.search(r"\d\.\d\d", text)
