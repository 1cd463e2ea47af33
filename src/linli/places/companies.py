"""Property companies and owners' committees of a compound: kept by a higher area, which registers how they are listed."""

from collections.abc import Callable, Sequence

KINDS = ("property_company", "owners_committee")
# (kind, division code) -> [(id, name)]
Choices = Callable[[str, str], Sequence[tuple[int, str]]]

_choices: list[Choices] = []


def register(function: Choices) -> None:
    """Ask ``function(kind, division_code)`` for the organisations of a kind that serve a place (from an app's ``ready``)."""
    _choices[:] = [function]


def choices(kind: str, division_code: str) -> list[tuple[int, str]]:
    """Return (id, name) of the organisations of a kind (see KINDS) that serve a place; nothing where nobody keeps them."""
    return [row for function in _choices for row in function(kind, division_code)]
