"""Codes sent to a phone: six digits, five minutes, five tries, used once; how often one may be asked for is bounded."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.db.models import F

from linli.kernel.crypto import blind
from linli.kernel.limits import count_use
from linli.orgs.models import PhoneCode

LIFE = timedelta(minutes=5)
MOST_TRIES = 5
KEPT = timedelta(days=1)


def phone_blind(number: str) -> str:
    """Return the index under which a normal phone number is found."""
    return blind(number, purpose="phone")


def draw(*, phone: str, address: str, at: datetime) -> str:
    """Keep a new code for a normal phone number and return it; raises ``TooMany`` where somebody asks too often.

    One a minute and six an hour for a phone, thirty an hour for a sender, a thousand an hour in all: a message costs money.
    """
    # the sender first: who asks too often uses up nothing of the phone's
    count_use(purpose="phone-code:sender", address=address, allowed=30, seconds=3600, at=at)
    count_use(purpose="phone-code:minute", address=phone, allowed=1, seconds=60, at=at)
    count_use(purpose="phone-code:hour", address=phone, allowed=6, seconds=3600, at=at)
    count_use(purpose="phone-code:all", address="", allowed=1000, seconds=3600, at=at)
    code = f"{secrets.randbelow(1_000_000):06d}"
    PhoneCode.objects.create(phone_blind=phone_blind(phone), code_hash=_hash(phone, code), sent_at=at)
    return code


def use(*, phone: str, code: str, at: datetime) -> bool:
    """Whether a code is the last one sent to a phone, in time and not used before; using it up if it is."""
    row = PhoneCode.objects.filter(phone_blind=phone_blind(phone)).order_by("-sent_at", "-id").first()
    if row is None or row.used or at - row.sent_at > LIFE:
        return False
    # counted before it is compared: tries at the same moment cannot pass unseen
    if not PhoneCode.objects.filter(pk=row.pk, tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        return False
    if not hmac.compare_digest(row.code_hash, _hash(phone, code)):
        return False
    return PhoneCode.objects.filter(pk=row.pk, used=False).update(used=True) == 1


def prune(*, at: datetime) -> int:
    """Delete codes of days past; return how many."""
    return PhoneCode.objects.filter(sent_at__lt=at - KEPT).delete()[0]


def _hash(phone: str, code: str) -> str:
    return blind(f"{phone}:{code if code.isascii() else ''}", purpose="phone-code")
