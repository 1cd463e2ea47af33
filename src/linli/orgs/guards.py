"""Who gets to a page at all: a view for staff is closed to everyone who holds no post today."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.kernel.policy import Refused

View = Callable[..., HttpResponse]


def staff_required(view: View) -> View:
    """Let only people with a post in; others are asked to sign in, or told why not."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.actor.staff:  # type: ignore[attr-defined]
            raise Refused(_("这里是工作人员的工作台，您目前没有任职。"))
        return view(request, *args, **kwargs)

    return guarded


def manager_required(view: View) -> View:
    """Let only people in who manage a place."""

    @wraps(view)
    @staff_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.managed:  # type: ignore[attr-defined]
            raise Refused(_("这里由管理人员设置，您的岗位不包括这项。"))
        return view(request, *args, **kwargs)

    return guarded
