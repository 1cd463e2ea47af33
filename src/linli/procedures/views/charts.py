"""One flow, one chart, one list: what procedures there are, how each goes, how it has been going. Open to everyone."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.display import moment
from linli.kernel.ids import read_code
from linli.kernel.text import for_search
from linli.orgs.units import units
from linli.procedures import beginning, charting, figures
from linli.procedures.archiving import reader_of
from linli.procedures.clock_words import row_clock
from linli.procedures.definitions import InForce, in_force, of_case
from linli.procedures.enums import State
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.mermaid import mermaid
from linli.procedures.models import Case
from linli.procedures.registry import pages_of


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All procedures in force; ``q`` keeps those whose name or source holds the words, ``for=me`` those that residents begin here."""
    asked = request.GET.get("q", "")[:60].strip()
    counts: dict[str, int] = {}
    for (key, _step), number in figures.running().items():
        counts[key] = counts.get(key, 0) + number
    mine = request.GET.get("for") == "me"
    kept = [one.definition for one in in_force().values() if _matches(one.definition, asked)]
    found = [_entry(one, counts) for one in kept if not mine or beginning.for_residents(one)]
    found.sort(key=lambda entry: (entry["beside"], -entry["running"], entry["name"]))
    context = {
        "groups": [
            [entry for entry in found if not entry["beside"]],
            [entry for entry in found if entry["beside"]],
        ],
        "count": len(found),
        "q": asked,
        "mine": mine,
        "any": bool(in_force()),
    }
    return render(request, "procedures/list.html", context)


def _matches(definition: Definition, asked: str) -> bool:
    words = for_search(f"{definition.name.zh} {definition.name.en} {definition.source}")
    return all(part in words for part in for_search(asked).split())


def _entry(definition: Definition, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "key": definition.procedure,
        "name": definition.name.in_(charting.language()),
        "source": definition.source,
        "starters": charting.starters(definition),
        "way": charting.usual_way(definition),
        "steps": sum(step.kind != "end" for step in definition.steps.values()),
        "beside": definition.beside is not None,
        "running": counts.get(definition.procedure, 0),
        "href": reverse("procedures:chart", args=[definition.procedure]),
        "begin": reverse("procedures:start", args=[definition.procedure])
        if beginning.for_residents(definition)
        else "",
    }


def _found(key: str) -> InForce:
    found = in_force().get(key)
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, key: str) -> dict[str, Any]:
    definition = _found(key).definition
    running = {step: number for (procedure, step), number in figures.running().items() if procedure == key}
    return {
        "definition": definition,
        "name": definition.name.in_(charting.language()),
        "svg": charting.svg(definition),
        "rows": charting.rows(definition),
        "figures": figures.public_by_step(key, at=request.now),
        "running": running,
        "total": sum(running.values()),
        "starters": charting.starters(definition),
        "since": figures.first_month(request.now),
        "begin": _begin(request, definition),
    }


def _begin(request: HttpRequest, definition: Definition) -> str:
    """Where this person begins a case of it: at the desk, or as a resident; '' where they cannot."""
    if request.actor.staff:
        one = beginning.beginning(definition, request.actor, at=request.now)
        return (
            ""
            if one.why_not
            else reverse(one.page or "procedures:begin_one", args=[] if one.page else [definition.procedure])
        )
    if pages := pages_of(definition.procedure):
        return reverse(pages.resident)
    return reverse("procedures:start", args=[definition.procedure]) if beginning.for_residents(definition) else ""


@require_safe
def chart(request: HttpRequest, key: str) -> HttpResponse:
    """The chart of a procedure in force, the table of its steps, its figures."""
    return render(request, "procedures/chart.html", _context(request, key))


@require_safe
def paper(request: HttpRequest, key: str) -> HttpResponse:
    """The same on A4: the chart on a sheet across, the table on one upright."""
    return render(request, "procedures/chart_print.html", _context(request, key))


@require_safe
def mermaid_text(request: HttpRequest, key: str) -> HttpResponse:
    """The chart as Mermaid text, for documents that draw such text."""
    definition = _found(key).definition
    text = mermaid(definition, charting.language(), roles_names=charting.role_names())
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{definition.version}.mmd"'
    return response


@require_safe
def of_one_case(request: HttpRequest, code: str) -> HttpResponse:
    """The chart of a case's own version with the step where it is: for staff who may see the case and for whoever started it."""
    known = read_code(code)
    case = Case.objects.select_related("parent", "holder_unit").filter(code=known).first() if known else None
    reader = reader_of(request.actor, case) if case else ""
    if case is None or not reader:
        raise Http404
    definition, visited = of_case(case), charting.visited(case)
    on_chart = case.step in definition.steps
    context = {
        "case": case,
        "definition": definition,
        "name": definition.name.in_(charting.language()),
        "svg": charting.svg(definition, current=case.step, visited=visited),
        "rows": charting.rows(definition, current=case.step, visited=visited),
        "step_name": definition.step_name(case.step, charting.language()) if on_chart else "",
        "clock": _clock(case, request) if case.state == State.OPEN else None,
        "happened": _happened(case),
        "back": reverse("procedures:case", args=[case.code]) if reader == "staff" else None,
        "in_force": case.procedure in in_force(),
    }
    return render(request, "procedures/case_chart.html", context)


def _clock(case: Case, request: HttpRequest) -> dict[str, Any]:
    row = {name: getattr(case, name) for name in ("suspended", "due_at", "yellow_at", "entered_at", "holder_unit_id")}
    return row_clock(row, request.now)


def _happened(case: Case) -> dict[str, str]:
    """What happened to a case at each step, in a few words: which unit had it, how often it came there."""
    said = {}
    for step, visit in case.visits.items():
        unit = units().get(visit.get("unit"))
        times = int(visit.get("times", 1))
        again = _("，共 %(times)d 次") % {"times": times} if times > 1 else ""
        said[step] = (unit.label if unit else _("办过")) + again
    if case.state == State.OPEN:
        said[case.step] = _("%(unit)s，%(since)s 起") % {
            "unit": _("反映人") if case.held_by_person else case.holder_unit.label,
            "since": moment(case.entered_at),
        }
    elif case.ended_at is not None:
        said[case.step] = moment(case.ended_at)
    return said
