"""What higher areas plug into this one: reasons to keep an organisation open, and parts of a person's account page."""

from collections.abc import Callable
from typing import Any

from linli.orgs.models import Organisation

Keeper = Callable[[Organisation], list[str]]
Panel = Callable[[Any], dict[str, Any] | None]

_keepers: dict[str, Keeper] = {}
_panels: dict[str, tuple[int, Panel]] = {}


def keeps(function: Keeper) -> Keeper:
    """Register a function (organisation) -> sentences that say why it cannot be closed now ('还有 3 件办件在手'). Empty: nothing."""
    _keepers[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def reasons_to_keep(unit: Organisation) -> list[str]:
    """Return every reason that other areas have against closing an organisation."""
    return [reason for function in _keepers.values() for reason in function(unit)]


def account_panel(*, order: int = 50) -> Callable[[Panel], Panel]:
    """Register a part of the page /account/: a function (request) -> {"template": name, …its context} or None for nothing."""

    def register(function: Panel) -> Panel:
        _panels[f"{function.__module__}.{function.__qualname__}"] = (order, function)
        return function

    return register


def account_panels(request: Any) -> list[dict[str, Any]]:
    """Return the parts of a person's account page, in order."""
    parts = [function(request) for _order, function in sorted(_panels.values(), key=lambda entry: entry[0])]
    return [part for part in parts if part]
