"""Where the expected work of a building comes from: matters here, visits and care from the areas that hold them.

    sources.register("visits", visits_by_building)

is called from an app's ``ready``. The function gets the rows of buildings and a span of days, and returns a count for each building
that has any; what cannot be said of a single building it spreads itself. What nobody registers counts zero, and the pages say so.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Spot(NamedTuple):
    """A building as sources see it."""

    id: int
    community_id: int
    compound_id: int | None
    households: int


Counts = Mapping[int, float]
Count = Callable[[Sequence[Spot], datetime, datetime], Counts]

KINDS = {"matters": _("诉求"), "visits": _("走访"), "care": _("照护")}
_registered: dict[str, Count] = {}


def register(kind: str, count: Count) -> None:
    """Count a kind of work (a key of KINDS) by ``count(spots, since, until)``."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of work: {kind}")
    _registered[kind] = count


def registered() -> dict[str, Count]:
    return dict(_registered)
