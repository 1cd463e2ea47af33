"""Coordinate systems in use on Chinese maps, to and from WGS 84.

- `wgs84`: what satellites give, and what Linli stores.
- `cgcs2000`: the national datum; within centimetres of WGS 84, taken as equal (see contracts: Positions).
- `gcj02`: the shifted coordinates of domestic maps (Amap, Tencent). The official transformation is not published; the
  formula here is the public one, known from `eviltransform` (github.com/googollee/eviltransform, with its published
  test points), `gcoord` (github.com/hujiulong/gcoord) and PRCoords (artoria2e5.github.io/PRCoords), built on the
  Krasovsky 1940 ellipsoid. It agrees with the maps to about a metre.
- `bd09`: Baidu's, a second shift on top of GCJ-02, from the same sources.

The way back has no closed form. It is found by fixed-point iteration (Cai Jun's method, described in PRCoords): the
shift changes by less than 3 % of the distance moved, so each round gains at least one and a half decimal digits; it
stops when a round moves the point by less than 1e-10 degree, about 0.01 mm. The commonly copied one-step inverse is
off by up to 5 m.

Outside the rectangle that the public formula itself uses for "in China", points are returned unchanged. The rectangle
is coarse and judged on the coordinates given, so within a kilometre of its edge (all abroad or at sea) there and back
may differ.
"""

import math
from collections.abc import Callable
from numbers import Real

from linli.places.locating.errors import LocatingError, gettext_noop

Shift = Callable[[float, float], tuple[float, float]]

SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_AXIS = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_FREQUENCY = math.pi * 3000.0 / 180.0
_CLOSE_ENOUGH = 1e-10
_MOST_ROUNDS = 40

_RANGE = gettext_noop("经度应为 -180 到 180 之间的数，纬度应为 -90 到 90 之间的数。")
_UNKNOWN = gettext_noop("不认识的坐标系：%(crs)s。可用的有 wgs84、cgcs2000、gcj02、bd09。")


def to_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """Turn a position in degrees in `crs` (one of `SYSTEMS`) into WGS 84 degrees `(lon, lat)`.

    Raises LocatingError (a ValueError) for an unknown system and for numbers that are no position.
    """
    lon, lat = checked_position(lon, lat)
    _check_system(crs)
    if crs in ("wgs84", "cgcs2000") or not _in_china(lon, lat):
        return lon, lat
    if crs == "bd09":
        lon, lat = _solve(_baidu_shift, lon, lat)
    return _solve(_gcj_shift, lon, lat)


def from_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """Turn a WGS 84 position in degrees into `crs`, for a base map that wants it. Same errors as `to_wgs84`."""
    lon, lat = checked_position(lon, lat)
    _check_system(crs)
    if crs in ("wgs84", "cgcs2000") or not _in_china(lon, lat):
        return lon, lat
    shift = _gcj_shift(lon, lat)
    lon, lat = lon + shift[0], lat + shift[1]
    if crs == "bd09":
        shift = _baidu_shift(lon, lat)
        lon, lat = lon + shift[0], lat + shift[1]
    return lon, lat


def checked_position(lon: object, lat: object) -> tuple[float, float]:
    """The two as floats if they are finite degrees within range (no text, no true/false), else LocatingError."""
    return _degrees(lon, 180.0), _degrees(lat, 90.0)


def _degrees(value: object, bound: float) -> float:
    if not isinstance(value, bool) and isinstance(value, Real):
        try:
            number = float(value)
        except OverflowError:  # an integer beyond any float
            number = math.inf
        if -bound <= number <= bound:  # false for NaN
            return number
    raise LocatingError("position_range", _RANGE)


def _check_system(crs: object) -> None:
    if crs not in SYSTEMS:
        raise LocatingError("crs_unknown", _UNKNOWN, crs=str(crs)[:40])


def _in_china(lon: float, lat: float) -> bool:
    return _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH


def _solve(shift: Shift, lon: float, lat: float) -> tuple[float, float]:
    """The point that `shift` moves to `(lon, lat)`."""
    x, y = lon, lat
    for _ in range(_MOST_ROUNDS):
        dx, dy = shift(x, y)
        step = max(abs(lon - dx - x), abs(lat - dy - y))
        x, y = lon - dx, lat - dy
        if step < _CLOSE_ENOUGH:
            break
    return x, y


def _gcj_shift(lon: float, lat: float) -> tuple[float, float]:
    """How far GCJ-02 moves a WGS 84 point, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    sin, pi = math.sin, math.pi
    common = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    root = math.sqrt(abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y / 30.0 * pi)) * 2.0 / 3.0
    phi = math.radians(lat)
    w = 1.0 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    prime_vertical = _AXIS / math.sqrt(w)
    meridian = _AXIS * (1.0 - _ECCENTRICITY_SQUARED) / (w * math.sqrt(w))
    return math.degrees(east / (prime_vertical * math.cos(phi))), math.degrees(north / meridian)


def _baidu_shift(lon: float, lat: float) -> tuple[float, float]:
    """How far BD-09 moves a GCJ-02 point, in degrees."""
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BAIDU_FREQUENCY)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BAIDU_FREQUENCY)
    return radius * math.cos(angle) + 0.0065 - lon, radius * math.sin(angle) + 0.006 - lat
