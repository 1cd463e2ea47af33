"""Keyset pagination: a page begins behind the last row of the one before, found by the index, however long the list is."""

import base64
import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from linli.procedures.models import Case

LONGEST_CURSOR = 300


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """A column that rows are sorted by; where it may be empty, empty ones come last."""

    name: str
    read: Any
    down: bool = False
    empty: bool = False


def _moment(said: str) -> datetime:
    found = datetime.fromisoformat(said)
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found


_ID = Key("id", UUID)
# What a list can be sorted by. Ids are made in the order of time, so that 'newest' needs no column of its own.
ORDERS: Mapping[str, tuple[Key, ...]] = {
    "due": (Key("due_at", _moment, empty=True), _ID),
    "newest": (Key("id", UUID, down=True),),
    "urgency": (Key("urgency", int), Key("due_at", _moment, empty=True), _ID),
}


def sorted_by(rows: QuerySet[Case], order: str, *, back: bool = False) -> QuerySet[Case]:
    """Return rows in an order of ``ORDERS``, or in the opposite one."""
    return rows.order_by(*[_by(key, back=back) for key in ORDERS[order]])


def _by(key: Key, *, back: bool) -> OrderBy:
    if key.down != back:
        return F(key.name).desc(nulls_first=True) if key.empty else F(key.name).desc()
    return F(key.name).asc(nulls_last=True) if key.empty else F(key.name).asc()


def beyond(order: str, values: Sequence[Any], *, back: bool = False) -> Q:
    """Return the condition of the rows behind (``back``: before) the one whose sorting columns hold ``values``."""
    found, same = Q(pk__in=[]), Q()
    for key, value in zip(ORDERS[order], values, strict=True):
        found |= same & _past(key, value, up=key.down == back)
        same &= Q(**{f"{key.name}__isnull": True}) if value is None else Q(**{key.name: value})
    return found


def _past(key: Key, value: Any, *, up: bool) -> Q:
    if value is None:
        return Q(pk__in=[]) if up else Q(**{f"{key.name}__isnull": False})
    if not up:
        return Q(**{f"{key.name}__lt": value})
    behind = Q(**{f"{key.name}__gt": value})
    return behind | Q(**{f"{key.name}__isnull": True}) if key.empty else behind


def values_of(row: Mapping[str, Any], order: str) -> list[Any]:
    """Return what a row holds in the columns that ``order`` sorts by."""
    return [row[key.name] for key in ORDERS[order]]


def cursor(row: Mapping[str, Any], order: str, *, back: bool) -> str:
    """Return a row's place in the order as text for an address."""
    said = [None if value is None else _say(value) for value in values_of(row, order)]
    return base64.urlsafe_b64encode(json.dumps([int(back), order, *said]).encode()).decode().rstrip("=")


def _say(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value if isinstance(value, int) else str(value)


def read_cursor(text: str, order: str) -> tuple[bool, list[Any]]:
    """Return (back, values) of a cursor of this order; ValueError for anything else."""
    if len(text) > LONGEST_CURSOR:
        raise ValueError("not a cursor")
    try:
        back, of, *said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        keys = ORDERS[order]
        if (
            of != order
            or len(said) != len(keys)
            or any(value is None and not key.empty for value, key in zip(said, keys, strict=True))
        ):
            raise ValueError("not a cursor of this order")
        return bool(back), [None if value is None else key.read(value) for value, key in zip(said, keys, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a cursor") from error
