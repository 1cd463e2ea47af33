"""Asking another server: https only (http on this machine), no redirects, and bounds of time and size that hold whatever it does."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

MOST_BYTES = 256_000
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
    """Return what a server answers (POST with ``data``, else GET). Raises NotAnswered for anything but a success."""
    request = urllib.request.Request(checked_address(address), data=data, headers=dict(headers or {}))
    end = time.monotonic() + PATIENCE
    content = b""
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=PATIENCE) as answer:
            # piece by piece: the patience of a socket begins anew with every byte that trickles in
            while (piece := answer.read1(65_536)) and len(content) <= MOST_BYTES and time.monotonic() < end:
                content += piece
    except urllib.error.HTTPError as error:
        raise NotAnswered(f"{_shown(address)} answers {error.code}", error.code) from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise NotAnswered(f"{_shown(address)} does not answer: {error}") from error
    if piece:
        raise NotAnswered("the answer is too long, or takes too long")
    return content


def fetch_json(address: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON object that a server answers, whatever type it says that it is. Raises NotAnswered."""
    content = fetch(address, data=data, headers={"Accept": "application/json", **(headers or {})})
    try:
        found = json.loads(content)
    except ValueError as error:
        raise NotAnswered("the answer is not JSON") from error
    if not isinstance(found, dict):
        raise NotAnswered("the answer is not an object")
    return found
