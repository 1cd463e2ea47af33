"""Accounts of staff: making, closing, opening, helping somebody who cannot get in. Nobody but its owner ever knows a password."""

import dataclasses
import secrets
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.crypto import blind, masked_phone, normal_phone, seal, unseal
from linli.kernel.policy import Decision
from linli.kernel.text import clean
from linli.orgs import policies
from linli.orgs.actions.posts import give_post
from linli.orgs.actors import Actor
from linli.orgs.models import SELF_MADE, ExternalIdentity, Organisation, PasswordLink, Session, User
from linli.orgs.queries import post_facts
from linli.orgs.signin import lockout, wechat
from linli.places.models import Compound, Grid

LINK_LIFE = timedelta(days=3)
# how the names begin of accounts that people made themselves, and of those that were erased
KEPT_NAMES = (SELF_MADE, "erased-")


@dataclasses.dataclass(frozen=True, slots=True)
class FirstPost:
    """The post with which an account of staff begins; without one it could do nothing and nobody would see it."""

    role: str
    unit: Organisation
    since: date
    until: date | None = None
    grid: Grid | None = None
    compound: Compound | None = None


def checked_account(*, username: str, name: str, phone: str) -> dict[str, str]:
    """Return user name, name and normal phone number as they are kept; ValidationError names the fields that are wrong."""
    errors: dict[str, list[str]] = {}
    found = {}
    for field, value, limit in (("username", username, 60), ("name", name, 100)):
        try:
            found[field] = clean(value, limit=limit, field=field, lines=False)
        except ValidationError as error:
            errors[field] = error.messages
            continue
        if not found[field]:
            errors[field] = [_("请填写。")]
    if "username" in found and any(sign.isspace() for sign in found["username"]):
        errors["username"] = [_("用户名里不能有空格。")]
    if found.get("username", "").casefold().startswith(KEPT_NAMES):
        errors["username"] = [_("用户名不能这样开头。")]
    try:
        found["phone"] = normal_phone(phone) if phone.strip() else ""
    except ValueError:
        errors["phone"] = [_("电话号码不对：手机号是 11 位数字。")]
    if errors:
        raise ValidationError(errors)
    return found


def _seen(user: User) -> dict[str, object]:
    """What the record of changes keeps of an account: never a whole phone number."""
    phone = masked_phone(unseal(user.phone_sealed)) if user.phone_sealed else ""
    return {"username": user.username, "name": user.name, "phone": phone, "active": user.is_active}


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        taken = User.objects.filter(username=user.username).exclude(pk=user.pk).exists()
        if taken:
            raise ValidationError({"username": [_("这个用户名已经有人用。")]}) from error
        raise ValidationError(
            {"phone": [_("这个手机号已有账号；要给同一个人再加岗位，请在任职页按手机号查找。")]}
        ) from error


@transaction.atomic
def make_account(*, username: str, name: str, phone: str, post: FirstPost, by: Actor, at: datetime) -> User:
    """Make an account of staff with its first post. It has no password until its owner sets one by link, or signs in by phone."""
    values = checked_account(username=username, name=name, phone=phone)
    user = User(username=values["username"], name=values["name"])
    if values["phone"]:
        user.phone_sealed = seal(values["phone"])
        user.phone_blind = blind(values["phone"], purpose="phone")
    user.set_unusable_password()
    _save(user)
    audit.note(by=by, action="create", subject=user, before=None, after=_seen(user), at=at)
    give_post(
        user=user,
        role=post.role,
        unit=post.unit,
        since=post.since,
        until=post.until,
        grid=post.grid,
        compound=post.compound,
        by=by,
        at=at,
    )
    return user


def _managed(user: User, *, by: Actor, at: datetime) -> User:
    """Return an account, locked, that ``by`` may manage; raises Refused otherwise."""
    found = User.objects.select_for_update().get(pk=user.pk)
    may_manage(found, by=by, at=at).enforce()
    return found


def may_manage(user: User, *, by: Actor, at: datetime) -> Decision:
    """Whether ``by`` may manage an account (one statement)."""
    return policies.can_manage_account(by, post_facts(user, at=at), own=user.pk == by.user_id, self_made=user.self_made)


@transaction.atomic
def change_account(*, user: User, username: str, name: str, phone: str | None, by: Actor, at: datetime) -> User:
    """Change what an account is called and its phone: None leaves the number, the empty string takes it away."""
    user = _managed(user, by=by, at=at)
    before, old_phone = _seen(user), user.phone_blind
    values = checked_account(username=username, name=name, phone=phone or "")
    user.username, user.name = values["username"], values["name"]
    if phone is not None:
        user.phone_sealed, user.phone_proved = seal(values["phone"]), False
        # with another number it may be another person
        ExternalIdentity.objects.filter(user=user, issuer=wechat.ISSUER).delete()
        user.phone_blind = blind(values["phone"], purpose="phone") if values["phone"] else ""
    if _seen(user) == before and user.phone_blind == old_phone:
        return user
    _save(user)
    audit.note(by=by, action="edit", subject=user, before=before, after=_seen(user), at=at)
    return user


@transaction.atomic
def close_account(*, user: User, by: Actor, at: datetime) -> User:
    """Close an account: signed out everywhere at once, nothing of its history lost."""
    user = _managed(user, by=by, at=at)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        Session.objects.filter(user=user).delete()
        PasswordLink.objects.filter(user=user, used_at=None).update(used_at=at)
        audit.note(by=by, action="close", subject=user, before={"active": True}, after={"active": False}, at=at)
    return user


@transaction.atomic
def open_account(*, user: User, by: Actor, at: datetime) -> User:
    """Open a closed account again; what it may do follows from the posts that are still in force."""
    user = _managed(user, by=by, at=at)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.note(by=by, action="open", subject=user, before={"active": False}, after={"active": True}, at=at)
    return user


@transaction.atomic
def unlock_account(*, user: User, by: Actor, at: datetime) -> User:
    """Let somebody who failed too often try again now."""
    user = _managed(user, by=by, at=at)
    phone = unseal(user.phone_sealed)
    lockout.unlock(user.username, phone)
    before = {"locked_until": user.locked_until}
    user.failed_count, user.locked_until = 0, None
    user.save(update_fields=["failed_count", "locked_until"])
    audit.note(by=by, action="unlock", subject=user, before=before, after={"locked_until": None}, at=at)
    return user


@transaction.atomic
def reset_second_factor(*, user: User, by: Actor, at: datetime) -> User:
    """Take the second factor off an account whose owner lost phone and recovery codes; signed out everywhere."""
    user = _managed(user, by=by, at=at)
    if user.has_second_factor:
        user.totp_sealed, user.recovery_hashes = "", []
        user.save(update_fields=["totp_sealed", "recovery_hashes"])
        Session.objects.filter(user=user).delete()
        before, after = {"second_factor": True}, {"second_factor": False}
        audit.note(by=by, action="reset_second_factor", subject=user, before=before, after=after, at=at)
    return user


@transaction.atomic
def make_password_link(*, user: User, by: Actor, at: datetime) -> str:
    """Return the token of a link by which the owner sets a password, once, within three days. Earlier links stop working."""
    user = _managed(user, by=by, at=at)
    if not user.is_active:
        raise ValidationError(_("账号已停用，启用后才能设密码。"))
    PasswordLink.objects.filter(user=user, used_at=None).update(used_at=at)
    token = secrets.token_urlsafe(32)
    PasswordLink.objects.create(
        user=user, token_hash=link_hash(token), made_by_id=by.user_id, made_at=at, expires_at=at + LINK_LIFE
    )
    after = {"expires": at + LINK_LIFE}
    audit.note(by=by, action="password_link", subject=user, before=None, after=after, at=at)
    return token


def link_hash(token: str) -> str:
    """Return what is kept of a link's token."""
    return blind(token, purpose="password-link")
