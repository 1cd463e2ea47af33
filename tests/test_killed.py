"""Server and worker killed with SIGKILL while people report and staff act, then started again: nothing lost, nothing twice.

Real processes on a database and folder of their own. The moments are drawn from the number of answers that people have got, so that a
kill falls anywhere: into an upload, a transaction, a delivery. Whoever got no answer sends the same again, as a browser or phone would.
"""

import collections
import contextlib
import io
import json
import os
import random
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
REPORTERS, REPORTS_EACH, KILLS = 3, 8, 8
# Prepares the database: the town of the tests, its clerk signed in.
PREPARE = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from linli.orgs.sessions import BEGAN, SessionStore
from linli.procedures.publishing import install_shipped
from linli.testing import NOW, build_town
install_shipped(at=NOW)
town = build_town()
clerk, session = town.users["clerk"], SessionStore()
session[SESSION_KEY], session[BEGAN] = str(clerk.pk), int(NOW.timestamp())
session[BACKEND_SESSION_KEY] = "linli.orgs.backends.Accounts"
session[HASH_SESSION_KEY] = clerk.get_session_auth_hash()
session.create()
print(json.dumps({"session": session.session_key, "lamp": town.categories["lamp"].pk}))
"""
# Reads what there is afterwards, in the same way on both databases.
READ = """
import json
from collections import Counter
from django.db.models import Sum
from linli.kernel.models import OutboxEvent
from linli.matters.models import Matter, UnitFigure
from linli.procedures.models import CaseFile, CaseRecord, StepFigure
print(json.dumps({
    "texts": Counter(Matter.objects.values_list("text", flat=True)),
    "files": Counter(CaseFile.objects.values_list("case__matter__text", flat=True)),
    "accepted": Counter(CaseRecord.objects.filter(action="accept").values_list("case__matter__text", flat=True)),
    "notes": Counter(CaseRecord.objects.filter(action="comment").values_list("text", flat=True)),
    "waiting": OutboxEvent.objects.filter(delivered_at=None).count(),
    "received": UnitFigure.objects.filter(unit__name="东门社区居委会").aggregate(n=Sum("received"))["n"],
    "begun": StepFigure.objects.filter(procedure="matter", step="accept").aggregate(n=Sum("entered"))["n"],
    "left": StepFigure.objects.filter(procedure="matter", step="accept").aggregate(n=Sum("left"))["n"],
}))
"""


class City:
    """An installation of its own: ``linli`` commands on it, its two processes, and requests to it."""

    def __init__(self, folder: Path, url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))},
            "LINLI_VAR": str(folder),
            "LINLI_DATABASE_URL": url,
            "LINLI_INTAKE_PER_HOUR": "1000000",
            "PYTHONPATH": str(ROOT / "src"),
        }
        self.log = (folder / "log").open("ab")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "linli", *arguments], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str) -> Any:
        return json.loads(self.run("shell", "--no-imports", "-c", code).splitlines()[-1])

    def start(self, name: str) -> None:
        """Start ``serve`` or ``worker`` as the leader of a group, as ``linli up`` does."""
        more = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "2"] if name == "serve" else []
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "linli", name, *more],
            env={**self.environment, "LINLI_SUPERVISOR": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            process_group=0,
        )

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all that it started, at once."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Return status and body; OSError or HTTPException where no answer came."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            link.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def until_answered(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Send the same again until an answer comes."""
        pause = threading.Event()
        for _try in range(600):
            with contextlib.suppress(OSError, HTTPException):
                return self.ask(method, path, body, **headers)
            pause.wait(0.1)
        raise AssertionError(f"no answer to {method} {path}: {Path(self.log.name).read_text()[-2000:]}")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with a_database(tmp_path) as url:
        made = City(tmp_path, url)
        made.run("migrate", "--verbosity", "0")
        made.run("collectstatic", "--no-input", "--verbosity", "0")
        try:
            yield made
        finally:
            for name in list(made.processes):
                made.kill(name)
            made.log.close()


@contextlib.contextmanager
def a_database(folder: Path) -> Iterator[str]:
    """A new database, SQLite or beside the one of the tests on the same PostgreSQL server."""
    server = os.environ.get("LINLI_TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{folder / 'linli.sqlite3'}"
        return
    import psycopg

    name = f"linli_killed_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}"')
        yield server.rpartition("/")[0] + f"/{name}"
        link.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def photo(number: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 20 + number).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def multipart(matter: dict[str, Any], picture: bytes) -> tuple[bytes, str]:
    edge = "linli-edge-7f3a"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="matter"\r\n\r\n{json.dumps(matter, ensure_ascii=False)}\r\n'.encode(),
        f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + picture
        + b"\r\n",
        f"--{edge}--\r\n".encode(),
    ]
    return b"".join(parts), f"multipart/form-data; boundary={edge}"


class People:
    """Reporters and a clerk, each in a thread; ``answers`` counts what they have got so far."""

    def __init__(self, city: City, known: dict[str, Any]) -> None:
        self.city, self.known = city, known
        self.answers = 0
        self.statuses: collections.Counter[tuple[str, int]] = collections.Counter()
        self.texts: list[str] = []
        self.wrong: list[BaseException] = []
        self._told = threading.Condition()
        threads = [threading.Thread(target=self._do, args=(self._reports, who)) for who in range(REPORTERS)]
        self._threads = threads
        for thread in threads:
            thread.start()

    def _do(self, work: Callable[[int], None], who: int) -> None:
        try:
            work(who)
        except BaseException as error:  # told in the thread of the test
            self.wrong.append(error)
        finally:
            with self._told:
                self._told.notify_all()

    def _got(self, what: str, status: int) -> None:
        with self._told:
            self.statuses[what, status] += 1
            self.answers += 1
            self._told.notify_all()

    def wait_for(self, answers: int) -> bool:
        """Wait until so many answers have come; False when everybody has finished before."""
        with self._told:
            self._told.wait_for(lambda: self.answers >= answers or not self.at_work(), timeout=300)
            return self.answers >= answers

    def at_work(self) -> bool:
        return any(thread.is_alive() for thread in self._threads) and not self.wrong

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        if self.wrong:
            raise self.wrong[0]

    def _reports(self, who: int) -> None:
        """Report with a photo and a key, then have the clerk accept it and write a note."""
        for number in range(REPORTS_EACH):
            text = f"第{who}人第{number}件：楼下路灯不亮，请来修。"
            place = {"community": "990101001001", "address": "桂花园3栋"}
            body, kind = multipart({"text": text, "place": place}, photo(who * REPORTS_EACH + number))
            status, answer = self.city.until_answered(
                "POST", "/api/v1/matters", body, Content_Type=kind, Idempotency_Key=f"killed-{who}-{number}"
            )
            assert status in (200, 201), answer
            self.texts.append(text)
            self._got("report", status)
            code = json.loads(answer)["code"]
            form = f"a.category={self.known['lamp']}&a.urgency=3"
            self._acts(f"/desk/cases/{code}/do/accept/?since=1", form, (302, 409))
            # a note carries no version: one that got no answer may be there already, and is looked for before it is sent again
            self._notes(code, f"记一笔-{who}-{number}-完")

    def _acts(self, path: str, form: str, fine: tuple[int, ...]) -> None:
        status, answer = self.city.until_answered("POST", path, self._posted(form), **self._signed_in())
        assert status in fine, (status, answer[-3000:].decode())
        self._got("accept", status)

    def _notes(self, code: str, text: str) -> None:
        while True:
            _status, page = self.city.until_answered("GET", f"/desk/cases/{code}/", **self._signed_in())
            if text.encode() in page:
                return
            with contextlib.suppress(OSError, HTTPException):
                status, _answer = self.city.ask(
                    "POST", f"/desk/cases/{code}/comment/", self._posted(f"text={text}"), **self._signed_in()
                )
                assert status == 302
                self._got("note", status)

    def _signed_in(self) -> dict[str, str]:
        token = "a" * 32
        return {
            "Cookie": f"linli_session={self.known['session']}; linli_csrf={token}",
            "X_CSRFToken": token,
            "Content_Type": "application/x-www-form-urlencoded",
        }

    def _posted(self, form: str) -> bytes:
        return form.encode()


def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_done_twice(city: City) -> None:
    known = city.python(PREPARE)
    rng = random.Random(20261127)
    for name in ("serve", "worker"):
        city.start(name)
    people = People(city, known)
    for number in range(KILLS):
        assert people.wait_for(people.answers + rng.randint(2, 6)), "everybody was done before the last kill"
        name = "serve" if number % 2 == 0 else "worker"
        city.kill(name)
        city.start(name)
    people.join()
    city.kill("worker")
    city.kill("serve")
    assert "all good" in city.run("verify")
    city.run("worker", "--once")
    found = city.python(READ)
    once = dict.fromkeys(people.texts, 1)
    assert len(once) == REPORTERS * REPORTS_EACH
    assert (found["texts"], found["files"], found["accepted"]) == (once, once, once)
    assert set(found["notes"].values()) == {1}
    assert len(found["notes"]) == len(once)
    assert (found["waiting"], found["received"], found["begun"], found["left"]) == (0, len(once), len(once), len(once))
    verdict = city.run("verify")
    assert verdict.count("all good") == len(verdict.splitlines()), verdict
