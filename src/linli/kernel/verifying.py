"""Checks that areas register for `linli verify`: each yields what is wrong, in one sentence, first broken link first."""

from collections.abc import Callable, Iterator

Check = Callable[[], Iterator[str]]
_checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name that the command shows."""

    def register(function: Check) -> Check:
        _checks[name] = function
        return function

    return register


def checks() -> dict[str, Check]:
    """Return every check by name."""
    return dict(_checks)
