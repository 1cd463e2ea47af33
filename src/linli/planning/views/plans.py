"""One plan: the map, the figures beside others, moving a building, its run."""

from collections import defaultdict
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.audit import history, records
from linli.kernel.display import local
from linli.orgs.actors import on_day
from linli.orgs.enums import ROLES
from linli.orgs.models import Post
from linli.planning import actions, pictures, queries, teams
from linli.planning.forms import DayForm
from linli.planning.models import Plan
from linli.planning.policies import can_change, can_decide, can_drop, can_plan, can_withdraw
from linli.planning.queries import Column, signed
from linli.planning.views.guards import crumbs, plan_or_404, reader_required, refused
from linli.planning.views.tables import compared, spread

FIELD_ROLES = ("grid_leader", "grid_worker", "micro_grid_worker")
OTHERS = 1
ACTIONS = {
    "planning.begin": gettext_lazy("要求计算"),
    "planning.import": gettext_lazy("从文件导入方案"),
    "planning.submit": gettext_lazy("送审"),
    "planning.withdraw": gettext_lazy("撤回送审"),
    "planning.give_back": gettext_lazy("退回"),
    "planning.publish": gettext_lazy("公布"),
    "planning.drop": gettext_lazy("作废"),
}
FIELDS = {
    "since": gettext_lazy("启用日期"),
    "reason": gettext_lazy("理由"),
    "grids": gettext_lazy("网格"),
    "moved": gettext_lazy("要换网格的户"),
}


@require_safe
@reader_required
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan as it is. ``?community=`` which of its communities is drawn; ``?building=&to=`` shows what that move would do (with
    ``part=try`` that alone, for the script); ``?view=today`` shows today's grids instead.
    """
    one = plan_or_404(request, plan_id)
    if not one.ready:
        return render(request, "planning/run.html", _run(request, one))
    tried, problem = _trial(request, one)
    if request.GET.get("part") == "try":
        return render(request, "planning/_try.html", {"one": one, "tried": tried, "problem": problem})
    codes = list(one.instance["communities"])
    shown = request.GET.get("community", "")
    if tried is not None:
        shown = tried.unit["community"]
    shown = shown if shown in codes else codes[0]
    here, current = one.division, queries.column(one, current=True)
    before = queries.today(one.instance, one.settings)
    others = (
        queries.visible_to(request.actor)
        .filter(division=here, run="ready", step__in=("draft", "submitted"))
        .exclude(pk=one.pk)
    )
    columns = [
        before,
        current,
        *(queries.column(other) for other in others.defer("instance", "assignment", "proof").order_by("-id")[:OTHERS]),
    ]
    view = before if request.GET.get("view") == "today" else current
    assignment = one.instance["today"] if view is before else one.assignment
    context = {
        "one": one,
        "place": here,
        "crumbs": crumbs(here, (one.name, None)),
        "view": view,
        "before": before,
        "columns": columns,
        "rows": compared(columns),
        "spread": spread(columns),
        "communities": [(code, one.instance["communities"][code]) for code in codes],
        "shown": shown,
        "picture": pictures.community(one.instance, assignment, shown, view),
        "units": [unit for unit in one.instance["units"] if unit["community"] == shown],
        "targets": [(key, grid["name"]) for key, grid in one.grids.items() if grid["community"] == shown],
        "tried": tried,
        "problem": problem,
        "proof": proof_of(one, shown),
        "broken": queries.broken_rules(current, one.settings),
        "grids": _grids(one, before, shown),
        "moves": one.moves.count(),
        "undoable": one.moves.filter(takes_back=None, taken_back=None).exists(),
        "unplaced": sum(not unit["placed"] for unit in one.instance["units"]),
        "day_form": DayForm(initial={"since": one.since}),
        "today": local(request.now).date(),
        "team": _team(request, one, shown),
        "records": records(history(one), actions=ACTIONS, fields=FIELDS),
        "may": _may(request, one),
    }
    return render(request, "planning/plan.html", context)


def _may(request: HttpRequest, one: Plan) -> dict[str, Any]:
    by, code = request.actor, one.division.code
    return {
        "plan": can_plan(by, code),
        "change": can_change(by, one, code),
        "decide": can_decide(by, one, code),
        "withdraw": can_withdraw(by, one, code),
        "drop": can_drop(by, one, code),
    }


def _trial(request: HttpRequest, one: Plan) -> tuple[queries.Trial | None, str]:
    building, to = request.GET.get("building", ""), request.GET.get("to", "")
    if not building or not to:
        return None, ""
    try:
        actions.check_move(one, building, to)
    except ValidationError as error:
        return None, " ".join(error.messages)
    return queries.trial(one, building, to), ""


def proof_of(one: Plan, code: str) -> dict[str, Any] | None:
    """What is proven of the community shown, in the library's words; a bound stays true after moves by hand, an optimum does not."""
    found = next((part for part in one.proof if part["community"] == code), None)
    if found is None:
        return None
    mine = [grid["deviation"] for grid in one.figures["grids"].values() if grid["community"] == code]
    worst = max(map(abs, mine), default=0.0)
    return {
        **found,
        "words": found["en"] if (get_language() or "").startswith("en") else found["zh"],
        "by_hand": one.moves.exists(),
        "bound_words": signed(found["bound"]).lstrip("+"),
        "worst_words": signed(worst).lstrip("+"),
    }


def _grids(one: Plan, before: Column, code: str) -> list[dict[str, Any]]:
    rows = []
    for key, named in one.grids.items():
        if named["community"] != code:
            continue
        found = one.figures["grids"].get(key)
        was = before.figures["grids"].get(key)
        row = {"key": key, "name": named["name"], "new": named["grid"] is None, "gone": found is None}
        if found is not None:
            row |= {
                **found,
                "deviation_words": signed(found["deviation"]),
                "since": None if was is None else found["households"] - was["households"],
            }
        rows.append(row)
    gone = [
        key for key, todays in one.instance["todays"].items() if todays["community"] == code and key not in one.grids
    ]
    return rows + [{"key": key, "name": before.named(key), "gone": True, "new": False} for key in gone]


def _team(request: HttpRequest, one: Plan, code: str) -> dict[str, Any]:
    """Where the workers of a community would go; who serves which grid is read from posts as they are today."""
    grids = [int(key) for key, todays in one.instance["todays"].items() if todays["community"] == code]
    posts = Post.objects.filter(
        on_day(local(request.now).date()), grid_id__in=grids, role__in=FIELD_ROLES, user__is_active=True
    )
    workers = [
        teams.Worker(post.pk, post.user.name, post.role, str(post.grid_id))
        for post in posts.select_related("user").order_by("id")
    ]
    load = {key: found["workload"] for key, found in one.figures["grids"].items() if found["community"] == code}
    proposed = teams.propose(workers, load, _known(one, code))
    by_grid: dict[str, list[str]] = defaultdict(list)
    for each in proposed:
        by_grid[each.to].append(each.worker.name)
    moves = [
        {
            "name": each.worker.name,
            "role": ROLES[each.worker.role].name,
            "from": one.instance["todays"][each.worker.grid]["name"],
            "to": one.grids[each.to]["name"],
            "stays": f"{each.stays * 100:.0f}%",
        }
        for each in proposed
        if each.moves
    ]
    empty = [one.grids[key]["name"] for key in load if key not in by_grid]
    return {"by_grid": by_grid, "moves": moves, "empty": empty, "workers": len(workers)}


def _known(one: Plan, code: str) -> dict[tuple[str, str], float]:
    """(grid of today, grid of the plan) to the share of the latter's households."""
    common: dict[tuple[str, str], int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for unit in one.instance["units"]:
        if unit["community"] == code:
            key = one.assignment[unit["id"]]
            total[key] += unit["households"]
            common[one.instance["today"].get(unit["id"], ""), key] += unit["households"]
    return {(old, new): n / total[new] for (old, new), n in common.items() if total[new]}


def _run(request: HttpRequest, one: Plan) -> dict[str, Any]:
    return {
        "one": one,
        "place": one.division,
        "crumbs": crumbs(one.division, (one.name, None)),
        "percent": round(one.progress * 100),
        "may": _may(request, one),
    }


@require_safe
@reader_required
def state(request: HttpRequest, plan_id: int) -> HttpResponse:
    """How far a run is: the part of its page that the script asks for again and again; X-Run says whether it goes on."""
    one = plan_or_404(request, plan_id)
    answer = render(request, "planning/_run.html", _run(request, one))
    answer.headers["X-Run"] = "going" if one.going else "over"
    return answer


@require_POST
@reader_required
def stop(request: HttpRequest, plan_id: int) -> HttpResponse:
    one = plan_or_404(request, plan_id)
    return acted(request, one, _("没有停下"), lambda: actions.stop(plan=one, by=request.actor, at=request.now))


@require_POST
@reader_required
def again(request: HttpRequest, plan_id: int) -> HttpResponse:
    one = plan_or_404(request, plan_id)
    return acted(request, one, _("没有重新开始"), lambda: actions.again(plan=one, by=request.actor, at=request.now))


@require_POST
@reader_required
def move(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Move a building; the page shows the community that it lies in."""
    one = plan_or_404(request, plan_id)
    building, to = request.POST.get("building", ""), request.POST.get("to", "")
    return acted(
        request,
        one,
        _("没有移动"),
        lambda: actions.move(plan=one, building=building, to=to, by=request.actor, at=request.now),
        _shown(request),
    )


@require_POST
@reader_required
def take_back(request: HttpRequest, plan_id: int) -> HttpResponse:
    one = plan_or_404(request, plan_id)
    return acted(
        request,
        one,
        _("没有撤回"),
        lambda: actions.take_back(plan=one, by=request.actor, at=request.now),
        _shown(request),
    )


def _shown(request: HttpRequest) -> str:
    code = request.POST.get("community", "")
    return f"?community={code}" if code.isascii() and code.isdigit() and len(code) == 12 else ""


def acted(request: HttpRequest, one: Plan, title: str, act: Any, query: str = "") -> HttpResponse:
    back = reverse("planning:plan", args=[one.pk]) + query
    try:
        act()
    except ValidationError as error:
        return refused(request, error, back=back, title=title)
    return redirect(back)
