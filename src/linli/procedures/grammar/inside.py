"""What a definition speaks of anywhere inside it: every holder, the levels they stand at, the roles asked of a person chosen in a form."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.parts import Holder


def holders_in(part: Any) -> Iterator[Holder]:
    """Yield every holder that a part of a definition names, at any depth."""
    if isinstance(part, Holder):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from holders_in(getattr(part, name))
    elif isinstance(part, dict):
        for inner in part.values():
            yield from holders_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from holders_in(inner)


def levels_named(definition: Definition) -> set[str]:
    """Return the levels ('community', 'street' …) at which a definition finds whoever holds or acts."""
    return {holder.level for holder in holders_in(definition) if holder.level}


def speaks_of(definition: Definition, *roles: str) -> bool:
    """Whether a definition names one of these anywhere ('parties')."""
    return any(holder.role in roles for holder in holders_in(definition))


def roles_of_person(definition: Definition, field: str) -> set[str]:
    """Return the roles in which a person answered in a field acts: 'mediator chosen in form.mediator', 'handler of form.who'."""
    return {holder.role for holder in holders_in(definition) if field in (holder.person, holder.form)}
