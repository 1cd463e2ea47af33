"""A plan on the map of one community: grids tinted, their new lines, today's dashed, every building a shape that can be taken."""

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linli.places.drawing import Frame, Name, Stroke, bounds_of, svg_map
from linli.places.enums import MapKind
from linli.places.locating import inner_point, shape_from_geojson
from linli.places.models import Building, Grid, MapLayer
from linli.places.pictures import ground
from linli.places.tints import tints
from linli.planning.boundaries import boundaries
from linli.planning.queries import Column, signed

HALF = 0.00006
"""Degrees: half the side of the square that stands for a building without an outline."""


def community(
    instance: Mapping[str, Any],
    assignment: Mapping[str, str],
    code: str,
    column: Column,
    *,
    id: str = "map",
    width: float = 1000,
    height: float = 760,
) -> SafeString | None:
    """Return the picture of one way to divide a community. Paths carry data-key: g:<grid> for areas, b:<building> for buildings."""
    units = {one["id"]: one for one in instance["units"] if one["community"] == code}
    spots = [(one["id"], one["lon"], one["lat"]) for one in units.values() if one["placed"]]
    former = {
        str(one.pk): one.boundary
        for one in Grid.objects.filter(community__code=code, active=True)
        if one.boundary is not None
    }
    outline = (
        MapLayer.objects.filter(kind=MapKind.OUTLINE, division__code=code)
        .order_by("id")
        .values_list("geometry", flat=True)
        .first()
    )
    shapes = [shape_from_geojson(one) for one in former.values()]
    held = {unit: assignment.get(unit, "") for unit in units}
    areas = boundaries(spots, held, shapes, shape_from_geojson(outline) if outline else None)
    nowhere = areas.pop("", None)
    footprints = _footprints(units)
    bounds = bounds_of([*areas.values(), *footprints.values(), *([nowhere] if nowhere else [])])
    if bounds is None:
        return None
    frame = Frame.around(bounds, width, height, margin=0.03)
    keys = sorted(areas)
    tint = dict(zip(keys, tints([shape_from_geojson(areas[key]) for key in keys]), strict=True))
    strokes = [Stroke(areas[key], f"c-area-{tint[key]}", key=f"g:{key}") for key in keys]
    strokes += ground(frame)
    for unit, footprint in footprints.items():
        said = _("%(name)s，%(n)d 户") % {"name": units[unit]["name"], "n": units[unit]["households"]}
        strokes.append(Stroke(footprint, "c-building p-house", key=f"b:{unit}", title=said))
    if column.plan is not None:
        strokes += [Stroke(one, "m-former p-former") for one in former.values()]
    strokes += [Stroke(areas[key], "m-grid") for key in keys]
    strokes += [Stroke(outline, "m-outline")] if outline else []
    names = [Name(*inner_point(shape_from_geojson(areas[key])), column.named(key), _small(column, key)) for key in keys]
    said = _("；").join(f"{column.named(key)} {_small(column, key)}" for key in keys)
    title = _("%(community)s：%(name)s") % {"community": instance["communities"].get(code, code), "name": column.name}
    return svg_map(frame, title=title, desc=said, strokes=strokes, names=names, id=id)


def _small(column: Column, key: str) -> str:
    one = column.figures["grids"].get(key)
    return (
        ""
        if one is None
        else _("%(n)d 户 %(deviation)s") % {"n": one["households"], "deviation": signed(one["deviation"])}
    )


def _footprints(units: Mapping[str, Any]) -> dict[str, Any]:
    rows = Building.objects.filter(pk__in=[int(unit) for unit in units]).values_list("id", "footprint")
    found = {}
    for pk, footprint in rows.order_by("id"):
        one = units[str(pk)]
        if footprint is None and one["placed"]:
            west, south, east, north = one["lon"] - HALF, one["lat"] - HALF, one["lon"] + HALF, one["lat"] + HALF
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            footprint = {"type": "Polygon", "coordinates": [ring]}
        if footprint is not None:
            found[str(pk)] = footprint
    return found
