"""How long each step takes, how often it comes back, how often it is late: by step, month and unit, for those who oversee a place."""

from datetime import date
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from linli.kernel.display import local
from linli.orgs.actors import Actor
from linli.orgs.guards import staff_required
from linli.orgs.units import units
from linli.procedures import charting, figures, queries
from linli.procedures.definitions import in_force
from linli.procedures.enums import State
from linli.procedures.figures import Figures


def units_of(by: Actor) -> dict[int, Any]:
    """The units whose figures somebody sees: their own, and those inside the places that they oversee."""
    return {
        unit.id: unit
        for unit in units().by_id.values()
        if unit.id in by.unit_ids or any(unit.division_code.startswith(prefix) for prefix in by.overseen)
    }


@require_safe
@staff_required
def page(request: HttpRequest) -> HttpResponse:
    """The figures of one procedure, and of one of its steps by month and unit."""
    known = in_force()
    key = request.GET.get("procedure", "")[:40] or ("matter" if "matter" in known else next(iter(known), ""))
    if key not in known:
        raise Http404
    definition, seen = known[key].definition, units_of(request.actor)
    steps = [step for step, one in definition.steps.items() if one.kind != "end"]
    chosen = request.GET.get("step", "")
    if chosen and chosen not in steps:
        raise Http404
    chosen = chosen or steps[0]
    sums = figures.by_step(key, at=request.now, unit_ids=seen)
    context = {
        "procedures": [
            (one, found.definition.name.in_(charting.language()), f"?{urlencode({'procedure': one})}")
            for one, found in sorted(known.items())
        ],
        "key": key,
        "name": definition.name.in_(charting.language()),
        "chosen": chosen,
        "chosen_name": definition.step_name(chosen, charting.language()),
        "rows": [_row(request, definition, step, sums.get(step, Figures())) for step in steps],
        "months": _months(request, key, chosen, seen),
        "units": _by_unit(request, key, chosen, seen),
        "since": figures.first_month(request.now),
    }
    return render(request, "procedures/figures.html", context)


def _row(request: HttpRequest, definition: Any, step: str, sums: Figures) -> dict[str, Any]:
    if not hasattr(request, "open_by_step"):
        rows = queries.visible(request.actor).filter(state=State.OPEN, procedure=definition.procedure).order_by()
        request.open_by_step = dict(rows.values_list("step").annotate(number=Count("id")))
    inbox = {"whose": "watched", "procedure": definition.procedure, "step": step}
    return {
        "step": step,
        "name": definition.step_name(step, charting.language()),
        "sums": sums,
        "now": request.open_by_step.get(step, 0),
        "cases": f"{reverse('procedures:inbox')}?{urlencode(inbox)}",
        "href": f"?{urlencode({'procedure': definition.procedure, 'step': step})}#step",
    }


def _months(request: HttpRequest, key: str, step: str, seen: dict[int, Any]) -> list[tuple[date, Figures]]:
    found = figures.by_month(key, at=request.now, unit_ids=seen)
    first, today = figures.first_month(request.now), local(request.now).date()
    count = (today.year - first.year) * 12 + today.month - first.month + 1
    months = [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]
    return [(month, found.get((step, month), Figures())) for month in months]


def _by_unit(request: HttpRequest, key: str, step: str, seen: dict[int, Any]) -> list[tuple[Any, Figures]]:
    found = figures.by_unit(key, step, at=request.now, unit_ids=seen)
    return sorted(((seen[unit_id], sums) for unit_id, sums in found.items()), key=lambda pair: pair[0].division_code)
