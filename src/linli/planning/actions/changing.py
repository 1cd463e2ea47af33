"""A draft is changed by hand: one building to another grid, that taken back, the whole set aside. Every move stays on record."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.audit import note
from linli.orgs.actors import Actor
from linli.planning.enums import Step
from linli.planning.figures import figures, moved_to
from linli.planning.models import Move, Plan
from linli.planning.policies import can_change, can_drop, person


@transaction.atomic
def move(*, plan: Plan, building: str, to: str, by: Actor, at: datetime) -> Move:
    """Put a building of the plan into another of its grids, in the same community."""
    found = locked(plan)
    can_change(by, found, found.division.code).enforce()
    check_move(found, building, to)
    return _carry_out(found, building, to, None, by, at)


@transaction.atomic
def take_back(*, plan: Plan, by: Actor, at: datetime) -> Move:
    """Undo the last move that was not taken back yet."""
    found = locked(plan)
    can_change(by, found, found.division.code).enforce()
    last = found.moves.filter(takes_back__isnull=True, taken_back__isnull=True).order_by("-number").first()
    if last is None:
        raise ValidationError(_("没有可以撤回的移动。"))
    return _carry_out(found, str(last.building_id), last.before, last, by, at)


@transaction.atomic
def drop(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """Set a draft aside. A run of it that still goes on is stopped."""
    found = locked(plan)
    can_drop(by, found, found.division.code).enforce()
    found.step, found.stopping = Step.DROPPED, True
    found.save(update_fields=["step", "stopping"])
    note(by=by, action="planning.drop", subject=found, before={"step": Step.DRAFT}, after={"step": Step.DROPPED}, at=at)
    return found


def locked(plan: Plan) -> Plan:
    """Return the plan as it is now, nobody else changing it."""
    return Plan.objects.select_for_update(of=("self",)).select_related("division").get(pk=plan.pk)


def check_move(plan: Plan, building: str, to: str) -> None:
    """Raise ValidationError for a move that cannot be meant."""
    if building not in plan.assignment:
        raise ValidationError(_("方案里没有这栋楼。"))
    if to not in plan.grids:
        raise ValidationError(_("方案里没有这个网格。"))
    if plan.assignment[building] == to:
        raise ValidationError(_("这栋楼已经在这个网格里。"))
    if plan.grids[plan.assignment[building]]["community"] != plan.grids[to]["community"]:
        raise ValidationError(_("网格不能跨社区：这栋楼属于另一个社区。"))


def _carry_out(plan: Plan, building: str, to: str, takes_back: Move | None, by: Actor, at: datetime) -> Move:
    before = plan.assignment[building]
    plan.assignment = moved_to(plan.assignment, building, to)
    plan.figures = figures(plan.instance, plan.assignment, plan.settings)
    plan.save(update_fields=["assignment", "figures"])
    return Move.objects.create(
        plan=plan,
        number=plan.moves.count() + 1,
        building_id=int(building),
        before=before,
        after=to,
        takes_back=takes_back,
        by_id=person(by),
        at=at,
    )
