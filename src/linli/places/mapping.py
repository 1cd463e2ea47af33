"""What maps show, by layer: grids, communities, ways, water, compounds, buildings, and what other areas bring. Public, all of it.

Layers are read whole and kept until places change; a window takes out what lies in it. Coordinates go out with six decimals (about
a decimetre).
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.places import layers
from linli.places.changes import stamp
from linli.places.drawing import Bounds, bounds_of
from linli.places.enums import Level, MapKind
from linli.places.known import kept
from linli.places.locating import inner_point, shape_from_geojson, to_geojson, union
from linli.places.models import Building, Compound, Division, Grid, MapLayer
from linli.places.tints import tints

MOST_FEATURES = 3_000
AREAS = (MapKind.WATER, MapKind.GREEN)
WAYS = (MapKind.LANE, MapKind.STREET, MapKind.ARTERIAL, MapKind.RAIL, MapKind.RIVER)


@dataclasses.dataclass(frozen=True, slots=True)
class Feature:
    """One thing on the map: its geometry, what is said of it, and the point for its name."""

    id: int | str
    geometry: dict[str, Any]
    properties: dict[str, Any]
    inside: tuple[float, float] | None = None

    def as_json(self) -> str:
        said = self.properties if self.inside is None else {**self.properties, "at": _short(self.inside)}
        body = {"type": "Feature", "id": self.id, "geometry": _short(self.geometry), "properties": said}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


@dataclasses.dataclass(frozen=True, slots=True)
class Layer:
    """Features with their boxes (N, 4: west, south, east, north)."""

    features: list[Feature]
    boxes: NDArray[np.float64]

    def window(self, bounds: Bounds | None) -> list[Feature]:
        """Return the features whose box meets a window, in their order; all without one."""
        if bounds is None:
            return self.features
        if not self.features:
            return []
        west, south, east, north = bounds
        boxes = self.boxes
        meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        return [self.features[number] for number in np.flatnonzero(meets).tolist()]

    def bounds(self) -> Bounds | None:
        """Return the box around everything."""
        if not self.features:
            return None
        low, high = self.boxes.min(axis=0), self.boxes.max(axis=0)
        return float(low[0]), float(low[1]), float(high[2]), float(high[3])


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A layer's features in a window as GeoJSON text, with the tag by which a browser asks whether it has changed."""

    body: str
    etag: str


def layer(name: str) -> Layer:
    """Return one of the kept layers: grids, communities, ways, areas, compounds. KeyError for another name."""
    load = _LOADERS[name]
    found: Layer = kept(f"layer-{name}", lambda: _layer(load()))
    return found


def answer(name: str, bounds: Bounds, *, at: datetime, language: str = "") -> Answer | None:
    """Return a layer in a window as GeoJSON, at most ``MOST_FEATURES`` (then it says ``"truncated": true``); None for no such layer."""
    if name == "buildings":
        features = buildings(bounds)
    elif name in _LOADERS:
        features = layer(name).window(bounds)
    elif name in layers.registered():
        features = [_point(point) for point in layers.registered()[name](*bounds, at=at, limit=MOST_FEATURES + 1)]
    else:
        return None
    more = len(features) > MOST_FEATURES
    texts = ",".join(feature.as_json() for feature in features[:MOST_FEATURES])
    body = f'{{"type":"FeatureCollection","truncated":{"true" if more else "false"},"features":[{texts}]}}'
    return Answer(body, tag(name, body, language))


def tag(*parts: object) -> str:
    """Return a tag that changes when any of the parts does."""
    return '"' + hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24] + '"'


def current_tag(name: str, bounds: Bounds, language: str = "") -> str | None:
    """Return the tag of a kept layer without reading it, or None where only its content tells."""
    return tag(name, bounds, language, kept("stamp", stamp)) if name in _LOADERS else None


def names() -> list[str]:
    """Return the layers that ``answer`` knows."""
    return [*_LOADERS, "buildings", *layers.registered()]


def _layer(features: Sequence[Feature]) -> Layer:
    boxes = [bounds_of([feature.geometry]) or (0.0, 0.0, 0.0, 0.0) for feature in features]
    return Layer(list(features), np.array(boxes, dtype=np.float64).reshape(-1, 4))


def _grids() -> list[Feature]:
    rows = list(
        Grid.objects.filter(active=True, boundary__isnull=False, community__active=True)
        .order_by("code")
        .values_list("id", "code", "name", "boundary", "community__code", "community__name")
    )
    shapes = [shape_from_geojson(row[3]) for row in rows]
    return [
        Feature(
            pk,
            dict(boundary or {}),
            {"code": code, "name": name, "community": community, "community_name": community_name, "tint": tint},
            inner_point(shape),
        )
        for (pk, code, name, boundary, community, community_name), shape, tint in zip(
            rows, shapes, tints(shapes), strict=True
        )
    ]


def _communities() -> list[Feature]:
    """Communities by their outline, or by their grids together where no outline is loaded."""
    outlines = MapLayer.objects.filter(kind=MapKind.OUTLINE, division__level=Level.COMMUNITY, division__active=True)
    found = {
        row["division_id"]: shape_from_geojson(row["geometry"]) for row in outlines.values("division_id", "geometry")
    }
    drawn: dict[str, list[Any]] = {}
    for feature in layer("grids").features:
        drawn.setdefault(feature.properties["community"], []).append(shape_from_geojson(feature.geometry))
    with_grids = Division.objects.filter(code__in=list(drawn)).values_list("id", "code")
    for pk, code in with_grids:
        if pk not in found and (whole := union(drawn[code])) is not None:
            found[pk] = whole
    rows = list(
        Division.objects.filter(pk__in=list(found)).order_by("code").values_list("id", "code", "name", "parent__name")
    )
    shapes = [found[pk] for pk, *_rest in rows]
    return [
        Feature(
            pk,
            to_geojson(shape),
            {"code": code, "name": name, "street": street or "", "tint": tint},
            inner_point(shape),
        )
        for (pk, code, name, street), shape, tint in zip(rows, shapes, tints(shapes), strict=True)
    ]


def _drawn_kinds(kinds: Sequence[MapKind]) -> Callable[[], list[Feature]]:
    def load() -> list[Feature]:
        order = {kind.value: number for number, kind in enumerate(kinds)}
        rows = MapLayer.objects.filter(kind__in=kinds).values_list("id", "kind", "name", "geometry", "width")
        ordered = sorted(rows, key=lambda row: (order[row[1]], row[0]))
        return [
            Feature(pk, geometry, {"kind": kind, "name": name, "width": width})
            for pk, kind, name, geometry, width in ordered
        ]

    return load


def _compounds() -> list[Feature]:
    rows = Compound.objects.filter(active=True, lon__isnull=False, community__active=True).order_by("id")
    return [
        Feature(pk, {"type": "Point", "coordinates": [lon, lat]}, {"name": name, "community": code}, (lon, lat))
        for pk, name, code, lon, lat in rows.values_list("id", "name", "community__code", "lon", "lat")
        if lon is not None and lat is not None
    ]


_LOADERS: dict[str, Callable[[], list[Feature]]] = {
    "grids": _grids,
    "communities": _communities,
    "ways": _drawn_kinds(WAYS),
    "areas": _drawn_kinds(AREAS),
    "compounds": _compounds,
}


def buildings(bounds: Bounds) -> list[Feature]:
    """Return the buildings with a footprint whose position lies in a window, at most one more than ``MOST_FEATURES``."""
    west, south, east, north = bounds
    rows = Building.objects.filter(
        active=True, footprint__isnull=False, lon__range=(west, east), lat__range=(south, north)
    ).order_by("id")
    return [
        Feature(pk, dict(footprint or {}), {"name": name})
        for pk, name, footprint in rows.values_list("id", "name", "footprint")[: MOST_FEATURES + 1]
    ]


def _point(point: layers.MapPoint) -> Feature:
    said = {
        "title": point.title,
        "code": point.code,
        "state": point.state,
        "state_text": point.state_text,
        "detail": point.detail,
        "href": point.href,
    }
    return Feature(point.id, {"type": "Point", "coordinates": [point.lon, point.lat]}, said)


def _short(geometry: Any) -> Any:
    """A geometry with six decimals."""
    if isinstance(geometry, dict):
        return {"type": geometry["type"], "coordinates": _short(geometry["coordinates"])}
    if isinstance(geometry, list | tuple):
        return [_short(part) for part in geometry]
    return round(geometry, 6) if isinstance(geometry, float) else geometry
