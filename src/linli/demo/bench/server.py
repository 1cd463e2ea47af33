"""The server under measurement: started as `linli serve` starts it, with the CPU time that it and the database use."""

import http.client
import os
import socket
import subprocess
import time
from types import TracebackType

from django.core.management.base import CommandError
from django.db import connection

from linli.kernel import lifeline
from linli.kernel.supervisor import linli

READY_WITHIN = 60.0


class Server:
    """A server on a free port; ``cpu()`` gives the seconds used so far by (application, database)."""

    def __init__(self, environment: dict[str, str]) -> None:
        try:
            import psutil  # type: ignore[import-untyped]
        except ImportError:
            raise CommandError("measuring needs psutil, which ./test installs: run ./test first") from None
        self._psutil = psutil
        self.port = _free_port()
        changed = {**os.environ, **environment, **lifeline.tells()}
        self._process = subprocess.Popen(
            linli("serve", "--host", "127.0.0.1", "--port", str(self.port)),
            env=changed,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        self._postmaster = _postmaster()

    def __enter__(self) -> "Server":
        began = time.monotonic()
        while not self._answers():
            if self._process.poll() is not None:
                raise CommandError("the server ended before it answered: see above")
            if time.monotonic() > began + READY_WITHIN:
                self.stop()
                raise CommandError(f"the server did not answer within {READY_WITHIN:.0f} s")
            time.sleep(0.2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and whatever it started."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            link.request("GET", "/healthz")
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    def cpu(self) -> tuple[float, float | None]:
        """Return CPU seconds of the server's processes, and of the database's; None where that is inside the server's or far away."""
        return self._used(self._process.pid), self._used(self._postmaster) if self._postmaster else None

    def _used(self, pid: int) -> float:
        """CPU seconds of a process and everything it started, those that ended too."""
        psutil, total = self._psutil, 0.0
        leader = psutil.Process(pid)
        for process in [leader, *leader.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
            if process.pid == pid:
                total += times.children_user + times.children_system
        return total


def _postmaster() -> int | None:
    """The process id of the PostgreSQL server, if it runs on this machine."""
    if connection.vendor != "postgresql" or connection.settings_dict["HOST"] not in (
        "",
        "localhost",
        "127.0.0.1",
        "::1",
    ):
        return None
    import psutil

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    try:
        parent = psutil.Process(backend).parent()
        return parent.pid if parent else None
    except psutil.NoSuchProcess:
        return None  # the port leads to another machine


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
