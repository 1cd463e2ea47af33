"""The inbox: one list per person and unit, 50 rows in a fixed number of statements."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.orgs.guards import staff_required
from linli.procedures import queries
from linli.procedures.definitions import in_force
from linli.procedures.enums import State, Urgency
from linli.procedures.rows import names_of_grids, row_of

TITLES = {
    "unit": lambda: _("待我办"),
    "mine": lambda: _("我认领的"),
    "watched": lambda: _("辖区在办"),
    "took_part": lambda: _("经手过的"),
}


@require_GET
@staff_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Statements: session, user, posts, counts, rows."""
    by, at = request.actor, request.now
    wanted, whose = _filter(request), request.GET.get("whose", "unit")
    try:
        page = queries.page_of(queries.inbox(by, wanted, at=at), cursor=request.GET.get("cursor", ""))
    except ValueError as error:
        raise Http404 from error
    counts = queries.counts(by, at=at, unit_id=wanted.unit_id)
    request.inbox_counts = counts
    kept = {key: value for key, value in request.GET.items() if key != "cursor" and value}
    path = reverse("procedures:inbox")
    context = {
        "title": TITLES.get(whose, TITLES["unit"])(),
        "total": counts.get({"mine": "mine"}.get(whose, "unit"))
        if not _narrowed(wanted) and whose in ("unit", "mine")
        else None,
        "counts": counts,
        "rows": [row_of(row, at) for row in page.rows],
        "wanted": wanted,
        "whose": whose,
        "next": f"{path}?{urlencode({**kept, 'cursor': page.next})}" if page.next else None,
        "previous": f"{path}?{urlencode({**kept, 'cursor': page.previous})}" if page.previous else None,
        "filters": _filters(request, by),
        "here": request.get_full_path(),
    }
    return render(request, "procedures/inbox.html", context)


def _narrowed(wanted: queries.Filter) -> bool:
    return bool(wanted.when or wanted.procedure or wanted.step or wanted.urgency or wanted.grid_id)


def _filter(request: HttpRequest) -> queries.Filter:
    get = request.GET
    number = {
        name: int(get[name]) if get.get(name, "").isdigit() and len(get[name]) < 18 else None
        for name in ("unit", "urgency", "grid")
    }
    return queries.Filter(
        whose=get.get("whose", "unit"),
        unit_id=number["unit"],
        when=get.get("when", "") if get.get("when") in ("overdue", "today") else "",
        procedure=get.get("procedure", "")[:40],
        step=get.get("step", "")[:40],
        urgency=number["urgency"],
        grid_id=number["grid"],
        state=State.ENDED if get.get("state") == "ended" else State.OPEN,
    )


def _filters(request: HttpRequest, by: Any) -> list[dict[str, Any]]:
    """The filters above the list: name, what is chosen, and the choices with their addresses."""
    path, current = reverse("procedures:inbox"), {key: value for key, value in request.GET.items() if key != "cursor"}

    def choice(name: str, value: str, label: str) -> dict[str, Any]:
        chosen = {key: kept for key, kept in {**current, name: value}.items() if kept}
        return {"label": label, "href": f"{path}?{urlencode(chosen)}", "current": current.get(name, "") == value}

    language = get_language()
    definitions = {key: found.definition for key, found in in_force().items()}
    grids = names_of_grids()
    mine = sorted({post.unit.division_code for post in by.posts if post.unit.level == 5})
    own_grids = [(pk, name) for pk, (name, code) in grids.items() if any(code.startswith(one) for one in mine)]
    kinds = [choice("procedure", "", _("全部"))] + [
        choice("procedure", key, found.name.in_(language)) for key, found in definitions.items()
    ]
    steps = []
    if chosen := definitions.get(current.get("procedure") or "matter"):
        steps = [choice("step", "", _("全部"))] + [
            choice("step", key, chosen.step_name(key, language))
            for key, step in chosen.steps.items()
            if step.kind != "end"
        ]
    groups = [
        (_("流程"), kinds),
        (_("环节"), steps),
        (
            _("紧急"),
            [choice("urgency", "", _("全部"))]
            + [choice("urgency", str(value), str(label)) for value, label in Urgency.choices],
        ),
        (
            _("网格"),
            [choice("grid", "", _("全部"))] + [choice("grid", str(pk), name) for pk, name in own_grids]
            if own_grids
            else [],
        ),
    ]
    return [
        {
            "label": label,
            "choices": choices,
            "chosen": next((one["label"] for one in choices if one["current"]), _("全部")),
        }
        for label, choices in groups
        if choices
    ]
