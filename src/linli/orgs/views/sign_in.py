"""The sign-in page: phone code or password, the accounts of a demonstration, and the forms that wait meanwhile."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.address import client_address
from linli.kernel.limits import TooMany
from linli.orgs import channels, queries
from linli.orgs.actions import signing
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.browser import own_page
from linli.orgs.models import User
from linli.orgs.signin import oidc, wechat
from linli.orgs.signin import resume as resuming
from linli.orgs.views.entering import DESK, HOW, RESUME, first_factor_done, waiting_tie


def ask(request: HttpRequest) -> HttpResponse:
    """Answer a request that needs an account: to the sign-in page, with what was posted kept in it."""
    here = request.get_full_path()
    if "HX-Request" in request.headers:
        current = own_page(request, request.headers.get("HX-Current-URL", "")) or DESK
        response = HttpResponse(status=401)
        response.headers["HX-Redirect"] = f"{reverse('orgs:sign_in')}?{urlencode({'next': current})}"
        return response
    if request.method == "POST":
        kept = resuming.pack(request)
        return page(request, target=_page_of(request), resume=kept, expired=True, status=401)
    return HttpResponseRedirect(f"{reverse('orgs:sign_in')}?{urlencode({'next': here})}")


def step_up(request: HttpRequest) -> HttpResponse:
    """Ask somebody who signed in with one factor for the second, which their posts need; what was posted is kept meanwhile."""
    posted, partial = request.method == "POST", "HX-Request" in request.headers
    kept = resuming.pack(request) if posted and not partial else ""
    current = own_page(request, request.headers.get("HX-Current-URL", "")) or DESK
    target = current if partial else _page_of(request) if posted else request.get_full_path()
    how = request.session.get(HOW, "")
    asked = first_factor_done(request, User.objects.get(pk=request.user.pk), how=how, target=target, resume=kept)
    if not partial:
        return asked
    response = HttpResponse(status=401)
    response.headers["HX-Redirect"] = asked.headers["Location"]
    return response


def _page_of(request: HttpRequest) -> str:
    """The page on which a posted form stood, as far as the browser tells."""
    return own_page(request, request.headers.get("Referer", "")) or DESK


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET: the page. POST: user name and password."""
    target = own_page(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target or (DESK if request.actor.staff else "shell:home"))
        way = request.GET.get("with", "")
        return page(request, way=way if way in ("phone", "password") else "", target=target)
    kept = request.POST.get("resume", "")
    try:
        user = signing.sign_in_by_password(
            name=request.POST.get("username", ""),
            password=request.POST.get("password", ""),
            address=client_address(request),
            at=request.now,
        )
    except NotSignedIn as refused:
        name = request.POST.get("username", "")[:100]
        return page(request, way="password", target=target, resume=kept, error=refused.words, name=name, status=422)
    return first_factor_done(request, user, how="password", target=target, resume=kept)


@never_cache
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """Send a code to the phone that was typed, and show where to type it. The answer tells nothing about accounts."""
    typed, target = request.POST.get("phone", "")[:40], own_page(request, request.POST.get("next", ""))
    kept = request.POST.get("resume", "")
    common = {"way": "phone", "target": target, "resume": kept, "phone": typed}
    try:
        number = signing.send_code(phone=typed, address=client_address(request), at=request.now)
    except ValidationError as error:
        return page(request, **common, error=error.messages[0], status=422)
    except TooMany as refused:
        minutes = -(-refused.retry_after // 60)
        words = _("验证码发得太频繁，请等 %(minutes)d 分钟再发。刚才那条 5 分钟内还有效。") % {"minutes": minutes}
        # the code that was sent before can still be typed
        response = page(request, **common, sent=True, error=words, status=429)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    except NotSignedIn as refused:
        return page(request, **common, error=refused.words, status=502)
    return page(request, **common | {"phone": number}, sent=True)


@never_cache
@sensitive_post_parameters("code")
@require_POST
def by_code(request: HttpRequest) -> HttpResponse:
    """Sign in with the code that came by phone."""
    target, kept = own_page(request, request.POST.get("next", "")), request.POST.get("resume", "")
    typed = request.POST.get("phone", "")[:40]
    try:
        user = signing.sign_in_by_code(
            phone=typed, code=request.POST.get("code", ""), address=client_address(request), at=request.now
        )
    except NotSignedIn as refused:
        words, sent = refused.words, True
    except ValidationError as error:
        words, sent = error.messages[0], False
    else:
        return first_factor_done(request, user, how="code", target=target, resume=kept)
    return page(request, way="phone", target=target, resume=kept, phone=typed, sent=sent, error=words, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Show what somebody had written when their session ended, with one button that hands it in. POST: throw it away."""
    kept = resuming.unpack(request.session.get(RESUME, "")) if request.user.is_authenticated else None
    if kept is None or request.method == "POST":
        request.session.pop(RESUME, None)
        return redirect(DESK if request.user.is_authenticated and request.actor.staff else "shell:home")
    words = [value for _name, value in kept.fields if not value.isascii() or " " in value.strip()]
    return render(request, "orgs/resume.html", {"kept": kept, "words": words[:20]})


def page(
    request: HttpRequest,
    *,
    way: str = "",
    target: str = "",
    resume: str = "",
    error: str = "",
    phone: str = "",
    name: str = "",
    sent: bool = False,
    expired: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the sign-in page. ``resume`` is a form that waits, ``expired`` says that a session ended before it was taken."""
    reached = channels.ready()
    context = {
        "way": (way or "phone") if reached else "password",
        "reached": reached,
        "target": target,
        "resume": resume,
        "error": error,
        "phone": phone,
        "name": name,
        "sent": sent,
        "expired": expired,
        "accounts": queries.demo_accounts(),
        "unknown": waiting_tie(request) is not None,
        "wechat": wechat.app_for(request.headers.get("User-Agent", "")) is not None,
        "sso": oidc.provider_of(queries.setting("oidc")) is not None,
    }
    return render(request, "orgs/sign_in.html", context, status=status)
