"""How one is told: by which way, when, not when; and the e-mail address for it."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.channels import actions, queries, ways
from linli.channels.enums import Way
from linli.channels.models import Choice
from linli.kernel.address import client_address
from linli.kernel.crypto import unseal
from linli.kernel.limits import TooMany
from linli.orgs.guards import account_required
from linli.orgs.models import User
from linli.orgs.registry import account_panel

SAID = {
    "kept": lambda: _("记下了，以后照这样通知您。"),
    "sent": lambda: _("验证码已发到这个邮箱，15 分钟内有效。"),
    "proved": lambda: _("邮箱确认好了。现在可以选用电子邮件收通知。"),
    "gone": lambda: _("邮箱删掉了。"),
}


@account_panel(order=5)
def panel(request: HttpRequest) -> dict | None:
    """What the page /account/ shows of this area."""
    choice = queries.choice_of(request.user, at=request.now)
    return {"template": "channels/panel.html", "way": Way(choice.way).label, "off": choice.way == Way.NONE}


@never_cache
@require_http_methods(["GET", "POST"])
@account_required
def page(request: HttpRequest) -> HttpResponse:
    """The page; POST ``what``: choose, email, code, forget."""
    user = User.objects.get(pk=request.user.pk)
    if request.method != "POST":
        return _show(request, user)
    what = request.POST.get("what", "")
    try:
        said = {"email": _email, "code": _code, "forget": _forget}.get(what, _choose)(request, user)
    except ValidationError as error:
        errors = {name: found[0] for name, found in error.message_dict.items()}
        return _show(request, user, errors=errors, status=422)
    except TooMany as refused:
        words = _("要得太频繁，请过 %(minutes)d 分钟再要。") % {"minutes": -(-refused.retry_after // 60)}
        return _show(request, user, errors={"email": words}, status=429)
    except ways.NotSent:
        return _show(request, user, errors={"email": _("邮件没有发出去，请稍后再试。")}, status=502)
    return redirect(f"{reverse('channels:choose')}?said={said}")


def _choose(request: HttpRequest, user: User) -> str:
    given = request.POST
    actions.choose(
        user=user,
        way=given.get("way", ""),
        at_once=given.get("how") == "at_once",
        hour=_hour(given.get("hour", "")),
        urgent=given.get("urgent") == "1",
        quiet_from=_hour(given.get("quiet_from", "")),
        quiet_until=_hour(given.get("quiet_until", "")),
        danger=given.get("danger") == "1",
        by=request.actor,
        at=request.now,
    )
    return "kept"


def _hour(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else -1


def _email(request: HttpRequest, user: User) -> str:
    email, sender = request.POST.get("email", ""), client_address(request)
    actions.ask_for_email(user=user, email=email, address=sender, by=request.actor, at=request.now)
    return "sent"


def _code(request: HttpRequest, user: User) -> str:
    if not actions.prove_email(user=user, code=request.POST.get("code", ""), by=request.actor, at=request.now):
        raise ValidationError({"code": [_("验证码不对，或者已经过期。")]})
    return "proved"


def _forget(request: HttpRequest, user: User) -> str:
    actions.forget_email(user=user, by=request.actor, at=request.now)
    return "gone"


def _show(request: HttpRequest, user: User, *, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    choice, offered = queries.choice_of(user, at=request.now), ways.offered()
    typed = request.POST if errors and request.POST.get("what") == "choose" else None
    said = SAID.get(request.GET.get("said", ""))
    context = {
        "chosen": _typed(typed) if typed else _kept(choice),
        "options": _options(choice, user, offered),
        "email_offered": Way.EMAIL in offered,
        "missing": [Way(way).label for way in (Way.EMAIL, Way.SMS) if way not in offered],
        "email": unseal(choice.email_sealed),
        "asked": unseal(choice.asked_sealed),
        "typed_email": request.POST.get("email", "")[:200],
        "hours": [(hour, f"{hour:02d}:00") for hour in range(24)],
        "staff": request.actor.staff,
        "errors": errors or {},
        "said": said() if said and not errors else "",
    }
    return render(request, "channels/choose.html", context, status=status)


def _options(choice: Choice, user: User, offered: list[Way]) -> list[tuple[str, str, str]]:
    """The ways as (value, name, what it takes)."""
    found = [(str(Way.NONE), Way.NONE.label, _("登录以后在页面上看，不发到别处。"))]
    if Way.EMAIL in offered:
        email = unseal(choice.email_sealed)
        hint = (
            _("发到 %(to)s，只写编号和办到哪一步，细节点链接登录看。") % {"to": email}
            if email
            else _("先在下面填邮箱并确认。")
        )
        found.append((str(Way.EMAIL), Way.EMAIL.label, hint))
    if Way.SMS in offered:
        phone = queries.masked_phone_of(user)
        hint = (
            _("发到 %(to)s，只写有几条，细节点链接登录看。") % {"to": phone}
            if phone
            else _("先用手机验证码登录一次，确认号码是您的。")
        )
        found.append((str(Way.SMS), Way.SMS.label, hint))
    return found


def _kept(choice: Choice) -> dict:
    return {
        "way": choice.way,
        "how": "at_once" if choice.at_once else "digest",
        "hour": choice.hour,
        "urgent": choice.urgent,
        "quiet_from": choice.quiet_from,
        "quiet_until": choice.quiet_until,
        "danger": choice.danger,
    }


def _typed(given: dict) -> dict:
    names = ("way", "how", "hour", "urgent", "quiet_from", "quiet_until", "danger")
    return {name: given.get(name, "")[:20] for name in names}
