"""From notices to messages: what waits for whom until when, and one message of all that is due to somebody."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import translation

from linli.channels import composing, queries, timing, ways
from linli.channels.enums import State, Way
from linli.channels.models import Choice, Message, Waiting
from linli.kernel.crypto import seal
from linli.orgs.actors import actor_for
from linli.procedures.enums import Urgency
from linli.procedures.models import Notice

log = logging.getLogger(__name__)
# what could not be told for so long (no gateway) is no news any more
KEPT = timedelta(days=30)
MOST = 500


def wait(notices: Sequence[UUID], *, at: datetime) -> int:
    """Let notices wait for everyone who chose a way; return how many wait. Again with the same notices, it does nothing more."""
    rows = Notice.objects.filter(pk__in=notices).select_related("case").order_by("pk")
    found = [
        Waiting(choice=choice, notice=notice, due_at=_due(choice, notice, at=at), pierces=_pierces(choice, notice))
        for choice, notice in queries.whose(rows, at=at)
    ]
    Waiting.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def _due(choice: Choice, notice: Notice, *, at: datetime) -> datetime:
    if choice.at_once or (choice.urgent and is_urgent(notice)) or _pierces(choice, notice):
        return at
    return timing.next_hour(at, choice.hour)


def is_urgent(notice: Notice) -> bool:
    """Whether a notice is of no use tomorrow: of time that is nearly over or over, and for staff of what is dangerous or urgent."""
    if notice.text.startswith(("reminded:", "overdue:")):
        return True
    return not notice.key and notice.case.urgency <= Urgency.URGENT


def _pierces(choice: Choice, notice: Notice) -> bool:
    return choice.danger and not notice.key and notice.case.urgency == Urgency.DANGER


def gather(*, at: datetime) -> int:
    """Write a message for everyone to whom something is due now; return how many. One that fails does not hold up the others."""
    Waiting.objects.filter(due_at__lt=at - KEPT).delete()
    # who chose a way that is not offered now waits for it
    due = Waiting.objects.filter(due_at__lte=at, choice__way__in=ways.offered()).order_by("choice_id")
    made = 0
    for choice_id in list(due.values_list("choice_id", flat=True).distinct()[:MOST]):
        try:
            made += _gather(choice_id, at=at)
        except Exception:  # told in the log, and tried again at the next turn
            log.exception("no message could be written for choice %s", choice_id)
    return made


@transaction.atomic
def _gather(choice_id: int, *, at: datetime) -> bool:
    """Take what is due to one person out of the waiting into a message, in one step."""
    choice = Choice.objects.select_for_update(of=("self",)).select_related("user").get(pk=choice_id)
    rows = list(choice.waiting.filter(due_at__lte=at).select_related("notice__case"))
    quiet = {"start": choice.quiet_from, "end": choice.quiet_until}
    if timing.is_quiet(at, **quiet):
        later = [row.pk for row in rows if not row.pierces]
        choice.waiting.filter(pk__in=later).update(due_at=timing.after_quiet(at, **quiet))
        rows = [row for row in rows if row.pierces]
    if not rows:
        return False
    by = actor_for(choice.user, at=at, key=choice.key)
    with translation.override(choice.language):
        found = composing.pieces(choice, [row.notice for row in rows], by, at=at)
    choice.waiting.filter(pk__in=[row.pk for row in rows]).delete()
    if not found or choice.way == Way.NONE or not choice.user.is_active:
        return False
    urgent = any(is_urgent(row.notice) for row in rows)
    words = composing.written(choice, found, urgent=urgent, staff=by.staff)
    Message.objects.create(
        choice=choice,
        way=choice.way,
        subject=words.subject,
        text_sealed=seal(words.text),
        notices=len(found),
        pierces=any(row.pierces for row in rows),
        state=State.WAITING,
        made_at=at,
        next_at=at,
    )
    return True
