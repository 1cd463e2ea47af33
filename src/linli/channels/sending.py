"""Handing messages over: at least once, and never twice knowingly.

A message is claimed in the database before it is handed over, and marked as sent after. Whoever is killed in between leaves a claim that
nobody can know the end of: after half an hour the same message goes out again under the same key, by which the gateway (and the reader's
mail program) knows a second copy.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse

from linli.channels import queries, timing, ways
from linli.channels.enums import State, Way
from linli.channels.models import Message
from linli.kernel.crypto import unseal

log = logging.getLogger(__name__)
A_TURN = 20
CLAIM = timedelta(minutes=30)
# a minute, two, four … at most six hours between two tries: given up after about a day and a half
TRIES = 13
LONGEST = timedelta(hours=6)
# a way that failed so often one after the other is left alone until the next turn
SILENT = 3


def send_due(*, at: datetime) -> int:
    """Hand over what is due, oldest first; return how many were sent."""
    sent, failing = 0, dict.fromkeys((Way.EMAIL, Way.SMS), 0)
    given_up = Q(state=State.SENDING, claimed_at__lt=at - CLAIM)
    rows = Message.objects.filter(Q(state=State.WAITING) | given_up, next_at__lte=at, way__in=ways.offered())
    for message in list(rows.select_related("choice__user").order_by("next_at", "pk")[:A_TURN]):
        if failing[Way(message.way)] >= SILENT:
            continue
        done = _send(message, at=at)
        sent += done is True
        failing[Way(message.way)] = 0 if done is not False else failing[Way(message.way)] + 1
    return sent


def _send(message: Message, *, at: datetime) -> bool | None:
    """Whether a message was handed over; None where it was not tried."""
    choice = message.choice
    quiet = {"start": choice.quiet_from, "end": choice.quiet_until}
    if not message.pierces and timing.is_quiet(at, **quiet):
        Message.objects.filter(pk=message.pk).update(next_at=timing.after_quiet(at, **quiet))
        return None
    claim = Message.objects.filter(pk=message.pk, state=message.state, claimed_at=message.claimed_at)
    if not claim.update(state=State.SENDING, claimed_at=at, attempts=F("attempts") + 1):
        return None
    mine = Message.objects.filter(pk=message.pk, state=State.SENDING, claimed_at=at)
    # looked at again after the claim: whoever stops their messages meanwhile gets no more
    choice.refresh_from_db()
    to = queries.reached_at(choice) if choice.way == message.way else ""
    if not to:
        mine.update(state=State.DROPPED, text_sealed="")
        return None
    try:
        _hand_over(message, to)
    except ways.NotSent as refused:
        _not_sent(message, refused, at=at)
        return False
    mine.update(state=State.SENT, sent_at=at, text_sealed="", error="")
    return True


def _hand_over(message: Message, to: str) -> None:
    text, key = unseal(message.text_sealed), str(message.pk)
    if message.way == Way.SMS:
        ways.send_sms(to, text, key=key)
        return
    stop = ways.address(reverse("channels:stop", args=[queries.stop_token(message.choice)]))
    ways.send_email(to, message.subject, text, key=key, stop=stop)


def _not_sent(message: Message, refused: ways.NotSent, *, at: datetime) -> None:
    tries = message.attempts + 1
    over = refused.final or tries >= TRIES
    pause = min(timedelta(minutes=2 ** min(tries - 1, 20)), LONGEST)
    Message.objects.filter(pk=message.pk, state=State.SENDING, claimed_at=at).update(
        state=State.FAILED if over else State.WAITING, next_at=at + pause, error=str(refused)[:300]
    )
    log.warning(
        "notice %s by %s not sent at try %d%s: %s", message.pk, message.way, tries, " (last)" if over else "", refused
    )
