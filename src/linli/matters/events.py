"""Facts of this area."""

from uuid import UUID

from linli.kernel.outbox import event


@event
class MatterReported:
    matter: UUID
    division: str
    category: int | None


@event
class MatterRated:
    matter: UUID
    reached: bool
    settled: bool
    satisfied: int


@event
class MattersMerged:
    source: UUID
    target: UUID


@event
class MergeUndone:
    source: UUID
    target: UUID
