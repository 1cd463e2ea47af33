"""What the day of a published plan leaves to be done: a building that was registered after the publication, in a grid that ended."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.display import local
from linli.places import actions as places
from linli.places.models import Building, Grid
from linli.planning.enums import Step
from linli.planning.models import Plan


@dataclasses.dataclass(frozen=True, slots=True)
class _Clock:
    """The platform itself, inside the one community where a published plan asks for it."""

    managed: Sequence[str]
    user_id: int | None = None
    name: str = "系统"


@transaction.atomic
def settle(*, at: datetime) -> int:
    """Give each building that a published plan left in no grid in force that of its nearest neighbour; return how many. Idempotent."""
    today = local(at).date()
    codes: set[str] = set()
    for grids in Plan.objects.filter(step=Step.PUBLISHED, since__lte=today).values_list("grids", flat=True):
        codes |= {one["community"] for one in grids.values()}
    lost = Building.objects.filter(community__code__in=codes, active=True, grid__active=False, lon__isnull=False)
    done = 0
    for building in lost.select_related("community").order_by("id"):
        grid = _nearest(building)
        if grid is not None:
            by = _Clock((building.community.code,))
            places.assign_building(building=building, grid=grid, since=today, basis=_("随新网格归入"), by=by, at=at)
            done += 1
    return done


def _nearest(building: Building) -> Grid | None:
    """The grid in force of the nearest building of the same community."""
    rows = Building.objects.filter(
        community=building.community, active=True, grid__active=True, lon__isnull=False, lat__isnull=False
    )
    places_ = [
        (grid, lon, lat)
        for grid, lon, lat in rows.values_list("grid_id", "lon", "lat")
        if lon is not None and lat is not None
    ]
    if not places_ or building.lon is None or building.lat is None:
        return None
    here = (building.lon, building.lat)
    grid, _lon, _lat = min(places_, key=lambda one: ((one[1] - here[0]) ** 2 + (one[2] - here[1]) ** 2, one[0]))
    return Grid.objects.get(pk=grid)
