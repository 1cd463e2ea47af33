"""What can be chosen in a form: units and people by the case's place, and what areas add (categories, urgency)."""

import contextlib
import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.orgs.actors import Actor, in_force
from linli.orgs.enums import ROLES
from linli.orgs.models import Post
from linli.orgs.units import Unit, units
from linli.procedures.answers import check_answers, offered
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.inside import roles_of_person
from linli.procedures.grammar.words import condition_words
from linli.procedures.models import Case

Choice = tuple[str, str]
Provider = Callable[[Case], list[Choice]]
Suggester = Callable[[Case], dict[str, Any]]
Offer = Callable[[Case, Actor, datetime], list[Choice]]

MOST_PEOPLE = 300

_providers: dict[str, Provider] = {}
_suggesters: dict[str, Suggester] = {}
_offers: dict[tuple[str, str], Offer] = {}


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


def offers(procedure: str, field: str) -> Callable[[Offer], Offer]:
    """Register what somebody may choose from in a field, or else type: what is likely, among what they may see."""

    def register(function: Offer) -> Offer:
        _offers[procedure, field] = function
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
    by: Actor | None = None,
) -> list[Question]:
    """Return the questions of a form for a case; ``given`` (what was typed) wins over what is known or proposed.

    One that is asked only if another of the same form is answered so stands there too, with the condition beside it: without
    scripts nothing can appear later.
    ``by``: who is asked; without them nothing is offered that depends on what they may see.
    """
    language = get_language()
    proposed = suggestions(case)
    known = case.data | understood(definition, asked, given or {})
    names = {name for name, _optional in asked}
    found = []
    for name, optional in asked:
        field = definition.fields[name]
        condition = ""
        if field.when is not None and not field.when.holds(known):
            if not field.when.fields() & names:
                continue
            condition = _("只在“%(when)s”时填。") % {
                "when": condition_words(field.when, definition.fields, language or "zh")
            }
        value = (given or {}).get(name, case.data.get(name, proposed.get(name, "")))
        hint = field.hint.in_(language) if field.hint else ""
        found.append(
            Question(
                name=name,
                label=field.name.in_(language),
                type=field.type,
                required=field.required and not optional and not condition,
                hint=" ".join(part for part in (condition, hint) if part),
                limit=field.max,
                choices=_offered(name, case, by, at) or _choices(definition, name, case, at=at, language=language),
                value=value,
            )
        )
    return found


def understood(definition: Definition, asked: list[tuple[str, bool]], given: dict[str, Any]) -> dict[str, Any]:
    """Return those of the typed answers that fit their questions, as they would be kept."""
    found: dict[str, Any] = {}
    for name, _optional in asked:
        if name in given:
            with contextlib.suppress(BadAnswers):
                found |= check_answers(definition, [(name, True)], {name: given[name]}, found, place="")
    return found


def _offered(name: str, case: Case, by: Actor | None, at: datetime) -> list[Choice]:
    function = _offers.get((case.procedure, name))
    return function(case, by, at) if function is not None and by is not None else []


def _choices(definition: Definition, name: str, case: Case, *, at: datetime, language: str | None) -> list[Choice]:
    field = definition.fields[name]
    if field.options:
        return [(key, name.in_(language)) for key, name in field.options.items()]
    if field.type in _providers:
        return _providers[field.type](case)
    if field.type in ("unit", "units"):
        return [(str(unit.id), unit.name) for unit in units_for(case, field.unit_kinds)]
    if field.type == "person":
        return people_for(definition, name, case, at=at)
    if field.type == "urgency":
        return [(str(value), str(label)) for value, label in Urgency.choices]
    return []


def units_for(case: Case, kinds: list[str] | None) -> list[Unit]:
    """Return the units that a case at this place can go to: those above it, and those inside its county; nearest first."""
    code = case.division_code
    found = [unit for unit in units().by_id.values() if offered(unit, code, kinds)]
    return sorted(found, key=lambda unit: (not code.startswith(unit.division_code.rstrip("0")), -unit.level, unit.id))


def people_for(definition: Definition, name: str, case: Case, *, at: datetime) -> list[Choice]:
    """Return the posts that may be answered in a field of type person (id of the post, who in what role and unit), nearest first."""
    found = _posts(definition, name, case, at=at).select_related("user")
    near = {unit.id: place for place, unit in enumerate(units_for(case, None))}
    rows = sorted(found[:MOST_PEOPLE], key=lambda row: (near.get(row.organisation_id, len(near)), row.role, row.pk))
    return [(str(row.pk), _person(row)) for row in rows]


def _person(row: Post) -> str:
    unit, role = units().get(row.organisation_id), ROLES.get(row.role)
    duty = " ".join(part for part in (unit.label if unit else "", str(role.name) if role else row.role) if part)
    return f"{row.user.name}（{duty}）"


def _posts(definition: Definition, name: str, case: Case, *, at: datetime) -> QuerySet[Post]:
    """The posts that fit a field: of the roles in which the definition lets that person act, in the units the case can go to.

    Where the definition names no role, anybody of the unit that has the case and of those that govern its place.
    """
    roles, within = roles_of_person(definition, name), units_for(case, None)
    rows = Post.objects.filter(in_force(at), user__is_active=True)
    if roles:
        return rows.filter(role__in=roles, organisation_id__in=[unit.id for unit in within])
    here = {
        unit.id for unit in within if unit.governs and case.division_code.startswith(unit.division_code.rstrip("0"))
    }
    return rows.filter(organisation_id__in=here | {case.holder_unit_id})


def check_people(definition: Definition, answers: dict[str, Any], case: Case, *, at: datetime) -> None:
    """Raise BadAnswers for an answer of type person who holds no fitting post (one statement for each such answer)."""
    errors = {
        name: _("请从列表中选择在岗的人。")
        for name in answers
        if definition.fields[name].type == "person"
        and not _posts(definition, name, case, at=at).filter(pk=answers[name]).exists()
    }
    if errors:
        raise BadAnswers(errors)
