"""Lengths of time as procedures and catalogues write them: '2 working hours', '15 days', '3个工作日'."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a clock counts. The WORKING units stop outside office time, the others run day and night."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


# Ten years in each unit: 3653 days, of which 2610 are weekdays, and eight hours in a working day (劳动法 Art. 36).
_TEN_YEARS = {
    Unit.MINUTES: 3653 * 24 * 60,
    Unit.HOURS: 3653 * 24,
    Unit.WORKING_HOURS: 2610 * 8,
    Unit.DAYS: 3653,
    Unit.WORKING_DAYS: 2610,
    Unit.MONTHS: 120,
}
MAX_WORKING_DAYS = _TEN_YEARS[Unit.WORKING_DAYS]

_ENGLISH = {
    Unit.MINUTES: "minute",
    Unit.HOURS: "hour",
    Unit.WORKING_HOURS: "working hour",
    Unit.DAYS: "day",
    Unit.WORKING_DAYS: "working day",
    Unit.MONTHS: "month",
}
_CHINESE = {
    Unit.MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.WORKING_HOURS: "个工作小时",
    Unit.DAYS: "天",
    Unit.WORKING_DAYS: "个工作日",
    Unit.MONTHS: "个月",
}
# '6月' is June, so a month needs its 个.
_ALSO_READ = {
    "个小时": Unit.HOURS,
    "工作小时": Unit.WORKING_HOURS,
    "日": Unit.DAYS,
    "个自然日": Unit.DAYS,
    "自然日": Unit.DAYS,
    "工作日": Unit.WORKING_DAYS,
}
_UNITS: dict[str, Unit] = (
    {word: unit for unit, word in _ENGLISH.items()}
    | {word + "s": unit for unit, word in _ENGLISH.items()}
    | {word: unit for unit, word in _CHINESE.items()}
    | _ALSO_READ
)
_TEXT = re.compile(r"([+-]?)\s*([0-9０-９]{1,9})\s*(\D+)")
_LONGEST_TEXT = 40


class DurationError(ValueError):
    """A length of time that cannot be read or is out of bounds: `str(error)` in English, `zh` in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.zh = chinese


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` whole units, 0 to ten years (DurationError outside of that, TypeError when not a whole number)."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"the amount of a duration is a whole number, not {self.amount!r}")
        if not isinstance(self.unit, Unit):
            raise TypeError(f"the unit of a duration is a Unit, not {self.unit!r}")
        if self.amount < 0:
            raise DurationError("A duration cannot be negative.", "时长不能为负数。")
        if self.amount > _TEN_YEARS[self.unit]:
            raise DurationError("A duration cannot be longer than ten years.", "时长不能超过十年。")

    @property
    def is_working(self) -> bool:
        """True where only office time counts."""
        return self.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)

    def __str__(self) -> str:
        return english_count(self.amount, _ENGLISH[self.unit])

    @property
    def zh(self) -> str:
        """The words shown to people: '2个工作小时', '15天'."""
        return f"{self.amount}{_CHINESE[self.unit]}"


def english_count(amount: int, word: str) -> str:
    """'1 hour', '2 hours', '0 hours'."""
    return f"{amount} {word}" if amount == 1 else f"{amount} {word}s"


def parse_duration(text: str) -> Duration:
    """Read '2 working hours', '1 day', '30分钟', '15日', '3个工作日' (any spacing and case, full-width digits too).

    `parse_duration(str(d)) == d` and `parse_duration(d.zh) == d`. Raises DurationError, a ValueError, with one sentence
    that says what can be written.
    """
    found = _TEXT.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    unit = _UNITS.get(" ".join(found[3].lower().split())) if found else None
    if found is None or unit is None:
        shown = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
        raise DurationError(
            f"'{shown}' is not a length of time: write a whole number and a unit,"
            " such as '2 working hours', '24 hours', '15 days', '3 working days', '30 minutes' or '6 months'.",
            f"“{shown}”不是时长：请写整数和单位，例如“2个工作小时”“24小时”“15天”“3个工作日”“30分钟”“6个月”。",
        )
    amount = int(found[2])
    return Duration(-amount if found[1] == "-" else amount, unit)
