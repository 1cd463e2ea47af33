"""A plan is submitted with a date, taken back, given back with a reason, or published by a second person: then the grids change on that day."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.audit import note
from linli.kernel.chain import canonical
from linli.kernel.display import local
from linli.orgs.actors import Actor
from linli.places import actions as places
from linli.places.enums import MapKind
from linli.places.locating import shape_from_geojson
from linli.places.models import Building, Division, Grid, MapLayer
from linli.planning.actions.changing import locked
from linli.planning.boundaries import boundaries
from linli.planning.enums import Step
from linli.planning.figures import figures
from linli.planning.models import Plan
from linli.planning.policies import can_change, can_decide, can_withdraw

MOST_REASON = 200


@transaction.atomic
def submit(*, plan: Plan, since: date, by: Actor, at: datetime) -> Plan:
    """Send a draft to be decided: its grids are to be in force from ``since``. Refused while a hard rule is broken."""
    found = locked(plan)
    can_change(by, found, found.division.code).enforce()
    _check(found, since, at)
    found.step, found.since, found.submitted_by_id, found.submitted_at, found.reason = (
        Step.SUBMITTED,
        since,
        by.user_id,
        at,
        "",
    )
    found.save(update_fields=["step", "since", "submitted_by", "submitted_at", "reason"])
    note(by=by, action="planning.submit", subject=found, before={"step": Step.DRAFT}, after=_said(found), at=at)
    return found


@transaction.atomic
def withdraw(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """Take a submitted plan back; it is a draft again."""
    found = locked(plan)
    can_withdraw(by, found, found.division.code).enforce()
    return _draft_again(found, "planning.withdraw", "", by, at)


@transaction.atomic
def give_back(*, plan: Plan, reason: str, by: Actor, at: datetime) -> Plan:
    """Give a submitted plan back with a reason; it is a draft again."""
    found = locked(plan)
    can_decide(by, found, found.division.code).enforce()
    why = " ".join(reason.split())[:MOST_REASON]
    if not why:
        raise ValidationError({"reason": _("请写明退回的理由。")})
    return _draft_again(found, "planning.give_back", why, by, at)


def _draft_again(plan: Plan, action: str, why: str, by: Actor, at: datetime) -> Plan:
    before = _said(plan)
    plan.step, plan.reason = Step.DRAFT, why
    plan.save(update_fields=["step", "reason"])
    note(by=by, action=action, subject=plan, before=before, after={"step": Step.DRAFT, "reason": why}, at=at)
    return plan


@transaction.atomic
def publish(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """Publish a submitted plan: every community whose buildings change gets its grids drawn anew from the plan's day.

    Grids that the plan no longer has end on that day; what happened in them stays with them. Raises ValidationError if the register
    changed so that a building would be left out, or if another drawing of the same grids is already planned.
    """
    found = locked(plan)
    can_decide(by, found, found.division.code).enforce()
    assert found.since is not None  # the database sees to it
    _check(found, found.since, at)
    for code in sorted({one["community"] for one in found.grids.values()}):
        _draw(found, Division.objects.get(code=code), by, at)
    found.step, found.decided_by_id, found.decided_at = Step.PUBLISHED, by.user_id, at
    found.save(update_fields=["step", "decided_by", "decided_at"])
    note(by=by, action="planning.publish", subject=found, before={"step": Step.SUBMITTED}, after=_said(found), at=at)
    return found


def _said(plan: Plan) -> dict[str, Any]:
    """What the record of a decision binds: the whole assignment by its hash."""
    digest = hashlib.sha256(canonical({"assignment": plan.assignment, "grids": plan.grids})).hexdigest()
    return {
        "step": plan.step,
        "since": plan.since,
        "grids": len(plan.figures["grids"]),
        "moved": plan.figures["moved"],
        "sha256": digest,
    }


def _check(plan: Plan, since: date, at: datetime) -> None:
    if since < local(at).date():
        raise ValidationError({"since": _("启用日期不能早于今天。")})
    if figures(plan.instance, plan.assignment, plan.settings)["hard"]:
        raise ValidationError(_("方案里有网格不相连、跨社区，或有楼栋没有网格，改好才能送审、公布。"))
    codes = {one["community"] for one in plan.grids.values()}
    now = set(Building.objects.filter(community__code__in=codes, active=True).values_list("id", flat=True))
    if fresh := now - {int(one) for one in plan.assignment}:
        said = _("有 %(n)d 栋楼是算完以后才登记的，不在方案里，请重新算一次。")
        raise ValidationError(said % {"n": len(fresh)})


def _draw(plan: Plan, community: Division, by: Actor, at: datetime) -> None:
    """Carry out the plan in one community."""
    assert plan.since is not None
    rows = {pk: (grid, lon, lat) for pk, grid, lon, lat in _buildings(community)}
    wanted: dict[str, list[int]] = {}
    for unit, key in plan.assignment.items():
        if int(unit) in rows:
            wanted.setdefault(key, []).append(int(unit))
    if all(plan.grids[key]["grid"] == rows[pk][0] for key, some in wanted.items() for pk in some):
        return
    today = {one.pk: one for one in Grid.objects.filter(community=community, active=True)}
    drawn = _boundaries(plan, community, today)
    made: list[places.Drawing] = []
    for key, some in sorted(wanted.items()):
        one = plan.grids[key]
        grid = today.get(one["grid"] or 0)
        if grid is None:
            name = _free_name(one["name"], {other.name for other in today.values()} | {m.grid.name for m in made})
            grid = places.create_grid(community=community, name=name, since=plan.since, building_ids=[], by=by, at=at)
        made.append(places.Drawing(grid, drawn.get(key), sorted(some)))
    kept = {one.grid.pk for one in made}
    places.redraw(
        drawings_wanted=made,
        since=plan.since,
        closed=[grid for pk, grid in today.items() if pk not in kept],
        basis=_("按%(name)s划定") % {"name": plan.name},
        by=by,
        at=at,
    )


def _buildings(community: Division) -> Any:
    return Building.objects.filter(community=community, active=True).values_list("id", "grid_id", "lon", "lat")


def _boundaries(plan: Plan, community: Division, today: Mapping[int, Grid]) -> dict[str, Any]:
    outline = MapLayer.objects.filter(kind=MapKind.OUTLINE, division=community).order_by("id").first()
    former = [shape_from_geojson(one.boundary) for one in today.values() if one.boundary is not None]
    spots = [
        (one["id"], one["lon"], one["lat"])
        for one in plan.instance["units"]
        if one["community"] == community.code and one["placed"]
    ]
    return boundaries(spots, plan.assignment, former, shape_from_geojson(outline.geometry) if outline else None)


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}({number})", number + 1
    return free
