"""Grids: one with its history, a new one, drawing anew, renaming, closing."""

import json
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.display import local
from linli.places import actions, pictures
from linli.places.actions import Drawing
from linli.places.drawn import Drawn, drawings
from linli.places.forms import CloseForm, GridForm, RenameForm
from linli.places.locating import area_m2, shape_from_geojson
from linli.places.mapping import layer
from linli.places.models import Building, Division, Grid
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
from linli.places.words import map_words, records


@require_safe
@reader_required
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    """One grid: its map, how it was drawn since when, its buildings, who changed what. ``?as_of=`` shows a former drawing."""
    one = one_or_404(request, Grid, pk)
    drawn = list(reversed(drawings([one])))
    today = local(request.now).date()
    shown = _shown(request, drawn, today)
    before = next((former for former in drawn if shown and former.since < shown.since), None)
    ids = shown.building_ids if shown else ()
    buildings = Building.objects.filter(pk__in=ids).select_related("compound").order_by("compound__name", "id")
    context = {
        "one": one,
        "crumbs": crumbs(request, one.community, (one.name, None)),
        "drawings": [_row(drawing, one, today, shown) for drawing in drawn],
        "shown": shown,
        "today": today,
        "picture": pictures.grid(shown.boundary, before.boundary if before else None, title=one.name)
        if shown
        else None,
        "buildings": buildings,
        "households": sum(row.households for row in buildings),
        "area": _area(shown),
        "may": may(request, one.community),
        "rename_form": RenameForm(initial={"name": one.name}),
        "close_form": CloseForm(initial={"until": today}),
        "records": records(one),
    }
    return render(request, "places/grid.html", context)


def _shown(request: HttpRequest, drawn: Sequence[Drawn], today) -> Drawn | None:
    asked = request.GET.get("as_of", "")
    found = next((one for one in drawn if one.since.isoformat() == asked), None)
    return found or next((one for one in drawn if one.on(today)), None) or next(iter(drawn), None)


def _row(drawing: Drawn, one: Grid, today, shown: Drawn | None) -> dict:
    state = _("现在") if drawing.on(today) else _("将来") if drawing.since > today else _("以前")
    return {
        "since": drawing.since,
        "until": drawing.until,
        "buildings": len(drawing.building_ids),
        "state": state,
        "current": shown is drawing,
        "href": f"{reverse('places:grid', args=[one.pk])}?as_of={drawing.since.isoformat()}",
    }


def _area(drawing: Drawn | None) -> float | None:
    return None if drawing is None or drawing.boundary is None else area_m2(shape_from_geojson(drawing.boundary))


@require_http_methods(["GET", "POST"])
@reader_required
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Open a grid in a community."""
    here = community_or_404(request, code)
    enforce(request, here)
    serial = Grid.objects.filter(community=here).count() + 1
    initial = {"since": local(request.now).date(), "name": _("第%(number)d网格") % {"number": serial}}
    form = GridForm(posted(request), community=here, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.create_grid(
                community=here,
                name=said["name"],
                since=said["since"],
                boundary=said["boundary"],
                building_ids=form.building_ids(),
                by=request.actor,
                at=request.now,
            )
            return redirect("places:grid", made.pk)
        except ValidationError as error:
            form.add(error)
    return _draw(request, form, here, None, _("新增网格"))


@require_http_methods(["GET", "POST"])
@reader_required
def redraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a grid anew from a day; others may be merged into it."""
    one = one_or_404(request, Grid, pk)
    enforce(request, one.community)
    latest = next(iter(reversed(drawings([one]))), None)
    initial = {
        "since": local(request.now).date(),
        "boundary": _as_text(latest.boundary if latest else None),
        "listed": list(latest.building_ids) if latest else [],
        "buildings": "inside" if latest and latest.boundary else "listed",
    }
    form = GridForm(posted(request), community=one.community, grid=one, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.redraw(
                drawings_wanted=[Drawing(one, said["boundary"], form.building_ids())],
                since=said["since"],
                closed=list(said["closed"]),
                basis=said["basis"],
                by=request.actor,
                at=request.now,
            )
            return redirect("places:grid", one.pk)
        except ValidationError as error:
            form.add(error)
    return _draw(request, form, one.community, one, _("重划%(name)s") % {"name": one.name})


def _draw(request: HttpRequest, form: GridForm, here: Division, one: Grid | None, title: str) -> HttpResponse:
    back = reverse("places:grid", args=[one.pk]) if one else reverse("places:division", args=[here.code])
    context = {
        "form": form,
        "place": here,
        "one": one,
        "title": title,
        "crumbs": crumbs(request, here, *([(one.name, back)] if one else []), (title, None)),
        "back_to": back,
        "picture": pictures.community(here.code, chosen=one.pk if one else None),
        "bounds": pictures.community_bounds(here.code) or layer("grids").bounds(),
        "words": map_words(),
    }
    return render(request, "places/grid_draw.html", context, status=422 if form.is_bound else 200)


def _as_text(boundary) -> str:
    return json.dumps(boundary, ensure_ascii=False) if boundary else ""


@require_POST
@reader_required
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    one = one_or_404(request, Grid, pk)
    form = RenameForm(request.POST)
    try:
        name = form.cleaned_data["name"] if form.is_valid() else ""
        actions.rename_grid(grid=one, name=name, by=request.actor, at=request.now)
    except ValidationError as error:
        back = reverse("places:grid", args=[one.pk])
        return refused(request, error, back=back, title=_("名称没有改动"))
    return redirect("places:grid", one.pk)


@require_POST
@reader_required
def close(request: HttpRequest, pk: int) -> HttpResponse:
    one = one_or_404(request, Grid, pk)
    form = CloseForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError([f"{form[name].label}：{errors[0]}" for name, errors in form.errors.items()])
        actions.close_grid(grid=one, **form.cleaned_data, by=request.actor, at=request.now)
    except ValidationError as error:
        back = reverse("places:grid", args=[one.pk])
        return refused(request, error, back=back, title=_("“%(name)s”没有停用") % {"name": one.name})
    return redirect("places:grid", one.pk)
