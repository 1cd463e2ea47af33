"""Office hours of one working day, counted in microseconds since midnight on the wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

_DAY = 24 * 3600 * 1_000_000
_MOST_PERIODS = 12


@dataclass(frozen=True)
class OfficeHours:
    """The periods in which a unit works, the same on every working day; 09:00-12:00 and 14:00-18:00 unless told.

    `periods` are (start, end) pairs in order, not overlapping; an end of 00:00 is midnight at the end of the day.
    Raises ValueError otherwise.
    """

    periods: Sequence[tuple[time, time]] = ((time(9), time(12)), (time(14), time(18)))
    spans: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)
    per_day: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        periods = tuple((start, end) for start, end in self.periods)
        if not 1 <= len(periods) <= _MOST_PERIODS:
            raise ValueError(f"Office hours need 1 to {_MOST_PERIODS} periods, not {len(periods)}.")
        if any(moment.tzinfo is not None for period in periods for moment in period):
            raise ValueError("Office hours are given in local time, without a time zone.")
        spans = tuple((since_midnight(start), since_midnight(end) or _DAY) for start, end in periods)
        for (start, end), (first, last) in zip(periods, spans, strict=True):
            if first >= last:
                raise ValueError(f"Office hours end before they begin: {start:%H:%M}-{end:%H:%M}.")
        for index in range(1, len(spans)):
            if spans[index][0] < spans[index - 1][1]:
                raise ValueError(f"Office hours overlap or are not in order at {periods[index][0]:%H:%M}.")
        object.__setattr__(self, "periods", periods)
        object.__setattr__(self, "spans", spans)
        object.__setattr__(self, "per_day", sum(last - first for first, last in spans))

    @property
    def closes(self) -> int:
        """The end of the last period, microseconds since midnight."""
        return self.spans[-1][1]

    def worked(self, clock: int) -> int:
        """Office time of a working day that has gone by at `clock` (both microseconds)."""
        total = 0
        for first, last in self.spans:
            if clock <= first:
                break
            total += min(clock, last) - first
        return total

    def earliest(self, worked: int) -> int:
        """The first moment at which `worked` (0 < worked <= per_day) has gone by: rather an end than the next start."""
        for first, last in self.spans:
            if worked <= last - first:
                return first + worked
            worked -= last - first
        raise ValueError("more office time than the day has")

    def latest(self, worked: int) -> int:
        """The last moment at which only `worked` (0 <= worked < per_day) has gone by: rather a start than an end."""
        for first, last in self.spans:
            if worked < last - first:
                return first + worked
            worked -= last - first
        raise ValueError("more office time than the day has")


def since_midnight(moment: time | datetime) -> int:
    """Microseconds since midnight on the wall clock."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond
