"""Following: +1 on another's matter, and hearing of what is open and settled at a place."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.kernel.policy import Refused
from linli.matters.enums import PublicState
from linli.matters.models import Follower, Matter, PlaceSubscription
from linli.orgs.models import User
from linli.people.registry import forgets

MOST_PLACES = 20


def follows(matter: Matter, *, key: str) -> bool:
    """Whether a browser follows a matter."""
    return bool(key) and Follower.objects.filter(matter_id=matter.pk, key=key).exists()


def may_follow(matter: Matter, *, key: str) -> bool:
    """Whether there is something to follow: a public matter that is not one's own."""
    return matter.public_state == PublicState.SHOWN and not (key and matter.case.starter_key == key)


@transaction.atomic
def follow(*, matter: Matter, key: str, at: datetime, user_id: int | None = None) -> bool:
    """Follow a public matter; return whether that is new. Refused for one's own and for what is not public."""
    if not key or not may_follow(matter, key=key):
        raise Refused(_("这一件现在不能跟进。"))
    _row, new = Follower.objects.get_or_create(matter_id=matter.pk, key=key, defaults={"user_id": user_id, "at": at})
    if new:
        Matter.objects.filter(pk=matter.pk).update(followers=F("followers") + 1)
    return new


@transaction.atomic
def unfollow(*, matter: Matter, key: str) -> bool:
    """Follow a matter no longer; return whether it was followed."""
    gone, _rows = Follower.objects.filter(matter_id=matter.pk, key=key).delete()
    if gone:
        Matter.objects.filter(pk=matter.pk, followers__gt=0).update(followers=F("followers") - 1)
    return bool(gone)


@forgets
def forget(user: User) -> None:
    """Take away what somebody followed and wanted to hear of, when their account is erased."""
    for row in Follower.objects.filter(user=user).select_related("matter"):
        unfollow(matter=row.matter, key=row.key)
    PlaceSubscription.objects.filter(user=user).delete()


def subscribe(*, division_id: int, key: str, at: datetime, user_id: int | None = None) -> bool:
    """Hear of what is open and settled in a community; return whether that is new."""
    if PlaceSubscription.objects.filter(key=key).count() >= MOST_PLACES:
        raise Refused(_("最多关注 %(limit)d 个地方。") % {"limit": MOST_PLACES})
    _row, new = PlaceSubscription.objects.get_or_create(
        key=key, division_id=division_id, compound=None, defaults={"user_id": user_id, "at": at}
    )
    return new


def unsubscribe(*, division_id: int, key: str) -> bool:
    """Hear of a community no longer; return whether one did."""
    gone, _rows = PlaceSubscription.objects.filter(key=key, division_id=division_id, compound=None).delete()
    return bool(gone)


def subscribed(*, key: str) -> list[int]:
    """Return the ids of the communities that a browser hears of."""
    if not key:
        return []
    return list(PlaceSubscription.objects.filter(key=key, compound=None).values_list("division_id", flat=True))
