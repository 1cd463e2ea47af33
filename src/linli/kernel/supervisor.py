"""Keeping the processes of an installation running: the server must live, the job worker is started again.

Each child leads a process group of its own, so that stopping it stops whatever it started, and ends by itself when the
supervisor is gone (`LINLI_SUPERVISOR`, see `linli.__main__`).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Seconds between the request to stop and SIGKILL; with the clean-up this stays under the 10 s promised for Ctrl-C.
PATIENCE = 6.0
# A child that lived this long has started well: its next restart is at once.
SETTLED = 60.0
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """One command of Linli as a process; `vital` ends everything when it ends."""

    name: str
    arguments: list[str]
    vital: bool
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def start(self, now: float) -> None:
        environment = os.environ | {"LINLI_SUPERVISOR": str(os.getpid())}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "linli", *self.arguments], stdin=subprocess.DEVNULL, env=environment, process_group=0
        )
        self.started = now

    def send(self, signum: int) -> None:
        """Signal the whole group, also when its leader is gone already."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signum)
            except (ProcessLookupError, PermissionError):
                return


def pause_before(failures: int) -> float:
    """Seconds before restart number `failures`: 0, 1, 2, 4 ... at most `LONGEST_PAUSE`."""
    return 0.0 if failures <= 1 else min(2.0 ** (failures - 2), LONGEST_PAUSE)


class Supervisor:
    """Runs children until told to stop (SIGINT, SIGTERM, SIGHUP) or until a vital one ends."""

    def __init__(self, children: list[Child], say: Callable[[str], None]) -> None:
        self.children = children
        self.say = say
        self.stopping = False

    def run(self, on_tick: Callable[[], None]) -> int:
        """Start the children and return an exit code: 0 after a request to stop, 1 when a vital child ended."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._stop)
        code = 0
        try:
            while not self.stopping and code == 0:
                code = self._look_after(time.monotonic())
                on_tick()
                time.sleep(0.2)
        finally:
            self._end_all()
        return code

    def _stop(self, signum: int, frame: object) -> None:
        self.stopping = True

    def _look_after(self, now: float) -> int:
        for child in self.children:
            if child.process is None:
                if now >= child.due:
                    child.start(now)
                continue
            ended = child.process.poll()
            if ended is None:
                continue
            # What the child had started must not go on beside its successor.
            child.send(signal.SIGKILL)
            if child.vital:
                self.say(f"{child.name} ended (exit code {ended}): stopping")
                return 1
            child.failures = 1 if now - child.started >= SETTLED else child.failures + 1
            child.due = now + pause_before(child.failures)
            child.process = None
            self.say(f"{child.name} ended (exit code {ended}): starting it again in {child.due - now:.0f} s")
        return 0

    def _end_all(self) -> None:
        running = [child for child in self.children if child.process is not None]
        for child in running:
            if child.process is not None and child.process.poll() is None:
                # The leader tells its own children; the group is for those that outlive it.
                child.process.terminate()
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit and any(child.process and child.process.poll() is None for child in running):
            time.sleep(0.05)
        for child in running:
            child.send(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
