"""Grids must not overlap: neither in their own community nor across its border."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.display import day as in_words
from linli.places.drawn import Drawn, drawings
from linli.places.enums import CODE_LENGTHS, Level
from linli.places.locating import GridShape, overlaps, shape_from_geojson
from linli.places.models import Division, Grid
from linli.places.policies import inside

Boundary = dict[str, Any] | None


def refuse_overlaps(
    community: Division, since: date, boundaries: Mapping[int, Boundary], grids: Mapping[int, Grid], ignored: set[int]
) -> None:
    """Raise ValidationError naming the first pair that would overlap on or after ``since``.

    ``boundaries`` are the new ones by grid; ``ignored`` are grids whose former drawings end on that day. Looked at are all
    grids of the county, as far as their boxes meet the new ones.
    """
    new = {pk: shape_from_geojson(boundary) for pk, boundary in boundaries.items() if boundary is not None}
    if not new:
        return
    shapes = [(grids[pk].name, pk, _polygon(boundaries[pk])) for pk in new]
    box = shapely.box(*shapely.total_bounds(list(new.values())))
    for other in _others(community, since, ignored):
        if other.boundary is not None and shapely.intersects(shape_from_geojson(other.boundary), box):
            shapes.append((_called(other, community, since), -1, _polygon(other.boundary)))
    pairs = overlaps(GridShape(number, community.pk, polygon) for number, (_name, _pk, polygon) in enumerate(shapes))
    for one, other_one in pairs:
        if shapes[one][1] != -1:
            said = _("“%(one)s”和“%(other)s”重叠了，请改其中一个的边界。")
            raise ValidationError({"boundary": said % {"one": shapes[one][0], "other": shapes[other_one][0]}})


def _others(community: Division, since: date, ignored: set[int]) -> list[Drawn]:
    county = community.code[: CODE_LENGTHS[Level.COUNTY]]
    near = Grid.objects.filter(inside([county], "community__code")).exclude(pk__in=ignored)
    current = near.filter(Q(until__isnull=True) | Q(until__gt=since))
    return [one for one in drawings(current) if one.until is None or one.until > since]


def _called(other: Drawn, community: Division, since: date) -> str:
    name = other.name
    if other.community_id != community.pk:
        name = Division.objects.values_list("name", flat=True).get(pk=other.community_id) + name
    return name if other.since <= since else _("%(name)s（%(day)s起）") % {"name": name, "day": in_words(other.since)}


def _polygon(boundary: Boundary) -> Any:
    return None if boundary is None else boundary["coordinates"]
