"""How big each demonstration is: the numbers that are fixed, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from linli.demo.world.types import Scale


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """A street or township: how many communities (urban) and villages it has."""

    communities: int
    villages: int


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """``counties[i]`` are the streets of county i. ``matter_days``: how far back the matters go.

    ``grown``: how many matters there are in the end, where those that ended are repeated at earlier times (see ``rehearsal.echo``).
    """

    counties: tuple[tuple[StreetPlan, ...], ...]
    grids: int
    compounds: int
    households: int
    matters: int
    matter_days: int
    grown: int = 0

    @property
    def streets(self) -> int:
        return sum(len(county) for county in self.counties)

    @property
    def communities(self) -> int:
        return sum(s.communities + s.villages for county in self.counties for s in county)


def _streets(*pairs: tuple[int, int]) -> tuple[StreetPlan, ...]:
    return tuple(StreetPlan(*pair) for pair in pairs)


PLANS: dict[Scale, ScalePlan] = {
    "village": ScalePlan(
        counties=(_streets((0, 1)),), grids=6, compounds=8, households=640, matters=160, matter_days=183
    ),
    "district": ScalePlan(
        counties=(_streets((3, 0), (3, 0), (2, 0)), _streets((1, 1), (0, 2))),
        grids=120,
        compounds=236,
        households=33_600,
        matters=2_000,
        matter_days=183,
    ),
    # 97 communities, 70 of them urban, in 15 streets and townships of 4 counties.
    "city": ScalePlan(
        counties=(
            _streets((8, 0), (8, 0), (7, 0), (7, 0)),
            _streets((8, 0), (7, 0), (6, 1), (5, 2)),
            _streets((5, 3), (3, 4), (0, 5)),
            _streets((4, 3), (2, 4), (0, 3), (0, 2)),
        ),
        grids=923,
        compounds=1_816,
        households=287_000,
        matters=30_000,
        matter_days=126,
        grown=300_000,
    ),
}
