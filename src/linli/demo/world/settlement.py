"""Compounds, their buildings and the households in them: exact totals, every building inside its grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from linli.demo.world import placenames
from linli.demo.world.scales import ScalePlan
from linli.demo.world.shares import spread, spread_capped
from linli.demo.world.territory import GridSite, Territory
from linli.demo.world.types import Building, Compound, CompoundKind

URBAN_KINDS: tuple[CompoundKind, ...] = ("commercial", "work_unit", "resettlement", "village_converted")
_YEARS = {
    "commercial": (1998, 2023),
    "work_unit": (1976, 1999),
    "resettlement": (2002, 2019),
    "village_converted": (1992, 2012),
    "village_group": (1980, 2015),
}
SHARED_COMPOUNDS = 0.07
"""Share of grids whose last compound goes on into the next grid of the community."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How the houses of a compound are built: floors, dwellings per floor and entrance, entrances of a house."""

    floors: int
    per_floor: int
    entrances: int

    @property
    def dwellings(self) -> int:
        return self.floors * self.per_floor * self.entrances


@dataclass(slots=True)
class _Part:
    """The part of a compound that lies in one grid."""

    compound: int
    households: int
    styles: list[_Style]


@dataclass(slots=True)
class _Draft:
    key: str
    name: str
    kind: CompoundKind
    community_code: str
    year: int
    style: _Style
    road: str
    house_number: int
    gates: tuple[str, ...]
    numbered: int = 0


class _Settler:
    def __init__(self, territory: Territory, plan: ScalePlan, rng: Random) -> None:
        self.territory, self.plan, self.rng = territory, plan, rng
        self.names = placenames.NameMaker(rng)
        self.village_of = {d.code: d.name for d in territory.divisions}
        self.drafts: list[_Draft] = []
        self.buildings: list[Building] = []

    def settle(self) -> tuple[list[Compound], list[Building], dict[str, int]]:
        sites = self.territory.sites
        caps = [_capacity(self._free_cells(site), site.rural) for site in sites]
        wished = [
            min(cap * 0.9, (self.rng.uniform(0.45, 0.9) if site.rural else self.rng.uniform(0.75, 1.35)) * 1000)
            for site, cap in zip(sites, caps, strict=True)
        ]
        if self.plan.households > sum(caps):
            raise ValueError("the territory is too small for its households")
        households = _even_out(spread(self.plan.households, wished), caps)
        continued = self._continued(sites)
        own = spread(
            self.plan.compounds - len(sites) + sum(continued),
            [h * (0.9 if site.rural else 1.0) for h, site in zip(households, sites, strict=True)],
        )
        for i, site in enumerate(sites):
            new = 1 + own[i] - continued[i]
            parts = self._parts(site, new, continued[i], households[i])
            self._build(site, parts)
        return self._compounds(), self.buildings, dict(zip((s.code for s in sites), households, strict=True))

    def _free_cells(self, site: GridSite) -> list[tuple[int, int]]:
        wet = self.territory.wet
        cells = [(int(r), int(c)) for r, c in site.region.cells]
        dry = [(r, c) for r, c in cells if not ({(r, c), (r + 1, c), (r, c + 1), (r + 1, c + 1)} & wet)]
        return dry or cells

    def _continued(self, sites: Sequence[GridSite]) -> list[int]:
        """1 where the last compound of the grid before goes on into this grid (same community, neighbours)."""
        out = [0] * len(sites)
        for i in range(1, len(sites)):
            a, b = sites[i - 1], sites[i]
            near = a.community_code == b.community_code and set(a.region.ring) & set(b.region.ring)
            if near and not b.rural and not out[i - 1] and self.rng.random() < SHARED_COMPOUNDS:
                out[i] = 1
        return out

    def _draft(self, site: GridSite) -> int:
        rng = self.rng
        kind: CompoundKind = "village_group" if site.rural else rng.choices(URBAN_KINDS, (50, 22, 17, 11))[0]
        low, high = _YEARS[kind]
        year = rng.randint(low, high)
        road = self.territory.roads[rng.choice(site.roads)[0]].name
        gates = ("村口",) if site.rural else tuple(rng.sample(placenames.GATES[:5], rng.randint(1, 3)))
        self.drafts.append(
            _Draft(
                key=f"c{len(self.drafts) + 1:05d}",
                name=self.names.compound(kind, self.village_of[site.community_code]),
                kind=kind,
                community_code=site.community_code,
                year=year,
                style=_style(kind, year, rng),
                road=road,
                house_number=rng.randint(1, 188),
                gates=gates,
            )
        )
        return len(self.drafts) - 1

    def _parts(self, site: GridSite, new: int, continued: int, households: int) -> list[_Part]:
        compounds = [len(self.drafts) - 1] * continued + [self._draft(site) for _ in range(new)]
        shares = spread(households - len(compounds), [self.rng.uniform(0.5, 1.5) for _ in compounds])
        parts = [_Part(c, 1 + share, []) for c, share in zip(compounds, shares, strict=True)]
        room = len(self._free_cells(site)) * (2 if site.rural else 1)
        for part in parts:
            part.styles = _houses(self.drafts[part.compound].style, part.households)
        while sum(len(p.styles) for p in parts) > room:
            # Too many houses for the ground: the compound with most of them builds one storey and entrance more.
            crowded = max(parts, key=lambda p: len(p.styles))
            draft = self.drafts[crowded.compound]
            draft.style = _Style(
                draft.style.floors + 1, draft.style.per_floor, draft.style.entrances + (not site.rural)
            )
            crowded.styles = _houses(draft.style, crowded.households)
        return parts

    def _build(self, site: GridSite, parts: list[_Part]) -> None:
        places = _places(self._free_cells(site), [len(p.styles) for p in parts], site.rural, self.rng)
        for part, spots in zip(parts, places, strict=True):
            draft = self.drafts[part.compound]
            filled = spread_capped(part.households, [s.dwellings for s in part.styles])
            for style, spot, households in zip(part.styles, spots, filled, strict=True):
                draft.numbered += 1
                self.buildings.append(self._building(site, draft, style, spot, households))

    def _building(
        self, site: GridSite, draft: _Draft, style: _Style, spot: tuple[int, int, int], households: int
    ) -> Building:
        row, col, slot = spot
        across, up = _footprint(style, draft.kind, slot, self.rng)
        ring = self.territory.mesh.patch(row, col, across, up)
        lon = round(sum(p[0] for p in ring[:4]) / 4, 7)
        lat = round(sum(p[1] for p in ring[:4]) / 4, 7)
        rural = draft.kind == "village_group"
        name = f"{draft.numbered}号" if rural else f"{draft.numbered}栋"
        where = self.village_of[site.community_code] if rural else f"{draft.road}{draft.house_number}号"
        return Building(
            key=f"b{len(self.buildings) + 1:06d}",
            compound_key=draft.key,
            community_code=site.community_code,
            grid_code=site.code,
            number=draft.numbered,
            name=name,
            address=f"{where}{draft.name}{name}",
            lon=lon,
            lat=lat,
            footprint=ring,
            floors=style.floors,
            entrance_dwellings=(style.floors * style.per_floor,) * style.entrances,
            households=households,
        )

    def _compounds(self) -> list[Compound]:
        of: dict[str, list[Building]] = {}
        for building in self.buildings:
            of.setdefault(building.compound_key, []).append(building)
        out = []
        for draft in self.drafts:
            houses = of[draft.key]
            middle = houses[len(houses) // 2]
            rural = draft.kind == "village_group"
            out.append(
                Compound(
                    key=draft.key,
                    name=draft.name,
                    kind=draft.kind,
                    community_code=draft.community_code,
                    grid_codes=tuple(sorted({b.grid_code for b in houses})),
                    year_built=draft.year,
                    address=self.village_of[draft.community_code] + draft.name
                    if rural
                    else f"{draft.road}{draft.house_number}号",
                    center=(middle.lon, middle.lat),
                    households=sum(b.households for b in houses),
                    property_company=None,
                    owners_committee=None,
                    gates=draft.gates,
                )
            )
        return out


def _capacity(cells: Sequence[tuple[int, int]], rural: bool) -> int:
    return len(cells) * (4 if rural else 60)


def _even_out(numbers: list[int], caps: list[int]) -> list[int]:
    """Move what is above a cap to where there is room; the sum stays."""
    over = sum(max(0, n - cap) for n, cap in zip(numbers, caps, strict=True))
    out = [min(n, cap) for n, cap in zip(numbers, caps, strict=True)]
    for i, cap in enumerate(caps):
        add = min(over, cap - out[i])
        out[i] += add
        over -= add
    return out


def _style(kind: CompoundKind, year: int, rng: Random) -> _Style:
    if kind == "village_group":
        return _Style(rng.choice((2, 2, 2, 3)), 1, 1)
    if kind == "work_unit":
        return _Style(rng.choice((5, 6, 6, 7)), 2, rng.choice((2, 3, 3, 4)))
    if kind == "village_converted":
        return _Style(rng.choice((4, 5, 6)), 3, rng.choice((1, 2)))
    if year < 2008:
        return _Style(rng.choice((6, 6, 7)), 2, rng.choice((2, 3, 4, 5)))
    floors = rng.choice((11, 17, 18, 18, 26, 33))
    return _Style(floors, rng.choice((2, 4, 4)) if floors > 17 else 2, 1 if floors > 26 else rng.choice((1, 2)))


def _houses(style: _Style, households: int) -> list[_Style]:
    """As many houses as the households need with one dwelling in twenty empty; the last may be lower."""
    wanted = max(households, round(households * 1.05))
    out: list[_Style] = []
    while wanted > 0:
        per_storey = style.per_floor * style.entrances
        floors = min(style.floors, max(2, -(-wanted // per_storey)))
        out.append(_Style(floors, style.per_floor, style.entrances))
        wanted -= floors * per_storey
    return out


def _places(
    cells: list[tuple[int, int]], counts: list[int], rural: bool, rng: Random
) -> list[list[tuple[int, int, int]]]:
    """For each part its own stretch of cells and in it one spot (row, column, slot) per house."""
    slots = 2 if rural else 1
    array = np.array(cells)
    spread_ = array.max(axis=0) - array.min(axis=0)
    axis = int(spread_[1] >= spread_[0])
    order = sorted(cells, key=lambda cell: (cell[axis], cell[1 - axis]))
    needed = [-(-count // slots) for count in counts]
    spare = len(order) - sum(needed)
    shares = [n + extra for n, extra in zip(needed, spread(max(0, spare), [n or 1 for n in needed]), strict=True)]
    out, at = [], 0
    for count, need, share in zip(counts, needed, shares, strict=True):
        stretch = order[at : at + share]
        at += share
        if rural:
            # A hamlet huddles around its middle; a compound spreads evenly over its ground.
            row, col = rng.choice(stretch)
            chosen = sorted(stretch, key=lambda cell: (abs(cell[0] - row) + abs(cell[1] - col), cell))[:need]
        else:
            chosen = [stretch[i * len(stretch) // need] for i in range(need)]
        out.append([(r, c, slot) for r, c in sorted(chosen) for slot in range(slots)][:count])
    return out


def _footprint(
    style: _Style, kind: CompoundKind, slot: int, rng: Random
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The rectangle of a house in the coordinates of its cell (0 … 1 across and up)."""
    if kind == "village_group":
        width, depth = rng.uniform(0.28, 0.38), rng.uniform(0.26, 0.36)
        left = (0.08 if slot == 0 else 0.54) + rng.uniform(0, 0.06)
        low = rng.uniform(0.15, 0.5)
        return (left, left + width), (low, low + depth)
    if style.floors > 9:
        width, depth = 0.5 + 0.12 * min(style.entrances, 2), 0.5
    else:
        width, depth = min(0.84, 0.36 + 0.14 * style.entrances), 0.38
    left, low = (1 - width) / 2, (1 - depth) / 2 + rng.uniform(-0.06, 0.06)
    return (left, left + width), (low, low + depth)


def settle(territory: Territory, plan: ScalePlan, rng: Random) -> tuple[list[Compound], list[Building], dict[str, int]]:
    """Compounds, buildings and households by grid code. Companies and committees of compounds come with ``orgs``."""
    return _Settler(territory, plan, rng).settle()
