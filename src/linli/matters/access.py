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
