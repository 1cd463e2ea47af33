"""Limits on what the public may send: one statement per request, no address stored."""

from datetime import datetime

from django.db import connection
from django.db.models import F

from linli.kernel.crypto import blind
from linli.kernel.models import IntakeWindow


class TooMany(Exception):
    """A sender used a public form more often than allowed (HTTP 429). ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} seconds")
        self.retry_after = retry_after


def count_use(*, purpose: str, address: str, allowed: int, seconds: int, at: datetime) -> None:
    """Count one use of ``purpose`` by ``address``; raise ``TooMany`` above ``allowed`` within a window of ``seconds``.

    The address is kept only as a keyed hash that names the window too, so that yesterday's hash says nothing about today's.
    """
    sender, window = _window(purpose, address, seconds, at)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO kernel_intakewindow (sender, "window", count) VALUES (%s, %s, 1) '
            'ON CONFLICT (sender, "window") DO UPDATE SET count = kernel_intakewindow.count + 1 RETURNING count',
            [sender, window],
        )
        (count,) = cursor.fetchone()
    if count > allowed:
        raise TooMany(seconds - int(at.timestamp()) % seconds)


def take_back(*, purpose: str, address: str, seconds: int, at: datetime) -> None:
    """Take a counted use back: what was right is not to count."""
    sender, window = _window(purpose, address, seconds, at)
    IntakeWindow.objects.filter(sender=sender, window=window, count__gt=0).update(count=F("count") - 1)


def _window(purpose: str, address: str, seconds: int, at: datetime) -> tuple[str, int]:
    window = int(at.timestamp()) // seconds * seconds
    return blind(f"{address}\n{window}", purpose=f"limit:{purpose}"), window
