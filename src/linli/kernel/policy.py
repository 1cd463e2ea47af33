"""Permissions are decisions with reasons: a page can say why something is not possible."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


@dataclass(frozen=True, slots=True)
class Decision:
    """May it be done, and if not, why not (a sentence for the person who asked)."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise ``Refused`` with the reason unless allowed."""
        if not self.allowed:
            raise Refused(self.reason)


class Refused(PermissionDenied):
    """Somebody tried what their posts do not allow (HTTP 403)."""


class SignInNeeded(Exception):
    """Nobody is signed in where somebody must be: whoever keeps the accounts asks for it, and keeps what was posted."""


def allow() -> Decision:
    return Decision(True)


def deny(reason: str) -> Decision:
    return Decision(False, str(reason))
