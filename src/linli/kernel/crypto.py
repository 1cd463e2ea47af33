"""Encryption of personal fields at rest, and blind indexes that find them by exact match.

A field is stored as a Fernet token (AES-128-CBC with HMAC, from the library ``cryptography``); beside it an HMAC-SHA-256 of its
normalised value under another key, so that a phone number can be looked up without being readable in the database.
"""

import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(key.encode())


def seal(text: str) -> str:
    """Return ``text`` encrypted; the empty string stays empty (nothing to hide, nothing to store)."""
    return _fernet(settings.LINLI_FIELD_KEY).encrypt(text.encode()).decode() if text else ""


def unseal(token: str) -> str:
    """Return the text of a token of ``seal``; raise ValueError if it was not sealed with this installation's key."""
    if not token:
        return ""
    try:
        return _fernet(settings.LINLI_FIELD_KEY).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ValueError("this field was not encrypted with the key of this installation") from error


def blind(value: str, *, purpose: str) -> str:
    """Return 64 hex digits that stand for ``value`` within ``purpose``; the same value gives the same digits."""
    key = settings.LINLI_BLIND_INDEX_KEY.encode()
    return hmac.new(key, f"{purpose}\n{value}".encode(), hashlib.sha256).hexdigest()


def normal_phone(text: str) -> str:
    """Return a phone number as digits with an optional leading +, or raise ValueError.

    Mainland mobile numbers lose +86/0086; others keep their country code.
    """
    number = re.sub(r"[\s\-()·]", "", unicodedata.normalize("NFKC", text))
    number = re.sub(r"^(\+?86|0086)(?=1\d{10}$)", "", number)
    if not re.fullmatch(r"\+?\d{5,20}", number, re.ASCII):
        raise ValueError("not a phone number")
    return number


def masked_phone(number: str) -> str:
    """Return a number with its middle hidden: 139****5678."""
    return number[:3] + "****" + number[-4:] if len(number) >= 9 else "****" + number[-2:]
