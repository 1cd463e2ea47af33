"""A random walk: people of every role act on a family of cases, the clock goes on, and after every act everything must hold."""

import contextlib
import random
from datetime import date, datetime, timedelta
from typing import Any

from linli.kernel.policy import Refused
from linli.orgs.actors import Actor, actor_for
from linli.orgs.enums import HEAD_ROLES, ROLES
from linli.orgs.models import Post, User
from linli.orgs.units import units
from linli.procedures import crowd, side
from linli.procedures.actions import act, comment, decide, may_decide, reopen, take, withdraw
from linli.procedures.definitions import in_force, of_case
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.grammar.definition import Definition, asked_in
from linli.procedures.grammar.parts import FormField
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord, Objection
from linli.procedures.options import options
from linli.procedures.policies import can_act, can_see, times_left
from linli.procedures.ticks import open_planned, tick
from linli.procedures.verify import broken_link

FILE = "01234567-0000-7000-8000-0123456789ab"
WITHOUT_STEP = ("withdrawn", "void", "lapsed")


def crowd_of(town: Any, at: datetime) -> list[Actor]:
    """Fill every unit with people of every role, and return them all as actors, with a few residents."""
    people, posts = [], []
    for name, unit in town.units.items():
        governs = unit.governs
        for role in ROLES:
            if governs or role in ("handler", "unit_head", "expert", "reviewer", "mediator"):
                people.append((User(username=f"{name}-{role}", name=f"{name} {role}", password="!"), unit, role))
    made = User.objects.bulk_create([user for user, _unit, _role in people])
    for user, (_user, unit, role) in zip(made, people, strict=True):
        grid = town.grids["east1"] if role.startswith("grid_") and unit == town.units["east"] else None
        posts.append(Post(user=user, role=role, organisation=unit, grid=grid, since=date(2025, 1, 1)))
    Post.objects.bulk_create(posts)
    return (
        [actor_for(user, at=at) for user in made]
        + [Actor(key=f"resident-{n}-of-the-east") for n in range(4)]
        + [Actor()]
    )


class Walk:
    """One family of cases from its first act on. ``rng`` decides everything, so that a seed gives the same walk again."""

    def __init__(self, root: Case, actors: list[Actor], rng: random.Random, at: datetime) -> None:
        self.root, self.actors, self.rng, self.at = root, actors, rng, at
        self.posts = list(Post.objects.values_list("pk", flat=True)[:200])
        self.said: list[str] = []

    def family(self) -> list[Case]:
        found = Case.objects.filter(root_id=self.root.pk) | Case.objects.filter(pk=self.root.pk)
        return list(found.select_related("parent").order_by("id"))

    def go(self, acts: int) -> None:
        self.check()
        for _number in range(acts):
            running = [case for case in self.family() if case.state == "open"]
            if not running:
                self._after_the_end()
            elif self.rng.random() < 0.25:
                self._time_goes_on()
            else:
                self._somebody_acts(self.rng.choice(running))
            self.check()

    # --- what happens ---

    def _time_goes_on(self) -> None:
        moments = CaseClock.objects.filter(next_at__isnull=False).order_by("next_at").values_list("next_at", flat=True)
        first = moments.first()
        if first is not None and self.rng.random() < 0.8:
            self.at = max(self.at, first)
        else:
            self.at += timedelta(hours=self.rng.randint(1, 200))
        self.said.append(f"time {self.at}")
        tick(at=self.at)
        open_planned(at=self.at)
        assert not CaseClock.objects.filter(next_at__lte=self.at).exists()

    def _somebody_acts(self, case: Case) -> None:
        self.at += timedelta(minutes=self.rng.randint(0, 90))
        step = of_case(case).steps[case.step]
        kinds: list[Any] = [self._act] * 6 + [self._wrong_person, self._beside, self._note, self._pass_on, self._take]
        if case.pending is not None:
            kinds += [self._decide] * 12
        if step.kind in ("collect", "notice", "vote"):
            kinds += [self._many] * 10
        if self.rng.random() < 0.02:
            kinds = [self._withdraw]
        self.rng.choice(kinds)(case)

    def _act(self, case: Case) -> None:
        definition = of_case(case)
        keys = list(definition.steps[case.step].actions)
        if not keys:
            return
        key = self.rng.choice(keys)
        able = [by for by in self.actors if can_act(by, case, definition, key)]
        by = self.rng.choice(able or self.actors)
        self._do(case, key, by)

    def _wrong_person(self, case: Case) -> None:
        keys = list(of_case(case).steps[case.step].actions)
        if keys:
            self._do(case, self.rng.choice(keys), self.rng.choice(self.actors))

    def _do(self, case: Case, key: str, by: Actor) -> None:
        """Act, and hold what comes of it against what was said beforehand: options and the act itself may never disagree."""
        definition = of_case(case)
        action = definition.steps[case.step].actions[key]
        seen, allowed = bool(can_see(by, case)), bool(can_act(by, case, definition, key))
        shown = {one.key: one.allowed for one in options(by, case, definition, at=self.at)}
        if key in shown:
            assert shown[key] is allowed, (key, by)
        form = self.answers(definition, action.fields(), case)
        since = case.last_seq if self.rng.random() < 0.5 else None
        self.said.append(f"{case.procedure} {case.step}.{key} by {by.name or by.key} {form}")
        try:
            act(
                case_id=case.pk,
                action=key,
                by=by,
                at=self.at,
                form=form,
                reason="按规定办理",
                since=since,
                files=self.uploads(definition, form),
            )
        except Refused:
            assert not (seen and allowed), (key, by)
            self._unchanged(case)
        except BadAnswers:
            assert seen and allowed, (key, by)
            self._unchanged(case)
        except (NotNow, Changed) as error:
            raise AssertionError(f"{key}: {error}") from error
        else:
            assert seen and allowed, (key, by)
            assert Case.objects.get(pk=case.pk).last_seq > case.last_seq

    def _unchanged(self, case: Case) -> None:
        now = Case.objects.get(pk=case.pk)
        assert (now.last_seq, now.step, now.data, now.uses, now.pending) == (
            case.last_seq,
            case.step,
            case.data,
            case.uses,
            case.pending,
        )

    def _decide(self, case: Case) -> None:
        able = [by for by in self.actors if may_decide(by, case)]
        assert able, "somebody can always decide"
        by = self.rng.choice(able)
        assert can_see(by, case)
        approve = self.rng.random() < 0.8
        self.said.append(f"{case.procedure} decide {approve}")
        if case.suspended:
            return
        decide(case_id=case.pk, approve=approve, by=by, at=self.at, reason="核过")
        assert Case.objects.get(pk=case.pk).pending is None

    def _many(self, case: Case) -> None:
        step, by = of_case(case).steps[case.step], Actor(key=f"voice-{self.rng.randint(1, 400)}-of-the-place")
        self.said.append(f"{case.procedure} {case.step} many")
        try:
            if step.kind == "collect":
                form = self.answers(of_case(case), asked_in(step.form), case)
                crowd.speak(case_id=case.pk, by=by, at=self.at, form=form)
            elif step.kind == "notice" and self.rng.random() < 0.5:
                crowd.object_to(case_id=case.pk, by=by, at=self.at, text="不同意")
            elif step.kind == "notice":
                waiting = Objection.objects.filter(case=case, visit=case.visit, answered_at=None).first()
                if waiting is not None:
                    crowd.answer_objection(
                        objection_id=waiting.pk, by=self.rng.choice(self.actors), at=self.at, text="说明"
                    )
            else:
                way = self.rng.choice(["passed", "failed", "no_quorum"])
                crowd.conclude(case_id=case.pk, way=way, by=self.actors[0], at=self.at)
        except (Refused, NotNow, BadAnswers):
            pass

    def _beside(self, case: Case) -> None:
        act_name = self.rng.choice(["suspend", "extend", "supervise", "void", "follow_up"])
        by, definition = self.rng.choice(self.actors), of_case(case)
        able = [
            one
            for one in self.rng.sample(self.actors, 20)
            if side.can_open_beside(one, case, definition, act_name, at=self.at)
        ]
        by = self.rng.choice(able) if able else by
        allowed = bool(able) and bool(can_see(by, case))
        key = side.procedure_for(definition, act_name)
        form = {}
        if able:
            other = in_force()[key or ""].definition
            form = self.answers(other, other.start.asked(), case)
        self.said.append(f"{case.procedure} beside {act_name}")
        try:
            side.open_beside(case_id=case.pk, act=act_name, by=by, at=self.at, form=form)
        except (Refused, NotNow):
            assert not allowed
        except BadAnswers:
            assert allowed

    def _note(self, case: Case) -> None:
        by = self.rng.choice(self.actors)
        try:
            comment(case_id=case.pk, by=by, at=self.at, text="记一笔 䶮")
        except Refused:
            assert not can_see(by, case)

    def _pass_on(self, case: Case) -> None:
        act_name = self.rng.choice(["return", "transfer", "escalate"])
        definition = of_case(case)
        able = [one for one in self.actors if side.can_pass_on(one, case, definition, act_name)]
        able = [one for one in able[:3] if can_see(one, case)]
        if not able:
            return
        unit_id = self.rng.choice(list(units().by_id))
        self.said.append(f"{case.procedure} {case.step} {act_name} {unit_id}")
        try:
            side.pass_on(
                case_id=case.pk, act=act_name, by=self.rng.choice(able), at=self.at, reason="不归我们", unit_id=unit_id
            )
        except BadAnswers:
            assert act_name == "transfer" or definition.steps[case.step].not_same_as

    def _take(self, case: Case) -> None:
        by = self.rng.choice(self.actors)
        able = any(one.key == "take" and one.allowed for one in options(by, case, of_case(case), at=self.at))
        try:
            take(case_id=case.pk, by=by, at=self.at)
        except (Refused, NotNow):
            assert not able

    def _withdraw(self, case: Case) -> None:
        by = next((one for one in self.actors if case.starter_key and one.key == case.starter_key), self.actors[0])
        self.said.append(f"{case.procedure} withdraw")
        with contextlib.suppress(Refused, NotNow):
            withdraw(case_id=case.pk, by=by, at=self.at)

    def _after_the_end(self) -> None:
        case = self.rng.choice(self.family())
        by = next(
            (one for one in self.actors if case.starter_key and one.key == case.starter_key),
            self.rng.choice(self.actors),
        )
        able = any(one.key == "reopen" and one.allowed for one in options(by, case, of_case(case), at=self.at))
        try:
            reopen(case_id=case.pk, by=by, at=self.at, reason="又坏了")
        except (Refused, NotNow):
            assert not able

    # --- answers ---

    def answers(self, definition: Definition, asked: list[tuple[str, bool]], case: Case) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, optional in asked:
            field = definition.fields[name]
            if (optional and self.rng.random() < 0.5) or (field.when and not field.when.holds({**case.data, **found})):
                continue
            found[name] = self._answer(field, case)
        return found

    def uploads(self, definition: Definition, form: dict[str, Any]) -> list[CaseFile]:
        """What was chosen for the fields of a form that take files."""
        return [
            CaseFile(field=name, name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
            for name, value in form.items()
            if definition.fields[name].type in ("photos", "files") and value == [FILE]
        ]

    def _answer(self, field: FormField, case: Case) -> Any:
        rng = self.rng
        if rng.random() < 0.02:
            return rng.choice(["", "\x00", [], {"x": 1}, -5, 10**15])
        if field.options:
            key = rng.choice(list(field.options))
            return [key] if field.type == "choices" else key
        low = field.min or 0
        fitting = [
            one.id
            for one in units().by_id.values()
            if one.active and (not field.unit_kinds or one.kind in field.unit_kinds)
        ]
        day = (self.at + timedelta(days=rng.randint(-3, 40))).date()
        made: dict[str, Any] = {
            "yes_no": rng.random() < 0.7,
            "count": rng.randint(low, low + 3),
            "number": rng.randint(low, min(low + 100, field.max or low + 100)),
            "money": rng.choice([max(low, 100), max(low, 4_900_000), max(low, 20_000_000), max(low, 40_000_000)]),
            "score": rng.randint(1, 5),
            "date": day.isoformat(),
            "datetime": f"{day.isoformat()}T09:30",
            "unit": rng.choice(fitting or [0]),
            "units": rng.sample(fitting, min(len(fitting), 2)),
            "person": rng.choice(self.posts),
            "urgency": rng.randint(1, 4),
            "category": case.data.get("category", 1),
            "case": "7Q4M-2KX9",
            "photos": [FILE],
            "files": [FILE],
        }
        return made.get(field.type, "说明文字，买买提江·吐尔逊")

    # --- what always holds ---

    def check(self) -> None:
        cases = self.family()
        records: dict[Any, list[CaseRecord]] = {case.pk: [] for case in cases}
        for record in CaseRecord.objects.filter(case_id__in=records).order_by("case_id", "seq"):
            records[record.case_id].append(record)
        clocks: dict[Any, list[CaseClock]] = {case.pk: [] for case in cases}
        for clock in CaseClock.objects.filter(case_id__in=clocks).order_by("id"):
            clocks[clock.case_id].append(clock)
        by_id = {case.pk: case for case in cases}
        for case in cases:
            assert broken_link(records[case.pk], case.last_seq, case.last_hash) == ""
            self._holder(case)
            self._clocks(case, clocks[case.pk])
            self._state(case)
            self._limits(case)
            if case.parent_id is not None:
                self._kin(case, by_id[case.parent_id])

    def _holder(self, case: Case) -> None:
        unit = units().by_id[case.holder_unit_id]
        assert unit.active
        if case.state == "open":
            assert case.holder_role != ""
            there = Post.objects.filter(organisation_id=unit.id, role__in=[case.holder_role, *HEAD_ROLES])
            assert case.held_by_person or there.exists(), (case.step, case.holder_role, unit.name)

    def _clocks(self, case: Case, found: list[CaseClock]) -> None:
        unfinished = [clock for clock in found if clock.ended_at is None]
        if case.state == "ended":
            assert unfinished == []
            assert case.due_at is None
            return
        step = of_case(case).steps[case.step]
        started = [clock for clock in found if clock.name == "step" and clock.visit == case.visit]
        assert len(started) <= (1 if step.clock else 0)
        running = [clock for clock in unfinished if clock.name == "step"]
        assert running == started
        for clock in unfinished:
            # late ones run on while the case stands still, but nothing happens to them
            assert clock.state in ("running", "suspended")
            waits = clock.state == "suspended" or (case.suspended and clock.due_at <= self.at)
            assert (clock.next_at is None) is (waits or (clock.next_at is None and clock.name in step.stops))
            assert clock.state == "running" or case.suspended or clock.name in step.stops
            assert clock.origin and all(part["seq"] <= case.last_seq for part in clock.origin)
        moving = [clock for clock in unfinished if clock.state == "running"]
        due = [clock.due_at for clock in moving if clock.name == "step"] or [clock.due_at for clock in moving]
        assert case.due_at == min(due, default=None)

    def _state(self, case: Case) -> None:
        step = of_case(case).steps[case.step]
        assert (case.state == "ended") is (case.ended_at is not None)
        if case.state == "open":
            assert (case.outcome, step.kind != "end") == ("", True)
        else:
            assert case.outcome == step.outcome or case.outcome in WITHOUT_STEP
            assert case.pending is None and not case.suspended

    def _limits(self, case: Case) -> None:
        for key, step in of_case(case).steps.items():
            for name, action in step.actions.items():
                if action.limit and action.limit.beyond is None and isinstance(action.limit.times, int):
                    assert case.uses.get(f"{key}.{name}", 0) <= action.limit.times
        for action_key, action in of_case(case).steps[case.step].actions.items():
            if action.limit:
                assert times_left(action, case, action_key) >= 0

    def _kin(self, case: Case, parent: Case) -> None:
        if case.state != "open":
            return
        rule = of_case(case).beside
        if case.beside:
            assert parent.state == "open" or rule is None or rule.ends_with_parent is None
            if rule is not None and rule.ends_with_step is not None:
                assert (parent.step, parent.visit) == (case.parent_step, case.parent_visit)
        else:
            assert parent.state == "open"
            assert (parent.step, parent.visit) == (case.parent_step, case.parent_visit)
            assert case.suspended or not parent.suspended
