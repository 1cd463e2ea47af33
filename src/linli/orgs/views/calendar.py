"""The working calendar: a year at a glance, days entered by ticking or from the pasted notice, exceptions of one unit."""

import calendar as months
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel import audit
from linli.kernel.calendar import WorkCalendar
from linli.kernel.display import day as day_words
from linli.kernel.display import local
from linli.kernel.models import CalendarDay, CalendarYear
from linli.kernel.text import whole
from linli.kernel.worktime import calendar_for
from linli.orgs import holiday_notice, policies, queries
from linli.orgs.actions import calendar as acts
from linli.orgs.forms.places import unit_choices
from linli.orgs.guards import manager_required
from linli.orgs.models import Organisation
from linli.orgs.views.words import ACTIONS, FIELDS, said

WORKS = {"off": False, "work": True, "plain": None}


@require_safe
@manager_required
def show(request: HttpRequest) -> HttpResponse:
    unit = _unit(request, request.GET.get("unit", ""))
    ticking = policies.can_change_calendar(request.actor, unit.division.code if unit else None)
    wanted = bool(request.GET.get("tick")) and bool(ticking)
    return _page(request, _year(request.GET.get("year", ""), request), unit, ticking=wanted)


def _year(typed: str, request: HttpRequest) -> int:
    if not typed:
        return local(request.now).year
    year = whole(typed, digits=4)
    if year is None or not acts.FIRST_YEAR <= year <= acts.LAST_YEAR:
        raise Http404
    return year


def _unit(request: HttpRequest, typed: str) -> Organisation | None:
    if not typed:
        return None
    unit_id = whole(typed)
    if unit_id is None:
        raise Http404
    found = queries.visible_organisations(request.actor).select_related("division").filter(pk=unit_id).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, year: int, unit: Organisation | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    hours = tuple((start, end) for start, end in unit.office_hours) if unit else ()
    days = calendar_for(unit.pk if unit else None, hours)
    own = {row.date: row for row in CalendarDay.objects.filter(date__year=year, unit_id=unit.pk if unit else None)}
    provisional = any(days.is_provisional(day) for day in _days_of(year))
    subject = acts.subject_of(unit, year)
    entries = audit.history(subject)
    named = {key: key for entry in entries for part in (entry.before, entry.after) for key in part or {}}
    context = {
        "year": year,
        "unit": unit,
        "months": [_month(days, own, year, month) for month in range(1, 13)],
        "provisional": provisional,
        "entered": CalendarYear.objects.filter(pk=year).first(),
        "may": policies.can_change_calendar(request.actor, unit.division.code if unit else None),
        "may_all": policies.can_change_calendar(request.actor, None),
        "units": unit_choices(request.actor, empty=_("通用的日历")),
        "records": audit.records(entries, actions=ACTIONS, fields={**named, **FIELDS}, words=said),
        "counts": _counts(days, year),
        "runs": _runs(days, year),
        "ticking": False,
        "text": "",
        "reading": None,
        "error": "",
        **more,
    }
    return render(request, "orgs/calendar.html", context, status=status)


def _month(days: WorkCalendar, own: dict[date, CalendarDay], year: int, month: int) -> dict[str, Any]:
    """A month as weeks of seven cells; cells of other months are empty."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    weeks = []
    for week in months.Calendar().monthdatescalendar(year, month):
        weeks.append([_cell(days, own, day, language) if day.month == month else None for day in week])
    return {"number": month, "weeks": weeks}


def _cell(days: WorkCalendar, own: dict[date, CalendarDay], day: date, language: str) -> dict[str, Any]:
    working, weekend = days.is_working_day(day), day.weekday() >= 5
    name = days.makeup_name(day, language) if working else days.day_name(day, language)
    mark = "work" if working and weekend else "off" if not working and (not weekend or name) else ""
    return {"day": day, "working": working, "weekend": weekend, "mark": mark, "name": name, "own": day in own}


def _runs(days: WorkCalendar, year: int) -> list[tuple[str, list[str]]]:
    """Days off that have a name or fall on a weekday, and weekends that are worked: by name, days that follow each other as one."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found: dict[str, list[tuple[date, date, bool]]] = {}
    for on in _days_of(year):
        working, weekend = days.is_working_day(on), on.weekday() >= 5
        name = days.makeup_name(on, language) if working else days.day_name(on, language)
        if working != weekend and not name:
            continue
        runs = found.setdefault(name, [])
        if runs and runs[-1][2] == working and (on - runs[-1][1]).days == 1:
            runs[-1] = (runs[-1][0], on, working)
        else:
            runs.append((on, on, working))
    return [(name, [_run_words(*run) for run in runs]) for name, runs in found.items()]


def _run_words(first: date, last: date, working: bool) -> str:
    said = day_words(first, year=False)
    if last != first:
        said += " – " + day_words(last, year=False)
    return f"{said} {_('上班') if working else _('放假')}"


def _counts(days: WorkCalendar, year: int) -> tuple[int, int]:
    """How many days of the year are worked, and how many are off."""
    worked = sum(days.is_working_day(day) for day in _days_of(year))
    return worked, len(_days_of(year)) - worked


def _days_of(year: int) -> list[date]:
    return [
        date.fromordinal(number) for number in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    ]


def _back(year: int, unit: Organisation | None) -> HttpResponse:
    query = {"year": year} | ({"unit": unit.pk} if unit else {})
    return redirect(f"{reverse('orgs:calendar')}?{urlencode(query)}")


@require_POST
@manager_required
def days(request: HttpRequest) -> HttpResponse:
    """Enter the ticked days (POST ``day``, several) as off, worked, or as the calendar says (POST ``as``)."""
    year, unit = _year(request.POST.get("year", ""), request), _unit(request, request.POST.get("unit", ""))
    try:
        ticked = [date.fromisoformat(text) for text in request.POST.getlist("day")[: acts.MOST_DAYS + 1]]
        if not ticked:
            raise ValidationError(_("先点上要改的日子。"))
        if request.POST.get("as") not in WORKS:
            raise ValidationError(_("请选放假、上班，还是照日历。"))
        working = WORKS[request.POST["as"]]
        note = request.POST.get("note", "")
        acts.enter_days(
            days=dict.fromkeys(ticked, working),
            notes=dict.fromkeys(ticked, note) if working is not None else {},
            unit=unit,
            by=request.actor,
            at=request.now,
        )
    except ValidationError as error:
        return _page(request, year, unit, status=422, ticking=True, error=error.messages[0])
    except ValueError:
        return _page(request, year, unit, status=422, ticking=True, error=_("日期不对。"))
    return _back(year, unit)


@require_POST
@manager_required
def notice(request: HttpRequest) -> HttpResponse:
    """Read the pasted notice (POST ``text``) and show what it says; with POST ``enter`` enter it and mark the year."""
    policies.can_change_calendar(request.actor, None).enforce()
    year, text = _year(request.POST.get("year", ""), request), request.POST.get("text", "")
    reading = holiday_notice.read_notice(text, year=year)
    if not request.POST.get("enter") or reading.problems:
        return _page(
            request,
            year,
            None,
            text=text[: holiday_notice.MOST_SIGNS],
            reading=reading,
            status=200 if not reading.problems else 422,
        )
    rows = [(one.day, one.working, one.name) for one in reading.days]
    acts.enter_notice(year=year, days=rows, complete=True, by=request.actor, at=request.now)
    return _back(year, None)


@require_POST
@manager_required
def year(request: HttpRequest) -> HttpResponse:
    """Mark a year's notice as complete (POST ``entered`` = 1), or take the mark back."""
    marked = _year(request.POST.get("year", ""), request)
    acts.mark_year(year=marked, entered=request.POST.get("entered") == "1", by=request.actor, at=request.now)
    return _back(marked, None)
