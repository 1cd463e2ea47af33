"""The management page of how people sign in."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from linli.kernel.models import Setting
from linli.orgs import channels, policies
from linli.orgs.actions import sign_in_settings as acts
from linli.orgs.guards import manager_required
from linli.orgs.signin import wechat
from linli.orgs.views.words import records_of


@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "POST"])
@manager_required
def page(request: HttpRequest) -> HttpResponse:
    policies.can_change_settings(request.actor).enforce()
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            if request.POST.get("what") == "provider":
                acts.change_provider(
                    issuer=request.POST.get("issuer", ""),
                    client_id=request.POST.get("client_id", ""),
                    client_secret=request.POST.get("client_secret", ""),
                    by=request.actor,
                    at=request.now,
                )
            else:
                acts.require_second_factor(
                    required=request.POST.get("required") == "1", by=request.actor, at=request.now
                )
            return redirect(reverse("orgs:settings"))
        except ValidationError as error:
            errors = error.message_dict if hasattr(error, "error_dict") else {"issuer": error.messages}
    kept = dict(Setting.objects.filter(key__in=("oidc", "require_second_factor")).values_list("key", "value"))
    provider = kept.get("oidc") if isinstance(kept.get("oidc"), dict) else {}
    typed = request.POST if errors else provider
    context = {
        "required": bool(kept.get("require_second_factor")),
        "issuer": typed.get("issuer", ""),
        "client_id": typed.get("client_id", ""),
        "has_secret": bool(provider),
        "reached": channels.ready(),
        "back_address": request.build_absolute_uri(reverse("orgs:sso_done")),
        "wechat_website": wechat.app(inside=False) is not None,
        "wechat_inside": wechat.app(inside=True) is not None,
        "host": request.get_host().partition(":")[0],
        "errors": {name: messages[0] for name, messages in errors.items()},
        "records": records_of(acts.SUBJECT),
    }
    return render(request, "orgs/settings.html", context, status=422 if errors else 200)
