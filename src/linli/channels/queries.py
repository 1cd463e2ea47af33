"""Reads of the area: how somebody is told, whom a notice is for, what was sent and what was not."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from linli.channels.enums import State, Way
from linli.channels.models import Choice, Message
from linli.kernel.crypto import blind, masked_phone, unseal
from linli.orgs.actors import in_force
from linli.orgs.browser import account_key
from linli.orgs.models import Post, User
from linli.procedures.models import Notice

SHOWN = 50
COUNTED = timedelta(days=7)


def choice_of(user: User, *, at: datetime) -> Choice:
    """Return how somebody wants to be told; one that is not kept yet where they never chose."""
    found = Choice.objects.filter(user_id=user.pk).first()
    return found or Choice(user_id=user.pk, key=account_key(user), changed_at=at)


def whose(notices: Iterable[Notice], *, at: datetime) -> list[tuple[Choice, Notice]]:
    """Return who is to be told of which notices outside the platform: the person, the account, everybody in the unit (two statements)."""
    known = list(notices)
    users = {one.user_id for one in known if one.user_id is not None}
    keys = {one.key for one in known if one.key}
    units = {one.unit_id for one in known if one.unit_id is not None}
    staff = Post.objects.filter(in_force(at), organisation_id__in=units)
    asked = Q(user_id__in=users) | Q(key__in=keys) | Q(user_id__in=staff.values("user_id"))
    choices = list(Choice.objects.exclude(way=Way.NONE).filter(asked).order_by("pk"))
    if not choices:
        return []
    held = set(staff.filter(user_id__in=[one.user_id for one in choices]).values_list("user_id", "organisation_id"))
    return [
        (choice, notice)
        for choice in choices
        for notice in known
        if notice.user_id == choice.user_id
        or (notice.key and notice.key == choice.key)
        or (choice.user_id, notice.unit_id) in held
    ]


def stop_token(choice: Choice) -> str:
    """Return what stands in the address by which somebody stops their messages without signing in."""
    return f"{choice.pk}-{_sign(choice.pk)}"


def by_token(token: str) -> Choice | None:
    """Return the choice that a token of ``stop_token`` names, None for anything else."""
    number, _dash, sign = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 16 and sign.isascii()):
        return None
    if not hmac.compare_digest(sign, _sign(int(number))):
        return None
    return Choice.objects.select_related("user").filter(pk=int(number)).first()


def _sign(number: int) -> str:
    return blind(str(number), purpose="notices:stop")[:24]


def reached_at(choice: Choice) -> str:
    """Return the address or number to which a choice sends now; '' where there is none that was proved, or the account is closed."""
    user = choice.user
    if not user.is_active:
        return ""
    if choice.way == Way.EMAIL:
        return unseal(choice.email_sealed)
    return unseal(user.phone_sealed) if choice.way == Way.SMS and user.phone_proved else ""


def masked_phone_of(user: User) -> str:
    """Return the proved phone of an account, masked; '' without one."""
    return masked_phone(unseal(user.phone_sealed)) if user.phone_sealed and user.phone_proved else ""


def counts(*, at: datetime) -> dict[tuple[str, str], int]:
    """Return how many messages of the last week there are, by way and state."""
    rows = Message.objects.filter(made_at__gte=at - COUNTED).values_list("way", "state")
    return {(way, state): count for way, state, count in rows.annotate(count=Count("pk"))}


def in_trouble() -> QuerySet[Message]:
    """The messages that were not sent, or at least not yet at the first try; the latest first."""
    stuck = Q(state=State.FAILED) | Q(state__in=(State.WAITING, State.SENDING), attempts__gt=0)
    return Message.objects.filter(stuck).order_by("-made_at", "-pk")
