"""A row of a list of cases, with the names that people read."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.memo import remember
from linli.orgs.enums import ROLES
from linli.orgs.units import units
from linli.places.models import Compound, Grid
from linli.procedures.clock_words import row_clock
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


def row_of(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return a row of ``queries.ROW`` with clock, place, step and holder in words, and the address of its page."""
    definition = of_version(row["version_id"])
    step = definition.steps.get(row["step"])
    language = get_language()
    unit = units().get(row["holder_unit_id"])
    grid = names_of_grids().get(row["grid_id"]) if row["grid_id"] else None
    if row["holder_role"] in PERSON_ROLES:
        held = _("反映人") if row["holder_role"] in ("reporter", "starter") else _("群众")
    else:
        held = unit.label if unit else ""
    role = ROLES.get(row["holder_role"])
    return {
        **row,
        "href": reverse("procedures:case", args=[row["code"]]),
        "clock": row_clock(row, at),
        "step_name": definition.step_name(row["step"], language) if step else row["step"],
        "kind": row["kind_label"] or definition.name.in_(language),
        "procedure_name": definition.name.in_(language),
        "source": column_words("channel", row.get("channel")),
        "place": names_of_compounds().get(row["compound_id"]) or (grid[0] if grid else ""),
        "grid_name": grid[0].replace("网格", "") if grid else "—",
        "held": held,
        "held_role": str(role.name) if role else "",
        "danger": row["urgency"] == Urgency.DANGER,
    }
