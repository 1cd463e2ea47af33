"""What areas plug into the engine: named handlers, catalogues of durations and units, and pages of what a case is about."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.functional import Promise

if TYPE_CHECKING:
    from linli.procedures.models import Case
    from linli.procedures.work import Work

Handler = Callable[["Work", dict[str, Any]], None]
Catalogue = Callable[["Case"], Mapping[str, str | int | None]]

_handlers: dict[str, Handler] = {}
_checks: dict[str, Handler] = {}
_catalogues: dict[str, Catalogue] = {}
_words: dict[str, Callable[[Any], str]] = {}
_panels: dict[str, Callable[..., dict[str, Any]]] = {}


def handler(name: str, *, check: Handler | None = None) -> Callable[[Handler], Handler]:
    """Register a consequence in code under the name by which definitions call it (``matters.merge``).

    It runs inside the transaction of the action, with the work in hand and the answers; it raises ``Refused`` or ``BadAnswers`` to
    stop the action. ``check`` raises as it does and changes nothing: it is called before a second person is asked, who cannot put
    answers right.
    """

    def register(function: Handler) -> Handler:
        _handlers[name] = function
        if check is not None:
            _checks[name] = check
        return function

    return register


def check_handler(name: str, work: "Work", answers: dict[str, Any]) -> None:
    """Raise what a consequence would raise for these answers."""
    if name in _checks:
        _checks[name](work, answers)


def handlers() -> Mapping[str, Handler]:
    return _handlers


def catalogue(procedure: str) -> Callable[[Catalogue], Catalogue]:
    """Register what answers 'from: catalogue.X' for a procedure: a case in, a mapping of X to a duration or a unit's id out.

    Its ``version``, where it has versions, is kept with every deadline that follows from it.
    """

    def register(function: Catalogue) -> Catalogue:
        _catalogues[procedure] = function
        return function

    return register


def look_up(case: "Case", key: str) -> str | int | None:
    """Return what the catalogue of a case's procedure says for ``key``, or None."""
    function = _catalogues.get(case.procedure)
    return function(case).get(key) if function else None


Keeper = Callable[["Work", Collection[str]], None]
_keepers: dict[str, Keeper] = {}


def keeps_in_step(procedure: str) -> Callable[[Keeper], Keeper]:
    """Register what an area derives from the answers of its cases: called with the names of those that an act changed, or took back.

    It raises BadAnswers where an answer means nothing to the area. It may look at ``work.case.data`` only, so that taking an act back
    brings back what was.
    """

    def register(function: Keeper) -> Keeper:
        _keepers[procedure] = function
        return function

    return register


def keep_in_step(work: "Work", changed: Collection[str]) -> None:
    """Let the area of a case follow its answers."""
    function = _keepers.get(work.case.procedure)
    if function is not None and changed:
        function(work, changed)


@dataclasses.dataclass(frozen=True, slots=True)
class Pages:
    """The names of the pages by which an area begins its own cases and shows them to residents."""

    desk: str
    resident: str
    case: str


_pages: dict[str, Pages] = {}


def has_pages(procedure: str, *, desk: str, resident: str, case: str) -> None:
    """Say that an area begins the cases of a procedure itself, on pages of its own (a matter is registered or reported)."""
    _pages[procedure] = Pages(desk, resident, case)


def pages_of(procedure: str) -> Pages | None:
    """Return an area's own pages for a procedure; None where the engine's serve."""
    return _pages.get(procedure)


def with_pages() -> list[str]:
    """Return the procedures whose cases areas begin and show on pages of their own."""
    return list(_pages)


_masks: list[Callable[[str], str]] = []


def masks(function: Callable[[str], str]) -> Callable[[str], str]:
    """Register what takes names, phones and door numbers out of words that everybody will read."""
    _masks.append(function)
    return function


def masked(text: str) -> str:
    """Return words as everybody may read them."""
    for function in _masks:
        text = function(text)
    return text


_openers: dict[str, Callable[["Work"], None]] = {}


def opener(procedure: str) -> Callable[[Callable[["Work"], None]], Callable[["Work"], None]]:
    """Register what an area makes of a case of its procedure that the engine itself opens (a matter that another procedure raises).

    Called before the case is written, so that it may name it; rows that belong to the case are written by ``work.then``.
    """

    def register(function: Callable[["Work"], None]) -> Callable[["Work"], None]:
        _openers[procedure] = function
        return function

    return register


def openers() -> Mapping[str, Callable[["Work"], None]]:
    return _openers


def words_of(field_type: str) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
    """Register how an answer of a type is said in words ('category': its name)."""

    def register(function: Callable[[Any], str]) -> Callable[[Any], str]:
        _words[field_type] = function
        return function

    return register


def value_words(field_type: str, value: Any) -> str:
    """Return an answer in words, by the area that knows its type, else as it is."""
    function = _words.get(field_type)
    return function(value) if function else str(value)


def panel(procedure: str) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Register what an area shows on the case page of its procedure: a function (case, request) -> {"template": …, context}."""

    def register(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        _panels[procedure] = function
        return function

    return register


def panel_of(case: "Case", request: Any) -> dict[str, Any]:
    """Return the panel of a case's procedure, or an empty one."""
    function = _panels.get(case.procedure)
    return function(case, request) if function else {}


_families: dict[str, Callable[..., dict[str, Any]]] = {}


def family_panel(procedure: str) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Register how a case's page shows the cases of a procedure that belong to it (the units called by a whistle).

    A function (parent, children, request) -> {"template": …, context}; others are rows of one plain table.
    """

    def register(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        _families[procedure] = function
        return function

    return register


def family_panels() -> Mapping[str, Callable[..., dict[str, Any]]]:
    """Return the registered functions by procedure."""
    return _families


_texts: dict[str, Callable[["Case"], str]] = {}


def search_text(procedure: str) -> Callable[[Callable[["Case"], str]], Callable[["Case"], str]]:
    """Register what else of a procedure's cases can be found by words (the text of a matter)."""

    def register(function: Callable[["Case"], str]) -> Callable[["Case"], str]:
        _texts[procedure] = function
        return function

    return register


def searchable(case: "Case") -> str:
    """Return the further words by which a case is found."""
    function = _texts.get(case.procedure)
    return function(case) if function else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Facet:
    """Something by which lists can be narrowed that only an area knows (a matter's category, how it came in).

    ``choices`` returns (value, label); ``condition`` a value's condition on cases; one that is not ``offered`` is used by links only.
    """

    key: str
    label: str | Promise
    choices: Callable[[], list[tuple[str, str]]]
    condition: Callable[[str], Q]
    offered: bool = True


_facets: dict[str, Facet] = {}
_dates: dict[str, str] = {}
_columns: dict[str, tuple[str, Callable[[Any], str]]] = {}


def facet(found: Facet) -> Facet:
    """Register a facet of lists."""
    _facets[found.key] = found
    return found


def facets() -> Mapping[str, Facet]:
    """Return the facets by key, in the order in which they were registered."""
    return _facets


def date_of(name: str, path: str) -> None:
    """Register a date by which lists can be narrowed: its name and the path from a case to its column."""
    _dates[name] = path


def dates() -> Mapping[str, str]:
    """Return the registered dates: name to path."""
    return _dates


def column(name: str, path: str) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
    """Register a column that rows of lists carry besides their own (joined, not queried per row) and how its values are said."""

    def register(function: Callable[[Any], str]) -> Callable[[Any], str]:
        _columns[name] = (path, function)
        return function

    return register


def columns() -> dict[str, str]:
    """Return the registered columns: name to path."""
    return {name: path for name, (path, _words) in _columns.items()}


def column_words(name: str, value: Any) -> str:
    """Return a registered column's value in words; '' where the area knows nothing of the case."""
    return "" if value is None or name not in _columns else _columns[name][1](value)


_facts: dict[str, Callable[["Case"], list[tuple[str, str]]]] = {}


def facts(
    procedure: str,
) -> Callable[[Callable[["Case"], list[tuple[str, str]]]], Callable[["Case"], list[tuple[str, str]]]]:
    """Register what a procedure's cases are about, as (label, text), for the file of a case: what its starter may read as well."""

    def register(function: Callable[["Case"], list[tuple[str, str]]]) -> Callable[["Case"], list[tuple[str, str]]]:
        _facts[procedure] = function
        return function

    return register


def facts_of(case: "Case") -> list[tuple[str, str]]:
    """Return what a case is about in (label, text); nothing where no area knows."""
    function = _facts.get(case.procedure)
    return function(case) if function else []
