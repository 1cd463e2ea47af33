"""Checks that several actions share: each returns the cleaned value or raises ValidationError naming the field."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.kernel.text import clean
from linli.places.locating import LocatingError, shape_from_geojson, to_geojson, to_wgs84


def named(field: str, text: str, *, limit: int) -> str:
    """Return a name that is neither empty nor too long."""
    cleaned = optional(field, text, limit=limit)
    if not cleaned:
        raise ValidationError({field: _("请填写。")})
    return cleaned


def optional(field: str, text: str, *, limit: int) -> str:
    """Return a line of text, perhaps empty."""
    try:
        return clean(text, limit=limit, lines=False)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


def reason(text: str) -> str:
    """Return why something is taken out of use."""
    return named("reason", text, limit=200)


def position(lon: float | None, lat: float | None) -> tuple[float | None, float | None]:
    """Return both coordinates or neither."""
    if lon is None and lat is None:
        return None, None
    if lon is None or lat is None:
        raise ValidationError({"lon": _("经度和纬度要一起填写。")})
    try:
        return to_wgs84(lon, lat, "wgs84")
    except LocatingError as error:
        raise ValidationError({"lon": said(error)}) from error


def boundary(data: Any, field: str = "boundary") -> dict[str, Any] | None:
    """Return a GeoJSON Polygon or MultiPolygon (dict or text, perhaps in a Feature) as a plain geometry; None for nothing."""
    if data is None or data == "" or data == {}:
        return None
    try:
        return to_geojson(shape_from_geojson(data))
    except LocatingError as error:
        raise ValidationError({field: said(error)}) from error


def said(error: LocatingError) -> str:
    """Return the sentence of a locating error in the language of the page."""
    return _(error.template) % error.params
