"""The second factor: one-time passwords by time (RFC 6238) from an app, and recovery codes for the day the phone is lost."""

import hmac
import secrets
from datetime import datetime

import pyotp
import segno

from linli.kernel.crypto import blind
from linli.kernel.ids import ALPHABET, show_code

STEP = 30
# one step early or late: clocks of phones differ
DRIFT = 1
RECOVERY_CODES = 10


def new_secret() -> str:
    """Return a new secret (160 bits in base 32)."""
    return pyotp.random_base32()


def uri(secret: str, *, account: str, issuer: str) -> str:
    """Return what the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_svg(text: str) -> str:
    """Return a QR code as inline SVG without styles, four pixels a module."""
    code = segno.make(text, error="m")
    return str(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None))


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the step (30 seconds since 1970) whose password this is, at most one away from now; None if it is none of them."""
    digits = "".join(sign for sign in code if not sign.isspace())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    now = int(at.timestamp()) // STEP
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step), digits):
            found = step
    return found


def grouped(secret: str) -> str:
    """Return a secret in groups of four, to be typed into an app by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Return codes of 40 random bits each, shown once: 'K7QX-2M9D'."""
    return [show_code("".join(secrets.choice(ALPHABET) for _ in range(8))) for _ in range(RECOVERY_CODES)]


def recovery_hash(user_id: int, code: str) -> str:
    """Return what is kept of a recovery code; spaces, dashes and small letters do not matter."""
    signs = "".join(sign for sign in code.upper() if sign not in " -—–_")
    signs = signs.translate(str.maketrans("ILOU", "110V"))
    return blind(f"{user_id}:{signs}", purpose="recovery")
