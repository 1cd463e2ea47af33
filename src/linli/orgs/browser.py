"""What a reporter's browser keeps instead of an account: a signed random token, and the cases it opened by code.

Whoever is signed in has a key of their account instead: what they do stays with the account, and out of reach of the next person at the
same computer once they sign out. What was done here without an account stays with the browser until somebody tells it to forget.
"""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from linli.kernel.crypto import blind

TOKEN = "linli_me"
OPENED = "linli_opened"
YEAR, DAY = 365 * 24 * 3600, 24 * 3600
MOST_OPENED = 10


def own_page(request: HttpRequest, target: str) -> str:
    """Return an address of this host, or the empty string for any other: a bare word is none, ``redirect`` would look for its name."""
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if own and target.startswith(("/", "http://", "https://")) else ""


def key_of(request: HttpRequest) -> str:
    """Return the key of whoever asks: of their account if they are signed in, else of this browser, '' if it has none yet."""
    return account_key(request.user) if request.user.is_authenticated else kept_key(request)


def account_key(user: Any) -> str:
    """Return the key of an account."""
    return blind(f"account:{user.pk}", purpose="browser")


def kept_key(request: HttpRequest) -> str:
    """Return the key of what was done in this browser without an account, or the empty string if nothing was."""
    token = request.get_signed_cookie(TOKEN, default="", salt=TOKEN, max_age=YEAR)
    return blind(token, purpose="browser") if token else ""


def opened_by(request: HttpRequest) -> frozenset[str]:
    """Return the ids of the cases that this browser opened with a code and the four digits."""
    kept = request.get_signed_cookie(OPENED, default="", salt=OPENED, max_age=DAY)
    return frozenset(kept.split(",")) if kept else frozenset()


def give_token(request: HttpRequest, response: HttpResponse) -> str:
    """Return the key of whoever asks, giving a browser that is not signed in a token first if it has none."""
    key = key_of(request)
    if key:
        return key
    token = secrets.token_urlsafe(24)
    _set(request, response, TOKEN, token, YEAR)
    return blind(token, purpose="browser")


def remember_opened(request: HttpRequest, response: HttpResponse, case_id: str) -> None:
    """Let this browser read one more case for a day, the last few of those opened by code."""
    kept = [one for one in opened_by(request) if one != case_id][-(MOST_OPENED - 1) :]
    _set(request, response, OPENED, ",".join([*kept, case_id]), DAY)


def close_opened(response: HttpResponse) -> None:
    """Close what this browser opened by code."""
    response.delete_cookie(OPENED, samesite="Lax")


def forget(response: HttpResponse) -> None:
    """Let this browser forget what was done in it without an account."""
    close_opened(response)
    response.delete_cookie(TOKEN, samesite="Lax")


def _set(request: HttpRequest, response: HttpResponse, name: str, value: str, seconds: int) -> None:
    response.set_signed_cookie(
        name, value, salt=name, max_age=seconds, httponly=True, samesite="Lax", secure=request.is_secure()
    )
