"""Looking at a contact, which is always written down, and erasing what a person left."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.crypto import unseal
from linli.kernel.limits import count_use
from linli.kernel.outbox import publish
from linli.kernel.text import clean
from linli.orgs.actors import Actor, today
from linli.orgs.enums import ROLES
from linli.orgs.models import ExternalIdentity, PasswordLink, PhoneCode, Post, Session, User
from linli.orgs.queries import ever_held
from linli.people import policies
from linli.people.events import ContactErased
from linli.people.models import Contact, ContactAccess
from linli.people.policies import CaseFacts
from linli.people.queries import visible_to
from linli.people.registry import forget

# nobody who works with people one by one looks at more in an hour
MOST_LOOKS = 120


class Revealed(NamedTuple):
    """A name and a phone number in plain words; each may be empty."""

    name: str
    phone: str


def reveal(
    *,
    contact: Contact,
    by: Actor,
    purpose: str,
    case_id: UUID,
    case: CaseFacts,
    at: datetime,
    unit_id: int | None = None,
) -> Revealed:
    """Return a contact in plain words and write down who looked, in which post (that in ``unit_id`` if held), what for, when.

    ``case`` says how ``by`` stands to the case: the area of the case knows. Raises Refused, ValidationError (no purpose), TooMany.
    """
    policies.can_reveal(by, hidden=contact.hidden, erased=contact.erased_at is not None, case=case).enforce()
    purpose = clean(purpose, limit=200, lines=False)
    if len(purpose) < 2:
        raise ValidationError({"purpose": [_("请写明看联系方式是为了什么，本人会看到。")]})
    assert by.user_id is not None  # staff are signed in
    count_use(purpose="reveal", address=str(by.user_id), allowed=MOST_LOOKS, seconds=3600, at=at)
    post = by.post_in(unit_id) or by.posts[0]
    label = f"{post.unit.label} {ROLES[post.role].name} {by.name}"
    with transaction.atomic():
        ContactAccess.objects.create(
            contact=contact, user_id=by.user_id, user_label=label[:200], purpose=purpose, case_id=case_id, at=at
        )
    return Revealed(unseal(contact.name_sealed), unseal(contact.phone_sealed))


@transaction.atomic
def erase(*, contact: Contact, by: Actor, at: datetime) -> None:
    """Erase the name and phone of a contact for ever. Who looked at it stays on record; that says nothing of the person."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    user = User.objects.filter(pk=by.user_id).first() if by.user_id is not None else None
    own = user is not None and visible_to(user).filter(pk=contact.pk).exists()
    policies.can_erase(by, own=own).enforce()
    if contact.erased_at is None:
        _wipe([contact], at=at)


def _wipe(contacts: list[Contact], *, at: datetime) -> None:
    ids = [contact.pk for contact in contacts]
    Contact.objects.filter(pk__in=ids).update(name_sealed="", phone_sealed="", phone_blind="", erased_at=at)
    publish([ContactErased(contact=str(pk)) for pk in ids], at=at)


@transaction.atomic
def erase_contacts(*, user: User, by: Actor, at: datetime) -> int:
    """Erase every contact that a person left under their phone; return how many."""
    policies.can_erase(by, own=by.user_id == user.pk).enforce()
    contacts = list(visible_to(user).select_for_update())
    if contacts:
        _wipe(contacts, at=at)
    return len(contacts)


@transaction.atomic
def erase_account(*, user: User, by: Actor, at: datetime) -> None:
    """Erase a resident's account with every contact: name, phone, password, second factor, sessions, who they are to a provider, codes
    and links, drafts, what they follow. What they raised stays, as the record of a public matter, without a name.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    policies.can_erase_account(by, own=by.user_id == user.pk, ever_staff=ever_held(user, at=at)).enforce()
    erase_contacts(user=user, by=by, at=at)
    forget(user)
    # a post that has not begun never does
    Post.objects.filter(user=user, since__gt=today(at)).update(until=F("since"))
    PhoneCode.objects.filter(phone_blind=user.phone_blind).exclude(phone_blind="").delete()
    ExternalIdentity.objects.filter(user=user).delete()
    PasswordLink.objects.filter(user=user).delete()
    user.username, user.name = f"erased-{user.pk}", ""
    user.phone_sealed = user.phone_blind = user.totp_sealed = ""
    user.recovery_hashes, user.is_active, user.phone_proved = [], False, False
    user.last_login = user.password_changed_at = None
    user.set_unusable_password()
    user.save()
    Session.objects.filter(user=user).delete()
    nobody = Actor(user_id=user.pk, name=user.username)
    audit.note(by=nobody, action="erase", subject=user, before=None, after={"active": False}, at=at)
