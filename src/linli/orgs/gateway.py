"""The gateway 'http': texts for phones, posted to whatever sends them for this installation (an adapter before a carrier's interface).

    POST LINLI_SMS_ADDRESS
    X-Linli-Time: 1764000000
    X-Linli-Signature: sha256=HEX

    {"key": "…", "phone": "13900000001", "text": "…"}

HEX is the HMAC-SHA-256 under LINLI_SMS_SECRET of the time, a full stop and the body as it was sent: whoever receives it refuses a wrong
signature, or a time that is more than some minutes away, and sends one ``key`` once. Any answer of 2xx means taken; 400, 404, 410 and 422
that this text will never be; everything else, and silence, that it may be tried again.
"""

import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings

from linli.kernel import fetching
from linli.orgs.channels import NotSent

NEVER = (400, 404, 410, 422)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return what stands in X-Linli-Signature."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class HttpGateway:
    """A channel (see channels.py) at an address."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        self.address, self.secret = settings.LINLI_SMS_ADDRESS, settings.LINLI_SMS_SECRET

    def send(self, phone: str, text: str, key: str) -> None:
        if not self.address or not self.secret:
            raise NotSent("LINLI_SMS_ADDRESS or LINLI_SMS_SECRET is not set")
        body = json.dumps({"key": key, "phone": phone, "text": text}, ensure_ascii=False).encode()
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Linli-Time": stamp,
            "X-Linli-Signature": signature(self.secret, stamp, body),
        }
        try:
            fetching.fetch(self.address, data=body, headers=headers)
        except fetching.NotAnswered as error:
            raise NotSent(str(error), final=error.status in NEVER) from error
