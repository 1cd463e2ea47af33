"""The wall screen: what a leader sees from across the room, every figure opening the cases behind it for those who may see them."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.display import clock_time, day, local
from linli.kernel.memo import remember
from linli.kernel.text import whole
from linli.matters.plain import dated
from linli.matters.queries import behind, board
from linli.orgs.guards import staff_required
from linli.orgs.units import Unit, units
from linli.places.enums import Level
from linli.shell import wall_map

REFRESH = 60
KEPT = 30.0  # several screens of one office ask once
MONTHS = 6
MOST_TOPICS, MOST_SLOW, FEWEST = 7, 4, 30
LEVELS = (
    (6, lambda: _("网格"), "c-seq-4"),
    (5, lambda: _("社区"), "c-seq-3"),
    (4, lambda: _("街道"), "c-seq-2"),
    (3, lambda: _("区县"), "c-grey"),
    (2, lambda: _("市"), "c-ink-3"),
)


@require_safe
@staff_required
def wall(request: HttpRequest) -> HttpResponse:
    """Statements: session, user, posts and a fixed number of figures, however many matters, communities and units there are."""
    by, at = request.actor, request.now  # type: ignore[attr-defined]
    top = _top(request)
    grids = top.level >= Level.COMMUNITY
    loads = remember(f"shell:load:{top.id}", lambda: board.open_by(top, at=at, grids=grids), seconds=KEPT)
    topics = remember(f"shell:topics:{top.id}", lambda: board.received(top, at=at), seconds=KEPT)
    fresh = remember(f"shell:fresh:{top.id}", lambda: board.fresh(top, at=at), seconds=KEPT)
    here = local(at)
    level, shapes = wall_map.shapes(top)
    days = [sum(topic.days[number] for topic in topics) for number in range(board.DAYS)]
    context = {
        "top": top,
        "title": _("%(place)s 治理态势") % {"place": _place_name(top)},
        "date": dated(at),
        "time": clock_time(at),
        "refresh": REFRESH,
        "now_figures": _now_figures(by, top, loads, days[-1], here.date()),
        "month": here.date().replace(day=1),
        **_month(by, top, here.date()),
        "map": _map(by, top, level, shapes, loads),
        "topics": [_topic(by, top, topic, at) for topic in topics if topic.name and topic.week][:MOST_TOPICS],
        "week": (sum(topic.week for topic in topics), sum(topic.before for topic in topics)),
        "columns": _columns(days, here.date()),
        "fresh": [_fresh(one, at) for one in fresh],
        "slow": _slow(by, top, here.date()),
    }
    return render(request, "shell/wall.html", context)


def _top(request: HttpRequest) -> Unit:
    """The place asked for, or the widest that the reader oversees, or where they work."""
    said, table = request.GET.get("unit", ""), units()
    asked = table.get(whole(said))
    if asked is not None and asked.governs:
        return asked
    by = request.actor  # type: ignore[attr-defined]
    for prefix in sorted(by.overseen, key=len):
        if (unit := table.governing.get(prefix.ljust(12, "0"))) is not None:
            return unit
    home: Unit = by.posts[0].unit
    return home if home.governs else table.above(home) or home


def _place_name(top: Unit) -> str:
    def load() -> str:
        from linli.places.models import Division

        return Division.objects.values_list("name", flat=True).get(pk=top.division_id)

    return remember(f"shell:place:{top.division_id}", load, seconds=600)


def _now_figures(by: Any, top: Unit, loads: dict[Any, board.Load], today: int, on: date) -> list[dict[str, Any]]:
    late = sum(load.overdue for load in loads.values())
    return [
        {"label": _("今天收到"), "n": today, "href": behind.received(by, top, on, on)},
        {"label": _("在办"), "n": sum(load.open for load in loads.values()), "href": behind.cases_behind(by, top)},
        {"label": _("超期"), "n": late, "href": behind.overdue_now(by, top), "over": late > 0},
    ]


def percent(pair: tuple[int, int]) -> float | None:
    """Return a share in percent with one decimal, or None of nothing."""
    return round(100 * pair[0] / pair[1], 1) if pair[1] else None


def _back(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _month(by: Any, top: Unit, today: date) -> dict[str, Any]:
    """This month's rates beside last month's, their line over half a year, and at which level things were settled."""
    month = today.replace(day=1)
    rows = {row.month: row for row in board.by_month(top.id, since=_back(month, MONTHS - 1), until=today)}
    series = []
    for back in range(MONTHS - 1, -1, -1):
        row = rows.get(_back(month, back))
        series.append(board.Rates(top.id, {name: getattr(row, name, 0) for name in board.COUNTS}))
    own, last = series[-1], series[-2]
    rates = []
    for label, name, answer in (
        (_("联系到人"), "response", "reached"),
        (_("解决"), "settlement", "settled"),
        (_("满意"), "satisfaction", "satisfied"),
    ):
        pair = getattr(own, name)
        line = [share for one in series if (share := percent(getattr(one, name))) is not None]
        rates.append(
            {
                "label": label,
                "percent": percent(pair),
                "part": pair[0],
                "whole": pair[1],
                "last": percent(getattr(last, name)),
                "line": line if len(line) > 1 else [],
                "href": behind.rated(by, top, month, today, answer),
            }
        )
    levels = [
        {"label": name(), "css": css, "n": own.levels[key], "href": behind.ended(by, top, month, today, level=str(key))}
        for key, name, css in LEVELS
    ]
    return {"rates": rates, "levels": levels, "settled": sum(own.levels.values())}


def _map(
    by: Any, top: Unit, level: Level | None, shapes: list[wall_map.Shape], loads: dict[Any, board.Load]
) -> dict[str, Any]:
    """The places shaded in five steps by open matters; the same figures as rows for those who cannot see a map."""
    held = _at_level(loads, level)
    most = max([held.get(one.key, board.Load(0, 0)).open for one in shapes] + [0])
    step = max(1, -(-(most + 1) // 5))
    table = units()
    rows = []
    for one in shapes:
        load = held.get(one.key, board.Load(0, 0))
        if level is None:
            href = behind.cases_behind(by, top, grid=str(one.key))
        else:
            unit = table.governing.get(one.key)
            href = behind.cases_behind(by, unit) if unit else None
        rows.append({"shape": one, "load": load, "step": min(4, load.open // step), "href": href})
    labels = [f"{step * number}–{step * number + step - 1}" if step > 1 else str(number) for number in range(5)]
    return {"rows": rows, "labels": labels, "width": wall_map.WIDTH, "height": wall_map.HEIGHT}


def _at_level(loads: dict[Any, board.Load], level: Level | None) -> dict[Any, board.Load]:
    """Loads by community summed up to the level that is drawn."""
    if level is None or level == Level.COMMUNITY:
        return loads
    found: dict[Any, board.Load] = {}
    for code, load in loads.items():
        key = f"{code[:9]}000"
        old = found.get(key, board.Load(0, 0))
        found[key] = board.Load(old.open + load.open, old.overdue + load.overdue)
    return found


def _topic(by: Any, top: Unit, topic: board.Topic, at: datetime) -> dict[str, Any]:
    since = (local(at) - board.WEEK).date()
    return {
        "name": topic.name,
        "week": topic.week,
        "before": topic.before,
        # worth a second look: half as many again as the week before, and five more at least
        "rising": topic.week - topic.before >= 5 and 2 * topic.week >= 3 * topic.before,
        "days": topic.days,
        "href": behind.cases_behind(by, top, state="all", dated="created", since=since, category=topic.key),
    }


WIDE, HIGH, LEFT = 620, 150, 36


def _columns(days: list[int], today: date) -> dict[str, Any]:
    """One column for each of the last fourteen days; today's is not over yet and drawn as an outline."""
    most = max([*days, 1])
    unit = next(step for power in range(9) for base in (1, 2, 5) if (step := base * 10**power) * 4 >= most)
    top = -(-most // unit) * unit
    wide = (WIDE - LEFT) / len(days)
    bars = []
    for number, count in enumerate(days):
        on = today - timedelta(days=len(days) - 1 - number)
        high = round(HIGH * count / top, 1)
        bars.append(
            {
                "x": round(LEFT + number * wide + 5, 1),
                "y": round(HIGH - high, 1),
                "w": round(wide - 10, 1),
                "h": high,
                "middle": round(LEFT + number * wide + wide / 2, 1),
                "n": count,
                "day": on,
                "rest": on.weekday() >= 5,
                "today": on == today,
            }
        )
    ticks = [{"y": round(HIGH - HIGH * value / top, 1), "n": value} for value in range(0, top + 1, unit)]
    return {"bars": bars, "ticks": ticks, "width": WIDE, "high": HIGH, "left": LEFT}


def _fresh(one: board.Fresh, at: datetime) -> dict[str, Any]:
    on = local(one.at).date()
    short = f"{on.day} {on:%b}" if (get_language() or "").startswith("en") else day(on, year=False)
    return {
        "title": one.title,
        "place": one.place,
        "kind": one.kind,
        "when": clock_time(one.at) if on == local(at).date() else short,
        "ended": one.ended,
        "href": reverse("matters:status", args=[one.code]),
    }


def _slow(by: Any, top: Unit, today: date) -> list[dict[str, Any]]:
    """The communities and departments that run over most often this month and last; few matters say nothing and are left out.

    A community is measured by what it received, a department by what it settled.
    """
    table, since = units(), _back(today.replace(day=1), 1)
    prefix = behind.place_of(top)
    inside = [
        unit
        for unit in table.by_id.values()
        if unit.active and unit.division_code.startswith(prefix) and (unit.level == Level.COMMUNITY or not unit.governs)
    ]
    rows = []
    for unit_id, found in board.rates([unit.id for unit in inside], since=since, until=today).items():
        unit, counts = table.by_id[unit_id], found.counts
        whole = counts["received"] if unit.governs else counts["ended"]
        if whole >= FEWEST and counts["overdue"]:
            rows.append((min(1.0, counts["overdue"] / whole), unit, counts["overdue"], whole))
    rows.sort(key=lambda row: (-row[0], row[1].id))
    return [
        {
            "name": unit.label,
            "over": over,
            "whole": whole,
            "received": unit.governs,
            "href": f"{reverse('matters:overview')}?{urlencode({'unit': unit.id})}",
        }
        for _share, unit, over, whole in rows[:MOST_SLOW]
    ]
