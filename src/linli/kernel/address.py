"""From where a request came, as far as it can be believed: only for limits, never stored as it is."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the sender's address, an IPv6 address as its /64 network (one household or office holds all of it).

    X-Forwarded-For is believed for as many steps as there are reverse proxies of our own (``LINLI_TRUSTED_PROXIES``): each of
    them appended whom it heard, so the sender stands that many places from the end; what is further left anybody can invent.
    """
    direct = request.META.get("REMOTE_ADDR") or "0.0.0.0"
    proxies = settings.LINLI_TRUSTED_PROXIES
    if proxies:
        said = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(said) >= proxies:
            return _network(said[-proxies]) or _network(direct) or direct
    return _network(direct) or direct


def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
