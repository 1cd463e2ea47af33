"""`linli worker`: delivers events from the outbox and runs the jobs of the queue and the schedule."""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from linli.kernel import jobs, lifeline, outbox
from linli.kernel.models import Heartbeat

log = logging.getLogger(__name__)
BEAT = timedelta(seconds=10)
IDLE, MOST_IDLE = 0.2, 2.0


class Command(BaseCommand):
    help = "Deliver events and run jobs until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is waiting and stop; no queue of jobs")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            self.stdout.write(f"{outbox.drain()} events delivered")
            return
        stop = threading.Event()
        cluster = self._start_queue()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        try:
            _relay_until(stop, cluster.sentinel.is_alive)
        finally:
            cluster.stop()

    def _start_queue(self) -> Any:
        from django_q.cluster import Cluster

        jobs.install_schedule(at=datetime.now(UTC))
        lifeline.hold_forks()  # no process of a queue goes on without those that look after it
        connections.close_all()  # the queue's processes are forked: none may inherit an open connection
        cluster = Cluster()
        cluster.start()
        return cluster


def _relay_until(stop: threading.Event, jobs_run: Callable[[], bool]) -> None:
    """Deliver and give signs of life until told to stop. Raises CommandError when the queue of jobs is dead: ``up`` starts both again."""
    beat = datetime.min.replace(tzinfo=UTC)
    pause = IDLE
    while not stop.is_set():
        if not jobs_run():
            raise CommandError("the queue of jobs has died")
        at = datetime.now(UTC)
        try:
            if at - beat >= BEAT:
                Heartbeat.objects.update_or_create(name="worker", defaults={"at": at})
                beat = at
            pause = 0.01 if outbox.relay(at=at) else min(max(pause, IDLE) * 1.5, MOST_IDLE)
        except DatabaseError:
            log.exception("the database does not answer; trying again")
            connections.close_all()
            pause = MOST_IDLE
        stop.wait(pause)
