"""The one door to the job queue (django-q2 on the same database), so that the queue can be changed.

Jobs are plain functions named by their path, called with JSON-like arguments; each must be idempotent and resumable, because a job
that a killed worker held is run again. The outbox, not the queue, is the truth about events.
"""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction


@dataclasses.dataclass(frozen=True, slots=True)
class Periodic:
    """A job of the schedule: the function's path, and every how many minutes."""

    path: str
    minutes: int


_schedule: dict[str, Periodic] = {}


def every(*, minutes: int, path: str) -> None:
    """Put a function on the schedule (called from an app's ``ready``). A run that was missed while nothing ran catches up once."""
    _schedule[path] = Periodic(path, minutes)


def enqueue(path: str, *arguments: Any, group: str = "") -> str:
    """Queue a call of the function at ``path`` in the transaction at hand; return the job's id."""
    from django_q.tasks import async_task

    return str(async_task(path, *arguments, group=group or None))


def install_schedule() -> None:
    """Make the table of schedules equal to what the areas registered; called when the worker starts."""
    from django_q.models import Schedule

    with transaction.atomic():
        Schedule.objects.exclude(name__in=_schedule).delete()
        present = set(Schedule.objects.values_list("name", flat=True))
        for job in _schedule.values():
            if job.path in present:
                Schedule.objects.filter(name=job.path).update(minutes=job.minutes)
            else:
                Schedule.objects.create(
                    name=job.path,
                    func=job.path,
                    schedule_type=Schedule.MINUTES,
                    minutes=job.minutes,
                    repeats=-1,
                    next_run=datetime.now(UTC) + timedelta(seconds=5),
                )


def scheduled() -> list[Periodic]:
    """Return the jobs of the schedule, by path."""
    return [_schedule[path] for path in sorted(_schedule)]
