"""Reads of the area: which plans somebody may see, how today's grids and plans compare, what moving a building would do."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.orgs.actors import Actor
from linli.places.models import Division
from linli.places.queries import visible_to as divisions_visible_to
from linli.planning.enums import Step
from linli.planning.figures import figures, moved_to
from linli.planning.models import Plan
from linli.planning.policies import prefixes

HEAVY = ("instance", "assignment", "grids", "proof", "settings")
MOST_COMPARED = 3


def visible_to(by: Actor) -> QuerySet[Plan]:
    """Return the plans of places that somebody manages or oversees."""
    condition = Q(pk__in=())
    for prefix in prefixes(by):
        condition |= Q(division__code__range=(prefix.ljust(12, "0"), prefix.ljust(12, "9")))
    return Plan.objects.filter(condition)


def areas_of(by: Actor) -> QuerySet[Division]:
    """Return the divisions from the county down that somebody manages or oversees."""
    return divisions_visible_to(by).filter(level__gte=3, active=True).order_by("code")


def plans_of(by: Actor, division: Division, *, dropped: bool = False) -> list[Plan]:
    """Return the plans of an area, newest first, without what is heavy."""
    rows = visible_to(by).filter(division=division).defer(*HEAVY).select_related("made_by")
    return list((rows if dropped else rows.exclude(step=Step.DROPPED)).order_by("-id")[:50])


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One way to divide, beside others: today's grids (plan None) or a plan. ``current``: the one that the page is about."""

    name: str
    figures: Mapping[str, Any]
    names: Mapping[str, str]
    plan: Plan | None = None
    current: bool = False

    def named(self, key: str) -> str:
        return self.names.get(key, key)


def today(instance: Mapping[str, Any], settings: Mapping[str, Any]) -> Column:
    """Return today's grids over the buildings of an instance."""
    found = figures(instance, instance["today"], settings)
    return Column(_("现状"), found, {key: one["name"] for key, one in instance["todays"].items()})


def column(plan: Plan, *, current: bool = False) -> Column:
    """Return a plan as a column."""
    return Column(plan.name, plan.figures, {key: one["name"] for key, one in plan.grids.items()}, plan, current)


def broken_rules(one: Column, settings: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return what is wrong with a way to divide, in words, and whether it keeps a plan from being submitted."""
    found, said = one.figures, []
    for key in found["broken"]:
        said.append(
            (
                _("“%(name)s”不相连，分成了 %(n)d 块。") % {"name": one.named(key), "n": found["grids"][key]["pieces"]},
                True,
            )
        )
    for key in found["crossing"]:
        said.append((_("“%(name)s”跨了社区的边界。") % {"name": one.named(key)}, True))
    if found["unassigned"]:
        said.append((_("有 %(n)d 栋楼没有网格。") % {"n": found["unassigned"]}, True))
    for key in found["outside"]:
        low, high = settings["band"]
        words = {"name": one.named(key), "n": found["grids"][key]["households"], "low": low, "high": high}
        said.append((_("“%(name)s”有 %(n)d 户，不在 %(low)d 到 %(high)d 户之间。") % words, False))
    for key in found["over"]:
        words = {"name": one.named(key), "deviation": signed(found["grids"][key]["deviation"])}
        said.append((_("“%(name)s”的工作量离平均 %(deviation)s，超过了允许的偏差。") % words, False))
    return said


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What moving one building would do."""

    unit: Mapping[str, Any]
    to: str
    before: Column
    after: Column
    changed: Sequence[tuple[str, str, str]]
    """(name of the grid, deviation before, after) of the grid that gives and the one that takes."""
    broken: Sequence[tuple[str, bool]]
    """Rules that would be broken and are not broken now."""

    @property
    def worse(self) -> bool:
        return bool(self.after.figures["worst"] > self.before.figures["worst"] + 1e-9)


def trial(plan: Plan, building: str, to: str) -> Trial:
    """Return what moving a building to a grid of the plan would do; nothing is stored."""
    before, source = column(plan), plan.assignment[building]
    found = figures(plan.instance, moved_to(plan.assignment, building, to), plan.settings)
    after = dataclasses.replace(before, figures=found)
    changed = [(before.named(key), _deviation(plan.figures, key), _deviation(found, key)) for key in (source, to)]
    was = set(broken_rules(before, plan.settings))
    unit = next(one for one in plan.instance["units"] if one["id"] == building)
    return Trial(
        unit, to, before, after, changed, [one for one in broken_rules(after, plan.settings) if one not in was]
    )


def _deviation(found: Mapping[str, Any], key: str) -> str:
    """How far a grid is from the mean, in words; a grid without buildings is no more."""
    one = found["grids"].get(key)
    return _("撤掉") if one is None else signed(one["deviation"])


def signed(deviation: float) -> str:
    """Return a deviation as +2.6% or −6.1%."""
    value = round(deviation * 100, 1)
    return f"{'−' if value < 0 else '+' if value > 0 else '±'}{abs(value):.1f}%"


def weights_of(by: Actor, division: Division) -> dict[str, Any]:
    """Return what the latest plan of the area was asked for: the next one begins from it."""
    last = (
        visible_to(by)
        .filter(division=division, source="drawn")
        .order_by("-id")
        .values_list("settings", flat=True)
        .first()
    )
    return dict(last or {})
