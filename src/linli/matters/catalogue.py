"""The catalogue in force: what follows from a category at a place. Versions are data; the one in force is read once per process.

Rules of a version: ``{"<category key>": {"urgency": 2, "accept": "2 working hours", "answer": "24 hours", "handle": "3 working days",
"words": ["电梯"], "units": [{"place": "511602", "unit": 12}]}}``; the times are those of ``TIMES``, each may be left out. The unit whose
place is the longest prefix of the division's code answers for it; the empty place is the default.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from linli.kernel.memo import forget, remember
from linli.matters.enums import CatalogueStatus
from linli.matters.models import CatalogueVersion, Category
from linli.procedures.enums import Urgency


def _by_class(danger: str, urgent: str, ordinary: str, complex_: str) -> Mapping[Urgency, str]:
    return dict(zip(Urgency, (danger, urgent, ordinary, complex_), strict=True))


# How long each thing takes by class of urgency, unless the category says otherwise. What is dangerous runs day and night: hours and
# minutes of the clock, not of the office.
TIMES: Mapping[str, Mapping[Urgency, str]] = {
    # Acceptance is due within two working hours. Danger is accepted at once: to a clock that means ten minutes, after which
    # supervision opens.
    "accept": _by_class("10 minutes", "2 working hours", "2 working hours", "2 working hours"),
    "assign": _by_class("10 minutes", "2 working hours", "4 working hours", "4 working hours"),
    "answer": _by_class("2 hours", "24 hours", "7 days", "15 days"),
    "arrive": _by_class("1 hours", "2 working hours", "4 working hours", "1 working days"),
    "coordinate": _by_class("1 hours", "4 working hours", "1 working days", "1 working days"),
    "handle": _by_class("24 hours", "2 working days", "5 working days", "15 working days"),
    "check": _by_class("4 hours", "1 working days", "2 working days", "2 working days"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """What a category says: class of urgency, durations as text, telling words, responsible units by place."""

    category_id: int
    key: str
    name: str
    name_en: str
    parent_id: int | None
    parent_name: str
    urgency: int
    durations: Mapping[str, str]
    words: tuple[str, ...]
    units: tuple[tuple[str, int], ...]

    def unit_for(self, division_code: str) -> int | None:
        """Return the responsible unit at a place: the rule whose place is nearest."""
        fitting = [(len(place), unit) for place, unit in self.units if division_code.startswith(place)]
        return max(fitting)[1] if fitting else None


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """One version: its number and its rules by category id."""

    number: int
    rules: Mapping[int, Rule]

    def get(self, category_id: Any) -> Rule | None:
        return self.rules.get(category_id) if isinstance(category_id, int) else None


def times_of(urgency: int) -> dict[str, str]:
    """Return how long everything takes in a class of urgency."""
    return {name: by_class[Urgency(urgency)] for name, by_class in TIMES.items()}


def build(number: int, content: Mapping[str, Any]) -> Catalogue:
    """Return a catalogue from the rules of a version and the categories' names."""
    categories = {row.pk: row for row in Category.objects.filter(active=True).order_by("position", "id")}
    rules = {}
    for row in categories.values():
        said = content.get(row.key)
        if row.parent_id is None or said is None:
            continue
        urgency = int(said.get("urgency", Urgency.ORDINARY))
        parent = categories.get(row.parent_id)
        rules[row.pk] = Rule(
            category_id=row.pk,
            key=row.key,
            name=row.name,
            name_en=row.name_en,
            parent_id=row.parent_id,
            parent_name=parent.name if parent else "",
            urgency=urgency,
            durations={name: said.get(name) or usual for name, usual in times_of(urgency).items()},
            words=tuple(said.get("words", ())),
            units=tuple((str(one.get("place", "")), int(one["unit"])) for one in said.get("units", ())),
        )
    return Catalogue(number, rules)


def in_force() -> Catalogue:
    """Return the catalogue in force; an empty one before the first is published."""

    def load() -> Catalogue:
        row = CatalogueVersion.objects.filter(status=CatalogueStatus.PUBLISHED).first()
        return build(row.number, row.rules) if row else Catalogue(0, {})

    return remember("matters:catalogue", load)


def of(data: Mapping[str, Any]) -> Catalogue:
    """Return the version that a matter began with and stays on; the one in force where its answers name none."""
    number, current = data.get("catalogue"), in_force()
    if not isinstance(number, int) or number == current.number:
        return current

    def load() -> Catalogue:
        row = CatalogueVersion.objects.filter(number=number).first()
        return build(row.number, row.rules) if row else current

    # a version that was in force never changes; the names of its categories may
    return remember(f"matters:catalogue:{number}", load, seconds=60)


def rule_of(data: Mapping[str, Any]) -> Rule | None:
    """Return the rule for a matter's answers: of its own version, of the one in force where that does not know the category yet."""
    return of(data).get(data.get("category")) or in_force().get(data.get("category"))


def changed() -> None:
    """Forget what is kept: called by whatever publishes a version or changes categories."""
    forget("matters:catalogue")


def look_up(data: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Answer the procedure's 'from: catalogue.X' for a matter's answers (category, urgency, the version it began with), and say by which."""
    rule, said = rule_of(data), data.get("urgency")
    urgency = Urgency(said) if said in Urgency.values else None
    version = of(data).number or None
    if rule is None:
        return {**times_of(urgency or Urgency.ORDINARY), "version": version}
    # somebody judged it more or less urgent than its category: the class's own times count
    judged = urgency is not None and urgency != rule.urgency
    found: dict[str, str | int | None] = {**(times_of(urgency) if urgency and judged else rule.durations)}
    found["version"] = version
    found["unit"] = rule.unit_for(str(data.get("division", "")))
    return found
