"""Ready pictures of places: all communities, one community with its grids, one grid with how it was, one point."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linli.places.drawing import Bounds, Frame, Mark, Name, Stroke, bounds_of, svg_map
from linli.places.enums import MapKind
from linli.places.mapping import Feature, buildings, layer

WIDTHS = {
    MapKind.LANE.value: 6.0,
    MapKind.STREET.value: 11.0,
    MapKind.ARTERIAL.value: 20.0,
    MapKind.RAIL.value: 4.0,
    MapKind.RIVER.value: 24.0,
}
"""Metres, for ways that do not say their own width."""
MOST_NAMED_WAYS = 4


def all_communities(
    marks: Sequence[Mark] = (), inside: Sequence[str] = ("",), small: Mapping[str, str] | None = None
) -> SafeString | None:
    """Return the map of every community whose code begins with one of the prefixes, or None where none of them is drawn.

    ``small`` is a second line below names, by code.
    """
    communities = [one for one in layer("communities").features if one.properties["code"].startswith(tuple(inside))]
    bounds = bounds_of([one.geometry for one in communities])
    if bounds is None:
        return None
    frame = Frame.around(bounds)
    strokes = [Stroke(one.geometry, f"c-area-{one.properties['tint']}") for one in communities]
    strokes += ground(frame, lanes=False)
    strokes += [Stroke(one.geometry, "m-border") for one in communities]
    names = [
        Name(*one.inside, one.properties["name"], (small or {}).get(one.properties["code"], ""))
        for one in communities
        if one.inside
    ]
    said = _("%(count)d 个社区的边界。") % {"count": len(communities)}
    return svg_map(frame, title=_("各社区的地图"), desc=said, strokes=strokes, names=names, marks=marks)


def community(
    code: str, marks: Sequence[Mark] = (), chosen: int | None = None, small: dict[int, str] | None = None
) -> SafeString | None:
    """Return the map of one community with its grids, buildings and ways; ``chosen`` is the grid to stress, ``small`` a second line
    below grids' names by id. None where neither the community nor its grids are drawn.
    """
    outline, grids = _outline(code), grids_of(code)
    bounds = community_bounds(code)
    if bounds is None:
        return None
    frame = Frame.around(bounds)
    strokes = [Stroke(one.geometry, f"c-area-{one.properties['tint']}") for one in grids]
    strokes += ground(frame)
    strokes += [Stroke(one.geometry, "c-building") for one in buildings(frame.bounds)]
    strokes += [Stroke(one.geometry, "m-grid") for one in grids]
    strokes += [Stroke(one.geometry, "m-outline") for one in ([outline] if outline else [])]
    strokes += [Stroke(one.geometry, "m-chosen") for one in grids if one.id == chosen]
    named = sorted(grids, key=lambda one: one.id != chosen)
    names = [
        Name(*one.inside, one.properties["name"], (small or {}).get(int(one.id), "")) for one in named if one.inside
    ]
    names += _way_names(frame)
    title = outline.properties["name"] if outline else grids[0].properties["community_name"]
    said = _("%(count)d 个网格：%(names)s。") % {
        "count": len(grids),
        "names": _("、").join(one.properties["name"] for one in grids),
    }
    return svg_map(
        frame, title=_("%(name)s的地图") % {"name": title}, desc=said, strokes=strokes, names=names, marks=marks
    )


def community_bounds(code: str) -> Bounds | None:
    """Return the box around a community's outline and grids, or None where neither is drawn."""
    outline = _outline(code)
    return bounds_of([one.geometry for one in (*grids_of(code), *([outline] if outline else []))])


def grids_of(code: str) -> list[Feature]:
    """Return the drawn grids of a community, by code."""
    return [one for one in layer("grids").features if one.properties["community"] == code]


def _outline(code: str) -> Feature | None:
    return next((one for one in layer("communities").features if one.properties["code"] == code), None)


def grid(boundary: Any, former: Any = None, *, title: str, marks: Sequence[Mark] = ()) -> SafeString | None:
    """Return the map of one drawing of a grid among its neighbours, with a former boundary dashed. None without a boundary."""
    bounds = bounds_of([shape for shape in (boundary, former) if shape])
    if bounds is None:
        return None
    frame = Frame.around(bounds, margin=0.25)
    strokes = [Stroke(boundary, "c-area-1")] if boundary else []
    strokes += ground(frame)
    strokes += [Stroke(one.geometry, "c-building") for one in buildings(frame.bounds)]
    strokes += [Stroke(one.geometry, "m-faint") for one in layer("grids").window(frame.bounds)]
    strokes += [Stroke(former, "m-former")] if former and former != boundary else []
    strokes += [Stroke(boundary, "m-chosen")] if boundary else []
    names = [Name(*one.inside, one.properties["name"]) for one in layer("grids").window(frame.bounds) if one.inside]
    return svg_map(
        frame, title=title, desc=_("实线是网格的边界，虚线是以前的边界。"), strokes=strokes, names=names, marks=marks
    )


def around(lon: float, lat: float, *, title: str, metres: float = 200, marks: Sequence[Mark] = ()) -> SafeString:
    """Return a small map around a point, with a pin on it."""
    half = metres / 111_320
    frame = Frame.around((lon - half, lat - half, lon + half, lat + half), 480, 300)
    strokes = ground(frame)
    strokes += [Stroke(one.geometry, "c-building") for one in buildings(frame.bounds)]
    strokes += [Stroke(one.geometry, "m-grid") for one in layer("grids").window(frame.bounds)]
    names = [Name(*one.inside, one.properties["name"]) for one in layer("grids").window(frame.bounds) if one.inside]
    pins = [*marks, Mark(lon, lat, "here", title)]
    return svg_map(frame, title=title, strokes=strokes, names=names, marks=pins, css="m-near")


def ground(frame: Frame, lanes: bool = True) -> list[Stroke]:
    """Return water, green and ways in a window, each as wide as it is on the ground but never too thin to be seen."""
    strokes = [
        Stroke(one.geometry, "c-water" if one.properties["kind"] == MapKind.WATER else "m-green")
        for one in layer("areas").window(frame.bounds)
    ]
    for one in layer("ways").window(frame.bounds):
        kind = one.properties["kind"]
        if not lanes and kind in (MapKind.LANE, MapKind.STREET):
            continue
        width = max(frame.metres(one.properties["width"] or WIDTHS[kind]), 1.2)
        strokes.append(Stroke(one.geometry, _way_class(kind), width))
    return strokes


def _way_class(kind: str) -> str:
    return {MapKind.RIVER.value: "c-river", MapKind.RAIL.value: "m-rail"}.get(kind, "c-road")


def _way_names(frame: Frame) -> list[Name]:
    """The longest rivers and roads in the window, each once, beside the middle of its line inside the window."""
    best: dict[str, tuple[float, Feature]] = {}
    for one in layer("ways").window(frame.bounds):
        name, kind = one.properties["name"], one.properties["kind"]
        if name and kind in (MapKind.RIVER, MapKind.ARTERIAL):
            box = bounds_of([one.geometry]) or (0.0, 0.0, 0.0, 0.0)
            length = (box[2] - box[0]) + (box[3] - box[1])
            if name not in best or best[name][0] < length:
                best[name] = (length, one)
    chosen = sorted(best.values(), key=lambda item: -item[0])[:MOST_NAMED_WAYS]
    return [Name(*middle, one.properties["name"]) for _length, one in chosen if (middle := _middle(one, frame.bounds))]


def _middle(feature: Feature, bounds: Bounds) -> tuple[float, float] | None:
    west, south, east, north = bounds
    inside = [
        (position[0], position[1])
        for position in feature.geometry.get("coordinates", ())
        if isinstance(position[0], int | float) and west <= position[0] <= east and south <= position[1] <= north
    ]
    return inside[len(inside) // 2] if inside else None
