"""Locating: point, address line or name to grid; boundaries; coordinate systems. Plain Python, no Django."""

from linli.places.locating.address import Address, normalise, parse_address
from linli.places.locating.crs import SYSTEMS, from_wgs84, to_wgs84
from linli.places.locating.entries import BuildingEntry, Candidate, CompoundEntry, GridShape
from linli.places.locating.errors import LocatingError
from linli.places.locating.geometry import (
    area_m2,
    bbox,
    centroid,
    contains,
    distance_m,
    inner_point,
    overlaps,
    shape_from_geojson,
    shape_from_rings,
    to_geojson,
    union,
)
from linli.places.locating.index import PlaceIndex

__all__ = [
    "SYSTEMS",
    "Address",
    "BuildingEntry",
    "Candidate",
    "CompoundEntry",
    "GridShape",
    "LocatingError",
    "PlaceIndex",
    "area_m2",
    "bbox",
    "centroid",
    "contains",
    "distance_m",
    "from_wgs84",
    "inner_point",
    "normalise",
    "overlaps",
    "parse_address",
    "shape_from_geojson",
    "shape_from_rings",
    "to_geojson",
    "to_wgs84",
    "union",
]
