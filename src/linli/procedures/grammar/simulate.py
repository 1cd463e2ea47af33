"""Trying a definition on sample answers: every way it can go, what is never come to, one sample case step by step."""

import dataclasses
import itertools
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.graph import BEGUN_FACTS, Means, Way, knots, ways
from linli.procedures.grammar.machine import (
    NotPossible,
    Taken,
    act,
    by_itself,
    can_be_held,
    starts,
    times,
    ways_by_itself,
)
from linli.procedures.grammar.parts import PERSONS
from linli.procedures.grammar.samples import Samples, looked_at
from linli.procedures.grammar.words import action_words, condition_words, way_words

MOST_STATES = 30_000
MOST_COMBINATIONS = 512
LONGEST_COUNT = 4  # an action limited to more uses than this is tried as if limited to so many


@dataclasses.dataclass(frozen=True, slots=True)
class Move:
    """One move of a sample case: from a step, by an action or what happens by itself, to a step (or the same)."""

    source: str
    how: str
    target: str
    means: Means | Literal["stay", "withdraw", "with_parent"]
    nth: int = 0
    answers: tuple[tuple[str, Any], ...] = ()


@dataclasses.dataclass(slots=True)
class Report:
    """What came of trying all ways: a shortest sample case to each end that was reached, and what it starts with."""

    paths: dict[str, list[Move]]
    starts: dict[str, dict[str, Any]]
    unreached_ends: list[str]
    unreached_steps: list[str]
    dead_ends: list[str]
    nobody_holds: list[str]
    clocks_never_start: list[str]
    loops: list[list[str]]
    untaken: list[str]
    lines: list[str]
    states: int
    complete: bool

    @property
    def ok(self) -> bool:
        """All ends and steps were reached, nothing hangs, nothing goes round by itself."""
        return not (
            self.unreached_ends
            or self.unreached_steps
            or self.dead_ends
            or self.nobody_holds
            or self.clocks_never_start
            or self.untaken
        )


Items = tuple[tuple[str, Any], ...]
Outside = Literal["withdraw", "with_parent"]


@dataclasses.dataclass(frozen=True, slots=True)
class _State:
    step: str
    data: Items
    uses: Items


class _Explorer:
    """Breadth first over (step, answers that still matter, counts); of the counts only what is new is kept."""

    def __init__(
        self, definition: Definition, answers: Mapping[str, Any] | None, seed: int, roles: Collection[str] | None
    ) -> None:
        self.definition, self.roles = definition, roles
        self.samples = Samples(definition, dict(answers or {}), seed)
        self.live = looked_at(definition)
        self.before: dict[_State, tuple[_State | None, Move | None]] = {}
        self.novel: dict[tuple[str, Items], set[tuple[str, int]]] = {}
        self.taken: dict[tuple[str, str, str, int, str], Move] = {}
        self.nobody: dict[str, None] = {}
        self.silent: dict[str, None] = {}
        self.stuck: dict[str, None] = {}
        self.waiting: deque[_State] = deque()
        self.begun: dict[_State, dict[str, Any]] = {}
        self.complete = True
        self.needed = {key: set(names) for key, names in self.live.items()}
        for way in ways(definition):
            if way.target in self.live:
                self.needed[way.source] |= self.live[way.target]

    def run(self) -> None:
        asked, first = self.definition.start.asked(), self.definition.first
        facts = [name for name in BEGUN_FACTS if name in self.live[first]]
        for values in itertools.product(*(self.samples.values(name) for name in facts)):
            known = dict(zip(facts, values, strict=True))
            for given in self._combinations(asked, known, self.live[first]):
                begun = self._come(first, known | given, {}, None, None)
                self.begun.setdefault(begun, known | given)
        while self.waiting:
            if len(self.before) > MOST_STATES:
                self.complete = False
                break
            self._leave(self.waiting.popleft())

    def _come(
        self, step: str, data: Mapping[str, Any], uses: Mapping[str, int], at: _State | None, by: Move | None
    ) -> _State:
        kept = {name: _frozen(data[name]) for name in self.live[step] if data.get(name) not in (None, "", [])}
        state = _State(step, tuple(sorted(kept.items())), tuple(sorted(uses.items())))
        if state in self.before:
            return state
        seen = self.novel.setdefault((step, state.data), set())
        if seen and set(state.uses) <= seen:
            return state
        seen |= {("", 0), *state.uses}
        self.before[state] = (at, by)
        self.waiting.append(state)
        return state

    def _leave(self, state: _State) -> None:
        step, data = self.definition.steps[state.step], {key: _thawed(value) for key, value in state.data}
        if step.clock and not starts(step.clock, data):
            self.silent.setdefault(state.step)
        onward = False
        for key, action in step.actions.items():
            for given in self._combinations(action.fields(), data, self.needed[state.step]):
                try:
                    taken = act(self.definition, state.step, data, self._counts(state), key, given)
                except NotPossible:
                    continue
                self._go(state, key, taken, given)
                onward = onward or taken.target is not None
        for how in ways_by_itself(step):
            for found in self._found(state.step, how):
                try:
                    taken = by_itself(self.definition, state.step, data, dict(state.uses), how, found)
                except NotPossible:
                    continue
                self._go(state, how, taken, found)
                onward = True
        if not onward and step.kind != "end":
            self.stuck.setdefault(state.step)

    def _counts(self, state: _State) -> dict[str, int]:
        """The counts of the state; a long limit is tried as a short one by counting the last uses as done."""
        counts = dict(state.uses)
        for key, action in self.definition.steps[state.step].actions.items():
            if action.limit and isinstance(action.limit.times, int) and action.limit.times > LONGEST_COUNT:
                counter = f"{state.step}.{key}"
                counts[counter] = counts.get(counter, 0) + action.limit.times - LONGEST_COUNT
        return counts

    def _go(self, state: _State, how: str, taken: Taken, given: Mapping[str, Any]) -> None:
        target = taken.target or state.step
        answers = tuple((name, _frozen(value)) for name, value in given.items() if value is not None)
        move = Move(state.step, how, target, taken.means if taken.target else "stay", taken.nth, answers)
        self.taken.setdefault((state.step, how, move.means, taken.nth, target), move)
        entered = self.definition.steps[target]
        if taken.target is not None and entered.kind != "end":
            holder = taken.holder or entered.holder
            role = holder.role if holder else ""
            unknown = self.roles is not None and role and role not in (*self.roles, *PERSONS, "holder")
            if unknown or not can_be_held(holder, self.definition, taken.data):
                self.nobody.setdefault(target)
        # counted one by one in the state, whatever was added to try a long limit as a short one
        uses = dict(state.uses)
        counter = "reopen" if how == "reopen" else f"{state.step}.{how}"
        if counter in taken.uses:
            uses[counter] = min(uses.get(counter, 0) + 1, self._enough(state.step, how, taken.data))
        self._come(target, taken.data, uses, state, move)

    def _enough(self, step: str, how: str, data: Mapping[str, Any]) -> int:
        """The count from which on nothing changes any more."""
        action = self.definition.steps[step].actions.get(how)
        return min(LONGEST_COUNT, times(action, data)) if action and action.limit else LONGEST_COUNT

    def _found(self, step: str, how: str) -> Iterator[dict[str, Any]]:
        if how != "done":
            yield {}
            return
        definition = self.definition.steps[step]
        made = {*definition.gather, "objections", "outcomes", "voices"} & self.needed[step]
        for values in itertools.islice(
            itertools.product(*(self.samples.values(name) for name in sorted(made))), MOST_COMBINATIONS
        ):
            yield dict(zip(sorted(made), values, strict=True))

    def _combinations(
        self, asked: Sequence[tuple[str, bool]], data: Mapping[str, Any], needed: set[str]
    ) -> Iterator[dict[str, Any]]:
        """Yield answers to a form: every value that matters of the fields that matter, one sample of the others."""
        yield from itertools.islice(self._answers(list(asked), dict(data), needed), MOST_COMBINATIONS)

    def _answers(
        self, asked: list[tuple[str, bool]], data: dict[str, Any], needed: set[str]
    ) -> Iterator[dict[str, Any]]:
        if not asked:
            yield {}
            return
        (name, optional), rest = asked[0], asked[1:]
        field = self.definition.fields[name]
        hidden = field.when is not None and not field.when.holds(data)
        values: list[Any] = [None]
        if not hidden:
            values = self.samples.values(name) if name in needed else [self.samples.one(name)]
            if (optional or not field.required) and name in needed and name not in self.samples.fixed:
                values = [*values, None]
        for value in values:
            for others in self._answers(rest, {**data, name: value}, needed):
                yield {name: value, **others} if value is not None else others

    def path(self, state: _State) -> tuple[list[Move], dict[str, Any]]:
        """Return the moves that lead to a state, and the answers at the start."""
        found: list[Move] = []
        at, (before, move) = state, self.before[state]
        while before is not None and move is not None:
            found.append(move)
            at, (before, move) = before, self.before[before]
        return found[::-1], self.begun[at]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _thawed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def simulate(
    definition: Definition,
    answers: Mapping[str, Any] | None = None,
    seed: int = 0,
    *,
    roles: Collection[str] | None = None,
) -> Report:
    """Try every way of a checked definition on sample answers.

    ``answers``: field to value, for fields that are to have one value only; the others get every value that leads
    another way. ``seed`` varies the samples of fields that decide nothing. ``roles``: the roles there are, if holders
    are to be held against them.
    """
    explorer = _Explorer(definition, answers, seed, roles)
    explorer.run()
    come = {state.step for state in explorer.before}
    paths: dict[str, list[Move]] = {}
    begun: dict[str, dict[str, Any]] = {}
    for state in explorer.before:
        if definition.steps[state.step].kind == "end" and state.step not in paths:
            paths[state.step], begun[state.step] = explorer.path(state)
    for end, how in _from_outside(definition):
        if end in definition.steps and end not in paths:
            come.add(end)
            paths[end] = [Move(definition.first, how, end, how)]
            begun[end] = next(iter(explorer.begun.values()), {})
    every = ways(definition)
    taken = set(explorer.taken)
    untaken = [way for way in every if (way.source, way.how, way.means, way.nth, way.target) not in taken]
    return Report(
        paths=paths,
        starts=begun,
        unreached_ends=[key for key, step in definition.steps.items() if step.kind == "end" and key not in paths],
        unreached_steps=[key for key, step in definition.steps.items() if step.kind != "end" and key not in come],
        dead_ends=[key for key in definition.steps if key in explorer.stuck],
        nobody_holds=[key for key in definition.steps if key in explorer.nobody],
        clocks_never_start=[key for key in definition.steps if key in explorer.silent],
        loops=knots(definition.steps, [way for way in every if way.automatic or way.free]),
        untaken=[_way_line(definition, way) for way in untaken if way.source in come],
        lines=_lines(definition, explorer, paths),
        states=len(explorer.before),
        complete=explorer.complete,
    )


def _from_outside(definition: Definition) -> list[tuple[str, Outside]]:
    found: list[tuple[str, Outside]] = []
    withdraw = definition.side.get("withdraw")
    if isinstance(withdraw, str):
        found.append((withdraw, "withdraw"))
    if rule := definition.beside:
        ends = dict.fromkeys((rule.ends_with_parent, rule.ends_with_step))
        found += [(end, "with_parent") for end in ends if end]
    return found


def _lines(definition: Definition, explorer: _Explorer, paths: Mapping[str, list[Move]]) -> list[str]:
    by_key: dict[tuple[str, str, str, int, str], Way] = {
        (way.source, way.how, way.means, way.nth, way.target): way for way in ways(definition)
    }
    found: list[str] = []
    for key, move in explorer.taken.items():
        if move.means == "stay":
            label = action_words(move.how, definition.steps[move.source].actions.get(move.how), _language())
            said = {"step": definition.step_name(move.source, _language()), "action": label}
            found.append(_("在 %(step)s 用 %(action)s，留在本环节") % said)
        else:
            found.append(_way_line(definition, by_key[key]))
    for end, how in _from_outside(definition):
        if end in paths and paths[end][-1].how == how:
            said = {"action": action_words(how, None, _language()), "end": definition.step_name(end, _language())}
            found.append(_("随时可以 %(action)s 到 %(end)s") % said)
    return list(dict.fromkeys(found))


def _way_line(definition: Definition, way: Way) -> str:
    label = way_words(way, definition, _language())
    if way.when is not None and way.means == "action":
        label += _("（%(when)s）") % {"when": condition_words(way.when, definition.fields, _language())}
    return _("从 %(step)s 用 %(action)s 到 %(end)s") % {
        "step": definition.step_name(way.source, _language()),
        "action": label,
        "end": definition.step_name(way.target, _language()),
    }


def _language() -> str:
    return get_language() or "zh"


@dataclasses.dataclass(frozen=True, slots=True)
class Stop:
    """Where a sample case is: the step, how it came there, the answers so far, what can be done or happen next."""

    step: str
    how: str
    answers: dict[str, Any]
    actions: list[str]
    by_itself: list[str]


class CannotWalk(NotPossible):
    """A move of a sample case that cannot be made: ``place`` counts the moves from 0, ``stops`` come before it."""

    def __init__(self, message: str, place: int, stops: list[Stop]) -> None:
        super().__init__(message)
        self.place = place
        self.stops = stops


def walk(
    definition: Definition, script: Sequence[tuple[str, Mapping[str, Any]]], start: Mapping[str, Any] | None = None
) -> list[Stop]:
    """Walk one sample case: ``script`` is a list of (action or what happens, answers); return every stop.

    What happens: 'expiry', 'done', 'passed', 'failed', 'no_quorum', an outcome of a called procedure, 'otherwise',
    'reopen', 'withdraw', 'with_parent'. Raises CannotWalk.
    """
    at, data, uses = definition.first, dict(start or {}), dict[str, int]()
    stops = [_stop(definition, at, "start", data)]
    outside: dict[str, str] = {how: end for end, how in _from_outside(definition)}
    for place, (how, answers) in enumerate(script):
        step = definition.steps[at]
        try:
            if how in outside and how not in step.actions:
                if step.kind == "end":
                    raise NotPossible(_("办件已经结束。"))
                at = outside[how]
            else:
                go = act if how in step.actions else by_itself
                taken = go(definition, at, data, uses, how, answers)
                at, data, uses = taken.target or at, taken.data, taken.uses
        except NotPossible as error:
            raise CannotWalk(str(error), place, stops) from error
        stops.append(_stop(definition, at, how, data))
    return stops


def _stop(definition: Definition, at: str, how: str, data: Mapping[str, Any]) -> Stop:
    step = definition.steps[at]
    outside = [] if step.kind == "end" else [how for _end, how in _from_outside(definition)]
    return Stop(at, how, dict(data), list(step.actions), [*ways_by_itself(step), *outside])
