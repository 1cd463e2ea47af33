"""Jobs: write what is due, hand it over, and forget what was sent long ago."""

from datetime import UTC, datetime, timedelta

from linli.channels import gathering, sending
from linli.channels.enums import State
from linli.channels.models import Message

KEPT = timedelta(days=30)
A_WHILE = timedelta(seconds=40)


def deliver() -> str:
    """Write and send every message whose moment has come. Idempotent: it looks at the state, so a missed turn is caught up by the next."""
    began = datetime.now(UTC)
    written, sent, done = gathering.gather(at=began), 0, sending.A_TURN
    # turn by turn, for a morning's digests are many; not for long, for other jobs wait behind this one
    while done == sending.A_TURN and datetime.now(UTC) - began < A_WHILE:
        done = sending.send_due(at=datetime.now(UTC))
        sent += done
    return f"{written} written, {sent} sent"


def tidy() -> str:
    """Delete messages of which nothing is left to do, a month later; those that failed keep their words until then."""
    at = datetime.now(UTC)
    over = Message.objects.filter(state__in=(State.SENT, State.DROPPED, State.FAILED), made_at__lt=at - KEPT)
    return f"{over.delete()[0]} deleted"
