"""What the residents' home page shows of matters: what is near, what waits for one's rating, how last month went."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.display import local
from linli.matters import figures, minimap, news, placing
from linli.matters.plain import dated, month_name, when
from linli.matters.queries.lists import Wanted, counts, item, mine, public_list
from linli.orgs.actors import Actor
from linli.orgs.units import Unit, units
from linli.places.enums import Level
from linli.procedures.enums import State

OPEN_SHOWN, SETTLED_SHOWN, NEWS_SHOWN = 3, 2, 4


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """The parts of the home page. ``place``: the community's name ('' if none is chosen); items are as ``lists.item``.

    ``whole_city``: the rates are the city's.
    """

    place: str
    code: str
    street: str
    lines: list[str]
    counts: dict[str, int] | None
    open: list[dict[str, Any]]
    settled: list[dict[str, Any]]
    map: minimap.Minimap | None
    own: int
    to_rate: list[dict[str, Any]]
    news: list[news.News]
    month: str
    rates: figures.Rates | None
    whole_city: bool


def home(*, code: str, by: Actor, at: datetime) -> Home:
    """Return the home page's content for a community (the only one there is, if none is chosen), in a fixed number of statements."""
    listed = placing.communities()
    community = placing.community(code) or (listed[0] if len(listed) == 1 else None)
    place = community.code if community else ""
    opened = public_list(Wanted(place=place, state="open"), size=OPEN_SHOWN).rows
    settled = public_list(Wanted(place=place, state="settled"), size=SETTLED_SHOWN).rows
    items = [item(row, now=at) for row in opened]
    done = [item(row, now=at) for row in settled]
    marks = [(one["lon"], one["lat"], "", one["state"]) for one in (*done, *items) if one["lon"] is not None]
    own = mine(by)
    unit = units().governing.get(place)
    judged = unit or _whole_city()
    month = (local(at).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    return Home(
        place=community.name if community else "",
        code=place,
        street=community.street if community else "",
        lines=[dated(at), _office(unit, at)] if unit else [dated(at)],
        counts=counts(place),
        open=items,
        settled=done,
        map=minimap.draw(marks) if community else None,
        own=len(own),
        to_rate=[
            {"code": row.case.code, "title": row.case.title, "when": when(row.case.entered_at, at)}
            for row in own
            if row.case.state == State.OPEN and row.case.step in ("rate", "rate_again")
        ],
        news=news.unread(by, at=at, limit=NEWS_SHOWN),
        month=month_name(month),
        rates=figures.rates([judged.id], since=month, until=month)[judged.id] if judged else None,
        whole_city=unit is None,
    )


def _whole_city() -> Unit | None:
    """The unit whose figures hold for everybody who has not chosen a community: the city's, if there is one city."""
    cities = [unit for unit in units().governing.values() if unit.level == Level.CITY]
    return cities[0] if len(cities) == 1 else None


def _office(unit: Unit, at: datetime) -> str:
    """Whether the community works today."""
    calendar = unit.calendar()
    today = calendar.local_date(at)
    if calendar.is_working_day(today):
        return _("今天上班")
    name = calendar.day_name(today)
    return _("今天休息") if not name else _("今天休息：%(name)s") % {"name": name}
