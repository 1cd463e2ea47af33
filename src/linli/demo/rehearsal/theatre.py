"""Where acts are carried out: in memory, or for comparison one by one in the database as people's clicks are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import transaction

from linli.demo.rehearsal.memory import Memory
from linli.kernel import outbox
from linli.matters.actions import Drawn
from linli.orgs.actors import Actor
from linli.procedures.actions import lock
from linli.procedures.enums import ClockState
from linli.procedures.models import Case, CaseClock
from linli.procedures.reads import Reads
from linli.procedures.work import Added, Work


class Tick(NamedTuple):
    """A clock whose moment comes: when, of which case, under which name."""

    at: datetime
    case_id: UUID
    clock: str


class Theatre(Protocol):
    """What the play needs of the place where it is given."""

    @property
    def reads(self) -> Reads:
        """What the engine reads beside a case."""

    def enter(self, drawn: Drawn) -> None:
        """Take in a new matter."""

    def cases(self, root_id: UUID) -> Mapping[UUID, Case]:
        """Return the cases of a family as they are."""

    def on(self, case_id: UUID, *, by: Actor, at: datetime) -> AbstractContextManager[Work]:
        """Give locked work on a case; what it adds is kept at the end."""

    def next_tick(self, root_id: UUID) -> Tick | None:
        """Return the clock of a family that needs attention first."""


Keep = Callable[[Work, Added, list[Any]], None]


class InMemory:
    """Keeps whole families; ``keep`` is given what each act added to a case, and its events."""

    def __init__(self, memory: Memory, keep: Keep) -> None:
        self.reads, self._families, self._keep = memory, memory.families, keep
        self._root: dict[UUID, UUID] = {}

    def enter(self, drawn: Drawn) -> None:
        work = drawn.work
        self._families[work.case.pk] = work.kin
        self._settle(work)

    def leave(self, root_id: UUID) -> None:
        """Forget a family whose play is over."""
        for pk in self._families.pop(root_id):
            self._root.pop(pk, None)

    def cases(self, root_id: UUID) -> Mapping[UUID, Case]:
        return {pk: work.case for pk, work in self._families[root_id].items()}

    @contextmanager
    def on(self, case_id: UUID, *, by: Actor, at: datetime) -> Iterator[Work]:
        kin = self._families[self._root[case_id]]
        for work in kin.values():
            work.by, work.at, work.on_behalf = by, at, False
        yield kin[case_id]
        self._settle(kin[case_id])

    def _settle(self, one: Work) -> None:
        for work in list(one.kin.values()):
            if work.records or work.events or work.new:
                self._root.setdefault(work.case.pk, work.case.root_id or work.case.pk)
                events, work.events = work.events, []
                self._keep(work, work.take(), events)
                work.clocks = [clock for clock in work.clocks if clock.ended_at is None]

    def next_tick(self, root_id: UUID) -> Tick | None:
        first: Tick | None = None
        for work in self._families[root_id].values():
            for clock in work.clocks:
                if clock.next_at is not None and (first is None or clock.next_at < first.at):
                    first = Tick(clock.next_at, work.case.pk, clock.name)
        return first


class Live:
    """Writes every act in its own transaction and delivers its events at once: the measure of the rehearsal."""

    def __init__(self) -> None:
        self.reads = Reads()

    def enter(self, drawn: Drawn) -> None:
        with transaction.atomic():
            if drawn.contact is not None:
                drawn.contact.save(force_insert=True)
            drawn.work.flush()
            drawn.matter.save(force_insert=True)
        outbox.drain(at=drawn.work.at)

    def cases(self, root_id: UUID) -> Mapping[UUID, Case]:
        rows = Case.objects.filter(root_id=root_id) | Case.objects.filter(pk=root_id)
        return {row.pk: row for row in rows.order_by("id")}

    @contextmanager
    def on(self, case_id: UUID, *, by: Actor, at: datetime) -> Iterator[Work]:
        with transaction.atomic():
            work = lock(case_id, by=by, at=at)
            yield work
            work.flush()
        outbox.drain(at=at)

    def next_tick(self, root_id: UUID) -> Tick | None:
        rows = CaseClock.objects.filter(state=ClockState.RUNNING, next_at__isnull=False)
        rows = rows.filter(case__root_id=root_id) | rows.filter(case_id=root_id)
        found = rows.order_by("next_at", "id").first()
        return Tick(found.next_at, found.case_id, found.name) if found and found.next_at else None
