"""The layer of matters on the public map: what everybody may see, at the position that everybody may know."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.memo import remember
from linli.matters import queries
from linli.places.layers import MapPoint
from linli.procedures.enums import State
from linli.procedures.models import PERSON_ROLES

SETTLED_FOR = timedelta(days=90)
# a shown position is rounded to three decimals: the one behind it is at most half a step away
_HALF_STEP = 0.0005


def points(west: float, south: float, east: float, north: float, /, *, at: datetime, limit: int) -> Sequence[MapPoint]:
    """Return public matters whose shown position lies in a window, newest first: open ones, and those settled lately.

    One statement. The window is held against the rounded position, so that narrowing it tells nothing of the exact one.
    """
    recent = Q(case__state=State.OPEN) | Q(case__outcome__in=queries.GOOD_ENDS, case__ended_at__gte=at - SETTLED_FOR)
    rows = (
        queries.public()
        .filter(
            recent,
            lon__range=(west - _HALF_STEP, east + _HALF_STEP),
            lat__range=(south - _HALF_STEP, north + _HALF_STEP),
        )
        .select_related("case")
        .order_by("-created_at", "-pk")[:limit]
    )
    words = {"open": _("正在办"), "done": _("办好了"), "over": _("超期")}
    found = []
    for row in rows:
        one = queries.item(row, now=at)
        if not (west <= one["lon"] <= east and south <= one["lat"] <= north):
            continue
        found.append(
            MapPoint(
                id=one["code"],
                lon=one["lon"],
                lat=one["lat"],
                title=one["title"],
                code=one["code"],
                state=one["state"],
                state_text=words[one["state"]],
                detail=" · ".join(bit if isinstance(bit, str) else bit[0] for bit in one["bits"]),
                href=reverse("matters:status", args=[one["code"]]),
            )
        )
    return found


def open_by_community(*, at: datetime) -> dict[str, tuple[int, int]]:
    """Return community code to (open, of those overdue) of what is public; one statement, kept for a minute."""

    def load() -> dict[str, tuple[int, int]]:
        late = Q(case__due_at__lt=at, case__suspended=False) & ~Q(case__holder_role__in=PERSON_ROLES)
        rows = queries.public().filter(case__state=State.OPEN).order_by().values_list("case__division_code")
        counted = rows.annotate(opened=Count("pk"), late=Count("pk", filter=late))
        return {code: (opened, over) for code, opened, over in counted}

    return remember("matters:open_by_community", load, seconds=60)
