"""Sample answers: something that fits each field's type, and for those that decide a way every value that matters."""

import dataclasses
import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from linli.procedures.grammar.conditions import Bound, Condition, Share, number
from linli.procedures.grammar.definition import Definition, Gather, Threshold
from linli.procedures.grammar.graph import BEGUN_FACTS, branches_of, ways
from linli.procedures.grammar.parts import FormField
from linli.procedures.grammar.walkparts import conditions

MOST_VALUES = 9  # tried per field
NUMBERS = ("number", "count", "money", "score", "category", "urgency")
_BOUNDS = {"score": (1, 5), "urgency": (1, 4), "category": (1, 999)}


@dataclasses.dataclass
class Samples:
    """Sample answers to a definition's fields. ``fixed`` answers are given as they are; ``seed`` varies the others."""

    definition: Definition
    fixed: Mapping[str, Any]
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    @cached_property
    def _compared(self) -> dict[str, set[Any]]:
        """The constants that each name is compared with."""
        found: dict[str, set[Any]] = {}
        for condition in self._single:
            constants = found.setdefault(condition.field or "", set())
            constants |= {
                value for value in (condition.is_, condition.is_not, *(condition.in_ or [])) if value is not None
            }
            if (bound := _bound(condition)) is not None and not isinstance(bound, Share) and number(bound) is not None:
                constants.add(int(number(bound) or 0))
        for step in self.definition.steps.values():
            for action in step.actions.values():
                for name, value in action.set.items():
                    if not (isinstance(value, str) and value.startswith("form.")):
                        found.setdefault(name, set()).add(value)
                if action.limit and isinstance(action.limit.times, str):
                    # once and twice show what a limit does
                    found.setdefault(action.limit.times.removeprefix("form."), set()).update({1, 2})
        return found

    @cached_property
    def _single(self) -> list[Condition]:
        found: list[Condition] = []
        waiting = [condition for _path, condition in conditions(self.definition)]
        while waiting:
            condition = waiting.pop()
            if condition.field:
                found.append(condition)
            waiting += [*(condition.all or []), *(condition.any or []), *([condition.not_] if condition.not_ else [])]
        return found

    @cached_property
    def _gathers(self) -> dict[str, Gather]:
        return {name: rule for step in self.definition.steps.values() for name, rule in step.gather.items()}

    def values(self, name: str) -> list[Any]:
        """Return the values of a name that lead different ways: constants, their neighbours, yes and no, one other."""
        if name in self.fixed:
            return [self.fixed[name]]
        field, constants = self.definition.fields.get(name), self._compared.get(name, set())
        gather = self._gathers.get(name)
        if (field and field.type == "yes_no") or (gather and gather.by == "all_yes"):
            return [True, False]
        if name in ("outcomes",):
            return [[value] for value in sorted(map(str, constants))] + [["other"]]
        if field and field.options:
            mentioned = [key for key in field.options if key in constants]
            others = [key for key in field.options if key not in constants][:1]
            chosen = mentioned + others
            return [[key] for key in chosen] if field.type == "choices" else chosen
        if any(isinstance(value, str) for value in constants) and not (field and field.type in NUMBERS):
            return [*sorted(str(value) for value in constants if not isinstance(value, bool)), "其他"]
        if any(isinstance(value, bool) for value in constants) and field is None:
            return [True, False]
        if field is None or field.type in NUMBERS:
            return self._numbers(name, field)[:MOST_VALUES] or [self._plain(name)]
        return [self.one(name)]

    def _numbers(self, name: str, field: FormField | None, seen: frozenset[str] = frozenset()) -> list[int]:
        points = {Fraction(value) for value in self._compared.get(name, set()) if type(value) is int}
        if name in self.fixed:
            return [self.fixed[name]]
        for condition in self._single:
            bound = _bound(condition)
            other = (
                bound.of if isinstance(bound, Share) else bound.removeprefix("form.") if isinstance(bound, str) else ""
            )
            if condition.field == name and other and other != name and other not in seen and number(other) is None:
                share = bound.fraction if isinstance(bound, Share) else Fraction(1)
                whole = self._numbers(other, self.definition.fields.get(other), seen | {name}) or [self._plain(other)]
                points |= {share * value for value in whole[:3]}
        around = {round_to for point in points for round_to in (_floor(point) - 1, _floor(point), _floor(point) + 1)}
        low, high = _range(field)
        return sorted(value for value in around if value >= low and (high is None or value <= high))

    def _plain(self, name: str) -> int:
        field = self.definition.fields.get(name)
        low, high = _range(field)
        return min(max(low, 30), high) if high is not None else max(low, 30)

    def one(self, name: str) -> Any:
        """Return one answer that fits a field's type."""
        if name in self.fixed:
            return self.fixed[name]
        field = self.definition.fields.get(name)
        kind = field.type if field else "yes_no" if name in BEGUN_FACTS else "count"
        if kind in NUMBERS:
            low, high = _range(field)
            return self._random.randint(low, min(high, low + 50) if high is not None else low + 50)
        if field and field.options:
            key = self._random.choice(list(field.options))
            return [key] if kind == "choices" else key
        day = f"2026-{self._random.randint(1, 12):02d}-{self._random.randint(1, 28):02d}"
        return {
            "date": day,
            "datetime": f"{day}T09:30+08:00",
            "yes_no": bool(self._random.getrandbits(1)),
            "unit": self._random.randint(1, 9),
            "units": [1, 2, 3],
            "person": self._random.randint(1, 9),
            "case": "7Q4M-2KX9",
            "photos": ["photo"],
            "files": ["file"],
            "signature": "signature",
        }.get(kind, f"示例：{field.name.zh if field else name}")


def _bound(condition: Condition) -> Bound | None:
    for value in (condition.at_least, condition.more_than, condition.at_most, condition.less_than):
        if value is not None:
            return value
    return None


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def _range(field: FormField | None) -> tuple[int, int | None]:
    low, high = _BOUNDS.get(field.type, (0, None)) if field else (0, None)
    if field is not None:
        low = field.min if field.min is not None else low
        high = field.max if field.max is not None else high
    return low, high


def looked_at(definition: Definition) -> dict[str, set[str]]:
    """Return, per step, the names whose value can still decide where a case goes, who holds it or what clock starts."""
    here = {key: _looked_at_here(definition, key) for key in definition.steps}
    every = [way for way in ways(definition) if way.target in definition.steps]
    live = {key: set(names) for key, names in here.items()}
    changed = True
    while changed:
        changed = False
        for way in every:
            step = definition.steps[way.source]
            action = step.actions.get(way.how) if way.means in ("action", "beyond") else None
            # what is asked anew on the way does not matter before it
            anew = {name for name, optional in action.fields() if not optional} | set(action.set) if action else set()
            anew = {name for name in anew if not (name in definition.fields and definition.fields[name].when)}
            through = live[way.target] - (anew if action else set(step.gather))
            if not through <= live[way.source]:
                live[way.source] |= through
                changed = True
    return live


def _looked_at_here(definition: Definition, key: str) -> set[str]:
    step = definition.steps[key]
    found: set[str] = set()
    for branch in [*(step.then or []), *(one for some in step.outcomes.values() for one in some)]:
        found |= _of_condition(branch.when) | _of_holder(branch.holder)
    found |= _of_holder(step.holder) | _of_threshold(step.threshold)
    if step.clock:
        found |= {step.clock.dated.field} if step.clock.dated else set()
        if step.clock.from_ and step.clock.from_.startswith("form.") and step.clock.default is None:
            found.add(step.clock.from_.removeprefix("form."))
    for action in step.actions.values():
        for branch in branches_of(action):
            found |= _of_condition(branch.when) | _of_holder(branch.holder or action.holder)
        for rule in action.require:
            found |= rule.that.fields() | _bound_names(rule.that)
        for name, _optional in action.fields():
            field = definition.fields.get(name)
            found |= _of_condition(field.when if field else None)
        if action.limit:
            if isinstance(action.limit.times, str):
                found.add(action.limit.times.removeprefix("form."))
            if action.limit.beyond:
                found |= _of_holder(action.limit.beyond.holder)
        found |= {v.removeprefix("form.") for v in action.set.values() if isinstance(v, str) and v.startswith("form.")}
    return found


def _of_condition(condition: Condition | None) -> set[str]:
    return condition.fields() | _bound_names(condition) if condition else set()


def _bound_names(condition: Condition) -> set[str]:
    parts: Iterable[Condition] = [
        *(condition.all or []),
        *(condition.any or []),
        *([condition.not_] if condition.not_ else []),
    ]
    bound = _bound(condition)
    own = {bound.removeprefix("form.")} if isinstance(bound, str) and number(bound) is None else set()
    return own.union(*(_bound_names(part) for part in parts))


def _of_holder(holder: Any) -> set[str]:
    return {name for name in (holder.form, holder.person) if name} if holder else set()


def _of_threshold(rule: Threshold | None) -> set[str]:
    if rule is None or isinstance(rule.at_least, int):
        return set()
    return {(rule.of or str(rule.at_least)).removeprefix("form.")}
