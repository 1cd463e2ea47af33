"""The ways of a definition as a graph: what leads from which step to which, and by whom."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from linli.procedures.grammar.conditions import Condition
from linli.procedures.grammar.definition import Action, Branch, Definition, Step
from linli.procedures.grammar.load import Path
from linli.procedures.grammar.parts import Holder

# What the engine itself knows of a case, besides the answers: conditions may look at it.
FACTS = ("voices", "objections", "outcomes", "came_from", "unit_of_joint", "reopened", "parent_by_resident")
# Those that are settled when the case begins, and are yes or no.
BEGUN_FACTS = ("parent_by_resident",)

Means = Literal["action", "beyond", "expiry", "done", "vote", "outcome", "reopen"]


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """One way from a step to another.

    ``how`` is the action's key, the outcome, or the means itself; ``when`` is a branch's condition, ``nth`` its place.
    ``automatic``: nobody has to do anything. ``free``: officials may go it again and again, nothing counts how often.
    """

    source: str
    target: str
    means: Means
    how: str
    path: Path
    when: Condition | None = None
    nth: int = 0
    holder: Holder | None = None
    automatic: bool = False
    free: bool = False


def ways(definition: Definition) -> list[Way]:
    """Return every way of a definition, in the order in which it is written."""
    return [way for key, step in definition.steps.items() for way in ways_out(key, step)]


def ways_out(key: str, step: Step) -> Iterator[Way]:
    """Yield the ways out of one step."""
    for name, action in step.actions.items():
        yield from _of_action(key, step, name, action)
    at: Path = ("steps", key)
    for nth, branch in enumerate(step.then or []):
        # a notice ends by itself; objections are people's doing
        alone = step.kind == "notice" and "objections" not in (branch.when.fields() if branch.when else ())
        free = not alone and not (branch.holder and branch.holder.up)
        path: Path = (*at, "then", nth, "to")
        yield Way(key, branch.to, "done", "done", path, branch.when, nth, branch.holder, alone, free)
    for how in ("passed", "failed", "no_quorum"):
        if target := getattr(step, how):
            yield Way(key, target, "vote", how, (*at, how), free=True)
    for outcome, branches in step.outcomes.items():
        for nth, branch in enumerate(branches):
            path = (*at, "outcomes", outcome, nth, "to") if len(branches) > 1 else (*at, "outcomes", outcome)
            yield Way(key, branch.to, "outcome", outcome, path, branch.when, nth, branch.holder, automatic=True)
    if step.otherwise:
        yield Way(key, step.otherwise, "outcome", "otherwise", (*at, "otherwise"), automatic=True)
    if step.clock and step.clock.on_expiry and step.clock.on_expiry.to:
        path = (*at, "clock", "on_expiry", "to")
        yield Way(key, step.clock.on_expiry.to, "expiry", "expiry", path, automatic=True)
    if step.reopen:
        yield Way(key, step.reopen.to, "reopen", "reopen", (*at, "reopen", "to"))


def _of_action(key: str, step: Step, name: str, action: Action) -> Iterator[Way]:
    at: Path = ("steps", key, "actions", name)
    # whoever the case concerns may ask as often as they like; a way that climbs a level ends at the top
    concerned = (step.holder is not None and step.holder.is_person) or all(who.is_person for who in action.who)
    for nth, branch in enumerate(branches_of(action)):
        holder = branch.holder or action.holder
        free = action.limit is None and not concerned and not (holder and holder.up)
        path: Path = (*at, "branch", nth, "to") if action.branch else (*at, "to")
        yield Way(key, branch.to, "action", name, path, branch.when, nth, holder, free=free)
    beyond = action.limit.beyond if action.limit else None
    if beyond and beyond.to:
        free = not concerned and not (beyond.holder and beyond.holder.up)
        yield Way(key, beyond.to, "beyond", name, (*at, "limit", "beyond", "to"), None, 0, beyond.holder, free=free)


def branches_of(action: Action) -> list[Branch]:
    """Return the ways of an action as branches; none if the case stays where it is."""
    return action.branch or ([Branch(to=action.to)] if action.to else [])


def reached(starts: Iterable[str], all_ways: Iterable[Way]) -> set[str]:
    """Return the steps that can be come to from ``starts``, themselves included."""
    after: dict[str, list[str]] = {}
    for way in all_ways:
        after.setdefault(way.source, []).append(way.target)
    found, waiting = set(starts), list(starts)
    while waiting:
        for target in after.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def entered_from_outside(definition: Definition) -> set[str]:
    """Return the steps that are come to from any step: the end of a withdrawal, and when the other case ends or goes on."""
    found = {definition.first}
    withdraw = definition.side.get("withdraw")
    if isinstance(withdraw, str):
        found.add(withdraw)
    if definition.beside:
        found |= {end for end in (definition.beside.ends_with_parent, definition.beside.ends_with_step) if end}
    return found


def knots(steps: Collection[str], all_ways: Iterable[Way]) -> list[list[str]]:
    """Return the groups of steps among which one can go round for ever (strongly connected components), in order."""
    kept = list(all_ways)
    order = list(steps)
    forward = {key: reached([way.target for way in kept if way.source == key], kept) for key in order}
    found: list[list[str]] = []
    done: set[str] = set()
    for key in order:
        if key in done or key not in forward[key]:
            continue
        group = [other for other in order if other in forward[key] and key in forward.get(other, ())]
        found.append(group)
        done |= set(group)
    return found


def asked_by(definition: Definition, step: Step, action: Action | None = None) -> set[str]:
    """Return the fields that a step's crowd, or one action, gives an answer to."""
    if action is not None:
        return {name for name, _optional in action.fields()} | set(action.set)
    return {name.rstrip("?") for name in step.form} | set(step.gather)


def known_at(definition: Definition) -> dict[str, set[str]]:
    """Return, per step, the fields that may have an answer when it is entered: asked on some way that leads there."""
    begin = {name.rstrip("?") for name in definition.start.form} | set(FACTS)
    known: dict[str, set[str]] = {definition.first: set(begin)}
    every = [way for way in ways(definition) if way.target in definition.steps]
    staying = {
        key: {
            name
            for action in step.actions.values()
            if not branches_of(action)
            for name in asked_by(definition, step, action)
        }
        for key, step in definition.steps.items()
    }
    changed = True
    while changed:
        changed = False
        for way in every:
            if way.source not in known:
                continue
            step = definition.steps[way.source]
            action = step.actions.get(way.how) if way.means in ("action", "beyond") else None
            given = known[way.source] | staying[way.source] | asked_by(definition, step, action)
            if action is None and way.means == "done":
                given |= asked_by(definition, step)
            have = known.setdefault(way.target, set())
            if not given <= have:
                have |= given
                changed = True
    return known
