"""Trying a definition on a sample case, step by step: no case is written, the moves made so far travel with the form."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from linli.procedures.charting import language
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.graph import BEGUN_FACTS
from linli.procedures.grammar.parts import FormField
from linli.procedures.grammar.samples import NUMBERS, Samples
from linli.procedures.grammar.simulate import CannotWalk, Stop, walk
from linli.procedures.grammar.walkparts import conditions
from linli.procedures.grammar.words import action_words, field_words
from linli.procedures.shaping import Given, Question
from linli.procedures.telling import words

MOST_MOVES = 80
LONGEST_STATE = 60_000
# answers that a sample case cannot choose: they stand for things that only a real case has
_SAMPLED = ("unit", "units", "person", "place", "case", "photos", "files", "signature", "category")
FACTS = ("objections", "outcomes", "voices")

Move = tuple[str, dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """A sample case: what it was started with (None: not yet) and the moves made."""

    start: dict[str, Any] | None = None
    moves: tuple[Move, ...] = ()

    def text(self) -> str:
        """Return the trial as the form carries it."""
        return json.dumps({"start": self.start, "moves": [list(move) for move in self.moves]}, ensure_ascii=False)


def read_trial(text: str) -> Trial:
    """Read what ``Trial.text`` wrote; an empty text is a new trial. Raises BadAnswers for anything else."""
    if not text:
        return Trial()
    bad = BadAnswers({"": _("试走的步骤读不懂了，请重新开始。")})
    if len(text) > LONGEST_STATE:
        raise bad
    try:
        found = json.loads(text)
        start, moves = found["start"], found["moves"]
        known = start is None or isinstance(start, dict)
        if (
            not known
            or len(moves) > MOST_MOVES
            or not all(isinstance(how, str) and isinstance(given, dict) for how, given in moves)
        ):
            raise bad
        every = [value for given in (start or {}, *(given for _how, given in moves)) for value in given.values()]
        if not all(map(_is_answer, every)):
            raise bad
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise bad from error
    return Trial(start, tuple((how, given) for how, given in moves))


def _is_answer(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, (str, int)) for part in value)
    return isinstance(value, (str, bool)) or (isinstance(value, int) and abs(value) < 10**12)


def walked(definition: Definition, trial: Trial) -> list[Stop]:
    """Return the stops of a trial; BadAnswers if a move cannot be made (the definition was changed meanwhile)."""
    try:
        return walk(definition, trial.moves, trial.start)
    except CannotWalk as error:
        raise BadAnswers({"": str(error)}) from error
    except (TypeError, ValueError) as error:  # an answer that was made up for another type of field
        raise BadAnswers({"": _("试走的步骤读不懂了，请重新开始。")}) from error


def asked_at_start(definition: Definition) -> list[tuple[str, bool]]:
    """Return (name, may be left empty) of what a sample case begins with: its form, and facts of the other case that decide."""
    looked = {name for _path, condition in conditions(definition) for name in condition.fields()}
    return [
        *((name, optional) for name, optional in definition.start.asked() if name in definition.fields),
        *((name, False) for name in BEGUN_FACTS if name in looked),
    ]


def asked_by(definition: Definition, step: str, how: str) -> list[tuple[str, bool]]:
    """Return (name, may be left empty) of what a move asks: an action's fields, or the figures that come with an event."""
    action = definition.steps[step].actions.get(how)
    if action is not None:
        return [(name, optional) for name, optional in action.fields() if name in definition.fields]
    if how != "done":
        return []
    found = definition.steps[step]
    names = set(found.gather)
    for branch in found.then or []:
        names |= branch.when.fields() if branch.when else set()
    return [(name, False) for name in sorted(names) if name in found.gather or name in FACTS]


def questions(
    definition: Definition, asked: Sequence[tuple[str, bool]], data: dict[str, Any], prefix: str = "a."
) -> list[Question]:
    """Return the questions of a move, filled with sample answers."""
    samples = Samples(definition, {})
    found = []
    for name, optional in asked:
        field = definition.fields.get(name)
        if field is not None and field.when is not None and not field.when.holds(data):
            continue
        found.append(_question(definition, name, field, data.get(name, samples.one(name)), optional, prefix))
    return found


def _question(
    definition: Definition, name: str, field: FormField | None, value: Any, optional: bool, prefix: str
) -> Question:
    label, required = (
        field_words(name, definition.fields, language()),
        not optional and (field is None or field.required),
    )
    key = prefix + name
    kind = field.type if field else "yes_no" if isinstance(value, bool) else "count"
    if name == "outcomes":
        return Question(
            key, label, "text", "、".join(value) if isinstance(value, list) else "other", hint=_("几个结果用顿号分开。")
        )
    if kind == "yes_no":
        return Question(
            key, label, "taps", "yes" if value else "no", [("yes", _("是")), ("no", _("否"))], required=required
        )
    if kind == "urgency":
        return Question(
            key, label, "select", value, [(str(one), str(text)) for one, text in Urgency.choices], required=required
        )
    if field is not None and field.options:
        options = [(one, text.in_(language())) for one, text in field.options.items()]
        if kind == "choices":
            return Question(key, label, "checkboxes", value, options, required=required)
        return Question(key, label, "select", value, options, required=required)
    if kind in _SAMPLED:
        return Question(key, label, "sample", _("用示例"), required=False)
    hint = _whole(kind)
    return Question(key, label, "text", value, hint=hint, required=required, short=kind in NUMBERS)


def _whole(kind: str) -> str:
    return _("单位：分") if kind == "money" else _("整数") if kind in NUMBERS else ""


def answers(
    definition: Definition, asked: Sequence[tuple[str, bool]], given: Given, data: dict[str, Any], prefix: str = "a."
) -> dict[str, Any]:
    """Return the answers of a posted move as the grammar takes them; BadAnswers naming a number that is none."""
    samples = Samples(definition, {})
    found: dict[str, Any] = {}
    for name, _optional in asked:
        field = definition.fields.get(name)
        if field is not None and field.when is not None and not field.when.holds({**data, **found}):
            continue
        value = _answer(name, field, given, prefix + name, samples)
        if value not in (None, "", []):
            found[name] = value
    return found


def _answer(name: str, field: FormField | None, given: Given, key: str, samples: Samples) -> Any:
    text = given.get(key, "")[:2000]
    if name == "outcomes":
        return [part for part in text.replace(",", "、").split("、") if part]
    kind = field.type if field else "yes_no" if text in ("yes", "no") else "count"
    if kind == "yes_no":
        return {"yes": True, "no": False}.get(text)
    if kind == "choices":
        return [part for part in text.split(",") if part]
    if kind in _SAMPLED:
        return samples.one(name)
    if kind in NUMBERS:
        return given.number(key)
    return text.strip()


def said(definition: Definition, data: dict[str, Any], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return answers in words, for those that a person chose."""
    found = []
    for name in names:
        field = definition.fields.get(name)
        if name not in data or (field is not None and field.type in _SAMPLED):
            continue
        value = data[name]
        if field is not None:
            text = words(field.type, value, field.options, language())
        else:
            text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        found.append((field_words(name, definition.fields, language()), text))
    return found


def how_words(definition: Definition, step: str, how: str) -> str:
    """Return a move in words."""
    if how == "start":
        return _("发起")
    return action_words(how, definition.steps[step].actions.get(how), language())
