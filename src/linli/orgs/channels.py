"""How a text reaches a phone. Gateways are registered by name and chosen by the setting ``phone_channel``, or else by the environment
(``LINLI_SMS_ADDRESS``: the gateway 'http'); without one the server log takes their place: with the text in the demonstration mode,
without it elsewhere, for a log is no place for codes.
"""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from django.conf import settings

from linli.kernel.crypto import masked_phone
from linli.kernel.ids import uuid7
from linli.kernel.memo import remember
from linli.kernel.models import Setting

log = logging.getLogger(__name__)
SETTING = "phone_channel"


class Channel(Protocol):
    """A way to a phone. ``send`` returns when the text was handed over, or raises ``NotSent``.

    ``key`` names the text: a gateway that is handed the same key twice sends once.
    """

    def send(self, phone: str, text: str, key: str) -> None: ...


class NotSent(Exception):
    """The gateway did not take the text; it may be tried again, unless it is ``final``: refused for what it is."""

    def __init__(self, words: str = "", *, final: bool = False) -> None:
        super().__init__(words)
        self.final = final


class LogChannel:
    """Stands where no gateway is."""

    def send(self, phone: str, text: str, key: str) -> None:
        log.info("no gateway: to %s: %s", masked_phone(phone), text if settings.LINLI_DEMO else "(not shown)")


Factory = Callable[[dict[str, Any]], Channel]
_gateways: dict[str, Factory] = {}


def register(name: str, factory: Factory) -> None:
    """Offer a gateway: the setting's other values are what ``factory`` is called with."""
    _gateways[name] = factory


def current() -> Channel:
    """Return the gateway that the setting names, else the log."""
    chosen = _chosen()
    factory = _gateways.get(str(chosen.get("name", "")))
    return factory(chosen) if factory else LogChannel()


def ready() -> bool:
    """Whether a text would reach somebody: a gateway stands, or this is a demonstration whose log is read."""
    return settings.LINLI_DEMO or connected()


def connected() -> bool:
    """Whether a gateway stands."""
    return str(_chosen().get("name", "")) in _gateways


def send(phone: str, text: str, *, key: str = "") -> None:
    """Send a text to a normal phone number; raises ``NotSent``. Without a ``key`` it is a text of its own."""
    current().send(phone, text, key or str(uuid7()))


def _chosen() -> dict[str, Any]:
    def load() -> dict[str, Any]:
        value = Setting.objects.filter(key=SETTING).values_list("value", flat=True).first()
        if isinstance(value, dict) and value:
            return value
        return {"name": "http"} if settings.LINLI_SMS_ADDRESS and settings.LINLI_SMS_SECRET else {}

    return remember(f"orgs:{SETTING}", load)
