"""How many statements a request runs, BEGIN and COMMIT counted: asked in this process, where they can be seen."""

import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from linli.demo.bench.targets import Ask

ASKED = 20


@override_settings(LINLI_INTAKE_PER_HOUR=10**9)
def per_request(asks: list[Ask]) -> tuple[float, list[str]]:
    """Return the mean over some requests, after one that warms up what a process remembers; and the statements of the last."""
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
    first = time.time_ns()
    _ask(client, asks[0], first)
    counts, last = [], []
    for number in range(1, ASKED + 1):
        with CaptureQueriesContext(connection) as seen:
            _ask(client, asks[number % len(asks)], first + number)
        last = [query["sql"] for query in seen.captured_queries]
        counts.append(len(last))
    return sum(counts) / len(counts), last


def _ask(client: Client, ask: Ask, number: int) -> None:
    headers = {name: value.replace("@N@", str(number)) for name, value in ask.headers.items()}
    kind = headers.pop("Content-Type", "application/octet-stream")
    body = ask.body.replace("@N@", str(number)).encode()
    answer = client.generic(ask.method, ask.path, body, content_type=kind, headers=headers)
    if answer.status_code >= 400:
        raise RuntimeError(f"{ask.method} {ask.path}: {answer.status_code} {answer.content[:300].decode()}")
