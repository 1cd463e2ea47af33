"""The catalogue of categories and the words that go with them, read from ``phrases/*.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from linli.demo.world.types import Category, Level, Urgency

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the catalogue with its phrases and its rhythm.

    ``weights`` are for high-rise, low-rise and village; ``hours`` and ``season`` are names of profiles in ``rhythm``;
    ``spot`` is 'building', 'compound' or 'road'; ``motif`` names the picture that fits, '' if none.
    """

    category: Category
    weights: tuple[float, float, float]
    hours: str
    season: str
    spot: str
    motif: str
    titles: tuple[str, ...]
    core: tuple[str, ...]
    core_rural: tuple[str, ...]
    more: tuple[str, ...]
    ask: tuple[str, ...]
    grid: tuple[str, ...]
    progress: tuple[str, ...]
    result: tuple[str, ...]

    @property
    def handling_days(self) -> int:
        return int(self.category.handling.split()[0])


@cache
def load() -> tuple[tuple[Category, ...], tuple[Leaf, ...]]:
    """All categories, parents before children, and the leaves in the same order."""
    categories: list[Category] = []
    leaves: list[Leaf] = []
    for path in sorted((_HERE / "phrases").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        group = data["group"]
        first = data["leaf"][0]
        categories.append(
            Category(
                key=group["key"],
                name=group["name"],
                parent_key=None,
                urgency="ordinary",
                responsible=first["responsible"],
                level="community",
                first_answer="7 days",
                handling="5 working days",
                keywords=(),
                description=group["description"],
            )
        )
        for raw in data["leaf"]:
            leaf = _leaf(raw, group["key"])
            categories.append(leaf.category)
            leaves.append(leaf)
    return tuple(categories), tuple(leaves)


def _leaf(raw: dict[str, object], group: str) -> Leaf:
    def text(name: str) -> str:
        return str(raw[name])

    def texts(name: str) -> tuple[str, ...]:
        value = raw.get(name, [])
        assert isinstance(value, list)
        return tuple(str(v) for v in value)

    weights = raw["weight"]
    assert isinstance(weights, list) and len(weights) == 3
    urgency: dict[str, Urgency] = {"danger": "danger", "urgent": "urgent", "ordinary": "ordinary", "complex": "complex"}
    level: dict[str, Level] = {"grid": "grid", "community": "community", "street": "street", "county": "county"}
    return Leaf(
        category=Category(
            key=text("key"),
            name=text("name"),
            parent_key=group,
            urgency=urgency[text("urgency")],
            responsible=text("responsible"),
            level=level[text("level")],
            first_answer=text("first"),
            handling=text("handling"),
            keywords=texts("keywords"),
            description=text("description"),
        ),
        weights=(float(weights[0]), float(weights[1]), float(weights[2])),
        hours=text("hours"),
        season=text("season"),
        spot=text("spot"),
        motif=text("motif"),
        titles=texts("titles"),
        core=texts("core"),
        core_rural=texts("core_rural") or texts("core"),
        more=texts("more"),
        ask=texts("ask"),
        grid=texts("grid"),
        progress=texts("progress"),
        result=texts("result"),
    )


@cache
def acts() -> dict[str, tuple[str, ...]]:
    """Reasons, notes and answers by kind, from ``acts/acts.toml``."""
    data = tomllib.loads((_HERE / "acts" / "acts.toml").read_text(encoding="utf-8"))
    return {name: tuple(lines) for name, lines in data.items()}
