"""Writing the steps of a matter: time, person and words of each."""

from __future__ import annotations

from math import exp
from random import Random
from typing import Any

from linli.demo.world.catalogue import acts
from linli.demo.world.scene import Case, Scene
from linli.demo.world.staff import Holder
from linli.demo.world.texts import Slots, fill, matching
from linli.demo.world.types import ActorKind, Level, State, Step
from linli.demo.world.worktime import WORKDAY

HOUR = 3600


class Stop(Exception):
    """The life has come to the present, or to the stage it was planned to stand at."""


class Recorder:
    """Keeps the clock ``t`` (seconds) of a matter and its steps; picks whoever holds the post at that time."""

    def __init__(self, scene: Scene, case: Case, slots: Slots, rng: Random) -> None:
        self.scene, self.case, self.slots, self.rng = scene, case, slots, rng
        self.clock, self.acts = scene.clock, acts()
        self.t = case.created
        self.steps: list[Step] = []
        self.state: State = "submitted"
        self.settled_level: Level | None = None
        self.due: int | None = None
        self.ended: int | None = None
        """Second at which it was settled, returned or merged; None while it runs."""
        self.level: Level = "community"
        self.committee = scene.unit("community", case)
        self.danger = case.leaf.category.urgency == "danger"
        self.stage, _, self.detail = case.plan.partition(" ")

    def wait(self, minutes: float, spread: float = 0.7) -> int:
        """A moment after about so many working minutes; in the danger class clock minutes, day and night."""
        seconds = int(60 * minutes * exp(self.rng.gauss(0, spread))) + 20
        return self.t + min(seconds, 4 * HOUR) if self.danger else self.clock.after(self.t, seconds)

    def soon(self, at: int, firm: bool = False) -> int:
        """The time at which a step wanted at ``at`` takes place. Raises ``Stop`` if that is not in the past.

        A planned matter must reach its stage: unless ``firm``, it never waits longer than a quarter of what is left.
        """
        if self.stage and not firm:
            at = min(at, self.t + max(1, (self.scene.now - self.t) // 4))
        at = max(at, self.t + 1)
        if at >= self.scene.now:
            raise Stop
        return at

    def who(self, role: str, place: str, at: int) -> Holder:
        return self.scene.directory.pick(role, place, self.clock.at(at), self.rng)

    def do(
        self,
        action: str,
        at: int,
        role: str | None = None,
        place: str = "",
        form: dict[str, Any] | None = None,
        reason: str = "",
        *,
        holder: Holder | None = None,
        actor: ActorKind = "staff",
        firm: bool = False,
    ) -> None:
        """Record a step at ``soon(at)`` by ``holder`` if still in post, otherwise by somebody under ``role`` at ``place``."""
        self.t = self.soon(at, firm)
        moment = self.clock.at(self.t)
        if role is None:
            self.steps.append(Step(action, moment, actor, form=form or {}, reason=reason))
            return
        if holder is None or not holder.holds(moment):
            holder = self.scene.directory.pick(role, place, moment, self.rng)
        self.steps.append(Step(action, moment, actor, holder.username, role, holder.unit, form or {}, reason))

    def clerk(self, action: str, minutes: float, form: dict[str, Any] | None = None, reason: str = "") -> None:
        """A step of the community's staff after about so many minutes."""
        self.do(action, self.wait(minutes), "clerk", self.committee, form, reason)

    def supervise(self, level: Level, office: str, unit: str, text: str) -> None:
        """Once the clock has run out: the supervisor at ``office`` takes the unit to task."""
        at = self.clock.after(max(self.due or 0, self.t), self.rng.randint(600, 3 * HOUR))
        self.do("supervise", at, "supervisor", office, {"level": level, "unit": unit, "text": text}, firm=True)

    def to_check(self) -> None:
        self.state = "checking"
        self.due = self.clock.after(self.t, 2 * WORKDAY)
        self.stop_at("checking")

    def result(self) -> dict[str, Any]:
        """The form of 'done'."""
        return {"result": self.fill(self.case.leaf.result), "photos_after": self.rng.choice((0, 0, 1, 1, 2, 3))}

    def fill(self, phrases: tuple[str, ...]) -> str:
        """One of the phrases, if possible one that goes with what was reported."""
        return fill(self.rng.choice(matching(self.case.said, phrases) or phrases), self.slots)

    def say(self, kind: str, **words: str) -> str:
        """A phrase of ``acts.toml``; ``words`` fill slots that are not the matter's own."""
        phrase = self.rng.choice(self.acts[kind])
        self.slots.update(words)
        return fill(phrase, self.slots)

    def short(self, unit: str) -> str:
        return self.scene.units[unit].short_name

    def at_stage(self, stage: str, detail: str = "") -> bool:
        return self.stage == stage and (not detail or self.detail == detail)

    def stop_at(self, stage: str, detail: str = "") -> None:
        """Break off here if the matter was planned to stand at this stage."""
        if self.at_stage(stage, detail):
            raise Stop
