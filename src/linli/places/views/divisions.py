"""The tree of divisions: browse, search, one division with what lies below it, open, change, retire, successions."""

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.listing import Column, chip, chosen, export, listing
from linli.places import actions, pictures, queries
from linli.places.enums import Level, prefix_of
from linli.places.forms import DivisionForm, ReasonForm, SuccessionForm
from linli.places.models import OLD_COMPOUND_YEAR, Building, Compound, Division, DivisionSuccession, Grid
from linli.places.policies import inside, prefixes
from linli.places.views import communities
from linli.places.views.guards import crumbs, division_or_404, enforce, may, posted, reader_required, refused
from linli.places.views.parts import kind_words, successions_of
from linli.places.words import records

STATES = (("active", gettext_lazy("现行")), ("", gettext_lazy("全部")), ("retired", gettext_lazy("停用")))
COLUMNS = (
    Column("code", gettext_lazy("代码"), lambda row: row.code, ("code",), "num"),
    Column("name", gettext_lazy("名称"), lambda row: row.name, ("name",)),
    Column("level", gettext_lazy("级别"), lambda row: row.get_level_display(), ("level", "code")),
    Column("kind", gettext_lazy("城乡分类"), lambda row: kind_words(row.urban_kind), ("urban_kind", "code"), "x3"),
    Column("below", gettext_lazy("下级"), lambda row: row.below, ("below", "code"), number=True),
    Column("grids", gettext_lazy("网格"), lambda row: row.with_grids, ("with_grids", "code"), number=True),
    Column("active", gettext_lazy("状态"), lambda row: _("现行") if row.active else _("停用"), ("active", "code")),
)


@require_safe
@reader_required
def manage(request: HttpRequest) -> HttpResponse:
    """The roots of what this person sees, figures, and what a search finds."""
    text = request.GET.get("q", "").strip()[:100]
    mine = prefixes(request.actor)
    roots = list(
        with_counts(Division.objects.filter(code__in=[prefix.ljust(12, "0") for prefix in mine])).order_by("code")
    )
    open_at = roots[0] if len(roots) == 1 else None
    context = {
        "text": text,
        "found": queries.search(request.actor, text) if text else None,
        "roots": roots,
        # with one place to begin from, what lies below it is there at once
        "first": with_counts(Division.objects.filter(parent=open_at, active=True)).order_by("code") if open_at else [],
        "picture": pictures.all_communities(inside=mine),
        "figures": figures(mine),
        "levels": Level,
    }
    return render(request, "places/manage.html", context)


def with_counts(rows):
    """Each division with how many divisions are below it and how many grids it has."""
    return rows.annotate(
        below=Count("children", filter=Q(children__active=True), distinct=True),
        with_grids=Count("grids", filter=Q(grids__active=True), distinct=True),
    )


def figures(mine: tuple[str, ...]) -> dict[str, int]:
    """Return how much is registered in some places (three statements)."""
    here = inside(mine, "community__code")
    compounds = Compound.objects.filter(here, active=True).aggregate(
        all=Count("id"), old=Count("id", filter=Q(year_built__lte=OLD_COMPOUND_YEAR))
    )
    communities_found = Division.objects.filter(inside(mine), level=Level.COMMUNITY, active=True).count()
    return {
        "communities": communities_found,
        "grids": Grid.objects.filter(here, active=True).count(),
        "compounds": compounds["all"],
        "old": compounds["old"],
        "buildings": Building.objects.filter(here, active=True).count(),
    }


@require_safe
@reader_required
def children(request: HttpRequest, code: str) -> HttpResponse:
    """The divisions below one, as a part of the tree."""
    division = division_or_404(request, code)
    rows = with_counts(Division.objects.filter(parent=division, active=True)).order_by("code")
    return render(request, "places/_children.html", {"rows": rows, "levels": Level})


@require_safe
@reader_required
def division(request: HttpRequest, code: str) -> HttpResponse:
    """One division: facts, what lies below, its successions, who changed what. A community has a page of its own."""
    here = division_or_404(request, code)
    if here.level == Level.COMMUNITY:
        return communities.page(request, here)
    state = chosen(request, "state", STATES)
    text = request.GET.get("within", "").strip()[:100]
    rows = with_counts(Division.objects.filter(parent=here))
    if state:
        rows = rows.filter(active=state == "active")
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(code__startswith=text))
    if request.GET.get("export") == "csv":
        return export(request, rows, COLUMNS, default="code", name=here.name)
    context = {
        "place": here,
        "crumbs": crumbs(request, here),
        "found": listing(request, rows, COLUMNS, default="code"),
        "chips": [chip(request, "state", _("状态"), STATES, current=state)],
        "within": text,
        "picture": pictures.all_communities(inside=[prefix_of(here.code, Level(here.level))]),
        "may": may(request, here),
        "kind": kind_words(here.urban_kind),
        **successions_of(here),
        "records": records(here),
        "next_level": Level(here.level + 1).label,
    }
    return render(request, "places/division.html", context)


@require_http_methods(["GET", "POST"])
@reader_required
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Open a division below another one."""
    above = division_or_404(request, code)
    enforce(request, above)
    start = prefix_of(above.code, Level(above.level))
    form = DivisionForm(posted(request), initial={"code": start})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_division(**form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:division", made.code)
        except ValidationError as error:
            form.add(error)
    title = _("在%(name)s下新增区划") % {"name": above.name}
    return _form(
        request, form, title, crumbs(request, above, (_("新增"), None)), reverse("places:division", args=[above.code])
    )


@require_http_methods(["GET", "POST"])
@reader_required
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change the name or the urban-rural kind."""
    here = division_or_404(request, code)
    enforce(request, here)
    form = DivisionForm(posted(request), division=here, initial={"name": here.name, "urban_kind": here.urban_kind})
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_division(division=here, **form.cleaned_data, by=request.actor, at=request.now)
            return redirect("places:division", here.code)
        except ValidationError as error:
            form.add(error)
    title = _("修改%(name)s") % {"name": here.name}
    return _form(
        request, form, title, crumbs(request, here, (_("修改"), None)), reverse("places:division", args=[here.code])
    )


def _form(request, form, title, way, back) -> HttpResponse:
    context = {"form": form, "title": title, "crumbs": way, "back_to": back}
    return render(request, "places/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@reader_required
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Retire a division (with a reason), or bring one back (POST ``to`` = active)."""
    here = division_or_404(request, code)
    back = reverse("places:division", args=[here.code])
    try:
        if request.POST.get("to") == "active":
            actions.restore_division(division=here, by=request.actor, at=request.now)
        else:
            form = ReasonForm(request.POST)
            reason = form.cleaned_data["reason"] if form.is_valid() else ""
            actions.retire_division(division=here, reason=reason, by=request.actor, at=request.now)
    except ValidationError as error:
        return refused(request, error, back=back, title=_("“%(name)s”没有改动") % {"name": here.name})
    return redirect(back)


@require_POST
@reader_required
def add_succession(request: HttpRequest, code: str) -> HttpResponse:
    """Link a division to the one before or after it."""
    here = division_or_404(request, code)
    back = reverse("places:division", args=[here.code])
    form = SuccessionForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError([f"{form[name].label}：{errors[0]}" for name, errors in form.errors.items()])
        said = form.cleaned_data
        other = Division.objects.filter(code=said["other"]).first()
        if other is None:
            raise ValidationError(_("没有代码是 %(code)s 的区划。") % {"code": said["other"]})
        former, later = (other, here) if said["direction"] == "from" else (here, other)
        actions.record_succession(
            predecessor=former,
            successor=later,
            since=said["since"],
            basis=said["basis"],
            retire=said["retire"],
            by=request.actor,
            at=request.now,
        )
    except ValidationError as error:
        return refused(request, error, back=back, title=_("沿革没有登记"))
    return redirect(back)


@require_POST
@reader_required
def remove_succession(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a link recorded by mistake."""
    link = get_object_or_404(DivisionSuccession.objects.select_related("predecessor", "successor"), pk=pk)
    here = division_or_404(request, request.POST.get("here", "")[:12])
    actions.remove_succession(succession=link, by=request.actor, at=request.now)
    return redirect("places:division", here.code)
