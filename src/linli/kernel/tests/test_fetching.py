"""Asking a server of the test's own that answers in every wrong way: a whole answer in time comes back, or NotAnswered is raised."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from linli.kernel import fetching
from linli.kernel.fetching import NotAnswered, fetch, fetch_json


class Server:
    """Says these bytes to whoever asks, then ends the connection; with ``trickling`` says the last of them again and again."""

    def __init__(self, says: bytes, *, trickling: bool = False) -> None:
        self.says, self.trickling = says, trickling
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        link, _address = self.listener.accept()
        with link, contextlib.suppress(OSError):
            link.recv(65_536)
            link.sendall(self.says)
            while self.trickling and not self.over.wait(0.02):
                link.sendall(self.says[-1:])
            link.shutdown(socket.SHUT_WR)
            link.recv(65_536)

    def end(self) -> None:
        self.over.set()
        self.thread.join()
        self.listener.close()


@contextlib.contextmanager
def serving(says: bytes, *, trickling: bool = False) -> Iterator[str]:
    server = Server(says, trickling=trickling)
    try:
        yield server.address
    finally:
        server.end()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("says", "content"),
    [
        (OK + b"Content-Length: 2\r\n\r\n{}", b"{}"),
        (OK + b"\r\nas long as it lasts", b"as long as it lasts"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx", b"x"),
        (OK + b"Content-Length: 256000\r\n\r\n" + b"x" * 256_000, b"x" * 256_000),
    ],
)
def test_a_whole_answer_is_returned(says: bytes, content: bytes) -> None:
    with serving(says) as address:
        assert fetch(address) == content


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"HELLO WORLD\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        OK + b"A: b\r\n" * 200 + b"\r\n{}",
        OK + b"A: " + b"x" * 70_000 + b"\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        OK + b"Content-Length: 100\r\n\r\n{}",
        OK + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000,
        OK + b"\r\n" + b"x" * 300_000,
    ],
)
def test_every_way_of_answering_wrongly_is_not_answered(says: bytes) -> None:
    with serving(says) as address, pytest.raises(NotAnswered) as raised:
        fetch(address)
    assert raised.value.status == 0


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_no_success_is_told_by_its_status(status: int) -> None:
    says = f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode()
    with serving(says) as address, pytest.raises(NotAnswered) as raised:
        fetch(address)
    assert raised.value.status == status


@pytest.mark.parametrize(
    "says",
    [
        b"H",
        OK + b"A: x",
        b"HTTP/1.1 100 Continue\r\nA: x",
        OK + b"\r\nx",
        OK + b"Content-Length: 9000\r\n\r\nx",
        OK + b"Transfer-Encoding: chunked\r\n\r\nfff\r\nx",
    ],
)
def test_an_answer_that_trickles_is_given_up_at_one_moment(says: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PATIENCE", 0.4)
    began = time.monotonic()
    with serving(says, trickling=True) as address, pytest.raises(NotAnswered):
        fetch(address)
    # a line of this server lasts half an hour, a body of 9,000 bytes three minutes
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "address", ["https://host:abc/", "https://a b/", "https:///x", "https://127.0.0.1:99999/", "http://example.org/"]
)
def test_what_is_no_address_is_not_answered(address: str) -> None:
    with pytest.raises(NotAnswered):
        fetch(address)


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_not_answered(content: bytes) -> None:
    with serving(OK + b"\r\n" + content) as address, pytest.raises(NotAnswered):
        fetch_json(address)
