"""What people write: phrases of a leaf of the catalogue, filled in and put together in several voices."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from random import Random

from linli.demo.world import names, placenames
from linli.demo.world.catalogue import Leaf
from linli.demo.world.types import Building, Channel, Compound, Reporter

_COUNTS = ("两", "三", "四", "五", "六")
_SINCE = ("好几天了", "快一个星期了", "半个多月了", "三天了", "一个多月了", "有十来天了", "从上个月到现在", "五天了")
_LATE = ("晚上十一点多", "半夜十二点", "凌晨一点", "夜里十点半", "后半夜两点", "晚上十点多")
_ELDERS_OWN = ("我妈", "我爸", "我婆婆", "我奶奶", "家里老人", "我岳父")
_ELDERS = ("家里老人", "一位老人", "一位阿姨", "楼下大爷", "一位大姐")
_CARS = ("白色轿车", "灰色面包车", "蓝色小货车", "黑色越野车", "银色轿车")
_OPENINGS = (
    "",
    "",
    "",
    "",
    "你好，",
    "您好，",
    "反映一下，",
    "请问有人管吗？",
    "麻烦看一下，",
    "想反映个事，",
    "社区的同志好，",
    "各位领导好，",
)
_ENDINGS = ("", "", "", "", "谢谢。", "谢谢！", "麻烦了。", "盼回复。", "拜托了！", "辛苦你们。")
_HOTLINE = ("来电人反映：", "市民来电称，", "{sn}女士来电，", "{sn}先生来电反映，", "来电反映，")
_VISIT = ("居民{sn}阿姨到社区反映，", "{sn}师傅来访，说", "居民代表来反映，", "{sn}大爷到窗口说，", "来访居民反映，")
_FIRST_PERSON = ("我", "咱")


class Slots(dict[str, str]):
    """The words for one matter, made when first asked for and the same ever after.

    p compound, b building, u entrance, r dwelling, f and fl storeys, gate, rd road, no and no2 house numbers,
    c community, river, school, market, shop, busno, car, plate, name, phone, sn surname, who an elder, t when, dur since when,
    hr late hour, n a small number in characters, d a digit.
    """

    def __init__(
        self,
        rng: Random,
        *,
        compound: Compound,
        building: Building,
        community: str,
        roads: Sequence[str],
        road: str | None,
        hour: int,
        rural: bool,
        own: bool,
        water: str,
    ) -> None:
        super().__init__(p=compound.name, b=building.name, c=community, river=water)
        self.rng, self.building, self.compound, self.roads = rng, building, compound, roads
        self.hour, self.rural, self.own = hour, rural, own
        if road is not None:
            self["rd"] = road

    def __missing__(self, key: str) -> str:
        value = self[key] = _MAKERS[key](self)
        return value


def _when(slots: Slots) -> str:
    hour = slots.hour
    if hour < 6:
        return slots.rng.choice(("刚才", "今晚", "昨天", "前天夜里"))
    if hour < 12:
        return slots.rng.choice(("昨晚", "昨天", "今天一早", "前天", "上周末", "昨天下午"))
    if hour < 18:
        return slots.rng.choice(("今天上午", "昨天", "昨晚", "前天", "今天中午"))
    return slots.rng.choice(("刚才", "今天下午", "昨天", "前天晚上", "今天傍晚"))


def _room(slots: Slots) -> str:
    if slots.rural:
        return ""
    floor = slots.rng.randint(1, slots.building.floors)
    return (
        f"{floor}0{slots.rng.randint(1, max(1, min(4, slots.building.entrance_dwellings[0] // slots.building.floors)))}"
    )


def _storey(slots: Slots) -> str:
    return str(slots.rng.randint(min(3, slots.building.floors), slots.building.floors))


def _plate(slots: Slots) -> str:
    # 宁 has no series Z: the form of a plate, on no car.
    return "宁Z" + "".join(slots.rng.choice("0123456789ABCDEFGH") for _ in range(5))


_MAKERS: dict[str, Callable[[Slots], str]] = {
    "u": lambda s: "" if s.rural else f"{s.rng.randint(1, len(s.building.entrance_dwellings))}单元",
    "r": _room,
    "f": lambda s: _storey(s) + "楼",
    "fl": _storey,
    "gate": lambda s: s.rng.choice(s.compound.gates),
    "rd": lambda s: s.rng.choice(s.roads),
    "no": lambda s: str(s.rng.randint(1, 190)),
    "no2": lambda s: str(int(s["no"]) + s.rng.randint(4, 30)),
    "school": lambda s: s.rng.choice(placenames.SCHOOLS),
    "market": lambda s: s.rng.choice(placenames.MARKETS),
    "shop": lambda s: s.rng.choice(placenames.SHOPS),
    "busno": lambda s: str(s.rng.choice((3, 7, 12, 16, 21, 28, 35, 101, 106))),
    "car": lambda s: s.rng.choice(_CARS),
    "plate": _plate,
    "name": lambda s: names.person_name(s.rng)[0],
    "phone": lambda s: names.reporter_phone(s.rng.randrange(names.REPORTERS)),
    "sn": lambda s: s.rng.choice(names.SURNAMES)[0],
    "who": lambda s: s.rng.choice(_ELDERS_OWN if s.own else _ELDERS),
    "t": _when,
    "dur": lambda s: s.rng.choice(_SINCE),
    "hr": lambda s: s.rng.choice(_LATE),
    "n": lambda s: s.rng.choice(_COUNTS),
    "d": lambda s: str(s.rng.randint(2, 9)),
}


def fill(phrase: str, slots: Slots) -> str:
    """A phrase with its slots filled."""
    return phrase.format_map(slots) if "{" in phrase else phrase


@cache
def _neutral(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases that somebody may say about others."""
    return tuple(p for p in phrases if not any(word in p for word in _FIRST_PERSON))


@cache
def _pairs(phrase: str) -> frozenset[str]:
    """The pairs of neighbouring characters in a phrase, slots and punctuation left out."""
    bare = re.sub(r"\{\w+\}|[^\u4e00-\u9fff]", "|", phrase)
    return frozenset(a + b for a, b in pairwise(bare) if "|" not in (a, b))


@cache
def matching(phrase: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """The options that have most pairs of characters in common with the phrase; () if none has any."""
    scores = [len(_pairs(phrase) & _pairs(option)) for option in options]
    best = max(scores, default=0)
    return tuple(o for o, score in zip(options, scores, strict=True) if score == best) if best else ()


def _title(said: str, leaf: Leaf, slots: Slots, rng: Random) -> str:
    """A title that goes with what was said: one of the leaf's, otherwise the first clause."""
    fitting = matching(said, leaf.titles)
    return fill(rng.choice(fitting), slots) if fitting else fill(said, slots).split("，")[0][:28]


def compose(leaf: Leaf, channel: Channel, slots: Slots, rng: Random) -> tuple[str, str, str]:
    """(title, text, phrase) of a matter in the voice of its channel; the phrase is what the text was made from."""
    if channel == "grid":
        said = rng.choice(leaf.grid)
        text = fill(said, slots)
        return _title(said, leaf, slots, rng), text + "。" if rng.random() < 0.9 else text, said
    core = leaf.core_rural if slots.rural else leaf.core
    said = rng.choice(core if slots.own else _neutral(core) or core)
    sentences = [fill(said, slots)]
    title = _title(said, leaf, slots, rng)
    extra = leaf.more if slots.own else _neutral(leaf.more)
    chance = rng.random()
    if extra and chance < 0.62:
        picked = rng.sample(extra, 2 if chance < 0.2 and len(extra) > 1 else 1)
        sentences.extend(fill(p, slots) for p in picked)
    wish = fill(rng.choice(leaf.ask), slots) if leaf.ask and rng.random() < 0.62 else ""
    if channel == "web":
        return title, _written(sentences, wish, rng), said
    opening = fill(rng.choice(_HOTLINE if channel == "hotline" else _VISIT), slots)
    text = opening + "，".join(sentences) + "。"
    if wish:
        text += (
            ("来电人诉求：" if channel == "hotline" else "希望") + wish.removeprefix("请").removeprefix("希望") + "。"
        )
    return title, text, said


def _written(sentences: list[str], wish: str, rng: Random) -> str:
    """Somebody's own typing: tidy, hurried without full stops, or with feeling."""
    style = rng.random()
    if style < 0.55:
        parts = [*sentences, wish] if wish else sentences
        return rng.choice(_OPENINGS) + "。".join(parts) + "。" + rng.choice(_ENDINGS)
    if style < 0.8:
        return "，".join(sentences + ([wish] if wish else []))
    if style < 0.9:
        return " ".join(sentences + ([wish] if wish else [])).replace("，", " ")
    return "！".join(sentences) + "！！" + (wish + "！" if wish else "")


class ReporterPool:
    """The people who report: each phone has one name, whoever asks."""

    def __init__(self, rng: Random) -> None:
        rare = [name for name, _ in names.RARE_NAMES]
        self._names = [
            rare[i // 100 % len(rare)] if i % 100 == 37 else names.person_name(rng)[0] for i in range(names.REPORTERS)
        ]

    def pick(self, rng: Random) -> Reporter:
        index = rng.randrange(names.REPORTERS)
        return Reporter(self._names[index], names.reporter_phone(index))
