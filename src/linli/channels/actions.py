"""Choosing how one is told, proving an e-mail address, stopping; and what administrators say of the ways."""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.channels import policies, queries, ways
from linli.channels.enums import State, Way
from linli.channels.models import Choice, Message
from linli.kernel import audit
from linli.kernel.crypto import blind, seal, unseal
from linli.kernel.limits import count_use
from linli.kernel.memo import forget
from linli.kernel.models import Setting
from linli.orgs.actors import Actor
from linli.orgs.models import User

SUBJECT = audit.Subject("kernel.setting", "notice-ways", "notice ways")
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
LONGEST_EMAIL = 200


def _locked(user: User, by: Actor, *, at: datetime) -> Choice:
    """The person's choice, kept and locked."""
    policies.can_choose(by, user_id=user.pk).enforce()
    fresh = queries.choice_of(user, at=at)
    if fresh._state.adding:
        Choice.objects.get_or_create(user_id=user.pk, defaults={"key": fresh.key, "changed_at": at})
    return Choice.objects.select_for_update(of=("self",)).select_related("user").get(user_id=user.pk)


@transaction.atomic
def choose(
    *,
    user: User,
    way: str,
    at_once: bool,
    hour: int,
    urgent: bool,
    quiet_from: int,
    quiet_until: int,
    danger: bool,
    by: Actor,
    at: datetime,
) -> Choice:
    """Say how one wants to be told. ValidationError names the field: a way that is not offered, or has no address that was proved."""
    choice = _locked(user, by, at=at)
    if way != Way.NONE and way not in ways.offered():
        raise ValidationError({"way": [_("这里现在不能用这种方式通知。")]})
    if way == Way.EMAIL and not choice.email_sealed:
        raise ValidationError({"way": [_("请先在下面填好电子邮箱，并用收到的验证码确认。")]})
    if way == Way.SMS and not queries.masked_phone_of(choice.user):
        raise ValidationError({"way": [_("还没有确认过手机号：用手机验证码登录一次就好了。")]})
    if not all(0 <= one < 24 for one in (hour, quiet_from, quiet_until)):
        raise ValidationError({"hour": [_("请选 0 点到 23 点。")]})
    if way != choice.way:
        _drop(choice)
    choice.way, choice.at_once, choice.hour, choice.urgent = way, at_once, hour, urgent
    choice.quiet_from, choice.quiet_until, choice.danger = quiet_from, quiet_until, danger
    choice.language, choice.changed_at = get_language() or "zh-hans", at
    choice.save()
    return choice


def _drop(choice: Choice) -> None:
    """Nothing that was meant for another way is sent any more; in the platform it stands all the same."""
    choice.waiting.all().delete()
    choice.messages.filter(state=State.WAITING).update(state=State.DROPPED, text_sealed="")


@transaction.atomic
def stop(*, choice: Choice, at: datetime) -> None:
    """Send somebody nothing more. Asked for with the link of a message, so without ``by``: it can stop and nothing else; again, it does nothing."""
    choice = Choice.objects.select_for_update().get(pk=choice.pk)
    if choice.way != Way.NONE:
        _drop(choice)
        Choice.objects.filter(pk=choice.pk).update(way=Way.NONE, changed_at=at)


def ask_for_email(*, user: User, email: str, address: str, by: Actor, at: datetime) -> None:
    """Send a code to an e-mail address that somebody says is theirs. Raises ValidationError, TooMany, or NotSent.

    Three an hour for an account, five a day for an address, thirty an hour for a sender: nobody's box is filled from here.
    """
    email = email.strip()[:LONGEST_EMAIL]
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"email": [_("这不像电子邮箱，例如 name@example.com。")]}) from error
    if Way.EMAIL not in ways.offered():
        raise ValidationError({"email": [_("这里现在不能用这种方式通知。")]})
    policies.can_choose(by, user_id=user.pk).enforce()
    count_use(purpose="email-code:sender", address=address, allowed=30, seconds=3600, at=at)
    count_use(purpose="email-code:account", address=str(user.pk), allowed=3, seconds=3600, at=at)
    count_use(purpose="email-code:address", address=email.lower(), allowed=5, seconds=24 * 3600, at=at)
    code = f"{secrets.randbelow(1_000_000):06d}"
    with transaction.atomic():
        choice = _locked(user, by, at=at)
        choice.asked_sealed, choice.code_hash = seal(email), _hash(choice, email, code)
        choice.code_at, choice.code_tries = at, 0
        choice.save(update_fields=["asked_sealed", "code_hash", "code_at", "code_tries"])
    minutes = int(CODE_LIFE.total_seconds()) // 60
    text = _("您的验证码是 %(code)s，%(minutes)d 分钟内有效，填到“通知设置”里。不是您要的，不用理它。") % {
        "code": code,
        "minutes": minutes,
    }
    ways.send_email(email, _("【邻里】确认电子邮箱"), text, key=blind(f"{choice.pk}:{at}", purpose="email-code")[:32])


def _hash(choice: Choice, email: str, code: str) -> str:
    return blind(f"{choice.pk}:{email}:{code if code.isascii() else ''}", purpose="email-code")


@transaction.atomic
def prove_email(*, user: User, code: str, by: Actor, at: datetime) -> bool:
    """Whether the code is the one that was sent, in time and at one of five tries; the address is then the person's."""
    choice = _locked(user, by, at=at)
    digits = "".join(sign for sign in code[:20] if not sign.isspace())
    email = unseal(choice.asked_sealed)
    if not email or choice.code_at is None or at - choice.code_at > CODE_LIFE or choice.code_tries >= CODE_TRIES:
        return False
    if not hmac.compare_digest(choice.code_hash, _hash(choice, email, digits)):
        Choice.objects.filter(pk=choice.pk).update(code_tries=F("code_tries") + 1)
        return False
    choice.email_sealed, choice.asked_sealed, choice.code_hash, choice.code_at = choice.asked_sealed, "", "", None
    choice.save(update_fields=["email_sealed", "asked_sealed", "code_hash", "code_at"])
    return True


@transaction.atomic
def forget_email(*, user: User, by: Actor, at: datetime) -> None:
    """Take an e-mail address away; whoever was told by it is told in the platform alone."""
    choice = _locked(user, by, at=at)
    if choice.way == Way.EMAIL:
        _drop(choice)
        choice.way = Way.NONE
    choice.email_sealed = choice.asked_sealed = choice.code_hash = ""
    choice.code_at, choice.changed_at = None, at
    choice.save()


@transaction.atomic
def allow_ways(*, email: bool, sms: bool, by: Actor, at: datetime) -> None:
    """Say by which of the ways that stand notices may leave the house."""
    policies.can_manage(by).enforce()
    before = {str(way): ways.allowed(way) for way in (Way.EMAIL, Way.SMS)}
    after = {str(Way.EMAIL): email, str(Way.SMS): sms}
    if before == after:
        return
    Setting.objects.update_or_create(key=ways.SETTING, defaults={"value": after})
    audit.note(by=by, action="settings", subject=SUBJECT, before=before, after=after, at=at)
    forget("channels:")
    transaction.on_commit(lambda: forget("channels:"))


@transaction.atomic
def try_again(*, message_id: UUID | None, by: Actor, at: datetime) -> int:
    """Let failed messages be tried again, one or all of them; return how many."""
    policies.can_manage(by).enforce()
    rows = Message.objects.filter(state=State.FAILED).exclude(text_sealed="")
    if message_id is not None:
        rows = rows.filter(pk=message_id)
    return rows.update(state=State.WAITING, attempts=0, next_at=at)
