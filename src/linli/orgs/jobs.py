"""Housekeeping of the area, on the schedule."""

from datetime import UTC, datetime

from linli.orgs.models import Session
from linli.orgs.signin import codes, lockout


def tidy() -> None:
    """Delete sessions that are over, and failures and codes that no longer count. Run again, it does nothing more."""
    at = datetime.now(UTC)
    Session.objects.filter(expire_date__lt=at).delete()
    lockout.prune(at=at)
    codes.prune(at=at)
