"""What follows from facts about cases: figures per step, notices to people and units."""

from datetime import datetime
from typing import Any

from django.db.models import F

from linli.kernel import jobs
from linli.kernel.display import local
from linli.kernel.outbox import Delivered, receiver
from linli.procedures import notifying, searching, upkeep
from linli.procedures.definitions import of_case
from linli.procedures.enums import Urgency
from linli.procedures.grammar.parts import Holder, read_holder
from linli.procedures.holders import place_of
from linli.procedures.models import Case, Notice, StepFigure

# what a notice says happened, of facts that do not name it themselves
WORDS = {
    "procedures.CaseStarted": "start",
    "procedures.ClockReminded": "reminded",
    "procedures.ClockOverdue": "overdue",
}


@receiver("procedures.CaseStarted")
def count_start(fact: Delivered) -> None:
    """Keep the figures of the step where a case begins."""
    started = fact.payload
    _add(started["procedure"], started["step"], started["unit"], fact.at, entered=1)


@receiver("procedures.CaseMoved")
def count_step(fact: Delivered) -> None:
    """Keep the figures of the step left and the step entered, by unit and month; one that the case had left before came back."""
    moved = fact.payload
    _add(moved["procedure"], moved["step_from"], moved["unit_from"], fact.at, left=1, seconds=moved["seconds"])
    _add(moved["procedure"], moved["step_to"], moved["unit_to"], fact.at, entered=1, returned=int(moved["again"]))


@receiver("procedures.ClockOverdue")
def count_overdue(fact: Delivered) -> None:
    """Count the first time a clock runs out, not every further period, where the case then was."""
    late = fact.payload
    if late["level"] == 1:
        _add(late["procedure"], late["step"], late["unit"], fact.at, overdue=1)


def _add(procedure: str, step: str, unit_id: int | None, at: datetime, **changes: int) -> None:
    month = local(at).date().replace(day=1)
    row, _new = StepFigure.objects.get_or_create(procedure=procedure, step=step, unit_id=unit_id, month=month)
    StepFigure.objects.filter(pk=row.pk).update(**{name: F(name) + value for name, value in changes.items()})


@receiver("procedures.CaseStarted", "procedures.CaseMoved", "procedures.CaseNoted")
def tell(fact: Delivered) -> None:
    """Write a notice for everyone whom the definition or the act names, and for the unit that a case comes to; each once."""
    told: list[str] = fact.payload.get("tell", [])
    case = Case.objects.select_related("parent").get(pk=fact.payload["case"])
    people: set[tuple[str, Any]] = set()
    for whom in told:
        people |= _people(case, whom)
    to = fact.payload.get("unit_to")
    came = to != fact.payload.get("unit_from") and fact.payload.get("action") != "undo"
    if to is not None and (came or "holder" in told):
        people.add(("unit_id", to))
    if fact.name == "procedures.CaseStarted" and (case.parent_id is not None or case.urgency <= Urgency.URGENT):
        # called by another case (a whistle, a supervision), or not to be left until somebody looks: nobody there waits for it
        people.add(("unit_id", fact.payload["unit"]))
    _notices(case, fact, people)


@receiver("procedures.ClockReminded", "procedures.ClockOverdue")
def tell_of_time(fact: Delivered) -> None:
    """Tell the unit that holds a case, and the person in it, that its time is nearly used up or over; once for each, while it runs.

    Where the case waits for a person outside the offices, that person is told.
    """
    told = fact.payload
    case = Case.objects.get(pk=told["case"])
    due = datetime.fromisoformat(told["due"])
    if (
        told.get("level", 1) > 1
        or not case.clocks.filter(name=told["clock"], due_at=due, started_at__lt=fact.at, ended_at=None).exists()
    ):
        return
    if case.held_by_person and told["clock"] == "step":
        people = _people(case, "starter")
    else:
        people = {("unit_id", case.holder_unit_id)}
        if case.holder_user_id is not None:
            people.add(("user_id", case.holder_user_id))
    _notices(case, fact, people)


def _people(case: Case, whom: str) -> set[tuple[str, Any]]:
    """Return who is meant by a word of 'tell', as columns of a notice: the browser or account of a person, a unit."""
    if whom in ("reporter", "starter", "parties"):
        keys = [case.starter_key] if case.starter_key else []
        if whom == "parties":
            keys += case.data.get("parties_keys", [])
        found: set[tuple[str, Any]] = {("key", key) for key in keys}
        if case.starter_user_id and not case.starter_key:
            found.add(("user_id", case.starter_user_id))
        return found
    if whom == "holder":
        return {("unit_id", case.holder_unit_id)}
    if whom == "watchers":
        watching = of_case(case).steps[case.step].watch
        return {("unit_id", unit.id) for who in watching if (unit := place_of(who, case))}
    if whom.startswith("unit:"):
        return {("unit_id", int(whom.removeprefix("unit:")))}
    unit = place_of(Holder.model_validate(read_holder(whom)), case)
    return {("unit_id", unit.id)} if unit else set()


def _notices(case: Case, fact: Delivered, people: set[tuple[str, Any]]) -> None:
    told = fact.payload
    word = told.get("action") or told.get("kind") or WORDS[fact.name]
    text = f"{word}:{told.get('clock') or told.get('step_to') or case.step}"
    rows = [
        Notice(case=case, text=text[:300], why=fact.name, at=fact.at, **{name: value})
        for name, value in sorted(people, key=str)
    ]
    notifying.write(rows, at=fact.at)


@receiver("procedures.CaseStarted")
def index(fact: Delivered) -> None:
    """Make a new case findable by its words."""
    searching.put(Case.objects.get(pk=fact.payload["case"]))


@receiver("orgs.CalendarChanged")
def date_clocks_anew(fact: Delivered) -> None:
    """Have the open clocks dated anew by the changed calendar: a job, for there may be very many."""
    changed = fact.payload
    jobs.enqueue(
        "linli.procedures.jobs.redate",
        changed["unit"],
        changed["first"],
        changed["last"],
        changed["why"],
        group="redate",
    )


@receiver("orgs.PostEnded", "orgs.OrganisationChanged")
def find_holders(fact: Delivered) -> None:
    """Somebody leaves a post, or a unit closes: what they held finds another holder at once, not at the next turn of the schedule."""
    upkeep.rehold(at=fact.at)
