"""A plan is asked for, asked for again, told to stop, or brought from a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel import jobs
from linli.kernel.audit import note
from linli.orgs.actors import Actor
from linli.places.models import Division
from linli.planning.enums import Run, Source
from linli.planning.figures import figures
from linli.planning.instances import collect, communities
from linli.planning.models import Plan
from linli.planning.naming import named
from linli.planning.policies import can_plan, person

JOB = "linli.planning.jobs.draw"
MOST_GOING = 3
"""Runs of one area at a time: the worker does them one after the other."""


@transaction.atomic
def begin(*, division: Division, name: str, settings: Mapping[str, Any], by: Actor, at: datetime) -> Plan:
    """Ask for a plan; the worker draws it. ``settings`` as PlanForm gives them."""
    can_plan(by, division.code).enforce()
    _room(division)
    plan = Plan.objects.create(
        division=division,
        name=_named(name, division),
        settings={**settings, "at": at.isoformat()},
        made_by_id=person(by),
        made_at=at,
    )
    note(
        by=by,
        action="planning.begin",
        subject=plan,
        before=None,
        after={"name": plan.name, "settings": dict(settings)},
        at=at,
    )
    jobs.enqueue(JOB, plan.pk)
    return plan


@transaction.atomic
def again(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """Begin a run anew that was killed or that could not be done."""
    found = Plan.objects.select_for_update().select_related("division").get(pk=plan.pk)
    can_plan(by, found.division.code).enforce()
    if found.run not in (Run.LOST, Run.FAILED):
        raise ValidationError(_("只有中断的、算不了的才能重新开始。"))
    _room(found.division)
    found.run, found.stopping, found.progress, found.doing, found.problem = Run.QUEUED, False, 0.0, "", ""
    found.save(update_fields=["run", "stopping", "progress", "doing", "problem"])
    jobs.enqueue(JOB, found.pk)
    return found


@transaction.atomic
def stop(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """End a run with the best plan so far."""
    found = Plan.objects.select_for_update().select_related("division").get(pk=plan.pk)
    can_plan(by, found.division.code).enforce()
    if not found.going:
        raise ValidationError(_("它已经停下了。"))
    Plan.objects.filter(pk=found.pk).update(stopping=True)
    found.stopping = True
    return found


@transaction.atomic
def take_in(*, division: Division, name: str, labels: Mapping[str, str], by: Actor, at: datetime) -> Plan:
    """Make a plan of what a file says: building id to the name or code of its grid. Every building of the communities named must be there."""
    can_plan(by, division.code).enforce()
    known = {one.code for one in communities(division)}
    data = collect(division, {"communities": sorted(known)}, at=at)
    home = {unit["id"]: unit["community"] for unit in data["units"]}
    if strangers := [one for one in labels if one not in home]:
        said = _("有 %(n)d 栋楼不在这里或已停用，例如编号 %(ids)s。")
        raise ValidationError(said % {"n": len(strangers), "ids": _("、").join(strangers[:3])})
    meant = {home[one] for one in labels}
    if not meant:
        raise ValidationError(_("文件里没有楼栋。"))
    settings = {"communities": sorted(meant)} if meant != known else {}
    data = collect(division, settings, at=at)
    if missing := [unit["name"] for unit in data["units"] if unit["id"] not in labels]:
        said = _("有 %(n)d 栋楼没有写网格，例如 %(names)s。")
        raise ValidationError(said % {"n": len(missing), "names": _("、").join(missing[:3])})
    raw = {one: f"{home[one]} {label.strip()}" for one, label in labels.items()}
    continues: dict[str, str] = {}
    for pk, one in data["todays"].items():
        for word in (one["code"], one["name"]):
            continues.setdefault(f"{one['community']} {word}", pk)
    doubled = {label: continues[label] for label in set(raw.values()) if label in continues}
    if len(set(doubled.values())) != len(doubled):
        raise ValidationError(_("同一个网格在文件里有时写编码、有时写名称，请统一。"))
    grids, keys = named(data, raw, doubled)
    for label, key in keys.items():
        if grids[key]["grid"] is None and (said := label.partition(" ")[2][:60]):
            grids[key]["name"] = said
    assignment = {one: keys[label] for one, label in raw.items()}
    plan = Plan.objects.create(
        division=division,
        name=_named(name, division),
        source=Source.IMPORTED,
        settings=settings,
        instance=data,
        grids=grids,
        assignment=assignment,
        figures=figures(data, assignment, settings),
        run=Run.READY,
        progress=1.0,
        made_by_id=person(by),
        made_at=at,
    )
    note(
        by=by,
        action="planning.import",
        subject=plan,
        before=None,
        after={"name": plan.name, "grids": len(grids)},
        at=at,
    )
    return plan


def _room(division: Division) -> None:
    going = Plan.objects.filter(division=division, run__in=(Run.QUEUED, Run.RUNNING)).count()
    if going >= MOST_GOING:
        raise ValidationError(_("这里已经有 %(n)d 个方案在算，等它们算完再来。") % {"n": going})


def _named(name: str, division: Division) -> str:
    """The name given, else the next of 方案甲, 方案乙 …"""
    if cleaned := " ".join(name.split())[:60]:
        return cleaned
    signs = _("甲乙丙丁戊己庚辛壬癸")
    number = Plan.objects.filter(division=division).count()
    sign = signs[number % len(signs)] + (str(number // len(signs) + 1) if number >= len(signs) else "")
    return _("方案%(sign)s") % {"sign": sign}
