"""What is stirring: a few things that more and more people write about, each with words of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np

from linli.demo.world.catalogue import Leaf
from linli.demo.world.rhythm import ClusterPlan
from linli.demo.world.types import Building, Compound
from linli.demo.world.worktime import DAY


@dataclass(frozen=True, slots=True)
class Story:
    """``places``: number of compounds it touches; ``share``: part of all matters; ``days``: since when it grows."""

    title: str
    kind: Literal["common", "tending", "stirring"]
    leaf: str
    rural: bool
    places: int
    share: float
    days: int
    titles: tuple[str, ...]
    texts: tuple[str, ...]


STORIES: tuple[Story, ...] = (
    Story(
        "换了水泵以后水发黄",
        "stirring",
        "utilities.water_quality",
        False,
        1,
        0.011,
        12,
        ("{p}换泵以后水发黄", "{p}{b}水里有黑渣", "{p}水有铁锈味"),
        (
            "{p}泵房换了新水泵以后，{b}放出来的水一直发黄，{t}接了一盆底下全是黑渣",
            "换泵那天起{p}{b}的水就有铁锈味，烧开了更明显，孩子不敢喝",
            "{p}{b}{u}，新水泵装好后水是黄的，洗的白衣服都染了色",
            "又来反映{p}的黄水，说是换泵冲洗管道，冲到现在还是黄的，{b}",
            "{p}{b}热水器滤网两天就堵，全是黑色的渣，换水泵以前没有过",
        ),
    ),
    Story(
        "充电桩服务费涨价",
        "tending",
        "traffic.ebike_charging",
        False,
        7,
        0.014,
        40,
        ("{p}充电桩又涨价", "{p}充电服务费翻倍", "{p}充电扣费不对"),
        (
            "{p}充电桩服务费翻了一倍，一块钱只能充一个半钟头，事先没有通知",
            "{p}充电桩换了一家公司，原来卡里的余额不能用，服务费还涨了",
            "充一次电从八毛涨到两块二，{p}{b}送外卖的几个邻居都在说",
            "{p}的充电桩写着电费和服务费分开，扣费的时候合在一起，算不清",
        ),
    ),
    Story(
        "合并水站后水费收两次",
        "stirring",
        "rural.drinking_water",
        True,
        3,
        0.010,
        21,
        ("{p}合并水站后收两次水费", "{p}水费又来一张单子"),
        (
            "{p}合并水站以后，老水站收了一次水费，新水站又来收一次",
            "水站合并了，{p}{no}号手里有两张同一个月的水费单",
            "{p}好几家都收到两张水费单，去问，两边都说自己没错",
            "合并水站说水费会降，{p}这个月反而交了两回",
        ),
    ),
)


def plan(
    total: int,
    leaves: Sequence[Leaf],
    buildings: Sequence[Building],
    compounds: Sequence[Compound],
    since: int,
    now: int,
    rng: Random,
) -> list[tuple[Story, ClusterPlan, tuple[str, ...]]]:
    """The stories that fit the place, each with its plan and the keys of its compounds, neighbours where it can be."""
    leaf_index = {leaf.category.key: i for i, leaf in enumerate(leaves)}
    houses: dict[str, list[int]] = {}
    for i, building in enumerate(buildings):
        houses.setdefault(building.compound_key, []).append(i)
    out = []
    for story in STORIES:
        fitting = [c for c in compounds if (c.kind == "village_group") == story.rural]
        fitting = [c for c in fitting if story.rural or c.property_company] or fitting
        if not fitting:
            continue
        start = rng.randrange(max(1, len(fitting) - story.places))
        chosen = fitting[start : start + story.places]
        size = max(5, min(60, round(total * story.share)))
        days = max(since, now - story.days * DAY)
        rows = np.array([i for c in chosen for i in houses[c.key]], dtype=np.int64)
        cluster = ClusterPlan(story.title, story.kind, leaf_index[story.leaf], rows, days, size)
        out.append((story, cluster, tuple(c.key for c in chosen)))
    return out
