"""Processes that end with the one that started them, with real processes: each holds a named pipe open while it lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# How a parent starts a child that is held, and what the child does; each writes its number into the pipe when it stands.
STARTS = """
import os, subprocess, sys
from linli.kernel import lifeline
command = [sys.executable, "-c", sys.argv[2], *sys.argv[1:]]
child = subprocess.Popen(command, env=os.environ | lifeline.tells(), start_new_session=True)
child.wait()
"""
HELD = """
import os, signal, sys
from linli.kernel import lifeline
pipe = os.open(sys.argv[1], os.O_WRONLY)
lifeline.hold_if_told()
os.write(pipe, b"x")
while True:
    signal.pause()
"""
WATCHES = HELD.replace(
    "lifeline.hold_if_told()", "lifeline._told_by_the_kernel = lambda: False; lifeline.hold_if_told()"
)
TOO_LATE = HELD.replace("lifeline.hold_if_told()", "lifeline.hold(os.getpid())")
# Forks a process that forks another, as the queue of jobs does; the one in the middle can be told from its answer.
FORKS = """
import os, signal, sys
from linli.kernel import lifeline
lifeline.hold_forks()
if os.fork():
    os.wait()
    sys.exit()
os.setsid()
pipe = os.open(sys.argv[1], os.O_WRONLY)
if not os.fork():
    os.write(pipe, b"x")
while True:
    signal.pause()
"""


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    made = tmp_path / "pipe"
    os.mkfifo(made)
    return made


def started(code: str, pipe: Path, child: str = "") -> tuple[subprocess.Popen[bytes], int]:
    """Start a parent and wait until its last descendant stands; return it with the end of the pipe to read."""
    parent = subprocess.Popen([sys.executable, "-c", code, str(pipe), child], env=os.environ | {"PYTHONPATH": "src"})
    reader = os.open(pipe, os.O_RDONLY)
    assert os.read(reader, 1) == b"x"
    return parent, reader


@pytest.mark.parametrize("child", [HELD, WATCHES])
def test_a_command_ends_with_the_killed_process_that_started_it(pipe: Path, child: str) -> None:
    parent, reader = started(STARTS, pipe, child)
    parent.kill()
    parent.wait()
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_what_was_forked_ends_with_the_killed_process_that_forked_it(pipe: Path) -> None:
    parent, reader = started(FORKS, pipe)
    parent.kill()
    parent.wait()
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_command_whose_parent_is_gone_already_ends_at_once(pipe: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", TOO_LATE, str(pipe)], env=os.environ | {"PYTHONPATH": "src"})
    reader = os.open(pipe, os.O_RDONLY)
    assert child.wait() == -signal.SIGKILL
    assert os.read(reader, 1) == b""
    os.close(reader)
