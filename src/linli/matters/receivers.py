"""What follows from facts about matters: figures, ratings, notices to followers, notes on the other side of a merge."""

from datetime import datetime
from typing import Any

from django.db import transaction

from linli.kernel.outbox import Delivered, receiver
from linli.matters import figures, merging, news
from linli.matters.contacts import forget_contact
from linli.matters.enums import LinkKind
from linli.matters.models import Follower, Matter, MatterLink
from linli.orgs.actors import SYSTEM
from linli.procedures import notifying
from linli.procedures.actions import lock
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind
from linli.procedures.events import CaseNoted
from linli.procedures.models import Case, Notice
from linli.procedures.undoing import undo_end

REOPENED = "matters.opened_again"


@receiver("matters.MatterReported")
def count_received(fact: Delivered) -> None:
    """Count a new matter for its community, street, county and city."""
    figures.add(division_code=fact.payload["division"], unit_id=None, at=fact.at, received=1)


@receiver("procedures.ClockOverdue")
def count_overdue(fact: Delivered) -> None:
    """Count a matter whose step ran over its clock, the first time only, for the unit that held it."""
    late = fact.payload
    if late["procedure"] == "matter" and late["level"] == 1 and late["clock"] == "step":
        case = Case.objects.get(pk=late["case"])
        figures.add(division_code=case.division_code, unit_id=late["unit"], at=fact.at, overdue=1)


@receiver("procedures.CaseEnded")
def count_ended(fact: Delivered) -> None:
    """Count a settled matter at the level that settled it."""
    if fact.payload["procedure"] != "matter" or fact.payload["outcome"] not in ("settled", "disputed"):
        return
    case = Case.objects.get(pk=fact.payload["case"])
    kept = figures.as_ended(case, at=fact.at)
    Matter.objects.filter(pk=case.pk).update(settled_level=kept["level"], counted=kept)
    figures.count_end(case.division_code, kept)


@receiver("procedures.CaseMoved")
def opened_again(fact: Delivered) -> None:
    """A matter that was settled goes on: by its reporter, by supervision, or because a call-back found it unsettled.

    It is counted as ended no more, until it ends again; and the units that handled it are told.
    """
    moved = fact.payload
    if moved["procedure"] != "matter":
        return
    matter = Matter.objects.select_related("case").get(pk=moved["case"])
    if matter.counted is None or moved["step_from"] not in _settled_ends(matter.case):
        return
    case = matter.case
    figures.count_end(case.division_code, matter.counted, by=-1)
    Matter.objects.filter(pk=case.pk).update(settled_level=None, counted=None)
    called = Case.objects.filter(parent_id=case.pk, procedure="whistle").values_list("holder_unit_id", flat=True)
    told = {matter.counted["unit"], (case.visits.get("handle") or {}).get("unit"), *called} - {None, moved["unit_to"]}
    text = f"{moved['action']}:{moved['step_to']}"
    rows = [Notice(case_id=case.pk, unit_id=unit_id, text=text, why=REOPENED, at=fact.at) for unit_id in sorted(told)]
    notifying.write(rows, at=fact.at)


def _settled_ends(case: Case) -> set[str]:
    return {key for key, step in of_case(case).steps.items() if step.outcome in ("settled", "disputed")}


@receiver("procedures.CaseMoved", "procedures.CaseNoted")
def note_rating(fact: Delivered) -> None:
    """Keep the reporter's three answers with the matter and add them to the figures of those who handled it.

    The reporter of a merged matter answers about the one in which it goes on: without moving their own, or moving it out again.
    """
    said = fact.payload.get("action") or fact.payload.get("kind")
    if fact.payload["procedure"] != "matter" or said != "rate":
        return
    case = Case.objects.get(pk=fact.payload["case"])
    record = case.records.get(seq=fact.payload["seq"])
    said = record.data.get("answers", {})
    grade = int(said["satisfied"])
    Matter.objects.filter(pk=case.pk).update(
        reached=said["reached"], settled=said["settled"], satisfied=grade, rated_at=fact.at
    )
    handled_with = merging.handled_with(case.pk, at=fact.at) or case
    figures.add(
        division_code=case.division_code,
        unit_id=figures.handled(handled_with)[0],
        at=fact.at,
        rated=1,
        reached=int(said["reached"]),
        settled=int(said["settled"]),
        satisfied=int(grade >= 4),
        satisfied_answers=1,
    )


# what is news to those who wait: steps that a matter comes to, and how it ends
STEPS = ("handle", "whistled", "rate")
ENDS = ("settled", "disputed", "returned", "merged", "withdrawn", "void")


@receiver("procedures.CaseMoved", "procedures.CaseEnded")
def tell_followers(fact: Delivered) -> None:
    """Tell everyone who follows a matter, once, when it moves on to being handled, to be rated, and when it ends.

    Those of the matters that were merged into it, their reporters among them, are told of it under the one they know.
    """
    if fact.payload["procedure"] != "matter":
        return
    moved = fact.name.endswith("CaseMoved")
    came = fact.payload["step_to"] if moved else fact.payload["outcome"]
    if came not in (STEPS if moved else ENDS) or (moved and fact.payload["step_from"] == came):
        return
    case_id = fact.payload["case"]
    notices = [
        Notice(case_id=case_id, key=one.key, user_id=one.user_id, text=came, why=notifying.FOLLOW, at=fact.at)
        for one in Follower.objects.filter(matter_id=case_id)
    ]
    for source in merging.merged_into(case_id):
        notices += _of_merged(source, f"into:{came}", at=fact.at)
    notifying.write(notices, at=fact.at)


def _of_merged(source: Matter, text: str, *, at: datetime) -> list[Notice]:
    """The notices to those who wait for a merged matter."""
    case = source.case
    known: dict[str, Any] = {"key": case.starter_key} if case.starter_key else {"user_id": case.starter_user_id}
    told = [Notice(case_id=case.pk, text=text, why=news.MERGED, at=at, **known)] if any(known.values()) else []
    return told + [
        Notice(case_id=case.pk, key=one.key, user_id=one.user_id, text=text, why=notifying.FOLLOW, at=at)
        for one in Follower.objects.filter(matter_id=case.pk)
    ]


@receiver("procedures.CaseEnded")
def bring_back(fact: Delivered) -> None:
    """A matter that others were merged into ended without being settled: each of them goes on by itself, and its reporter is told."""
    if fact.payload["procedure"] != "matter" or fact.payload["outcome"] in ("settled", "disputed", "merged"):
        return
    links = MatterLink.objects.filter(kind=LinkKind.MERGE, target_id=fact.payload["case"], undone_at__isnull=True)
    # one after the other, in one order: a merge undone is an act on the case that was merged
    for source_id in list(links.order_by("source_id").values_list("source_id", flat=True)):
        undo_end(case_id=source_id, by=SYSTEM, at=fact.at, reason="并入的那一件没有办完就结束了，这一件接着办。")


@receiver("people.ContactErased")
def lose_contact(fact: Delivered) -> None:
    """Note that the reporter of a matter is nobody's to call any more."""
    forget_contact(fact.payload["contact"])


@receiver("matters.MattersMerged", "matters.MergeUndone")
def note_on_target(fact: Delivered) -> None:
    """Write the merge (or its undoing) into the history of the matter that goes on, and tell its reporter.

    The reporter of the other one is told by the act itself.
    """
    source = Case.objects.get(pk=fact.payload["source"])
    action = "merged_in" if fact.name.endswith("MattersMerged") else "merge_undone"
    with transaction.atomic():
        work = lock(Case.objects.get(pk=fact.payload["target"]).pk, by=SYSTEM, at=fact.at)
        seq = work.record(RecordKind.EFFECT, action=action, data={"case": source.code, "procedure": "matter"})
        work.publish(CaseNoted(case=work.case.pk, procedure="matter", kind=action, tell=["reporter"], seq=seq))
        work.flush()
