"""Who gets to the register's pages: those who manage or oversee a place, and only to their places."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, Refused, SignInNeeded
from linli.places import queries
from linli.places.enums import Level
from linli.places.models import Building, Compound, Division, Grid
from linli.places.policies import can_manage, prefixes

View = Callable[..., HttpResponse]


def reader_required(view: View) -> View:
    """Let people in who manage or oversee a place; others are asked to sign in, or told why not."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            raise SignInNeeded
        if not prefixes(request.actor):
            raise Refused(_("地方的登记给管理或督办一个地方的岗位看，您的岗位不包括这项。"))
        return view(request, *args, **kwargs)

    return guarded


def division_or_404(request: HttpRequest, code: str) -> Division:
    """Return a division that this person may see."""
    found = queries.visible_to(request.actor).select_related("parent").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def community_or_404(request: HttpRequest, code: str) -> Division:
    """Return a community that this person may see."""
    found = division_or_404(request, code)
    if found.level != Level.COMMUNITY:
        raise Http404
    return found


def one_or_404(request: HttpRequest, model: type, pk: int) -> Grid | Compound | Building:
    """Return a grid, compound or building in a place that this person may see, with its community."""
    found = model.objects.select_related("community__parent").filter(pk=pk).first()
    if found is None or not any(found.community.code.startswith(prefix) for prefix in prefixes(request.actor)):
        raise Http404
    return found


def may(request: HttpRequest, division: Division) -> Decision:
    """Return whether this person may change the register of a place."""
    return can_manage(request.actor, division.code)


def enforce(request: HttpRequest, division: Division) -> None:
    """Refuse a form to whom it would be refused anyway."""
    may(request, division).enforce()


def refused(request: HttpRequest, error: ValidationError, *, back: str, title: str) -> HttpResponse:
    """Say why an act that has no form of its own was refused, with the way back."""
    context = {"reasons": error.messages, "back_to": back, "title": title}
    return render(request, "places/refused.html", context, status=409)


def crumbs(request: HttpRequest, division: Division, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Return the way to a page: the register, the division above if this person may see it, the division, what follows."""
    way: list[tuple[str, str | None]] = [(_("区划与网格"), reverse("places:manage"))]
    above = division.parent
    if above is not None and any(above.code.startswith(prefix) for prefix in prefixes(request.actor)):
        way.append((above.name, reverse("places:division", args=[above.code])))
    way.append((division.name, reverse("places:division", args=[division.code]) if more else None))
    return [*way, *more]


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, also if that is nothing, for a form that is bound then; None for a request that only asks."""
    return request.POST if request.method == "POST" else None
