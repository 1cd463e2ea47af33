"""What every page template is given."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.addresses import address
from linli.shell.desk import desk_frame
from linli.shell.handbook import chapter_for
from linli.shell.naming import city_name


class CsrfToken:
    """The token against forgery: masked once for a page, however often it stands there, and only if it does."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._token: str | None = None

    def __html__(self) -> str:
        if self._token is None:
            self._token = get_token(self._request)
        return self._token

    __str__ = __html__


class CsrfInput:
    """The hidden field of every form that posts."""

    def __init__(self, token: CsrfToken) -> None:
        self._token = token

    def __html__(self) -> str:
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{self._token}">'

    __str__ = __html__


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables: presentation, language, who is asking (read lazily), the moment."""
    desk = desk_frame(request) if getattr(request, "mode", "") == "desk" and hasattr(request, "actor") else {}
    token = CsrfToken(request)
    return desk | {
        "user": getattr(request, "user", None),
        "actor": getattr(request, "actor", None),
        "mode": getattr(request, "mode", "resident"),
        "theme": getattr(request, "theme", "light"),
        "zoom": getattr(request, "zoom", "100"),
        "lang": get_language() or "zh-hans",
        "city_name": city_name(),
        "now": getattr(request, "now", None),
        "csrf_token": token,
        "csrf_input": CsrfInput(token),
        "foot_links": foot_links(request),
    }


def foot_links(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the ways that stand under every resident page. Whether somebody signed in is told from the cookie: nobody is looked up for it."""
    signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
    return [
        (_("我反映的"), address("matters:mine")),
        (_("谁查过我的信息"), address("people:accesses")),
        (_("更正或删除"), address("people:erase")),
        (_("地图"), address("places:map")),
        (_("帮助"), address("shell:handbook_chapter", chapter_for(request.path))),
        (_("我的账号"), address("orgs:account")) if signed_in else (_("登录"), address("orgs:sign_in")),
    ]
