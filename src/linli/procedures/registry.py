"""What areas plug into the engine: named handlers, catalogues of durations and units, and pages of what a case is about."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linli.procedures.work import Work

Handler = Callable[["Work", dict[str, Any]], None]
Catalogue = Callable[[dict[str, Any]], Mapping[str, str | int | None]]

_handlers: dict[str, Handler] = {}
_catalogues: dict[str, Catalogue] = {}


def handler(name: str) -> Callable[[Handler], Handler]:
    """Register a consequence in code under the name by which definitions call it (``matters.merge``).

    It runs inside the transaction of the action, with the work in hand and the answers; it raises ``Refused`` or ``BadAnswers`` to
    stop the action.
    """

    def register(function: Handler) -> Handler:
        _handlers[name] = function
        return function

    return register


def handlers() -> Mapping[str, Handler]:
    return _handlers


def catalogue(procedure: str) -> Callable[[Catalogue], Catalogue]:
    """Register what answers 'from: catalogue.X' for a procedure: answers in, a mapping of X to a duration or a unit's id out."""

    def register(function: Catalogue) -> Catalogue:
        _catalogues[procedure] = function
        return function

    return register


def look_up(procedure: str, key: str, data: dict[str, Any]) -> str | int | None:
    """Return what the catalogue of a procedure says for ``key``, or None."""
    function = _catalogues.get(procedure)
    return function(data).get(key) if function else None
