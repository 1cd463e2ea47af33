"""The life of a matter from its first second to now, as a script of steps.

Delays are drawn in working time; the script breaks off at the first step that would lie after ``now``, which is what
leaves matters in every state. A planned matter (``Case.plan``) breaks off at its stage instead.
"""

from __future__ import annotations

from random import Random
from typing import Any

from linli.demo.world.recorder import HOUR, Recorder, Stop
from linli.demo.world.scene import Case, Scene
from linli.demo.world.staff import Holder
from linli.demo.world.texts import Slots
from linli.demo.world.types import Level, State
from linli.demo.world.whistle import whistle
from linli.demo.world.worktime import DAY, WORKDAY

_CITY_FUNCTIONS = ("housing", "transport", "ecology", "education", "water")
_UTILITIES = ("power", "water", "gas", "telecom", "lighting", "sanitation", "bus", "water_bureau")
_PLANNED_ROUTES = {
    "handling grid": "grid",
    "handling department": "department",
    "transferred": "department",
    "handling street": "escalate",
    "handling county": "escalate",
    "handling city": "escalate",
    "closed street": "escalate",
    "closed county": "escalate",
    "closed city": "escalate",
    "supervised": "escalate",
}
_ROUTES = ("grid", "self", "department", "whistle", "escalate")


class Life(Recorder):
    """One run. After ``run()``: ``steps``, ``state``, ``settled_level``, ``due`` (seconds or None), ``ended``."""

    def __init__(self, scene: Scene, case: Case, slots: Slots, rng: Random) -> None:
        super().__init__(scene, case, slots, rng)
        self.reopened = False
        self.suspended = False

    def run(self) -> None:
        try:
            self._accept()
            self._settle(self._route())
            self._after()
        except Stop:
            return

    # --- the way to a handler --------------------------------------------------------------------------------------

    def _accept(self) -> None:
        rng, case = self.rng, self.case
        self.due = self.t + 900 if self.danger else self.clock.after(self.t, 2 * HOUR)
        self.stop_at("submitted")
        minutes = 6.0 if self.danger else 30.0 if rng.random() < 0.95 else 260.0
        if case.merge_into is not None:
            self.clerk("merge", minutes, {"into": case.merge_into}, self.say("merge_reasons"))
            self._end("merged")
        natural = case.may_return and not self.danger and case.channel in ("web", "hotline")
        if self.at_stage("returned") or (not self.stage and natural and rng.random() < 0.04):
            self.clerk("return", minutes, reason=self.say("return_reasons"))
            self._end("returned")
        category = case.leaf.category
        self.clerk("accept", minutes, {"category": category.key, "urgency": category.urgency})
        self._to_assigning()
        self.stop_at("assigning")

    def _end(self, state: State) -> None:
        self.state, self.due, self.ended = state, None, self.t
        raise Stop

    def _to_assigning(self) -> None:
        self.state, self.level = "assigning", "community"
        self.due = self.clock.after(self.t, 4 * HOUR)

    def _route(self) -> str:
        """How the community passes it on: grid, self, department, whistle, escalate."""
        if self.case.plan in _PLANNED_ROUTES:
            return _PLANNED_ROUTES[self.case.plan]
        if self.stage == "whistled":
            return "whistle"
        category = self.case.leaf.category
        weights = {"grid": (86, 11, 0, 1, 2), "community": (48, 42, 0, 5, 5), "property": (36, 8, 46, 6, 4)}.get(
            category.responsible
        )
        if weights is None and category.level == "street":
            weights = (42, 5, 10, 18, 25)
        if weights is None:
            weights = (30, 4, 36, 12, 18) if category.responsible in _UTILITIES else (32, 4, 10, 18, 36)
        if self.danger:
            weights = (8, 4, 50, 34, 4)
        elif category.responsible == "property" and self.case.compound.property_company is None:
            weights = (54, 26, 0, 6, 14)
        route = self.rng.choices(_ROUTES, weights)[0]
        # Under a whistle nothing is suspended or extended; a planned matter must not end up there.
        return "grid" if self.stage and route == "whistle" else route

    def _settle(self, route: str) -> None:
        """From assigning to a passed check."""
        unit = self.scene.helper(self.case)
        minutes = 5.0 if self.danger else 40.0
        grid = self.case.building.grid_code
        if route == "grid":
            at = self.soon(self.wait(minutes))
            leader = self.who("grid_leader", grid, at)
            self.do("assign_grid", at, "clerk", self.committee, {"grid": grid, "handler": leader.username})
            self._handle(self.committee, "grid_leader", grid, "grid", leader)
        elif route == "self":
            at = self.soon(self.wait(minutes))
            handler = self.who("clerk", self.committee, at)
            self.do("assign_self", at, "clerk", self.committee, {"handler": handler.username, "level": "community"})
            self._handle(self.committee, "clerk", self.committee, "community", handler)
        elif route == "department":
            self.clerk("assign_department", minutes, {"unit": unit, "level": "community"})
            self._handle(unit, "handler", unit, "community")
        elif route == "whistle":
            whistle(self, unit)
        else:
            self._climb(unit)
        self._check()

    def _climb(self, unit: str) -> None:
        """Up to the street, the county, the city; the level that stops passing it on decides who handles it."""
        case, rng, scene = self.case, self.rng, self.scene
        street, centre, hotline = (scene.unit(f, case) for f in ("street", "governance_centre", "hotline"))
        form = {"to_level": "street", "unit": street}
        self.clerk("escalate", 60, form, self.say("escalate_street", unit=self.short(unit)))
        self._raised("street")
        goal = self.detail if self.stage in ("handling", "closed") else ""
        of_county = scene.units[unit].level == "county"
        if goal not in ("county", "city") and (goal or rng.random() > (0.5 if of_county else 0.12)):
            unit = scene.at_street(unit, case)
            self._dispatch("assign_department", street, {"unit": unit, "level": "street"})
            self._handle(unit, "handler", unit, "street")
            return
        unit = scene.at_county(unit, case)
        self._dispatch(
            "escalate",
            street,
            {"to_level": "county", "unit": centre},
            self.say("escalate_county", unit=self.short(unit)),
        )
        self._raised("county")
        city_wide = scene.units[unit].function in _CITY_FUNCTIONS
        if goal == "city" or (not goal and city_wide and rng.random() < 0.16):
            self._dispatch(
                "escalate",
                centre,
                {"to_level": "city", "unit": hotline},
                self.say("escalate_city", unit=self.short(unit)),
            )
            self._raised("city")
            unit = scene.unit(scene.units[unit].function if city_wide else "housing", case, "city")
            self._dispatch("assign_department", hotline, {"unit": unit, "level": "city"})
        else:
            self._dispatch("assign_department", centre, {"unit": unit, "level": "county"})
        self._handle(unit, "handler", unit, self.level)

    def _raised(self, level: Level) -> None:
        self.level = level
        self.due = self.clock.after(self.t, 4 * HOUR)

    def _dispatch(self, action: str, office: str, form: dict[str, Any], reason: str = "") -> None:
        self.do(action, self.wait(70), "dispatcher", office, form, reason)

    # --- handling --------------------------------------------------------------------------------------------------

    def _handle(self, unit: str, role: str, place: str, level: Level, holder: Holder | None = None) -> None:
        """In the hands of a unit, or of a member of the community under ``role`` at ``place``."""
        self.state, self.level = "handling", level
        rng, days = self.rng, self.case.leaf.handling_days
        self.due = self.clock.after(self.t, days * WORKDAY)
        if unit != self.committee and (self.at_stage("transferred") or rng.random() < 0.07):
            for _ in range(2 if rng.random() < 0.2 else 1):
                unit = place = self._transfer(unit)
        start = self.t
        self._note(unit, role, place, holder)
        self.stop_at("handling")
        self.stop_at("transferred")
        ratio = 2.718 ** rng.gauss(-0.85, 0.6) * self.scene.pace[unit]
        if rng.random() < 0.015 or self.at_stage("supervised"):
            ratio = rng.uniform(2.5, 6.0)
        if rng.random() < 0.14 and level in ("grid", "community"):
            self.do(
                "comment", self.wait(200), "grid_worker", self.case.building.grid_code, {"text": self.say("comments")}
            )
        if self.at_stage("suspended") or (
            not self.stage and not self.suspended and rng.random() < (0.12 if days > 10 else 0.025)
        ):
            start = self._suspend(role, place, start, holder)
        if self.at_stage("extended") or (not self.stage and ratio > 0.85 and rng.random() < 0.4):
            self._extend(role, place, start, holder)
        finish = max(self.clock.after(start, int(ratio * days * WORKDAY)), self.t + 600)
        if finish > (self.due or 0):
            self._overdue(unit)
        self.do("done", finish, role, place, self.result(), holder=holder)
        self.to_check()

    def _transfer(self, unit: str) -> str:
        other = self.scene.elsewhere(unit, self.case)
        reason = self.say("transfer_reasons", unit=self.short(unit), unit2=self.short(other))
        self.do("transfer", self.wait(150), "handler", unit, {"unit": other}, reason)
        self.due = self.clock.after(self.t, self.case.leaf.handling_days * WORKDAY)
        return other

    def _note(self, unit: str, role: str, place: str, holder: Holder | None) -> None:
        """The first substantial answer."""
        leaf = self.case.leaf
        minutes = 12 if self.danger else 45 if leaf.category.urgency == "urgent" else 150
        if self.rng.random() < 0.6:
            note = self.fill(leaf.progress)
        else:
            note = self.say(
                "answers", unit=self.short(unit), leaf=leaf.category.name, days=f"{leaf.handling_days}个工作日"
            )
        self.do("handle", self.wait(minutes), role, place, {"note": note}, holder=holder)

    def _suspend(self, role: str, place: str, start: int, holder: Holder | None) -> int:
        """The clock stops for some days. Returns the start as if the pause had not been."""
        rng, clock = self.rng, self.clock
        self.suspended = True
        at = self.soon(clock.after(self.t, int(self.case.leaf.handling_days * WORKDAY * rng.uniform(0.1, 0.25))))
        pause = rng.randint(5, 25)
        form = {"approved_by": self._approver(at), "until": clock.at(at + pause * DAY).date()}
        self.do("suspend", at, role, place, form, self.say("suspend_reasons"), holder=holder)
        left = max(0, clock.worked(self.due or self.t) - clock.worked(self.t))
        self.state, self.due = "suspended", None
        self.stop_at("suspended")
        before = clock.worked(self.t)
        self.do("resume", clock.after(self.t, int(max(1.0, pause * 0.65) * WORKDAY)), role, place, holder=holder)
        self.state, self.due = "handling", clock.after(self.t, left)
        return clock.after(start, clock.worked(self.t) - before)

    def _extend(self, role: str, place: str, start: int, holder: Holder | None) -> None:
        days = self.case.leaf.handling_days
        more = max(1, round(days * self.rng.choice((0.4, 0.6, 1.0))))
        at = self.soon(max(self.clock.after(start, int(days * WORKDAY * 0.75)), self.t + 60))
        self.do(
            "extend",
            at,
            role,
            place,
            {"days": more, "approved_by": self._approver(at)},
            self.say("extend_reasons"),
            holder=holder,
        )
        self.due = self.clock.after(self.due or self.t, more * WORKDAY)
        self.stop_at("extended")

    def _approver(self, at: int) -> str:
        """Username of who gives leave to stop or stretch the clock: a supervisor one level up."""
        return self.who("supervisor", self.scene.above(self.level, self.case)[1], at).username

    def _overdue(self, unit: str) -> None:
        if not self.at_stage("supervised") and (self.stage or self.rng.random() < 0.3):
            return
        level, office = self.scene.above(self.level, self.case)
        self.supervise(level, office, unit, self.say("supervise_texts", unit=self.short(unit)))
        self.stop_at("supervised")

    # --- check, rating, reopening ----------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.at_stage("redo") or (not self.stage and self.rng.random() < 0.06):
            self.clerk("redo", 180, reason=self.say("redo_reasons"))
            self.state = "handling"
            self.due = self.clock.after(self.t, self.case.leaf.handling_days * WORKDAY)
            self.stop_at("redo")
            last = next(s for s in reversed(self.steps) if s.action in ("done", "unit_done"))
            role, unit = last.role or "handler", last.unit or self.committee
            place = self.case.building.grid_code if role == "grid_leader" else unit
            self.do("done", self.wait(500), role, place, self.result())
            self.to_check()
        self.clerk("pass", 170)
        self.state, self.settled_level, self.ended = "rating", self.level, self.t
        self.due = self.t + 15 * DAY
        self.stop_at("rating")

    def _after(self) -> None:
        """Rating or silence; not settled leads back to assigning; once reopened at most."""
        rng, case = self.rng, self.case
        chance = {"web": 0.58, "hotline": 0.62, "visit": 0.5, "grid": 0.3}[case.channel]
        if case.reporter is None:
            chance *= 0.6
        if self.stage or rng.random() < chance:
            settled = bool(self.stage) or self.reopened or rng.random() < 0.925
            self._rate(settled)
            if not settled:
                self._again()
                return
        else:
            self.do("lapse", self.t + 15 * DAY, actor="system")
        self.state, self.due = "closed", None
        if not self.reopened and (self.at_stage("reopened") or (not self.stage and rng.random() < 0.025)):
            at = self.t + int(rng.uniform(0.2, 13.9) * DAY)
            at = at // DAY * DAY + rng.randint(8 * HOUR, 21 * HOUR)
            self.do("reopen", at, reason=self.say("reopen_reasons"), actor="reporter")
            self._again()

    def _again(self) -> None:
        self.reopened, self.settled_level, self.ended = True, None, None
        self._to_assigning()
        self.stop_at("reopened")
        self._settle("department" if self.rng.random() < 0.5 else self._route())
        self._after()

    def _rate(self, settled: bool) -> None:
        rng = self.rng
        satisfied = rng.choices((5, 4, 3, 2, 1), (50, 32, 12, 4, 2) if settled else (1, 4, 20, 35, 40))[0]
        kind = "words_poor" if not settled else "words_good" if satisfied >= 4 else "words_fair"
        at = self.t + int(60 * rng.uniform(20, 600) if rng.random() < 0.5 else HOUR * rng.uniform(6, 110))
        if not 7 <= at % DAY // HOUR < 22:
            at += 9 * HOUR
        form = {
            "reached": rng.random() < (0.985 if settled else 0.85),
            "settled": settled,
            "satisfied": satisfied,
            "words": rng.choice(self.acts[kind]),
        }
        self.do("rate", at, form=form, actor="reporter")
