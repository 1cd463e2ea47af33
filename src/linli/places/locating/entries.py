"""What the locating index is built from and what it answers: plain frozen records with integer ids."""

from collections.abc import Sequence
from dataclasses import dataclass

Position = Sequence[float]
Ring = Sequence[Position]
Rings = Sequence[Ring]
"""One polygon: the outer ring, then its holes; rings are closed lists of (lon, lat) in WGS 84 degrees."""


@dataclass(frozen=True, slots=True)
class GridShape:
    """A grid. `polygon` is the rings of one polygon, a list of such (multipolygon), or None where none was drawn: the
    `coordinates` of a GeoJSON Polygon or MultiPolygon.
    """

    id: int
    community_id: int
    polygon: Rings | Sequence[Rings] | None = None


@dataclass(frozen=True, slots=True)
class BuildingEntry:
    """A building. `number` is what stands before 栋 ('3', 'A'); `name` may repeat it or be a name of its own. An empty
    `number` is taken from the name where that has one (3栋, 12号).

    Without a `grid_id` the grid is found from the position, if there is one.
    """

    id: int
    name: str
    number: str
    compound_id: int | None
    community_id: int
    grid_id: int | None = None
    road: str | None = None
    road_number: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class CompoundEntry:
    """A compound (小区, 单位院, 村组) with the other names people use for it."""

    id: int
    name: str
    aliases: Sequence[str]
    community_id: int
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer.

    kind         'building', 'grid' or 'compound': the smallest thing known
    grid_id      None where the building or compound lies in no known grid
    score        0..1, how much of what was said is explained; several may share the same score
    exact        True only when nothing is left to choose: a text names exactly one building and contradicts nothing,
    or a point lies in exactly one grid. Anything else is for a person to decide.
    why          one of a fixed set of Chinese sentences, marked for translation
    matched      the registered names that were recognised
    distance_m   for points outside every grid: metres to the border
    approximate  True when the place is near, not at, the position given
    """

    kind: str
    grid_id: int | None
    community_id: int
    score: float
    exact: bool
    why: str
    compound_id: int | None = None
    building_id: int | None = None
    matched: tuple[str, ...] = ()
    distance_m: float | None = None
    approximate: bool = False
