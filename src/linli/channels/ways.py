"""The ways out of the house: which there are, and handing a message over. ``NotSent`` (orgs.channels) where it was not taken."""

import logging
import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from linli.channels.enums import Way
from linli.kernel.memo import remember
from linli.kernel.models import Setting
from linli.orgs import channels

log = logging.getLogger(__name__)
SETTING = "notice_ways"
NotSent = channels.NotSent


def stands(way: str) -> bool:
    """Whether this installation has what a way needs: a gateway, or a demonstration whose log is read; and an address for its links."""
    if way not in (Way.EMAIL, Way.SMS) or not settings.LINLI_ADDRESS:
        return False
    return channels.ready() if way == Way.SMS else bool(settings.EMAIL_HOST) or settings.LINLI_DEMO


def pretends(way: str) -> bool:
    """Whether a way only stands because this is a demonstration: what would be sent is in the server's log."""
    return settings.LINLI_DEMO and not (channels.connected() if way == Way.SMS else bool(settings.EMAIL_HOST))


def allowed(way: str) -> bool:
    """Whether the administrators let notices go this way (they do until they say otherwise)."""

    def load() -> dict[str, bool]:
        value = Setting.objects.filter(key=SETTING).values_list("value", flat=True).first()
        return value if isinstance(value, dict) else {}

    return bool(remember(f"channels:{SETTING}", load).get(way, True))


def offered() -> list[Way]:
    """Return the ways that people may choose here."""
    return [way for way in (Way.EMAIL, Way.SMS) if stands(way) and allowed(way)]


def address(path: str) -> str:
    """Return where people reach a page of this installation from outside."""
    return settings.LINLI_ADDRESS + path


def masked_email(text: str) -> str:
    """Return an address with most of its name hidden: h***@example.com."""
    name, _at, host = text.rpartition("@")
    return f"{name[:1]}***@{host}"


def send_sms(phone: str, text: str, *, key: str) -> None:
    """Hand a text over; the gateway sends one ``key`` once."""
    channels.send(phone, text, key=key)


def send_email(to: str, subject: str, text: str, *, key: str, stop: str = "") -> None:
    """Hand an e-mail over. ``key`` makes its Message-ID, by which programs know a second copy; ``stop`` is the address that ends them."""
    if not settings.EMAIL_HOST:
        shown = f"{subject}\n{text}" if settings.LINLI_DEMO else "(not shown)"
        log.info("no mail server: to %s: %s", masked_email(to), shown)
        return
    host = urlsplit(settings.LINLI_ADDRESS).hostname or "linli"
    headers = {"Message-ID": f"<{key}@{host}>", "Auto-Submitted": "auto-generated"}
    if stop:
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    try:
        EmailMessage(subject, text, to=[to], headers=headers).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        raise NotSent(_("邮件服务器不收这个地址"), final=all(code >= 500 for code in codes)) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(f"{type(error).__name__}: {error}"[:300]) from error
