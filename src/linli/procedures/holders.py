"""Who holds a step: a role in words of the definition, resolved to a unit and, where it names a person, to that person."""

import dataclasses
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from linli.orgs.actors import in_force
from linli.orgs.enums import HEAD_ROLES
from linli.orgs.models import Post
from linli.orgs.units import Unit, units
from linli.places.enums import Level
from linli.procedures.definitions import of_version
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Step
from linli.procedures.grammar.parts import Holder
from linli.procedures.models import Case
from linli.procedures.registry import look_up
from linli.procedures.work import Work

LEVELS = {
    "city": Level.CITY,
    "county": Level.COUNTY,
    "street": Level.STREET,
    "community": Level.COMMUNITY,
    "grid": Level.COMMUNITY,
}
GRID_LEVEL = 6  # below the five levels of the tree: held inside a grid
GRID_ROLES = ("grid_leader", "grid_worker", "micro_grid_worker", "party_group_leader")


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """A case's holder: always a unit, a role in it, perhaps a person, and the level (2 city … 5 community, 6 grid)."""

    unit: Unit
    role: str
    user_id: int | None
    level: int


def kept_out(step: Step, case: Case) -> frozenset[int]:
    """Return the users who may not act at a step: who started the case, or acted at steps that its words name."""
    barred = {case.starter_user_id} if "starter" in step.not_by else set()
    for key in (*step.not_by, step.not_same_as or ""):
        before = case.visits.get(key) or {}
        barred |= {before.get("by"), before.get("asked_by")}
    return frozenset(user_id for user_id in barred if user_id is not None)


def resolve(spec: Holder, work: Work, *, without: Collection[int] = ()) -> Held:
    """Return who holds a step for this case; ``without``: users who may not act there, as if they held no post.

    If nobody in the unit has the role, its head acts (heads may do what their unit may); if nobody at all is in the unit, the level
    above holds it. The answer is never nobody.
    """
    case = work.case
    if spec.is_person:
        return Held(_watching_unit(case), spec.role, None, case.holder_level or Level.COMMUNITY)
    if spec.role == "holder":
        kept = case.visits.get(spec.step) if spec.step else None
        if kept:
            return as_kept(kept)
        return _as_now(case.parent if spec.place == "parent" and case.parent else case, work)
    chosen = _chosen_post(spec, work)
    if chosen is not None:
        return chosen
    unit = place_of(spec, case)
    if unit is None:
        raise BadAnswers({spec.form or "": _("没有找到承办单位。")})
    return somebody(spec.role, unit, work, without=without)


def as_kept(kept: dict[str, Any]) -> Held:
    """Return who held a step, from what ``visits`` keeps of it."""
    return Held(units().by_id[kept["unit"]], kept["role"], kept["user"], kept["level"])


def _as_now(case: Case, work: Work) -> Held:
    """Return who holds a case; while the reporter has to act, whoever keeps cases in the unit that watches."""
    unit = units().by_id[case.holder_unit_id]
    if case.holder_role and not case.held_by_person:
        return Held(unit, case.holder_role, case.holder_user_id, case.holder_level)
    return somebody(keeper(unit), unit, work)


def staying(work: Work) -> Held:
    """Return who holds a step that names nobody: whoever held the case before."""
    return _as_now(work.case, work)


def keeper(unit: Unit) -> str:
    """Return the role that keeps cases in a unit where a definition names none."""
    if not unit.governs:
        return "handler"
    return "clerk" if unit.level >= Level.COMMUNITY else "dispatcher"


def place_of(spec: Holder, case: Case) -> Unit | None:
    """Return the unit that a holder's words name, before asking who is in it."""
    table = units()
    here = table.get(case.holder_unit_id)
    unit: Unit | None
    if spec.form or spec.catalogue:
        value = case.data.get(spec.form) if spec.form else look_up(case, spec.catalogue or "")
        unit = table.get(_first_id(value)) if not names_a_person(spec, case) else None
    elif spec.step:
        unit = table.get((case.visits.get(spec.step) or {}).get("unit"))
    elif spec.place == "parent":
        unit = table.get(case.parent.holder_unit_id) if case.parent else None
    elif spec.place == "start":
        unit = table.get(case.starter_unit_id)
    elif spec.level:
        unit = table.governing_at(case.division_code, LEVELS[spec.level])
    else:
        unit = here
    if spec.up and unit is not None:
        unit = table.above(unit) or unit
    return unit


def names_a_person(spec: Holder, case: Case) -> bool:
    """Whether 'of form.X' names a field of type person: its answers are ids of posts, not of units."""
    if spec.form is None or case.version_id is None:
        return False
    field = of_version(case.version_id).fields.get(spec.form)
    return field is not None and field.type == "person"


def level_of(role: str, unit: Unit) -> int:
    """Return the level at which a role in a unit stands, for 'settled at which level'."""
    return GRID_LEVEL if role in GRID_ROLES else unit.level


def _first_id(value: Any) -> int | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _watching_unit(case: Case) -> Unit:
    table = units()
    found = table.get(case.holder_unit_id) or table.governing_at(case.division_code, Level.COMMUNITY)
    if found is None:
        raise BadAnswers({"": _("这里还没有治理单位，请先在组织管理中设置。")})
    return found


def _chosen_post(spec: Holder, work: Work) -> Held | None:
    """A person chosen in the form is the id of a post; so is a 'form' field of type person."""
    name = spec.person or spec.form
    field = work.definition.fields.get(name or "")
    if name is None or field is None or field.type != "person":
        return None
    post_id = work.case.data.get(name)
    post = Post.objects.filter(in_force(work.at), pk=post_id, user__is_active=True).first() if post_id else None
    unit = units().get(post.organisation_id) if post else None
    if post is None or unit is None:
        raise BadAnswers({name: _("选中的人已不在岗，请重新选择。")})
    return Held(unit, post.role, post.user_id, level_of(post.role, unit))


def somebody(role: str, unit: Unit, work: Work, *, without: Collection[int] = ()) -> Held:
    """Return who holds a role in a unit: those who have it, else the unit's head, else the level above, until somebody is there."""
    case, chain = work.case, chain_from(unit)
    present = work.reads.present([one.id for one in chain], [role, *HEAD_ROLES], work.at)
    present = [row for row in present if row[2] not in without]
    for one in chain:
        inside = [row for row in present if row[0] == one.id]
        if role not in GRID_ROLES:
            if inside:
                return Held(one, role, None, one.level)
            continue
        in_grid = [row for row in inside if row[1] == role and row[3] == case.grid_id and row[3] is not None]
        if in_grid:
            return Held(one, role, in_grid[0][2] if len(in_grid) == 1 else None, GRID_LEVEL)
        # nobody works this grid: the head of the community, or of a level above, holds it for now
        if head := next((row[1] for row in inside if row[1] in HEAD_ROLES), None):
            return Held(one, head, None, one.level)
    return Held(unit, role, None, level_of(role, unit))


def chain_from(unit: Unit) -> list[Unit]:
    """Return a unit and those above it, the nearest first."""
    chain = [unit]
    while (above := units().above(chain[-1])) is not None and above not in chain:
        chain.append(above)
    return chain


def approver(spec: Holder, work: Work) -> Held | None:
    """Return where the second person for an act of ``work.by`` is found: somebody else with the role, or a head, here or above."""
    here = place_of(spec, work.case) or _watching_unit(work.case)
    chain = chain_from(here)
    present = work.reads.present([one.id for one in chain], [spec.role, *HEAD_ROLES], work.at)
    barred = kept_out(work.step, work.case) | {work.by.user_id}
    others = [row for row in present if row[2] not in barred]
    placed = spec.level or spec.form or spec.catalogue or spec.step or spec.place or spec.up
    # words without a place mean the nearest who has the role; with one, whoever is at that place before anybody above
    wanted = [(one, heads) for one in chain for heads in (False, True)]
    if not placed:
        wanted.sort(key=lambda pair: pair[1])
    for one, heads in wanted:
        if any(row[0] == one.id and (row[1] in HEAD_ROLES if heads else row[1] == spec.role) for row in others):
            return Held(one, spec.role, None, one.level)
    return None
