"""The matter in which a merged one goes on: found, read by the reporter of the merged one, and rated by them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, Refused, allow, deny
from linli.matters.enums import LinkKind
from linli.matters.models import Matter, MatterLink
from linli.orgs.actors import Actor
from linli.procedures import flow
from linli.procedures.actions import lock
from linli.procedures.answers import check_answers
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import NotNow
from linli.procedures.events import CaseNoted
from linli.procedures.models import Case, CaseRecord
from linli.procedures.policies import is_starter

# a matter that took others in may later be merged itself; nobody follows further than this
MOST_HOPS = 5
TO_RATE = ("rate", "rate_again")
RATED_WITHIN = timedelta(days=15)


def goes_on_in(case_id: UUID) -> Matter | None:
    """Return the matter in which a merged one goes on, through further merges; None if it is not merged."""
    found = None
    for _hop in range(MOST_HOPS):
        links = MatterLink.objects.filter(kind=LinkKind.MERGE, source_id=case_id, undone_at__isnull=True)
        link = links.select_related("target__case", "target__contact").first()
        if link is None:
            break
        found, case_id = link.target, link.target_id
    return found


def merged_into(case_id: UUID) -> list[Matter]:
    """Return the matters that go on in one, also those that were merged into one that was merged itself."""
    found: dict[UUID, Matter] = {}
    targets = {case_id}
    for _hop in range(MOST_HOPS):
        links = MatterLink.objects.filter(kind=LinkKind.MERGE, target_id__in=targets, undone_at__isnull=True)
        fresh = {link.source_id: link.source for link in links.select_related("source__case")}
        targets = fresh.keys() - found.keys()
        found |= fresh
        if not targets:
            break
    return list(found.values())


def handled_with(case_id: UUID, *, at: datetime) -> Case | None:
    """Return the case in which a merged matter was handled at a moment: also at the one at which it left it. None if in none."""
    links = MatterLink.objects.filter(Q(undone_at__isnull=True) | Q(undone_at__gte=at), kind=LinkKind.MERGE, at__lte=at)
    link = links.filter(source_id=case_id).select_related("target__case").first()
    if link is None:
        return None
    further = goes_on_in(link.target_id)
    return further.case if further else link.target.case


def may_rate(merged: Case, history: Iterable[CaseRecord], target: Matter | None, *, at: datetime) -> Decision:
    """Whether the reporter of a merged matter is asked how the one went in which it goes on: as its own reporter is, and once."""
    if target is None:
        return deny(_("这一件没有并入别的办件。"))
    if any(row.action == "rate" and row.step == merged.step for row in history):
        return deny(_("您已经评过了。"))
    case = target.case
    if case.state == State.OPEN and case.step in TO_RATE:
        return allow()
    if case.outcome in ("settled", "disputed") and case.ended_at is not None and at <= case.ended_at + RATED_WITHIN:
        return allow()
    return deny(_("那一件还没有到评价的时候。") if case.state == State.OPEN else _("评价的期限已经过了。"))


@transaction.atomic
def rate(*, case_id: UUID, by: Actor, at: datetime, form: dict[str, Any], since: int | None = None) -> Case:
    """Take the three answers of the reporter of a merged matter. Not settled: it is a matter of its own again, to be assigned.

    Raises Changed, Refused, NotNow, BadAnswers.
    """
    work = lock(case_id, by=by, at=at, since=since)
    if not is_starter(by, work.case):
        raise Refused(_("只有反映人可以评价。"))
    decision = may_rate(work.case, work.case.records.all(), goes_on_in(case_id), at=at)
    if not decision:
        raise NotNow(decision.reason)
    # the action that asks the reporter, of whichever step
    asked = next((step.actions["rate"] for step in work.definition.steps.values() if "rate" in step.actions), None)
    if asked is None:
        raise NotNow(_("这个流程没有这个办法。"))
    answers = check_answers(work.definition, asked.fields(), form, work.case.data, place=work.case.division_code)
    if answers.get("settled") is False:
        flow.run_handler(work, "matters.unmerge", {})
        work.case.state, work.case.outcome, work.case.ended_at = State.OPEN, "", None
        work.case.data = {**work.case.data, **answers}
        flow.go(work, "assign", how="rate", data=answers, tell=["holder"])
    else:
        said = {"answers": answers, "tell": []}
        seq = work.record(RecordKind.ACTION, action="rate", data=said, public=not work.case.restricted)
        work.publish(CaseNoted(case=case_id, procedure=work.case.procedure, kind="rate", tell=[], seq=seq))
    work.flush()
    return work.case
