"""The few facilities that every community has, at places where nobody lives."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from linli.demo.world import placenames
from linli.demo.world.roadside import Roadside
from linli.demo.world.territory import GridSite
from linli.demo.world.types import Division, Facility

_URBAN = ("station", "clinic", "day_care", "canteen", "sports", "shop", "park")
_RURAL = ("station", "clinic", "canteen", "stage", "shop")
_NAMES = {
    "station": "党群服务中心",
    "clinic": "卫生站",
    "day_care": "老年日间照料中心",
    "canteen": "老年食堂",
    "stage": "戏台广场",
    "sports": "健身广场",
    "shop": "便民店",
    "park": "口袋公园",
}
_HOURS = {
    "station": "08:30–17:30",
    "clinic": "08:00–18:00",
    "day_care": "08:00–17:00",
    "canteen": "11:00–13:00，17:00–18:30",
    "stage": "全天",
    "sports": "06:00–22:00",
    "shop": "07:00–21:30",
    "park": "全天",
}


def place(divisions: Sequence[Division], sites: Sequence[GridSite], roadside: Roadside, rng: Random) -> list[Facility]:
    """One of each kind per community, along its roads, in different grids as far as there are enough."""
    grids: dict[str, list[int]] = {}
    for i, site in enumerate(sites):
        grids.setdefault(site.community_code, []).append(i)
    out: list[Facility] = []
    for division in divisions:
        if division.level != "community":
            continue
        stem = division.name.removesuffix("社区").removesuffix("村")
        kinds = _RURAL if division.rural else _URBAN
        mine = rng.sample(grids[division.code], len(grids[division.code]))
        for i, kind in enumerate(kinds):
            where = mine[i % len(mine)]
            road, lon, lat = roadside.spot(where, rng)
            prefix = rng.choice(placenames.SHOPS) + "·" if kind == "shop" else ""
            name = prefix + stem + ("店" if kind == "shop" else _NAMES[kind])
            out.append(
                Facility(
                    key=f"f{len(out) + 1:04d}",
                    kind=kind,
                    name=name,
                    community_code=division.code,
                    grid_code=sites[where].code,
                    address=f"{road}{rng.randint(1, 199)}号",
                    lon=lon,
                    lat=lat,
                    hours=_HOURS[kind],
                )
            )
    return out
