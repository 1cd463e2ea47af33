"""The public map: a drawing that needs nothing, the same as an interactive map where there is script, and the list beside it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.middleware import POLICY
from linli.kernel.models import Setting
from linli.places import actions, layers, mapping, pictures
from linli.places.actions.maps import BASE_MAP
from linli.places.drawing import Bounds, Mark, bounds_of
from linli.places.forms import BaseMapForm
from linli.places.locating import contains, shape_from_geojson
from linli.places.mapping import Feature, layer
from linli.places.views.guards import posted, reader_required
from linli.places.words import count_words, map_words

MOST_LISTED = 20
WHOLE: Bounds = (-180.0, -90.0, 180.0, 90.0)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All communities, or one (``?community=`` its code) with its grids and what is going on there."""
    communities = layer("communities").features
    code = request.GET.get("community", "")[:12]
    here = next((one for one in communities if one.properties["code"] == code), None)
    if code and here is None:
        raise Http404
    if here is None and len(communities) == 1:
        here = communities[0]
    bounds = bounds_of([here.geometry]) if here else layer("communities").bounds()
    everything = request.GET.get("show") == "all"
    points, more = _points(bounds, request.now, everything)
    counts = layers.counted(request.now)
    listed = points
    if here is not None:
        shape = shape_from_geojson(here.geometry)
        listed = [point for point in points if contains(shape, point.lon, point.lat)]
    context = {
        "place": here.properties if here else None,
        "communities": sorted(communities, key=lambda one: one.properties["code"]),
        "grids": pictures.grids_of(here.properties["code"]) if here else [],
        "points": listed[:MOST_LISTED],
        "more": more or len(listed) > MOST_LISTED,
        "picture": _picture(here, points, counts),
        "bounds": bounds,
        "base": base_map(),
        "layers": sorted(layers.registered()),
        "streets": _by_street(communities),
        "counts": counts,
        "everything": everything,
        "words": map_words(),
    }
    return with_base_map(render(request, "places/map.html", context))


def _by_street(communities: list[Feature]) -> list[tuple[str, list[Feature]]]:
    streets: dict[str, list[Feature]] = {}
    for one in communities:
        streets.setdefault(one.properties["street"], []).append(one)
    return list(streets.items())


def _picture(
    here: Feature | None, points: list[layers.MapPoint], counts: dict[str, tuple[int, int]]
) -> SafeString | None:
    """One community with its points; all of them with their numbers, because points would cover each other there."""
    if here is None:
        return pictures.all_communities(small={code: count_words(*count) for code, count in counts.items()})
    marks = [Mark(point.lon, point.lat, point.state, point.title) for point in reversed(points)]
    return pictures.community(here.properties["code"], marks)


def _points(bounds: Bounds | None, at: datetime, everything: bool) -> tuple[list[layers.MapPoint], bool]:
    """Points of every registered layer in a window, overdue ones first, and whether there are more; what is done only if asked."""
    if bounds is None:
        return [], False
    found = [point for function in layers.registered().values() for point in function(*bounds, at=at, limit=601)]
    order = {"over": 0, "open": 1, "done": 2}
    shown = [point for point in found if everything or point.state != "done"]
    return sorted(shown, key=lambda point: order.get(point.state, 3))[:300], len(shown) > 300


def base_map() -> dict[str, str]:
    """Return the configured base map: address of tiles ('' for none) and what must be said of it."""
    value = Setting.objects.filter(key=BASE_MAP).values_list("value", flat=True).first() or {}
    return {"tiles": value.get("tiles", ""), "attribution": value.get("attribution", "")}


def with_base_map(response: HttpResponse) -> HttpResponse:
    """Allow the tiles of the configured base map on this page, and only there."""
    host = base_map()["tiles"].partition("{")[0]
    if host.startswith("https://"):
        origin = "/".join(host.split("/")[:3])
        policy = POLICY.replace("img-src 'self'", f"img-src 'self' {origin}")
        response.headers["Content-Security-Policy"] = policy.replace(
            "connect-src 'self'", f"connect-src 'self' {origin}"
        )
    return response


@require_safe
def data(request: HttpRequest, layer: str) -> HttpResponse:
    """A layer in a window (``?bbox=west,south,east,north`` in degrees) as GeoJSON, with a tag to ask whether it has changed."""
    if layer not in mapping.names():
        raise Http404
    bounds = _bounds(request.GET.get("bbox", ""))
    if bounds is None:
        return HttpResponse(_("bbox 应是四个数：西,南,东,北。"), status=400, content_type="text/plain; charset=utf-8")
    language = get_language() or ""
    tag = mapping.current_tag(layer, bounds, language)
    if tag is None or request.headers.get("If-None-Match") != tag:
        found: Any = mapping.answer(layer, bounds, at=request.now, language=language)
        tag = tag or found.etag
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(found.body, content_type="application/geo+json")
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "no-cache"
    return response


def _bounds(text: str) -> Bounds | None:
    parts = text.split(",")
    if not text:
        return WHOLE
    if len(parts) != 4 or any(len(part) > 24 for part in parts):
        return None
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError:
        return None
    inside = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return (west, south, east, north) if inside else None


@require_http_methods(["GET", "POST"])
@reader_required
def settings(request: HttpRequest) -> HttpResponse:
    """Which base map lies under the layers."""
    form = BaseMapForm(posted(request), initial=base_map())
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_base_map(**form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:map")
        except ValidationError as error:
            form.add(error)
    context = {
        "form": form,
        "title": _("底图"),
        "crumbs": [(_("地图"), "/map/"), (_("底图"), None)],
        "back_to": "/map/",
        "lead": _("平台自己的图层（网格、道路、河流、楼栋）不需要底图。要加底图，请先确认有权使用。"),
    }
    return render(request, "places/form.html", context, status=422 if form.is_bound else 200)
