"""Filters of the inbox that a person keeps under a name: their own, seen by nobody else."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.kernel.memo import forget, remember
from linli.kernel.policy import Refused
from linli.kernel.prepared import Prepared
from linli.kernel.text import clean
from linli.orgs.actors import Actor
from linli.orgs.models import User
from linli.procedures.models import NAME_LIMIT, SavedFilter

MOST = 20


def _mine(by: Actor) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(user_id=by.user_id or 0)


def of(by: Actor) -> list[SavedFilter]:
    """Return a person's filters by name (one statement)."""
    return _listed(user=by.user_id) if by.user_id else []


_listed = Prepared(lambda user: SavedFilter.objects.filter(user_id=user).order_by("name", "pk"))


def noticed(by: Actor) -> list[SavedFilter]:
    """The same, half a minute old at most: for the navigation, which stands on every page."""
    return remember(_key(by), lambda: of(by), seconds=30)


def _key(by: Actor) -> str:
    return f"procedures:saved:{by.user_id}"


@transaction.atomic
def save(*, by: Actor, at: datetime, name: str, query: str) -> SavedFilter:
    """Keep what an address asks for under a name; the same name again takes the place of the old one. Raises Refused when there are too many."""
    name = clean(name, limit=NAME_LIMIT, lines=False) or _("没起名字的筛选")
    owner = User.objects.select_for_update().get(pk=by.user_id or 0)
    if not _mine(by).filter(name=name).exists() and _mine(by).count() >= MOST:
        raise Refused(_("最多存 %(most)d 个筛选，请先删掉一个。") % {"most": MOST})
    row, _new = SavedFilter.objects.update_or_create(user=owner, name=name, defaults={"query": query, "created_at": at})
    forget(_key(by))
    return row


@transaction.atomic
def rename(*, by: Actor, filter_id: int, name: str) -> SavedFilter:
    """Give one's own filter another name. Raises Refused for a name that another one has, SavedFilter.DoesNotExist for one of others."""
    User.objects.select_for_update().get(pk=by.user_id or 0)
    row = _mine(by).get(pk=filter_id)
    name = clean(name, limit=NAME_LIMIT, lines=False) or row.name
    if _mine(by).filter(name=name).exclude(pk=row.pk).exists():
        raise Refused(_("您已经有一个叫“%(name)s”的筛选。") % {"name": name})
    row.name = name
    row.save(update_fields=["name"])
    forget(_key(by))
    return row


def delete(*, by: Actor, filter_id: int) -> None:
    """Drop one's own filter; one of others, or none, is left as it is."""
    _mine(by).filter(pk=filter_id).delete()
    forget(_key(by))
