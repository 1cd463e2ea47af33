"""The locating index: point, address line or building name to grid, in process.

Built once from plain records and read-only afterwards, so that any number of threads may use one; build a new one
when the register changes.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.places.locating.entries import BuildingEntry, Candidate, CompoundEntry, GridShape
from linli.places.locating.points import PointIndex
from linli.places.locating.registry import Registry
from linli.places.locating.text import TextIndex


class PlaceIndex:
    """Finds grids. Make one with `PlaceIndex.build`."""

    def __init__(self, points: PointIndex, text: TextIndex) -> None:
        self._points = points
        self._text = text

    @classmethod
    def build(
        cls,
        grids: Iterable[GridShape],
        buildings: Iterable[BuildingEntry],
        compounds: Iterable[CompoundEntry],
        communities: Mapping[int, str] | None = None,
    ) -> "PlaceIndex":
        """Build the index.

        A building without a grid, and a compound without buildings, gets the grid its position lies in. With the
        names of `communities` by id, a community named in an address is held against the candidates. Raises
        LocatingError for an invalid polygon or grid id.
        """
        buildings, compounds = list(buildings), list(compounds)
        points = PointIndex(grids)
        building_grids = _by_position(points, [b for b in buildings if b.grid_id is None])
        building_grids |= {b.id: b.grid_id for b in buildings if b.grid_id is not None}
        compound_grids = _by_position(points, compounds)
        registry = Registry(buildings, compounds, communities or {}, building_grids, compound_grids)
        return cls(points, TextIndex(registry))

    def locate_point(self, lon: float, lat: float) -> list[Candidate]:
        """The grid that covers a WGS 84 point, as a list of one; [] where there is none (see `nearest`).

        On a border shared by several grids, or where grids overlap, it is the one with the lowest id, and not exact.
        A point on the edge of a hole is inside, one within the hole is not. LocatingError if the numbers are no
        position.
        """
        return self._points.locate(lon, lat)

    def locate_points(self, points: ArrayLike) -> NDArray[np.int64]:
        """Grid ids (N,) for an (N, 2) array of WGS 84 lon, lat; -1 where no grid covers the point or the row is no
        position.

        Same rule for borders as `locate_point`. LocatingError if the array is not N x 2 numbers.
        """
        return self._points.locate_many(points)

    def nearest(self, lon: float, lat: float, within_m: float = 300.0, limit: int = 5) -> list[Candidate]:
        """Grids within so many metres of a WGS 84 point, nearest first, each with `distance_m` and marked
        approximate.

        For points that `locate_point` finds in no grid; never exact.
        """
        return self._points.nearest(lon, lat, within_m, limit)

    def locate_text(self, text: str, community_id: int | None = None, limit: int = 5) -> list[Candidate]:
        """Candidates for an address line or the name of a building or compound, best first, at most `limit` (1 to
        50).

        `community_id` restricts the answers to one community. A compound without a building gives its grids. At most
        one candidate is exact; when none is, a person has to choose. [] where nothing is recognised, or too little
        was said (3栋 without a community). Raises LocatingError for a text of more than 500 characters.
        """
        return self._text.locate(text, community_id, limit)


def _by_position(points: PointIndex, entries: Iterable[BuildingEntry | CompoundEntry]) -> dict[int, int]:
    """Grid id by entry id for the entries whose position lies in a grid."""
    placed = [(e.id, e.lon, e.lat) for e in entries if e.lon is not None and e.lat is not None]
    found = points.locate_many([(lon, lat) for _, lon, lat in placed])
    return {entry: grid for (entry, _, _), grid in zip(placed, found.tolist(), strict=True) if grid >= 0}
