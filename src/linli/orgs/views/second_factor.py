"""The second factor: asked for while signing in, set up (of one's own will or because it is required), shown, taken off."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.address import client_address
from linli.kernel.crypto import seal, unseal
from linli.orgs import queries
from linli.orgs.actions import signing
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.guards import account_required
from linli.orgs.models import User
from linli.orgs.sessions import ONE_FACTOR
from linli.orgs.signin import totp
from linli.orgs.views.entering import begin_session, enter, onward, pending

# the secret of an app that is being set up, sealed: it becomes the user's only with a right code
DRAFT = "totp_draft"


@never_cache
@sensitive_post_parameters("otp")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The second step of signing in."""
    found = pending(request)
    if found is None:
        return redirect("orgs:sign_in")
    user, noted = found
    error = ""
    if request.method == "POST":
        try:
            signing.check_second_factor(
                user=user, code=request.POST.get("otp", ""), address=client_address(request), at=request.now
            )
        except NotSignedIn as refused:
            error = refused.words
        else:
            return enter(request, user, how=noted["how"], target=noted["target"], resume=noted["resume"], second=True)
    return render(request, "orgs/second_factor.html", {"error": error}, status=422 if error else 200)


@never_cache
@sensitive_post_parameters("otp")
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Set a second factor up in the middle of signing in, where one's posts require it."""
    found = pending(request)
    if found is None:
        return redirect("orgs:sign_in")
    user, noted = found
    if user.has_second_factor:
        return redirect("orgs:second_factor")
    error, codes = _set_up(request, user)
    if codes:
        user.refresh_from_db()
        begin_session(request, user, how=noted["how"], resume=noted["resume"], second=True)
        onward_to = resolve_url(onward(request, user, target=noted["target"], resume=noted["resume"]))
        return render(request, "orgs/recovery_codes.html", {"codes": codes, "onward": onward_to})
    return _enrol_page(request, user, error, required=True)


@never_cache
@sensitive_post_parameters("otp")
@require_http_methods(["GET", "POST"])
@account_required
def set_up(request: HttpRequest) -> HttpResponse:
    """Set a second factor up of one's own will."""
    user = User.objects.get(pk=request.user.pk)
    if user.has_second_factor:
        return redirect("orgs:account")
    error, codes = _set_up(request, user)
    if codes:
        request.session.pop(ONE_FACTOR, None)
        return render(request, "orgs/recovery_codes.html", {"codes": codes, "onward": resolve_url("orgs:account")})
    return _enrol_page(request, user, error, required=False)


@never_cache
@sensitive_post_parameters("otp")
@require_POST
@account_required
def take_off(request: HttpRequest) -> HttpResponse:
    """Take the second factor off, against one more of its codes, unless one's posts require it."""
    user = User.objects.get(pk=request.user.pk)
    required = queries.needs_second_factor(user, queries.roles_in_force(user, at=request.now))
    try:
        if required:
            raise NotSignedIn(_("您的岗位必须有动态口令，不能停用。换了手机，请上一级重设。"))
        signing.check_second_factor(
            user=user, code=request.POST.get("otp", ""), address=client_address(request), at=request.now
        )
    except NotSignedIn as refused:
        return render(request, "orgs/take_off.html", {"error": refused.words}, status=422)
    signing.remove_second_factor(user=user, at=request.now)
    return redirect(f"{resolve_url('orgs:account')}?said=off")


def _set_up(request: HttpRequest, user: User) -> tuple[str, list[str]]:
    if request.method != "POST" or DRAFT not in request.session:
        return "", []
    secret = unseal(request.session[DRAFT])
    try:
        codes = signing.set_up_second_factor(user=user, secret=secret, code=request.POST.get("otp", ""), at=request.now)
    except ValidationError as error:
        return error.messages[0], []
    del request.session[DRAFT]
    return "", codes


def _enrol_page(request: HttpRequest, user: User, error: str, *, required: bool) -> HttpResponse:
    if DRAFT not in request.session:
        request.session[DRAFT] = seal(totp.new_secret())
    secret = unseal(request.session[DRAFT])
    uri = totp.uri(secret, account=user.username, issuer=str(settings.LINLI_CITY_NAME))
    context = {
        "qr": mark_safe(totp.qr_svg(uri)),
        "secret": totp.grouped(secret),
        "error": error,
        "required": required,
    }
    return render(request, "orgs/enrol.html", context, status=422 if error else 200)
