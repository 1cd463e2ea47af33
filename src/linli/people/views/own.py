"""What is kept about oneself: who looked at it, taking it away, having it erased."""

import json

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.display import local
from linli.kernel.exports import download
from linli.orgs import browser
from linli.orgs.guards import account_required
from linli.orgs.models import User
from linli.orgs.queries import ever_held
from linli.orgs.registry import account_panel
from linli.people import actions, policies, queries

SHOWN = 5


@account_panel(order=10)
def panel(request: HttpRequest) -> dict | None:
    """What the page /account/ shows of this area, to whoever signed in with a phone."""
    user = User.objects.get(pk=request.user.pk)
    if not user.phone_blind:
        return None
    looked = queries.accesses_of(user)
    try:
        mine = reverse("matters:mine")
    except NoReverseMatch:
        mine = ""
    return {"template": "people/panel.html", "looked": looked[:SHOWN], "count": len(looked), "mine": mine}


@never_cache
@require_safe
@account_required
def accesses(request: HttpRequest) -> HttpResponse:
    """Everybody who looked at one's contact: who, what for, when."""
    user = User.objects.get(pk=request.user.pk)
    context = {
        "looked": queries.accesses_of(user),
        "contacts": queries.visible_to(user).count(),
        "back": reverse("orgs:account"),
    }
    return render(request, "people/accesses.html", context)


@never_cache
@require_safe
@account_required
def export(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about oneself, as a file."""
    found = queries.export_of(User.objects.get(pk=request.user.pk), at=request.now)
    content = json.dumps(found, ensure_ascii=False, indent=2).encode()
    name = f"linli-{local(request.now).date().isoformat()}.json"
    return download(content, name=name, mime="application/json")


@never_cache
@require_http_methods(["GET", "POST"])
@account_required
def erase(request: HttpRequest) -> HttpResponse:
    """Say what is erased and what the law keeps, then do it: the contacts (POST ``what`` = contacts) or the account too."""
    user = User.objects.get(pk=request.user.pk)
    may = policies.can_erase_account(request.actor, own=True, ever_staff=ever_held(user, at=request.now))
    error = ""
    if request.method == "POST":
        if request.POST.get("sure") != "1":
            error = _("请先点上“我知道不能恢复”。")
        elif request.POST.get("what") == "account":
            actions.erase_account(user=user, by=request.actor, at=request.now)
            logout(request)
            response = render(request, "people/erased.html", {"account": True})
            browser.close_opened(response)
            return response
        else:
            actions.erase_contacts(user=user, by=request.actor, at=request.now)
            return redirect("orgs:account")
    context = {
        "may": may,
        "contacts": queries.visible_to(user).count(),
        "error": error,
        "back": reverse("orgs:account"),
    }
    return render(request, "people/erase.html", context, status=422 if error else 200)
