"""Taking back an act just done, while that is safe: by the same person, within ten minutes, if nothing has followed from it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor
from linli.procedures import clocks, flow
from linli.procedures.actions import REASON_LIMIT, lock
from linli.procedures.answers import written
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers
from linli.procedures.holders import as_kept
from linli.procedures.models import Case, CaseClock, CaseRecord, PlannedCase
from linli.procedures.registry import keep_in_step
from linli.procedures.work import Work

MINUTES = 10


def can_undo(by: Actor, case: Case, last: CaseRecord | None, *, at: datetime) -> Decision:
    """Whether the last act on a case can be taken back."""
    if last is None or last.kind != RecordKind.ACTION or not last.step_to or last.step_to == last.step:
        return deny(_("最近一步不能撤销。"))
    if by.user_id is None or last.user_id != by.user_id:
        return deny(_("只能撤销自己刚才的操作。"))
    if at - last.at > timedelta(minutes=MINUTES):
        return deny(_("已超过 %(minutes)d 分钟，不能撤销。") % {"minutes": MINUTES})
    definition = of_case(case)
    action = definition.steps[last.step].actions.get(last.action) if last.step in definition.steps else None
    if (action is not None and action.handler) or definition.steps[case.step].handler or case.pending is not None:
        return deny(_("这一步已经有了后果，不能撤销。"))
    if case.state != State.OPEN or Case.objects.filter(parent_id=case.pk, created_at__gte=last.at).exists():
        return deny(_("后面的环节已经开始，不能撤销。"))
    return allow()


@transaction.atomic
def undo(*, case_id: UUID, by: Actor, at: datetime, since: int) -> Case:
    """Go back to the step before the last act, to who held it, on the clocks that ran there; the history keeps both records.

    What the act answered is again as it was before, what it planned will not open, and it does not count against a limit.
    """
    work = lock(case_id, by=by, at=at, since=since)
    case = work.case
    last = CaseRecord.objects.filter(case_id=case.pk, seq=case.last_seq).first()
    can_undo(by, case, last, at=at).enforce()
    assert last is not None
    used = f"{last.step}.{last.action}"
    count = int(case.uses.get(used, 0))
    planned = [f"{case.pk}:{case.visit}:enter:", f"{case.pk}:{case.visit - 1}:{last.action}.{count}:"]
    for start in planned:
        PlannedCase.objects.filter(origin_id=case.pk, key__startswith=start, opened_at=None).delete()
    kept = case.visits[last.step]
    stopped = list(CaseClock.objects.filter(case_id=case.pk, ended_at=last.at).order_by("id"))
    # whoever takes their own step back needs no notice of it, nor does their unit
    flow.go(work, last.step, how="undo", held=as_kept(kept), tell=[] if kept["unit"] in by.unit_ids else ["holder"])
    _all_run_on(work, stopped)
    before = {**case.data, **kept.get("was", {}), "came_from": kept.get("from", "")}
    case.data = {name: value for name, value in before.items() if value is not None}
    keep_in_step(work, kept.get("was", {}))
    case.uses = {**case.uses, used: max(0, count - 1)}
    work.flush()
    return case


def _all_run_on(work: Work, stopped: list[CaseClock]) -> None:
    """The clocks that an act had ended go on as if it had not been: what was taken back gives nobody more time."""
    for clock in stopped:
        if clock.name != "step":
            clocks.run_on(work, clock)
        elif clock.step == work.case.step:
            _run_on(work, clock)


def _run_on(work: Work, stopped: CaseClock) -> None:
    """The clock of the step, which the act had ended, goes on where it was, instead of the new one."""
    fresh = next((clock for clock in work.clocks if clock.name == "step" and clock.pk is None), None)
    if fresh is None or stopped.due_at is None:
        return
    fresh.duration, fresh.started_at, fresh.due_at = stopped.duration, stopped.started_at, stopped.due_at
    fresh.reminded, fresh.level, fresh.suspensions = stopped.reminded, stopped.level, stopped.suspensions
    fresh.origin, fresh.next_at = stopped.origin, None
    clocks.go_on(work, fresh, why="undo")


def can_undo_end(by: Actor, case: Case, *, at: datetime) -> Decision:
    """Whether an end that its definition calls reversible (a merge) may be taken back by this person."""
    definition = of_case(case)
    step = definition.steps.get(case.step)
    if case.state != State.ENDED or step is None or step.undo is None or case.outcome != step.outcome:
        return deny(_("这种结果不能撤销。"))
    if by.system:
        return allow()
    before = case.visits.get(case.data.get("came_from", "")) or {}
    held = any(
        post.unit.id == before.get("unit") and (post.head or post.role == before.get("role")) for post in by.posts
    )
    overseer = any(post.role in ("supervisor", "dispatcher") and post.covers(case.division_code) for post in by.posts)
    if not (held or overseer):
        return deny(_("只有原来的承办人或督办人员可以撤销。"))
    return allow()


@transaction.atomic
def undo_end(*, case_id: UUID, by: Actor, at: datetime, reason: str, since: int | None = None) -> Case:
    """Take back an end that is a link to elsewhere: its handler undoes the link, the case goes on where and on the clocks it was.

    The time at the end counts: nobody answered the reporter meanwhile, and a clock is not stopped by linking a case and back.
    """
    work = lock(case_id, by=by, at=at, since=since)
    case = work.case
    can_undo_end(by, case, at=at).enforce()
    step = work.step
    reason = written("reason", reason, limit=REASON_LIMIT)
    if not reason:
        raise BadAnswers({"reason": _("请写明理由。")})
    assert step.undo is not None
    flow.run_handler(work, step.undo, {"reason": reason})
    back = case.data["came_from"]
    kept = case.visits[back]
    stopped = list(CaseClock.objects.filter(case_id=case.pk, ended_at=case.ended_at).order_by("id"))
    case.state, case.outcome, case.ended_at = State.OPEN, "", None
    flow.go(work, back, how="undo", held=as_kept(kept), text=reason, tell=["reporter", "holder"])
    _all_run_on(work, stopped)
    case.data = {**case.data, "came_from": kept.get("from", "")}
    work.flush()
    return case
