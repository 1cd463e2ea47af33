"""Opening a matter on another phone: its code and four digits, a few tries an hour, and the same answer whatever was wrong."""

import hmac
from datetime import datetime

from linli.kernel.ids import read_code
from linli.kernel.limits import count_use
from linli.matters.actions import given_digits, pin_hash
from linli.matters.models import Matter

TRIES, HOUR = 5, 3600
_NOBODY = "0" * 32


def open_with(*, code: str, digits: str, address: str, at: datetime) -> Matter | None:
    """Return the matter that a code and its four digits open, or None; whether the code exists is not to be told from the answer.

    Counts the try, by code and by address: TooMany after five in an hour, also for whoever would have been right then.
    """
    known = read_code(code)
    count_use(purpose="open-address", address=address, allowed=TRIES, seconds=HOUR, at=at)
    count_use(purpose="open-code", address=known or "", allowed=TRIES, seconds=HOUR, at=at)
    found = Matter.objects.select_related("case").filter(case__code=known).first() if known else None
    kept = found.pin_hash if found is not None else ""
    said = pin_hash(found.pk.hex if found is not None else _NOBODY, digits)
    return found if kept and hmac.compare_digest(kept, said) else None


def digits_of(matter: Matter) -> str:
    """Return the four digits that a matter was given, to be shown to its reporter; '' where they chose or left their own."""
    digits = given_digits(matter.pk.hex)
    return digits if hmac.compare_digest(matter.pin_hash, pin_hash(matter.pk.hex, digits)) else ""
