"""Published figures: the three rates and at which level things were settled, of every unit, for everybody.

Counted for units, never for people; every share with its fraction, of few answers none; in the order of the map, never ranked.
"""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.display import local
from linli.matters import figures, placing
from linli.matters.figures import FEW, Rates, months_back, published
from linli.orgs.units import Unit, units

SPANS = (1, 3, 12)
LEVELS: tuple[tuple[int, Callable[[], str]], ...] = (
    (6, lambda: _("网格")),
    (5, lambda: _("社区")),
    (4, lambda: _("街道")),
    (3, lambda: _("区县")),
    (2, lambda: _("市")),
)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The figures of a unit and of those below it; one statement, whatever the number of units."""
    top = _asked(request)
    span = next((one for one in SPANS if request.GET.get("months") == str(one)), 3)
    today = local(request.now).date()
    since, below = months_back(today, span - 1), figures.below(top)
    found = figures.rates([top.id, *(unit.id for unit in below)], since=since, until=today)
    own = found[top.id]
    context = {
        "top": top,
        "above": figures.above(top),
        "since": since,
        "today": today,
        "spans": [_span(top, one, one == span) for one in SPANS],
        "own": own,
        "rates": _rates(own),
        "levels": _levels(own),
        "below": [_row(unit, found[unit.id], span) for unit in below if unit.governs or _any(found[unit.id])],
        "few": FEW,
    }
    return render(request, "matters/figures.html", context)


def _asked(request: HttpRequest) -> Unit:
    """The unit asked for; else the community that this browser chose; else the highest there is."""
    said, table = request.GET.get("unit", ""), units()
    if said:
        found = table.get(int(said)) if said.isascii() and said.isdecimal() and len(said) < 18 else None
        if found is None:
            raise Http404
        return found
    home = placing.community(request.COOKIES.get("community", ""))
    unit = table.governing.get(home.code) if home else None
    unit = unit or min(table.governing.values(), key=lambda one: (one.level, one.division_code), default=None)
    if unit is None:
        raise Http404
    return unit


def _span(top: Unit, months: int, current: bool) -> dict[str, Any]:
    label = _("本月") if months == 1 else _("近 %(n)d 个月") % {"n": months}
    return {"label": label, "href": f"?unit={top.id}&months={months}", "current": current}


def _rates(own: Rates) -> list[tuple[str, float | None, str]]:
    """The three rates: label, percentage if there are enough, the counts in words."""
    return [
        (label, published(pair), said % {"part": pair[0], "whole": pair[1]} + (_("，件数少，不算比率") if few else ""))
        for label, pair, said in (
            (_("联系到本人"), own.response, _("%(part)d / %(whole)d 件")),
            (_("本人说解决了"), own.settlement, _("%(part)d / %(whole)d 件")),
            (_("满意和很满意"), own.satisfaction, _("%(part)d / %(whole)d 人评")),
        )
        for few in [pair[1] < FEW]
    ]


def _levels(own: Rates) -> list[tuple[str, int, float | None]]:
    """Where things were settled: level, count, share if there are enough."""
    total = sum(own.levels.values())
    return [(name(), own.levels[level], published((own.levels[level], total))) for level, name in LEVELS]


def _any(rates: Rates) -> bool:
    return any(rates.counts.values())


def _row(unit: Unit, rates: Rates, span: int) -> dict[str, Any]:
    """A unit of the list: its counts, and its rates where there are enough answers."""
    counts = rates.counts
    bits = [_("收到 %(n)d 件") % {"n": counts["received"]}] if unit.governs else []
    bits.append(_("办结 %(n)d 件") % {"n": counts["ended"]})
    for said, pair in (
        (_("联系到 %(part)d / %(whole)d"), rates.response),
        (_("解决 %(part)d / %(whole)d"), rates.settlement),
        (_("满意 %(part)d / %(whole)d"), rates.satisfaction),
    ):
        if pair[1]:
            share = published(pair)
            bits.append(said % {"part": pair[0], "whole": pair[1]} + (f" · {share}%" if share is not None else ""))
    return {"href": f"?unit={unit.id}&months={span}", "title": unit.name, "bits": bits}
