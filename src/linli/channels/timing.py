"""When a notice is told: at once, with the digest of the day, after the quiet hours. Pure functions of moments."""

from datetime import datetime, timedelta

from linli.kernel.display import SHANGHAI, local


def is_quiet(at: datetime, *, start: int, end: int) -> bool:
    """Whether a moment lies in the quiet hours, which begin at the local hour ``start`` and end at ``end``; never where both are the same."""
    hour = local(at).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def after_quiet(at: datetime, *, start: int, end: int) -> datetime:
    """Return the moment itself, or the end of the quiet hours in which it lies."""
    return next_hour(at, end) if is_quiet(at, start=start, end=end) else at


def next_hour(at: datetime, hour: int) -> datetime:
    """Return the next moment, this one included, at which the local clock strikes ``hour``."""
    here = local(at)
    struck = datetime(here.year, here.month, here.day, hour, tzinfo=SHANGHAI)
    if struck < here:
        struck += timedelta(days=1)
    return struck.astimezone(at.tzinfo)
