"""A WeChat account tied to an account here: by whoever is signed in to it, never by what WeChat says of phones or names."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.orgs.actions.signing import NotSignedIn, own_actor, own_subject
from linli.orgs.actors import Actor
from linli.orgs.models import ExternalIdentity, User
from linli.orgs.signin.wechat import ISSUER


@transaction.atomic
def sign_in_by_wechat(*, subjects: Sequence[str], at: datetime) -> User | None:
    """Return the account tied to whoever WeChat vouched for, None where none is. Raises NotSignedIn where it is closed.

    ``subjects``: every form in which they are named, the one that holds for all our applications first; a form that is new is kept.
    """
    known = {row.subject: row.user for row in _tied(subjects).select_related("user")}
    user = next((known[subject] for subject in subjects if subject in known), None)
    if user is None:
        return None
    if not user.is_active:
        raise NotSignedIn(_("这个账号已停用，请联系您的单位或社区。"))
    if len(known) < len(subjects):
        _keep(user, subjects, at=at)
    return user


@transaction.atomic
def tie(*, user: User, subjects: Sequence[str], by: Actor, at: datetime) -> None:
    """Tie WeChat to one's own account. ValidationError where it is tied to another one, or the account has another WeChat."""
    _own(user, by)
    user = User.objects.select_for_update().get(pk=user.pk)
    tied = _of(user).filter(subject__in=subjects).exists()
    if not tied and _of(user).exists():
        raise ValidationError(_("您的账号已经绑定了一个微信。要换，请先解绑。"))
    _keep(user, subjects, at=at)
    # looked at after writing: another account that ties it at this moment is seen too
    if _tied(subjects).exclude(user=user).exists():
        raise ValidationError(_("这个微信已经绑定了别的账号。请先用它登录，在那边解绑。"))
    if not tied:
        after = {"wechat": True}
        audit.note(by=own_actor(user), action="tie_wechat", subject=own_subject(user), before=None, after=after, at=at)


@transaction.atomic
def untie(*, user: User, by: Actor, at: datetime) -> None:
    """Let WeChat sign in to one's account no more. ValidationError where there would be no way left to sign in."""
    _own(user, by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.phone_sealed and not user.has_usable_password():
        raise ValidationError(_("解绑以后就没有办法登录了。请先设一个密码。"))
    if _of(user).delete()[0]:
        before, after = {"wechat": True}, {"wechat": False}
        audit.note(
            by=own_actor(user), action="untie_wechat", subject=own_subject(user), before=before, after=after, at=at
        )


def _own(user: User, by: Actor) -> None:
    if by.user_id != user.pk:
        raise ValidationError(_("只有本人能绑定和解绑微信。"))


def _tied(subjects: Sequence[str]) -> QuerySet[ExternalIdentity]:
    return ExternalIdentity.objects.filter(issuer=ISSUER, subject__in=subjects)


def _of(user: User) -> QuerySet[ExternalIdentity]:
    return ExternalIdentity.objects.filter(issuer=ISSUER, user=user)


def _keep(user: User, subjects: Sequence[str], *, at: datetime) -> None:
    """Tie those of the subjects that are nobody's yet."""
    rows = [ExternalIdentity(user=user, issuer=ISSUER, subject=subject, tied_at=at) for subject in subjects]
    ExternalIdentity.objects.bulk_create(rows, ignore_conflicts=True)
