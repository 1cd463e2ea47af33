"""Asking another server: https only (http on this machine), no redirects, and bounds of time and size that hold whatever it does.

Whatever it answers that is not a whole answer in time is one thing to those who ask: ``NotAnswered``.
"""

import http.client
import io
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

MOST_BYTES = 256_000
# Seconds for all that is read of an answer, from its first line to its last byte, counted from before the connection; each step of
# connecting (an address of the name, the handshake) has no more either.
PATIENCE = 8
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotAnswered(Exception):
    """Nothing usable came back. ``status`` is that of HTTP where there was one, else 0. The message is for the log, not for the page."""

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_more: Any) -> None:
        return None


class _Until(io.RawIOBase):
    """What a socket says until a moment: its own patience would begin anew with every byte that trickles in."""

    def __init__(self, raw: io.RawIOBase, link: socket.socket, end: float) -> None:
        self._raw, self._link, self._end = raw, link, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._link.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer of which every byte, those of its head too, has come before ``end``."""

    def __init__(self, link: socket.socket, *arguments: Any, end: float, **more: Any) -> None:
        super().__init__(link, *arguments, **more)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), link, end))


class _InTime(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens addresses whose answers are to be whole at ``end``."""

    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def _with_end(self, kind: Callable[..., http.client.HTTPConnection]) -> Any:
        def made(*arguments: Any, **more: Any) -> http.client.HTTPConnection:
            link = kind(*arguments, **more)
            link.response_class = partial(_Answer, end=self._end)  # type: ignore[assignment] # only called
            return link

        return made

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._with_end(http.client.HTTPConnection), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._with_end(http.client.HTTPSConnection), request)


def checked_address(address: str) -> str:
    """Return an address that may be asked; raise NotAnswered for any other."""
    try:
        parts = urllib.parse.urlsplit(address)
    except ValueError as error:
        raise NotAnswered("this is no address") from error
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return address
    raise NotAnswered(f"{_shown(address)} is not an https address")


def _shown(address: str) -> str:
    """An address for the log: what follows the question mark may be a secret."""
    return address.partition("?")[0][:100]


def fetch(address: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """Return what a server answers (POST with ``data``, else GET). Raises NotAnswered for anything but a success, whole and in time."""
    request = urllib.request.Request(checked_address(address), data=data, headers=dict(headers or {}))
    opener = urllib.request.build_opener(_NoRedirects, _InTime(time.monotonic() + PATIENCE))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            # read() with a number takes what comes before the connection ends for the whole
            said = answer.length
            content = b""
            while len(content) <= MOST_BYTES and (piece := answer.read1(65_536)):
                content += piece
    except urllib.error.HTTPError as error:
        error.close()
        raise NotAnswered(f"{_shown(address)} answers {error.code}", error.code) from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise NotAnswered(f"{_shown(address)} does not answer: {error}") from error
    if len(content) > MOST_BYTES:
        raise NotAnswered("the answer is too long")
    if said is not None and len(content) < said:
        raise NotAnswered("the answer ends before its end")
    return content


def fetch_json(address: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON object that a server answers, whatever type it says that it is. Raises NotAnswered."""
    content = fetch(address, data=data, headers={"Accept": "application/json", **(headers or {})})
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAnswered("the answer is not JSON") from error
    if not isinstance(found, dict):
        raise NotAnswered("the answer is not an object")
    return found
