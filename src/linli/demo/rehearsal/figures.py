"""Figures and notices of the rehearsal: what the receivers of the outbox would have kept, event by event, in memory."""

import dataclasses
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from linli.kernel.display import local
from linli.kernel.ids import uuid7_at
from linli.matters.events import MatterReported
from linli.matters.figures import LEVEL_FIELDS, as_ended, handled
from linli.matters.models import Follower, Matter, UnitFigure
from linli.matters.receivers import ENDS, STEPS
from linli.orgs.units import units
from linli.places.enums import Level
from linli.procedures.enums import Urgency
from linli.procedures.events import CaseEnded, CaseMoved, CaseNoted, CaseStarted, ClockOverdue, ClockReminded
from linli.procedures.models import Case, CaseRecord, Notice, StepFigure

GOVERNED = (Level.COMMUNITY, Level.STREET, Level.COUNTY, Level.CITY)
# Older notices would have been read and swept from everybody's mind: only these are written.
NOTICES = timedelta(days=30)
READ = timedelta(days=2)
_Counts = dict[str, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Addition:
    """What one event added to the figures of a step of a unit, or of units, at a moment."""

    at: datetime
    step: tuple[str, str, int | None] | None
    units: tuple[int, ...]
    counts: _Counts


class Figures:
    """Counts what happens. ``see`` is given each event with its case as it is at that moment."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.steps: dict[tuple[str, str, int | None, date], _Counts] = defaultdict(lambda: defaultdict(int))
        self.units: dict[tuple[int, date], _Counts] = defaultdict(lambda: defaultdict(int))
        self.notices: list[Notice] = []
        # what each case has added, so that the same may be added again for one like it at another time
        self.added: dict[UUID, list[Addition]] = defaultdict(list)
        # when the end that now counts for a matter came
        self._ended: dict[UUID, datetime] = {}
        self._governing: dict[str, list[int]] = {}

    def see(
        self,
        fact: Any,
        case: Case,
        at: datetime,
        *,
        records: list[CaseRecord],
        matter: Matter | None,
        followers: list[Follower],
    ) -> None:
        """Keep what follows from one event. ``matter`` is the one that the case belongs to by itself, if it is one."""
        if isinstance(fact, MatterReported):
            self._add(case, None, at, received=1)
        elif isinstance(fact, CaseMoved):
            self._moved(fact, case, at)
            if matter is not None and matter.counted is not None:
                # settled before, and it goes on: only an end is left after an end was counted
                self._count_end(case, matter.counted, self._ended.pop(case.pk), -1)
                matter.counted = matter.settled_level = None
            if matter is not None and fact.action == "rate":
                self._rated(next(one for one in records if one.seq == fact.seq), case, matter)
            self._tell(fact, case, at, fact.tell)
        elif isinstance(fact, CaseNoted):
            self._tell(fact, case, at, fact.tell)
        elif isinstance(fact, CaseStarted):
            self._step(case, (fact.procedure, fact.step, fact.unit), at, entered=1)
            if case.parent_id is not None or case.urgency <= Urgency.URGENT:
                self._write(case.pk, f"start:{fact.step}", "procedures.CaseStarted", at, unit_id=fact.unit)
        elif isinstance(fact, ClockReminded):
            self._tell_of_time(fact, case, at, "reminded")
        elif isinstance(fact, ClockOverdue) and fact.level == 1:
            self._step(case, (case.procedure, case.step, case.holder_unit_id), at, overdue=1)
            self._tell_of_time(fact, case, at, "overdue")
            if matter is not None and fact.clock == "step":
                self._add(case, case.holder_unit_id, at, overdue=1)
        elif isinstance(fact, CaseEnded) and matter is not None and fact.outcome in ("settled", "disputed"):
            matter.counted = as_ended(case, at=at)
            matter.settled_level = matter.counted["level"]
            self._ended[case.pk] = at
            self._count_end(case, matter.counted, at, 1)
        if matter is not None and isinstance(fact, (CaseMoved, CaseEnded)):
            self._tell_followers(fact, case, at, followers)

    def _moved(self, fact: CaseMoved, case: Case, at: datetime) -> None:
        self._step(case, (fact.procedure, fact.step_from, fact.unit_from), at, left=1, seconds=fact.seconds)
        self._step(case, (fact.procedure, fact.step_to, fact.unit_to), at, entered=1, returned=int(fact.again))

    def _rated(self, record: CaseRecord, case: Case, matter: Matter) -> None:
        said = record.data["answers"]
        grade = int(said["satisfied"])
        matter.reached, matter.settled, matter.satisfied = said["reached"], said["settled"], grade
        matter.rated_at = record.at
        self._add(
            case,
            handled(case)[0],
            record.at,
            rated=1,
            reached=int(said["reached"]),
            settled=int(said["settled"]),
            satisfied=int(grade >= 4),
            satisfied_answers=1,
        )

    def _step(self, case: Case, step: tuple[str, str, int | None], at: datetime, **counts: int) -> None:
        self.count(Addition(at, step, (), counts), case)

    def _count_end(self, case: Case, kept: dict[str, Any], at: datetime, by: int) -> None:
        field = LEVEL_FIELDS.get(kept["level"], "at_city")
        self._add(case, kept["unit"], at, ended=by, **{field: by})

    def _add(self, case: Case, unit_id: int | None, at: datetime, **counts: int) -> None:
        whose = self._governing.get(case.division_code)
        if whose is None:
            found = [units().governing_at(case.division_code, level) for level in GOVERNED]
            whose = self._governing[case.division_code] = [unit.id for unit in found if unit is not None]
        self.count(Addition(at, None, tuple({*whose, unit_id} - {None}), counts), case)  # type: ignore[arg-type]

    def count(self, addition: Addition, case: Case | None = None) -> None:
        """Add to the figures of the month; remembered where a case is given."""
        month = local(addition.at).date().replace(day=1)
        kept = [self.units[unit_id, month] for unit_id in addition.units]
        if addition.step is not None:
            kept.append(self.steps[(*addition.step, month)])
        for counts in kept:
            for name, value in addition.counts.items():
                counts[name] += value
        if case is not None:
            self.added[case.pk].append(addition)

    def _tell(self, fact: CaseMoved | CaseNoted, case: Case, at: datetime, told: list[str]) -> None:
        if "reporter" in told and case.starter_key:
            self._notice(fact, case, at, key=case.starter_key)
        if "reporter" in told and case.starter_user_id and not case.starter_key:
            self._notice(fact, case, at, user_id=case.starter_user_id)
        moved = fact.unit_to if isinstance(fact, CaseMoved) and fact.unit_to != fact.unit_from else None
        if moved is not None or "holder" in told:
            to = fact.unit_to if isinstance(fact, CaseMoved) else None
            self._notice(fact, case, at, unit_id=to if to is not None else case.holder_unit_id)

    def _notice(self, fact: CaseMoved | CaseNoted, case: Case, at: datetime, **whom: Any) -> None:
        did, came = (fact.action, fact.step_to) if isinstance(fact, CaseMoved) else (fact.kind, case.step)
        name = f"procedures.{type(fact).__name__}"
        self._write(case.pk, f"{did}:{came}", name, at, **whom)

    def _tell_of_time(self, fact: ClockReminded | ClockOverdue, case: Case, at: datetime, word: str) -> None:
        text, why = f"{word}:{fact.clock}", f"procedures.{type(fact).__name__}"
        if not case.held_by_person or fact.clock != "step":
            self._write(case.pk, text, why, at, unit_id=case.holder_unit_id)
            if case.holder_user_id is not None:
                self._write(case.pk, text, why, at, user_id=case.holder_user_id)
        elif case.starter_key:
            self._write(case.pk, text, why, at, key=case.starter_key)

    def _tell_followers(self, fact: CaseMoved | CaseEnded, case: Case, at: datetime, followers: list[Follower]) -> None:
        moved = isinstance(fact, CaseMoved)
        step = fact.step_to if isinstance(fact, CaseMoved) else fact.outcome
        again = isinstance(fact, CaseMoved) and fact.step_from == step
        if step in (STEPS if moved else ENDS) and not again:
            for follower in followers:
                if follower.at <= at:
                    self._write(case.pk, step, "follow", at, key=follower.key)

    def _write(self, case_id: UUID, text: str, why: str, at: datetime, **whom: Any) -> None:
        if at >= self.now - NOTICES:
            read = at if at < self.now - READ else None
            self.notices.append(
                Notice(id=uuid7_at(at), case_id=case_id, text=text[:300], why=why, at=at, read_at=read, **whom)
            )

    def rows(self) -> tuple[list[StepFigure], list[UnitFigure]]:
        """Return the figures as rows."""
        steps = [
            StepFigure(procedure=procedure, step=step, unit_id=unit_id, month=month, **counts)
            for (procedure, step, unit_id, month), counts in sorted(
                self.steps.items(), key=lambda one: (one[0][0], one[0][1], one[0][2] or 0, one[0][3])
            )
        ]
        by_unit = [
            UnitFigure(unit_id=unit_id, month=month, **counts)
            for (unit_id, month), counts in sorted(self.units.items())
        ]
        return steps, by_unit
