"""One case of a definition moving from step to step, without a database: answers in, the next step out.

The rules are those of the engine: a branch is the first whose condition holds on all answers so far, an action used as
often as its limit says goes beyond it, a requirement that does not hold refuses the action.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.procedures.grammar.definition import Action, Branch, Definition, Step
from linli.procedures.grammar.graph import Means, branches_of
from linli.procedures.grammar.parts import Clock, Holder

Data = Mapping[str, Any]
Uses = Mapping[str, int]


class NotPossible(ValueError):
    """What was asked cannot be done at this step, with the reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """What an act does: the step it leads to (None: the case stays), answers and counts afterwards, its branch."""

    target: str | None
    means: Means
    data: dict[str, Any]
    uses: dict[str, int]
    nth: int = 0
    holder: Holder | None = None


def act(definition: Definition, at: str, data: Data, uses: Uses, key: str, answers: Data) -> Taken:
    """Do an action of a step; raise NotPossible if it cannot be done."""
    step = definition.steps[at]
    action = step.actions.get(key)
    if action is None:
        raise NotPossible(_("“%(step)s”环节没有“%(key)s”这个办法。") % {"step": definition.step_name(at), "key": key})
    _complete(definition, action, data, answers)
    after = {**data, **answers}
    after |= {name: settled(value, after) for name, value in action.set.items()}
    for rule in action.require:
        if not rule.that.holds(after):
            raise NotPossible(rule.say.in_(get_language()))
    counter = f"{at}.{key}"
    used = uses.get(counter, 0)
    counted = dict(uses)
    beyond = None
    if action.limit:
        counted[counter] = used + 1
        if used >= times(action, data):
            beyond = action.limit.beyond
            if beyond is None:
                raise NotPossible(_("已经用过 %(times)d 次，不能再用。") % {"times": used})
    if beyond is not None and beyond.to:
        return Taken(beyond.to, "beyond", after, counted, holder=beyond.holder)
    if not branches_of(action):
        return Taken(None, "action", after, counted)
    nth, branch = choose(branches_of(action), after)
    return Taken(branch.to, "action", after, counted, nth, branch.holder or action.holder)


def _complete(definition: Definition, action: Action, data: Data, answers: Data) -> None:
    asked = dict(action.fields())
    for name in answers:
        if name not in asked:
            raise NotPossible(_("这一步没有“%(field)s”这个问题。") % {"field": name})
    for name, optional in asked.items():
        field = definition.fields[name]
        hidden = field.when is not None and not field.when.holds({**data, **answers})
        if not (optional or not field.required or hidden) and answers.get(name) in (None, "", []):
            raise NotPossible(_("请填写“%(name)s”。") % {"name": field.name.in_(get_language())})


def settled(value: str | int | bool, data: Data) -> Any:
    """Return the value that an action sets: as written, or that of another field."""
    return data.get(value.removeprefix("form.")) if isinstance(value, str) and value.startswith("form.") else value


def times(action: Action, data: Data) -> int:
    """Return how often a limited action may be used."""
    assert action.limit is not None
    allowed = action.limit.times
    return allowed if isinstance(allowed, int) else int(data.get(allowed.removeprefix("form.")) or 0)


def choose(branches: list[Branch], data: Data) -> tuple[int, Branch]:
    """Return the first branch whose condition holds, and its place."""
    for nth, branch in enumerate(branches):
        if branch.when is None or branch.when.holds(dict(data)):
            return nth, branch
    raise NotPossible(_("没有一个分支符合。"))


def by_itself(definition: Definition, at: str, data: Data, uses: Uses, how: str, found: Data) -> Taken:
    """Leave a step by something that is no action: expiry, done, a vote's or called procedure's outcome, reopen.

    ``found``: what comes with it (gathered figures, objections). Raises NotPossible.
    """
    step = definition.steps[at]
    after = {**data, **found}
    if how == "expiry" and step.clock and step.clock.on_expiry and step.clock.on_expiry.to:
        if not starts(step.clock, data):
            raise NotPossible(_("这个时限没有开始，不会到期。"))
        return Taken(step.clock.on_expiry.to, "expiry", after, dict(uses))
    if how == "done" and step.then:
        if step.kind == "collect" and not _countable(step, data):
            raise NotPossible(_("不知道总数，达不到门槛。"))
        nth, branch = choose(step.then, after)
        return Taken(branch.to, "done", after, dict(uses), nth, branch.holder)
    if how in ("passed", "failed", "no_quorum") and (target := getattr(step, how)):
        return Taken(target, "vote", after, dict(uses))
    if how in step.outcomes:
        nth, branch = choose(step.outcomes[how], after)
        return Taken(branch.to, "outcome", after, dict(uses), nth, branch.holder)
    if how == "otherwise" and step.otherwise:
        return Taken(step.otherwise, "outcome", after, dict(uses))
    if how == "reopen" and step.reopen:
        used = uses.get("reopen", 0)
        if used >= step.reopen.times:
            raise NotPossible(_("已经重新打开过。"))
        return Taken(step.reopen.to, "reopen", {**after, "reopened": used + 1}, {**uses, "reopen": used + 1})
    raise NotPossible(
        _("“%(step)s”环节没有“%(key)s”这个办法。") % {"step": definition.step_name(at, get_language()), "key": how}
    )


def ways_by_itself(step: Step) -> list[str]:
    """Return what can happen at a step besides its actions."""
    found = ["done"] if step.then else []
    found += [how for how in ("passed", "failed", "no_quorum") if getattr(step, how)]
    found += list(step.outcomes)
    found += ["otherwise"] if step.otherwise else []
    found += ["expiry"] if step.clock and step.clock.on_expiry and step.clock.on_expiry.to else []
    found += ["reopen"] if step.reopen else []
    return found


def starts(clock: Clock, data: Data) -> bool:
    """Whether a clock starts on these answers (the catalogue is not known here: it is taken to say something)."""
    if clock.dated:
        return data.get(clock.dated.field) not in (None, "")
    if clock.from_ and clock.from_.startswith("form."):
        return clock.default is not None or data.get(clock.from_.removeprefix("form.")) not in (None, "")
    return True


def _countable(step: Step, data: Data) -> bool:
    rule = step.threshold
    if rule is None or isinstance(rule.at_least, int):
        return True
    return data.get((rule.of or str(rule.at_least)).removeprefix("form.")) is not None


def can_be_held(holder: Holder | None, definition: Definition, data: Data) -> bool:
    """Whether the words of a holder name somebody on these answers: the field that names the unit or person has one."""
    if holder is None:
        return True
    return all(data.get(name) not in (None, "", []) for name in (holder.form, holder.person) if name)
