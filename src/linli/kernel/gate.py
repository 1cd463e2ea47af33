"""Between server and application: a thread is taken by a request that is whole, and let go as soon as its answer is.

Threads are few. While one reads from a client or writes to one, it waits for the slowest line in town, or for somebody who means to
hold it. So bodies are collected here, on the event loop, where waiting costs nothing but memory: as ``most_bytes`` allows, within
``PATIENCE``; and answers are sent from here. In between, the application runs as any WSGI application, in one thread from beginning to end.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from django.conf import settings

from linli.kernel.text import whole

# Seconds between two pieces, and in all. Beyond that a body lives on credit: WHOLE seconds, used up by waiting and filled again by a
# second for each SLOWEST bytes, never beyond WHOLE: who sent much quickly cannot then hold it for hours.
PATIENCE = 30
WHOLE = 60
SLOWEST = 2_000
LONGEST = 1_800
IN_MEMORY = 1_000_000
PIECE = 256 * 1024
# Bytes of bodies that one process keeps at once; more are turned away until those are done. Half of them are for small bodies alone, so
# that however many files are on their way, somebody can sign in or report in words.
KEPT_AT_ONCE = 1_000_000_000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
log = logging.getLogger("linli.gate")


class Answer(NamedTuple):
    """What the application said, made."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: SpooledTemporaryFile[bytes]


class _Broken(Exception):
    """The request ends before it is made: its body breaks the rules of HTTP, or its client has left."""


class _Full(Exception):
    """As many bytes are waiting as may wait."""


_REFUSALS: dict[type[Exception], int] = {_Broken: 400, TimeoutError: 408, _Full: 503}


def most_bytes(content_type: str) -> int:
    """Return how much a body of this type may hold: only a form with files is ever large."""
    multipart = content_type.lower().startswith("multipart/form-data")
    return settings.LINLI_UPLOAD_LIMIT if multipart else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def gate(application: Application, *, threads: int) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return an ASGI application that hands whole requests to a WSGI application, which ``threads`` threads run."""
    pool = ThreadPoolExecutor(threads, "request")
    kept = _Kept()

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        with SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                size = await _collect(receive, body, environ, kept)
            except (TimeoutError, _Full, _Broken) as refusal:
                return await _refuse(send, _REFUSALS[type(refusal)])
            try:
                body.seek(0)
                environ["wsgi.input"] = body
                loop = asyncio.get_running_loop()
                made = await loop.run_in_executor(pool, _run, application, environ)
            finally:
                kept.total -= size
        with made.body:
            await _send(send, made)
        return None

    return answer


class _Kept:
    """How many bytes of bodies are in this process now."""

    total = 0


def environ_of(scope: Message) -> dict[str, Any]:
    """Return the WSGI environment of an ASGI scope; headers with an underscore are dropped (they could pass for others)."""
    raw = scope.get("raw_path")
    path = unquote_to_bytes(raw.partition(b"?")[0]) if raw else scope["path"].encode("utf-8", "surrogateescape")
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        said = value.decode("latin-1")
        environ[key] = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + said if key in environ else said
    return environ


async def _collect(receive: Receive, body: SpooledTemporaryFile[bytes], environ: dict[str, Any], kept: _Kept) -> int:
    """Write a request's body into ``body``, its length into ``environ``; return how many bytes are kept.

    Of one that is larger than allowed nothing is kept: its length alone makes the application refuse it. Raises TimeoutError when it
    comes too slowly, _Broken when it does not come whole, _Full when there is no room.
    """
    most = most_bytes(environ.get("CONTENT_TYPE", ""))
    said = environ.get("CONTENT_LENGTH", "0")
    length = whole(said, digits=15)
    if length is None or length > most:
        return 0
    loop = asyncio.get_running_loop()
    began, size, more = loop.time(), 0, length > 0 or "HTTP_TRANSFER_ENCODING" in environ
    credit, last = float(WHOLE), began
    try:
        while more:
            message = await asyncio.wait_for(receive(), min(PATIENCE, credit, began + LONGEST - last))
            if message["type"] == "http.disconnect":
                raise _Broken
            piece = message.get("body", b"")
            size, kept.total, more = size + len(piece), kept.total + len(piece), message.get("more_body", False)
            if size > most:
                environ["CONTENT_LENGTH"] = str(size)
                kept.total -= size
                body.truncate(0)
                return 0
            if kept.total > (KEPT_AT_ONCE if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE else KEPT_AT_ONCE // 2):
                raise _Full
            body.write(piece)
            now = loop.time()
            credit, last = min(WHOLE, credit - (now - last) + len(piece) / SLOWEST), now
    except BaseException:
        kept.total -= size
        raise
    if size:
        environ["CONTENT_LENGTH"] = str(size)
    return size


def _run(application: Application, environ: dict[str, Any]) -> Answer:
    """Run the application in this thread and return all that it says."""
    said: list[tuple[int, list[tuple[bytes, bytes]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        said.append((int(status[:3]), encoded))

    body = SpooledTemporaryFile[bytes](IN_MEMORY)
    parts = application(environ, start_response)
    try:
        for part in parts:
            body.write(part)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    body.seek(0)
    return Answer(*said[-1], body)


async def _send(send: Send, made: Answer) -> None:
    """Send an answer; a client that does not take it in time is let go."""
    await send({"type": "http.response.start", "status": made.status, "headers": made.headers})
    piece = made.body.read(PIECE)
    while True:
        following = made.body.read(PIECE) if len(piece) == PIECE else b""
        message = {"type": "http.response.body", "body": piece, "more_body": bool(following)}
        await asyncio.wait_for(send(message), PATIENCE)
        if not following:
            return
        piece = following


async def _refuse(send: Send, status: int) -> None:
    """Say in a word to a client that nobody reads that it is let go; one that has left does not hear it."""
    headers = [
        (b"content-type", b"text/plain"),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status != 400:
        headers.append((b"retry-after", b"60"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    words = b"The request is broken.\n" if status == 400 else b"Try again later.\n"
    await send({"type": "http.response.body", "body": words})
