"""Whose turn it is: what a person's posts may act on now, as conditions for lists, counts and pages.

``policies.holds`` says the same of one case; a test holds the two against each other. Conditions are made of plain values
(``hands``), so that the few reads of every page can be prepared.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, IntegerField, Q, QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from linli.orgs.actors import Actor
from linli.procedures.enums import PERSON_ROLES, State
from linli.procedures.models import Case

# who a case names, for somebody who looks: nobody, themselves, somebody else
UNNAMED, ME, OTHER = 0, 1, 2
NOBODY = Q(pk__in=[])
# Nobody goes on with these before something else is decided: a second person, or the end of a suspension.
STANDING = Q(suspended=True) | Q(pending__isnull=False)
STANDS = ExpressionWrapper(STANDING, output_field=BooleanField())
PEOPLE = Q(holder_role__in=PERSON_ROLES)


def hands(by: Actor) -> dict[str, Any]:
    """Return what ``in_hand`` and the lists below depend on: the person, their units, and their posts as lists of equal length."""
    headed = sorted({post.unit.id for post in by.posts if post.head})
    others = [post for post in by.posts if post.unit.id not in headed]
    wide = sorted({(post.unit.id, post.role) for post in others if post.grid_id is None})
    grids = sorted({(post.unit.id, post.role, post.grid_id) for post in others if post.grid_id is not None})
    return {
        "user": by.user_id or 0,
        "units": sorted(by.unit_ids),
        "headed": headed,
        "wide_units": [unit for unit, _role in wide],
        "wide_roles": [role for _unit, role in wide],
        "grid_units": [unit for unit, _role, _grid in grids],
        "grid_roles": [role for _unit, role, _grid in grids],
        "grids": [grid for _unit, _role, grid in grids],
    }


def deciding(by: Actor) -> dict[str, Any]:
    """Return what ``asked_to_approve`` depends on: the person, the units they head, and their posts elsewhere, each once."""
    headed = sorted({post.unit.id for post in by.posts if post.head})
    posts = sorted({(post.unit.id, post.role) for post in by.posts if post.unit.id not in headed})
    return {
        "asker": by.user_id or 0,
        "headed": headed,
        "post_units": [unit for unit, _role in posts],
        "post_roles": [role for _unit, role in posts],
    }


def in_hand(
    *,
    user: Any,
    units: Any,
    headed: Any,
    wide_units: Any,
    wide_roles: Any,
    grid_units: Any,
    grid_roles: Any,
    grids: Any,
) -> Q:
    """The condition that somebody with these posts holds a case: it names them, they head its unit, or they have its role there."""
    seen = Q(holder_user_id=user, holder_unit_id__in=units)
    seen |= Q(holder_unit_id__in=headed) & ~PEOPLE
    free = Q(holder_user__isnull=True)
    for unit, role in zip(wide_units, wide_roles, strict=True):
        seen |= Q(holder_unit_id=unit, holder_role=role) & free
    for unit, role, grid in zip(grid_units, grid_roles, grids, strict=True):
        seen |= Q(holder_unit_id=unit, holder_role=role, grid_id=grid) & free
    return seen


def holder(
    *,
    headed: Sequence[int],
    wide_units: Sequence[int],
    wide_roles: Sequence[str],
    grid_units: Sequence[int],
    grid_roles: Sequence[str],
    grids: Sequence[int],
    **_more: Any,
) -> Callable[[int, str, int | None, int], bool]:
    """Return what ``in_hand`` says of cases of the person's units: from unit, role and grid of the holder and who is named there."""
    heads = set(headed)
    held = {*zip(wide_units, wide_roles, strict=True), *zip(grid_units, grid_roles, grids, strict=True)}

    def holds(unit: int, role: str, grid: int | None, named: int) -> bool:
        if named == ME or (unit in heads and role not in PERSON_ROLES):
            return True
        return named == UNNAMED and ((unit, role) in held or (unit, role, grid) in held)

    return holds


def to_do(**hands: Any) -> Q:
    """The condition that somebody with these posts may go on with a case of theirs now."""
    return in_hand(**hands) & ~STANDING


def asked_to_approve(*, asker: Any, headed: Any, post_units: Any, post_roles: Any) -> QuerySet[Case]:
    """Return the running cases that wait for a second person's decision and name somebody with these posts, who did not ask for it."""
    posts = zip(post_units, post_roles, strict=True)
    named = reduce(or_, (Q(asked_unit=unit, asked_role=role) for unit, role in posts), Q(asked_unit__in=headed))
    return (
        Case.objects.filter(state=State.OPEN, pending__isnull=False, suspended=False)
        .alias(
            asked_unit=Cast(KT("pending__unit"), IntegerField()),
            asked_by=Cast(KT("pending__by"), IntegerField()),
            asked_role=Cast(KT("pending__role"), TextField()),
        )
        .filter(named)
        .exclude(asked_by=asker)
    )
