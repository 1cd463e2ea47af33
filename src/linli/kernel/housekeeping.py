"""Sweeping what nobody needs any more (delivered events, old counters of intake, expired sessions), and what SQLite does not do by itself."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from linli.kernel.models import IntakeWindow, OutboxEvent

KEPT = timedelta(days=30)
BATCH = 5000


def sweep() -> str:
    """Delete events delivered more than 30 days ago with their receipts, intake counters older than two days, expired sessions."""
    now = datetime.now(UTC)
    events = _sweep_events(now - KEPT)
    windows, _rows = IntakeWindow.objects.filter(window__lt=int((now - timedelta(days=2)).timestamp())).delete()
    import_string(f"{settings.SESSION_ENGINE}.SessionStore").clear_expired()
    return f"{events} events, {windows} counters"


def gather_statistics() -> str:
    """Tell SQLite how its tables are filled, so that it enters them by the right index; PostgreSQL does so by itself.

    A sample of each index is enough, and takes less than a second however large the tables are.
    """
    if connection.vendor != "sqlite":
        return "not needed"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
    return "gathered"


def _sweep_events(before: datetime) -> int:
    removed = 0
    while ids := list(OutboxEvent.objects.filter(delivered_at__lt=before).values_list("pk", flat=True)[:BATCH]):
        OutboxEvent.objects.filter(pk__in=ids).delete()
        removed += len(ids)
    return removed
