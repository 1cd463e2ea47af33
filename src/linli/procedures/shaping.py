"""The parts of a definition as forms that need no code: questions made of the plain tree, edits made of what was posted.

A part is named 'general', 'step:KEY', 'action:STEP.KEY' or 'field:KEY'. The tree may be wrong in many ways (it is a draft): what has
an unexpected form is shown as it is and left alone.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Unit, parse_duration
from linli.kernel.text import clean
from linli.procedures.editing import REMOVE, Edit
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.checks import CATALOGUE_KEYS
from linli.procedures.grammar.parts import LEVELS, PERSONS, read_holder
from linli.procedures.grammar.words import role_words

Tree = dict[str, Any]
Options = list[tuple[str, str]]
LONGEST = 9  # digits of a number


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One field of a form, as the page macro ``field`` takes it."""

    name: str
    label: str
    type: str = "text"
    value: Any = ""
    options: Any = ()
    hint: str = ""
    required: bool = True
    short: bool = False


class Given(Mapping[str, str]):
    """What was posted: single values by name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str, limit: int = 200) -> str:
        """Return a line of text, cleaned; BadAnswers naming it if it is too long."""
        try:
            return clean(self._values.get(name, ""), limit=limit, lines=False)
        except ValidationError as error:
            raise BadAnswers({name: str(error.messages[0])}) from error

    def number(self, name: str) -> int | None:
        """Return a whole number, None for an empty field; BadAnswers naming it otherwise."""
        text = self._values.get(name, "").strip()
        if not text:
            return None
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > LONGEST:
            raise BadAnswers({name: _("请填一个整数。")})
        return int(text)

    def ticked(self, name: str) -> bool:
        return self._values.get(name) == "1"


def mapping(value: Any) -> Tree:
    """Return a value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def steps_of(tree: Tree) -> Tree:
    return mapping(tree.get("steps"))


def fields_of(tree: Tree) -> Tree:
    return mapping(tree.get("fields"))


def name_of(part: Any, key: str) -> str:
    """Return what people read for a part: its name in their language, else in Chinese, or its key."""
    name = mapping(part).get("name")
    if not isinstance(name, dict):
        return name if isinstance(name, str) and name else key
    en = name.get("en") if (get_language() or "").startswith("en") else None
    return next((text for text in (en, name.get("zh")) if isinstance(text, str) and text), key)


def step_options(tree: Tree, empty: str) -> Options:
    return [("", empty), *((key, name_of(step, key)) for key, step in steps_of(tree).items())]


# --- names ---


def name_questions(part: Tree, *, key: str = "name") -> list[Question]:
    name = part.get(key)
    zh = name.get("zh", "") if isinstance(name, dict) else name if isinstance(name, str) else ""
    en = name.get("en", "") if isinstance(name, dict) else ""
    return [
        Question(f"{key}.zh", _("名称") if key == "name" else _("提示"), value=zh, required=key == "name"),
        Question(f"{key}.en", _("英文名称") if key == "name" else _("英文提示"), value=en, required=False),
    ]


def name_edits(path: tuple[Any, ...], given: Given, *, key: str = "name") -> list[Edit]:
    zh, en = given.text(f"{key}.zh", 60), given.text(f"{key}.en", 120)
    if not zh and key == "name":
        raise BadAnswers({f"{key}.zh": _("请写名称。")})
    if not zh:
        return [((*path, key), REMOVE)]
    return [((*path, key), {"zh": zh, "en": en} if en else zh)]


def renamed(part: Any, edits: list[Edit]) -> list[Edit]:
    """Leave out a name that says the same in another way of writing ('受理' and {zh: 受理})."""
    kept = []
    for path, value in edits:
        old = mapping(part).get(str(path[-1]))
        if isinstance(old, dict) and isinstance(value, str) and {k: v for k, v in old.items() if v} == {"zh": value}:
            continue
        kept.append((path, value))
    return kept


# --- holders ---


def holder_questions(
    tree: Tree, prefix: str, label: str, text: Any, names: Mapping[str, Any], *, required: bool
) -> list[Question]:
    """Return the questions who holds something: which role, where, one level up."""
    role, place, up = holder_parts(text)
    hint = "" if role or not text else _("现在写的“%(text)s”看不懂，请重新选。") % {"text": text}
    return [
        Question(f"{prefix}.role", label, "select", role, role_options(names), hint, required),
        Question(f"{prefix}.place", _("哪里的"), "select", place, place_options(tree, place), required=False),
        Question(f"{prefix}.up", _("再上一级"), "checkbox", up, required=False),
    ]


def holder_parts(text: Any) -> tuple[str, str, bool]:
    """Return (role, where, one level up) of the words of a holder; ('', '', False) if they cannot be read."""
    if not isinstance(text, str):
        return "", "", False
    try:
        read_holder(text)
    except ValueError:
        return "", "", False
    words = " ".join(text.split())
    up = words.endswith(" one level up")
    role, _space, place = words.removesuffix(" one level up").partition(" ")
    return role, place, up


def role_options(names: Mapping[str, Any]) -> Options:
    people = ("holder", *PERSONS)
    return [
        ("", _("请选择")),
        *((key, role_words(key, names)) for key in people),
        *((key, str(name)) for key, name in names.items()),
    ]


def place_options(tree: Tree, present: str = "") -> Options:
    """Return where a role can be: levels of the place, units named in answers, by the catalogue, of other steps and cases."""
    levels = dict(zip(LEVELS, (_("网格"), _("社区"), _("街道"), _("区县"), _("市级")), strict=True))
    found = [("", _("不限"))] + [(f"of {level}", label) for level, label in levels.items()]
    for key, field in fields_of(tree).items():
        if mapping(field).get("type") == "unit":
            found.append((f"of form.{key}", _("“%(field)s”选的单位") % {"field": name_of(field, key)}))
        if mapping(field).get("type") == "person":
            found.append((f"chosen in form.{key}", _("“%(field)s”选的人") % {"field": name_of(field, key)}))
    found.append(("of catalogue.unit", _("按目录的单位")))
    found += [
        (f"of step.{key}", _("“%(step)s”的承办单位") % {"step": name_of(step, key)})
        for key, step in steps_of(tree).items()
    ]
    found += [("of holder", _("现在的承办单位")), ("of start", _("发起的单位")), ("of parent", _("原件的承办单位"))]
    if present and present not in dict(found):
        found.append((present, present))
    return found


def holder_value(tree: Tree, prefix: str, given: Given, names: Mapping[str, Any], old: Any) -> Any:
    """Return the words of a holder as posted, REMOVE if none was chosen."""
    role, place = given.get(f"{prefix}.role", ""), given.get(f"{prefix}.place", "")
    if not role:
        return REMOVE
    known = dict(place_options(tree, holder_parts(old)[1]))
    if role not in dict(role_options(names)) or place not in known:
        raise BadAnswers({f"{prefix}.role": _("请从列表里选。")})
    return f"{role}{' ' + place if place else ''}{' one level up' if given.ticked(f'{prefix}.up') else ''}"


# --- clocks ---

DATES = ("date", "datetime")
SIDES = ("before", "after")
LENGTHS = ("for", "from", "default", *SIDES)
UNITS = (Unit.WORKING_DAYS, Unit.WORKING_HOURS, Unit.DAYS, Unit.HOURS, Unit.MONTHS, Unit.MINUTES)


def _catalogue() -> Options:
    words = {
        "accept": _("受理"),
        "assign": _("交办"),
        "answer": _("首次答复"),
        "arrive": _("报到"),
        "coordinate": _("上级协调"),
        "handle": _("办理"),
        "check": _("核查"),
    }
    return [(key, str(words.get(key, key))) for key in CATALOGUE_KEYS if key != "unit"]


def clock_questions(tree: Tree, clock: Any) -> list[Question]:
    """Return the questions about a step's clock: from where, how long, what happens when it runs out."""
    parts = clock_parts(clock)
    dated = mapping(parts.get("before") or parts.get("after"))
    duration = _duration(parts.get("for") or parts.get("default") or dated.get("amount"))
    how = "none" if clock is None else _how(parts)
    dates = [
        (key, name_of(field, key)) for key, field in fields_of(tree).items() if mapping(field).get("type") in DATES
    ]
    ways = [("none", _("不计时")), ("fixed", _("固定")), ("catalogue", _("按目录"))]
    if dates or how in SIDES:
        ways += [("before", _("某个日期以前")), ("after", _("某个日期以后"))]
    if how == "other":
        ways.append(("other", _("照文本里写的")))
    units = [(unit.value, Duration(1, unit).zh.removeprefix("1").removeprefix("个")) for unit in UNITS]
    return [
        Question("clock.how", _("时限"), "select", how, ways),
        Question(
            "clock.key",
            _("目录里的哪一项"),
            "select",
            str(parts.get("from", "")).removeprefix("catalogue."),
            _catalogue(),
            required=False,
        ),
        *(
            [Question("clock.field", _("从哪个日期算"), "select", dated.get("field", ""), dates, required=False)]
            if dates
            else []
        ),
        Question(
            "clock.amount",
            _("多久"),
            value=duration.amount if duration else "",
            hint=_("按目录时，这里是目录没写的一般时限。"),
            required=False,
            short=True,
        ),
        Question(
            "clock.unit",
            _("单位"),
            "select",
            duration.unit.value if duration else Unit.WORKING_DAYS.value,
            units,
            required=False,
        ),
        Question(
            "clock.expiry",
            _("到期自动转到"),
            "select",
            mapping(parts.get("on_expiry")).get("to") or "",
            step_options(tree, _("不自动转，超期督办")),
            required=False,
        ),
        Question("clock.supervise", _("超期自动督办"), "checkbox", parts.get("supervise") is not False, required=False),
    ]


def clock_parts(clock: Any) -> Tree:
    """Return a clock as a mapping, whichever way it is written."""
    return dict(clock) if isinstance(clock, dict) else {"for": clock} if isinstance(clock, str) else {}


def _how(parts: Tree) -> str:
    """Where a clock has its length from: the way that the form shows."""
    for side in SIDES:
        if isinstance(parts.get(side), dict):
            return side
    return "fixed" if "for" in parts else "catalogue" if _from_catalogue(parts) else "other"


def _from_catalogue(parts: Tree) -> bool:
    return str(parts.get("from", "")).startswith("catalogue.")


def _duration(text: Any) -> Duration | None:
    try:
        return parse_duration(text) if isinstance(text, str) else None
    except ValueError:
        return None


def clock_value(tree: Tree, given: Given, old: Any) -> Any:
    """Return a clock as posted; the old one where it says the same, REMOVE where there is to be none."""
    how, parts = given.get("clock.how", ""), clock_parts(old)
    if how == "none":
        return REMOVE
    if how in ("fixed", "catalogue", *SIDES):
        head = _head(tree, how, given)
        parts = head | {key: value for key, value in parts.items() if key not in LENGTHS}
    expiry = {key: value for key, value in mapping(parts.get("on_expiry")).items() if key != "to"}
    to = given.get("clock.expiry", "")
    expiry = ({"to": to} if to else {}) | expiry
    parts.pop("on_expiry", None)
    parts.pop("supervise", None)
    if not given.ticked("clock.supervise"):
        parts["supervise"] = False
    if expiry:
        parts["on_expiry"] = expiry
    if _said(parts) == _said(clock_parts(old)) and old is not None:
        return old
    return parts["for"] if list(parts) == ["for"] else parts


def _head(tree: Tree, how: str, given: Given) -> Tree:
    """The length of a clock as posted."""
    lasting = _posted_duration(given, required=how != "catalogue")
    if how == "fixed":
        return {"for": lasting}
    if how == "catalogue":
        return {"from": f"catalogue.{_catalogue_key(given)}"} | ({"default": lasting} if lasting else {})
    key = given.get("clock.field", "")
    if mapping(fields_of(tree).get(key)).get("type") not in DATES:
        raise BadAnswers({"clock.field": _("请选一个日期。")})
    return {how: {"field": key, "amount": lasting}}


def _said(parts: Tree) -> Tree:
    """A clock without ways of writing: durations as lengths, what is usual left out."""
    found = {key: value for key, value in parts.items() if not (key == "supervise" and value is True)}
    for side in SIDES:
        if isinstance(parts.get(side), dict):
            found[side] = {key: _duration(value) or value for key, value in parts[side].items()}
    return found | {key: _duration(parts[key]) or parts[key] for key in ("for", "default") if key in parts}


def _catalogue_key(given: Given) -> str:
    key = given.get("clock.key", "")
    if key not in dict(_catalogue()):
        raise BadAnswers({"clock.key": _("请选目录里的一项。")})
    return key


def _posted_duration(given: Given, *, required: bool) -> str:
    amount = given.number("clock.amount")
    if amount is None:
        if required:
            raise BadAnswers({"clock.amount": _("请填多久。")})
        return ""
    if given.get("clock.unit") not in set(Unit):
        raise BadAnswers({"clock.unit": _("请选单位。")})
    try:
        return str(Duration(amount, Unit(given["clock.unit"])))
    except ValueError as error:
        raise BadAnswers({"clock.amount": str(getattr(error, "zh", error))}) from error
