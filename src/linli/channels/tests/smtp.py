"""A mail server of the tests' own: as much of SMTP as a sender asks for."""

import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest


class Server:
    """What it answers to a recipient, and what it took: (recipient, message)."""

    def __init__(self) -> None:
        self.answer, self.taken = "250 ok", []
        told = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 here")
                to = ""
                while line := self.rfile.readline().decode().strip():
                    word = line.upper()[:4]
                    if word == "RCPT":
                        to = line.partition(":")[2]
                        self._say(told.answer)
                    elif word == "DATA":
                        self._say("354 go on")
                        body = []
                        while (part := self.rfile.readline().decode()) != ".\r\n":
                            body.append(part)
                        told.taken.append((to, "".join(body)))
                        self._say("250 taken")
                    elif word == "QUIT":
                        self._say("221 bye")
                        return
                    else:
                        self._say("250 ok")

            def _say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Any]:
    made = Server()
    yield made
    made.close()
