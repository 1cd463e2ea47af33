"""What can be chosen in a form: units and people by the case's place, and what areas add (categories, urgency)."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from linli.orgs.actors import in_force
from linli.orgs.enums import ROLES
from linli.orgs.models import Post
from linli.orgs.units import Unit, units
from linli.places.enums import prefix_of
from linli.procedures.enums import Urgency
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.parts import FormField
from linli.procedures.models import Case

Choice = tuple[str, str]
Provider = Callable[[Case], list[Choice]]
Suggester = Callable[[Case], dict[str, Any]]

_providers: dict[str, Provider] = {}
_suggesters: dict[str, Suggester] = {}


def provider(field_type: str) -> Callable[[Provider], Provider]:
    """Register what gives the choices of a type of field ('category')."""

    def register(function: Provider) -> Provider:
        _providers[field_type] = function
        return function

    return register


def suggester(procedure: str) -> Callable[[Suggester], Suggester]:
    """Register what proposes answers for a procedure's forms; a person decides."""

    def register(function: Suggester) -> Suggester:
        _suggesters[procedure] = function
        return function

    return register


def suggestions(case: Case) -> dict[str, Any]:
    """Return proposed answers by field."""
    function = _suggesters.get(case.procedure)
    return function(case) if function else {}


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One field of a form, ready to be drawn."""

    name: str
    label: str
    type: str
    required: bool
    hint: str
    limit: int | None
    choices: list[Choice]
    value: Any


def questions(
    definition: Definition,
    asked: list[tuple[str, bool]],
    case: Case,
    *,
    at: datetime,
    given: dict[str, Any] | None = None,
) -> list[Question]:
    """Return the questions of a form for a case; ``given`` (what was typed) wins over what is known or proposed."""
    language = get_language()
    proposed = suggestions(case)
    found = []
    for name, optional in asked:
        field = definition.fields[name]
        if field.when is not None and not field.when.holds(case.data | (given or {})):
            continue
        value = (given or {}).get(name, case.data.get(name, proposed.get(name, "")))
        found.append(
            Question(
                name=name,
                label=field.name.in_(language),
                type=field.type,
                required=field.required and not optional,
                hint=field.hint.in_(language) if field.hint else "",
                limit=field.max,
                choices=_choices(field, case, at=at, language=language),
                value=value,
            )
        )
    return found


def _choices(field: FormField, case: Case, *, at: datetime, language: str | None) -> list[Choice]:
    if field.options:
        return [(key, name.in_(language)) for key, name in field.options.items()]
    if field.type in _providers:
        return _providers[field.type](case)
    if field.type in ("unit", "units"):
        return [(str(unit.id), unit.name) for unit in units_for(case, field.unit_kinds)]
    if field.type == "person":
        return people_for(case, at=at)
    if field.type == "urgency":
        return [(str(value), str(label)) for value, label in Urgency.choices]
    return []


def units_for(case: Case, kinds: list[str] | None) -> list[Unit]:
    """Return the units that a case at this place can go to: those above it, and those inside its county; nearest first."""
    code = case.division_code
    found = [unit for unit in units().by_id.values() if offered(unit, code, kinds)]
    return sorted(found, key=lambda unit: (not code.startswith(unit.division_code.rstrip("0")), -unit.level, unit.id))


def offered(unit: Unit, division_code: str, kinds: list[str] | None) -> bool:
    """Whether a form of a case at a place offers a unit: what is not offered is not taken either, whoever sends it."""
    county = prefix_of(division_code, 3)  # type: ignore[arg-type]
    near = unit.division_code.startswith(county) or division_code.startswith(unit.division_code.rstrip("0"))
    return unit.active and near and (not kinds or unit.kind in kinds)


def people_for(case: Case, *, at: datetime) -> list[Choice]:
    """Return the posts of the holding unit and of the case's community as choices (id of the post, who in what role)."""
    rows = (
        Post.objects.filter(in_force(at), organisation_id=case.holder_unit_id, user__is_active=True)
        .select_related("user")
        .order_by("role", "id")
    )
    return [
        (str(row.pk), f"{row.user.name}（{ROLES[row.role].name if row.role in ROLES else row.role}）") for row in rows
    ]
