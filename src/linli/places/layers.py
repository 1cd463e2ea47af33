"""Layers of the public map that other areas bring: registered by name, asked for what lies in a window.

    layers.register("matters", points_of_matters, counts=open_by_community)

The function is called as ``function(west, south, east, north, at=…, limit=…)`` in WGS 84 degrees and returns points that anybody
may see. It must not run one statement per point, and what lies in a window must follow from the position that it shows: a window
must not tell more about where something is than the point does. ``counts(at=…)`` says how many points each community has that are
open and that are overdue, for a map from afar, where points would only cover each other.
"""

import dataclasses
from collections.abc import Mapping, Sequence
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


class Counts(Protocol):
    """Community code to (open, of those overdue)."""

    def __call__(self, *, at: datetime) -> Mapping[str, tuple[int, int]]: ...


_layers: dict[str, Layer] = {}
_counts: dict[str, Counts] = {}


def register(name: str, function: Layer, *, counts: Counts | None = None) -> None:
    """Show the points of ``function`` on the public map (from an app's ``ready``)."""
    _layers[name] = function
    if counts is not None:
        _counts[name] = counts


def registered() -> dict[str, Layer]:
    """Return the layers by name."""
    return dict(_layers)


def counted(at: datetime) -> dict[str, tuple[int, int]]:
    """Return (open, of those overdue) of all layers by community code."""
    found: dict[str, tuple[int, int]] = {}
    for function in _counts.values():
        for code, (opened, late) in function(at=at).items():
            before = found.get(code, (0, 0))
            found[code] = (before[0] + opened, before[1] + late)
    return found
