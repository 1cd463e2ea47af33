"""Single sign-on: off to the identity provider, and back."""

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.orgs import queries
from linli.orgs.actions import signing
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.browser import own_page
from linli.orgs.signin import oidc
from linli.orgs.views.entering import first_factor_done
from linli.orgs.views.sign_in import page

log = logging.getLogger(__name__)
UNDER_WAY = "oidc"
# how long one may take at the provider
SECONDS = 900


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider. By GET, for the content security policy lets no form lead to another host."""
    provider, target = oidc.provider_of(queries.setting("oidc")), own_page(request, request.GET.get("next", ""))
    if provider is None:
        return redirect("orgs:sign_in")
    try:
        begun = oidc.begin(provider, redirect_uri=_back(request))
    except oidc.Untrusted as reason:
        log.warning("single sign-on does not begin: %s", reason)
        return page(request, target=target, error=_("统一认证现在没有回应，请用别的方式登录。"), status=502)
    request.session.flush()
    request.session[UNDER_WAY] = {
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "target": target,
        "at": int(request.now.timestamp()),
    }
    request.session.set_expiry(SECONDS)
    return HttpResponseRedirect(begun.address)


@never_cache
@require_safe
def finish(request: HttpRequest) -> HttpResponse:
    """Take what the provider sent back. The state must be the one that this browser left with, once."""
    noted, provider = request.session.pop(UNDER_WAY, None), oidc.provider_of(queries.setting("oidc"))
    if noted is None or provider is None or int(request.now.timestamp()) - noted["at"] > SECONDS:
        return redirect("orgs:sign_in")
    target = noted["target"]
    if not constant_time_compare(request.GET.get("state", ""), noted["state"]):
        return page(request, target=target, error=_("这次登录不是从这里开始的，请重新登录。"), status=400)
    code = request.GET.get("code", "")[:4000]
    if not code:
        return page(request, target=target, error=_("统一认证没有让您通过，请重试，或用别的方式登录。"), status=403)
    try:
        identity = oidc.finish(
            provider,
            code=code,
            verifier=noted["verifier"],
            nonce=noted["nonce"],
            redirect_uri=_back(request),
            at=request.now,
            said_issuer=request.GET.get("iss", ""),
        )
        user = signing.sign_in_by_identity(identity=identity, at=request.now)
    except oidc.Untrusted as reason:
        log.warning("single sign-on refused: %s", reason)
        return page(
            request, target=target, error=_("统一认证的回答核对不上，没有登录。请重试，或用别的方式登录。"), status=502
        )
    except NotSignedIn as refused:
        return page(request, target=target, error=refused.words, status=403)
    return first_factor_done(request, user, how="sso", target=target, resume="")


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("orgs:sso_done"))
