"""All matters of a world, one after another, made from numpy columns as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from linli.demo.world.catalogue import Leaf
from linli.demo.world.clusters import Story
from linli.demo.world.lives import Life
from linli.demo.world.plans import Plan
from linli.demo.world.rhythm import Columns
from linli.demo.world.roadside import Roadside
from linli.demo.world.scene import Case, Scene
from linli.demo.world.texts import ReporterPool, Slots, compose
from linli.demo.world.types import Building, Channel, Compound, Matter, Photo, Reporter
from linli.demo.world.worktime import DAY

PHOTO_MATTERS = 60


@dataclass(frozen=True, slots=True)
class _Place:
    lon: float
    lat: float
    address: str
    road: str
    compound_key: str | None
    building_key: str | None


class Stream:
    """Callable: each call gives an iterator over equal matters in order of their creation."""

    def __init__(
        self,
        *,
        seed: int,
        scene: Scene,
        columns: Columns,
        leaves: Sequence[Leaf],
        stories: Sequence[Story],
        plans: Sequence[Plan],
        buildings: Sequence[Building],
        compounds: Sequence[Compound],
        sites: Sequence[str],
        roadside: Roadside,
        community_names: dict[str, str],
        rural: frozenset[str],
        water: str,
    ) -> None:
        self.seed, self.scene, self.columns, self.leaves = seed, scene, columns, leaves
        self.stories = [(story, self._story_leaf(story)) for story in stories]
        self.plans, self.buildings, self.roadside = plans, buildings, roadside
        self.compounds = {c.key: c for c in compounds}
        self.site = {code: i for i, code in enumerate(sites)}
        self.community_names, self.rural, self.water = community_names, rural, water
        self.reporters = ReporterPool(Random(f"{seed}/reporters"))
        self.pictured = self._choose_pictured()
        self.repeated = frozenset(columns.source[columns.source >= 0].tolist())

    def __call__(self) -> Iterator[Matter]:
        rng = Random(f"{self.seed}/matters")
        c = self.columns
        # Where a matter that will be repeated stands: its place, and when it ended.
        running: dict[int, tuple[_Place, int | None]] = {}
        rows = zip(
            c.second.tolist(),
            c.building.tolist(),
            c.leaf.tolist(),
            c.cluster.tolist(),
            c.source.tolist(),
            c.plan.tolist(),
            strict=True,
        )
        for row, (second, building, leaf, cluster, source, plan) in enumerate(rows):
            first = running.get(source)
            matter, ended, place = self._matter(
                row, second, self.buildings[building], leaf, cluster, source, first, plan, rng
            )
            if row in self.repeated:
                running[row] = (place, ended)
            yield matter

    def _matter(
        self,
        row: int,
        second: int,
        building: Building,
        leaf_index: int,
        cluster: int,
        source: int,
        first: tuple[_Place, int | None] | None,
        plan: int,
        rng: Random,
    ) -> tuple[Matter, int | None, _Place]:
        story, leaf = self.stories[cluster] if cluster >= 0 else (None, self.leaves[leaf_index])
        channel = _channel(second, self.scene.clock.is_open(second), leaf, story is not None, rng)
        compound = self.compounds[building.compound_key]
        rural = building.community_code in self.rural
        site = self.site[building.grid_code]
        # Somebody else about the same thing stands at the same place.
        place = first[0] if first else self._place(leaf, building, compound, site, rng)
        repeats = first is not None and (first[1] is None or first[1] > second + 8 * 3600)
        slots = Slots(
            rng,
            compound=compound,
            building=building,
            community=self.community_names[building.community_code],
            roads=self.roadside.roads[site],
            road=place.road or None,
            hour=second % DAY // 3600,
            rural=rural,
            own=channel == "web",
            water=self.water,
        )
        title, text, said = compose(leaf, channel, slots, rng)
        reporter, anonymous = self._reporter(channel, rng)
        case = Case(
            created=second,
            leaf=leaf,
            compound=compound,
            building=building,
            channel=channel,
            reporter=reporter,
            lon=place.lon,
            lat=place.lat,
            said=said,
            merge_into=_key(source) if repeats and rng.random() < 0.75 else None,
            may_return=row not in self.repeated and story is None,
            plan=self.plans[plan].stage if plan >= 0 else "",
        )
        life = Life(self.scene, case, slots, rng)
        life.run()
        clock = self.scene.clock
        busy = row in self.repeated or story is not None
        matter = Matter(
            key=_key(row),
            created_at=clock.at(second),
            title=title,
            text=text,
            category_key=leaf.category.key,
            channel=channel,
            community_code=building.community_code,
            grid_code=building.grid_code,
            compound_key=place.compound_key,
            building_key=place.building_key,
            lon=place.lon,
            lat=place.lat,
            address=place.address,
            anonymous=anonymous,
            reporter=reporter,
            entered_by=self._entered_by(channel, building, case, second, rng),
            followers=int(rng.expovariate(0.15 if busy else 1.1)),
            photos=self._photos(row, leaf),
            script=tuple(life.steps),
            state=life.state,
            settled_level=life.settled_level,
            due_at=None if life.due is None else clock.at(life.due),
            overdue=life.due is not None and life.due < self.scene.now,
            duplicate_of=_key(source) if repeats else None,
            cluster=f"k{cluster + 1}" if cluster >= 0 else None,
        )
        return matter, life.ended, place

    def _story_leaf(self, story: Story) -> Leaf:
        base = next(leaf for leaf in self.leaves if leaf.category.key == story.leaf)
        return replace(base, titles=story.titles, core=story.texts, core_rural=story.texts, more=(), grid=story.texts)

    def _place(self, leaf: Leaf, building: Building, compound: Compound, site: int, rng: Random) -> _Place:
        if leaf.spot == "building":
            return _Place(building.lon, building.lat, building.address, "", compound.key, building.key)
        if leaf.spot == "compound":
            lon, lat = building.footprint[rng.randrange(4)]
            return _Place(
                lon,
                lat,
                f"{compound.address}{compound.name}" if compound.kind != "village_group" else compound.address,
                "",
                compound.key,
                None,
            )
        road, lon, lat = self.roadside.spot(site, rng)
        return _Place(lon, lat, f"{road}{rng.randint(1, 190)}号附近", road, None, None)

    def _reporter(self, channel: Channel, rng: Random) -> tuple[Reporter | None, bool]:
        """Who reports and whether the name stays hidden. What a grid worker finds has no reporter."""
        if channel == "grid":
            return None, False
        chance = rng.random()
        if channel == "web" and chance < 0.15:
            return None, True
        return self.reporters.pick(rng), chance < 0.26

    def _entered_by(self, channel: Channel, building: Building, case: Case, second: int, rng: Random) -> str | None:
        if channel == "web":
            return None
        scene = self.scene
        role, place = {
            "hotline": ("caller_desk", scene.unit("hotline", case)),
            "visit": ("clerk", scene.unit("community", case)),
            "grid": ("grid_worker", building.grid_code),
        }[channel]
        return scene.directory.pick(role, place, scene.clock.at(second), rng).username

    def _choose_pictured(self) -> dict[int, int]:
        """Rows that carry pictures and how many, most of them recent."""
        rng = Random(f"{self.seed}/pictures")
        motif = np.array([bool(leaf.motif) for leaf in self.leaves])
        rows = np.flatnonzero(motif[self.columns.leaf]).tolist()
        wanted = min(PHOTO_MATTERS, len(rows) // 3)
        recent = rows[-2 * wanted :]
        chosen = rng.sample(recent, wanted * 2 // 3)
        older = rows[: -2 * wanted]
        chosen += rng.sample(older, min(len(older), wanted - len(chosen)))
        return {row: rng.choice((1, 1, 2, 3)) for row in chosen}

    def _photos(self, row: int, leaf: Leaf) -> tuple[Photo, ...]:
        number = self.pictured.get(row, 0)
        return tuple(
            Photo(f"{_key(row)}-{i + 1}", leaf.motif, self.seed * 1_000_003 + row * 10 + i, f"{leaf.category.name}现场")
            for i in range(number)
        )


def _key(row: int) -> str:
    return f"m{row + 1:06d}"


def _channel(second: int, is_open: bool, leaf: Leaf, own: bool, rng: Random) -> Channel:
    """How it came in: visits in office hours only, grid workers and callers not at night."""
    chance = rng.random()
    hour = second % DAY // 3600
    if chance < 0.16 and 7 <= hour < 21 and not own:
        return "grid"
    if chance < 0.26 and is_open:
        return "visit"
    if chance < 0.48 and (7 <= hour < 23 or leaf.category.urgency == "danger"):
        return "hotline"
    return "web"
