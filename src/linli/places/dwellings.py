"""Entrances and dwellings of a building as lines of text, the way a person types them: ``1单元：101 102=88.37 201``.

One line per entrance, its name before the colon (none: the building has no entrances); after it the dwellings, parted by spaces,
commas or 、; the floor area in square metres after an equals sign where it is known.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

MOST_ENTRANCES = 60
MOST_DWELLINGS = 3_000
MOST_TEXT = 60_000
_PARTS = re.compile(r"[\s,、;]+")


@dataclasses.dataclass(frozen=True, slots=True)
class DwellingLine:
    number: str
    area: Decimal | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class EntranceLine:
    name: str
    dwellings: tuple[DwellingLine, ...] = ()


class Unreadable(ValueError):
    """A text that is no list of dwellings; the sentence says where."""


def read(text: str) -> list[EntranceLine]:
    """Return the entrances that a text names, in its order. Raises Unreadable."""
    if len(text) > MOST_TEXT:
        raise Unreadable(_("房屋清单太长，最多 %(most)d 个字。") % {"most": MOST_TEXT})
    entrances: list[EntranceLine] = []
    for number, line in enumerate(text.splitlines(), start=1):
        folded = unicodedata.normalize("NFKC", line).strip()
        if not folded:
            continue
        name, colon, rest = folded.rpartition(":")
        entrances.append(EntranceLine(_name(name.strip(), number), _dwellings(rest if colon else folded, number)))
    check(entrances)
    return entrances


def _name(name: str, line: int) -> str:
    if len(name) > 20:
        raise Unreadable(_("第 %(line)d 行：单元名称最多 20 个字。") % {"line": line})
    return name + "单元" if re.fullmatch(r"[0-9A-Z]{1,3}|[东西南北中甲乙丙丁]", name) else name


def _dwellings(text: str, line: int) -> tuple[DwellingLine, ...]:
    found = []
    for item in filter(None, _PARTS.split(text.strip())):
        number, equals, area = item.partition("=")
        if not 1 <= len(number) <= 20:
            raise Unreadable(
                _("第 %(line)d 行：室号“%(number)s”太长或是空的。") % {"line": line, "number": number[:30]}
            )
        found.append(DwellingLine(number, area_of(area, line) if equals else None))
    return tuple(found)


def area_of(text: str, line: int) -> Decimal:
    """Return an area in square metres with two places, more than 0 and less than a million. Raises Unreadable."""
    try:
        area = Decimal(text)
    except InvalidOperation:
        area = Decimal(0)
    if not (area.is_finite() and 0 < area < 1_000_000) or area != round(area, 2):
        raise Unreadable(
            _("第 %(line)d 行：面积“%(area)s”应是最多两位小数的平方米数。") % {"line": line, "area": text[:20]}
        )
    return round(area, 2)


def check(entrances: Sequence[EntranceLine]) -> None:
    """Raise Unreadable for too many, or for a name that is there twice."""
    if len(entrances) > MOST_ENTRANCES or sum(len(entrance.dwellings) for entrance in entrances) > MOST_DWELLINGS:
        raise Unreadable(
            _("一栋楼最多 %(entrances)d 个单元、%(dwellings)d 套房屋。")
            % {"entrances": MOST_ENTRANCES, "dwellings": MOST_DWELLINGS}
        )
    if twice := _twice(entrance.name for entrance in entrances):
        raise Unreadable(_("“%(name)s”写了两行。") % {"name": twice})
    for entrance in entrances:
        if twice := _twice(dwelling.number for dwelling in entrance.dwellings):
            name = entrance.name or _("没有单元的房屋")
            raise Unreadable(_("%(entrance)s的 %(number)s 写了两遍。") % {"entrance": name, "number": twice})


def _twice(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name or _("没有单元的房屋")
        seen.add(name)
    return ""


def write(entrances: Iterable[EntranceLine]) -> str:
    """Return the text from which ``read`` makes these entrances."""
    return "\n".join(
        (f"{entrance.name}：" if entrance.name else "")
        + " ".join(d.number if d.area is None else f"{d.number}={d.area}" for d in entrance.dwellings)
        for entrance in entrances
    )


def regular(*, entrances: int, floors: int, per_floor: int) -> list[EntranceLine]:
    """Return a building of equal floors: 2 entrances, 6 floors, 2 a floor gives 1单元 101 … 602 and 2单元 101 … 602."""
    numbers = [f"{floor}{door:02d}" for floor in range(1, floors + 1) for door in range(1, per_floor + 1)]
    made = [
        EntranceLine(f"{n}单元", tuple(DwellingLine(number) for number in numbers)) for n in range(1, entrances + 1)
    ]
    check(made)
    return made
