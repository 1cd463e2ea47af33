"""One act on one case, while its transaction is open: what it changes is gathered here and written in a few statements."""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from linli.kernel import outbox
from linli.kernel.chain import GENESIS, link
from linli.orgs.actors import Actor
from linli.orgs.units import Unit, units
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.definition import Step as StepDefinition
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord, CaseUnit
from linli.procedures.reads import DATABASE, Reads


class Added(NamedTuple):
    """What an act adds to one case: records, clocks new and changed, units that held it until now, files."""

    records: list[CaseRecord]
    clocks: list[CaseClock]
    changed_clocks: list[CaseClock]
    left_units: list[int]
    files: list[CaseFile]


def leading(clocks: Iterable[CaseClock]) -> CaseClock | None:
    """Return by which of its clocks an open case is due: the running one of its step, else the first of its promises."""
    running = [clock for clock in clocks if clock.state == "running" and clock.due_at]
    return min(running, key=lambda clock: (clock.name != "step", clock.due_at), default=None)


@dataclasses.dataclass(slots=True)
class Work:
    """A locked case and everything that the act in hand adds to it.

    ``clocks`` are the case's unfinished clocks (all of them, read once). ``kin`` holds the work on every case of the family that this
    act touches, one object each. ``flush`` writes them all: cases, records, clocks, units, files and events.
    """

    case: Case
    definition: Definition
    by: Actor
    at: datetime
    new: bool = False
    on_behalf: bool = False
    # somebody of the public takes part, who is not the person whom the case concerns
    bystander: bool = False
    kin: dict[UUID, "Work"] = dataclasses.field(default_factory=dict)
    clocks: list[CaseClock] = dataclasses.field(default_factory=list)
    records: list[CaseRecord] = dataclasses.field(default_factory=list)
    events: list[Any] = dataclasses.field(default_factory=list)
    files: list[CaseFile] = dataclasses.field(default_factory=list)
    reads: Reads = DATABASE
    # how often the case moved in this act, and what the act's answers replaced (so that it can be taken back)
    moves: int = 0
    # who asked for what a second person approves in this act
    asked_by: int | None = None
    was: dict[str, Any] = dataclasses.field(default_factory=dict)
    # deadlines set before the act has written a record: the next one tells them
    _dated: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    _new_clocks: list[CaseClock] = dataclasses.field(default_factory=list)
    _changed_clocks: dict[int, CaseClock] = dataclasses.field(default_factory=dict)
    _left_units: set[int] = dataclasses.field(default_factory=set)
    _then: list[Callable[[], object]] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.kin[self.case.pk] = self

    @property
    def step(self) -> StepDefinition:
        return self.definition.steps[self.case.step]

    @property
    def unit(self) -> Unit:
        return units().by_id[self.case.holder_unit_id]

    @property
    def next_seq(self) -> int:
        return self.case.last_seq + 1

    def record(
        self,
        kind: str,
        *,
        action: str = "",
        to: str = "",
        text: str = "",
        data: dict[str, Any] | None = None,
        public: bool = False,
    ) -> int:
        """Append a record and return its number in the history. It joins the chain, with what it tells by then, when it is written."""
        case = self.case
        told = dict(data or {})
        if self._dated:
            told["clocks"], self._dated = self._dated, []
        row = CaseRecord(
            case_id=case.id,
            seq=self.next_seq,
            at=self.at,
            kind=kind,
            action=action,
            step=case.step,
            step_to=to,
            user_id=self.by.user_id,
            actor=self._actor(),
            text=text,
            data=told,
            public=public,
        )
        case.last_seq = row.seq
        self.records.append(row)
        return row.seq

    def dated(self, part: dict[str, Any]) -> int:
        """Have a record of this act tell how a deadline came about: the last one, else the first to come. Return its number."""
        if not self.records:
            self._dated.append(part)
            return self.next_seq
        row = self.records[-1]
        row.data.setdefault("clocks", []).append(part)
        return row.seq

    def _chain(self) -> None:
        for row in self.records:
            row.previous_hash = self.case.last_hash or GENESIS
            row.hash = self.case.last_hash = link(row.previous_hash, row.content())

    def _actor(self) -> dict[str, Any]:
        by = self.by
        if by.system:
            return {"role": "system"}
        post = by.post_in(self.case.holder_unit_id) or next(iter(by.posts), None)
        if post is None:
            if by.key and by.key != self.case.starter_key and by.key in self.case.data.get("parties_keys", []):
                return {"role": "parties"}
            return {"role": "reporter" if (by.key or by.user_id) and not self.bystander else "public"}
        said = {"name": by.name, "role": post.role, "unit": post.unit.id, "unit_name": post.unit.label}
        return said | ({"on_behalf": True} if self.on_behalf else {})

    def publish(self, fact: Any) -> None:
        self.events.append(fact)

    def add_clock(self, clock: CaseClock) -> None:
        self._new_clocks.append(clock)
        self.clocks.append(clock)

    def changed_clock(self, clock: CaseClock) -> None:
        if clock.pk is not None:
            self._changed_clocks[clock.pk] = clock

    def left_unit(self, unit_id: int) -> None:
        """Remember that a unit held the case: it may go on reading it."""
        self._left_units.add(unit_id)

    def then(self, function: Callable[[], object]) -> None:
        """Call a function, in the same transaction, when the case itself is written: for rows that name it."""
        self._then.append(function)

    def flush(self) -> None:
        """Write everything that the act changed on this case and its kin; the transaction is the caller's."""
        facts = []
        for work in list(self.kin.values()):
            facts += work.events
            work.events = []
            if work.new or work.records or work._new_clocks or work._changed_clocks:
                work._write()
        for work in list(self.kin.values()):
            waiting, work._then = work._then, []
            for function in waiting:
                function()
        if facts:
            outbox.publish(facts, at=self.at)

    def date(self) -> None:
        """Set when the case is due, and from when on it is due soon."""
        from linli.procedures.clocks import yellow

        clock = None if self.case.state == "ended" else leading(self.clocks)
        self.case.due_at, self.case.yellow_at = (clock.due_at, yellow(clock)) if clock else (None, None)

    def take(self) -> Added:
        """Return what the act added to the case and forget it: it is about to be written."""
        self.date()
        self._chain()
        left = self._left_units - {self.case.holder_unit_id} if self.case.state == "open" else self._left_units
        added = Added(self.records, self._new_clocks, list(self._changed_clocks.values()), sorted(left), self.files)
        self.new = False
        self.records, self.files, self._new_clocks = [], [], []
        self._changed_clocks, self._left_units = {}, set()
        return added

    def _write(self) -> None:
        case, new = self.case, self.new
        added = self.take()
        case.save(force_insert=new, force_update=not new)
        CaseRecord.objects.bulk_create(added.records)
        if added.clocks:
            CaseClock.objects.bulk_create(added.clocks)
        if added.changed_clocks:
            CaseClock.objects.bulk_update(
                added.changed_clocks,
                ["state", "due_at", "next_at", "level", "reminded", "origin", "suspensions", "ended_at", "duration"],
            )
        if added.left_units:
            units = [CaseUnit(case=case, unit_id=unit_id, since=self.at) for unit_id in added.left_units]
            CaseUnit.objects.bulk_create(units, ignore_conflicts=True)
        if added.files:
            CaseFile.objects.bulk_create(added.files)
