"""Fields that name a place or a unit: typed as a code or a name, looked up only where the person manages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.text import clean
from linli.orgs.actors import Actor
from linli.orgs.models import Organisation
from linli.orgs.queries import visible_organisations
from linli.places.enums import Level, prefix_of
from linli.places.models import Compound, Division, Grid

MOST_OFFERED = 300


def managed_divisions(by: Actor) -> QuerySet[Division]:
    """Return the divisions in use inside the managed places."""
    inside = Q(pk__in=[])
    for prefix in by.managed:
        inside |= Q(code__startswith=prefix)
    return Division.objects.filter(inside, active=True)


def offered_divisions(by: Actor) -> list[str]:
    """Return what a browser offers while one types a place: '990101001001 东门社区'; the upper levels first, not too many."""
    rows = managed_divisions(by).order_by("level", "code").values_list("code", "name")[:MOST_OFFERED]
    return [f"{code} {name}" for code, name in rows]


def find_division(by: Actor, typed: str) -> Division:
    """Return the managed division of this code, or with this name if there is only one. ValidationError says what to do."""
    known = managed_divisions(by)
    code = typed[:12]
    by_code = len(code) == 12 and code.isascii() and code.isdigit()
    found = list((known.filter(code=code) if by_code else known.filter(name=typed))[:2])
    if not found:
        raise ValidationError(_("您管理的范围里没有这个区划。请填 12 位代码或全名。"))
    if len(found) > 1:
        raise ValidationError(_("有好几个同名的区划，请填 12 位代码。"))
    return found[0]


def find_grid(unit: Organisation, typed: str) -> Grid:
    """Return the grid of this code or name where a unit is; ValidationError if there is none, or several."""
    rows = Grid.objects.filter(community__code__startswith=_prefix(unit), active=True)
    found = list(rows.filter(Q(code=typed[:15]) | Q(name=typed) | Q(code=typed.partition(" ")[0]))[:2])
    if len(found) != 1:
        few = _("有好几个同名的网格，请填 15 位编码。") if found else _("这个单位的范围里没有这个网格。")
        raise ValidationError(few)
    return found[0]


def offered_grids(unit: Organisation) -> list[str]:
    """Return the grids where a unit is, as '990101001001001 第1网格'."""
    rows = Grid.objects.filter(community__code__startswith=_prefix(unit), active=True).order_by("code")
    return [f"{code} {name}" for code, name in rows.values_list("code", "name")[:MOST_OFFERED]]


def find_compound(unit: Organisation, typed: str) -> Compound:
    """Return the compound of this name where a unit is; ValidationError if there is none, or several."""
    found = list(Compound.objects.filter(community__code__startswith=_prefix(unit), active=True, name=typed)[:2])
    if len(found) != 1:
        raise ValidationError(_("有好几个同名的小区，请填网格。") if found else _("这个单位的范围里没有这个小区。"))
    return found[0]


def _prefix(unit: Organisation) -> str:
    return prefix_of(unit.division.code, Level(unit.division.level))


def unit_choices(by: Actor, *, empty: str) -> list[tuple[str, Any]]:
    """Return the active units that somebody manages as options, by place."""
    rows = visible_organisations(by).filter(active=True).select_related("division").order_by("division__code", "name")
    return [("", empty)] + [(str(row.pk), f"{row.division.name} · {row.name}") for row in rows]


class Text(forms.CharField):
    """A line of text as people type it: trimmed, bounded, without control characters; rare characters stay as they are."""

    def __init__(self, *, limit: int, **options: Any) -> None:
        self.limit = limit
        super().__init__(strip=False, **options)
        self.max_length = limit

    def clean(self, value: Any) -> str:
        text = clean(str(value or ""), limit=self.limit, lines=False)
        return str(super().clean(text))
