"""The life of one matter: what its script says, what people answer to what the engine does, and the clocks in between."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from linli.demo.loading.register import Register
from linli.demo.rehearsal.memory import Memory
from linli.demo.rehearsal.theatre import Theatre
from linli.demo.world.types import Matter, Step
from linli.kernel.calendar import Duration, Unit
from linli.kernel.crypto import blind
from linli.kernel.policy import Refused
from linli.matters.actions import Drawn, draw_up
from linli.matters.catalogue import in_force
from linli.orgs.actors import SYSTEM, Actor
from linli.orgs.units import units
from linli.places.enums import Level
from linli.places.queries import Place
from linli.procedures import actions, ticks
from linli.procedures.clocks import calendar_of
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, CaseFile
from linli.procedures.policies import can_act

# The worker looks at the clocks every minute.
WORKER = timedelta(seconds=30)
Act = Callable[[datetime], None]
# kind, source, target, moment, user
Link = tuple[str, UUID, UUID, datetime, int | None]


class Life:
    """Plays one matter. ``next_at`` is when something happens next (None: never again), ``step`` lets it happen."""

    def __init__(
        self, script: Matter, *, theatre: Theatre, memory: Memory, register: Register, find: Callable[[str], "Life"]
    ) -> None:
        self.script, self.theatre, self.memory, self.register, self.find = script, theatre, memory, register, find
        self.rng = Random(f"life/{script.key}")
        self.root: UUID
        self.code = ""
        # steps of the script and answers to what happened, by time; the number keeps the order of what is at one time
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._count = 0
        self._seen: set[tuple[UUID, str, int]] = set()
        self.lost: list[str] = []
        self.links: list[Link] = []
        self.reporter = self._reporter()

    # --- the beginning -----------------------------------------------------------------------------------------------

    def begin(self, files: list[CaseFile], opened: Callable[[Drawn, Matter], None]) -> None:
        """Report the matter (``opened`` hears of it first); everything else of the script is put on the agenda."""
        from linli.demo.rehearsal.scripted import perform

        script, ids = self.script, self.register
        at = script.created_at.astimezone(UTC)
        rule = in_force().get(ids.categories[script.category_key])
        assert rule is not None
        who = script.reporter
        drawn = draw_up(
            text=script.text,
            place=Place(
                division_id=ids.divisions[script.community_code],
                division_code=script.community_code,
                text=script.address,
                grid_id=ids.grids[script.grid_code],
                compound_id=ids.compounds[script.compound_key] if script.compound_key else None,
                building_id=ids.buildings[script.building_key] if script.building_key else None,
                lon=script.lon,
                lat=script.lat,
            ),
            by=self.reporter if script.entered_by is None else self.person(script.entered_by, at),
            at=at,
            rule=rule,
            urgency=rule.urgency,
            channel=script.channel,
            name=who.name if who else "",
            phone=who.phone if who else "",
            hidden=script.anonymous and who is not None,
            files=files,
            starter_key=self.reporter.key,
            reads=self.theatre.reads,
        )
        self.root, self.code = drawn.work.case.pk, drawn.work.case.code
        opened(drawn, script)
        self.theatre.enter(drawn)
        for one in script.script:
            self.plan(one.at.astimezone(UTC), partial(perform, self, one))

    def _reporter(self) -> Actor:
        """A resident's browser; whoever entered the matter is its starter otherwise."""
        if self.script.entered_by is not None:
            return Actor(user_id=self.register.users[self.script.entered_by])
        who = self.script.reporter
        return Actor(key=blind(who.phone if who else self.script.key, purpose="browser"))

    # --- time --------------------------------------------------------------------------------------------------------

    @property
    def next_at(self) -> datetime | None:
        """The moment of whatever comes first: the agenda or a clock."""
        tick = self.theatre.next_tick(self.root)
        due = [tick.at + WORKER] if tick else []
        return min(due + [entry[0] for entry in self._agenda[:1]], default=None)

    def step(self) -> None:
        """Let the next thing happen."""
        tick = self.theatre.next_tick(self.root)
        if tick and (not self._agenda or tick.at + WORKER < self._agenda[0][0]):
            with self.theatre.on(tick.case_id, by=SYSTEM, at=tick.at + WORKER) as work:
                clock = next(one for one in work.clocks if one.name == tick.clock and one.next_at is not None)
                ticks.turn(work, clock)
        else:
            at, _number, act = heapq.heappop(self._agenda)
            try:
                act(at)
            except (BadAnswers, NotNow, Refused, KeyError) as refusal:
                # the city around the script has changed its mind: the rest of it makes no sense any more, the clocks go on
                self.lose(repr(refusal))
                self._agenda.clear()
        self._look_around()

    def plan(self, at: datetime, act: Act) -> None:
        """Put something on the agenda."""
        self._count += 1
        heapq.heappush(self._agenda, (at, self._count, act))

    def after_hours(self, at: datetime, unit_id: int, hours: int) -> datetime:
        """A moment some office hours later, not on the dot."""
        later = calendar_of(unit_id).add(at, Duration(hours, Unit.WORKING_HOURS))
        return max(at + timedelta(minutes=1), later - timedelta(seconds=self.rng.randrange(60, 1500)))

    def _look_around(self) -> None:
        """Plan the answers to cases that came to a step at which somebody outside of the script has to act."""
        from linli.demo.rehearsal.answers import ANSWERS

        for case in self.theatre.cases(self.root).values():
            key = (case.pk, case.step, case.visit)
            if case.state == State.OPEN and key not in self._seen and (case.procedure, case.step) in ANSWERS:
                self._seen.add(key)
                ANSWERS[case.procedure, case.step](self, case)

    # --- who and what ------------------------------------------------------------------------------------------------

    def person(self, username: str, at: datetime) -> Actor:
        return self.memory.actor(self.register.users[username], at)

    @property
    def case(self) -> Case:
        """The matter's case as it is."""
        return self.theatre.cases(self.root)[self.root]

    def child(self, procedure: str, **data: Any) -> Case | None:
        """Return the open case of a procedure around the matter whose answers hold these values."""
        for case in self.theatre.cases(self.root).values():
            fitting = all(case.data.get(name) == value for name, value in data.items())
            if case.procedure == procedure and case.state == State.OPEN and fitting:
                return case
        return None

    def holder(self, case: Case, at: datetime) -> Actor:
        """Somebody who may act for whoever holds a case now."""
        user_id = case.holder_user_id or self.memory.holder_of(
            case.holder_unit_id, case.holder_role, at, case.grid_id if case.holder_level == 6 else None
        )
        return self.memory.actor(user_id, at)

    def scripted(self, step: Step, case: Case, action: str, at: datetime) -> Actor:
        """Whom the script names if they may act, else somebody who holds the case."""
        named = self.person(step.by, at) if step.by else None
        if named is not None and can_act(named, case, of_case(case), action):
            return named
        return self.holder(case, at)

    def do(self, case: Case, action: str, *, by: Actor, at: datetime, reason: str = "", **form: Any) -> None:
        """Do an action of the present step of a case."""
        with self.theatre.on(case.pk, by=by, at=at) as work:
            actions.do(work, action, form=form, reason=reason)

    def note(self, case: Case, *, by: Actor, at: datetime, text: str) -> None:
        """Write a note on a case."""
        with self.theatre.on(case.pk, by=by, at=at) as work:
            actions.note(work, text=text)

    def hear_of(self, other: Case, at: datetime) -> None:
        """Note in this matter's history that another was merged into it."""
        with self.theatre.on(self.root, by=SYSTEM, at=at) as work:
            work.record(RecordKind.EFFECT, action="merged_in", data={"case": other.code, "procedure": "matter"})

    def caller(self, at: datetime) -> Actor:
        """Somebody of the city's hotline."""
        city = units().governing_at(self.script.community_code, Level.CITY)
        assert city is not None
        return self.memory.actor(self.memory.holder_of(city.id, "caller_desk", at), at)

    @property
    def street_unit(self) -> int:
        """The id of the street's office."""
        street = units().governing_at(self.script.community_code, Level.STREET)
        assert street is not None
        return street.id

    def lose(self, what: str) -> None:
        """Note that something of the script did not fit what the engine had made of the matter."""
        self.lost.append(what)
