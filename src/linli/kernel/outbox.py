"""The transactional outbox: facts are written with what made them true, and delivered at least once afterwards.

``publish`` is called inside the transaction of an action. The worker calls ``relay`` in a loop; each receiver runs in its own
transaction together with a receipt, so that its effect on this database happens exactly once however often a worker is killed.
A receiver that raises is tried again with growing pauses; the others are not held up.
"""

import dataclasses
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from linli.kernel.models import OutboxEvent, Receipt

log = logging.getLogger(__name__)

Fact = TypeVar("Fact")
Receiver = Callable[["Delivered"], None]
MAX_PAUSE = timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Delivered:
    """What a receiver gets: the event's id, name, moment and payload (plain JSON values)."""

    id: UUID
    name: str
    at: datetime
    payload: dict[str, Any]


_receivers: dict[str, dict[str, Receiver]] = defaultdict(dict)


def receiver(*names: str) -> Callable[[Receiver], Receiver]:
    """Register a function for the events of these names. Its module and name identify it for ever: rename with care."""

    def register(function: Receiver) -> Receiver:
        for name in names:
            _receivers[name][f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return register


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(cls: type[Fact]) -> type[Fact]:
    """Decorate a class as a frozen dataclass of facts whose event name is ``area.ClassName``."""
    made = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(cls)
    made.event_name = f"{cls.__module__.split('.')[1]}.{cls.__name__}"  # type: ignore[attr-defined]
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def publish(facts: Iterable[Any], *, at: datetime) -> None:
    """Write events (instances of ``@event`` classes) in one statement. Must be called inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event is published in the transaction that makes it true")
    rows = [
        OutboxEvent(
            name=fact.event_name,
            payload={field.name: _plain(getattr(fact, field.name)) for field in dataclasses.fields(fact)},
            at=at,
            next_at=at,
        )
        for fact in facts
    ]
    OutboxEvent.objects.bulk_create(rows)


def relay(*, at: datetime, limit: int = 200) -> int:
    """Deliver up to ``limit`` waiting events, oldest first, and return how many were looked at.

    Several relays may run at once on PostgreSQL: the receipts make a second delivery harmless.
    """
    waiting = list(
        OutboxEvent.objects.filter(delivered_at__isnull=True, next_at__lte=at).order_by("next_at", "id")[:limit]
    )
    for row in waiting:
        _deliver(row, at=at)
    return len(waiting)


def drain(*, at: datetime | None = None) -> int:
    """Deliver until nothing is waiting; return how many deliveries were made. For commands and tests."""
    total = 0
    while count := relay(at=at or datetime.now(UTC)):
        total += count
    return total


def _deliver(row: OutboxEvent, *, at: datetime) -> None:
    fact = Delivered(id=row.id, name=row.name, at=row.at, payload=row.payload)
    errors = []
    for name, function in _receivers.get(row.name, {}).items():
        try:
            with transaction.atomic():
                if not _first_time(row, name):
                    continue
                function(fact)
        except Exception:  # a broken receiver must not stop the others; it is logged and tried again
            log.exception("receiver %s failed on %s %s", name, row.name, row.id)
            errors.append(f"{name}\n{traceback.format_exc(limit=3)}")
    if errors:
        pause = min(timedelta(seconds=2 ** min(row.attempts + 1, 12)), MAX_PAUSE)
        OutboxEvent.objects.filter(pk=row.pk).update(
            attempts=min(row.attempts + 1, 30_000), next_at=at + pause, error="\n".join(errors)[:4000]
        )
    else:
        OutboxEvent.objects.filter(pk=row.pk).update(delivered_at=at, error="")


def _first_time(row: OutboxEvent, name: str) -> bool:
    try:
        with transaction.atomic():
            Receipt.objects.create(event=row, receiver=name)
    except IntegrityError:
        return False
    return True
