"""What `./run` does once the environment stands: database, translations, static files, demonstration, processes."""

import hashlib
import http.client
import os
import socket
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from linli.kernel.supervisor import Child, Supervisor, linli
from linli.kernel.translations import compile_catalogues


class Command(BaseCommand):
    help = "Prepare the database and start the job worker and the server (what ./run does)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave a new database empty")
        parser.add_argument("--host", default=os.environ.get("LINLI_HOST", "127.0.0.1"), help="address to listen on")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"), help="port to listen on")

    def handle(self, *args: Any, no_demo: bool, host: str, port: int, **options: Any) -> None:
        refuse_taken_port(host, port)
        demo = DemoNote(connection.settings_dict)
        self._prepare(demo, wanted=not no_demo)
        if demo.stands():
            # Known passwords and phone codes in the log belong to a demonstration, and to nothing else.
            os.environ.setdefault("LINLI_DEMO", "1")
        connections.close_all()
        children = [
            Child("server", linli("serve", "--host", host, "--port", str(port)), vital=True),
            Child("job worker", linli("worker"), vital=False),
        ]
        announcer = Announcer(host, port, lambda url: self._announce(url, with_sign_ins=demo.stands()))
        code = Supervisor(children, self._say).run(announcer)
        self._say("Stopped." if code == 0 else "Stopped after a failure: see above.")
        if code:
            raise SystemExit(code)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self, demo: "DemoNote", *, wanted: bool) -> None:
        if wanted and "demo" in get_commands() and not connection.introspection.table_names():
            demo.want()
        self._say("Preparing the database ...")
        compile_catalogues()
        call_command("migrate", interactive=False, verbosity=0)
        collect_static_files()
        if demo.wanted():
            self._say("Building the demonstration city (new database) ...")
            call_command("demo", stdout=self.stdout)
            demo.done()

    def _announce(self, url: str, *, with_sign_ins: bool) -> None:
        self._say(f"\n邻里 Linli is ready. Ctrl-C stops it.\n\n  {url}/\n  {url}/desk/\n  {url}/api/v1/docs\n")
        if with_sign_ins:
            call_command("demo", "--sign-ins", stdout=self.stdout)
            connections.close_all()
        self.stdout.flush()


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError when nothing can listen there, before any long work is done."""
    if not 0 < port < 65536:
        raise CommandError(f"{port} is not a port: choose one from 1 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise CommandError(
                f"cannot listen on {host}:{port} ({problem.strerror}); choose another: PORT={port + 1} ./run"
            ) from None


class DemoNote:
    """Whether a database is to get the demonstration city, or has it; under `var`, where no interruption loses it."""

    def __init__(self, database: dict[str, Any]) -> None:
        address = f"{database['HOST']}/{database['PORT']}/{database['NAME']}"
        self._path = Path(settings.VAR) / f"demo-{hashlib.sha256(address.encode()).hexdigest()[:16]}"

    def _read(self) -> str:
        return self._path.read_text("ascii") if self._path.exists() else ""

    def wanted(self) -> bool:
        """It was promised and is not there yet."""
        return self._read() == "wanted"

    def stands(self) -> bool:
        """It was built by `up`."""
        return self._read() == "stands"

    def want(self) -> None:
        """Promise it to a new database."""
        self._path.write_text("wanted", "ascii")

    def done(self) -> None:
        """It stands."""
        self._path.write_text("stands", "ascii")


def collect_static_files() -> None:
    """Collect and compress the static files when one of them changed since the last time."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            status = path.stat()
            digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text("ascii") == digest.hexdigest():
        return
    # clear: collectstatic goes by dates and would keep a copy that is younger than a source that was put back
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest(), "ascii")


class Announcer:
    """Calls `announce(url)` once, when the server says that it is ready."""

    def __init__(self, host: str, port: int, announce: Callable[[str], None]) -> None:
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self._host, self._port = reachable, port
        self._url = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
        self._announce = announce
        self._done = False
        self._next = 0.0

    def __call__(self, now: float) -> None:
        if self._done or now < self._next:
            return
        self._next = now + 0.5
        if self._answers():
            self._done = True
            self._announce(self._url)

    def _answers(self) -> bool:
        link = http.client.HTTPConnection(self._host, self._port, timeout=2)
        try:
            link.request("GET", "/readyz")
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()
