"""Plans out as GeoJSON or tables, and in from them."""

import tempfile
from pathlib import Path

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.exports import WORKBOOK, csv_bytes, download, workbook_bytes
from linli.places.enums import MapKind
from linli.places.locating import shape_from_geojson
from linli.places.models import Grid, MapLayer
from linli.planning import actions, exchanging
from linli.planning.forms import FileForm
from linli.planning.views.guards import area_or_404, plan_or_404, reader_required, refused


@require_safe
@reader_required
def export(request: HttpRequest, plan_id: int, kind: str) -> HttpResponse:
    """A plan as ``geojson``, ``xlsx`` or ``csv``."""
    one = plan_or_404(request, plan_id)
    if not one.ready or kind not in ("geojson", "xlsx", "csv"):
        raise Http404
    name = f"{one.division.name}{one.name}"
    if kind == "csv":
        return download(csv_bytes(exchanging.columns(), exchanging.rows(one)), name=f"{name}.csv")
    if kind == "xlsx":
        content = workbook_bytes(exchanging.columns(), exchanging.rows(one), title=_("网格划分"))
        return download(content, name=f"{name}.xlsx", mime=WORKBOOK)
    codes = list(one.instance["communities"])
    former: dict[str, list] = {}
    rows = Grid.objects.filter(community__code__in=codes, active=True).exclude(boundary=None)
    for code, boundary in rows.order_by("id").values_list("community__code", "boundary"):
        former.setdefault(code, []).append(shape_from_geojson(boundary))
    drawn = MapLayer.objects.filter(kind=MapKind.OUTLINE, division__code__in=codes).order_by("-id")
    outlines = {code: shape_from_geojson(shape) for code, shape in drawn.values_list("division__code", "geometry")}
    body = exchanging.geojson(one, former, outlines).encode()
    return download(body, name=f"{name}.geojson", mime="application/geo+json")


@require_POST
@reader_required
def take_in(request: HttpRequest, code: str) -> HttpResponse:
    """A plan from a file that came from here, or that has the same columns."""
    here = area_or_404(request, code)
    back = reverse("planning:area", args=[here.code])
    form = FileForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise ValidationError([str(error) for errors in form.errors.values() for error in errors])
        file = form.cleaned_data["file"]
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix[:8]) as kept:
            for chunk in file.chunks():
                kept.write(chunk)
            kept.flush()
            labels = exchanging.labels_of(Path(kept.name))
        plan = actions.take_in(
            division=here, name=form.cleaned_data["name"], labels=labels, by=request.actor, at=request.now
        )
    except ValidationError as error:
        return refused(request, error, back=back, title=_("没有导入"))
    return redirect("planning:plan", plan.pk)
