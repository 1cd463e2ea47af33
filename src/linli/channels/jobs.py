"""Jobs: write what is due, hand it over, and forget what was sent long ago."""

from datetime import UTC, datetime, timedelta

from linli.channels import gathering, sending
from linli.channels.enums import State
from linli.channels.models import Message

KEPT = timedelta(days=30)


def deliver() -> str:
    """Write and send every message whose moment has come. Idempotent: it looks at the state, so a missed turn is caught up by the next."""
    at = datetime.now(UTC)
    return f"{gathering.gather(at=at)} written, {sending.send_due(at=at)} sent"


def tidy() -> str:
    """Delete messages of which nothing is left to do, a month later; those that failed keep their words until then."""
    at = datetime.now(UTC)
    over = Message.objects.filter(state__in=(State.SENT, State.DROPPED, State.FAILED), made_at__lt=at - KEPT)
    return f"{over.delete()[0]} deleted"
