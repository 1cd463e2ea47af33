"""Which grid is a point in: an STR tree over bounding boxes, then the prepared polygon decides.

A border belongs to every grid it bounds; where several grids cover a point (a shared border, an overlap) the lowest
grid id answers, always. So each point has one answer that does not depend on the order in which grids were given.
"""

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from linli.places.locating import reasons
from linli.places.locating.crs import checked_position
from linli.places.locating.entries import Candidate, GridShape
from linli.places.locating.errors import LocatingError, gettext_noop
from linli.places.locating.geometry import distance_m, metres_per_degree, shape_from_rings

_BAD_ARRAY = gettext_noop("坐标数组应为 N 行 2 列的数。")
_BAD_GRID_ID = gettext_noop("网格编号应为不重复的非负整数：%(grid)s。")
_BLOCK = 100_000  # points looked up at once, to bound the memory of a long call


class PointIndex:
    """Immutable after building, so threads may share it."""

    def __init__(self, grids: Iterable[GridShape]) -> None:
        """Raises LocatingError for an invalid polygon, a negative or a repeated grid id."""
        ordered = sorted(grids, key=lambda grid: grid.id)
        for before, grid in zip([None, *ordered], ordered, strict=False):
            if grid.id < 0 or (before is not None and before.id == grid.id):
                raise LocatingError("grid_id", _BAD_GRID_ID, grid=grid.id)
        self._grids = [grid for grid in ordered if grid.polygon is not None]
        self._ids = np.array([grid.id for grid in self._grids], dtype=np.int64)
        self._shapes = np.array([shape_from_rings(grid.polygon) for grid in self._grids], dtype=object)
        self._tree = shapely.STRtree(self._shapes)
        shapely.prepare(self._shapes)
        # GEOS builds the tree and the prepared rings on first use; do it now, before threads can meet there.
        for shape in self._shapes:
            x, y = shapely.get_coordinates(shape)[0]
            self._covering(np.array([[x, y]]))

    def locate(self, lon: float, lat: float) -> list[Candidate]:
        """The grid that covers the WGS 84 point, as a list of one, or [] where there is none. LocatingError if no
        position."""
        lon, lat = checked_position(lon, lat)
        nearby = self._tree.query(shapely.points(lon, lat)).tolist()
        covering = sorted(k for k in nearby if shapely.intersects_xy(self._shapes[k], lon, lat))
        if not covering:
            return []
        grid, alone = self._grids[covering[0]], len(covering) == 1
        return [
            Candidate(
                kind="grid",
                grid_id=grid.id,
                community_id=grid.community_id,
                score=1.0 if alone else 1.0 / len(covering),
                exact=alone,
                why=reasons.INSIDE if alone else reasons.BORDER,
            )
        ]

    def locate_many(self, points: ArrayLike) -> NDArray[np.int64]:
        """Grid ids (N,) for WGS 84 points (N, 2) of lon, lat; -1 in no grid, and for rows that are no position.

        Raises LocatingError if the array is not N x 2 numbers.
        """
        try:
            array = np.asarray(points, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise LocatingError("points_shape", _BAD_ARRAY) from error
        if array.size == 0:
            array = array.reshape(-1, 2)
        if array.ndim != 2 or array.shape[1] != 2:
            raise LocatingError("points_shape", _BAD_ARRAY)
        found = np.full(len(array), -1, dtype=np.int64)
        for start in range(0, len(array), _BLOCK):
            block = array[start : start + _BLOCK]
            usable = np.flatnonzero(np.isfinite(block).all(axis=1))
            point, shape = self._covering(block[usable])
            # Sorted by point, then shape; shapes are in order of id, so the first of each point is the lowest id.
            order = np.lexsort((shape, point))
            first, at = np.unique(point[order], return_index=True)
            found[start + usable[first]] = self._ids[shape[order][at]]
        return found

    def nearest(self, lon: float, lat: float, within_m: float, limit: int) -> list[Candidate]:
        """Grids no farther than `within_m` metres from the point, nearest first, then by id; inside is distance 0."""
        lon, lat = checked_position(lon, lat)
        east, north = metres_per_degree(min(abs(lat), 89.0))
        # A little more than needed: the box only preselects, the distance decides.
        dx, dy = 1.01 * within_m / east, 1.01 * within_m / north
        hits = self._tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy))
        measured = sorted((distance_m(self._shapes[k], lon, lat), k) for k in hits.tolist())
        return [
            Candidate(
                kind="grid",
                grid_id=self._grids[k].id,
                community_id=self._grids[k].community_id,
                score=round(1.0 - 0.5 * away / within_m, 4) if within_m else 1.0,
                exact=False,
                why=reasons.NEAR if away else reasons.INSIDE,
                distance_m=round(away, 1),
                approximate=away > 0,
            )
            for away, k in measured
            if away <= within_m
        ][:limit]

    def _covering(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs (row of points, shape) where the shape covers the point, border included."""
        point, shape = self._tree.query(shapely.points(points))
        covers = shapely.intersects_xy(self._shapes[shape], points[point, 0], points[point, 1])
        return point[covers], shape[covers]
