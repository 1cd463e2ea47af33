"""Who gets to the planner's pages, and only to their areas and plans."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.policy import Refused, SignInNeeded
from linli.places.models import Division
from linli.planning import queries
from linli.planning.models import Plan
from linli.planning.policies import prefixes

View = Callable[..., HttpResponse]


def reader_required(view: View) -> View:
    """Let people in who manage or oversee a place; others are asked to sign in, or told why not."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            raise SignInNeeded
        if not prefixes(request.actor):
            raise Refused(_("网格划分给管理或督办一个地方的岗位看，您的岗位不包括这项。"))
        return view(request, *args, **kwargs)

    return guarded


def area_or_404(request: HttpRequest, code: str) -> Division:
    found = queries.areas_of(request.actor).select_related("parent").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def plan_or_404(request: HttpRequest, plan_id: int) -> Plan:
    if plan_id >= 2**63:
        raise Http404
    rows = queries.visible_to(request.actor).select_related("division__parent", "made_by", "submitted_by", "decided_by")
    found = rows.filter(pk=plan_id).first()
    if found is None:
        raise Http404
    return found


def crumbs(division: Division, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    way: list[tuple[str, str | None]] = [(_("网格划分"), reverse("planning:areas"))]
    way.append((division.name, reverse("planning:area", args=[division.code]) if more else None))
    return [*way, *more]


def refused(request: HttpRequest, error: ValidationError, *, back: str, title: str) -> HttpResponse:
    """Say why an act was refused, with the way back."""
    context = {"reasons": error.messages, "back_to": back, "title": title}
    return render(request, "places/refused.html", context, status=409)
