"""Management pages of organisations: the list, one of them with its people and its history, making, changing, closing."""

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.orgs import policies, queries
from linli.orgs.actions import organisations as acts
from linli.orgs.actors import today
from linli.orgs.enums import OrgKind
from linli.orgs.forms.organisations import OrganisationForm, written_hours
from linli.orgs.forms.places import managed_divisions, offered_divisions
from linli.orgs.guards import manager_required
from linli.orgs.models import Organisation
from linli.orgs.views.listing import Column, chip, chosen, export, listing
from linli.orgs.views.words import records_of

COLUMNS = (
    Column("name", gettext_lazy("名称"), lambda row: row.name, ("name",)),
    Column("kind", gettext_lazy("类型"), lambda row: row.get_kind_display(), ("kind", "name")),
    Column(
        "place",
        gettext_lazy("区划"),
        lambda row: f"{row.division.code} {row.division.name}",
        ("division__code", "name"),
    ),
    Column(
        "parent", gettext_lazy("上级单位"), lambda row: row.parent.name if row.parent else "", ("parent__name", "name")
    ),
    Column("phone", gettext_lazy("电话"), lambda row: row.phone),
    Column("people", gettext_lazy("在任"), lambda row: row.people, ("people",)),
    Column("active", gettext_lazy("状态"), lambda row: _("启用") if row.active else _("停用"), ("active", "name")),
)
STATES = (("active", gettext_lazy("启用")), ("", gettext_lazy("全部")), ("closed", gettext_lazy("停用")))
KINDS = (("", gettext_lazy("全部")), *OrgKind.choices)


@require_safe
@manager_required
def manage(request: HttpRequest) -> HttpResponse:
    """Statements: session, user, posts, divisions, count, rows, and those of the frame."""
    state, kind = chosen(request, "state", STATES), chosen(request, "kind", KINDS)
    streets = managed_divisions(request.actor).filter(level__lte=4).order_by("level", "code")[:60]
    places = (
        ("", _("全部")),
        *((row.code.rstrip("0").ljust({2: 4, 3: 6, 4: 9}[row.level], "0"), row.name) for row in streets),
    )
    place = chosen(request, "place", places)
    text = request.GET.get("q", "").strip()[:100]
    wanted = queries.OrganisationFilter(text=text, kind=kind, prefix=place, state=state)
    day = today(request.now)
    held = Q(posts__since__lte=day) & (Q(posts__until__isnull=True) | Q(posts__until__gt=day))
    rows = queries.organisations(request.actor, wanted).annotate(people=Count("posts", filter=held))
    if request.GET.get("export") == "csv":
        return export(request, rows, COLUMNS, default="place", name=_("单位"))
    context = {
        "found": listing(request, rows, COLUMNS, default="place"),
        "settings": bool(policies.can_change_settings(request.actor)),
        "text": text,
        "chips": [
            chip(request, "kind", _("类型"), KINDS, current=kind),
            chip(request, "place", _("区划"), places, current=place),
            chip(request, "state", _("状态"), STATES, current=state),
        ],
    }
    return render(request, "orgs/organisations.html", context)


def _visible(request: HttpRequest, unit_id: int) -> Organisation:
    return get_object_or_404(
        queries.visible_organisations(request.actor).select_related("division", "parent"), pk=unit_id
    )


@require_safe
@manager_required
def organisation(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One organisation: what it is, who works there, what speaks against closing it, who changed what when."""
    unit = _visible(request, unit_id)
    wanted = queries.PostFilter(unit_id=unit.pk, state="held")
    context = {
        "unit": unit,
        "hours": written_hours(tuple((start, end) for start, end in unit.office_hours)),
        "held": queries.posts(request.actor, wanted, at=request.now).order_by("role", "user__name"),
        "coming": queries.posts(request.actor, queries.PostFilter(unit_id=unit.pk, state="coming"), at=request.now),
        "below": Organisation.objects.filter(parent=unit, active=True).order_by("name"),
        "against": acts.reasons_against_closing(unit, at=request.now) if unit.active else [],
        "may_close": policies.can_change_structure(request.actor, unit.division.code, governs=unit.governs),
        "may_appoint": policies.can_appoint(
            request.actor, unit.division.code, role="", governs=unit.governs, unit_active=unit.active
        ),
        "records": records_of(unit),
    }
    return render(request, "orgs/organisation.html", context)


@require_http_methods(["GET", "POST"])
@manager_required
def new(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, by=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.make_organisation(draft=form.draft(), by=request.actor, at=request.now)
            return redirect("orgs:organisation", made.pk)
        except ValidationError as error:
            form.add(error)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@manager_required
def edit(request: HttpRequest, unit_id: int) -> HttpResponse:
    unit = _visible(request, unit_id)
    form = OrganisationForm(request.POST or None, by=request.actor, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            acts.change_organisation(unit=unit, draft=form.draft(), by=request.actor, at=request.now)
            return redirect("orgs:organisation", unit.pk)
        except ValidationError as error:
            form.add(error)
    return _form(request, form, unit)


def _form(request: HttpRequest, form: OrganisationForm, unit: Organisation | None) -> HttpResponse:
    context = {"form": form, "unit": unit, "divisions": offered_divisions(request.actor)}
    return render(request, "orgs/organisation_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@manager_required
def switch(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Close an organisation (POST ``to`` = closed) or open it again; refused with every reason on the organisation's page."""
    unit = _visible(request, unit_id)
    act = acts.close_organisation if request.POST.get("to") == "closed" else acts.open_organisation
    try:
        act(unit=unit, by=request.actor, at=request.now)
    except ValidationError as error:
        return render(request, "orgs/refused.html", {"unit": unit, "reasons": error.messages}, status=409)
    return redirect("orgs:organisation", unit.pk)
