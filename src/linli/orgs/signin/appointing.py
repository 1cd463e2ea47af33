"""The code by which somebody agrees to be given a post: their own page shows it, and they tell it to whoever appoints them.

An account that a person registered themselves is found by nobody's phone number: whoever appoints has to have been told the code.
It names the account and is good for one to two weeks; nothing is stored.
"""

import hmac
import re
from datetime import datetime

from linli.kernel.crypto import blind
from linli.kernel.display import local
from linli.orgs.models import User

_FORM = re.compile(r"(\d{1,15})-([0-9A-F]{4})-?([0-9A-F]{4})")
DAYS = 7


def code_of(user: User, *, at: datetime) -> str:
    """Return the code that somebody's own page shows: '4821-7A4F-20C9'."""
    sign = _sign(user.pk, _week(at))
    return f"{user.pk}-{sign[:4]}-{sign[4:]}"


def user_of(text: str, *, at: datetime) -> User | None:
    """Return the account whose code this is, today's or the one before it; None for anything else."""
    found = _FORM.fullmatch(text.strip().upper()[:40])
    if found is None or not text.isascii():
        return None
    user_id, sign = int(found[1]), found[2] + found[3]
    if not any(hmac.compare_digest(sign, _sign(user_id, _week(at) - back)) for back in (0, 1)):
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()


def _week(at: datetime) -> int:
    return local(at).date().toordinal() // DAYS


def _sign(user_id: int, week: int) -> str:
    return blind(f"{user_id}\n{week}", purpose="appointment")[:8].upper()
