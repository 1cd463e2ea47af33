"""Entering working days: what clocks then count, who is told, what is written down."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from linli.kernel import audit
from linli.kernel.models import CalendarDay, CalendarYear, OutboxEvent
from linli.kernel.policy import Refused
from linli.kernel.worktime import calendar_for
from linli.orgs.actions import calendar
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
# a Friday of a year that is not announced
FRIDAY, SATURDAY = date(2028, 9, 29), date(2028, 9, 30)


def told() -> list[dict]:
    return [row.payload for row in OutboxEvent.objects.filter(name="orgs.CalendarChanged").order_by("id")]


def test_days_of_all_and_of_one_unit(town: Town) -> None:
    admin = town.actor("admin")
    housing = town.units["housing"]
    assert calendar.enter_days(days={FRIDAY: False, SATURDAY: True}, notes={FRIDAY: "中秋节"}, by=admin, at=NOW) == 2
    calendar.enter_days(days={FRIDAY: True}, unit=housing, by=admin, at=NOW)
    everyone, unit = calendar_for(None), calendar_for(housing.pk)
    assert (everyone.is_working_day(FRIDAY), unit.is_working_day(FRIDAY)) == (False, True)
    assert unit.is_working_day(SATURDAY)
    assert everyone.day_name(FRIDAY) == "中秋节"
    assert everyone.is_provisional(FRIDAY)
    assert calendar.enter_days(days={FRIDAY: None, SATURDAY: None}, by=admin, at=NOW) == 2
    assert calendar_for(None).is_working_day(FRIDAY)
    days = {"first": "2028-09-29", "last": "2028-09-30", "why": "days"}
    assert told() == [
        {"unit": None, **days},
        {"unit": housing.pk, **days, "last": "2028-09-29"},
        {"unit": None, **days},
    ]
    last, first = audit.history(calendar.subject_of(None, 2028))
    assert first.after == {
        "2028-09-29": {"working": False, "note": "中秋节"},
        "2028-09-30": {"working": True, "note": ""},
    }
    assert (last.before, last.after) == (first.after, {})
    assert len(audit.history(calendar.subject_of(housing, 2028))) == 1


def test_nothing_changes_nothing(town: Town) -> None:
    admin = town.actor("admin")
    calendar.enter_days(days={FRIDAY: False}, by=admin, at=NOW)
    assert calendar.enter_days(days={FRIDAY: False, SATURDAY: None}, by=admin, at=NOW) == 0
    assert len(told()) == 1


def test_a_notice_makes_its_year_certain(town: Town) -> None:
    admin = town.actor("admin")
    days = [(FRIDAY, False, "国庆节"), (SATURDAY, True, "国庆节")]
    assert calendar.enter_notice(year=2028, days=days, complete=True, by=admin, at=NOW) == 2
    assert not calendar_for(None).is_provisional(date(2028, 3, 3))
    assert CalendarDay.objects.filter(official=True).count() == 2
    assert CalendarYear.objects.get().entered_by_id == admin.user_id
    assert not calendar.mark_year(year=2028, entered=True, by=admin, at=NOW)
    assert calendar.mark_year(year=2028, entered=False, by=admin, at=NOW)
    assert calendar_for(None).is_provisional(date(2028, 3, 3))
    assert [row["why"] for row in told()] == ["days", "year", "year"]


def test_who_may_and_what_may_not(town: Town) -> None:
    east = town.units["east"]
    calendar.enter_days(days={FRIDAY: False}, unit=east, by=town.actor("head"), at=NOW)
    for name in ("head", "street_head", "clerk"):
        with pytest.raises(Refused):
            calendar.enter_days(days={FRIDAY: False}, by=town.actor(name), at=NOW)
    with pytest.raises(Refused):
        calendar.enter_days(days={FRIDAY: False}, unit=town.units["west"], by=town.actor("head"), at=NOW)
    with pytest.raises(Refused):
        calendar.mark_year(year=2028, entered=True, by=town.actor("head"), at=NOW)
    admin = town.actor("admin")
    for arguments in (
        {"days": {date(1999, 1, 1): False}},
        {"days": {FRIDAY: False}, "unit": east, "official": True},
        {"days": {FRIDAY: False}, "notes": {FRIDAY: "长" * 101}},
        {"days": dict.fromkeys((date.fromordinal(date(2028, 1, 1).toordinal() + n) for n in range(401)), False)},
    ):
        with pytest.raises(ValidationError):
            calendar.enter_days(**arguments, by=admin, at=NOW)
    assert len(told()) == 1
