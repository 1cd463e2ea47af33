"""A community's page: its map, its grids, figures; the lists of its compounds and buildings; files of compounds."""

import tempfile
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.importers import ImportRefused, silent
from linli.kernel.listing import Column, chip, chosen, export, listing
from linli.places import pictures
from linli.places.enums import CompoundKind
from linli.places.forms import UploadForm
from linli.places.importing.compounds import KNOWN, import_compounds
from linli.places.models import OLD_COMPOUND_YEAR, Building, Compound, Division, Dwelling, Grid
from linli.places.views.guards import community_or_404, crumbs, enforce, may, posted, reader_required
from linli.places.views.parts import kind_words, successions_of
from linli.places.words import map_words, records

MOST_UPLOADED = 500  # rows: more would hold up everybody who writes, and is for the command line
STATES = (("active", gettext_lazy("在用")), ("", gettext_lazy("全部")), ("retired", gettext_lazy("停用")))
AGES = (
    ("", gettext_lazy("全部")),
    ("old", gettext_lazy("2005 年或更早")),
    ("new", gettext_lazy("2006 年以后")),
    ("unknown", gettext_lazy("年份不详")),
)
KINDS = (("", gettext_lazy("全部")), *CompoundKind.choices)
GRID_COLUMNS = (
    Column("code", gettext_lazy("编码"), lambda row: row.code, ("code",)),
    Column("name", gettext_lazy("名称"), lambda row: row.name, ("name",)),
    Column("buildings", gettext_lazy("楼栋"), lambda row: row.building_count, ("building_count", "code"), number=True),
    Column(
        "households", gettext_lazy("户"), lambda row: row.household_count or 0, ("household_count", "code"), number=True
    ),
    Column("since", gettext_lazy("启用"), lambda row: row.since, ("since", "code")),
    Column("until", gettext_lazy("停用"), lambda row: row.until or "", ("until", "code")),
)
COMPOUND_COLUMNS = (
    Column("name", gettext_lazy("小区"), lambda row: row.name, ("name",)),
    Column("kind", gettext_lazy("类型"), lambda row: row.get_kind_display(), ("kind", "name")),
    Column("year", gettext_lazy("建成"), lambda row: row.year_built or "", ("year_built", "name"), number=True),
    Column("old", gettext_lazy("改造"), lambda row: _("可改造") if row.due_for_renovation else ""),
    Column("buildings", gettext_lazy("楼栋"), lambda row: row.building_count, ("building_count", "name"), number=True),
    Column(
        "households", gettext_lazy("户"), lambda row: row.household_count or 0, ("household_count", "name"), number=True
    ),
    Column("aliases", gettext_lazy("别名"), lambda row: _("、").join(row.aliases), (), "x3"),
    Column(
        "active", gettext_lazy("状态"), lambda row: _("在用") if row.active else _("停用"), ("active", "name"), "x2"
    ),
)
BUILDING_COLUMNS = (
    Column("name", gettext_lazy("楼栋"), lambda row: row.name, ("name",)),
    Column(
        "compound",
        gettext_lazy("小区"),
        lambda row: row.compound.name if row.compound else "",
        ("compound__name", "name"),
    ),
    Column("grid", gettext_lazy("网格"), lambda row: row.grid.name if row.grid else "", ("grid__code", "name")),
    Column("road", gettext_lazy("门牌"), lambda row: f"{row.road}{row.road_number}", ("road", "road_number"), "x2"),
    Column("floors", gettext_lazy("层"), lambda row: row.floors or "", ("floors", "name"), "x3", number=True),
    Column(
        "dwellings", gettext_lazy("房屋"), lambda row: row.dwelling_count, ("dwelling_count", "name"), "x2", number=True
    ),
    Column("households", gettext_lazy("户"), lambda row: row.households, ("households", "name"), number=True),
    Column(
        "place", gettext_lazy("位置"), lambda row: "" if row.lon is None else f"{row.lon:.5f},{row.lat:.5f}", (), "x3"
    ),
)


def grids_of(here: Division):
    """The grids of a community with their buildings and households."""
    used = Q(buildings__active=True)
    return Grid.objects.filter(community=here).annotate(
        building_count=Count("buildings", filter=used), household_count=Sum("buildings__households", filter=used)
    )


def page(request: HttpRequest, here: Division) -> HttpResponse:
    """The community itself: map at the left, figures and grids at the right, the rest below."""
    state = chosen(request, "state", STATES)
    rows = grids_of(here)
    if state:
        rows = rows.filter(active=state == "active")
    if request.GET.get("export") == "csv":
        return export(request, rows, GRID_COLUMNS, default="code", name=_("%(name)s网格") % {"name": here.name})
    found = listing(request, rows, GRID_COLUMNS, default="code")
    households = {row.pk: _("%(count)d 户") % {"count": row.household_count or 0} for row in found.rows}
    buildings = Building.objects.filter(community=here, active=True).aggregate(
        all=Count("id"), households=Sum("households"), homeless=Count("id", filter=Q(grid__isnull=True)),
        unplaced=Count("id", filter=Q(lon__isnull=True)),
    )  # fmt: skip
    compounds = Compound.objects.filter(community=here, active=True).aggregate(
        all=Count("id"), old=Count("id", filter=Q(year_built__lte=OLD_COMPOUND_YEAR))
    )
    context = {
        "place": here,
        "crumbs": crumbs(request, here),
        "found": found,
        "chips": [chip(request, "state", _("状态"), STATES, current=state)],
        "picture": pictures.community(here.code, small=households),
        "bounds": pictures.community_bounds(here.code),
        "words": map_words(),
        "buildings": buildings,
        "compounds": compounds,
        "dwellings": Dwelling.objects.filter(building__community=here, building__active=True).count(),
        "may": may(request, here),
        "kind": kind_words(here.urban_kind),
        **successions_of(here),
        "records": records(here),
    }
    return render(request, "places/community.html", context)


@require_safe
@reader_required
def compounds(request: HttpRequest, code: str) -> HttpResponse:
    """The compounds of a community: filter by kind, age and state, search by name or alias, sort, take away."""
    here = community_or_404(request, code)
    state, kind, age = chosen(request, "state", STATES), chosen(request, "kind", KINDS), chosen(request, "age", AGES)
    text = request.GET.get("q", "").strip()[:100]
    used = Q(buildings__active=True)
    rows = Compound.objects.filter(community=here).annotate(
        building_count=Count("buildings", filter=used), household_count=Sum("buildings__households", filter=used)
    )
    if state:
        rows = rows.filter(active=state == "active")
    if kind:
        rows = rows.filter(kind=kind)
    if age:
        rows = rows.filter(
            {"old": Q(year_built__lte=OLD_COMPOUND_YEAR), "new": Q(year_built__gt=OLD_COMPOUND_YEAR)}.get(
                age, Q(year_built__isnull=True)
            )
        )
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(aliases__icontains=text))
    if request.GET.get("export") == "csv":
        return export(request, rows, COMPOUND_COLUMNS, default="name", name=_("%(name)s小区") % {"name": here.name})
    context = {
        "place": here,
        "crumbs": crumbs(request, here, (_("小区"), None)),
        "found": listing(request, rows, COMPOUND_COLUMNS, default="name"),
        "chips": [
            chip(request, "kind", _("类型"), KINDS, current=kind),
            chip(request, "age", _("建成"), AGES, current=age),
            chip(request, "state", _("状态"), STATES, current=state),
        ],
        "text": text,
        "may": may(request, here),
    }
    return render(request, "places/compounds.html", context)


@require_safe
@reader_required
def buildings(request: HttpRequest, code: str) -> HttpResponse:
    """The buildings of a community: filter by compound, grid and state, search by name or road, sort, take away."""
    here = community_or_404(request, code)
    state = chosen(request, "state", STATES)
    in_compounds = Compound.objects.filter(community=here, active=True).order_by("name").values_list("id", "name")
    in_grids = Grid.objects.filter(community=here, active=True).order_by("code").values_list("id", "name")
    every = (("", _("全部")), ("none", _("没有")))
    offered = [(*every, *((str(pk), name) for pk, name in some)) for some in (in_compounds, in_grids)]
    compound, grid = chosen(request, "compound", offered[0]), chosen(request, "grid", offered[1])
    text = request.GET.get("q", "").strip()[:100]
    rows = Building.objects.filter(community=here).select_related("compound", "grid")
    rows = rows.annotate(dwelling_count=Count("dwellings"))
    if state:
        rows = rows.filter(active=state == "active")
    for name, value in (("compound", compound), ("grid", grid)):
        if value:
            rows = rows.filter(**({f"{name}__isnull": True} if value == "none" else {f"{name}_id": int(value)}))
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(road__contains=text) | Q(compound__name__contains=text))
    if request.GET.get("export") == "csv":
        return export(request, rows, BUILDING_COLUMNS, default="compound", name=_("%(name)s楼栋") % {"name": here.name})
    context = {
        "place": here,
        "crumbs": crumbs(request, here, (_("楼栋"), None)),
        "found": listing(request, rows, BUILDING_COLUMNS, default="compound"),
        "chips": [
            chip(request, "compound", _("小区"), offered[0], current=compound),
            chip(request, "grid", _("网格"), offered[1], current=grid),
            chip(request, "state", _("状态"), STATES, current=state),
        ],
        "text": text,
        "may": may(request, here),
    }
    return render(request, "places/buildings.html", context)


@require_http_methods(["GET", "POST"])
@reader_required
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """Compounds and buildings from a file: checked first, imported whole or not at all."""
    here = community_or_404(request, code)
    enforce(request, here)
    form = UploadForm(posted(request), request.FILES if request.method == "POST" else None)
    report, problems = None, []
    dry_run = request.POST.get("do") != "import"
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix[:8]) as kept:
            for chunk in file.chunks():
                kept.write(chunk)
            kept.flush()
            try:
                report = import_compounds(
                    Path(kept.name),
                    dry_run=dry_run,
                    progress=silent,
                    by=request.actor,
                    at=request.now,
                    most=MOST_UPLOADED,
                )
            except ImportRefused as refused:
                problems = refused.problems.lines()
            except ValidationError as error:
                problems = error.messages
    context = {
        "place": here,
        "crumbs": crumbs(request, here, (_("导入小区和楼栋"), None)),
        "form": form,
        "report": report,
        "problems": problems,
        "dry_run": dry_run,
        "columns": [(name, titles[0]) for name, titles in KNOWN.items()],
        "code": here.code,
    }
    return render(request, "places/upload.html", context, status=422 if problems or form.errors else 200)
