"""How a deadline came about, in words: for the page of a case, its PDF and its package."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import parse_duration
from linli.kernel.display import moment
from linli.procedures.definitions import in_force
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.words import duration_words, field_words
from linli.procedures.models import CaseClock, CaseRecord

_WHY = {
    "definition": lambda: _("流程规定"),
    "resumed": lambda: _("恢复计时，停住的时间不算"),
    "undo": lambda: _("上一步撤销了，照原来的算"),
}


def name_of(clock: str, definition: Definition) -> str:
    """Return what a clock is called."""
    rule = definition.clocks.get(clock)
    return rule.name.in_(get_language()) if rule else _("本环节时限")


def origin_of(clock: CaseClock, definition: Definition) -> list[tuple[int, str]]:
    """Return how a clock came by its due moment: (number of the record that tells it, one sentence), the first cause first."""
    return [(part["seq"], _said(part, definition)) for part in clock.origin]


def told_by(record: CaseRecord, definition: Definition) -> list[tuple[str, str]]:
    """Return the deadlines that a record set as (name of the clock, one sentence); of one set twice in an act, the last word."""
    last = {part["clock"]: part for part in record.data.get("clocks", ())}
    return [(name_of(name, definition), _said(part, definition)) for name, part in last.items()]


def _said(part: dict[str, Any], definition: Definition) -> str:
    long = duration_words(parse_duration(part["duration"]), get_language() or "zh")
    if "more" in part:
        long = f"{long} + {duration_words(parse_duration(part['more']), get_language() or 'zh')}"
    why = _why(part, definition)
    if part["due"] is None:
        return f"{why}{_('：')}{long}"
    return _("%(why)s：%(long)s，%(due)s 到期") % {
        "why": why,
        "long": long,
        "due": moment(datetime.fromisoformat(part["due"])),
    }


def _why(part: dict[str, Any], definition: Definition) -> str:
    why = part["why"]
    if why in _WHY:
        return _WHY[why]()
    if why.startswith("catalogue."):
        version = part.get("version")
        return _("事项目录第 %(n)s 版") % {"n": version} if version else _("事项目录")
    if why.startswith("default of "):
        return _("流程的通常时限")
    if why.startswith("calendar:"):
        return _("日历变更（%(note)s）") % {"note": why.removeprefix("calendar:")}
    if why.startswith("form."):
        return _("按“%(field)s”") % {"field": _field(why.removeprefix("form."), definition)}
    if " before " in why:
        return _("按“%(field)s”倒着算") % {"field": _field(why.rpartition(" before ")[2], definition)}
    # what ran beside the case: its procedure and code
    procedure, _space, code = why.partition(" ")
    found = in_force().get(procedure)
    return f"{found.definition.name.in_(get_language()) if found else procedure} {code}".strip()


def _field(key: str, definition: Definition) -> str:
    return field_words(key, definition.fields, get_language() or "zh")
