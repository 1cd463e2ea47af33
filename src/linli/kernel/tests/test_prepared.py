"""A prepared query gives what the query set gives, for any values, on whichever database the tests run."""

import threading
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import translation
from django.utils.translation import trans_real

from linli.kernel import plainlocals
from linli.kernel.models import CalendarDay, IntakeWindow, OutboxEvent
from linli.kernel.prepared import Prepared

MOMENT = datetime(2026, 11, 24, 2, 20, 0, 123, UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def events() -> list[OutboxEvent]:
    return [
        OutboxEvent.objects.create(
            name=f"e{n % 2}", payload={"n": n}, at=MOMENT + timedelta(seconds=n), next_at=MOMENT, attempts=n
        )
        for n in range(6)
    ]


def test_rows_are_those_of_the_query_set(events: list[OutboxEvent]) -> None:
    prepared = Prepared(
        lambda name, since, ids: OutboxEvent.objects.filter(name=name, at__gte=since, pk__in=ids).order_by("-at")
    )
    for name in ("e0", "e1", "", "e0' OR 1=1"):
        for since in (MOMENT, MOMENT + timedelta(seconds=3), MOMENT + timedelta(days=1)):
            for ids in ([events[0].pk], [one.pk for one in events], [uuid4(), events[4].pk]):
                wanted = OutboxEvent.objects.filter(name=name, at__gte=since, pk__in=ids).order_by("-at")
                found = prepared(name=name, since=since, ids=ids)
                assert found == list(wanted)
                assert [(one.at, one.payload, one.delivered_at) for one in found] == [
                    (one.at, one.payload, one.delivered_at) for one in wanted
                ]


def test_values_and_days(events: list[OutboxEvent]) -> None:
    CalendarDay.objects.create(date=date(2026, 10, 1), working=False, note="国庆")
    CalendarDay.objects.create(date=date(2026, 10, 10), unit_id=7, working=True)
    days = Prepared(lambda on, unit: CalendarDay.objects.filter(date=on, unit_id=unit).values("date", "working"))
    assert days(on=date(2026, 10, 10), unit=7) == [{"date": date(2026, 10, 10), "working": True}]
    assert days(on=date(2026, 10, 10), unit=8) == []
    pairs = Prepared(
        lambda most: OutboxEvent.objects.filter(attempts__lt=most).order_by("at").values_list("name", "at")
    )
    assert pairs(most=2) == [("e0", MOMENT), ("e1", MOMENT + timedelta(seconds=1))]


def test_one_statement_each_time(events: list[OutboxEvent], django_assert_num_queries) -> None:
    prepared = Prepared(lambda name: OutboxEvent.objects.filter(name=name))
    with django_assert_num_queries(2):
        prepared(name="e0")
        prepared(name="e1")


def test_what_changes_the_shape_is_refused() -> None:
    prepared = Prepared(lambda sender: IntakeWindow.objects.filter(sender=sender))
    for value in (None, True, b"a"):
        with pytest.raises(TypeError):
            prepared(sender=value)
    unused = Prepared(lambda sender, window: IntakeWindow.objects.filter(sender=sender))
    with pytest.raises(ValueError, match="window"):
        unused(sender="a", window=3)


def test_the_language_is_kept_in_a_plain_thread_local() -> None:
    plainlocals.install()
    for owner, name in plainlocals.VALUES:
        assert isinstance(getattr(owner, name), threading.local)
    assert isinstance(connections._connections, threading.local)
    seen = []
    with translation.override("en"):
        other = threading.Thread(target=lambda: seen.append(translation.get_language()))
        other.start()
        other.join()
        assert translation.get_language() == "en"
        assert trans_real.get_language() == "en"
    assert seen == ["zh-hans"]
