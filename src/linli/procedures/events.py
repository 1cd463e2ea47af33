"""Facts about cases. Every payload names the case, its procedure, and the record of the history that tells it."""

from datetime import datetime
from uuid import UUID

from linli.kernel.outbox import event


@event
class CaseStarted:
    case: UUID
    procedure: str
    step: str
    unit: int
    tell: list[str]
    seq: int


@event
class CaseMoved:
    """A case went from a step to a step (or to its end); ``seconds`` spent at the step left, ``again``: it was there before."""

    case: UUID
    procedure: str
    action: str
    step_from: str
    step_to: str
    unit_from: int | None
    unit_to: int | None
    seconds: int
    again: bool
    tell: list[str]
    seq: int


@event
class CaseEnded:
    case: UUID
    procedure: str
    outcome: str
    parent: UUID | None
    seq: int


@event
class CaseNoted:
    """Something was added to a case without moving it: a comment, a file, an answer, a correction."""

    case: UUID
    procedure: str
    kind: str
    tell: list[str]
    seq: int


@event
class ClockReminded:
    case: UUID
    procedure: str
    clock: str
    due: datetime
    seq: int


@event
class ClockOverdue:
    """A clock ran out at a step that a unit held; ``level`` 1 the first time, one more for each further period."""

    case: UUID
    procedure: str
    step: str
    unit: int
    clock: str
    due: datetime
    level: int
    seq: int


@event
class ProcedurePublished:
    key: str
    version: int


@event
class NoticesWritten:
    """People and units were told something inside the platform; by their ids, the cases stand with the notices."""

    notices: list[str]
