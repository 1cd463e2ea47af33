"""What can this person do now with this case, and why not the rest."""

import dataclasses
from datetime import datetime

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision
from linli.orgs.actors import Actor
from linli.procedures import side
from linli.procedures.actions import why_not_reopen
from linli.procedures.definitions import in_force
from linli.procedures.enums import State
from linli.procedures.grammar.definition import Action, Definition
from linli.procedures.models import Case
from linli.procedures.policies import can_act, fits, holds, not_kept_out, owns
from linli.procedures.undoing import can_undo_end

# keys of the keyboard by action, where they are free
KEYS = {
    "accept": "a",
    "ask": "q",
    "dispatch": "d",
    "own": "o",
    "grid": "g",
    "whistle": "w",
    "done": "e",
    "pass": "p",
    "redo": "b",
    "transfer": "t",
    "escalate": "u",
    "return": "b",
    "merge": "m",
    "split": "s",
    "answer": "y",
    "arrive": "r",
    "confirm": "c",
    "call_off": "v",
    "suspend": "h",
    "extend": "l",
    "comment": "i",
    "take": "f",
}
SIDE_NAMES = {
    "return": gettext_lazy("退回上一环节"),
    "transfer": gettext_lazy("转办"),
    "escalate": gettext_lazy("上报"),
    "suspend": gettext_lazy("挂账"),
    "extend": gettext_lazy("延时"),
    "supervise": gettext_lazy("督办"),
    "void": gettext_lazy("作废"),
    "follow_up": gettext_lazy("回访抽查"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One thing that could be done: its key (``side:suspend`` for side acts), label, whether it is allowed and if not why."""

    key: str
    label: str
    allowed: bool
    reason: str = ""
    main: bool = False
    asks: bool = True
    hot: str = ""


def options(by: Actor, case: Case, definition: Definition, *, at: datetime) -> list[Option]:
    """Return everything that can be done with a case by this person now, and what cannot with its reason."""
    language = get_language()
    found: list[Option] = []
    if case.state == State.OPEN:
        for key, action in definition.steps[case.step].actions.items():
            if not _concerns(by, case, action):
                continue
            decision = can_act(by, case, definition, key)
            label = action.name.in_(language) if action.name else key
            asks = bool(action.form or action.reason or action.confirm)
            found.append(_option(key, label, decision, main=action.main, asks=asks))
        found += _sides(by, case, definition, at=at)
        mine = by.posts and not case.held_by_person and case.holder_user_id != by.user_id and holds(by, case)
        if mine and not_kept_out(by, case, definition):
            found.append(Option("take", _("认领"), True, asks=False, hot="f"))
    if case.state == State.ENDED:
        found += _after_end(by, case, definition, at=at)
    if owns(by, case) and case.state == State.OPEN and definition.side.get("withdraw", True) is not False:
        found.append(Option("withdraw", _("撤回"), True))
    return found


def _concerns(by: Actor, case: Case, action: Action) -> bool:
    """Staff see every action of the step, with the reason why not; residents only those meant for them."""
    return bool(by.posts) or any(fits(who, by, case) for who in action.who)


def _option(key: str, label: str, decision: Decision, *, main: bool = False, asks: bool = True) -> Option:
    return Option(key, label, decision.allowed, decision.reason, main, asks, KEYS.get(key.removeprefix("side:"), ""))


def _sides(by: Actor, case: Case, definition: Definition, *, at: datetime) -> list[Option]:
    if not by.posts:
        return []
    found = []
    for act in ("return", "transfer", "escalate"):
        if definition.side.get(act, True) is False or act in definition.steps[case.step].actions:
            continue
        if definition.steps[case.step].kind == "task" and holds(by, case):
            found.append(_option(f"side:{act}", str(SIDE_NAMES[act]), side.can_pass_on(by, case, definition, act)))
    for act in ("suspend", "extend", "supervise", "void", "follow_up"):
        key = side.procedure_for(definition, act)
        other = in_force().get(key or "")
        # what is there to run beside another has nothing beside itself; a matter that another case raised is a matter like any
        if other is None or definition.beside is not None:
            continue
        decision = side.can_open_beside(by, case, definition, act, at=at)
        if decision.allowed or holds(by, case):
            found.append(_option(f"side:{act}", other.definition.name.in_(get_language()), decision))
    return found


def _after_end(by: Actor, case: Case, definition: Definition, *, at: datetime) -> list[Option]:
    """An ended case can be opened again, or its end taken back, by those whom its definition names."""
    found = []
    step = definition.steps.get(case.step)
    if step is not None and step.reopen is not None:
        reason = why_not_reopen(by, case, definition, at=at)
        if not reason or by.posts:
            found.append(Option("reopen", _("重新打开"), not reason, reason))
    if step is not None and step.undo is not None and by.posts:
        decision = can_undo_end(by, case, at=at)
        found.append(
            Option(
                "undo_end", _("撤销合并") if case.outcome == "merged" else _("撤销"), decision.allowed, decision.reason
            )
        )
    return found
