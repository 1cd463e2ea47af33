"""A row of a list of cases, with the names that people read."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.addresses import address
from linli.kernel.memo import remember
from linli.orgs.units import units
from linli.places.models import Compound, Grid
from linli.procedures.clock_words import RowClocks
from linli.procedures.definitions import of_version
from linli.procedures.enums import PERSON_ROLES, Urgency
from linli.procedures.registry import column_words


def names_of_grids() -> dict[int, tuple[str, str]]:
    """Return name and code of every grid (kept in the process for a few seconds)."""
    return remember(
        "procedures:grids",
        lambda: {pk: (name, code) for pk, name, code in Grid.objects.values_list("pk", "name", "code")},
        seconds=60,
    )


def names_of_compounds() -> dict[int, str]:
    """Return the name of every compound."""
    return remember("procedures:compounds", lambda: dict(Compound.objects.values_list("pk", "name")), seconds=60)


class Teller:
    """Says the rows of one list in words: what is the same for all of them is looked up once."""

    def __init__(self, at: datetime) -> None:
        self._at, self._language = at, get_language()
        self._units, self._grids, self._compounds = units().by_id, names_of_grids(), names_of_compounds()
        self._words: dict[tuple[int, str], tuple[str, str, str]] = {}
        self._sources: dict[Any, str] = {}
        self._held = {role: _("反映人") if role in ("reporter", "starter") else _("群众") for role in PERSON_ROLES}
        self._clocks = RowClocks(at)

    def say(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row of ``queries.ROW`` with clock, place, step and holder in words, and the address of its page."""
        step_name, procedure_name, kind = self._names(row["version_id"], row["step"])
        unit = self._units.get(row["holder_unit_id"])
        grid = self._grids.get(row["grid_id"])
        role = row["holder_role"]
        channel = row.get("channel")
        if channel not in self._sources:
            self._sources[channel] = column_words("channel", channel)
        return {
            **row,
            "href": address("procedures:case", row["code"]),
            "clock": self._clocks.read(row),
            "step_name": step_name,
            "kind": row["kind_label"] or kind,
            "procedure_name": procedure_name,
            "source": self._sources[channel],
            "place": self._compounds.get(row["compound_id"]) or (grid[0] if grid else ""),
            "grid_name": grid[0].replace("网格", "").strip() if grid else "—",
            "grid": grid[0] if grid else "",
            "held": self._held.get(role) or (unit.label if unit else ""),
            "danger": row["urgency"] == _DANGER,
        }

    def _names(self, version_id: int, step: str) -> tuple[str, str, str]:
        """The step, the procedure, and what stands for the kind of a case that has none: a matter is not sorted yet."""
        found = self._words.get((version_id, step))
        if found is None:
            definition = of_version(version_id)
            name = definition.step_name(step, self._language) if step in definition.steps else step
            procedure = definition.name.in_(self._language)
            sorted_later = any(field.type == "category" for field in definition.fields.values())
            found = self._words[version_id, step] = (name, procedure, _("未归类") if sorted_later else procedure)
        return found


_DANGER = int(Urgency.DANGER)


def row_of(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return one row in words (for several, ``Teller``)."""
    return Teller(at).say(row)
