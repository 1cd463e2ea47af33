"""Areas that somebody may plan, one area with its plans, plans side by side, the workload of its buildings."""

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.exports import WORKBOOK, download, workbook_bytes
from linli.places import pictures as maps
from linli.places.drawing import bounds_of
from linli.places.models import Grid
from linli.places.words import map_words
from linli.planning import actions, instances, pictures, queries, sources
from linli.planning.forms import FileForm, PlanForm
from linli.planning.models import Plan
from linli.planning.policies import can_plan
from linli.planning.views.guards import area_or_404, crumbs, reader_required
from linli.planning.views.plans import proof_of
from linli.planning.views.tables import compared, spread
from linli.planning.workload import FEW, WEIGHTS

MOST_AREAS = 300
ROWS = 100


@require_safe
@reader_required
def areas(request: HttpRequest) -> HttpResponse:
    """The areas that this person manages or oversees, with the plans of each."""
    text = request.GET.get("q", "").strip()[:60]
    rows = queries.areas_of(request.actor)
    if text:
        rows = rows.filter(name__contains=text)
    listed = list(rows.select_related("parent")[: MOST_AREAS + 1])
    waiting = queries.visible_to(request.actor).filter(step="submitted").select_related("division", "submitted_by")
    latest: dict[int, Plan] = {}
    recent = queries.visible_to(request.actor).exclude(step="dropped").filter(division__in=listed)
    for one in recent.defer(*queries.HEAVY, "figures").order_by("id"):
        latest[one.division_id] = one
    context = {
        "areas": [(one, latest.get(one.pk)) for one in listed[:MOST_AREAS]],
        "more": len(listed) > MOST_AREAS,
        "text": text,
        "waiting": waiting.defer(*queries.HEAVY, "figures").order_by("since", "id")[:50],
    }
    return render(request, "planning/areas.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_required
def area(request: HttpRequest, code: str) -> HttpResponse:
    """One area: today's grids on the map, its plans, and the form for another one."""
    here = area_or_404(request, code)
    may = can_plan(request.actor, here.code)
    inside = instances.communities(here)
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        communities=inside,
        last=queries.weights_of(request.actor, here),
    )
    if request.method == "POST":
        may.enforce()
        if form.is_valid():
            try:
                plan = actions.begin(
                    division=here,
                    name=form.cleaned_data["name"],
                    settings=form.settings(),
                    by=request.actor,
                    at=request.now,
                )
                return redirect("planning:plan", plan.pk)
            except ValidationError as error:
                form.add_error(None, error)
    first, last = instances.inside(here)
    grids = Grid.objects.filter(active=True, community__code__range=(first, last))
    boundaries = list(grids.exclude(boundary=None).values_list("boundary", flat=True))
    head = here.code[:9] if here.level == 4 else here.code[:6] if here.level == 3 else here.code
    picture = maps.community(here.code) if here.level == 5 else maps.all_communities(inside=[head])
    context = {
        "place": here,
        "crumbs": crumbs(here),
        "may": may,
        "form": form,
        "file_form": FileForm(),
        "inside": inside,
        "grids": grids.count(),
        "plans": queries.plans_of(request.actor, here),
        "picture": picture,
        "bounds": (maps.community_bounds(here.code) if here.level == 5 else bounds_of(boundaries)) if picture else None,
        "words": map_words(),
        "uncounted": [label for kind, label in sources.KINDS.items() if kind not in sources.registered()],
    }
    return render(request, "planning/area.html", context, status=422 if form.is_bound else 200)


@require_safe
@reader_required
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """Up to three plans side by side on the map, with today's grids in the table beside."""
    here = area_or_404(request, code)
    asked = [int(one) for one in request.GET.getlist("plan") if one.isascii() and one.isdigit() and len(one) < 19]
    rows = (
        queries.visible_to(request.actor)
        .filter(division=here, run="ready", pk__in=asked[: queries.MOST_COMPARED])
        .order_by("id")
    )
    chosen = list(rows)
    context = {
        "place": here,
        "crumbs": crumbs(here, (_("比较"), None)),
        "chosen": chosen,
        "more": len(asked) > queries.MOST_COMPARED,
    }
    if chosen:
        codes = sorted({one for plan in chosen for one in plan.instance["communities"]})
        shown = request.GET.get("community", "")
        shown = shown if shown in codes else codes[0]
        columns = [queries.today(chosen[0].instance, chosen[0].settings), *(queries.column(plan) for plan in chosen)]
        names = {code: name for plan in chosen for code, name in plan.instance["communities"].items()}
        context |= {
            "columns": columns,
            "rows": compared(columns),
            "spread": spread(columns),
            "shown": shown,
            "communities": [(code, names[code]) for code in codes],
            "query": "&".join(f"plan={plan.pk}" for plan in chosen),
            "pictures": [
                (
                    plan,
                    pictures.community(plan.instance, plan.assignment, shown, queries.column(plan), id=f"map{plan.pk}"),
                )
                for plan in chosen
            ],
            "proofs": [proof_of(plan, shown) for plan in chosen],
        }
    return render(request, "planning/compare.html", context)


@require_safe
@reader_required
def workload(request: HttpRequest, code: str) -> HttpResponse:
    """What each building of an area is expected to ask for, by the weights of the latest plan."""
    here = area_or_404(request, code)
    weights = {**WEIGHTS, **queries.weights_of(request.actor, here).get("weights", {})}
    context = {
        "place": here,
        "crumbs": crumbs(here, (_("工作量"), None)),
        "weights": weights,
        "kinds": sources.KINDS,
        "few": FEW,
    }
    context["uncounted"] = [label for kind, label in sources.KINDS.items() if kind not in sources.registered()]
    try:
        data = instances.collect(here, {"weights": weights}, at=request.now)
    except ValidationError as error:
        return render(request, "planning/workload.html", context | {"problem": " ".join(error.messages)})
    rows = sorted(data["units"], key=lambda one: (-one["workload"], int(one["id"])))
    if request.GET.get("export") == "xlsx":
        heads = [_("社区"), _("楼栋"), _("户数"), *map(str, sources.KINDS.values()), _("工作量")]
        cells = (
            [
                data["communities"][one["community"]],
                one["name"],
                one["households"],
                one["matters"],
                one["visits"],
                one["care"],
                one["workload"],
            ]
            for one in rows
        )
        name = _("%(name)s工作量") % {"name": here.name}
        return download(workbook_bytes(heads, cells, title=name), name=f"{name}.xlsx", mime=WORKBOOK)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    total = {kind: round(sum(one[kind] for one in rows), 1) for kind in ("households", *sources.KINDS, "workload")}
    context |= {
        "page": page,
        "total": total,
        "names": data["communities"],
        "unplaced": sum(not one["placed"] for one in rows),
    }
    return render(request, "planning/workload.html", context)
