"""`linli up` as a whole: prepares an empty database, serves, survives the death of its worker, stops at Ctrl-C."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def free_port(port: int = 0) -> int:
    """The port, when nobody has it; any that nobody has for 0. Raises OSError."""
    with socket.create_server(("127.0.0.1", port)) as probe:
        return int(probe.getsockname()[1])


class Installation:
    """A running `linli up` on a database of its own, read line by line."""

    def __init__(self, var: Path, port: int = 0) -> None:
        self.port = port or free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "LINLI_VAR": str(var),
            "LINLI_WORKERS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "linli", "up", "--no-demo", "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> str:
        """The next line of output in which the pattern is found; fails with all the output when it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(pattern, line):
                return line
        pytest.fail(f"{pattern!r} was not said:\n{''.join(self.lines)}")

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return int(answer.status)

    def alive(self) -> dict[int, tuple[int, list[str]]]:
        """All processes of this installation, by id: parent and command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state, parent, _group, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                arguments = (folder / "cmdline").read_text().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(session) == self.process.pid and state not in "ZX":
                found[int(folder.name)] = (int(parent), arguments)
        return found

    def children(self, command: str, of: int = 0) -> list[int]:
        """The ids of the direct children, of ``up`` or of another process, that run a command of Linli."""
        parent = of or self.process.pid
        return [number for number, (of, arguments) in self.alive().items() if of == parent and command in arguments]

    def until_gone(self, numbers: set[int]) -> None:
        """Wait until none of these processes is alive."""
        limit = time.monotonic() + 20
        while left := numbers & self.alive().keys():
            assert time.monotonic() < limit, f"{len(left)} of {len(numbers)} processes go on"

    def until_port_free(self) -> None:
        """Wait until the system has taken the port back from the dead."""
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            with contextlib.suppress(OSError):
                free_port(self.port)
                return
        pytest.fail("somebody keeps the port")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    running = Installation(tmp_path)
    yield running
    if running.process.poll() is None:
        # its children end by themselves when it is gone
        running.process.kill()
    running.process.communicate()


in_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@in_proc
def test_start_recover_stop(installation: Installation) -> None:
    installation.read_until("is ready")
    assert [installation.get(path) for path in ("/", "/healthz", "/readyz", "/api/v1/openapi.json")] == [200] * 4

    (worker,) = installation.children("worker")
    os.kill(worker, signal.SIGKILL)
    installation.read_until(r"job worker ended \(exit code -9\): starting it again in 0 s")

    installation.process.send_signal(signal.SIGINT)
    installation.read_until("Stopped")
    assert installation.process.wait(timeout=30) == 0
    with pytest.raises(OSError):
        installation.get("/healthz")


@in_proc
def test_a_killed_queue_is_started_again_and_a_killed_installation_leaves_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    installation.read_until("is ready")
    (worker,) = installation.children("worker")
    (sentinel,) = installation.children("worker", of=worker)
    queue = set(installation.children("worker", of=sentinel))
    assert len(queue) == 3
    os.kill(sentinel, signal.SIGKILL)
    installation.read_until(r"job worker ended \(exit code 1\): starting it again in 0 s")
    installation.until_gone(queue | {worker})

    (server,) = installation.children("serve")
    everything = installation.alive().keys()
    for number in (server, *installation.children("worker"), installation.process.pid):
        os.kill(number, signal.SIGKILL)
    installation.until_gone(set(everything))
    installation.until_port_free()
    again = Installation(tmp_path, installation.port)
    again.read_until("is ready")
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(timeout=30) == 0
    again.process.communicate()
