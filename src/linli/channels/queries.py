"""Reads of the area: how somebody is told, whom a notice is for, what was sent and what was not."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from linli.channels.enums import State, Way
from linli.channels.models import Choice, Message
from linli.kernel.crypto import blind, masked_phone, unseal
from linli.matters.models import Matter
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
    """Return who is to be told of which notices outside the platform: the person, the account, whoever proved the phone that was left
    with the case, everybody in the unit (four statements).
    """
    known = list(notices)
    users = {one.user_id for one in known if one.user_id is not None}
    keys = {one.key for one in known if one.key}
    units = {one.unit_id for one in known if one.unit_id is not None}
    staff = Post.objects.filter(in_force(at), organisation_id__in=units)
    phones = left_under(known)
    asked = Q(user_id__in=users) | Q(key__in=keys) | Q(user_id__in=staff.values("user_id"))
    asked |= Q(user__phone_proved=True, user__phone_blind__in=set(phones.values()))
    choices = list(Choice.objects.exclude(way=Way.NONE).filter(asked).select_related("user").order_by("pk"))
    if not choices:
        return []
    held = set(staff.filter(user_id__in=[one.user_id for one in choices]).values_list("user_id", "organisation_id"))
    return [
        (choice, notice)
        for choice in choices
        for notice in known
        if own(choice, notice, phones) or (choice.user_id, notice.unit_id) in held
    ]


def own(choice: Choice, notice: Notice, phones: dict[UUID, str]) -> bool:
    """Whether a notice is for the person themselves, not for a unit of theirs. ``phones``: of ``left_under``."""
    if notice.user_id == choice.user_id or (notice.key and notice.key == choice.key):
        return True
    index = phones.get(notice.pk)
    return index is not None and choice.user.phone_proved and choice.user.phone_blind == index


def left_under(notices: Iterable[Notice]) -> dict[UUID, str]:
    """Return the index of the phone that was left with the matter, for each notice to a reporter without an account (one statement).

    Whoever proved that number may take the matter into their account (matters.claiming), so they are told of it before they do.
    """
    asked = {one.pk: one.case_id for one in notices if one.key and one.key == one.case.starter_key}
    rows = Matter.objects.filter(pk__in=set(asked.values()), case__starter_user_id=None)
    found = dict(rows.exclude(contact__phone_blind="").values_list("pk", "contact__phone_blind"))
    return {pk: found[case_id] for pk, case_id in asked.items() if found.get(case_id)}


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
