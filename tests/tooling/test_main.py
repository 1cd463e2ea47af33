"""The command line: one clear line and a code for what goes wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def linli(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linli", *arguments],
        cwd=var,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "LINLI_VAR": str(var), **environment},
    )


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_the_overview_lists_linlis_commands_first(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = linli(*arguments, var=tmp_path)
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert lines[0] == "Usage: ./linli COMMAND [--help]"
    own, django = run.stdout.split("From Django:")
    assert "  serve " in own and "  up " in own and "  migrate " in django and "runserver" not in run.stdout


def test_an_unknown_command_is_named(tmp_path: Path) -> None:
    run = linli("frobnicate", var=tmp_path)
    assert run.returncode == 1
    assert "Unknown command: 'frobnicate'" in run.stderr and "Traceback" not in run.stderr


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    run = linli("migrate", var=tmp_path, LINLI_DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1 and run.stderr.startswith("linli: the database does not answer: ")


def test_a_command_without_its_supervisor_ends(tmp_path: Path) -> None:
    # process 1 is not the parent of what a test starts, so this supervisor counts as gone
    assert linli("serve", var=tmp_path, LINLI_SUPERVISOR="1").returncode == -signal.SIGKILL
