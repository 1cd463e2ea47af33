"""Management pages of staff accounts: the list, one of them, making, helping, closing."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.crypto import masked_phone, unseal
from linli.orgs import queries
from linli.orgs.actions import accounts as acts
from linli.orgs.actors import today
from linli.orgs.forms.posts import AccountChangeForm, AccountForm
from linli.orgs.guards import manager_required
from linli.orgs.models import User
from linli.orgs.views.listing import Column, chip, chosen, export, listing
from linli.orgs.views.posts import _grids
from linli.orgs.views.words import records_of

STATES = (
    ("active", gettext_lazy("启用")),
    ("locked", gettext_lazy("锁定中")),
    ("postless", gettext_lazy("没有岗位")),
    ("closed", gettext_lazy("停用")),
    ("", gettext_lazy("全部")),
)


def _columns(at) -> tuple[Column, ...]:
    return (
        Column("name", gettext_lazy("姓名"), lambda row: row.label, ("name",)),
        Column("username", gettext_lazy("用户名"), lambda row: row.username, ("username",)),
        Column("phone", gettext_lazy("手机号"), _phone),
        Column("second", gettext_lazy("动态口令"), lambda row: _("有") if row.has_second_factor else _("没有")),
        Column("state", gettext_lazy("状态"), lambda row: _state(row, at), ("is_active", "name")),
        Column("login", gettext_lazy("上次登录"), lambda row: row.last_login or "", ("last_login",)),
    )


def _phone(user: User) -> str:
    return masked_phone(unseal(user.phone_sealed)) if user.phone_sealed else ""


def _state(user: User, at) -> str:
    if not user.is_active:
        return _("停用")
    return _("锁定中") if user.locked_until and user.locked_until > at else _("启用")


@require_safe
@manager_required
def manage(request: HttpRequest) -> HttpResponse:
    state = chosen(request, "state", STATES)
    text = request.GET.get("q", "").strip()[:100]
    rows = queries.accounts(request.actor, queries.AccountFilter(text=text, state=state), at=request.now)
    columns = _columns(request.now)
    if request.GET.get("export") == "csv":
        return export(request, rows, columns, default="name", name=_("账号"))
    found = listing(request, rows, columns, default="name")
    context = {
        "found": found,
        "text": text,
        "held": queries.held_posts([row.pk for row in found.rows], at=request.now),
        "phones": {row.pk: _phone(row) for row in found.rows},
        "chips": [chip(request, "state", _("状态"), STATES, current=state)],
    }
    return render(request, "orgs/accounts.html", context)


def _visible(request: HttpRequest, user_id: int) -> User:
    return get_object_or_404(queries.visible_accounts(request.actor), pk=user_id)


@require_safe
@manager_required
def account(request: HttpRequest, user_id: int) -> HttpResponse:
    user = _visible(request, user_id)
    everything = (
        queries.visible_posts(request.actor).filter(user=user).select_related("organisation", "grid", "compound")
    )
    context = {
        "person": user,
        "phone": _phone(user),
        "held": everything.order_by("-since", "-pk"),
        "day": today(request.now),
        "locked": user.locked_until if user.locked_until and user.locked_until > request.now else None,
        "may": acts.may_manage(user, by=request.actor, at=request.now),
        "records": records_of(user),
    }
    return render(request, "orgs/account_page.html", context)


@require_http_methods(["GET", "POST"])
@manager_required
def new(request: HttpRequest) -> HttpResponse:
    """Make an account with its first post, and a link by which its owner sets a password."""
    start = {"since": today(request.now), "unit": request.GET.get("unit", "")[:18]}
    form = AccountForm(request.POST or None, by=request.actor, at=request.now, initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        fields = ("role", "unit", "since", "until", "grid", "compound")
        first = acts.FirstPost(**{name: data[name] for name in fields})
        try:
            made = acts.make_account(
                username=data["username"],
                name=data["name"],
                phone=data["phone"],
                post=first,
                by=request.actor,
                at=request.now,
            )
            return redirect("orgs:account_page", made.pk)
        except ValidationError as error:
            form.add(error)
    context = {"form": form, "grids": _grids(request, form)}
    return render(request, "orgs/account_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@manager_required
def edit(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change name, user name, phone."""
    user = _visible(request, user_id)
    acts.may_manage(user, by=request.actor, at=request.now).enforce()
    start = {"name": user.name, "username": user.username}
    form = AccountChangeForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            acts.change_account(
                user=user,
                name=data["name"],
                username=data["username"],
                phone=form.new_phone(),
                by=request.actor,
                at=request.now,
            )
            return redirect("orgs:account_page", user.pk)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                form.add_error(name, messages)
    context = {"form": form, "person": user, "phone": _phone(user)}
    return render(request, "orgs/account_edit.html", context, status=422 if form.is_bound else 200)


ACTS = {
    "close": acts.close_account,
    "open": acts.open_account,
    "unlock": acts.unlock_account,
    "reset": acts.reset_second_factor,
}


@require_POST
@manager_required
def act(request: HttpRequest, user_id: int) -> HttpResponse:
    """Do what POST ``act`` names: close, open, unlock, reset."""
    user = _visible(request, user_id)
    function = ACTS.get(request.POST.get("act", ""))
    if function is not None:
        function(user=user, by=request.actor, at=request.now)
    return redirect("orgs:account_page", user.pk)


@never_cache
@require_POST
@manager_required
def link(request: HttpRequest, user_id: int) -> HttpResponse:
    """Make a link for setting a password and show it, this once."""
    user = _visible(request, user_id)
    try:
        token = acts.make_password_link(user=user, by=request.actor, at=request.now)
    except ValidationError:
        return redirect("orgs:account_page", user.pk)
    context = {
        "person": user,
        "link": request.build_absolute_uri(reverse("orgs:password_link", args=[token])),
        "days": acts.LINK_LIFE.days,
    }
    return render(request, "orgs/link.html", context)
