"""Signing in: each way ends in a user or in ``NotSignedIn``, whose words are the same whether the account exists or not."""

import re
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.crypto import normal_phone, seal, unseal
from linli.kernel.display import clock_time
from linli.kernel.text import clean
from linli.orgs import channels
from linli.orgs.actions.accounts import link_hash
from linli.orgs.actors import Actor
from linli.orgs.models import SELF_MADE, ExternalIdentity, PasswordLink, Session, User
from linli.orgs.queries import account_by, roles_in_force, typed_name
from linli.orgs.signin import codes, lockout, totp, wechat
from linli.orgs.signin.oidc import Identity

MOST_PASSWORD = 256
_REACHED = re.compile(r"1\d{10}|\+\d{8,15}", re.ASCII)


class NotSignedIn(Exception):
    """Somebody was not let in. The words say what to do; ``until`` when there is a wait."""

    def __init__(self, words: str, until: datetime | None = None) -> None:
        super().__init__(words)
        self.words, self.until = words, until


def _waiting(until: datetime) -> NotSignedIn:
    words = _("试错的次数太多，请在 %(time)s 以后再试，或请单位管理员解锁。") % {"time": clock_time(until)}
    return NotSignedIn(words, until)


def _failed(tried: lockout.Try, user: User | None, *, at: datetime) -> datetime | None:
    """Write down on the account, if there is one, what its failures have come to."""
    count, until = lockout.after(tried, at=at)
    # without an account the same statement changes nothing: both take as long
    User.objects.filter(pk=user.pk if user else 0).update(failed_count=min(count, 30_000), locked_until=until)
    return until


def _let_in(tried: lockout.Try, user: User) -> User:
    lockout.succeeded(tried)
    if user.failed_count or user.locked_until:
        User.objects.filter(pk=user.pk).update(failed_count=0, locked_until=None)
    return user


def sign_in_by_password(*, name: str, password: str, address: str, at: datetime) -> User:
    """Return the user with this user name (or phone number) and password.

    An unknown name costs the same work as a known one and meets the same waits. Raises NotSignedIn.
    """
    user = account_by(name)
    # by what was typed: counting under the account would tell that a name exists, and whose phone a number is
    tried = lockout.begin(name=typed_name(name), address=address, at=at)
    if tried.until is not None:
        raise _waiting(tried.until)
    if user is None or not user.has_usable_password():
        make_password(password[:MOST_PASSWORD])
        right = False
    else:
        right = len(password) <= MOST_PASSWORD and user.check_password(password)
    if user is not None and right and user.is_active:
        # with a second factor the failures under the name are forgotten only when that was right too
        if user.has_second_factor:
            lockout.take_back(tried)
            return user
        return _let_in(tried, user)
    until = _failed(tried, user, at=at)
    raise _waiting(until) if until is not None else NotSignedIn(_("用户名或密码不对。"))


def send_code(*, phone: str, address: str, at: datetime) -> str:
    """Send a code to a phone, whether or not it has an account, and return the number in its normal form.

    Raises ValidationError (no phone number), TooMany, or NotSignedIn (the gateway did not take it).
    """
    number = _mobile(phone)
    code = codes.draw(phone=number, address=address, at=at)
    text = _("您的验证码是 %(code)s，5 分钟内有效。谁要都不要给。") % {"code": code}
    try:
        channels.send(number, text)
    except channels.NotSent as error:
        raise NotSignedIn(_("短信没有发出去，请稍后再试，或改用密码登录。")) from error
    return number


def _mobile(typed: str) -> str:
    """Return a number that texts can reach, in its normal form: a mainland mobile, or one that begins with + and its country."""
    try:
        number = normal_phone(typed[:40])
    except ValueError:
        number = ""
    if not _REACHED.fullmatch(number):
        raise ValidationError({"phone": [_("电话号码不对：手机号是 11 位数字。")]})
    return number


def sign_in_by_code(*, phone: str, code: str, address: str, at: datetime) -> User:
    """Return the user with this phone if the code is right; a resident's account is made at the first sign-in.

    Raises NotSignedIn, or ValidationError for what is no phone number.
    """
    number = _mobile(phone)
    tried = lockout.begin(name=number, address=address, at=at)
    if tried.until is not None:
        raise _waiting(tried.until)
    digits = "".join(sign for sign in code[:20] if not sign.isspace())
    index = codes.phone_blind(number)
    if not codes.use(phone=number, code=digits, at=at):
        until = _failed(tried, User.objects.filter(phone_blind=index).first(), at=at)
        raise _waiting(until) if until is not None else NotSignedIn(_("验证码不对，或者已经过期。"))
    user = User.objects.filter(phone_blind=index).first() or _resident(number, index)
    lockout.succeeded(tried)
    if not user.is_active:
        raise NotSignedIn(_("这个账号已停用，请联系您的单位或社区。"))
    _prove(user)
    return user


def _prove(user: User) -> None:
    """Note that whoever signs in has shown that the account's phone is theirs."""
    if not user.phone_proved:
        User.objects.filter(pk=user.pk).update(phone_proved=True)
        user.phone_proved = True


def _resident(number: str, index: str) -> User:
    user = User(username=f"{SELF_MADE}{index[:24]}", name="", phone_sealed=seal(number), phone_blind=index)
    user.phone_proved = True
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # the same person pressed twice
        return User.objects.get(phone_blind=index)
    return user


@transaction.atomic
def sign_in_by_identity(*, identity: Identity, at: datetime) -> User:
    """Return the account tied to an identity that a provider vouched for. The first time it is tied by the checked phone number.

    Raises NotSignedIn where nobody has that phone, or the account is closed.
    """
    tied = ExternalIdentity.objects.filter(issuer=identity.issuer[:200], subject=identity.subject)
    found = tied.select_related("user").first()
    user = found.user if found else None
    if user is None and identity.phone:
        try:
            index = codes.phone_blind(normal_phone(identity.phone[:40]))
        except ValueError:
            index = "-"
        user = User.objects.select_for_update().filter(phone_blind=index, is_active=True).first()
        if user is not None:
            ExternalIdentity.objects.create(
                user=user, issuer=identity.issuer[:200], subject=identity.subject, tied_at=at
            )
            _prove(user)
            after = {"issuer": identity.issuer}
            audit.note(
                by=own_actor(user), action="tie_identity", subject=own_subject(user), before=None, after=after, at=at
            )
    if user is None:
        raise NotSignedIn(_("统一认证里的手机号在这里没有账号，请先让单位管理员登记您的手机号。"))
    if not user.is_active:
        raise NotSignedIn(_("这个账号已停用，请联系您的单位或社区。"))
    return user


def check_second_factor(*, user: User, code: str, address: str, at: datetime) -> User:
    """Accept a one-time password that was not used before, or a recovery code; raises NotSignedIn."""
    tried = lockout.begin(name=user.username, address=address, at=at)
    if tried.until is not None:
        raise _waiting(tried.until)
    if use_second_factor(user=user, code=code, at=at):
        lockout.unlock(user.username, unseal(user.phone_sealed))
        return _let_in(tried, user)
    until = _failed(tried, user, at=at)
    raise _waiting(until) if until is not None else NotSignedIn(_("动态口令不对，或者已经用过。等它换一个再输。"))


@transaction.atomic
def use_second_factor(*, user: User, code: str, at: datetime) -> bool:
    """Whether a code is right for a user now, using it up: a step of the clock is good once, a recovery code too."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.has_second_factor:
        return False
    step = totp.step_of(unseal(user.totp_sealed), code[:40], at=at)
    if step is not None:
        if step <= user.totp_last_step:
            return False
        User.objects.filter(pk=user.pk).update(totp_last_step=step)
        return True
    sought = totp.recovery_hash(user.pk, code[:40])
    if sought not in user.recovery_hashes:
        return False
    left = [kept for kept in user.recovery_hashes if kept != sought]
    User.objects.filter(pk=user.pk).update(recovery_hashes=left)
    return True


@transaction.atomic
def set_up_second_factor(*, user: User, secret: str, code: str, at: datetime) -> list[str]:
    """Begin to ask a user for one-time passwords of this secret, once a code shows that the app has it.

    Returns the recovery codes, which are shown once and never again. ValidationError if the code is wrong.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    step = totp.step_of(secret, code[:40], at=at)
    if step is None:
        raise ValidationError({"otp": [_("口令对不上。请看一眼手机的时间准不准，再输现在显示的 6 位数字。")]})
    made = totp.new_recovery_codes()
    user.totp_sealed, user.totp_last_step = seal(secret), step
    user.recovery_hashes = [totp.recovery_hash(user.pk, one) for one in made]
    user.save(update_fields=["totp_sealed", "totp_last_step", "recovery_hashes"])
    after = {"second_factor": True}
    audit.note(
        by=own_actor(user), action="set_up_second_factor", subject=own_subject(user), before=None, after=after, at=at
    )
    return made


@transaction.atomic
def remove_second_factor(*, user: User, at: datetime) -> None:
    """Stop asking a user for one-time passwords (the page asked for one more before it called this)."""
    User.objects.filter(pk=user.pk).update(totp_sealed="", recovery_hashes=[])
    before, after = {"second_factor": True}, {"second_factor": False}
    audit.note(
        by=own_actor(user), action="remove_second_factor", subject=own_subject(user), before=before, after=after, at=at
    )


def own_actor(user: User) -> Actor:
    """Whoever changes their own account, as the record of changes names them."""
    return Actor(user_id=user.pk, name=_called(user))


def own_subject(user: User) -> audit.Subject:
    """Their account, as the record of changes names it."""
    return audit.subject_of(user)._replace(label=_called(user))


def _called(user: User) -> str:
    """What the record of changes calls whoever changes their own account: residents by a number, for entries are never erased."""
    return f"#{user.pk}" if user.self_made else user.label


def _checked_password(user: User, new: str) -> str:
    if len(new) > MOST_PASSWORD:
        raise ValidationError({"password_new": [_("密码最长 %(count)d 个字符。") % {"count": MOST_PASSWORD}]})
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise ValidationError({"password_new": error.messages}) from error
    return new


@transaction.atomic
def change_password(*, user: User, old: str, new: str, keep_session: str, at: datetime) -> User:
    """Change one's own password; every session but ``keep_session`` ends. ValidationError names the field."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.has_usable_password() and not user.check_password(old[:MOST_PASSWORD]):
        raise ValidationError({"password_old": [_("现在的密码不对。")]})
    _store_password(user, _checked_password(user, new), at=at)
    Session.objects.filter(user=user).exclude(session_key=keep_session).delete()
    return user


def _store_password(user: User, new: str, *, at: datetime) -> None:
    user.set_password(new)
    user.password_changed_at = at
    user.save(update_fields=["password", "password_changed_at"])
    after = {"password_changed_at": at}
    audit.note(by=own_actor(user), action="change_password", subject=own_subject(user), before=None, after=after, at=at)


def link_for(token: str, *, at: datetime) -> PasswordLink | None:
    """Return the link that a token opens, or None if it is unknown, used, out of date, or its account is closed."""
    found = PasswordLink.objects.select_related("user").filter(token_hash=link_hash(token[:100]), used_at=None).first()
    return found if found is not None and at < found.expires_at and found.user.is_active else None


@transaction.atomic
def set_password_by_link(*, token: str, new: str, at: datetime) -> User:
    """Set a password by a link, which then stops working; every session of the account ends. Raises NotSignedIn, ValidationError."""
    link = link_for(token, at=at)
    if link is None:
        raise NotSignedIn(_("这个链接用过了，或者已经过期。请找给您链接的人再要一个。"))
    new = _checked_password(link.user, new)
    if not PasswordLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise NotSignedIn(_("这个链接用过了，或者已经过期。请找给您链接的人再要一个。"))
    _store_password(link.user, new, at=at)
    # whoever made the link may have used it: what was left under the phone opens again with a code sent to it
    User.objects.filter(pk=link.user_id).update(phone_proved=False)
    # and whoever got into the account may have tied a WeChat of theirs to it
    ExternalIdentity.objects.filter(user=link.user_id, issuer=wechat.ISSUER).delete()
    lockout.unlock(link.user.username)
    User.objects.filter(pk=link.user_id).update(failed_count=0, locked_until=None)
    Session.objects.filter(user=link.user).delete()
    return link.user


@transaction.atomic
def change_own_name(*, user: User, name: str, by: Actor, at: datetime) -> None:
    """Say how one wants to be called. Who holds a post is called as their unit says; ValidationError for what is no name."""
    if by.user_id != user.pk or roles_in_force(user, at=at):
        raise ValidationError(_("工作人员的姓名由单位管理员修改。"))
    name = clean(name, limit=100, lines=False)
    User.objects.filter(pk=user.pk).update(name=name)


@transaction.atomic
def end_sessions(*, user: User, keep: str, only: str = "") -> int:
    """End a user's other sessions, or only the one of this key; return how many ended. The one kept is never ended."""
    rows = Session.objects.filter(user=user).exclude(session_key=keep)
    if only:
        rows = rows.filter(session_key=only)
    return rows.delete()[0]
