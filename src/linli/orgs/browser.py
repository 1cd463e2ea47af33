"""What a reporter's browser keeps instead of an account: a signed random token, and the cases it opened by code."""

import secrets

from django.http import HttpRequest, HttpResponse

from linli.kernel.crypto import blind

TOKEN = "linli_me"
OPENED = "linli_opened"
YEAR = 365 * 24 * 3600
MOST_OPENED = 10


def key_of(request: HttpRequest) -> str:
    """Return the key under which this browser's cases are kept, or the empty string if it has none yet."""
    token = request.get_signed_cookie(TOKEN, default="", salt=TOKEN, max_age=YEAR)
    return blind(token, purpose="browser") if token else ""


def opened_by(request: HttpRequest) -> frozenset[str]:
    """Return the ids of the cases that this browser opened with a code and the four digits."""
    kept = request.get_signed_cookie(OPENED, default="", salt=OPENED, max_age=YEAR)
    return frozenset(kept.split(",")) if kept else frozenset()


def give_token(request: HttpRequest, response: HttpResponse) -> str:
    """Return the browser's key, giving it a token first if it has none."""
    key = key_of(request)
    if key:
        return key
    token = secrets.token_urlsafe(24)
    _set(request, response, TOKEN, token)
    return blind(token, purpose="browser")


def remember_opened(request: HttpRequest, response: HttpResponse, case_id: str) -> None:
    """Let this browser see one more case, the last few of those opened by code."""
    kept = [one for one in opened_by(request) if one != case_id][-(MOST_OPENED - 1) :]
    _set(request, response, OPENED, ",".join([*kept, case_id]))


def _set(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_signed_cookie(
        name, value, salt=name, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
    )
