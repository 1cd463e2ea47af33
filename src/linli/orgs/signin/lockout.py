"""Waiting after failed sign-ins: by name and by sender, both kept as keyed hashes; for unknown names exactly as for known ones.

A try is written down before it is looked at, and taken back if it was right: many tries at the same moment are counted too.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from linli.kernel.crypto import blind
from linli.kernel.display import local
from linli.kernel.text import for_search
from linli.orgs.models import SignInAttempt

BY_NAME, BY_ADDRESS = 5, 30
WINDOW = timedelta(minutes=15)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=4)
DAY = timedelta(days=1)


def locked_until(failures: Sequence[datetime], *, most: int) -> datetime | None:
    """Return until when sign-in waits after these failures of one day (oldest first), or None.

    It begins with ``most`` failures within a quarter of an hour, or twice as many in the day however slowly; every further
    ``most`` failures of the day double the wait, from a quarter of an hour to four hours.
    """
    count = len(failures)
    fast = count >= most and failures[-1] - failures[-most] <= WINDOW
    if not fast and count < 2 * most:
        return None
    wait = FIRST_WAIT * 2 ** min(count // most - 1, 10)
    return failures[-1] + min(wait, LONGEST_WAIT)


@dataclasses.dataclass(frozen=True, slots=True)
class Try:
    """A try that was written down: ``until`` says when the next is looked at, if this one is not."""

    ids: tuple[int, ...]
    name_key: str
    until: datetime | None


def name_key(name: str) -> str:
    """Return what stands for a user name (or a phone number) in the table of failures."""
    return blind(for_search(name).encode(errors="replace").decode(), purpose="sign-in:name")


def begin(*, name: str, address: str, at: datetime) -> Try:
    """Write a try down and return it. With ``until`` set it must not be looked at, and was taken back already."""
    by_name = name_key(name)
    # the day is part of the hash: yesterday's table says nothing about today's senders
    by_address = blind(f"{address}\n{local(at).date()}", purpose="sign-in:address")
    rows = SignInAttempt.objects.bulk_create(SignInAttempt(key=key, at=at) for key in (by_name, by_address))
    mine = tuple(row.pk for row in rows)
    before: dict[str, list[datetime]] = {by_name: [], by_address: []}
    others = SignInAttempt.objects.filter(key__in=before, at__gt=at - DAY).exclude(pk__in=mine).order_by("at", "id")
    for key, when in others.values_list("key", "at"):
        before[key].append(when)
    waits = [locked_until(before[by_name], most=BY_NAME), locked_until(before[by_address], most=BY_ADDRESS)]
    until = max((wait for wait in waits if wait is not None and wait > at), default=None)
    made = Try(mine, by_name, until)
    if until is not None:
        SignInAttempt.objects.filter(pk__in=mine).delete()
    return made


def succeeded(tried: Try) -> None:
    """Take a right try back, and forget the failures under its name; those of the sender stay."""
    SignInAttempt.objects.filter(pk__in=tried.ids).delete()
    SignInAttempt.objects.filter(key=tried.name_key).delete()


def take_back(tried: Try) -> None:
    """Take a right try back and leave the failures before it: a second factor is still to come."""
    SignInAttempt.objects.filter(pk__in=tried.ids).delete()


def after(tried: Try, *, at: datetime) -> tuple[int, datetime | None]:
    """Return how many failures the name now has in the last day, and until when it waits because of them."""
    times = list(
        SignInAttempt.objects.filter(key=tried.name_key, at__gt=at - DAY)
        .order_by("at", "id")
        .values_list("at", flat=True)
    )
    return len(times), locked_until(times, most=BY_NAME)


def unlock(*names: str) -> None:
    """Forget the failures under some names."""
    SignInAttempt.objects.filter(key__in=[name_key(name) for name in names if name]).delete()


def prune(*, at: datetime) -> int:
    """Delete failures that no longer count; return how many."""
    return SignInAttempt.objects.filter(at__lt=at - DAY).delete()[0]
