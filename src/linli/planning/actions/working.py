"""What the worker writes while it draws: it takes a run, says how far it is, and leaves the result. A run that nobody sees any more is lost."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from linli.planning.enums import Run
from linli.planning.figures import figures
from linli.planning.models import Plan

LOST_AFTER = timedelta(seconds=90)
"""A run that gave no sign for so long was killed: the worker gives one every second, however long a step takes."""


@transaction.atomic
def claim(*, plan_id: int, at: datetime) -> Plan | None:
    """Take a run that waits, or whose worker was lost; None for one that somebody works on, or that is over."""
    plan = Plan.objects.select_for_update().select_related("division").filter(pk=plan_id).first()
    if plan is None or not _free(plan, at):
        return None
    plan.run, plan.attempt, plan.seen_at, plan.progress, plan.doing = Run.RUNNING, plan.attempt + 1, at, 0.0, ""
    plan.save(update_fields=["run", "attempt", "seen_at", "progress", "doing"])
    return plan


def _free(plan: Plan, at: datetime) -> bool:
    dead = plan.seen_at is None or plan.seen_at < at - LOST_AFTER
    return plan.run == Run.QUEUED or plan.run == Run.LOST or (plan.run == Run.RUNNING and dead)


def beat(*, plan: Plan, done: float, doing: str, at: datetime) -> bool:
    """Say how far a run is; return whether it shall end now, because somebody stopped it or another worker took it."""
    mine = Plan.objects.filter(pk=plan.pk, attempt=plan.attempt, run=Run.RUNNING)
    if not mine.update(progress=min(max(done, 0.0), 1.0), doing=doing[:60], seen_at=at):
        return True
    return bool(Plan.objects.values_list("stopping", flat=True).get(pk=plan.pk))


@transaction.atomic
def finish(*, plan: Plan, instance: Mapping[str, Any], outcome: Any, at: datetime) -> bool:
    """Leave the result of a run, unless another worker took it meanwhile."""
    found = _mine(plan)
    if found is None:
        return False
    found.instance, found.assignment, found.grids, found.proof = (
        dict(instance),
        outcome.assignment,
        outcome.grids,
        outcome.proof,
    )
    found.figures = figures(instance, outcome.assignment, found.settings)
    found.run, found.progress, found.seconds, found.finished = (
        Run.READY,
        1.0,
        round(outcome.seconds, 2),
        outcome.finished,
    )
    found.seen_at = at
    found.save()
    return True


@transaction.atomic
def fail(*, plan: Plan, problem: str, at: datetime) -> bool:
    """Leave why a run could not be done."""
    found = _mine(plan)
    if found is None:
        return False
    found.run, found.problem, found.seen_at = Run.FAILED, problem[:500], at
    found.save(update_fields=["run", "problem", "seen_at"])
    return True


def _mine(plan: Plan) -> Plan | None:
    found = Plan.objects.select_for_update().filter(pk=plan.pk).first()
    return found if found is not None and (found.attempt, found.run) == (plan.attempt, Run.RUNNING) else None


def mark_lost(*, at: datetime) -> int:
    """Mark runs whose worker gave no sign any more; return how many."""
    gone = Q(seen_at__lt=at - LOST_AFTER) | Q(seen_at__isnull=True)
    return Plan.objects.filter(gone, run=Run.RUNNING).update(run=Run.LOST)
