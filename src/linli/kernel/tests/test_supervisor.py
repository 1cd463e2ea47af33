"""The supervisor, with real processes."""

import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from linli.kernel.supervisor import LONGEST_PAUSE, Child, Supervisor, pause_before

FOREVER = "import signal; signal.pause()"
# Ignores the request to stop and starts a process that does the same; both hold the named pipe open while they live.
STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pipe = os.open(sys.argv[1], os.O_WRONLY)
if os.fork():
    os.write(pipe, b"x")
signal.pause()
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def stop_when(true: Callable[[], bool], signum: int = signal.SIGINT) -> Callable[[float], None]:
    def tick(now: float) -> None:
        if true():
            os.kill(os.getpid(), signum)

    return tick


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (2, 1), (3, 2), (4, 4), (6, 16), (7, LONGEST_PAUSE), (5000, LONGEST_PAUSE)]
)
def test_pauses_grow_to_a_limit(failures: int, seconds: float) -> None:
    assert pause_before(failures) == seconds


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_all_and_gives_back_the_signals(signum: int) -> None:
    before = signal.getsignal(signum)
    child = Child("server", python(FOREVER), vital=True)
    said: list[str] = []
    assert Supervisor([child], said.append).run(stop_when(child.running, signum)) == 0
    assert not child.running() and said == []
    assert signal.getsignal(signum) is before


def test_the_end_of_a_vital_child_ends_all() -> None:
    other = Child("job worker", python(FOREVER), vital=False)
    said: list[str] = []
    server = Child("server", python("raise SystemExit(3)"), vital=True)
    assert Supervisor([other, server], said.append).run(lambda now: None) == 1
    assert said == ["server ended (exit code 3): stopping"]
    assert not other.running()


def test_another_child_is_started_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    worker = Child(
        "job worker", python("import sys; open(sys.argv[1], 'a').write('x'); sys.exit(1)", str(count)), vital=False
    )
    said: list[str] = []
    assert Supervisor([worker], said.append).run(stop_when(lambda: len(said) >= 2)) == 0
    assert said[:2] == [
        "job worker ended (exit code 1): starting it again in 0 s",
        "job worker ended (exit code 1): starting it again in 1 s",
    ]
    assert count.read_text() == "xx"


def test_a_stubborn_child_and_what_it_started_are_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    child = Child("job worker", python(STUBBORN, str(pipe)), vital=False)

    def both_run() -> bool:
        return bool(select.select([reader], [], [], 0)[0] and os.read(reader, 1))

    assert Supervisor([child], print, patience=0.2).run(stop_when(both_run)) == 0
    os.set_blocking(reader, True)
    # The end of the file is seen when the last process that held the pipe is gone.
    assert os.read(reader, 1) == b""
    os.close(reader)
