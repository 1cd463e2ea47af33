"""The overview of a place: the three rates with their fractions, settled at which level, by unit below."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from linli.kernel.display import local
from linli.matters import figures
from linli.orgs.guards import staff_required
from linli.orgs.units import Unit, units
from linli.procedures import queries

MONTHS = 6


@require_GET
@staff_required
def overview(request: HttpRequest) -> HttpResponse:
    by, at = request.actor, request.now
    chosen = request.GET.get("unit", "")
    top = _unit(by, int(chosen) if chosen.isdigit() and len(chosen) < 18 else None)
    today = local(at).date()
    since = months_back(today, MONTHS - 1)
    below = _below(top)
    found = figures.rates([top.id, *(unit.id for unit in below)], since=since, until=today)
    own = found[top.id]
    total = sum(own.levels.values())
    months = {row.month: row for row in figures.by_month(top.id, since=since, until=today)}
    series = [
        {"month": month, "row": months.get(month)}
        for month in (months_back(today, back) for back in range(MONTHS - 1, -1, -1))
    ]
    context = {
        "top": top,
        "since": since,
        "today": today,
        "own": own,
        "levels": [(level, own.levels[level], total) for level in (6, 5, 4, 3, 2)],
        "below": [(unit, found[unit.id]) for unit in below],
        "series": series,
        "peak": max([row["row"].received if row["row"] else 0 for row in series] + [1]),
        "counts": queries.counts(by, at=at),
        "parent": units().above(top),
    }
    request.inbox_counts = context["counts"]
    return render(request, "matters/overview.html", context)


def months_back(day: date, count: int) -> date:
    """Return the first day of the month ``count`` months before the month of ``day``."""
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _unit(by: Any, unit_id: int | None) -> Unit:
    """The unit asked for; figures are published, so every member of staff may read every unit's."""
    table = units()
    wanted = table.get(unit_id)
    if wanted is not None:
        return wanted
    home = by.posts[0].unit
    return home if home.governs else table.above(home) or home


def _below(top: Unit) -> list[Unit]:
    """The governing units one level below, or the departments beside where there are none."""
    table = units()
    prefix = top.division_code[: {2: 4, 3: 6, 4: 9, 5: 12}.get(top.level, 2)]
    below = [
        unit
        for unit in table.governing.values()
        if unit.level == top.level + 1 and unit.division_code.startswith(prefix)
    ]
    others = [
        unit
        for unit in table.by_id.values()
        if unit.active and not unit.governs and unit.division_id == top.division_id
    ]
    return sorted(below, key=lambda unit: unit.division_code) + sorted(others, key=lambda unit: unit.id)
