"""Home, switches of presentation, pages about the installation, health."""

import dataclasses
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.ids import read_code
from linli.matters import queries as matters
from linli.orgs import browser
from linli.orgs.guards import staff_required
from linli.orgs.models import Organisation
from linli.places.enums import Level
from linli.procedures import queries, searching
from linli.procedures.beginning import for_residents
from linli.procedures.definitions import in_force
from linli.procedures.models import Case
from linli.procedures.rows import row_of
from linli.shell.health import problems
from linli.shell.naming import city_name

CHOICES = {"mode": ("resident", "elder"), "theme": ("light", "dark"), "language": ("zh-hans", "en")}
MOST_WORDS = 4  # words of a search that are left out one by one when all together find nothing
ZOOMS = ("100", "110", "120", "136")
YEAR = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The residents' home page: what one can do, what is near, what waits for one's rating."""
    page = matters.home(code=request.COOKIES.get("community", ""), by=request.actor, at=request.now)
    linked = {
        name: [one | {"href": reverse("matters:status", args=[one["code"]])} for one in getattr(page, name)]
        for name in ("open", "settled")
    }
    context = {
        "page": dataclasses.replace(page, **linked),
        "month_title": (_("%(place)s%(month)s办得怎么样") if page.whole_city else _("%(month)s办得怎么样"))
        % {"place": city_name(), "month": page.month},
        "rates": _rates(page.rates) if page.rates else [],
        "begins": any(for_residents(one.definition) for one in in_force().values()),
    }
    return render(request, "shell/home.html", context)


def _rates(figures: Any) -> list[tuple[str, float | None, str]]:
    """The three rates as (label, percentage if there are enough answers, the counts in words)."""
    return [
        (label, matters.published(pair), said % {"part": pair[0], "whole": pair[1]})
        for label, pair, said in (
            (_("联系到人"), figures.response, _("%(part)d / %(whole)d 件")),
            (_("解决"), figures.settlement, _("%(part)d / %(whole)d 件")),
            (_("满意"), figures.satisfaction, _("%(part)d / %(whole)d 人评")),
        )
    ]


def _back(request: HttpRequest) -> str:
    """Where the form came from, if that is on this host."""
    return browser.own_page(request, request.POST.get("next", "")) or "/"


@require_POST
def switch(request: HttpRequest, cookie: str) -> HttpResponse:
    """Remember how this browser wants its pages, and go back to where it came from."""
    response = redirect(_back(request))
    value = request.POST.get(cookie, "")
    if value in CHOICES[cookie]:
        response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    if request.POST.get("zoom") in ZOOMS:
        response.set_cookie("zoom", request.POST["zoom"], max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session, and leave nothing of it in the browser for whoever comes next: neither what was opened by code nor old pages."""
    logout(request)
    response = redirect("shell:home")
    browser.close_opened(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@require_POST
@staff_required
def choose_post(request: HttpRequest) -> HttpResponse:
    """Choose which of one's posts heads the desk."""
    response = redirect(_back(request))
    chosen = request.POST.get("post", "")
    if any(str(post.id) == chosen for post in request.actor.posts):  # type: ignore[attr-defined]
        response.set_cookie("post", chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


@require_safe
@staff_required
def search(request: HttpRequest) -> HttpResponse:
    """Find a case by its code, or by words of its title, among those this person may see."""
    text = request.GET.get("q", "").strip()[:100]
    code = read_code(text)
    found = queries.visible(request.actor)  # type: ignore[attr-defined]
    if code and found.filter(code=code).exists():
        return redirect("procedures:case", code)
    rows = [row_of(row, request.now) for row in searching.find(found, text).values(*queries.ROW)] if text else []  # type: ignore[attr-defined]
    context = {"q": text, "rows": rows, "most": searching.MOST, "others": [] if rows else _other_words(found, text)}
    return render(request, "shell/search.html", context)


def _other_words(found: QuerySet[Case], text: str) -> list[tuple[str, int]]:
    """The same words less one each, with how many cases hold them (up to 200), where that finds any: what to ask instead."""
    words = text.split()
    if not 2 <= len(words) <= MOST_WORDS:
        return []
    tries = [" ".join(words[:out] + words[out + 1 :]) for out in range(len(words))]
    counted = [(one, queries.count_up_to(searching.matching(found, one), searching.MOST)[0]) for one in tries]
    return [(one, count) for one, count in counted if count]


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Who runs the installation: one's own community and every level that governs, with its phone; what becomes of one's data."""
    own = Q(division__code=request.COOKIES.get("community", "")[:12], division__level=Level.COMMUNITY)
    rows = Organisation.objects.filter(Q(division__level__lte=Level.STREET) | own, governs=True, active=True)
    listed = rows.select_related("division").order_by("division__code")[:200]
    governing = [
        {"name": row.name, "level": Level(row.division.level).label, "phone": row.phone, "address": row.address}
        for row in sorted(listed, key=lambda row: row.division.level != Level.COMMUNITY)
    ]
    return render(request, "shell/about.html", {"demo": settings.LINLI_DEMO, "governing": governing})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/accessibility.html", {})


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything is there, 503 naming what is missing."""
    missing = problems(at=request.now)  # type: ignore[attr-defined]
    response = JsonResponse(
        {"status": "not ready" if missing else "ok", "missing": missing}, status=503 if missing else 200
    )
    response._has_been_logged = True  # type: ignore[attr-defined] # Django logs each 503 as an error: this one is an answer
    return response
