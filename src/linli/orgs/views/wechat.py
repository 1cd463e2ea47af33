"""WeChat: off to it and back, signing in with it, tying it to one's account and letting it go."""

import logging

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.orgs import queries
from linli.orgs.actions import ties
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.browser import own_page
from linli.orgs.guards import account_required
from linli.orgs.models import User
from linli.orgs.signin import wechat
from linli.orgs.views.entering import TIE, first_factor_done, waiting_tie
from linli.orgs.views.sign_in import page as sign_in_page

log = logging.getLogger(__name__)
UNDER_WAY = "wechat"
# how long one may take at WeChat
SECONDS = 900


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to WeChat: to sign in, or for whoever is signed in to tie it to their account."""
    app = wechat.app_for(request.headers.get("User-Agent", ""))
    if app is None:
        return redirect("orgs:tie" if request.user.is_authenticated else "orgs:sign_in")
    begun = wechat.begin(app, redirect_uri=request.build_absolute_uri(reverse("orgs:wechat_done")))
    if not request.user.is_authenticated:
        request.session.flush()
        request.session.set_expiry(SECONDS)
    request.session[UNDER_WAY] = {
        "state": begun.state,
        "inside": app.inside,
        "user": request.user.pk,
        "target": own_page(request, request.GET.get("next", "")),
        "at": int(request.now.timestamp()),
    }
    return HttpResponseRedirect(begun.address)


@never_cache
@require_safe
def finish(request: HttpRequest) -> HttpResponse:
    """Take what WeChat sent back. The state must be the one that this browser left with, once, and nobody else may be signed in meanwhile."""
    noted = request.session.pop(UNDER_WAY, None)
    app = wechat.app(inside=noted["inside"]) if noted else None
    if app is None or int(request.now.timestamp()) - noted["at"] > SECONDS or noted["user"] != request.user.pk:
        return redirect("orgs:tie" if request.user.is_authenticated else "orgs:sign_in")
    if not constant_time_compare(request.GET.get("state", ""), noted["state"]):
        return _refused(request, noted, _("这次登录不是从这里开始的，请重新登录。"), status=400)
    code = request.GET.get("code", "")[:500]
    if not code:
        return _refused(request, noted, _("微信没有让您通过，请重试，或用别的方式登录。"), status=403)
    try:
        subjects = wechat.finish(app, code=code)
        if noted["user"] is not None:
            _let_wait(request, subjects)
            return redirect("orgs:tie")
        user = ties.sign_in_by_wechat(subjects=subjects, at=request.now)
    except wechat.Untrusted as reason:
        log.warning("WeChat refused: %s", reason)
        return _refused(request, noted, _("微信的回答核对不上，没有登录。请重试，或用别的方式登录。"), status=502)
    except NotSignedIn as refused:
        return _refused(request, noted, refused.words, status=403)
    if user is not None:
        return first_factor_done(request, user, how="wechat", target=noted["target"], resume="")
    # nobody's yet: it waits in the session, and whoever signs in now is asked whether it is theirs
    _let_wait(request, subjects)
    onward = f"{reverse('orgs:tie')}?{urlencode({'next': noted['target']})}"
    return redirect(f"{reverse('orgs:sign_in')}?{urlencode({'next': onward})}")


def _let_wait(request: HttpRequest, subjects: tuple[str, ...]) -> None:
    request.session[TIE] = {"subjects": list(subjects), "at": int(request.now.timestamp())}


def _refused(request: HttpRequest, noted: dict, words: str, *, status: int) -> HttpResponse:
    if request.user.is_authenticated:
        return _show(request, error=words, status=status)
    return sign_in_page(request, target=noted["target"], error=words, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@account_required
def tie(request: HttpRequest) -> HttpResponse:
    """Whether WeChat is tied; what came back from it and waits for a yes. POST ``go``: tie, not (it is not mine), untie."""
    if request.method != "POST":
        return _show(request)
    go, target = request.POST.get("go", ""), own_page(request, request.POST.get("next", ""))
    user = User.objects.get(pk=request.user.pk)
    try:
        if go == "untie":
            ties.untie(user=user, by=request.actor, at=request.now)
        else:
            noted = waiting_tie(request)
            request.session.pop(TIE, None)
            if go == "tie" and noted:
                ties.tie(user=user, subjects=noted["subjects"], by=request.actor, at=request.now)
    except ValidationError as error:
        return _show(request, error=error.messages[0], status=422)
    return redirect(target or "orgs:tie")


def _show(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    since = queries.tied_since(user)
    noted = waiting_tie(request)
    context = {
        "me": user,
        "since": since,
        "waits": noted is not None and not error,
        "minutes": (int(request.now.timestamp()) - noted["at"]) // 60 if noted else 0,
        "offered": wechat.app_for(request.headers.get("User-Agent", "")) is not None,
        "target": own_page(request, request.GET.get("next", "") or request.POST.get("next", "")),
        "error": error,
    }
    return render(request, "orgs/wechat.html", context, status=status)
