"""A small process-local memory for configuration that is read at every request and changed rarely.

Divisions, organisations, the catalogue and published procedures are a few thousand rows that every request needs. They are
read once and kept for a few seconds; whoever writes them calls ``forget`` so that the same process sees its own change at once,
and other processes follow within ``seconds``.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")

# what the seconds are counted by; tests let it stand still, so that a slow machine forgets nothing in the middle of one
clock: Callable[[], float] = time.monotonic
_values: dict[str, tuple[float, Any]] = {}
_lock = threading.RLock()


def remember(key: str, load: Callable[[], T], *, seconds: float = 5.0) -> T:
    """Return what ``load`` returned at most ``seconds`` ago under ``key``."""
    kept = _values.get(key)
    if kept is not None and kept[0] > clock():
        return cast(T, kept[1])
    with _lock:
        kept = _values.get(key)
        if kept is None or kept[0] <= clock():
            kept = (clock() + seconds, load())
            _values[key] = kept
    return cast(T, kept[1])


def forget(prefix: str = "") -> None:
    """Drop everything whose key begins with ``prefix``; everything without one."""
    with _lock:
        for key in [key for key in _values if key.startswith(prefix)]:
            del _values[key]
