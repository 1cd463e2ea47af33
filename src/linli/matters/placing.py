"""Where a matter is: candidates for a person to choose from, by position or by words, never a guess presented as fact.

A choice travels through the form as a short value that is looked up again when it comes back: ``b12`` a building, ``c5`` a compound,
``c5g3`` a compound in a grid, ``g3`` a grid, ``d7`` a community, ``here`` the position itself.
"""

import dataclasses
import io
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image

from linli.kernel.memo import remember
from linli.orgs.units import units
from linli.places import queries as places
from linli.places.enums import Level
from linli.places.models import Building, Compound, Division, Grid
from linli.places.queries import Found, Place

NEAR_M = 300
MOST = 5
TEXT_LIMIT = 200
_VALUE = re.compile(r"(b|c|g|d)(\d{1,15})(?:g(\d{1,15}))?|here", re.ASCII)
_GPS_BLOCK = 0x8825


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One candidate: what the form sends back, its name, what helps to tell it apart, whether it is beyond doubt, and where it is."""

    value: str
    title: str
    small: str
    exact: bool
    lon: float | None = None
    lat: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Community:
    """A community that takes part: the list from which a place can always be chosen."""

    id: int
    code: str
    name: str
    street: str


def communities() -> list[Community]:
    """Return the communities that are governed here, by code (kept in the process for a minute)."""

    def load() -> list[Community]:
        governed = [code for code, unit in units().governing.items() if unit.level == Level.COMMUNITY]
        rows = Division.objects.filter(level=Level.COMMUNITY, active=True, code__in=governed).order_by("code")
        return [
            Community(pk, code, name, street)
            for pk, code, name, street in rows.values_list("pk", "code", "name", "parent__name")
        ]

    return remember("matters:communities", load, seconds=60)


def community(code: str) -> Community | None:
    """Return a community that takes part, by its code."""
    return next((one for one in communities() if one.code == code), None)


def by_street(found: Sequence[Community]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return communities as the groups of a select: (street, [(value, name)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in found:
        groups.setdefault(one.street, []).append((f"d{one.id}", one.name))
    return list(groups.items())


def checked_position(lon: Any, lat: Any) -> tuple[float, float] | None:
    """Return a position in degrees, to about a metre, or None if these are no such numbers."""
    try:
        east, north = float(lon), float(lat)
    except (TypeError, ValueError):
        return None
    if not (math.isfinite(east) and math.isfinite(north) and abs(east) <= 180 and abs(north) <= 90):
        return None
    return round(east, 5), round(north, 5)


def position_in_photo(data: bytes) -> tuple[float, float] | None:
    """Return the position (lon, lat, WGS 84) that a photo's EXIF block names, or None. Reads the header, never the pixels."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            block = picture.getexif().get_ifd(_GPS_BLOCK)
        lat, lon = _degrees(block[2]), _degrees(block[4])
        if str(block.get(1, "N")).upper().startswith("S"):
            lat = -lat
        if str(block.get(3, "E")).upper().startswith("W"):
            lon = -lon
    except (
        Exception
    ):  # whatever a phone or a hostile sender wrote there, it is only a hint: without it a person says where
        return None
    return None if lat == lon == 0 else checked_position(lon, lat)


def _degrees(parts: Sequence[Any]) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def here_choices(lon: float, lat: float, *, source: str = "gps") -> list[Choice]:
    """Return what is at and around a WGS 84 position, nearest first; empty where no grid or building is near."""
    found = places.locate_point(lon, lat)
    distance = _("离照片 %(metres)d 米") if source == "photo" else _("离您 %(metres)d 米")
    near = sorted(
        (_metres(lon, lat, row.lon, row.lat), row.pk, row)  # type: ignore[arg-type]
        for row in _buildings_around(lon, lat, [one.place.division_id for one in found])
    )
    choices = [
        Choice(
            f"b{row.pk}",
            _building_name(row),
            " · ".join(filter(None, [_grid_name(row.grid), distance % {"metres": round(away)}])),
            False,
            row.lon,
            row.lat,
        )
        for away, _pk, row in near[: MOST - 2]
        if away <= NEAR_M
    ]
    if found:
        grid_id = found[0].place.grid_id
        grid = Grid.objects.select_related("community").filter(pk=grid_id).first() if grid_id else None
        title = _("照片里的位置") if source == "photo" else _("我现在站的地方")
        small = " · ".join(filter(None, [_grid_name(grid), grid.community.name if grid else ""]))
        choices.append(Choice("here", title, small, found[0].exact, lon, lat))
    return choices


def text_choices(text: str, *, community_id: int | None = None) -> list[Choice]:
    """Return what an address line or a name may mean, best first."""
    found = {value_of(one.place): one for one in places.locate_text(text[:TEXT_LIMIT], community_id, MOST)}
    return _with_communities(text, found)


def _with_communities(text: str, found: dict[str, Found]) -> list[Choice]:
    """What was found, then the communities that the text names, as far as there is room."""
    choices = [
        dataclasses.replace(
            choice,
            small=" · ".join(
                filter(None, [choice.small, "" if found[choice.value].exact else found[choice.value].why])
            ),
            exact=found[choice.value].exact,
        )
        for choice in named(list(found))
    ]
    said = [f"d{one.id}" for one in communities() if len(short := _short(one.name)) > 1 and short in text]
    return [*choices, *named([value for value in said if value not in found])][:MOST]


def _short(name: str) -> str:
    for tail in ("社区", "居委会", "村委会", "村"):
        name = name.removesuffix(tail)
    return name


def named(values: Sequence[str]) -> list[Choice]:
    """Return choices by their values, with their names; those that are no more are left out."""
    known = _names(values)
    return [
        Choice(value, known[value][0], known[value][1], False, known[value][2], known[value][3])
        for value in values
        if value in known
    ]


def resolve(value: str, *, text: str = "", here: Any = None) -> Place | None:
    """Return the place that a choice stands for, or None if there is none (any more). ``text``: what the person wrote about it."""
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    text = text.strip()[:TEXT_LIMIT]
    if value == "here":
        return _at(here, text)
    kind, pk = match[1], int(match[2])
    if kind == "b":
        row = Building.objects.select_related("community", "compound").filter(pk=pk, active=True).first()
        if row is None:
            return None
        place = Place(
            row.community_id,
            row.community.code,
            text or _building_name(row),
            row.grid_id,
            row.compound_id,
            row.pk,
            row.lon,
            row.lat,
        )
    elif kind == "c":
        compound = Compound.objects.select_related("community").filter(pk=pk, active=True).first()
        if compound is None:
            return None
        grid = Grid.objects.filter(pk=int(match[3]), community_id=compound.community_id).first() if match[3] else None
        place = Place(
            compound.community_id,
            compound.community.code,
            text or compound.name,
            grid.pk if grid else None,
            compound.pk,
            None,
            compound.lon,
            compound.lat,
        )
    elif kind == "g":
        held = Grid.objects.select_related("community").filter(pk=pk, active=True).first()
        if held is None:
            return None
        place = Place(held.community_id, held.community.code, text or held.name, held.pk)
    else:
        chosen = next((one for one in communities() if one.id == pk), None)
        if chosen is None:
            return None
        place = Place(chosen.id, chosen.code, text)
    return place if community(place.division_code) else None


def _at(here: Any, text: str) -> Place | None:
    if not isinstance(here, list) or len(here) < 2:
        return None
    position = checked_position(here[0], here[1])
    found = places.locate_point(*position) if position else []
    if not found or position is None:
        return None
    place = found[0].place
    return dataclasses.replace(
        place, text=text or place.text, lon=position[0], lat=position[1], building_id=None, compound_id=None
    )


def label(value: str, *, text: str = "", here: Any = None) -> tuple[str, str]:
    """Return a choice in words: the place, and the grid or community it lies in."""
    if value == "here":
        place = resolve(value, here=here)
        names = _names([f"g{place.grid_id}" if place.grid_id else f"d{place.division_id}"]) if place else {}
        title, small, _lon, _lat = next(iter(names.values()), ("", "", None, None))
        at = _("照片里的位置") if isinstance(here, list) and here[2:] == ["photo"] else _("我现在站的地方")
        return text or at, " · ".join(filter(None, [title, small]))
    title, small, _lon, _lat = _names([value]).get(value, ("", "", None, None))
    return (text, " · ".join(filter(None, [title, small]))) if text else (title, small)


def value_of(place: Place) -> str:
    """Return the value under which a place is chosen again."""
    if place.building_id:
        return f"b{place.building_id}"
    if place.compound_id:
        return f"c{place.compound_id}" + (f"g{place.grid_id}" if place.grid_id else "")
    return f"g{place.grid_id}" if place.grid_id else f"d{place.division_id}"


_Named = tuple[str, str, float | None, float | None]


def _names(values: Iterable[str]) -> dict[str, _Named]:
    """Titles, lines below and positions of choices, in at most one statement for each kind."""
    wanted = {value: match for value in values if (match := _VALUE.fullmatch(value)) and value != "here"}
    ids = {kind: [int(match[2]) for match in wanted.values() if match[1] == kind] for kind in "bcgd"}
    grid_ids = ids["g"] + [int(match[3]) for match in wanted.values() if match[3]]
    buildings = Building.objects.select_related("compound", "grid", "community").in_bulk(ids["b"]) if ids["b"] else {}
    compounds = Compound.objects.select_related("community").in_bulk(ids["c"]) if ids["c"] else {}
    grids = Grid.objects.select_related("community").in_bulk(grid_ids) if grid_ids else {}
    divisions = {one.id: one for one in communities()}
    found: dict[str, _Named] = {}
    for value, match in wanted.items():
        kind, pk = match[1], int(match[2])
        if kind == "b" and (row := buildings.get(pk)):
            small = " · ".join(filter(None, [_grid_name(row.grid), row.community.name]))
            found[value] = (_building_name(row), small, row.lon, row.lat)
        elif kind == "c" and (compound := compounds.get(pk)):
            grid = grids.get(int(match[3])) if match[3] else None
            small = " · ".join(filter(None, [_grid_name(grid), compound.community.name]))
            found[value] = (compound.name, small, compound.lon, compound.lat)
        elif kind == "g" and (held := grids.get(pk)):
            found[value] = (_grid_name(held), held.community.name, None, None)
        elif kind == "d" and (division := divisions.get(pk)):
            found[value] = (division.name, division.street, None, None)
    return found


def _building_name(row: Building) -> str:
    if row.compound is not None:
        return row.name if row.name.startswith(row.compound.name) else f"{row.compound.name}{row.name}"
    road = f"{row.road}{row.road_number}" + ("号" if row.road_number and not row.road_number.endswith("号") else "")
    return f"{road} {row.name}".strip() if row.road else row.name


def _grid_name(grid: Grid | None) -> str:
    return grid.name if grid else ""


def _buildings_around(lon: float, lat: float, division_ids: list[int]) -> list[Building]:
    high = NEAR_M / 111_320
    wide = high / max(0.05, math.cos(math.radians(lat)))
    rows = Building.objects.filter(
        active=True, lon__range=(lon - wide, lon + wide), lat__range=(lat - high, lat + high)
    ).select_related("compound", "grid")
    if division_ids:
        rows = rows.filter(community_id__in=division_ids)
    return list(rows[:400])


def _metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Distance on a sphere's tangent plane: exact enough over a few hundred metres."""
    east = (other_lon - lon) * math.cos(math.radians(lat))
    return 111_320 * math.hypot(east, other_lat - lat)
