"""The overview of a place: the three rates with their fractions, settled at which level, by month and by unit below.

Figures are published: every member of staff may read every unit's. The cases behind them open only for those who may see them.
"""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.display import local
from linli.kernel.exports import csv_bytes, download
from linli.kernel.text import whole
from linli.matters import figures
from linli.matters.figures import above, months_back, percent
from linli.matters.figures import below as units_below
from linli.matters.queries import behind
from linli.orgs.guards import staff_required
from linli.orgs.units import Unit, units
from linli.procedures import queries

SPANS = (1, 3, 6, 12)
LEVELS = (
    (6, lambda: _("网格"), "c-seq-4"),
    (5, lambda: _("社区"), "c-seq-3"),
    (4, lambda: _("街道"), "c-seq-2"),
    (3, lambda: _("区县"), "c-grey"),
    (2, lambda: _("市"), "c-ink-3"),
)


@require_safe
@staff_required
def overview(request: HttpRequest) -> HttpResponse:
    """Statements: session, user, posts, figures of the units, months, counts; the same number for a village and a city."""
    by = request.actor
    top, span = _asked(request)
    today = local(request.now).date()
    since = months_back(today, span - 1)
    below = units_below(top)
    found = figures.rates([top.id, *(unit.id for unit in below)], since=since, until=today)
    months = _months(by, top, since, today)
    counts = queries.counts(by, at=request.now)
    request.inbox_counts = counts
    context = {
        "top": top,
        "above": above(top),
        "since": since,
        "today": today,
        "spans": [_span(top, one, one == span) for one in SPANS],
        "own": found[top.id],
        "rates": _rates(by, top, found[top.id], months, since, today),
        "levels": _levels(by, top, found[top.id], since, today),
        "months": months,
        "chart": _chart(months),
        # what governs a place is listed always; a company or department once it has had something to do with a matter
        "below": [
            _row(by, unit, found[unit.id], since, today)
            for unit in below
            if unit.governs or any(found[unit.id].counts.values())
        ],
        "links": {
            "received": behind.received(by, top, since, today),
            "ended": behind.ended(by, top, since, today),
            "overdue": behind.overdue_now(by, top),
        },
        "table": f"{reverse('matters:overview_table')}?unit={top.id}&months={span}",
    }
    return render(request, "matters/overview.html", context)


@require_safe
@staff_required
def table(request: HttpRequest) -> HttpResponse:
    """The units' figures as a table to take away: counts, not percentages, so that they can be added up."""
    top, span = _asked(request)
    today = local(request.now).date()
    since, below = months_back(today, span - 1), units_below(top)
    found = figures.rates([top.id, *(unit.id for unit in below)], since=since, until=today)
    columns = [_("单位"), _("收到"), _("办结"), _("超期"), _("评价"), _("联系到"), _("解决"), _("评满意度"), _("满意")]
    columns += [str(name()) for _level, name, _cls in LEVELS]
    names = ("received", "ended", "overdue", "rated", "reached", "settled", "satisfied_answers", "satisfied")
    lines = [
        [
            unit.name,
            *(found[unit.id].counts[name] for name in names),
            *(found[unit.id].levels[level] for level, _n, _c in LEVELS),
        ]
        for unit in (top, *below)
    ]
    name = f"{_('诉求总览')}-{top.name}-{since:%Y%m}-{today:%Y%m}.csv"
    return download(csv_bytes(columns, lines), name=name)


def _last_of(month: date) -> date:
    return months_back(month, -1) - timedelta(days=1)


def _asked(request: HttpRequest) -> tuple[Unit, int]:
    """The unit and the number of months asked for; without one, the place where the reader works."""
    said, months = request.GET.get("unit", ""), request.GET.get("months", "")
    unit_id = whole(said)
    span = int(months) if months in map(str, SPANS) else 6
    table = units()
    wanted = table.get(unit_id)
    if wanted is None:
        home = request.actor.posts[0].unit
        wanted = home if home.governs else table.above(home) or home
    return wanted, span


def _span(top: Unit, months: int, current: bool) -> dict[str, Any]:
    label = _("本月") if months == 1 else _("近 %(n)d 个月") % {"n": months}
    return {"label": label, "href": f"?unit={top.id}&months={months}", "current": current}


def _months(by: Any, top: Unit, since: date, today: date) -> list[dict[str, Any]]:
    kept = {
        row.month: figures.Rates(top.id, {name: getattr(row, name) for name in figures.COUNTS})
        for row in figures.by_month(top.id, since=since, until=today)
    }
    found, month = [], since
    while month <= today:
        rates = kept.get(month) or figures.Rates(top.id, dict.fromkeys(figures.COUNTS, 0))
        last = min(_last_of(month), today)
        found.append(
            {
                "month": month,
                "rates": rates,
                "received": behind.received(by, top, month, last),
                "ended": behind.ended(by, top, month, last),
            }
        )
        month = months_back(month, -1)
    return found


def _rates(
    by: Any, top: Unit, own: figures.Rates, months: list[dict[str, Any]], since: date, today: date
) -> list[dict[str, Any]]:
    """The three rates: percentage, fraction, how they went by month, and the matters behind the part and the rest."""
    rows = (
        (_("响应率"), _("联系到了本人"), "response", "reached", "not_reached"),
        (_("解决率"), _("本人说解决了"), "settlement", "settled", "not_settled"),
        (_("满意率"), _("满意和非常满意"), "satisfaction", "satisfied", "not_satisfied"),
    )
    found = []
    for label, small, name, part, rest in rows:
        pair = getattr(own, name)
        line = [share for one in months if (share := percent(getattr(one["rates"], name))) is not None]
        found.append(
            {
                "label": label,
                "small": small,
                "percent": percent(pair),
                "part": pair[0],
                "whole": pair[1],
                "line": line if len(line) > 1 else [],
                "part_href": behind.rated(by, top, since, today, part),
                "rest_href": behind.rated(by, top, since, today, rest),
            }
        )
    return found


def _levels(by: Any, top: Unit, own: figures.Rates, since: date, today: date) -> list[dict[str, Any]]:
    total = sum(own.levels.values())
    return [
        {
            "label": name(),
            "css": css,
            "count": own.levels[level],
            "share": percent((own.levels[level], total)),
            "href": behind.ended(by, top, since, today, level=str(level)),
        }
        for level, name, css in LEVELS
    ]


def _row(by: Any, unit: Unit, found: figures.Rates, since: date, today: date) -> dict[str, Any]:
    return {
        "unit": unit,
        "rates": found,
        "received": behind.received(by, unit, since, today),
        "ended": behind.ended(by, unit, since, today),
        "overdue": behind.overdue_now(by, unit),
    }


WIDE, HIGH, STEP = 40, 150, 56


def _chart(months: list[dict[str, Any]]) -> dict[str, Any]:
    """Two columns a month, received and ended, in pixels; grid lines at round numbers."""
    most = max(
        [one["rates"].counts["received"] for one in months] + [one["rates"].counts["ended"] for one in months] + [1]
    )
    unit = next(step for power in range(9) for base in (1, 2, 5) if (step := base * 10**power) * 4 >= most)
    top = -(-most // unit) * unit
    columns = []
    for place, one in enumerate(months):
        counts = one["rates"].counts
        columns.append(
            {
                "x": WIDE + place * STEP + 8,
                "label": one["month"],
                "bars": [
                    {"y": round(HIGH - HIGH * count / top, 1), "h": round(HIGH * count / top, 1), "n": count}
                    for count in (counts["received"], counts["ended"])
                ],
            }
        )
    ticks = [{"y": round(HIGH - HIGH * value / top, 1), "n": value} for value in range(0, top + 1, unit)]
    return {"columns": columns, "ticks": ticks, "width": WIDE + len(months) * STEP + 8, "high": HIGH, "left": WIDE}
