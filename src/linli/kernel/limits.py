"""Limits on what the public may send: one statement per request, no address stored."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest

from linli.kernel.address import client_address
from linli.kernel.crypto import blind
from linli.kernel.models import IntakeWindow


class TooMany(Exception):
    """A sender used a public form more often than allowed (HTTP 429). ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} seconds")
        self.retry_after = retry_after


def count_use(*, purpose: str, address: str, allowed: int, seconds: int, at: datetime, uses: int = 1) -> None:
    """Count ``uses`` of ``purpose`` by ``address``; raise ``TooMany`` above ``allowed`` within a window of ``seconds``.

    The address is kept only as a keyed hash that names the window too, so that yesterday's hash says nothing about today's.
    """
    sender, window = _window(purpose, address, seconds, at)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO kernel_intakewindow (sender, "window", count) VALUES (%s, %s, %s) '
            'ON CONFLICT (sender, "window") DO UPDATE SET count = kernel_intakewindow.count + excluded.count RETURNING count',
            [sender, window, uses],
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


def count_files(request: HttpRequest, *, at: datetime) -> None:
    """Count the kilobytes of files that a request brings; TooMany above what one sender may bring in an hour. Nothing where there are none."""
    size = sum(file.size or 0 for _name, many in request.FILES.lists() for file in many)
    if size:
        count_use(
            purpose="files",
            address=client_address(request),
            allowed=settings.LINLI_FILES_MB_PER_HOUR * 1000,
            seconds=3600,
            at=at,
            uses=-(-size // 1000),
        )
