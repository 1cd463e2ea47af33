"""The gate: what is not whole takes no thread, what comes too slowly or too much is let go, and what is whole arrives as it was sent."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from linli.kernel import gate as gates
from linli.kernel.gate import gate

FORM = (b"content-type", b"multipart/form-data; boundary=x")
JSON = (b"content-type", b"application/json")
CHUNKED = (b"transfer-encoding", b"chunked")


def scope(*headers: tuple[bytes, bytes], method: str = "POST", path: str = "/") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"q=%00",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("198.51.100.7", 4),
        "headers": list(headers),
    }


def length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()


class Line:
    """One client: the messages that it sends before it falls silent, and what it is told."""

    def __init__(self, *pieces: bytes, whole: bool = True, gone: bool = False) -> None:
        self.messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        if self.messages and whole:
            self.messages[-1]["more_body"] = False
        if gone:
            self.messages.append({"type": "http.disconnect"})
        self.asked = 0
        self.status = 0
        self.body = b""

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self.messages:
            return self.messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


def echo(seen: list[dict[str, Any]]) -> Callable[..., Iterable[bytes]]:
    """An application that answers with the body it was given, and notes what it was told."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read()]

    return application


def talk(line: Line, *headers: tuple[bytes, bytes], path: str = "/") -> dict[str, Any]:
    """Send one request; return what the application was told, or {} if it was not asked."""
    seen: list[dict[str, Any]] = []
    asyncio.run(gate(echo(seen), threads=1)(scope(*headers, path=path), line.receive, line.send))
    return seen[0] if seen else {}


def test_a_request_arrives_as_it_was_sent() -> None:
    line = Line(b"eins", b"zwei")
    told = talk(line, FORM, length(8), (b"cookie", b"a=1"), (b"cookie", b"b=2"), path="/m/%E4%B8%AD%ff/")
    assert (line.status, line.body) == (200, b"einszwei")
    assert told["CONTENT_LENGTH"] == "8"
    assert told["HTTP_COOKIE"] == "a=1; b=2"
    assert told["PATH_INFO"].encode("latin-1") == "/m/中".encode() + b"\xff/"
    assert (told["QUERY_STRING"], told["REMOTE_ADDR"]) == ("q=%00", "198.51.100.7")


def test_a_body_without_a_length_gets_one() -> None:
    line = Line(b"{", b"}")
    assert talk(line, JSON, CHUNKED)["CONTENT_LENGTH"] == "2"
    assert line.body == b"{}"


def test_a_header_that_could_pass_for_another_is_dropped() -> None:
    told = talk(Line(), (b"x_forwarded_for", b"1.2.3.4"), (b"x-forwarded-proto", b"https"), length(0))
    assert "HTTP_X_FORWARDED_FOR" not in told
    assert told["HTTP_X_FORWARDED_PROTO"] == "https"


def test_requests_that_are_not_whole_take_no_thread() -> None:
    held = [Line(b"--x", whole=False) for _ in range(40)]
    asks = Line()

    async def together() -> None:
        application = gate(echo([]), threads=1)
        waiting = [asyncio.create_task(application(scope(FORM, length(90)), one.receive, one.send)) for one in held]
        await application(scope(method="GET"), asks.receive, asks.send)
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(together())
    assert asks.status == 200


def test_whoever_falls_silent_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "PATIENCE", 0)
    line = Line(whole=False)
    assert talk(line, FORM, length(90)) == {}
    assert line.status == 408


def test_whoever_sends_a_drop_at_a_time_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "WHOLE", 0)
    monkeypatch.setattr(gates, "SLOWEST", 1e12)
    line = Line(*[b"x"] * 1000)
    assert talk(line, FORM, length(1000)) == {}
    assert line.status == 408


def test_what_breaks_off_is_refused() -> None:
    line = Line(b"--x", whole=False, gone=True)
    assert talk(line, FORM, length(90)) == {}
    assert (line.status, line.body) == (400, b"The request is broken.\n")


@pytest.mark.parametrize(("kind", "size"), [(FORM, 130_000_001), (JSON, 1_000_001), (FORM, 10**30)])
def test_what_says_that_it_is_too_large_is_not_read(kind: tuple[bytes, bytes], size: int) -> None:
    line = Line(b"x" * 100)
    told = talk(line, kind, length(size))
    assert (line.asked, line.body) == (0, b"")
    assert told["CONTENT_LENGTH"] == str(size)


def test_what_turns_out_too_large_is_dropped_and_told_by_its_length() -> None:
    line = Line(*[b"x" * 400_000] * 9)
    told = talk(line, JSON, CHUNKED)
    assert (line.asked, line.body) == (3, b"")
    assert told["CONTENT_LENGTH"] == "1200000"


def test_what_finds_no_room_is_turned_away_and_leaves_none_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "KEPT_AT_ONCE", 10)
    lines = [Line(b"x" * size) for size in (11, 10, 10)]

    async def one_after_another() -> None:
        application = gate(echo([]), threads=1)
        for line in lines:
            await application(scope(FORM, length(90)), line.receive, line.send)

    asyncio.run(one_after_another())
    assert [line.status for line in lines] == [503, 200, 200]


def test_a_long_answer_is_sent_in_pieces_and_whole() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return (b"x" * 100_000 for _ in range(30))

    line = Line()
    asyncio.run(gate(application, threads=1)(scope(method="GET"), line.receive, line.send))
    assert line.body == b"x" * 3_000_000


def test_files_on_their_way_leave_room_for_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "KEPT_AT_ONCE", 4_000_000)
    held, more, words = Line(b"x" * 1_900_000, whole=False), Line(b"x" * 1_900_000), Line(b"{}")

    async def together() -> None:
        application = gate(echo([]), threads=1)
        waiting = asyncio.create_task(application(scope(FORM, length(5_000_000)), held.receive, held.send))
        await asyncio.sleep(0)
        await application(scope(FORM, length(1_900_000)), more.receive, more.send)
        await application(scope(JSON, length(2)), words.receive, words.send)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(together())
    assert (more.status, words.status) == (503, 200)


class Clock:
    """Time as a slow line makes it pass: each piece takes so many seconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = loop.time()

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("pieces", "seconds", "status"),
    [
        ([b"x" * 2_000] * 100, 1, 200),  # a slow line that keeps to the least speed
        ([b"x" * 10_000_000] + [b"x"] * 10, 9, 408),  # much at once, then a drop at a time
        ([b"x" * 60_000] * 80, 29, 408),  # fast enough, but without end
    ],
)
def test_much_sent_quickly_buys_no_hours(pieces: list[bytes], seconds: float, status: int) -> None:
    line = Line(*pieces)

    async def slowly() -> None:
        loop = asyncio.get_running_loop()
        clock = Clock(loop)
        loop.time = clock  # type: ignore[method-assign]

        async def receive() -> dict[str, Any]:
            clock.now += seconds
            return await line.receive()

        await gate(echo([]), threads=1)(scope(FORM, length(sum(map(len, pieces)))), receive, line.send)

    asyncio.run(slowly())
    assert line.status == status
