"""Management pages of posts: who holds what where and since when; giving and ending."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.text import whole
from linli.orgs import policies, queries
from linli.orgs.actions import posts as acts
from linli.orgs.actors import today
from linli.orgs.enums import ROLES
from linli.orgs.forms.places import offered_grids
from linli.orgs.forms.posts import PostForm
from linli.orgs.guards import manager_required
from linli.orgs.models import Post
from linli.orgs.views.listing import Column, chip, chosen, export, listing
from linli.orgs.views.words import records_of

COLUMNS = (
    Column("name", gettext_lazy("姓名"), lambda row: row.user.label, ("user__name",)),
    Column("role", gettext_lazy("岗位"), lambda row: row.get_role_display(), ("role", "user__name")),
    Column("unit", gettext_lazy("单位"), lambda row: row.organisation.name, ("organisation__name", "user__name")),
    Column(
        "area", gettext_lazy("网格、小区"), lambda row: " ".join(str(part) for part in (row.grid, row.compound) if part)
    ),
    Column("since", gettext_lazy("任职日期"), lambda row: row.since.isoformat(), ("since",)),
    Column("until", gettext_lazy("离任日期"), lambda row: row.until.isoformat() if row.until else "", ("until",)),
)
STATES = (
    ("held", gettext_lazy("在任")),
    ("coming", gettext_lazy("将任")),
    ("ended", gettext_lazy("离任")),
    ("", gettext_lazy("全部")),
)


@require_safe
@manager_required
def manage(request: HttpRequest) -> HttpResponse:
    roles = (("", _("全部")), *((key, role.name) for key, role in ROLES.items()))
    state, role = chosen(request, "state", STATES), chosen(request, "role", roles)
    unit_id = whole(request.GET.get("unit", ""))
    text = request.GET.get("q", "").strip()[:100]
    wanted = queries.PostFilter(text=text, role=role, unit_id=unit_id, state=state)
    rows = queries.posts(request.actor, wanted, at=request.now)
    if request.GET.get("export") == "csv":
        return export(request, rows, COLUMNS, default="unit", name=_("任职"))
    context = {
        "found": listing(request, rows, COLUMNS, default="unit"),
        "text": text,
        "chips": [
            chip(request, "role", _("岗位"), roles, current=role),
            chip(request, "state", _("状态"), STATES, current=state),
        ],
        "unit": queries.visible_organisations(request.actor).filter(pk=unit_id).first() if unit_id else None,
        "day": today(request.now),
    }
    return render(request, "orgs/posts.html", context)


@require_http_methods(["GET", "POST"])
@manager_required
def new(request: HttpRequest) -> HttpResponse:
    """Give a post to somebody who has an account. GET may name ``unit`` and ``person``."""
    start = {
        "since": today(request.now),
        "unit": request.GET.get("unit", "")[:18],
        "person": request.GET.get("person", "")[:100],
    }
    form = PostForm(request.POST or None, by=request.actor, at=request.now, initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            post = acts.give_post(
                user=data["person"],
                role=data["role"],
                unit=data["unit"],
                grid=data["grid"],
                compound=data["compound"],
                since=data["since"],
                until=data["until"],
                code=form.code,
                by=request.actor,
                at=request.now,
            )
            return redirect("orgs:post", post.pk)
        except ValidationError as error:
            form.add(error)
    context = {"form": form, "grids": _grids(request, form)}
    return render(request, "orgs/post_form.html", context, status=422 if form.is_bound else 200)


def _grids(request: HttpRequest, form: PostForm) -> list[str]:
    """The grids that a browser may offer: those of the unit, once it is known."""
    asked = whole(str(form["unit"].value() or ""))
    if asked is None:
        return []
    unit = queries.visible_organisations(request.actor).select_related("division").filter(pk=asked).first()
    return offered_grids(unit) if unit else []


def _visible(request: HttpRequest, post_id: int) -> Post:
    rows = queries.visible_posts(request.actor).select_related("user", "organisation__division", "grid", "compound")
    return get_object_or_404(rows, pk=post_id)


@require_safe
@manager_required
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    return _page(request, _visible(request, post_id), [])


def _page(request: HttpRequest, shown: Post, errors: list[str]) -> HttpResponse:
    facts = policies.PostFacts(shown.role, shown.organisation.division.code)
    day = today(request.now)
    context = {
        "post": shown,
        "over": shown.until is not None and shown.until <= day,
        "coming": shown.since > day,
        "may_end": policies.can_end_post(request.actor, facts, own=shown.user_id == request.user.pk),
        "day": day,
        "errors": errors,
        "records": records_of(shown),
    }
    return render(request, "orgs/post.html", context, status=422 if errors else 200)


@require_POST
@manager_required
def end(request: HttpRequest, post_id: int) -> HttpResponse:
    """End a post: at once, or on the day of POST ``on``."""
    shown = _visible(request, post_id)
    typed = request.POST.get("on", "").strip()
    try:
        on = parse_date(typed) if typed else None
        if typed and on is None:
            raise ValidationError(_("日期写成 2026-11-24 这样。"))
        acts.end_post(post=shown, on=on, by=request.actor, at=request.now)
    except ValueError:
        return _page(request, shown, [_("没有这一天。")])
    except ValidationError as error:
        return _page(request, shown, error.messages)
    return redirect("orgs:post", shown.pk)
