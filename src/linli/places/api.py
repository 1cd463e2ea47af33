"""Places over the JSON API: locate, walk the divisions, list compounds, fetch grids as GeoJSON. All of it is public."""

from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from linli.places import mapping, queries
from linli.places.enums import Level
from linli.places.models import Compound, Division, DivisionSuccession
from linli.places.pictures import grids_of

router = Router(tags=["places"])
MOST = 200
Crs = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]


class DivisionOut(Schema):
    """A node of the administrative tree."""

    code: str
    name: str
    level: int
    parent: str | None
    kind_code: str
    active: bool


class SuccessionOut(Schema):
    """Which division took the place of which."""

    predecessor: str
    successor: str
    since: str
    note: str


class DivisionDetail(DivisionOut):
    successions: list[SuccessionOut]


class DivisionPage(Schema):
    """A page of divisions; ``next`` is the cursor of the following one."""

    items: list[DivisionOut]
    next: str | None


class CompoundOut(Schema):
    """A compound of a community; its position is WGS 84."""

    id: int
    name: str
    aliases: list[str]
    kind: str
    year_built: int | None
    due_for_renovation: bool
    community: str
    lon: float | None
    lat: float | None


class CompoundPage(Schema):
    items: list[CompoundOut]
    next: str | None


class CandidateOut(Schema):
    """Where it may be, best first. ``exact`` is true only where nothing is left to choose."""

    label: str
    community: str
    grid_id: int | None
    compound_id: int | None
    building_id: int | None
    kind: str
    score: float
    exact: bool
    why: str
    distance_m: float | None


class CandidatesOut(Schema):
    candidates: list[CandidateOut]


@router.get("/locate/point", response=CandidatesOut, summary="Where a position lies")
def locate_point(
    request: HttpRequest,
    lon: float = Query(..., ge=-180, le=180),
    lat: float = Query(..., ge=-90, le=90),
    crs: Crs = "wgs84",
) -> dict[str, Any]:
    """The grid that covers a position, or grids nearby. ``crs`` says which system the numbers are in; it is never guessed."""
    return {"candidates": [_candidate(one) for one in queries.locate_point(lon, lat, crs)]}


@router.get("/locate/text", response=CandidatesOut, summary="What an address line or a name may mean")
def locate_text(
    request: HttpRequest,
    text: str = Query(..., min_length=1, max_length=200),
    community: str = Query("", max_length=12),
    limit: int = Query(5, ge=1, le=20),
) -> dict[str, Any]:
    """Ranked candidates for an address line, a building or a compound; ``community`` (a code) narrows the search."""
    inside = None if not community else _division(community, Level.COMMUNITY).pk
    return {"candidates": [_candidate(one) for one in queries.locate_text(text, inside, limit)]}


@router.get("/divisions", response=DivisionPage, summary="Divisions below one")
def divisions(
    request: HttpRequest,
    parent: str = Query("", max_length=12),
    cursor: str = Query("", max_length=12),
    limit: int = Query(100, ge=1, le=MOST),
) -> dict[str, Any]:
    """The divisions directly below ``parent`` (a code; none: the provinces), by code."""
    rows = Division.objects.filter(active=True, code__gt=cursor).select_related("parent").order_by("code")
    rows = rows.filter(parent=_division(parent)) if parent else rows.filter(parent__isnull=True)
    found = list(rows[: limit + 1])
    return {
        "items": [_as_out(row) for row in found[:limit]],
        "next": found[limit - 1].code if len(found) > limit else None,
    }


@router.get("/divisions/{code}", response=DivisionDetail, summary="One division with its successions")
def division(request: HttpRequest, code: str) -> dict[str, Any]:
    """A division by its 12-digit code, current or not, with what came before and after it."""
    row = _division(code)
    links = DivisionSuccession.objects.select_related("predecessor", "successor").order_by("since", "id")
    mine = [*links.filter(successor=row), *links.filter(predecessor=row)]
    said = [
        {
            "predecessor": link.predecessor.code,
            "successor": link.successor.code,
            "since": link.since.isoformat(),
            "note": link.note,
        }
        for link in mine
    ]
    return {**_as_out(row), "successions": said}


@router.get("/compounds", response=CompoundPage, summary="Compounds of a community")
def compounds(
    request: HttpRequest,
    community: str = Query(..., max_length=12),
    cursor: int = Query(0, ge=0, le=2**62),
    limit: int = Query(100, ge=1, le=MOST),
) -> dict[str, Any]:
    """The compounds of a community (its code), in the order in which they were registered."""
    here = _division(community, Level.COMMUNITY)
    found = list(Compound.objects.filter(community=here, active=True, pk__gt=cursor).order_by("pk")[: limit + 1])
    items = [
        {
            "id": row.pk,
            "name": row.name,
            "aliases": row.aliases,
            "kind": row.kind,
            "year_built": row.year_built,
            "due_for_renovation": row.due_for_renovation,
            "community": here.code,
            "lon": row.lon,
            "lat": row.lat,
        }
        for row in found[:limit]
    ]
    return {"items": items, "next": str(found[limit - 1].pk) if len(found) > limit else None}


@router.get("/grids", summary="Grids of a community as GeoJSON")
def grids(request: HttpRequest, community: str = Query(..., max_length=12)) -> HttpResponse:
    """The grids of a community (its code) as they are drawn today: a GeoJSON feature collection."""
    here = _division(community, Level.COMMUNITY)
    texts = ",".join(feature.as_json() for feature in grids_of(here.code))
    body = f'{{"type":"FeatureCollection","features":[{texts}]}}'
    response = HttpResponse(body, content_type="application/geo+json")
    response.headers["ETag"] = mapping.tag(body)
    return response


def _division(code: str, level: Level | None = None) -> Division:
    row = Division.objects.select_related("parent").filter(code=code).first()
    if row is None or (level is not None and row.level != level):
        raise Http404
    return row


def _as_out(row: Division) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "parent": row.parent.code if row.parent else None,
        "kind_code": row.urban_kind,
        "active": row.active,
    }


def _candidate(found: queries.Found) -> dict[str, Any]:
    return {
        "label": found.label,
        "community": found.place.division_code,
        "grid_id": found.place.grid_id,
        "compound_id": found.place.compound_id,
        "building_id": found.place.building_id,
        "kind": found.kind,
        "score": found.score,
        "exact": found.exact,
        "why": found.why,
        "distance_m": found.distance_m,
    }
