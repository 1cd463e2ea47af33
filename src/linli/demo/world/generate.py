"""``generate``: a whole demonstration city from a scale, a seed and the present."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import numpy as np

from linli.demo.world import (
    catalogue,
    clusters,
    facilities,
    orgs,
    placenames,
    plans,
    rhythm,
    settlement,
    staff,
    territory,
)
from linli.demo.world.roadside import Roadside
from linli.demo.world.scales import PLANS
from linli.demo.world.scene import Scene
from linli.demo.world.stream import Stream
from linli.demo.world.types import Cluster, Scale, World
from linli.demo.world.worktime import DAY, ZONE, WorkClock

_COPIES: dict[Scale, int] = {"village": 1, "district": 3, "city": 12}
"""How many matters stand at each planned stage."""


def generate(scale: Scale, seed: int, now: datetime, city_name: str | None = None) -> World:
    """The demonstration city of this scale as it stands at ``now`` (aware).

    The same arguments give equal worlds with equal matters. Matters are made as ``World.matters()`` is walked through.
    Raises ValueError for an unknown scale or a ``now`` without a time zone.
    """
    if scale not in PLANS:
        raise ValueError(f"unknown scale {scale!r}: one of {', '.join(PLANS)}")
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    plan, city = PLANS[scale], city_name or placenames.CITY
    now = now.astimezone(ZONE).replace(microsecond=0)

    def chance(part: str) -> Random:
        return Random(f"{seed}/{scale}/{part}")

    since = (now - timedelta(days=plan.matter_days)).replace(hour=0, minute=0, second=0)
    land = territory.build(plan, city, chance("territory"))
    raw_compounds, buildings, households = settlement.settle(land, plan, chance("settlement"))
    divisions, grids = land.with_households(households)
    units, compounds = orgs.register(divisions, raw_compounds, chance("orgs"))
    users, posts, directory = staff.employ(
        units, divisions, land.sites, since=since, now=now, big=scale == "city", rng=chance("staff")
    )
    roadside = Roadside(land)
    categories, leaves = catalogue.load()

    # Half a year beyond now, so that every deadline can be reckoned.
    clock = WorkClock(since.date() - timedelta(days=2), plan.matter_days + 190)
    start, present = clock.seconds(since), clock.seconds(now)
    stirring = clusters.plan(plan.matters, leaves, buildings, compounds, start, present, chance("clusters"))
    rural = frozenset(d.code for d in divisions if d.rural)
    standing = [p for p in plans.PLANS for _ in range(_COPIES[scale])]
    numbers = np.random.default_rng(chance("rhythm").getrandbits(128))
    columns = rhythm.columns(
        total=plan.matters,
        leaves=leaves,
        classes=np.array([rhythm.place_class(b, b.community_code in rural) for b in buildings]),
        weights=rhythm.building_weights(buildings, {c.key: c for c in compounds}, numbers),
        clusters=[cluster for _, cluster, _ in stirring],
        plans=standing,
        clock=clock,
        since=start,
        now=present,
        rng=numbers,
    )
    stream = Stream(
        seed=seed,
        scene=Scene(units, directory, clock, present, chance("scene")),
        columns=columns,
        leaves=leaves,
        stories=[story for story, _, _ in stirring],
        plans=standing,
        buildings=buildings,
        compounds=compounds,
        sites=[s.code for s in land.sites],
        roadside=roadside,
        community_names={d.code: d.name for d in divisions if d.level == "community"},
        rural=rural,
        water=land.waters[0].name,
    )
    return World(
        scale=scale,
        seed=seed,
        now=now,
        since=since,
        city_name=city,
        divisions=divisions,
        grids=grids,
        compounds=tuple(compounds),
        buildings=tuple(buildings),
        roads=tuple(land.roads),
        waters=tuple(land.waters),
        facilities=tuple(facilities.place(divisions, land.sites, roadside, chance("facilities"))),
        organisations=tuple(units),
        users=tuple(users),
        posts=tuple(posts),
        categories=categories,
        clusters=tuple(
            Cluster(
                f"k{i + 1}",
                story.title,
                story.kind,
                story.leaf,
                keys,
                clock.at(cluster.start // DAY * DAY),
                cluster.size,
            )
            for i, (story, cluster, keys) in enumerate(stirring)
        ),
        matter_count=plan.matters,
        grown=max(plan.matters, plan.grown),
        source=stream,
    )
