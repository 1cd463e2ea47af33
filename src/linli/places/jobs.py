"""What the schedule does for this area."""

from datetime import UTC, datetime

from linli.places.actions import turn_grids as turn


def turn_grids() -> int:
    """Bring grids that were re-drawn for a day ahead into force once that day has come."""
    return turn(at=datetime.now(UTC))
