"""Coordinate systems: published points, there and back, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.places.locating import LocatingError, from_wgs84, to_wgs84

METRES_PER_DEGREE = 111_320.0

# Published with eviltransform (Shanghai, Shenzhen, Beijing): WGS 84, then GCJ-02, each lon, lat.
PUBLISHED_GCJ = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * math.cos(math.radians(one[1]))
    return math.hypot(east, one[1] - other[1]) * METRES_PER_DEGREE


inland = st.tuples(st.floats(73.0, 136.0), st.floats(3.0, 54.0))


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED_GCJ)
def test_published_points(wgs, gcj):
    assert from_wgs84(*wgs, "gcj02") == pytest.approx(gcj, abs=1e-9)
    assert metres(to_wgs84(*gcj, "gcj02"), wgs) < 0.0001


def test_baidu_point_published_with_gcoord():
    # Their one-step inverse rounds in the fifth decimal, about a metre.
    assert to_wgs84(123, 45, "bd09") == pytest.approx((122.98762210, 44.99171540), abs=5e-6)


@given(inland, st.sampled_from(["gcj02", "bd09"]))
def test_there_and_back_within_a_centimetre(wgs, crs):
    shifted = from_wgs84(*wgs, crs)
    assert 0 < metres(shifted, wgs) < 3000
    assert metres(to_wgs84(*shifted, crs), wgs) < 0.01


@given(inland, st.sampled_from(["gcj02", "bd09"]))
def test_the_result_shifts_to_the_input(position, crs):
    """The other way round, for any input and not only for points made by the formula."""
    assert metres(from_wgs84(*to_wgs84(*position, crs), crs), position) < 0.01


@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(["wgs84", "cgcs2000"]))
def test_wgs84_and_cgcs2000_are_left_alone(lon, lat, crs):
    assert to_wgs84(lon, lat, crs) == (lon, lat) == from_wgs84(lon, lat, crs)


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
@pytest.mark.parametrize(
    "position", [(2.35, 48.85), (-74.0, 40.7), (139.7, 35.7), (103.8, -6.2), (-180, -90), (180, 90)]
)
def test_outside_china_nothing_changes(position, crs):
    assert to_wgs84(*position, crs) == position == from_wgs84(*position, crs)


@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(["wgs84", "cgcs2000", "gcj02", "bd09"]))
def test_any_position_gives_finite_numbers(lon, lat, crs):
    assert all(map(math.isfinite, to_wgs84(lon, lat, crs)))


@pytest.mark.parametrize("crs", ["", "WGS84", "gcj-02", "epsg:4326", None, 4326, "x" * 10_000])
def test_unknown_systems_are_refused(crs):
    with pytest.raises(LocatingError) as refused:
        to_wgs84(116.0, 39.0, crs)
    assert refused.value.code == "crs_unknown"
    assert len(str(refused.value)) < 200
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    "position",
    [
        (math.nan, 39.0),
        (116.0, math.inf),
        (-math.inf, 0.0),
        (180.001, 0.0),
        (0.0, 90.001),
        (10**400, 0),
        ("116", "39"),
        (None, None),
        (True, False),
        (1j, 0),
        ([116.0], [39.0]),
    ],
)
@pytest.mark.parametrize("turn", [to_wgs84, from_wgs84])
def test_what_is_no_position_is_refused(turn, position):
    with pytest.raises(LocatingError) as refused:
        turn(*position, "wgs84")
    assert refused.value.code == "position_range"
