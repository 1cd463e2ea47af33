"""Taking what one did in a browser without an account into one's account."""

from django.db import transaction

from linli.orgs.actors import Actor
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
