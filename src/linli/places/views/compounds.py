"""Compounds and buildings one by one: facts, dwellings, history, and every change of them."""

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.display import local
from linli.kernel.text import whole
from linli.places import actions, companies, dwellings, pictures, queries
from linli.places.forms import BuildingForm, CompoundForm, DwellingsForm, MoveForm, ReasonForm, RegularForm
from linli.places.models import Building, Compound, Division
from linli.places.views.guards import (
    community_or_404,
    crumbs,
    enforce,
    may,
    one_or_404,
    posted,
    reader_required,
    refused,
)
from linli.places.words import records


def _way(request, here: Division, *more):
    return crumbs(request, here, (_("小区"), reverse("places:compounds", args=[here.code])), *more)


@require_safe
@reader_required
def compound(request: HttpRequest, pk: int) -> HttpResponse:
    """One compound: facts, where it is, its buildings, who changed what."""
    one = one_or_404(request, Compound, pk)
    rows = Building.objects.filter(compound=one).select_related("grid").annotate(dwelling_count=Count("dwellings"))
    named = {kind: dict(companies.choices(kind, one.community.code)) for kind in companies.KINDS}
    context = {
        "one": one,
        "crumbs": _way(request, one.community, (one.name, None)),
        "buildings": rows.order_by("-active", "id"),
        "company": named["property_company"].get(one.property_company_id),
        "committee": named["owners_committee"].get(one.owners_committee_id),
        "picture": _where(one, one.name),
        "may": may(request, one.community),
        "records": records(one),
    }
    return render(request, "places/compound.html", context)


def _where(one: Compound | Building, title: str):
    return None if one.lon is None else pictures.around(one.lon, one.lat, title=title)


@require_http_methods(["GET", "POST"])
@reader_required
def new_compound(request: HttpRequest, code: str) -> HttpResponse:
    here = community_or_404(request, code)
    enforce(request, here)
    form = CompoundForm(posted(request), community=here)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_compound(community=here, **form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:compound", made.pk)
        except ValidationError as error:
            form.add(error)
    back = reverse("places:compounds", args=[here.code])
    return _form(request, form, _("新增小区"), _way(request, here, (_("新增"), None)), back)


@require_http_methods(["GET", "POST"])
@reader_required
def edit_compound(request: HttpRequest, pk: int) -> HttpResponse:
    one = one_or_404(request, Compound, pk)
    enforce(request, one.community)
    form = CompoundForm(posted(request), community=one.community, initial=CompoundForm.initial_of(one))
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_compound(compound=one, **form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:compound", one.pk)
        except ValidationError as error:
            form.add(error)
    back = reverse("places:compound", args=[one.pk])
    return _form(
        request,
        form,
        _("修改%(name)s") % {"name": one.name},
        _way(request, one.community, (one.name, back), (_("修改"), None)),
        back,
    )


def _form(request, form, title, way, back) -> HttpResponse:
    context = {"form": form, "title": title, "crumbs": way, "back_to": back}
    return render(request, "places/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@reader_required
def switch_compound(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a compound with a reason, or bring it back (POST ``to`` = active)."""
    one = one_or_404(request, Compound, pk)
    try:
        if request.POST.get("to") == "active":
            actions.update_compound(compound=one, active=True, by=request.actor, at=request.now)
        else:
            actions.retire_compound(compound=one, reason=_reason(request), by=request.actor, at=request.now)
    except ValidationError as error:
        back = reverse("places:compound", args=[one.pk])
        return refused(request, error, back=back, title=_("“%(name)s”没有改动") % {"name": one.name})
    return redirect("places:compound", one.pk)


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


def _building_way(request, one: Building, *more):
    own = (one.name, reverse("places:building", args=[one.pk]) if more else None)
    if one.compound is None:
        return crumbs(
            request, one.community, (_("楼栋"), reverse("places:buildings", args=[one.community.code])), own, *more
        )
    return _way(
        request, one.community, (one.compound.name, reverse("places:compound", args=[one.compound.pk])), own, *more
    )


@require_safe
@reader_required
def building(request: HttpRequest, pk: int) -> HttpResponse:
    """One building: facts, entrances and dwellings, its grid, who changed what."""
    return _building_page(request, one_or_404(request, Building, pk))


def _building_page(request, one: Building, dwellings_form=None, move_form=None, status: int = 200) -> HttpResponse:
    lines = queries.dwellings_of(one)
    context = {
        "one": one,
        "crumbs": _building_way(request, one),
        "entrances": lines,
        "dwelling_count": sum(len(line.dwellings) for line in lines),
        "picture": _where(one, one.name),
        "may": may(request, one.community),
        "dwellings_form": dwellings_form or DwellingsForm(initial={"dwellings": dwellings.write(lines)}),
        "regular_form": RegularForm(initial={"entrances": 2, "floors": one.floors or 6, "per_floor": 2}, prefix="r"),
        "move_form": move_form or MoveForm(building=one, initial={"since": local(request.now).date()}),
        "records": records(one),
    }
    return render(request, "places/building.html", context, status=status)


@require_http_methods(["GET", "POST"])
@reader_required
def new_building(request: HttpRequest, code: str) -> HttpResponse:
    here = community_or_404(request, code)
    enforce(request, here)
    asked = whole(request.GET.get("compound", ""))
    initial = {} if asked is None else {"compound": asked}
    form = BuildingForm(posted(request), community=here, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_building(community=here, **form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:building", made.pk)
        except ValidationError as error:
            form.add(error)
    back = reverse("places:buildings", args=[here.code])
    return _form(request, form, _("新增楼栋"), crumbs(request, here, (_("楼栋"), back), (_("新增"), None)), back)


@require_http_methods(["GET", "POST"])
@reader_required
def edit_building(request: HttpRequest, pk: int) -> HttpResponse:
    one = one_or_404(request, Building, pk)
    enforce(request, one.community)
    form = BuildingForm(posted(request), community=one.community, initial=BuildingForm.initial_of(one))
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_building(building=one, **form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:building", one.pk)
        except ValidationError as error:
            form.add(error)
    back = reverse("places:building", args=[one.pk])
    return _form(
        request, form, _("修改%(name)s") % {"name": one.name}, _building_way(request, one, (_("修改"), None)), back
    )


@require_POST
@reader_required
def switch_building(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a building with a reason, or bring it back (POST ``to`` = active)."""
    one = one_or_404(request, Building, pk)
    try:
        if request.POST.get("to") == "active":
            actions.update_building(building=one, active=True, by=request.actor, at=request.now)
        else:
            actions.retire_building(building=one, reason=_reason(request), by=request.actor, at=request.now)
    except ValidationError as error:
        back = reverse("places:building", args=[one.pk])
        return refused(request, error, back=back, title=_("“%(name)s”没有改动") % {"name": one.name})
    return redirect("places:building", one.pk)


@require_POST
@reader_required
def set_dwellings(request: HttpRequest, pk: int) -> HttpResponse:
    """Entrances and dwellings from the lines typed, or of a building of equal floors (POST ``do`` = regular)."""
    one = one_or_404(request, Building, pk)
    regular = request.POST.get("do") == "regular"
    form = RegularForm(request.POST, prefix="r") if regular else DwellingsForm(request.POST)
    if form.is_valid():
        lines = form.cleaned_data["lines" if regular else "dwellings"]
        if regular:
            # what is made of equal floors is only proposed: a person looks over it and stores it
            return _building_page(request, one, DwellingsForm(initial={"dwellings": dwellings.write(lines)}))
        try:
            actions.set_dwellings(building=one, entrances=lines, by=request.actor, at=request.now)
            return redirect("places:building", one.pk)
        except ValidationError as error:
            form.add(error)
    if regular:
        errors = ValidationError([error for some in form.errors.values() for error in some])
        return refused(request, errors, back=reverse("places:building", args=[one.pk]), title=_("房屋没有改动"))
    return _building_page(request, one, form, status=422)


@require_POST
@reader_required
def move_building(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a building to another grid from a day."""
    one = one_or_404(request, Building, pk)
    form = MoveForm(request.POST, building=one)
    if form.is_valid():
        try:
            actions.assign_building(building=one, **form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:building", one.pk)
        except ValidationError as error:
            form.add(error)
    return _building_page(request, one, move_form=form, status=422)
