"""Answers to a form of a definition: checked by type, kept as plain JSON."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.display import SHANGHAI
from linli.kernel.text import clean
from linli.orgs.units import Unit, units
from linli.places.enums import prefix_of
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.parts import FormField

Check = Callable[[FormField, Any], Any]
# what the calendar covers, with room on both sides for counting forwards and back
_FIRST_YEAR, _LAST_YEAR = 1950, 2150


def check_answers(
    definition: Definition,
    asked: Iterable[tuple[str, bool]],
    given: dict[str, Any],
    known: dict[str, Any],
    *,
    place: str,
) -> dict[str, Any]:
    """Return the cleaned answers to the fields asked; raise BadAnswers naming each field that does not fit.

    ``asked``: (field, may be empty); ``known``: answers the case already has, looked at by ``when`` conditions; ``place``: the code of
    the division where the case lies, by which the form offers units. What was not asked is refused rather than dropped, so that
    nothing is lost unseen.
    """
    errors: dict[str, str] = {}
    found: dict[str, Any] = {}
    asked = list(asked)
    for name in given.keys() - {name for name, _optional in asked}:
        errors[name] = _("这一步没有这个问题。")
    # what is asked only on a condition comes last: the condition may look at any other answer of the form
    for name, optional in sorted(asked, key=lambda pair: definition.fields[pair[0]].when is not None):
        field = definition.fields[name]
        if field.when is not None and not field.when.holds(known | found):
            continue
        value = given.get(name)
        try:
            value = None if _is_empty(value) else _CHECKS.get(field.type, _text)(field, value)
            if field.type in ("unit", "units"):
                _within_reach(value, place)
        except ValidationError as error:
            errors[name] = str(error.messages[0])
            continue
        if not _is_empty(value):
            found[name] = value
        elif field.required and not optional:
            errors[name] = _("请填写“%(name)s”。") % {"name": field.name.in_(get_language())}
    if errors:
        raise BadAnswers(errors)
    return {name: found[name] for name, _optional in asked if name in found}


def offered(unit: Unit, division_code: str, kinds: list[str] | None) -> bool:
    """Whether a form of a case at a place offers a unit: what is not offered is not taken either, whoever sends it."""
    county = prefix_of(division_code, 3)  # type: ignore[arg-type]
    near = unit.division_code.startswith(county) or division_code.startswith(unit.division_code.rstrip("0"))
    return unit.active and near and (not kinds or unit.kind in kinds)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def written(field: str, text: str, *, limit: int) -> str:
    """Return a text that somebody wrote besides a form (a reason, a note), cleaned; raise BadAnswers if it cannot be kept."""
    try:
        return clean(text, limit=limit)
    except ValidationError as error:
        raise BadAnswers({field: str(error.messages[0])}) from error


def _wrong(message: str) -> ValidationError:
    return ValidationError(message)


def _text(field: FormField, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(_("这里要填文字。"))
    return clean(
        value, limit=field.max or (5000 if field.type == "long_text" else 200), lines=field.type == "long_text"
    )


def _whole(field: FormField, value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,12}", str(value).strip(), re.ASCII):
        raise _wrong(_("这里要填整数。"))
    number = int(value)
    low, high = (field.min if field.min is not None else 0), field.max
    if field.type == "score":
        low, high = (field.min if field.min is not None else 1), (high or 5)
    if number < low or (high is not None and number > high):
        raise _wrong(_("数值不在允许的范围内。"))
    return number


def _money(field: FormField, value: Any) -> int:
    """Yuan as typed ('1,200.50') to integer fen; an integer is fen already."""
    if isinstance(value, int):
        return _whole(field, value)
    yuan = str(value).strip().replace(",", "").replace("，", "")
    if not re.fullmatch(r"\d{1,10}(\.\d{1,2})?", yuan, re.ASCII):
        raise _wrong(_("这里要填金额，最多两位小数。"))
    return _whole(field, int(Decimal(yuan) * 100))


def _date(field: FormField, value: Any) -> str:
    try:
        day = date.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong(_("日期写作 2026-11-22。")) from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _wrong(_("日期写作 2026-11-22。"))
    return day.isoformat()


def _datetime(field: FormField, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong(_("时间写作 2026-11-22T09:30。")) from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _wrong(_("时间写作 2026-11-22T09:30。"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).isoformat(timespec="minutes")


def _yes_no(field: FormField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value) in ("yes", "true", "1", "是"):
        return True
    if str(value) in ("no", "false", "0", "否"):
        return False
    raise _wrong(_("请选择是或否。"))


def _choice(field: FormField, value: Any) -> str:
    if not isinstance(value, str) or value not in (field.options or {}):
        raise _wrong(_("请从所列选项中选择。"))
    return str(value)


def _choices(field: FormField, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [_choice(field, part) for part in dict.fromkeys(str(part) for part in values)]


def _unit(field: FormField, value: Any) -> int:
    number = _identifier(value)
    unit = units().get(number)
    if unit is None or not unit.active or (field.unit_kinds and unit.kind not in field.unit_kinds):
        raise _wrong(_("没有这个单位，或该单位已停用。"))
    return unit.id


def _within_reach(value: Any, place: str) -> None:
    """Refuse a unit that no form of a case at this place offers: one of another county."""
    for unit_id in value if isinstance(value, list) else [value] if value else []:
        if not offered(units().by_id[unit_id], place, None):
            raise _wrong(_("这个单位不在可以选的范围内。"))


def _units(field: FormField, value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    if len(values) > (field.max or 30):
        raise _wrong(_("一次最多 %(limit)d 个单位。") % {"limit": field.max or 30})
    return list(dict.fromkeys(_unit(field, part) for part in values))


def _identifier(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,18}", str(value), re.ASCII):
        raise _wrong(_("请从列表中选择。"))
    return int(value)


def _plain_identifier(field: FormField, value: Any) -> int:
    return _identifier(value)


def _files(field: FormField, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if len(values) > (field.max or 9):
        raise _wrong(_("最多 %(limit)d 个文件。") % {"limit": field.max or 9})
    if not all(isinstance(part, str) and re.fullmatch(r"[0-9a-f-]{36}", part) for part in values):
        raise _wrong(_("文件没有上传成功，请重新选择。"))
    return values


def _signature(field: FormField, value: Any) -> str:
    """A drawn signature is the id of its picture; one that is typed is a full name, ticked as the signer's own."""
    if isinstance(value, dict):
        if value.get("mine") is not True:
            raise _wrong(_("请勾选“这是我的签名”。"))
        value = value.get("typed")
    if not isinstance(value, str):
        raise _wrong(_("请签名，或者键入姓名。"))
    return clean(value, limit=100, lines=False)


def _place(field: FormField, value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, limit=200, lines=False)
    if (
        isinstance(value, dict)
        and set(value) <= {"text", "lon", "lat"}
        and all(isinstance(part, str) for part in value.values())
    ):
        return {key: clean(part, limit=200, lines=False) for key, part in value.items()}
    raise _wrong(_("请填写地点。"))


def _urgency(field: FormField, value: Any) -> int:
    if str(value) not in ("1", "2", "3", "4"):
        raise _wrong(_("请选择紧急程度。"))
    return int(value)


_CHECKS: dict[str, Check] = {
    "text": _text,
    "long_text": _text,
    "number": _whole,
    "count": _whole,
    "score": _whole,
    "money": _money,
    "date": _date,
    "datetime": _datetime,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "unit": _unit,
    "units": _units,
    "person": _plain_identifier,
    "category": _plain_identifier,
    "urgency": _urgency,
    "photos": _files,
    "files": _files,
    "place": _place,
    "signature": _signature,
}
