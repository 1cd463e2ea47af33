"""Opening a matter on another phone: its code and four digits, a few tries, and the same answer whatever was wrong.

Four digits are few, and by default they are the end of a phone number, which neighbours know. So they let somebody read and answer, no
more (``Actor.proven``), and only so many wrong ones are looked at: from one sender, for one code, and over all codes. Who is locked
out by other people's tries still has the browser that the matter was sent from, and the phone: signed in with it, it opens (claiming.py).
"""

import hmac
from datetime import datetime
from typing import NamedTuple

from linli.kernel.ids import read_code
from linli.kernel.limits import TooMany, count_use, take_back
from linli.matters.actions import given_digits, pin_hash
from linli.matters.models import Matter
from linli.procedures.models import Case
from linli.procedures.pins import opened_with

HOUR, DAY = 3600, 24 * 3600
_NOBODY = "0" * 32


class _Limit(NamedTuple):
    """So many wrong tries in so many seconds."""

    purpose: str
    allowed: int
    seconds: int


BY_SENDER, BY_CODE, IN_ALL = (
    _Limit("open-address", 5, HOUR),
    _Limit("open-code", 20, DAY),
    _Limit("open-all", 300, HOUR),
)


def open_with(*, code: str, digits: str, address: str, at: datetime) -> Matter | Case | None:
    """Return the matter (or the case that is none) that a code and its four digits open, or None; whether the code exists is not to be
    told from the answer. TooMany after too many wrong tries, also for whoever would have been right then.
    """
    known = read_code(code)
    uses = ((BY_SENDER, address), (BY_CODE, known or ""), (IN_ALL, ""))
    counted: list[tuple[_Limit, str]] = []
    # counted before it is looked at: tries at the same moment cannot pass unseen
    try:
        for limit, sender in uses:
            counted.append((limit, sender))
            count_use(purpose=limit.purpose, address=sender, allowed=limit.allowed, seconds=limit.seconds, at=at)
    except TooMany:
        # what was not looked at tells nothing
        _take_back(counted, at=at)
        raise
    found = _matter(known, digits) or (opened_with(known, digits) if known else None)
    if found is not None:
        _take_back(counted, at=at)
    return found


def _take_back(counted: list[tuple[_Limit, str]], *, at: datetime) -> None:
    for limit, sender in counted:
        take_back(purpose=limit.purpose, address=sender, seconds=limit.seconds, at=at)


def _matter(known: str | None, digits: str) -> Matter | None:
    found = Matter.objects.select_related("case").filter(case__code=known).first() if known else None
    kept = found.pin_hash if found is not None else ""
    own = found.pk.hex if found is not None else _NOBODY
    # a part that was split off is opened by the digits of the whole, hashed with its id
    salts = (own, _salt(found) if found is not None else own)
    right = [hmac.compare_digest(kept, pin_hash(salt, digits)) for salt in salts]
    return found if kept and any(right) else None


def digits_of(matter: Matter) -> str:
    """Return the four digits that a matter was given, to be shown to its reporter; '' where they chose or left their own."""
    salt = _salt(matter)
    digits = given_digits(salt)
    return digits if hmac.compare_digest(matter.pin_hash, pin_hash(salt, digits)) else ""


def _salt(matter: Matter) -> str:
    return str(matter.case.data.get("pin_salt", matter.pk.hex))
