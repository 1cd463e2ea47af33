"""Who holds a step: a role in words of the definition, resolved to a unit and, where it names a person, to that person."""

import dataclasses
from typing import Any

from django.utils.translation import gettext as _

from linli.orgs.actors import in_force
from linli.orgs.enums import HEAD_ROLES
from linli.orgs.models import Post
from linli.orgs.units import Unit, units
from linli.places.enums import Level
from linli.procedures.errors import BadAnswers
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


def resolve(spec: Holder, work: Work) -> Held:
    """Return who holds a step for this case.

    If nobody in the unit has the role, its head acts (heads may do what their unit may); if nobody at all is in the unit, the level
    above holds it. The answer is never nobody.
    """
    case = work.case
    if spec.is_person:
        return Held(_watching_unit(case), spec.role, None, case.holder_level or Level.COMMUNITY)
    if spec.role == "holder":
        kept = case.parent if spec.place == "parent" and case.parent else case
        return Held(units().by_id[kept.holder_unit_id], kept.holder_role, kept.holder_user_id, kept.holder_level)
    chosen = _chosen_post(spec, work)
    if chosen is not None:
        return chosen
    unit = place_of(spec, case)
    if unit is None:
        raise BadAnswers({spec.form or "": _("没有找到承办单位。")})
    return _somebody(spec.role, unit, case, work)


def place_of(spec: Holder, case: Case) -> Unit | None:
    """Return the unit that a holder's words name, before asking who is in it."""
    table = units()
    here = table.get(case.holder_unit_id)
    unit: Unit | None
    if spec.form or spec.catalogue:
        value = case.data.get(spec.form) if spec.form else look_up(case.procedure, spec.catalogue or "", case.data)
        unit = table.get(_first_id(value))
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


def _somebody(role: str, unit: Unit, case: Case, work: Work) -> Held:
    chain = [unit]
    while (above := units().above(chain[-1])) is not None and above not in chain:
        chain.append(above)
    present = work.reads.present([one.id for one in chain], [role, *HEAD_ROLES], work.at)
    for one in chain:
        inside = [row for row in present if row[0] == one.id]
        if not inside:
            continue
        in_grid = [row for row in inside if row[1] == role and row[3] == case.grid_id and row[3] is not None]
        if role in GRID_ROLES and not in_grid:
            # nobody works this grid: the community's head holds it for now
            return Held(one, "community_head" if one.level == Level.COMMUNITY else role, None, one.level)
        user_id = in_grid[0][2] if role in GRID_ROLES and len(in_grid) == 1 else None
        return Held(one, role, user_id, level_of(role, one))
    return Held(unit, role, None, level_of(role, unit))
