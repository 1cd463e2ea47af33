"""What the worker does for this area."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import get_language

from linli.planning import actions
from linli.planning.instances import collect
from linli.planning.models import Plan

if TYPE_CHECKING:
    from linli.planning.running import Outcome

EVERY = 1.0
"""Seconds between two signs of life."""


def draw(plan_id: int) -> bool:
    """Draw a plan that was asked for; return whether a result was left. Run again for one that is over, it does nothing."""
    from linli.gridding import BadInstance  # compiled kernels and solvers: only where something is drawn

    plan = actions.claim(plan_id=plan_id, at=_now())
    if plan is None:
        return False
    asked = datetime.fromisoformat(plan.settings["at"])
    try:
        data = collect(plan.division, plan.settings, at=asked)
        if plan.settings.get("count") and len(data["communities"]) == 1:
            code = next(iter(data["communities"]))
            data["grids"] = {code: min(plan.settings["count"], len(data["units"]))}
        outcome = _drawn(plan, data)
    except ValidationError as error:
        return actions.fail(plan=plan, problem=" ".join(error.messages), at=_now())
    except BadInstance as error:
        return actions.fail(plan=plan, problem=error.said.in_language(get_language() or "zh"), at=_now())
    return actions.finish(plan=plan, instance=data, outcome=outcome, at=_now())


def _drawn(plan: Plan, data: dict) -> "Outcome":
    """Draw in a thread of its own, while this one, whose the database is, gives a sign of life every second and hears when to stop."""
    from linli.planning.running import carry_out

    told, stopped = [("", 0.0)], Event()
    if actions.beat(plan=plan, done=0.0, doing="", at=_now()):
        stopped.set()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(
            carry_out, data, plan.settings, lambda doing, done: told.append((doing, done)), stopped.is_set
        )
        while True:
            try:
                return future.result(timeout=EVERY)
            except TimeoutError:
                doing, done = told[-1]
                if actions.beat(plan=plan, done=done, doing=doing, at=_now()):
                    stopped.set()


def mark_lost() -> int:
    """Mark the runs of workers that were killed, so that they can be begun again."""
    return actions.mark_lost(at=_now())


def settle() -> int:
    """On the day of a published plan, see to buildings that were registered after it was published."""
    return actions.settle(at=_now())


def _now() -> datetime:
    return datetime.now(UTC)
