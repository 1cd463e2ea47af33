"""A real server with one thread in each process, held by a hundred connections that do not say all they have to say: it still answers."""

import contextlib
import socket
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
