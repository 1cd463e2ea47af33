"""The catalogue: versions, a draft edited rule by rule, tried on past matters, published."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel import audit
from linli.kernel.text import whole
from linli.matters import catalogue, ruling
from linli.matters.models import CatalogueVersion, Category
from linli.matters.policies import can_rule
from linli.orgs.guards import manager_required
from linli.orgs.units import units
from linli.places.models import Division
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers


@require_safe
@manager_required
def versions(request: HttpRequest) -> HttpResponse:
    rows = CatalogueVersion.objects.select_related("created_by", "published_by").order_by("-number")[:50]
    return render(request, "matters/catalogue.html", {"versions": rows, "may": can_rule(request.actor)})


@require_POST
@manager_required
def draft(request: HttpRequest) -> HttpResponse:
    return redirect("matters:catalogue_version", ruling.make_draft(by=request.actor, at=request.now).number)


def _version(number: int) -> CatalogueVersion:
    version = CatalogueVersion.objects.filter(number=number).first()
    if version is None:
        raise Http404
    return version


@require_http_methods(["GET", "POST"])
@manager_required
def version(request: HttpRequest, number: int) -> HttpResponse:
    """A version: its rules by category; a draft can be tried, given categories, and published."""
    row, errors = _version(number), {}
    if request.method == "POST":
        try:
            if "publish" in request.POST:
                ruling.publish(number=number, note=request.POST.get("note", ""), by=request.actor, at=request.now)
                return redirect("matters:catalogue")
            if "try" in request.POST:
                ruling.try_out(number=number, by=request.actor)
                return redirect(f"{request.path}?try=1#trial")
            parent = request.POST.get("parent", "")
            ruling.add_category(
                name=request.POST.get("name", ""),
                parent_id=whole(parent) or 0,
                by=request.actor,
                at=request.now,
            )
            return redirect("matters:catalogue_version", number)
        except BadAnswers as bad:
            errors = bad.errors
    built = catalogue.build(row.number, row.rules)
    groups: dict[int, dict[str, Any]] = {}
    for category in Category.objects.filter(active=True).order_by("position", "id"):
        if category.parent_id is None:
            groups[category.pk] = {"category": category, "rows": []}
        elif category.parent_id in groups:
            rule = built.get(category.pk)
            groups[category.parent_id]["rows"].append({"category": category, "rule": rule, "units": _named(rule)})
    places = _places({place for group in groups.values() for line in group["rows"] for place, _unit in line["units"]})
    context = {
        "version": row,
        "groups": list(groups.values()),
        "places": places,
        "parents": [(str(group["category"].pk), group["category"].name) for group in groups.values()],
        "errors": errors,
        "may": can_rule(request.actor),
        "urgencies": dict(Urgency.choices),
        "times": ruling.time_words(),
        "tried": ruling.is_tried(row),
        "trial": ruling.trial(row, by=request.actor)
        if request.GET.get("try") and row.status == "draft" and can_rule(request.actor)
        else None,
        "changes": _changes(number),
    }
    return render(request, "matters/catalogue_version.html", context, status=422 if errors else 200)


def _changes(number: int) -> list[dict[str, Any]]:
    """Who changed a version, the latest first, with the categories whose rules they changed."""
    actions = {"draft": _("另存草稿"), "rule": _("改规则"), "publish": _("发布")}
    entries = audit.history(ruling.subject_of(number))
    names = dict(Category.objects.values_list("key", "name")) if entries else {}
    rows = audit.records(entries, actions=actions, fields={})
    for row, entry in zip(rows, entries, strict=True):
        if entry.action == "rule":
            row["small"] = _("、").join(names.get(key, key) for key in entry.after or {})
    return rows


def _named(rule: catalogue.Rule | None) -> list[tuple[str, str]]:
    """The responsible units of a rule by place, the rule for everywhere first."""
    found = [(place, unit.name) for place, unit_id in (rule.units if rule else ()) if (unit := units().get(unit_id))]
    return sorted(found)


def _places(prefixes: set[str]) -> dict[str, str]:
    """The names of the places that rules speak of, by the digits that they begin with (one statement)."""
    codes = {prefix.ljust(12, "0"): prefix for prefix in prefixes if prefix}
    rows = Division.objects.filter(code__in=codes).values_list("code", "name")
    return {codes[code]: name for code, name in rows}


@require_http_methods(["GET", "POST"])
@manager_required
def rule(request: HttpRequest, number: int, key: str) -> HttpResponse:
    row = _version(number)
    category = Category.objects.select_related("parent").filter(key=key, parent__isnull=False).first()
    if category is None:
        raise Http404
    errors: dict[str, str] = {}
    said = row.rules.get(key, {})
    given = {
        "urgency": str(said.get("urgency", 3)),
        **{name: said.get(name, "") for name in catalogue.TIMES},
        "words": "、".join(said.get("words", ())),
        "units": "\n".join(_unit_line(one) for one in said.get("units", ())),
    }
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in given}
        try:
            ruling.set_rule(number=number, key=key, answers=given, by=request.actor, at=request.now)
            return redirect("matters:catalogue_version", number)
        except BadAnswers as bad:
            errors = bad.errors
    context = {
        "version": row,
        "category": category,
        "given": given,
        "times": [(name, label, ruling.usual(name)) for name, label in ruling.time_words().items()],
        "errors": errors,
        "urgencies": [(str(value), str(label)) for value, label in Urgency.choices],
    }
    return render(request, "matters/catalogue_rule.html", context, status=422 if errors else 200)


def _unit_line(one: dict[str, Any]) -> str:
    unit = units().get(one["unit"])
    name = unit.name if unit else ""
    return f"{one['place']}, {name}" if one.get("place") else name
