"""A real server with one thread in each process, held by a hundred connections that do not say all they have to say: it still answers."""

import contextlib
import socket
from http.client import HTTPResponse
from pathlib import Path

from tests.test_killed import City, a_database

HEAD = b"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
STATES = (
    b"",  # silent
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",  # asked before
    b"GET / HTTP/1.1\r\nHost: x\r\nX-a: ",  # half a head
    HEAD + b"Content-Length: 1000000\r\n\r\n--b\r\n",  # half a body
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n--b\r\n\r\n",  # half a body of a length that is not told
)


def test_pages_answer_while_connections_are_held(tmp_path: Path) -> None:
    with a_database(tmp_path) as url, contextlib.ExitStack() as afterwards:
        city = City(tmp_path, url)
        afterwards.callback(city.log.close)
        city.environment["LINLI_THREADS"] = "1"
        city.run("migrate", "--verbosity", "0")
        city.start("serve")
        afterwards.callback(city.kill, "serve")
        city.until_answered("GET", "/healthz")
        for state in STATES * 20:
            held = afterwards.enter_context(socket.create_connection(("127.0.0.1", city.port)))
            held.sendall(state)
        assert [city.ask("GET", "/healthz")[0] for _ask in range(10)] == [200] * 10


def test_a_body_that_breaks_the_rules_is_refused_in_our_words(tmp_path: Path) -> None:
    with a_database(tmp_path) as url, contextlib.ExitStack() as afterwards:
        city = City(tmp_path, url)
        afterwards.callback(city.log.close)
        city.run("migrate", "--verbosity", "0")
        city.start("serve")
        afterwards.callback(city.kill, "serve")
        city.until_answered("GET", "/healthz")
        # who leaves in the middle is refused too, and must not trouble anybody by not hearing it
        with socket.create_connection(("127.0.0.1", city.port)) as leaves:
            leaves.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n--b\r\n")
        with socket.create_connection(("127.0.0.1", city.port)) as link:
            link.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n--b\r\n0\r\n\r\n")
            answer = HTTPResponse(link)
            answer.begin()
            assert (answer.status, answer.read()) == (400, b"The request is broken.\n")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert city.ask("GET", "/healthz")[0] == 200
        assert "Traceback" not in Path(city.log.name).read_text()
