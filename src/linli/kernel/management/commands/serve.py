"""The HTTP server: granian with the application behind its gate, in as many processes as there are cores."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from linli.kernel import lifeline

APPLICATION = "linli.config.asgi:application"
# Seconds that a request under way is given when the server is told to stop.
GRACE = 4
# Seconds that a connection may take to say what it wants, also before its next request.
HEAD = 10
# Connections in each process at once; those that wait cost no thread.
CONNECTIONS = 2_000


class Command(BaseCommand):
    help = "Serve the pages and the API over HTTP until interrupted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        environment = os.environ.get
        parser.add_argument("--host", default=environment("LINLI_HOST", "127.0.0.1"), help="address to listen on")
        parser.add_argument("--port", type=int, default=environment("PORT", "8000"), help="port to listen on")
        parser.add_argument(
            "--workers",
            type=int,
            default=environment("LINLI_WORKERS", str(os.cpu_count() or 1)),
            help="server processes",
        )
        parser.add_argument("--threads", type=int, default=environment("LINLI_THREADS", "2"), help="threads in each")

    def handle(self, *args: Any, host: str, port: int, workers: int, threads: int, **options: Any) -> None:
        if not 0 < port < 65536:
            raise CommandError(f"{port} is not a port: choose one from 1 to 65535")
        if workers < 1 or threads < 1:
            raise CommandError("at least one process with one thread is needed")

        from granian import Granian
        from granian.constants import HTTPModes, Interfaces
        from granian.http import HTTP1Settings
        from granian.log import LogLevels

        # The processes are forked: none may inherit a connection.
        connections.close_all()
        os.environ.update(lifeline.tells())
        os.environ["LINLI_THREADS"] = str(threads)
        Granian(
            APPLICATION,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD * 1000),
            backlog=CONNECTIONS,
            backpressure=CONNECTIONS,
            workers=workers,
            workers_kill_timeout=GRACE,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
            websockets=False,
        ).serve()
