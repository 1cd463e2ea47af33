"""The catalogue in force: what follows from a category at a place. Versions are data; the one in force is read once per process.

Rules of a version: ``{"<category key>": {"urgency": 2, "accept": "2 working hours", "answer": "24 hours", "handle": "3 working days",
"words": ["电梯"], "units": [{"place": "511602", "unit": 12}]}}``. The unit whose place is the longest prefix of the division's code
answers for it; the empty place is the default.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from linli.kernel.memo import forget, remember
from linli.matters.enums import CatalogueStatus
from linli.matters.models import CatalogueVersion, Category
from linli.procedures.enums import Urgency

# The time to a first substantial answer by class of urgency, unless the category says otherwise.
ANSWERS = {
    Urgency.DANGER: "2 hours",
    Urgency.URGENT: "24 hours",
    Urgency.ORDINARY: "7 days",
    Urgency.COMPLEX: "15 days",
}
# Acceptance is due within two working hours. Danger is accepted at once, day and night: to a clock that means ten minutes,
# after which supervision opens.
ACCEPT = {
    Urgency.DANGER: "10 minutes",
    Urgency.URGENT: "2 working hours",
    Urgency.ORDINARY: "2 working hours",
    Urgency.COMPLEX: "2 working hours",
}
HANDLE = {
    Urgency.DANGER: "1 working days",
    Urgency.URGENT: "2 working days",
    Urgency.ORDINARY: "5 working days",
    Urgency.COMPLEX: "15 working days",
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
            durations={
                "accept": said.get("accept") or ACCEPT[Urgency(urgency)],
                "answer": said.get("answer") or ANSWERS[Urgency(urgency)],
                "handle": said.get("handle") or HANDLE[Urgency(urgency)],
            },
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


def changed() -> None:
    """Forget what is kept: called by whatever publishes a version or changes categories."""
    forget("matters:catalogue")


def look_up(data: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Answer the procedure's 'from: catalogue.X' for a matter's answers (category, urgency), and say by which version."""
    catalogue = in_force()
    rule = catalogue.get(data.get("category"))
    urgency = data.get("urgency")
    if rule is None:
        known = Urgency(urgency) if urgency in Urgency.values else Urgency.ORDINARY
        own = {"accept": ACCEPT[known], "answer": ANSWERS[known], "handle": HANDLE[known]}
        return {**own, "version": catalogue.number or None}
    found: dict[str, str | int | None] = dict(rule.durations)
    if urgency in Urgency.values and urgency != rule.urgency:
        # somebody judged it more or less urgent than its category: the class's own times count
        found = {
            "accept": ACCEPT[Urgency(urgency)],
            "answer": ANSWERS[Urgency(urgency)],
            "handle": HANDLE[Urgency(urgency)],
        }
    found["version"] = catalogue.number or None
    found["unit"] = rule.unit_for(str(data.get("division", "")))
    return found
