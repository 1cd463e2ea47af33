"""`linli up` as a whole: prepares an empty database, serves, survives the death of its worker, stops at Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """A running `linli up` on a database of its own, read line by line."""

    def __init__(self, var: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
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

    def children(self, command: str) -> list[int]:
        """The ids of the direct children that run a command of Linli."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                arguments = (folder / "cmdline").read_text().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.process.pid and command in arguments:
                found.append(int(folder.name))
        return found


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    running = Installation(tmp_path)
    yield running
    if running.process.poll() is None:
        # its children end by themselves when it is gone
        running.process.kill()
    running.process.communicate()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")
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
