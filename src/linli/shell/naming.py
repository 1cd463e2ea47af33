"""What the installation calls itself: as the environment says, else the highest place that one of its units governs."""

import os

from django.conf import settings
from django.db import DatabaseError

from linli.kernel.memo import remember
from linli.orgs.units import units
from linli.places.models import Division


def city_name() -> str:
    """Return the name in the head of every page: LINLI_CITY_NAME, or the city, county, street or village served."""
    if os.environ.get("LINLI_CITY_NAME"):
        return str(settings.LINLI_CITY_NAME)
    try:
        return remember("shell:city_name", _top_place, seconds=60)
    except DatabaseError:  # an error page must be drawn even when the database does not answer
        return str(settings.LINLI_CITY_NAME)


def _top_place() -> str:
    top = min(units().governing.values(), key=lambda unit: (unit.level, unit.division_code), default=None)
    name = Division.objects.filter(pk=top.division_id).values_list("name", flat=True).first() if top else None
    return name or str(settings.LINLI_CITY_NAME)
