"""Divisions, grids with their first drawing, compounds, buildings, and what makes the map readable."""

import re
from collections import defaultdict
from typing import Any

from linli.demo.loading.register import Register
from linli.demo.world.types import Compound as WorldCompound
from linli.demo.world.types import Line, Ring, World
from linli.places.changes import touch
from linli.places.enums import CompoundKind, Level, MapKind
from linli.places.models import Building, Compound, Division, Grid, GridVersion, MapLayer

LEVELS = {
    "province": Level.PROVINCE,
    "city": Level.CITY,
    "county": Level.COUNTY,
    "street": Level.STREET,
    "community": Level.COMMUNITY,
}
KINDS = {
    "commercial": CompoundKind.COMMERCIAL,
    "resettlement": CompoundKind.RESETTLEMENT,
    "village_converted": CompoundKind.FORMER_VILLAGE,
    "work_unit": CompoundKind.WORK_UNIT,
    "village_group": CompoundKind.VILLAGE_GROUP,
}
ROADS = {"arterial": MapKind.ARTERIAL, "street": MapKind.STREET, "lane": MapKind.LANE}
BATCH = 2000
_NUMBER = re.compile(r"(.+?[路街巷弄道])(\d+)号?$")


def load_territory(world: World, register: Register) -> None:
    """Write divisions with their outlines, and grids with the drawing they began with."""
    for row in world.divisions:
        parent = register.divisions[row.parent_code] if row.parent_code else None
        made = Division.objects.create(
            code=row.code, name=row.name, level=LEVELS[row.level], parent_id=parent, urban_kind=row.kind_code or ""
        )
        register.divisions[row.code] = made.pk
    for grid in Grid.objects.bulk_create(
        [
            Grid(
                community_id=register.divisions[row.community_code],
                code=row.code,
                name=row.name,
                boundary=_polygon(row.boundary),
                since=row.valid_from,
            )
            for row in world.grids
        ],
        batch_size=BATCH,
    ):
        register.grids[grid.code] = grid.pk
    _load_map(world, register)


def _load_map(world: World, register: Register) -> None:
    """Outlines down to the community, roads by their middle line, rivers with their width."""
    city = next(register.divisions[row.code] for row in world.divisions if row.level == "city")
    layers = [
        MapLayer(
            name=row.name,
            kind=MapKind.OUTLINE,
            division_id=register.divisions[row.code],
            geometry=_polygon(row.boundary),
        )
        for row in world.divisions
        if row.level != "province"
    ]
    layers += [
        MapLayer(name=road.name, kind=ROADS[road.kind], division_id=city, geometry=_line(road.line))
        for road in world.roads
    ]
    layers += [
        MapLayer(name=one.name, kind=MapKind.RIVER, division_id=city, geometry=_line(one.line), width=one.width)
        for one in world.waters
    ]
    MapLayer.objects.bulk_create(layers, batch_size=BATCH)


def load_buildings(world: World, register: Register) -> None:
    """Write compounds (their companies are organisations, loaded before) and buildings; date the grids' drawings."""
    for source, made in zip(
        world.compounds,
        Compound.objects.bulk_create([_compound(row, register) for row in world.compounds], batch_size=BATCH),
        strict=True,
    ):
        register.compounds[source.key] = made.pk
    compounds = {row.key: row for row in world.compounds}
    rows = []
    for row in world.buildings:
        road, number = _road(compounds[row.compound_key].address)
        rows.append(
            Building(
                community_id=register.divisions[row.community_code],
                compound_id=register.compounds[row.compound_key],
                grid_id=register.grids[row.grid_code],
                name=row.name,
                road=road,
                road_number=number,
                households=row.households,
                floors=row.floors,
                lon=row.lon,
                lat=row.lat,
                footprint=_polygon(row.footprint),
            )
        )
    inside: dict[str, list[int]] = defaultdict(list)
    made_buildings = Building.objects.bulk_create(rows, batch_size=BATCH)
    for building, one in zip(world.buildings, made_buildings, strict=True):
        register.buildings[building.key] = one.pk
        inside[building.grid_code].append(one.pk)
    GridVersion.objects.bulk_create(
        [
            GridVersion(
                grid_id=register.grids[row.code],
                since=row.valid_from,
                boundary=_polygon(row.boundary),
                building_ids=inside[row.code],
            )
            for row in world.grids
        ],
        batch_size=BATCH,
    )
    touch()


def _compound(row: WorldCompound, register: Register) -> Compound:
    return Compound(
        community_id=register.divisions[row.community_code],
        name=row.name,
        kind=KINDS[row.kind],
        year_built=row.year_built,
        property_company_id=register.units.get(row.property_company or ""),
        owners_committee_id=register.units.get(row.owners_committee or ""),
        lon=row.center[0],
        lat=row.center[1],
    )


def _road(address: str) -> tuple[str, str]:
    """'泉远弄68号' as ('泉远弄', '68'); a village's address names no road."""
    found = _NUMBER.fullmatch(address)
    return (found[1], found[2]) if found else ("", "")


def _polygon(ring: Ring) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(point) for point in ring]]}


def _line(line: Line) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(point) for point in line]}
