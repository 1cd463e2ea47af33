"""Who is asking: the signed-in user and their posts, read only when a page looks at them."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from linli.kernel.policy import Refused, SignInNeeded
from linli.orgs import browser
from linli.orgs.actors import Actor, actor_for
from linli.orgs.queries import needs_second_factor
from linli.orgs.sessions import ONE_FACTOR


def signed_in(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every request ``now`` (one moment for all it does), ``user`` and ``actor``."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.now = datetime.now(UTC)  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment]
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        due = isinstance(exception, Refused) and getattr(request, "second_factor_due", False)
        if not due and not isinstance(exception, SignInNeeded):
            return None
        # the page of the sign-in stands above this module; it is only needed here
        from linli.orgs.views.sign_in import ask, step_up

        return step_up(request) if due else ask(request)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def _actor(request: HttpRequest) -> Actor:
    key, cases = browser.key_of(request), browser.opened_by(request)
    if not request.user.is_authenticated:
        return Actor(key=key, cases=cases)
    actor = actor_for(request.user, at=request.now, key=key, cases=cases)  # type: ignore[attr-defined]
    one_factor = actor.staff and request.session.get(ONE_FACTOR)
    if one_factor and needs_second_factor(request.user, [post.role for post in actor.posts]):
        # a post given since, or a rule made since: until the second factor is shown the session is that of a resident
        request.second_factor_due = True  # type: ignore[attr-defined]
        return dataclasses.replace(actor, posts=())
    return actor
