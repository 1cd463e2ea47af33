"""What follows from facts about cases: figures per step, notices to people and units."""

from datetime import datetime
from typing import Any

from django.db.models import F

from linli.kernel.display import local
from linli.kernel.outbox import Delivered, receiver
from linli.procedures import searching
from linli.procedures.models import Case, Notice, StepFigure


@receiver("procedures.CaseMoved")
def count_step(fact: Delivered) -> None:
    """Keep the figures of the step left and the step entered, by unit and month."""
    moved = fact.payload
    _add(moved["procedure"], moved["step_from"], moved["unit_from"], fact.at, left=1, seconds=moved["seconds"])
    returned = 1 if moved["action"] in ("return", "redo", "reopen", "deny") else 0
    _add(moved["procedure"], moved["step_to"], moved["unit_to"], fact.at, entered=1, returned=returned)


@receiver("procedures.ClockOverdue")
def count_overdue(fact: Delivered) -> None:
    """Count the first time a clock runs out, not every further period."""
    if fact.payload["level"] == 1:
        case = Case.objects.get(pk=fact.payload["case"])
        _add(case.procedure, case.step, case.holder_unit_id, fact.at, overdue=1)


def _add(procedure: str, step: str, unit_id: int | None, at: datetime, **changes: int) -> None:
    month = local(at).date().replace(day=1)
    row, _new = StepFigure.objects.get_or_create(procedure=procedure, step=step, unit_id=unit_id, month=month)
    StepFigure.objects.filter(pk=row.pk).update(**{name: F(name) + value for name, value in changes.items()})


@receiver("procedures.CaseMoved", "procedures.CaseNoted")
def tell(fact: Delivered) -> None:
    """Write a notice for the reporter where the definition says so, and for the unit that a case comes to."""
    told: list[str] = fact.payload.get("tell", [])
    case = Case.objects.get(pk=fact.payload["case"])
    if "reporter" in told and case.starter_key:
        _notice(case, fact, key=case.starter_key)
    if "reporter" in told and case.starter_user_id and not case.starter_key:
        _notice(case, fact, user_id=case.starter_user_id)
    to = fact.payload.get("unit_to")
    if (to is not None and to != fact.payload.get("unit_from")) or "holder" in told:
        _notice(case, fact, unit_id=to if to is not None else case.holder_unit_id)


def _notice(case: Case, fact: Delivered, **whom: Any) -> None:
    text = f"{fact.payload.get('action') or fact.payload.get('kind')}:{fact.payload.get('step_to') or case.step}"
    Notice.objects.create(case=case, text=text[:300], why=fact.name, at=fact.at, **whom)


@receiver("procedures.CaseStarted")
def index(fact: Delivered) -> None:
    """Make a new case findable by its words."""
    searching.put(Case.objects.get(pk=fact.payload["case"]))
