"""The load generator: `python -m linli.demo.bench.load`, a process of its own that knows nothing of Linli.

In: one JSON object on standard input, ``{"host", "port", "seconds", "connections": [[request, …], …]}``; a request is the text of
an HTTP/1.1 request, in which ``@N@`` stands for a number that is different each time. Each connection is kept alive and sends its
requests in turn, each after the answer to the one before. Out: one JSON object, ``{"latencies_ms": […], "errors": {"500": 1},
"seconds"}``; an answer counts as an error unless its status is below 400.
"""

import json
import socket
import sys
import threading
import time
from collections import Counter
from typing import Any

TIMEOUT = 60.0


class Connection(threading.Thread):
    """One client: its own socket, its own requests."""

    def __init__(self, address: tuple[str, int], requests: list[str], *, first: int, until: float) -> None:
        super().__init__(daemon=True)
        self.latencies: list[float] = []
        self.errors: Counter[str] = Counter()
        self._address, self._until, self._number = address, until, first
        self._requests = [request.partition("@N@") for request in requests]

    def run(self) -> None:
        link, turn = self._connect(), 0
        while time.monotonic() < self._until:
            before, mark, after = self._requests[turn % len(self._requests)]
            self._number, turn = self._number + 1, turn + 1
            request = _numbered(before, mark, after, self._number)
            began = time.perf_counter()
            try:
                link.sendall(request)
                status = _answer(link)
            except OSError as problem:
                self.errors[type(problem).__name__] += 1
                link.close()
                link = self._connect()
                continue
            self.latencies.append((time.perf_counter() - began) * 1000)
            if status >= 400:
                self.errors[str(status)] += 1
        link.close()

    def _connect(self) -> socket.socket:
        link = socket.create_connection(self._address, timeout=TIMEOUT)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link


def _numbered(before: str, mark: str, after: str, number: int) -> bytes:
    """The bytes of a request; its length is stated anew when it has a body."""
    text = f"{before}{number}{after}" if mark else before
    text = text.replace("@N@", str(number))
    head, gap, body = text.partition("\r\n\r\n")
    if body:
        sent = body.encode()
        return f"{head}\r\nContent-Length: {len(sent)}{gap}".encode() + sent
    return text.encode()


def _answer(link: socket.socket) -> int:
    """Read one answer to its end and return its status."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _some(link)
    head = data[:end].lower()
    status, got = int(head[9:12]), len(data) - end - 4
    found = head.find(b"content-length:")
    if found >= 0:
        wanted = int(head[found + 15 :].split(b"\r\n", 1)[0])
        while got < wanted:
            got += len(_some(link))
    elif b"transfer-encoding: chunked" in head:
        while not data.endswith(b"0\r\n\r\n"):
            data += _some(link)
    return status


def _some(link: socket.socket) -> bytes:
    data = link.recv(1 << 16)
    if not data:
        raise ConnectionError("closed by the server")
    return data


def run(spec: dict[str, Any]) -> dict[str, Any]:
    """Carry out a load and return what was measured."""
    began = time.monotonic()
    clients = [
        Connection(
            (spec["host"], spec["port"]),
            requests,
            first=int(time.time_ns() % 10**15) * 1000 + number * 10**6,
            until=began + spec["seconds"],
        )
        for number, requests in enumerate(spec["connections"])
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    errors: Counter[str] = Counter()
    for client in clients:
        errors.update(client.errors)
    return {
        "latencies_ms": [round(one, 3) for client in clients for one in client.latencies],
        "errors": dict(errors),
        "seconds": time.monotonic() - began,
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
