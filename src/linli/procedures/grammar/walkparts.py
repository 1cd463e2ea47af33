"""Going through all parts of a definition, each with the path at which it stands in the source."""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from linli.procedures.grammar.conditions import Condition
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.load import Path

Kind = TypeVar("Kind", bound=BaseModel)


def parts(definition: Definition, kind: type[Kind]) -> Iterator[tuple[Path, Kind]]:
    """Yield every part of a kind, with its path in the source, in the order of the model."""
    for path, part in _walk((), definition):
        if isinstance(part, kind):
            yield path, part


def conditions(definition: Definition) -> Iterator[tuple[Path, Condition]]:
    """Yield every whole condition (not the parts of which it is made)."""
    inside = ("all", "any", "not")
    for path, condition in parts(definition, Condition):
        if path[-1] not in inside and (len(path) < 2 or path[-2] not in inside):
            yield path, condition


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, BaseModel]]:
    if isinstance(value, BaseModel):
        yield path, value
        for name, field in type(value).model_fields.items():
            yield from _walk((*path, field.alias or name), getattr(value, name))
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _walk((*path, key), part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk((*path, index), part)
