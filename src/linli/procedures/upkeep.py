"""What follows for open cases from changes around them: a calendar that was changed, people who left, units that were closed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.orgs.actors import SYSTEM, in_force
from linli.orgs.enums import HEAD_ROLES
from linli.orgs.models import Post
from linli.procedures import clocks
from linli.procedures.actions import lock
from linli.procedures.definitions import of_version
from linli.procedures.enums import PERSON_ROLES, ClockState, RecordKind, State
from linli.procedures.events import CaseNoted
from linli.procedures.holders import GRID_ROLES, keeper, kept_out, somebody
from linli.procedures.models import Case, CaseClock


def redate_open_clocks(*, at: datetime, why: str, only: QuerySet[CaseClock] | None = None) -> int:
    """After a change of the calendar: compute every open clock anew; a clock whose due moment changes keeps the reason.

    Each clock is one transaction, so that a run that was cut short goes on where it stopped.
    """
    rows = CaseClock.objects.all() if only is None else only
    rows = rows.filter(state=ClockState.RUNNING, case__state=State.OPEN).order_by("id")
    return sum(_redate(clock_id, case_id, at, why) for clock_id, case_id in list(rows.values_list("pk", "case_id")))


def counted_back() -> Q:
    """Return which clocks are counted back from a date: the days that they count lie behind their due moment."""
    found = Q(pk__in=[])
    for version_id in Case.objects.filter(state=State.OPEN).order_by().values_list("version_id", flat=True).distinct():
        definition = of_version(version_id)
        steps = [key for key, step in definition.steps.items() if step.clock is not None and step.clock.before]
        names = [key for key, rule in definition.clocks.items() if rule.clock.before]
        if steps or names:
            found |= Q(case__version_id=version_id) & (Q(name="step", step__in=steps) | Q(name__in=names))
    return found


@transaction.atomic
def _redate(clock_id: int, case_id: UUID, at: datetime, why: str) -> int:
    work = lock(case_id, by=SYSTEM, at=at)
    clock = next((one for one in work.clocks if one.pk == clock_id and one.state == ClockState.RUNNING), None)
    due = clocks.due_anew(work, clock) if clock is not None else None
    if clock is None or due is None or due == clock.due_at:
        return 0
    work.record(RecordKind.CLOCK, action="redated", data={"clock": clock.name, "why": why})
    clocks.redate(work, clock, why=why)
    work.flush()
    return 1


def rehold(*, at: datetime) -> int:
    """Give cases another holder whose person left, or whose unit has nobody for them any more; return how many.

    Who took a case and left: it is the unit's again. Nobody in the unit holds the role and it has no head: the level above holds it.
    """
    running = Case.objects.filter(state=State.OPEN).exclude(holder_role__in=PERSON_ROLES).order_by("id")
    posts = Post.objects.filter(in_force(at), user__is_active=True)
    there = posts.filter(organisation_id=OuterRef("holder_unit_id"), user_id=OuterRef("holder_user_id"))
    left = running.filter(~Exists(there), holder_user__isnull=False)
    changed = sum(_rehold(pk, at, nobody=False) for pk in list(left.values_list("pk", flat=True)))
    present = set(posts.values_list("organisation_id", "role", "grid_id"))
    heads = {unit for unit, role, _grid in present if role in HEAD_ROLES}
    roles = {(unit, role) for unit, role, _grid in present}
    waiting = running.filter(holder_user=None).order_by()
    for unit, role, grid in waiting.values_list("holder_unit_id", "holder_role", "grid_id").distinct():
        found = (unit, role, grid) in present if role in GRID_ROLES else (unit, role) in roles
        if unit not in heads and not found:
            rows = running.filter(holder_user=None, holder_unit_id=unit, holder_role=role, grid_id=grid)
            changed += sum(_rehold(pk, at, nobody=True) for pk in list(rows.values_list("pk", flat=True)))
    return changed


@transaction.atomic
def _rehold(case_id: UUID, at: datetime, *, nobody: bool) -> int:
    """Release a case from a person who left; ``nobody``: from a unit in which nobody could hold it when looked at last."""
    work = lock(case_id, by=SYSTEM, at=at)
    case = work.case
    if case.state != State.OPEN or case.held_by_person:
        return 0
    before = (case.holder_unit_id, case.holder_role, case.holder_user_id)
    case.holder_user_id = None
    if nobody:
        without = kept_out(work.step, case)
        held = somebody(case.holder_role or keeper(work.unit), work.unit, work, without=without)
        work.left_unit(case.holder_unit_id)
        case.holder_unit_id, case.holder_role, case.holder_user_id = held.unit.id, held.role, held.user_id
        case.holder_level = held.level
    if (case.holder_unit_id, case.holder_role, case.holder_user_id) == before:
        return 0
    seq = work.record(RecordKind.TAKE, action="released", data={"unit": case.holder_unit_id, "user": before[2]})
    work.publish(CaseNoted(case=case.id, procedure=case.procedure, kind="released", tell=["holder"], seq=seq))
    work.flush()
    return 1
