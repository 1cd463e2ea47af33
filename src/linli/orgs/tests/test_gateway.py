"""The gateway for texts against a small server of the test's own: what it is sent, what its answers come to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from linli.kernel.memo import forget
from linli.kernel.models import Setting
from linli.orgs import channels
from linli.orgs.gateway import signature

pytestmark = pytest.mark.django_db


class Carrier:
    """What it answers, and what it was sent: (headers, body)."""

    def __init__(self) -> None:
        self.status, self.sent, self.address = 200, [], ""


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    told = Carrier()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.sent.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(told.status)
            if told.status == 302:
                self.send_header("Location", f"{told.address}/elsewhere")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    settings.LINLI_SMS_ADDRESS, settings.LINLI_SMS_SECRET = f"{told.address}/send", "a secret of ours"
    yield told
    server.shutdown()
    server.server_close()


def test_a_text_is_posted_signed(carrier: Carrier) -> None:
    assert channels.ready()
    channels.send("13900000001", "您的验证码是 123456", key="k-1")
    ((headers, body),) = carrier.sent
    assert json.loads(body) == {"key": "k-1", "phone": "13900000001", "text": "您的验证码是 123456"}
    assert headers["X-Linli-Signature"] == signature("a secret of ours", headers["X-Linli-Time"], body)
    assert headers["X-Linli-Signature"] != signature("another", headers["X-Linli-Time"], body)


def test_a_text_without_a_key_gets_one_of_its_own(carrier: Carrier) -> None:
    for _time in range(2):
        channels.send("13900000001", "x")
    first, second = (json.loads(body)["key"] for _headers, body in carrier.sent)
    assert first != second


@pytest.mark.parametrize(
    ("status", "final"), [(302, False), (400, True), (401, False), (422, True), (429, False), (500, False)]
)
def test_what_is_no_success_was_not_sent(carrier: Carrier, status: int, final: bool) -> None:
    carrier.status = status
    with pytest.raises(channels.NotSent) as refused:
        channels.send("13900000001", "x")
    # nobody is sent elsewhere with it
    assert (refused.value.final, len(carrier.sent)) == (final, 1)


def test_only_an_address_that_others_cannot_read_along_is_asked(carrier: Carrier, settings: Any) -> None:
    settings.LINLI_SMS_ADDRESS = "http://sms.example/send"
    with pytest.raises(channels.NotSent):
        channels.send("13900000001", "x")


def test_without_a_secret_there_is_no_gateway(carrier: Carrier, settings: Any) -> None:
    settings.LINLI_SMS_SECRET = ""
    assert not channels.ready()
    Setting.objects.create(key="phone_channel", value={"name": "http"})
    forget()
    with pytest.raises(channels.NotSent):
        channels.send("13900000001", "x")
    assert carrier.sent == []
