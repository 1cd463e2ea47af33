"""What higher areas add to what a person takes away of themselves, and to the page of their data."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from linli.orgs.models import User

# (user, ids of their contacts) -> plain JSON
Part = Callable[[User, Sequence[UUID]], Any]

_parts: dict[str, Part] = {}


def exports(name: str) -> Callable[[Part], Part]:
    """Register a part of a person's export under the name that it has in the file ('matters')."""

    def register(function: Part) -> Part:
        _parts[name] = function
        return function

    return register


def export_parts(user: User, contacts: Sequence[UUID]) -> dict[str, Any]:
    """Return what every area holds about a person, by name."""
    return {name: _parts[name](user, contacts) for name in sorted(_parts)}
