"""Who gets to a page at all: a view for staff is closed to everyone who holds no post today."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.kernel.policy import Refused

View = Callable[..., HttpResponse]


def account_required(view: View) -> View:
    """Let only people in who are signed in; others are asked to, and what they posted is kept meanwhile."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        # the page of the sign-in stands above this module; it is only needed here
        from linli.orgs.views.sign_in import ask

        return ask(request)

    return guarded


def staff_required(view: View) -> View:
    """Let only people with a post in; others are asked to sign in, or told why not."""

    @wraps(view)
    @account_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
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
