"""A warped mesh of cells and its division into regions that tile without gaps.

The plane is a square lattice of cells, bent by a few smooth waves and a little jitter. A region is a set of cells;
dividing a region means sorting its cells into two by a cut that may take a step sideways half-way. All regions
share the vertices of the mesh, so neighbours have exactly the same points on their common border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin
from random import Random

import numpy as np
from numpy.typing import NDArray

from linli.demo.world.types import Line, Point, Ring

METRES_PER_DEGREE = 111_320.0
CELL = 32.0
"""Side of a cell in metres."""

Cells = NDArray[np.int64]
"""Cells of a region as rows (row, column)."""
Vertex = tuple[int, int]


class Mesh:
    """``size`` by ``size`` cells around ``center`` (lon, lat). Vertices are (row, column), both 0 … size."""

    def __init__(self, size: int, center: Point, rng: Random) -> None:
        self.size = size
        self.center = center
        cols, rows = np.meshgrid(np.arange(size + 1, dtype=float), np.arange(size + 1, dtype=float))
        x = (cols - size / 2) * CELL
        y = (rows - size / 2) * CELL
        dx, dy = _waves(x, y, size * CELL, rng)
        jitter = np.random.default_rng(rng.getrandbits(64)).uniform(-0.09 * CELL, 0.09 * CELL, (2, size + 1, size + 1))
        x, y = x + dx + jitter[0], y + dy + jitter[1]
        turn = radians(rng.uniform(-16, 16))
        self.angle = turn
        east, north = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
        # Seven decimals are a centimetre; rounding here, once, keeps shared vertices shared.
        self.lon = np.round(center[0] + east / (METRES_PER_DEGREE * cos(radians(center[1]))), 7)
        self.lat = np.round(center[1] + north / METRES_PER_DEGREE, 7)

    def point(self, vertex: Vertex) -> Point:
        return float(self.lon[vertex]), float(self.lat[vertex])

    def inside_cell(self, row: int, col: int, across: float, up: float) -> Point:
        """The point at (across, up), both 0 … 1, of a cell by bilinear interpolation: inside for convex cells."""
        lon, lat = self.lon, self.lat
        a, b, c, d = (1 - across) * (1 - up), across * (1 - up), across * up, (1 - across) * up
        return (
            float(a * lon[row, col] + b * lon[row, col + 1] + c * lon[row + 1, col + 1] + d * lon[row + 1, col]),
            float(a * lat[row, col] + b * lat[row, col + 1] + c * lat[row + 1, col + 1] + d * lat[row + 1, col]),
        )

    def patch(self, row: int, col: int, across: tuple[float, float], up: tuple[float, float]) -> Ring:
        """The closed ring of a rectangle in a cell's own coordinates."""
        (x0, x1), (y0, y1) = across, up
        corners = [self.inside_cell(row, col, x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        rounded = tuple((round(lon, 7), round(lat, 7)) for lon, lat in corners)
        return (*rounded, rounded[0])


def _waves(
    x: NDArray[np.float64], y: NDArray[np.float64], extent: float, rng: Random
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smooth displacement. The sum of all slopes stays under 0.45, so that no cell folds over."""
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    slopes = (0.14, 0.12, 0.10, 0.07)
    lengths = (1.3, 0.8, 0.45, 0.22)
    for slope, share in zip(slopes, lengths, strict=True):
        length = max(extent * share, 8 * CELL)
        amplitude = slope * length / (2 * pi)
        for target in (dx, dy):
            direction, phase = rng.uniform(0, 2 * pi), rng.uniform(0, 2 * pi)
            target += amplitude * np.sin(2 * pi * (x * cos(direction) + y * sin(direction)) / length + phase)
    return dx, dy


def outline(size: int, rng: Random) -> Cells:
    """The cells of the whole territory: the square with stepped corners taken off."""
    mask = np.ones((size, size), dtype=bool)
    for flip_rows in (False, True):
        for flip_cols in (False, True):
            view = mask[:: -1 if flip_rows else 1, :: -1 if flip_cols else 1]
            depth = max(1, round(size * rng.uniform(0.05, 0.13)))
            reach = max(1, round(size * rng.uniform(0.10, 0.24)))
            view[:depth, :reach] = False
            view[: max(1, depth * 2), : max(1, reach // 2)] = False
    return np.argwhere(mask)


def border(cells: Cells) -> list[Vertex] | None:
    """The outer border of a region as vertices, counter-clockwise, not closed.

    None if the region is in pieces, has a hole, or touches itself at a corner.
    """
    if len(cells) == 0:
        return None
    low = cells.min(axis=0)
    shape = cells.max(axis=0) - low + 3
    mask = np.zeros(tuple(shape), dtype=bool)
    mask[cells[:, 0] - low[0] + 1, cells[:, 1] - low[1] + 1] = True
    inner = mask[1:-1, 1:-1]
    follow: dict[Vertex, Vertex] = {}
    total = 0
    # Each side of a cell whose neighbour is outside, walked with the region on the left.
    for neighbour, start, end in (
        (mask[:-2, 1:-1], (0, 0), (0, 1)),
        (mask[1:-1, 2:], (0, 1), (1, 1)),
        (mask[2:, 1:-1], (1, 1), (1, 0)),
        (mask[1:-1, :-2], (1, 0), (0, 0)),
    ):
        for row, col in np.argwhere(inner & ~neighbour).tolist():
            row, col = row + int(low[0]), col + int(low[1])
            follow[(row + start[0], col + start[1])] = (row + end[0], col + end[1])
            total += 1
    if len(follow) != total:
        return None
    first = min(follow)
    ring, at = [first], follow[first]
    while at != first:
        ring.append(at)
        at = follow[at]
    return ring if len(ring) == total else None


@dataclass(frozen=True, slots=True)
class Region:
    cells: Cells
    ring: tuple[Vertex, ...]

    @classmethod
    def of(cls, cells: Cells) -> Region:
        """Raises ValueError if the cells do not form one simple region."""
        ring = border(cells)
        if ring is None:
            raise ValueError("cells do not form one simple region")
        return cls(cells, tuple(ring))

    def boundary(self, mesh: Mesh) -> Ring:
        points = tuple(mesh.point(v) for v in self.ring)
        return (*points, points[0])

    def middle(self, mesh: Mesh) -> Point:
        """A point inside: the middle of the cell nearest to the centre of gravity."""
        off = self.cells - self.cells.mean(axis=0)
        row, col = self.cells[int(np.argmin((off * off).sum(axis=1)))].tolist()
        lon, lat = mesh.inside_cell(row, col, 0.5, 0.5)
        return round(lon, 7), round(lat, 7)


def _try_cut(region: Region, axis: int, share: float, step: int, at: float) -> tuple[Region, Region] | None:
    along, other = region.cells[:, axis], region.cells[:, 1 - axis]
    turn = other.min() + at * (other.max() + 1 - other.min())
    key = along + np.where(other >= turn, step, 0)
    values = np.unique(key)[1:]
    if len(values) == 0:
        return None
    below = np.array([(key < v).sum() for v in values])
    best = values[int(np.argmin(np.abs(below - share * len(key))))]
    left, right = region.cells[key < best], region.cells[key >= best]
    ring_left, ring_right = border(left), border(right)
    if ring_left is None or ring_right is None:
        return None
    return Region(left, tuple(ring_left)), Region(right, tuple(ring_right))


def cut(region: Region, share: float, rng: Random, straight: bool = False) -> tuple[Region, Region]:
    """Divide a region in two, the first with about ``share`` of the cells, across its longer side."""
    spread = region.cells.max(axis=0) - region.cells.min(axis=0) + 1
    axis = int(spread[1] >= spread[0])
    reach = max(1, int(spread[axis] // 7))
    tries = [(axis, rng.choice([-1, 1]) * rng.randint(1, reach), rng.uniform(0.3, 0.7)) for _ in range(3)]
    if straight:
        tries = []
    for which, step, at in [*tries, (axis, 0, 0.5), (1 - axis, 0, 0.5)]:
        halves = _try_cut(region, which, share, step, at)
        if halves is not None:
            return halves
    raise ValueError("a region is too small or too crooked to divide")


def divide(
    region: Region, weights: Sequence[float], rng: Random, straight: bool = False
) -> tuple[list[Region], list[list[Vertex]]]:
    """Divide a region into ``len(weights)`` regions with areas about as the weights.

    Returns the regions in the order of the weights and the cuts (polylines of vertices), the first cut first; that one
    takes no step sideways if ``straight``.
    """
    if len(weights) == 1:
        return [region], []
    total, running, half = sum(weights), 0.0, 1
    best = total
    for i, weight in enumerate(weights[:-1], start=1):
        running += weight
        if abs(running - total / 2) < best:
            best, half = abs(running - total / 2), i
    first, second = cut(region, sum(weights[:half]) / total, rng, straight)
    seam = shared_border(first, second)
    left, left_cuts = divide(first, weights[:half], rng)
    right, right_cuts = divide(second, weights[half:], rng)
    return left + right, [seam, *left_cuts, *right_cuts]


def shared_border(a: Region, b: Region) -> list[Vertex]:
    """The longest unbroken stretch of border that two regions share."""
    theirs = {(end, start) for start, end in zip(b.ring, b.ring[1:] + b.ring[:1], strict=True)}
    edges = list(zip(a.ring, a.ring[1:] + a.ring[:1], strict=True))
    common = [edge in theirs for edge in edges]
    if all(common):
        return [*a.ring, a.ring[0]]
    start = common.index(False)
    best: list[Vertex] = []
    run: list[Vertex] = []
    for i in range(1, len(edges) + 1):
        edge = edges[(start + i) % len(edges)]
        if common[(start + i) % len(edges)]:
            run = [*run, edge[1]] if run else [edge[0], edge[1]]
        else:
            best, run = (run if len(run) > len(best) else best), []
    return best


def polyline(mesh: Mesh, vertices: Sequence[Vertex]) -> Line:
    return tuple(mesh.point(v) for v in vertices)
