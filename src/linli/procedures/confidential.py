"""Who may see a confidential case: its holder, those whom its definition names, and the parties; as one condition for lists and pages."""

from functools import reduce
from operator import or_

from django.db.models import Q

from linli.kernel.memo import remember
from linli.orgs.actors import Actor
from linli.orgs.actors import Held as Post
from linli.procedures import turns
from linli.procedures.definitions import of_version
from linli.procedures.grammar.parts import Holder
from linli.procedures.holders import LEVELS
from linli.procedures.models import ProcedureVersion
from linli.procedures.turns import NOBODY


def after(prefix: str) -> str:
    """Return the first code behind all that begin with ``prefix``: a range, which an index serves, instead of a pattern."""
    return str(int(prefix) + 1).rjust(len(prefix), "0").ljust(12, "0") if prefix.strip("9") else "~"


def inside(prefix: str, case: str = "") -> Q:
    """The condition that a case lies at a place. ``case``: the path to it, such as ``parent__``."""
    low, high = f"{case}division_code__gte", f"{case}division_code__lt"
    return Q(**{low: prefix.ljust(12, "0"), high: after(prefix)})


def versions() -> dict[int, list[Holder]]:
    """Return, by version, whom the confidential definitions name besides the holder."""

    def load() -> dict[int, list[Holder]]:
        found = ProcedureVersion.objects.filter(text__contains="confidential").exclude(published_at=None)
        read = {pk: of_version(pk).confidential for pk in found.values_list("pk", flat=True)}
        return {pk: named for pk, named in read.items() if named is not None}

    return remember("procedures:confidential", load, seconds=60)


def let_in(by: Actor) -> Q:
    """The condition under which staff, or a party, may see a restricted case that they did not start.

    Cases opened for a confidential one, without a list of their own, are open to those whom that one names.
    """
    seen = _held_by(by)
    for version_id, named in versions().items():
        for case in ("", "parent__"):
            who = reduce(or_, (_named(spec, by, case) for spec in named), NOBODY)
            seen |= Q(**{f"{case}version_id": version_id}) & who
    return Q(restricted=True) & seen


def open_to(by: Actor) -> Q:
    """The condition for lists of cases that a unit holds: those confidential to others of the unit are left out."""
    return Q(restricted=False) | let_in(by) if versions() else Q(restricted=False)


def _held_by(by: Actor) -> Q:
    """``policies.holds`` as a condition, and whoever decides what waits for a second person."""
    seen = turns.in_hand(**turns.hands(by))
    for post in by.posts:
        waits = Q(pending__unit=post.unit.id)
        seen |= waits if post.head else waits & Q(pending__role=post.role)
    return seen


def _named(spec: Holder, by: Actor, case: str) -> Q:
    if spec.role == "parties":
        return Q(**{f"{case}data__parties_keys__icontains": by.key}) if by.key else NOBODY
    if spec.is_person or spec.role == "holder":
        return NOBODY
    if spec.person:
        return Q(**{f"{case}data__{spec.person}__in": [post.id for post in by.posts]}) if by.posts else NOBODY
    return reduce(or_, (_by_post(spec, post, case) for post in by.posts), NOBODY)


def _by_post(spec: Holder, post: Post, case: str) -> Q:
    has_role = post.role == spec.role
    if spec.level == "grid":
        return Q(**{f"{case}grid_id": post.grid_id}) if has_role and post.grid_id is not None else NOBODY
    if spec.level:
        there = post.unit.governs and post.unit.level == LEVELS[spec.level]
        return inside(post.prefix, case) if there and (has_role or post.head) else NOBODY
    if spec.form:
        return Q(**{f"{case}data__{spec.form}": post.unit.id}) if has_role or post.head else NOBODY
    if spec.place == "start":
        return Q(**{f"{case}starter_unit_id": post.unit.id}) if has_role or post.head else NOBODY
    anywhere = not (spec.catalogue or spec.step or spec.place)
    return inside(post.prefix, case) if anywhere and has_role else NOBODY
