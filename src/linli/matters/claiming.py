"""Taking what one did without an account into one's account: what this browser began, and a matter with one's phone number."""

from django.db import transaction

from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.orgs.models import User
from linli.procedures.models import Case, Notice


def left_here(*, key: str) -> int:
    """Return how many cases a browser began that belong to no account."""
    return Case.objects.filter(starter_key=key, starter_user_id=None).count() if key else 0


@transaction.atomic
def claim(*, key: str, by: Actor) -> int:
    """Let the cases that a browser began, with their news, belong to the account of whoever is signed in there; return how many."""
    if not key or by.user_id is None:
        return 0
    Notice.objects.filter(key=key, case__starter_key=key, case__starter_user_id=None).update(key=by.key)
    return Case.objects.filter(starter_key=key, starter_user_id=None).update(
        starter_user_id=by.user_id, starter_key=by.key
    )


def is_of(matter: Matter, by: Actor) -> bool:
    """Whether the phone number that was left with a matter is one that whoever is signed in has shown to be theirs.

    No matter that was sent from an account is anybody else's. (One statement for who is signed in, if the matter could be theirs.)
    """
    case, contact = matter.case, matter.contact
    sent_from_an_account = case.starter_user_id is not None and case.starter_unit_id is None
    if by.user_id is None or contact is None or not contact.phone_blind or sent_from_an_account:
        return False
    return User.objects.filter(pk=by.user_id, phone_proved=True, phone_blind=contact.phone_blind).exists()


@transaction.atomic
def claim_one(matter: Matter, *, by: Actor) -> None:
    """Let a matter with one's own number (``is_of``), with its news, belong to one's account."""
    case = matter.case
    if case.starter_key:
        Notice.objects.filter(case=case, key=case.starter_key).update(key=by.key)
    case.starter_key = by.key
    if case.starter_user_id is None and case.starter_unit_id is None:
        # else staff wrote it down for them: that stays as it was
        case.starter_user_id = by.user_id
    Case.objects.filter(pk=case.pk).update(starter_key=case.starter_key, starter_user_id=case.starter_user_id)
