"""What higher areas add to what a person takes away of themselves, and to the page of their data."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from linli.orgs.models import User

# (user, ids of their contacts) -> plain JSON
Part = Callable[[User, Sequence[UUID]], Any]

# user -> ids of the contacts that they left with what they raised, under whatever number
Leaves = Callable[[User], QuerySet[Any]]
# user -> None: take away what an area keeps of a person whose account is erased
Forgets = Callable[[User], None]

_parts: dict[str, Part] = {}
_leaves: dict[str, Leaves] = {}
_forgets: dict[str, Forgets] = {}


def exports(name: str) -> Callable[[Part], Part]:
    """Register a part of a person's export under the name that it has in the file ('matters')."""

    def register(function: Part) -> Part:
        _parts[name] = function
        return function

    return register


def export_parts(user: User, contacts: Sequence[UUID]) -> dict[str, Any]:
    """Return what every area holds about a person, by name."""
    return {name: _parts[name](user, contacts) for name in sorted(_parts)}


def leaves(function: Leaves) -> Leaves:
    """Register a function that finds the contacts that somebody left while signed in."""
    _leaves[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def left_by(user: User) -> list[QuerySet[Any]]:
    """Return, by area, the ids of the contacts that somebody left while signed in."""
    return [function(user) for function in _leaves.values()]


def forgets(function: Forgets) -> Forgets:
    """Register a function that takes away what an area keeps of a person, when their account is erased."""
    _forgets[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def forget(user: User) -> None:
    """Take away what other areas keep of a person whose account is erased."""
    for function in _forgets.values():
        function(user)
