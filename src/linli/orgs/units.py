"""The organisations as every request needs them: a small table kept in the process."""

import dataclasses

from linli.kernel.calendar import WorkCalendar
from linli.kernel.memo import forget, remember
from linli.kernel.worktime import Hours, calendar_for
from linli.orgs.models import Organisation
from linli.places.enums import CODE_LENGTHS, Level


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """An organisation: its level is its division's (2 city … 5 community)."""

    id: int
    kind: str
    name: str
    short_name: str
    level: int
    division_id: int
    division_code: str
    parent_id: int | None
    governs: bool
    hours: Hours
    active: bool
    phone: str = ""

    @property
    def label(self) -> str:
        return self.short_name or self.name

    def calendar(self) -> WorkCalendar:
        """Return the working calendar of this unit."""
        return calendar_for(self.id, self.hours)


@dataclasses.dataclass(frozen=True, slots=True)
class Units:
    """All organisations, by id and by the division they govern."""

    by_id: dict[int, Unit]
    governing: dict[str, Unit]

    def get(self, unit_id: int | None) -> Unit | None:
        return None if unit_id is None else self.by_id.get(unit_id)

    def governing_at(self, division_code: str, level: int) -> Unit | None:
        """Return the unit that governs the ancestor, at ``level``, of a division."""
        return self.governing.get(division_code[: CODE_LENGTHS[Level(level)]].ljust(12, "0"))

    def above(self, unit: Unit) -> Unit | None:
        """Return the governing unit one level up; a unit that does not govern is under the one governing its division."""
        if not unit.governs:
            here = self.governing.get(unit.division_code)
            if here is not None and here.id != unit.id:
                return here
        for level in range(unit.level - 1, 0, -1):
            found = self.governing_at(unit.division_code, level)
            if found is not None:
                return found
        return None


def _load() -> Units:
    by_id: dict[int, Unit] = {}
    governing: dict[str, Unit] = {}
    rows = Organisation.objects.select_related("division").order_by("id")
    for row in rows:
        unit = Unit(
            id=row.id,
            kind=row.kind,
            name=row.name,
            short_name=row.short_name,
            level=row.division.level,
            division_id=row.division_id,
            division_code=row.division.code,
            parent_id=row.parent_id,
            governs=row.governs,
            hours=tuple((start, end) for start, end in row.office_hours),
            active=row.active,
            phone=row.phone,
        )
        by_id[unit.id] = unit
        if unit.governs and unit.active:
            governing[unit.division_code] = unit
    return Units(by_id, governing)


def units() -> Units:
    """Return the table of organisations (at most a few seconds old; see kernel/memo.py)."""
    return remember("orgs:units", _load)


def changed() -> None:
    """Forget the table: called by whatever writes organisations."""
    forget("orgs:")
    forget("calendar:")
