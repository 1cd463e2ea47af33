"""Ready means that jobs are run, not only that somebody is alive."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django_q.models import Schedule

from linli.kernel import jobs
from linli.kernel.models import Heartbeat
from linli.shell.health import problems

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def beat(at: datetime) -> None:
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": at})


def due() -> set[datetime]:
    return {at for at in Schedule.objects.values_list("next_run", flat=True) if at is not None}


def test_a_turn_that_nobody_takes_is_told_though_the_worker_is_alive() -> None:
    assert problems(at=NOW) == ["worker"]
    jobs.install_schedule(at=NOW)
    for minutes, missing in ((0, []), (2, []), (3, []), (4, ["jobs"])):
        beat(NOW + timedelta(minutes=minutes))
        assert problems(at=NOW + timedelta(minutes=minutes)) == missing
    assert problems(at=NOW + timedelta(minutes=6)) == ["worker"]


def test_the_page_says_what_is_missing() -> None:
    at = datetime.now(UTC)
    jobs.install_schedule(at=at - timedelta(hours=1))
    beat(at)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "missing": ["jobs"]})


def test_a_worker_after_a_pause_begins_with_what_was_missed() -> None:
    jobs.install_schedule(at=NOW)
    beat(NOW)
    jobs.install_schedule(at=NOW + timedelta(days=1))
    assert due() == {NOW + timedelta(days=1)}


def test_a_worker_that_is_started_again_and_again_does_not_hide_that_nothing_runs() -> None:
    jobs.install_schedule(at=NOW)
    for minute in range(5):
        jobs.install_schedule(at=NOW + timedelta(minutes=minute))
        beat(NOW + timedelta(minutes=minute))
    assert due() == {NOW + timedelta(seconds=5)}
    assert problems(at=NOW + timedelta(minutes=4)) == ["jobs"]
