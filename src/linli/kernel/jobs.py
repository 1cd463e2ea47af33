"""The one door to the job queue (django-q2 on the same database), so that the queue can be changed.

Jobs are plain functions named by their path, called with JSON-like arguments; each must be idempotent and resumable, because a job
that a killed worker held is run again. The outbox, not the queue, is the truth about events.
"""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from linli.kernel.models import Heartbeat


@dataclasses.dataclass(frozen=True, slots=True)
class Periodic:
    """A job of the schedule: the function's path, and every how many minutes."""

    path: str
    minutes: int


# A worker is taken for dead when it gave no sign of life for so long; the queue when a turn of the schedule is so late.
# Between two looks at the schedule there is half a minute; the rest is for a worker that was started again meanwhile.
SILENT = timedelta(minutes=2)
LATE = timedelta(minutes=3)

_schedule: dict[str, Periodic] = {}


def every(*, minutes: int, path: str) -> None:
    """Put a function on the schedule (called from an app's ``ready``). A run that was missed while nothing ran catches up once."""
    _schedule[path] = Periodic(path, minutes)


def enqueue(path: str, *arguments: Any, group: str = "") -> str:
    """Queue a call of the function at ``path`` in the transaction at hand; return the job's id."""
    from django_q.tasks import async_task

    return str(async_task(path, *arguments, group=group or None))


def install_schedule(*, at: datetime) -> None:
    """Make the table of schedules equal to what the areas registered; called when the worker starts.

    What was missed while no worker ran is due now. A worker that was started again at once changes nothing: a turn that nobody takes
    is to be seen (``late``), also when the queue dies again and again.
    """
    from django_q.models import Schedule

    with transaction.atomic():
        if not worker_alive(at=at):
            Schedule.objects.filter(next_run__lt=at).update(next_run=at)
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
                    next_run=at + timedelta(seconds=5),
                )


def worker_alive(*, at: datetime) -> bool:
    """Whether the worker gave a sign of life lately."""
    return Heartbeat.objects.filter(name="worker", at__gt=at - SILENT).exists()


def late(*, at: datetime) -> bool:
    """Whether a turn of the schedule is overdue: nobody looks at it, whatever else is alive."""
    from django_q.models import Schedule

    return Schedule.objects.filter(next_run__lt=at - LATE).exists()


def scheduled() -> list[Periodic]:
    """Return the jobs of the schedule, by path."""
    return [_schedule[path] for path in sorted(_schedule)]
