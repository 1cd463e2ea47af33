"""What follows from facts about matters: figures, ratings, notices to followers, notes on the other side of a merge."""

from django.db import transaction

from linli.kernel.outbox import Delivered, receiver
from linli.matters import figures
from linli.matters.contacts import forget_contact
from linli.matters.enums import LinkKind
from linli.matters.models import Follower, Matter, MatterLink
from linli.orgs.actors import SYSTEM
from linli.procedures.actions import lock
from linli.procedures.enums import RecordKind
from linli.procedures.models import Case, Notice
from linli.procedures.undoing import undo_end


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
    handled = case.visits.get("handle") or case.visits.get("whistled") or {}
    level = int(handled.get("level") or case.holder_level)
    Matter.objects.filter(pk=case.pk).update(settled_level=level)
    field = figures.LEVEL_FIELDS.get(level, "at_city")
    figures.add(division_code=case.division_code, unit_id=handled.get("unit"), at=fact.at, ended=1, **{field: 1})


@receiver("procedures.CaseMoved")
def note_rating(fact: Delivered) -> None:
    """Keep the reporter's three answers with the matter and add them to the figures of those who handled it."""
    if fact.payload["procedure"] != "matter" or fact.payload["action"] != "rate":
        return
    case = Case.objects.get(pk=fact.payload["case"])
    said = case.records.get(seq=fact.payload["seq"]).data.get("answers", {})
    grade = int(said["satisfied"])
    Matter.objects.filter(pk=case.pk).update(
        reached=said["reached"], settled=said["settled"], satisfied=grade, rated_at=fact.at
    )
    figures.add(
        division_code=case.division_code,
        unit_id=(case.visits.get("handle") or {}).get("unit"),
        at=fact.at,
        rated=1,
        reached=int(said["reached"]),
        settled=int(said["settled"]),
        satisfied=int(grade >= 4),
        satisfied_answers=1,
    )


@receiver("procedures.CaseMoved", "procedures.CaseEnded")
def tell_followers(fact: Delivered) -> None:
    """Tell everyone who follows a matter when it moves on to being handled, checked or ended."""
    if fact.payload["procedure"] != "matter":
        return
    step = fact.payload.get("step_to") or fact.payload.get("outcome")
    if step not in ("handle", "whistled", "rate", "settled", "returned", "merged"):
        return
    Notice.objects.bulk_create(
        [
            Notice(
                case_id=fact.payload["case"],
                key=follower.key,
                user_id=follower.user_id,
                text=f"{step}",
                why="follow",
                at=fact.at,
            )
            for follower in Follower.objects.filter(matter_id=fact.payload["case"])
        ]
    )


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
    """Write the merge (or its undoing) into the history of the matter that goes on; tell the reporter of the one retired."""
    source = Case.objects.get(pk=fact.payload["source"])
    action = "merged_in" if fact.name.endswith("MattersMerged") else "merge_undone"
    with transaction.atomic():
        work = lock(Case.objects.get(pk=fact.payload["target"]).pk, by=SYSTEM, at=fact.at)
        work.record(RecordKind.EFFECT, action=action, data={"case": source.code, "procedure": "matter"})
        work.flush()
