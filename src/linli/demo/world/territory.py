"""Divisions, grids, roads and the river: one mesh divided level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import ceil, cos, hypot, radians, sqrt
from random import Random

from linli.demo.world import placenames
from linli.demo.world.mesh import METRES_PER_DEGREE, Mesh, Region, Vertex, divide, outline, polyline
from linli.demo.world.scales import ScalePlan, StreetPlan
from linli.demo.world.shares import spread
from linli.demo.world.types import Division, DivisionLevel, Grid, Line, Point, Road, RoadKind, Water

CENTER: Point = (105.3621, 30.4187)
URBAN_CELLS, RURAL_CELLS = 30, 130
RIVER_WIDTH, CREEK_WIDTH = 26.0, 8.0
GRID_SINCE = date(2023, 7, 1)


@dataclass(slots=True)
class GridSite:
    """A grid before its households are known, with what the next steps need of its shape."""

    code: str
    serial: int
    community_code: str
    rural: bool
    region: Region
    roads: list[tuple[int, tuple[Vertex, ...]]] = field(default_factory=list)
    """Roads along the border: index into ``Territory.roads`` and the vertices that lie on it, longest first."""


@dataclass(slots=True)
class Territory:
    mesh: Mesh
    divisions: list[Division]
    sites: list[GridSite]
    roads: list[Road]
    waters: list[Water]
    wet: frozenset[Vertex]
    """Vertices on the water: cells that touch one are not built on."""

    def with_households(self, by_grid: dict[str, int]) -> tuple[tuple[Division, ...], tuple[Grid, ...]]:
        """The divisions and grids with the number of households summed up through all levels."""
        totals: dict[str, int] = {}
        for code, households in by_grid.items():
            for prefix, zeros in ((12, 0), (9, 3), (6, 6), (4, 8), (2, 10)):
                key = code[:prefix] + "0" * zeros
                totals[key] = totals.get(key, 0) + households
        divisions = tuple(replace(d, households=totals[d.code]) for d in self.divisions)
        grids = tuple(
            Grid(
                code=site.code,
                name=f"第 {site.serial} 网格",
                community_code=site.community_code,
                serial=site.serial,
                boundary=site.region.boundary(self.mesh),
                center=site.region.middle(self.mesh),
                households=by_grid[site.code],
                valid_from=GRID_SINCE,
            )
            for site in self.sites
        )
        return divisions, grids


class _Builder:
    def __init__(self, plan: ScalePlan, city_name: str, rng: Random) -> None:
        self.plan, self.city_name, self.rng = plan, city_name, rng
        self.names = placenames.NameMaker(rng)
        self.urban_names = self._shuffled(placenames.COMMUNITIES)
        self.village_names = self._shuffled(placenames.VILLAGES)
        self.street_names = self._shuffled(placenames.STREETS)
        self.town_names = self._shuffled(placenames.TOWNS)
        self.divisions: list[Division] = []
        self.sites: list[GridSite] = []
        self.cuts: list[tuple[RoadKind, bool, list[Vertex]]] = []

    def _shuffled(self, names: Sequence[str]) -> list[str]:
        return self.rng.sample(list(names), len(names))

    def build(self) -> Territory:
        grids = self._grid_numbers()
        cells = sum(n * (RURAL_CELLS if rural else URBAN_CELLS) for street in grids for n, rural in street)
        size = ceil(sqrt(cells / 0.9))
        self.mesh = Mesh(size, CENTER, self.rng)
        whole = Region.of(outline(size, self.rng))
        self._add("990000000000", placenames.PROVINCE, "province", None, whole, False)
        self._add("990100000000", self.city_name, "city", "990000000000", whole, False)
        weights, at = [], 0
        for county in self.plan.counties:
            weights.append([_weight(grids[at + i]) for i in range(len(county))])
            at += len(county)
        regions, cuts = divide(whole, [sum(w) for w in weights], self.rng, straight=True)
        self._keep_cuts("arterial", False, cuts)
        at = 0
        for i, (county, region) in enumerate(zip(self.plan.counties, regions, strict=True)):
            code = self._county(i, region, sum(s.communities for s in county) > sum(s.villages for s in county) * 2)
            parts, cuts = divide(region, weights[i], self.rng)
            self._keep_cuts("arterial", False, cuts)
            for j, (street, part) in enumerate(zip(county, parts, strict=True)):
                self._street(code, j, street, part, grids[at + j])
            at += len(county)
        return self._with_roads()

    def _grid_numbers(self) -> list[list[tuple[int, bool]]]:
        """For each street the communities as (number of grids, rural); the total is exact."""
        flags = [[False] * s.communities + [True] * s.villages for county in self.plan.counties for s in county]
        count = sum(len(f) for f in flags)
        least = 4 if count > 1 else self.plan.grids
        extra = spread(self.plan.grids - least * count, [self.rng.uniform(0.5, 1.6) for _ in range(count)])
        numbers = iter(extra)
        return [[(least + next(numbers), rural) for rural in street] for street in flags]

    def _add(
        self,
        code: str,
        name: str,
        level: DivisionLevel,
        parent: str | None,
        region: Region,
        rural: bool,
        kind_code: str | None = None,
    ) -> None:
        self.divisions.append(
            Division(
                code=code,
                name=name,
                level=level,
                parent_code=parent,
                kind_code=kind_code,
                rural=rural,
                boundary=region.boundary(self.mesh),
                center=region.middle(self.mesh),
                households=0,
            )
        )

    def _keep_cuts(self, kind: RoadKind, rural: bool, cuts: list[list[Vertex]]) -> None:
        self.cuts.extend((kind, rural, c) for c in cuts if len(c) > 1)

    def _county(self, index: int, region: Region, urban: bool) -> str:
        before = [d for d in self.divisions if d.level == "county"]
        districts = [d for d in before if d.name in placenames.DISTRICTS]
        urban = urban and len(districts) < len(placenames.DISTRICTS)
        if urban:
            name, part = placenames.DISTRICTS[len(districts)], 2 + len(districts)
        else:
            others = len(before) - len(districts)
            name, part = placenames.COUNTIES[others], 21 + others
        code = f"9901{part:02d}000000"
        self._add(code, name, "county", "990100000000", region, False)
        return code

    def _street(self, county: str, index: int, plan: StreetPlan, region: Region, grids: list[tuple[int, bool]]) -> None:
        if plan.villages == 0:
            name, serial = self.street_names.pop() + "街道", 1 + index
        elif plan.communities or index % 2 == 0:
            name, serial = self.town_names.pop() + "镇", 100 + index
        else:
            name, serial = self.town_names.pop() + "乡", 200 + index
        code = f"{county[:6]}{serial:03d}000"
        self._add(code, name, "street", county, region, plan.communities == 0)
        parts, cuts = divide(region, [n * (RURAL_CELLS if rural else URBAN_CELLS) for n, rural in grids], self.rng)
        self._keep_cuts("street", plan.communities == 0, cuts)
        for i, ((number, rural), part) in enumerate(zip(grids, parts, strict=True)):
            self._community(code, name, i, number, rural, part)

    def _community(self, street: str, street_name: str, index: int, number: int, rural: bool, region: Region) -> None:
        if rural:
            name, serial = self.village_names.pop() + "村", 200 + index
            kind_code = "220" if street_name.endswith("乡") or index % 2 else "122"
        else:
            name, serial = self.urban_names.pop() + "社区", 1 + index
            kind_code = "121" if street_name.endswith("镇") else "111" if index % 5 else "112"
        code = f"{street[:9]}{serial:03d}"
        self._add(code, name, "community", street, region, rural, kind_code)
        parts, cuts = divide(region, [self.rng.uniform(0.8, 1.25) for _ in range(number)], self.rng)
        self._keep_cuts("lane", rural, cuts)
        for i, part in enumerate(parts, start=1):
            self.sites.append(GridSite(f"{code}{i:03d}", i, code, rural, part))

    def _with_roads(self) -> Territory:
        """The first cut is the water; every other cut is a road."""
        water_line = polyline(self.mesh, self.cuts[0][2])
        river = len(self.plan.counties) > 1
        width = RIVER_WIDTH if river else CREEK_WIDTH
        name = placenames.RIVER if river else placenames.CREEK
        waters = [Water("w1", name, _lengthened(water_line, 350.0), width)]
        roads = [Road("r0001", name[:-1] + "堤路", "street", _beside(water_line, width / 2 + 9))]
        on_road: dict[Vertex, list[int]] = {v: [0] for v in self.cuts[0][2]}
        suffixes = {"arterial": ("大道", "路"), "street": ("路", "街"), "lane": ("巷", "弄", "里")}
        for i, (kind, rural, vertices) in enumerate(self.cuts[1:], start=1):
            ending = ("村路", "机耕道") if rural and kind == "lane" else ("路",) if rural else suffixes[kind]
            roads.append(Road(f"r{i + 1:04d}", self.names.road(ending), kind, polyline(self.mesh, vertices)))
            for vertex in vertices:
                on_road.setdefault(vertex, []).append(i)
        for site in self.sites:
            touching: dict[int, list[Vertex]] = {}
            for vertex in site.region.ring:
                for road in on_road.get(vertex, ()):
                    touching.setdefault(road, []).append(vertex)
            along = sorted(((r, tuple(v)) for r, v in touching.items()), key=lambda item: (-len(item[1]), item[0]))
            # A road that only ends at this grid is not one of its roads.
            site.roads = [item for item in along if len(item[1]) > 1] or along
        return Territory(self.mesh, self.divisions, self.sites, roads, waters, frozenset(self.cuts[0][2]))


def _weight(street: list[tuple[int, bool]]) -> int:
    return sum(n * (RURAL_CELLS if rural else URBAN_CELLS) for n, rural in street)


def _metres(a: Point, b: Point) -> tuple[float, float]:
    """The step from a to b as metres (east, north)."""
    return (b[0] - a[0]) * METRES_PER_DEGREE * cos(radians(a[1])), (b[1] - a[1]) * METRES_PER_DEGREE


def _moved(a: Point, east: float, north: float) -> Point:
    lon = a[0] + east / (METRES_PER_DEGREE * cos(radians(a[1])))
    return round(lon, 7), round(a[1] + north / METRES_PER_DEGREE, 7)


def _lengthened(line: Line, metres: float) -> Line:
    """The line carried on straight at both ends."""

    def beyond(end: Point, before: Point) -> Point:
        east, north = _metres(before, end)
        scale = metres / hypot(east, north)
        return _moved(end, east * scale, north * scale)

    return (beyond(line[0], line[1]), *line, beyond(line[-1], line[-2]))


def _beside(line: Line, metres: float) -> Line:
    """A line that runs at this distance to the left of another, smoothed over its neighbours."""
    out = []
    for i, point in enumerate(line):
        east, north = _metres(line[max(0, i - 2)], line[min(len(line) - 1, i + 2)])
        length = hypot(east, north)
        out.append(_moved(point, -north / length * metres, east / length * metres))
    return tuple(out)


def build(plan: ScalePlan, city_name: str, rng: Random) -> Territory:
    """The territory of a scale: divisions and grids with exact numbers, roads, water."""
    return _Builder(plan, city_name, rng).build()
