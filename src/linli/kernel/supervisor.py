"""Keeping the processes of an installation running: the server must live, the job worker is started again.

Each child leads a process group of its own, so that stopping it stops whatever it started. A child that is a command of
Linli also ends by itself when the supervisor is gone (`linli.kernel.lifeline`).
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from linli.kernel import lifeline

# Seconds between the request to stop and SIGKILL; with the clean-up this stays under the 10 s promised for Ctrl-C.
PATIENCE = 6.0
# A child that lived this long had started well: its next restart is at once.
SETTLED = 60.0
LONGEST_PAUSE = 30.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def linli(*arguments: str) -> list[str]:
    """The command line of one of Linli's commands, in this environment."""
    return [sys.executable, "-m", "linli", *arguments]


def pause_before(failures: int) -> float:
    """Seconds before restart number `failures`: 0, 1, 2, 4 ... at most `LONGEST_PAUSE`."""
    return 0.0 if failures <= 1 else min(2.0 ** min(failures - 2, 10), LONGEST_PAUSE)


@dataclass
class Child:
    """One process to keep running; a `vital` one ends everything when it ends."""

    name: str
    command: list[str]
    vital: bool
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0

    def start(self, now: float) -> None:
        """Start it as the leader of a group, without a terminal to read from."""
        environment = os.environ | lifeline.tells()
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, env=environment, process_group=0)
        self.started = now

    def running(self) -> bool:
        """Whether the leader is alive."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader, which tells what it started."""
        if self.process is not None:
            self.process.terminate()

    def clear_away(self) -> int | None:
        """SIGKILL to whatever is left of the group; return the leader's exit code, None if it was never started."""
        if self.process is None:
            return None
        # PermissionError: macOS says so of a group in which only the dead are left
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code


class Supervisor:
    """Runs children until told to stop (SIGINT, SIGTERM, SIGHUP) or until a vital one ends."""

    def __init__(self, children: list[Child], say: Callable[[str], None], patience: float = PATIENCE) -> None:
        self.children = children
        self.say = say
        self.patience = patience
        self.stopping = False

    def run(self, on_tick: Callable[[float], None]) -> int:
        """Start the children and look after them, calling `on_tick(seconds)` a few times a second.

        Return 0 after a request to stop, 1 when a vital child ended.
        """
        before = {signum: signal.signal(signum, self._stop) for signum in STOP_SIGNALS}
        code = 0
        try:
            while not self.stopping and code == 0:
                now = time.monotonic()
                code = self._look_after(now)
                on_tick(now)
                time.sleep(0.1)
        finally:
            self._end_all()
            for signum, handler in before.items():
                signal.signal(signum, handler)
        return code

    def _stop(self, signum: int, frame: object) -> None:
        self.stopping = True

    def _look_after(self, now: float) -> int:
        for child in self.children:
            if child.process is None:
                if now >= child.due:
                    child.start(now)
            elif not child.running():
                # What it had started must not go on beside its successor.
                ended = child.clear_away()
                if child.vital:
                    self.say(f"{child.name} ended (exit code {ended}): stopping")
                    return 1
                child.failures = 1 if now - child.started >= SETTLED else child.failures + 1
                pause = pause_before(child.failures)
                child.due = now + pause
                self.say(f"{child.name} ended (exit code {ended}): starting it again in {pause:.0f} s")
        return 0

    def _end_all(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        limit = time.monotonic() + self.patience
        while time.monotonic() < limit and any(child.running() for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.clear_away()
