"""Periods in which a clock stands still (挂账)."""

from collections.abc import Iterable
from datetime import datetime

# (from, until); until is None while the clock still stands.
Suspension = tuple[datetime, datetime | None]


def merged(suspensions: Iterable[Suspension]) -> list[Suspension]:
    """The same time in order and without overlaps; nothing follows an open one.

    Raises ValueError for a suspension that ends before it begins or whose times have no zone.
    """
    given = list(suspensions)
    if any(moment is not None and moment.utcoffset() is None for period in given for moment in period):
        raise ValueError("A suspension needs times with their zone.")
    result: list[Suspension] = []
    for start, end in sorted(given, key=lambda period: period[0]):
        if end is not None and end < start:
            raise ValueError(f"A suspension ends before it begins: {start.isoformat()} to {end.isoformat()}.")
        if not result:
            result.append((start, end))
            continue
        last_start, last_end = result[-1]
        if last_end is None:
            continue
        if start > last_end:
            result.append((start, end))
        else:
            result[-1] = (last_start, None if end is None else max(last_end, end))
    return result
