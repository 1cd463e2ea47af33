"""Identifiers: UUIDv7 for machines, short codes with a check character for people."""

import os
import secrets
import threading
import time
import unicodedata
import uuid
from datetime import datetime

# Crockford's base 32 leaves out I, L, O and U: nothing that is read aloud or copied by hand looks like another sign.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_CODE_LENGTH = 8

_lock = threading.Lock()
_last = _last_at = 0


def uuid7() -> uuid.UUID:
    """Return a time-ordered UUID (RFC 9562, version 7).

    The first 48 bits are milliseconds since 1970, the next 12 a counter that keeps ids made in one process within one
    millisecond in order, the rest random. Rows sorted by such an id are sorted by the time they were made.
    """
    global _last
    with _lock:
        tick = time.time_ns() * 4096 // 1_000_000
        _last = tick if tick > _last else _last + 1
        tick = _last
    return _uuid7(tick)


def uuid7_at(moment: datetime) -> uuid.UUID:
    """Return a UUIDv7 of what began at ``moment``; those asked for one after another for one moment stay in that order."""
    global _last_at
    tick = int(moment.timestamp() * 1000) << 12
    with _lock:
        _last_at = _last_at + 1 if _last_at >> 12 == tick >> 12 else tick
        tick = _last_at
    return _uuid7(tick)


def _uuid7(tick: int) -> uuid.UUID:
    """A UUIDv7 of milliseconds since 1970 times 4096, plus a count within the millisecond."""
    value = (tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62
    return uuid.UUID(int=value | int.from_bytes(os.urandom(8), "big") >> 2)


def _check(body: str) -> str:
    # Weights 2, 3, 4 … modulo the prime 31 (so no weight shares a factor with it): every single wrong character but one
    # pair, and every swap of two neighbours, changes the sum.
    return ALPHABET[sum(ALPHABET.index(sign) * (place + 2) for place, sign in enumerate(body)) % 31]


def new_code() -> str:
    """Return a random short code such as ``7Q4M-2KX9``: seven random characters and one check character.

    Thirty-five random bits: two of a million cases meet with a chance of about 1 in 70; the database refuses the second
    and the caller draws again.
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(_CODE_LENGTH - 1))
    return show_code(body + _check(body))


def show_code(signs: str) -> str:
    """Return eight signs in two groups of four."""
    return f"{signs[:4]}-{signs[4:]}"


def read_code(text: str) -> str | None:
    """Return the code that somebody typed in its one written form, or None if it cannot be a code.

    Spaces, dashes, small letters, full-width signs and the look-alikes I, L, O, U are forgiven; a wrong check character is not.
    """
    if len(text) > 40:
        return None
    signs = unicodedata.normalize("NFKC", text).upper().translate(_READ_AS)
    signs = "".join(sign for sign in signs if sign not in " -—–_·.")
    if len(signs) != _CODE_LENGTH or any(sign not in ALPHABET for sign in signs):
        return None
    return show_code(signs) if _check(signs[:-1]) == signs[-1] else None
