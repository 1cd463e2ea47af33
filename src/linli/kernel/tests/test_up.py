"""The steps of `linli up` that can be seen one by one; the whole start is tried in tests/tooling/test_start.py."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from linli.kernel.management.commands.up import Announcer, DemoNote, collect_static_files, refuse_taken_port


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_refused_with_advice(taken_port: int) -> None:
    with pytest.raises(CommandError, match=rf"127.0.0.1:{taken_port} .*PORT={taken_port + 1} ./run"):
        refuse_taken_port("127.0.0.1", taken_port)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match="is not a port"):
        refuse_taken_port("127.0.0.1", port)


def test_a_free_port_is_accepted(taken_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    refuse_taken_port("127.0.0.1", free)


def database(name: str) -> dict[str, Any]:
    return {"HOST": "", "PORT": "", "NAME": name}


def test_the_demonstration_is_remembered_per_database(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    note = DemoNote(database("one"))
    assert (note.wanted(), note.stands()) == (False, False)
    note.want()
    assert (DemoNote(database("one")).wanted(), DemoNote(database("one")).stands()) == (True, False)
    assert not DemoNote(database("two")).wanted()
    note.done()
    assert (note.wanted(), note.stands()) == (False, True)


class Ready(http.server.BaseHTTPRequestHandler):
    answers: list[int]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the console."""


def test_readiness_is_announced_once_and_not_before_it_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    Ready.answers, Ready.asked = [503, 200], []
    server = http.server.HTTPServer(("127.0.0.1", 0), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said: list[str] = []
    announcer = Announcer("0.0.0.0", server.server_port, said.append)
    heard = []
    for moment in (0.0, 0.1, 10.0, 20.0):
        announcer(moment)
        heard.append(len(said))
    server.shutdown()
    server.server_close()
    assert heard == [0, 0, 1, 1]
    assert said == [f"http://127.0.0.1:{server.server_port}"]
    assert Ready.asked == ["/readyz", "/readyz"]


def test_nobody_listening_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    said: list[str] = []
    Announcer("127.0.0.1", free, said.append)(0.0)
    assert said == []


def test_static_files_are_collected_when_one_changed(settings: Any, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    collect_static_files()
    collected = settings.STATIC_ROOT / "a.css"
    assert collected.read_text() == "a {}"
    collected.write_text("untouched")
    collect_static_files()
    assert collected.read_text() == "untouched"
    (source / "a.css").write_text("a { color: red }")
    collect_static_files()
    assert collected.read_text() == "a { color: red }"
