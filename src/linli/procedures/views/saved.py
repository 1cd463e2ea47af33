"""Keeping a filter of the inbox under a name, renaming and dropping it; each leads back to the list that it was done from."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from linli.orgs.guards import staff_required
from linli.procedures import saved
from linli.procedures.models import SavedFilter
from linli.procedures.views import filters


def _list(query: str) -> HttpResponse:
    inbox = reverse("procedures:inbox")
    return redirect(f"{inbox}?{query}" if query else inbox)


def _read(request: HttpRequest) -> str:
    """What the posted address asks for, said as this platform says it: whatever makes no sense in it is not kept."""
    said = filters.parse(QueryDict(request.POST.get("query", "")[:1000])).said
    return urlencode(said)


def _wrong(request: HttpRequest, bad: ValidationError) -> HttpResponse:
    context = {"detail": bad.messages[0], "home": reverse("procedures:inbox")}
    return render(request, "kernel/422.html", context, status=422)


@require_POST
@staff_required
def save(request: HttpRequest) -> HttpResponse:
    query = _read(request)
    try:
        if query:
            saved.save(by=request.actor, at=request.now, name=request.POST.get("name", "").strip(), query=query)
    except ValidationError as bad:
        return _wrong(request, bad)
    return _list(query)


@require_POST
@staff_required
def change(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Rename, or with ``delete`` drop."""
    if "delete" in request.POST:
        saved.delete(by=request.actor, filter_id=filter_id)
        return _list(_read(request))
    try:
        row = saved.rename(by=request.actor, filter_id=filter_id, name=request.POST.get("name", "").strip())
    except SavedFilter.DoesNotExist as error:
        raise Http404 from error
    except ValidationError as bad:
        return _wrong(request, bad)
    return _list(row.query)
