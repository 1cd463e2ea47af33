"""Layers of the public map that other areas bring: registered by name, asked for what lies in a window.

    layers.register("matters", points_of_matters)

The function is called as ``function(west, south, east, north, at=…, limit=…)`` in WGS 84 degrees and returns points that anybody
may see. It must not run one statement per point, and what lies in a window must follow from the position that it shows: a window
must not tell more about where something is than the point does.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

STATES = ("open", "done", "over")


@dataclasses.dataclass(frozen=True, slots=True)
class MapPoint:
    """A point with words: ``state`` is its symbol (open, done, over), ``state_text`` the word beside it, ``href`` its page."""

    id: str
    lon: float
    lat: float
    title: str
    code: str = ""
    state: str = "open"
    state_text: str = ""
    detail: str = ""
    href: str = ""


class Layer(Protocol):
    def __call__(
        self, west: float, south: float, east: float, north: float, /, *, at: datetime, limit: int
    ) -> Sequence[MapPoint]: ...


_layers: dict[str, Layer] = {}


def register(name: str, function: Layer) -> None:
    """Show the points of ``function`` on the public map (from an app's ``ready``)."""
    _layers[name] = function


def registered() -> dict[str, Layer]:
    """Return the layers by name."""
    return dict(_layers)
