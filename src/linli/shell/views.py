"""Home, switches of presentation, pages about the installation, health."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from linli.shell.health import problems

CHOICES = {"mode": ("resident", "elder"), "theme": ("light", "dark"), "language": ("zh-hans", "en")}
ZOOMS = ("100", "110", "120", "136")
YEAR = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/home.html", {})


@require_POST
def switch(request: HttpRequest, cookie: str) -> HttpResponse:
    """Remember how this browser wants its pages, and go back to where it came from."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = redirect(target)
    value = request.POST.get(cookie, "")
    if value in CHOICES[cookie]:
        response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    if request.POST.get("zoom") in ZOOMS:
        response.set_cookie("zoom", request.POST["zoom"], max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/about.html", {"demo": settings.LINLI_DEMO})


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/accessibility.html", {})


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything is there, 503 naming what is missing."""
    missing = problems(at=request.now)  # type: ignore[attr-defined]
    return JsonResponse(
        {"status": "not ready" if missing else "ok", "missing": missing}, status=503 if missing else 200
    )
