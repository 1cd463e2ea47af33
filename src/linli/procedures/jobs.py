"""Jobs of the schedule: turn the clocks, open what was planned."""

from datetime import UTC, datetime

from linli.procedures import ticks


def turn_clocks() -> str:
    """Deal with every clock and planned case whose moment has come. Idempotent: it looks at the state, not at the turn."""
    at = datetime.now(UTC)
    return f"{ticks.tick(at=at)} clocks, {ticks.open_planned(at=at)} opened"
