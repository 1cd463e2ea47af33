"""Reads of the area: where a point or an address line lies, which grid it was on a day, which places somebody may see."""

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.display import local
from linli.places.drawn import in_force
from linli.places.dwellings import DwellingLine, EntranceLine
from linli.places.enums import Level
from linli.places.known import kept, known
from linli.places.locating import Candidate, GridShape, PlaceIndex, shape_from_geojson, to_wgs84
from linli.places.locating.geometry import contains
from linli.places.models import Building, Division, Dwelling, Entrance, Grid, GridVersion, MapLayer
from linli.places.policies import Viewer, inside, prefixes

MOST_TEXT = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where something is: always a division, and as much more as is known. Positions are WGS 84."""

    division_id: int
    division_code: str
    text: str = ""
    grid_id: int | None = None
    compound_id: int | None = None
    building_id: int | None = None
    lon: float | None = None
    lat: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A possible answer to 'where is that?': the place, how it reads, how sure it is and why (see locating.Candidate)."""

    place: Place
    label: str
    score: float
    exact: bool
    why: str
    kind: str
    distance_m: float | None = None


def index() -> PlaceIndex:
    """Return the locating index over all places in use, kept in the process until places change."""
    return known().index


def locate_point(lon: float, lat: float, crs: str = "wgs84", at: datetime | date | None = None) -> list[Found]:
    """Return where a point lies: its grid (exact unless on a border), else grids nearby, else the community alone, else nothing.

    ``crs`` is what the sender says it is, one of locating.SYSTEMS; ``at`` asks for the grids as drawn on that local day (default:
    as drawn now). Raises LocatingError for what is no position.
    """
    lon, lat = to_wgs84(lon, lat, crs)
    shapes = index() if at is None else _index_on(_day(at))
    candidates = shapes.locate_point(lon, lat)
    if not candidates and (outside := _community_at(lon, lat)) is not None:
        near = [one for one in shapes.nearest(lon, lat) if one.community_id == outside.division_id]
        return [*(_found(one, "", lon, lat) for one in near), _outside(outside, lon, lat)]
    return [_found(one, "", lon, lat) for one in candidates or shapes.nearest(lon, lat)]


def locate_text(text: str, community: int | None = None, limit: int = 5) -> list[Found]:
    """Return candidates for an address line or the name of a building or compound, best first.

    ``community`` is the id of the only community to look in. At most one answer is exact; a person chooses between the others.
    Raises LocatingError for a text of more than 500 characters.
    """
    return [_found(one, text, None, None) for one in index().locate_text(text, community, limit)]


def place_from_candidate(
    candidate: Candidate, text: str = "", lon: float | None = None, lat: float | None = None
) -> Place | None:
    """Return a candidate as a Place, or None if it is of the past (its community is no longer in the register)."""
    community = known().communities.get(candidate.community_id)
    if community is None:
        row = Division.objects.filter(pk=candidate.community_id).values_list("code", "name").first()
        if row is None:
            return None
        community = (row[0], row[1])
    return Place(
        division_id=candidate.community_id,
        division_code=community[0],
        text=text,
        grid_id=candidate.grid_id,
        compound_id=candidate.compound_id,
        building_id=candidate.building_id,
        lon=lon,
        lat=lat,
    )


def grid_at(lon: float, lat: float, day: date) -> int | None:
    """Return the id of the grid that covered a WGS 84 point on a local day, or None."""
    found = _index_on(day).locate_point(lon, lat)
    return found[0].grid_id if found else None


def grid_of_building(building_id: int, day: date) -> int | None:
    """Return the id of the grid that a building belonged to on a local day, or None."""
    return _buildings_on(day).get(building_id)


def label(place: Place) -> str:
    """Return a place in words: community, grid, compound and building, as far as known."""
    register = known()
    parts = [register.communities.get(place.division_id, ("", ""))[1]]
    if place.compound_id is not None and place.compound_id in register.compounds:
        parts.append(register.compounds[place.compound_id].name)
    if place.building_id is not None and place.building_id in register.buildings:
        building = register.buildings[place.building_id]
        compound = register.compounds.get(building.compound_id or 0)
        if compound is not None and place.compound_id is None:
            parts.append(compound.name)
        parts.append(building.name)
    if place.grid_id is not None and place.grid_id in register.grids:
        parts.append(register.grids[place.grid_id].name)
    return " ".join(part for part in parts if part)


def visible_to(viewer: Viewer) -> QuerySet[Division]:
    """Return the divisions whose register somebody may look at: those they manage or oversee, and all inside."""
    return Division.objects.filter(inside(prefixes(viewer)))


def grids_visible_to(viewer: Viewer) -> QuerySet[Grid]:
    """Return the grids whose register somebody may look at."""
    return Grid.objects.filter(inside(prefixes(viewer), "community__code"))


def search(viewer: Viewer, text: str, limit: int = 50) -> list[Division]:
    """Return the divisions that somebody may see whose code begins with ``text`` or whose name holds it, by level and code."""
    text = text.strip()[:MOST_TEXT]
    if not text:
        return []
    by_code = text.isascii() and text.isdigit()
    rows = visible_to(viewer).filter(inside([text[:12]]) if by_code else Q(name__contains=text))
    return list(rows.select_related("parent__parent").order_by("level", "code")[:limit])


def dwellings_of(building: Building) -> list[EntranceLine]:
    """Return the entrances and dwellings of a building as lines."""
    inside: dict[str, list[DwellingLine]] = {
        name: [] for name in Entrance.objects.filter(building=building).order_by("id").values_list("name", flat=True)
    }
    stored = Dwelling.objects.filter(building=building).order_by("id").values_list("entrance__name", "number", "area")
    for entrance, number, area in stored:
        inside.setdefault(entrance or "", []).append(DwellingLine(number, area))
    return [EntranceLine(name, tuple(lines)) for name, lines in inside.items()]


def _found(candidate: Candidate, text: str, lon: float | None, lat: float | None) -> Found:
    place = place_from_candidate(candidate, text, lon, lat)
    assert place is not None  # the index is built from the same register
    return Found(
        place=place,
        label=label(place),
        score=candidate.score,
        exact=candidate.exact,
        why=_(candidate.why),
        kind=candidate.kind,
        distance_m=candidate.distance_m,
    )


def _outside(place: Place, lon: float, lat: float) -> Found:
    name = Division.objects.values_list("name", flat=True).get(pk=place.division_id)
    there = dataclasses.replace(place, lon=lon, lat=lat)
    return Found(there, name, 0.3, False, _("位置在社区范围内，但不在任何网格里。"), "community")


def _community_at(lon: float, lat: float) -> Place | None:
    """The community whose outline covers a point, where outlines are loaded."""
    for pk, code, shape in kept("outlines", _outlines):
        if contains(shape, lon, lat):
            return Place(division_id=pk, division_code=code)
    return None


def _outlines() -> list[tuple[int, str, object]]:
    rows = MapLayer.objects.filter(kind="outline", division__level=Level.COMMUNITY, division__active=True)
    return [
        (row.division_id, row.division.code, shape_from_geojson(row.geometry))
        for row in rows.select_related("division").order_by("id")
        if row.geometry.get("type") in ("Polygon", "MultiPolygon")
    ]


def _day(at: datetime | date) -> date:
    return local(at).date() if isinstance(at, datetime) else at


def _epoch(day: date) -> str:
    """The last day, not after ``day``, on which any grid was drawn or ended: all days from there on share their drawings."""
    drawn = GridVersion.objects.aggregate(
        began=Max("since", filter=Q(since__lte=day)), ended=Max("until", filter=Q(until__lte=day))
    )
    own = Grid.objects.aggregate(
        began=Max("since", filter=Q(since__lte=day)), ended=Max("until", filter=Q(until__lte=day))
    )
    return max((str(value) for value in (*drawn.values(), *own.values()) if value is not None), default="")


def _index_on(day: date) -> PlaceIndex:
    epoch = kept("epoch", lambda: _epoch(day), day)
    index_then: PlaceIndex = kept("then", lambda: PlaceIndex.build(_shapes_on(day), [], []), epoch)
    return index_then


def _buildings_on(day: date) -> dict[int, int]:
    epoch = kept("epoch", lambda: _epoch(day), day)
    found: dict[int, int] = kept("buildings", lambda: _load_buildings_on(day), epoch)
    return found


def _load_buildings_on(day: date) -> dict[int, int]:
    """Building to grid on a day: from the versions in force, and for grids that have none from the register."""
    versions = GridVersion.objects.filter(in_force(day)).values_list("grid_id", "building_ids")
    found = {building: grid for grid, buildings in versions for building in buildings}
    plain = _unversioned(day).values_list("id", flat=True)
    rows = Building.objects.filter(grid_id__in=list(plain)).values_list("id", "grid_id")
    return {pk: grid for pk, grid in rows if grid is not None} | found


def _unversioned(day: date) -> QuerySet[Grid]:
    return Grid.objects.filter(in_force(day), versions__isnull=True)


def _shapes_on(day: date) -> Sequence[GridShape]:
    alive = Q(grid__until__isnull=True) | Q(grid__until__gt=day)
    versions = GridVersion.objects.filter(in_force(day) & alive).values_list(
        "grid_id", "grid__community_id", "boundary"
    )
    own = _unversioned(day).values_list("id", "community_id", "boundary")
    return [
        GridShape(pk, community_id, boundary["coordinates"])
        for pk, community_id, boundary in [*versions, *own]
        if boundary is not None
    ]
