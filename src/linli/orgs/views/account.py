"""One's own account: who one is here, where one is signed in, password, second factor, and what other areas add."""

from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.crypto import blind, masked_phone, unseal
from linli.orgs import queries
from linli.orgs.actions import signing
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.enums import ROLES
from linli.orgs.guards import account_required
from linli.orgs.models import User
from linli.orgs.registry import account_panels
from linli.orgs.signin import appointing, wechat
from linli.orgs.views.entering import first_factor_done
from linli.orgs.views.words import records_of

SAID = {
    "ended": lambda: _("已经退出那里的登录。"),
    "password": lambda: _("密码改好了，别处的登录都已退出。"),
    "off": lambda: _("动态口令已停用。"),
    "name": lambda: _("称呼改好了。"),
}


@never_cache
@require_safe
@account_required
def account(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    sessions = [
        {
            "id": _session_id(row.session_key),
            "device": row.device or _("不认识的浏览器"),
            "since": row.created_at,
            "until": row.expire_date,
            "here": row.session_key == request.session.session_key,
        }
        for row in queries.sessions_of(user, at=request.now)
    ]
    held = queries.held_posts([user.pk], at=request.now)[user.pk]
    posts = [
        {"unit": post.organisation.name, "role": ROLES[post.role].name, "grid": post.grid, "since": post.since}
        for post in held
    ]
    said = SAID.get(request.GET.get("said", ""))
    context = {
        "me": user,
        "phone": masked_phone(unseal(user.phone_sealed)) if user.phone_sealed else "",
        "sessions": sorted(sessions, key=lambda one: not one["here"]),
        "held": posts,
        "code": appointing.code_of(user, at=request.now) if user.self_made else "",
        "records": records_of(user),
        "said": said() if said else "",
        "required": queries.needs_second_factor(user, [post.role for post in held]),
        "wechat": queries.tied_since(user),
        "wechat_stands": wechat.stands(),
        "panels": account_panels(request),
    }
    return render(request, "orgs/account.html", context)


def _session_id(key: str) -> str:
    """What a page says instead of a session's key, which would let whoever reads the page in."""
    return blind(key, purpose="session-id")[:16]


@require_POST
@account_required
def end_session(request: HttpRequest) -> HttpResponse:
    """End one of one's other sessions (POST ``session``), or all of them (POST ``all``)."""
    user, here = request.user, request.session.session_key
    wanted = request.POST.get("session", "")
    if request.POST.get("all"):
        signing.end_sessions(user=user, keep=here)
    else:
        for row in queries.sessions_of(user, at=request.now):
            if _session_id(row.session_key) == wanted:
                signing.end_sessions(user=user, keep=here, only=row.session_key)
    return redirect(f"{reverse('orgs:account')}?said=ended")


@require_POST
@account_required
def rename(request: HttpRequest) -> HttpResponse:
    """A resident says how they want to be called; a member of staff's name is the manager's to change."""
    try:
        signing.change_own_name(user=request.user, name=request.POST.get("name", ""), by=request.actor, at=request.now)
    except ValidationError as error:
        context = {"error": error.messages[0], "name": request.POST.get("name", "")[:200]}
        return render(request, "orgs/rename.html", context, status=422)
    return redirect(f"{reverse('orgs:account')}?said=name")


@never_cache
@sensitive_post_parameters("password_old", "password_new", "password_again")
@require_http_methods(["GET", "POST"])
@account_required
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password, or set the first one."""
    user, errors = User.objects.get(pk=request.user.pk), {}
    if request.method == "POST":
        new = request.POST.get("password_new", "")
        if new != request.POST.get("password_again", ""):
            errors = {"password_again": [_("两次输入的新密码不一样。")]}
        else:
            try:
                changed = signing.change_password(
                    user=user,
                    old=request.POST.get("password_old", ""),
                    new=new,
                    keep_session=request.session.session_key,
                    at=request.now,
                )
                update_session_auth_hash(request, changed)
                return redirect(f"{reverse('orgs:account')}?said=password")
            except ValidationError as error:
                errors = error.message_dict
    context = {"errors": errors, "has_password": user.has_usable_password(), "back": reverse("orgs:account")}
    return render(request, "orgs/password.html", context, status=422 if errors else 200)


@never_cache
@sensitive_post_parameters("password_new", "password_again")
@require_http_methods(["GET", "POST"])
def password_link(request: HttpRequest, token: str) -> HttpResponse:
    """Set a password by a link that somebody was given; then sign in with it, second factor included."""
    link, errors = signing.link_for(token, at=request.now), {}
    if link is None:
        return render(request, "orgs/password_link.html", {"link": None, "errors": {}}, status=410)
    if request.method == "POST":
        new = request.POST.get("password_new", "")
        if new != request.POST.get("password_again", ""):
            errors = {"password_again": [_("两次输入的新密码不一样。")]}
        else:
            try:
                user = signing.set_password_by_link(token=token, new=new, at=request.now)
                return first_factor_done(request, user, how="link", target="", resume="")
            except NotSignedIn:
                return render(request, "orgs/password_link.html", {"link": None, "errors": {}}, status=410)
            except ValidationError as error:
                errors = error.message_dict
    return render(request, "orgs/password_link.html", {"link": link, "errors": errors}, status=422 if errors else 200)
