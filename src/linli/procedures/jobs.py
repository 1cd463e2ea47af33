"""Jobs: turn the clocks, open what was planned, find new holders for what people left behind, date clocks by a changed calendar."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from linli.kernel.display import SHANGHAI
from linli.kernel.memo import forget
from linli.procedures import ticks, upkeep
from linli.procedures.models import CaseClock


def turn_clocks() -> str:
    """Deal with every clock and planned case whose moment has come. Idempotent: it looks at the state, not at the turn."""
    at = datetime.now(UTC)
    return f"{ticks.tick(at=at)} clocks, {ticks.open_planned(at=at)} opened"


def rehold() -> str:
    """Find another holder for every case whose person left or whose unit has nobody for it."""
    return f"{upkeep.rehold(at=datetime.now(UTC))} cases"


def redate(unit: int | None, first: str, last: str | None, why: str) -> str:
    """Date the open clocks anew that count days from ``first`` to ``last`` (ISO dates; None: for good) of a unit's calendar, or of all."""
    forget("calendar:")
    rows = CaseClock.objects.filter(Q(unit_id=unit) if unit is not None else Q())
    counting = Q(due_at__gte=_midnight(first))
    if last is not None:
        counting &= Q(started_at__lt=_midnight(last) + timedelta(days=1))
    rows = rows.filter(counting | upkeep.counted_back())
    return f"{upkeep.redate_open_clocks(at=datetime.now(UTC), why=f'calendar:{why}', only=rows)} clocks"


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), SHANGHAI)
