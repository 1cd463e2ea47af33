"""Events: written with what made them true, delivered at least once, taking effect exactly once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from linli.kernel import outbox
from linli.kernel.models import CalendarYear, OutboxEvent, Receipt

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@outbox.event
class YearEntered:
    year: int


@pytest.fixture(autouse=True)
def _own_receivers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_receivers", type(outbox._receivers)(dict))


def publish(year: int) -> None:
    with transaction.atomic():
        outbox.publish([YearEntered(year=year)], at=AT)


def count_years(fact: outbox.Delivered) -> None:
    CalendarYear.objects.create(year=fact.payload["year"], entered_at=fact.at)


def test_an_event_name_is_its_area_and_class() -> None:
    assert YearEntered.event_name == "kernel.YearEntered"


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        outbox.publish([YearEntered(year=2027)], at=AT)


def test_an_event_of_a_transaction_that_failed_never_was() -> None:
    outbox.receiver("kernel.YearEntered")(count_years)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.publish([YearEntered(year=2027)], at=AT)
        raise ZeroDivisionError
    assert outbox.drain(at=AT) == 0
    assert not CalendarYear.objects.exists()


def test_delivered_again_after_a_crash_it_takes_effect_once() -> None:
    outbox.receiver("kernel.YearEntered")(count_years)
    publish(2027)
    assert outbox.drain(at=AT) == 1
    # killed after the receiver's transaction, before the event was marked
    OutboxEvent.objects.update(delivered_at=None)
    assert outbox.drain(at=AT) == 1
    assert list(CalendarYear.objects.values_list("year", flat=True)) == [2027]
    assert Receipt.objects.count() == 1


def test_a_failing_receiver_is_tried_again_later_and_holds_nobody_up() -> None:
    tries = []

    def broken(fact: outbox.Delivered) -> None:
        CalendarYear.objects.create(year=2099, entered_at=AT)
        tries.append(fact.id)
        if len(tries) < 3:
            raise ValueError("not yet")

    outbox.receiver("kernel.YearEntered")(broken)
    outbox.receiver("kernel.YearEntered")(count_years)
    publish(2027)
    outbox.relay(at=AT)
    # its own half-done work is rolled back, the other's stands
    assert list(CalendarYear.objects.values_list("year", flat=True)) == [2027]
    assert outbox.relay(at=AT + timedelta(seconds=1)) == 0
    outbox.relay(at=AT + timedelta(seconds=3))
    outbox.relay(at=AT + timedelta(seconds=10))
    assert len(tries) == 3
    assert sorted(CalendarYear.objects.values_list("year", flat=True)) == [2027, 2099]
    event = OutboxEvent.objects.get()
    assert (event.attempts, event.error, event.delivered_at is not None) == (2, "", True)
