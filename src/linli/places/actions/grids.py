"""Grids: drawn, re-drawn from a date, renamed, closed. How a grid was is never overwritten, only followed by how it is."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.audit import note
from linli.kernel.display import day as in_words
from linli.kernel.display import local
from linli.kernel.models import Setting
from linli.places.actions import checks
from linli.places.actions.overlaps import refuse_overlaps
from linli.places.changes import touch
from linli.places.drawn import Drawn, drawings, in_force
from linli.places.enums import Level
from linli.places.locating import contains, shape_from_geojson
from linli.places.models import Building, Division, Grid, GridVersion
from linli.places.policies import Manager, can_manage

MOST_GRIDS = 999
TURNED = "places_turned"  # the setting with the day up to which drawings were brought into force


@dataclasses.dataclass(frozen=True, slots=True)
class Drawing:
    """What a grid is to be: its boundary (GeoJSON or None) and its buildings (None: those whose position lies inside)."""

    grid: Grid
    boundary: Any
    building_ids: Sequence[int] | None = None


@transaction.atomic
def create_grid(
    *,
    community: Division,
    name: str,
    since: date,
    boundary: Any = None,
    building_ids: Sequence[int] | None = None,
    by: Manager,
    at: datetime,
) -> Grid:
    """Open a grid in a community from a day, with the next serial. Buildings that it takes leave their grid the same day.

    Raises Refused, or ValidationError for a boundary that is none or that overlaps another grid (both named).
    """
    can_manage(by, community.code).enforce()
    _lock(community.pk)
    if community.level != Level.COMMUNITY or not community.active:
        raise ValidationError(_("网格划在现行的社区或村里。"))
    codes = Grid.objects.filter(community=community).values_list("code", flat=True)
    serial = max((int(code[-3:]) for code in codes), default=0) + 1
    if serial > MOST_GRIDS:
        raise ValidationError(_("一个社区最多 999 个网格。"))
    cleaned = checks.named("name", name, limit=60)
    if Grid.objects.filter(community=community, name=cleaned, active=True).exists():
        raise ValidationError({"name": _("这个社区已经有“%(name)s”了。") % {"name": cleaned}})
    grid = Grid.objects.create(
        community=community,
        code=f"{community.code}{serial:03d}",
        name=cleaned,
        since=since,
        active=since <= local(at).date(),
    )
    plan = _Plan(community, since, [Drawing(grid, boundary, building_ids)], (), fresh={grid.pk})
    plan.carry_out(text="", at=at)
    grid.refresh_from_db()
    said = {
        "code": grid.code,
        "name": grid.name,
        "since": since,
        "boundary": grid_boundary(grid),
        "buildings": plan.taken(grid.pk),
    }
    note(by=by, action="places.create", subject=grid, before=None, after=said, at=at)
    touch()
    return grid


@transaction.atomic
def redraw(
    *,
    drawings_wanted: Sequence[Drawing],
    since: date,
    closed: Sequence[Grid] = (),
    basis: str = "",
    by: Manager,
    at: datetime,
) -> None:
    """Draw grids of one community anew from a day; ``closed`` ones end the day before (merged into the others).

    The former drawings end where the new ones begin and are kept. Drawn again for the same day, the drawing of that day is
    replaced (a correction). Raises ValidationError if two grids would overlap (both named), if a later drawing is already
    planned, or if a building of a closed grid is left without one.
    """
    communities = {one.grid.community_id for one in drawings_wanted} | {grid.community_id for grid in closed}
    if len(communities) != 1:
        raise ValidationError(_("一次只重划一个社区的网格。"))
    community = Division.objects.get(pk=communities.pop())
    can_manage(by, community.code).enforce()
    _lock(community.pk)
    plan = _Plan(community, since, drawings_wanted, closed)
    plan.carry_out(text=checks.optional("basis", basis, limit=200), at=at)
    for grid_id, before, after in plan.changes():
        if before != after:
            note(by=by, action="places.redraw", subject=plan.grids[grid_id], before=before, after=after, at=at)
    touch()


@transaction.atomic
def rename_grid(*, grid: Grid, name: str, by: Manager, at: datetime) -> Grid:
    """Give a grid another name; its code stays."""
    found = Grid.objects.select_for_update().get(pk=grid.pk)
    community = Division.objects.get(pk=found.community_id)
    can_manage(by, community.code).enforce()
    cleaned = checks.named("name", name, limit=60)
    if Grid.objects.filter(community=community, name=cleaned, active=True).exclude(pk=found.pk).exists():
        raise ValidationError({"name": _("这个社区已经有“%(name)s”了。") % {"name": cleaned}})
    before, found.name = found.name, cleaned
    found.save(update_fields=["name"])
    note(by=by, action="places.update", subject=found, before={"name": before}, after={"name": cleaned}, at=at)
    touch()
    return found


@transaction.atomic
def close_grid(*, grid: Grid, until: date, reason: str, by: Manager, at: datetime) -> Grid:
    """End a grid: ``until`` is the first day without it. Refused while a building belongs to it (re-draw and merge instead)."""
    community = Division.objects.get(pk=grid.community_id)
    can_manage(by, community.code).enforce()
    _lock(community.pk)
    why = checks.reason(reason)
    plan = _Plan(community, until, (), [grid])
    plan.carry_out(text=why, at=at)
    found = Grid.objects.get(pk=grid.pk)
    note(
        by=by,
        action="places.retire",
        subject=found,
        before={"until": None},
        after={"until": until, "reason": why},
        at=at,
    )
    touch()
    return found


@transaction.atomic
def assign_building(*, building: Building, grid: Grid, since: date, basis: str = "", by: Manager, at: datetime) -> None:
    """Move one building to another grid of its community from a day; both drawings are followed by new ones."""
    had = next((one for one in drawings([grid]) if one.on(since)), None)
    if had is None:
        raise ValidationError({"since": _("这个网格在那一天还没有启用，或者已经停用。")})
    wanted = Drawing(grid, had.boundary, sorted({*_in_use(had.building_ids), building.pk}))
    redraw(drawings_wanted=[wanted], since=since, basis=basis, by=by, at=at)


def _in_use(building_ids: Iterable[int]) -> list[int]:
    return list(Building.objects.filter(pk__in=list(building_ids), active=True).values_list("id", flat=True))


def turn_grids(*, at: datetime) -> int:
    """Bring grids and buildings to the drawings that are in force today; return how many grids changed. Idempotent.

    Run daily, for drawings that were planned ahead: it looks at what begins or ends after the day it last looked at.
    """
    today = local(at).date()
    with transaction.atomic():
        turned, _made = Setting.objects.select_for_update().get_or_create(key=TURNED, defaults={"value": "0001-01-01"})
        last = date.fromisoformat(turned.value)
        ended = Grid.objects.filter(active=True, until__lte=today).update(active=False)
        changed = int(ended)
        begun = GridVersion.objects.filter(in_force(today), since__gt=last).select_related("grid").order_by("id")
        for version in begun.iterator(chunk_size=200):
            if version.grid.until is None or version.grid.until > today:
                changed += _show(version.grid, version.boundary, version.building_ids)
        Setting.objects.filter(key=TURNED).update(value=today.isoformat())
        if changed:
            touch()
    return changed


def grid_boundary(grid: Grid) -> dict[str, Any] | None:
    """Return the boundary of a grid's latest drawing, also of one that is not in force yet."""
    latest = GridVersion.objects.filter(grid=grid).order_by("-since").first()
    return grid.boundary if latest is None else latest.boundary


def _lock(community_id: int) -> None:
    """One re-drawing of a community at a time."""
    Division.objects.select_for_update().get(pk=community_id)


def _show(grid: Grid, boundary: Any, building_ids: Sequence[int]) -> bool:
    """Write what is in force today onto the grid and its buildings, where it differs."""
    wanted = set(building_ids)
    here = set(Building.objects.filter(grid=grid).values_list("id", flat=True))
    if grid.active and grid.boundary == boundary and here == wanted:
        return False
    Grid.objects.filter(pk=grid.pk).update(boundary=boundary, active=True)
    Building.objects.filter(pk__in=here - wanted, grid=grid).update(grid=None)
    Building.objects.filter(pk__in=wanted - here).update(grid=grid)
    return True


class _Plan:
    """What changes on one day in one community, checked before anything is written."""

    def __init__(
        self,
        community: Division,
        since: date,
        wanted: Sequence[Drawing],
        closed: Sequence[Grid],
        fresh: Iterable[int] = (),
    ) -> None:
        self.community, self.since = community, since
        self.grids = {grid.pk: grid for grid in Grid.objects.select_for_update().filter(community=community)}
        self.closed = {grid.pk for grid in closed}
        self._fresh = set(fresh)
        self._wanted = {one.grid.pk: one for one in wanted}
        self._check_grids()
        self._all = drawings([grid for pk, grid in self.grids.items() if pk not in self._fresh])
        self._before = {one.grid_id: one for one in self._all if one.on(since)}
        self._check_days()
        self.boundaries = {pk: checks.boundary(one.boundary) for pk, one in self._wanted.items()}
        ends = self.closed | set(self._wanted)
        refuse_overlaps(self.community, self.since, self.boundaries, self.grids, ignored=ends)
        self._after = self._buildings()

    def _check_grids(self) -> None:
        for pk in {*self._wanted, *self.closed}:
            grid = self.grids.get(pk)
            if grid is None or (grid.until is not None and grid.until <= self.since):
                raise ValidationError(_("这个网格在那一天已经停用。"))
            if self.since < grid.since:
                day = in_words(grid.since)
                raise ValidationError(
                    {"since": _("“%(name)s”从%(day)s才有，日期不能更早。") % {"name": grid.name, "day": day}}
                )
        if both := self.closed & set(self._wanted):
            raise ValidationError(_("“%(name)s”不能既重划又停用。") % {"name": self.grids[both.pop()].name})

    def _check_days(self) -> None:
        for one in self._all:
            if one.since > self.since and one.version_id is not None:
                said = _("“%(name)s”已经安排从%(day)s起重划，请选那一天或更晚的日期。")
                raise ValidationError({"since": said % {"name": one.name, "day": in_words(one.since)}})

    def _buildings(self) -> dict[int, tuple[int, ...]]:
        """Who has which building from the day on; a building belongs to one grid."""
        rows = Building.objects.filter(community=self.community, active=True).order_by("id")
        points = {pk: (lon, lat) for pk, lon, lat in rows.values_list("id", "lon", "lat")}
        after = {pk: list(one.building_ids) for pk, one in self._before.items()}
        for pk, one in self._wanted.items():
            mine = self._chosen(one, points, after.get(pk, []))
            for other in after.values():
                other[:] = [building for building in other if building not in mine]
            after[pk] = sorted(mine)
        for pk in self.closed:
            if left := [building for building in after.pop(pk, []) if building in points]:
                said = _("“%(name)s”还有 %(count)d 栋楼，请把它们划给别的网格再停用。")
                raise ValidationError(said % {"name": self.grids[pk].name, "count": len(left)})
        return {pk: tuple(buildings) for pk, buildings in after.items()}

    def _chosen(self, one: Drawing, points: dict[int, Any], had: Sequence[int]) -> set[int]:
        if one.building_ids is not None:
            if unknown := set(one.building_ids) - set(points):
                raise ValidationError({"building_ids": _("有 %(count)d 栋楼不在这个社区。") % {"count": len(unknown)}})
            return set(one.building_ids)
        boundary = self.boundaries[one.grid.pk]
        if boundary is None:
            return set(had)
        shape = shape_from_geojson(boundary)
        placed = {pk for pk, (lon, lat) in points.items() if lon is not None and contains(shape, lon, lat)}
        return placed | {pk for pk in had if points.get(pk, (0, 0))[0] is None}

    def taken(self, grid_id: int) -> list[int]:
        """Return the buildings of a grid from the day on."""
        return list(self._after.get(grid_id, ()))

    def carry_out(self, *, text: str, at: datetime) -> None:
        """Write the versions; what begins today or earlier is shown at once."""
        now = self.since <= local(at).date()
        touched = [pk for pk, buildings in self._after.items() if pk in self._wanted or buildings != self._had(pk)]
        for pk in touched:
            before = self._before.get(pk)
            boundary = self.boundaries[pk] if pk in self._wanted else before.boundary if before else None
            self._follow(pk, before)
            GridVersion.objects.update_or_create(
                grid_id=pk,
                since=self.since,
                defaults={"until": None, "boundary": boundary, "building_ids": list(self._after[pk]), "note": text},
            )
        for pk in self.closed:
            self._end(pk, now)
        for pk in touched if now else ():
            _show(Grid.objects.get(pk=pk), self._boundary_after(pk), self._after[pk])

    def _had(self, grid_id: int) -> tuple[int, ...]:
        before = self._before.get(grid_id)
        return () if before is None else before.building_ids

    def _boundary_after(self, grid_id: int) -> Any:
        before = self._before.get(grid_id)
        return self.boundaries[grid_id] if grid_id in self._wanted else before.boundary if before else None

    def _follow(self, grid_id: int, before: Drawn | None) -> None:
        """End the drawing before; a grid that had none in the table gets it written down first."""
        if before is None or before.since == self.since:
            return
        if before.version_id is None:
            GridVersion.objects.create(
                grid_id=grid_id,
                since=before.since,
                until=self.since,
                boundary=before.boundary,
                building_ids=list(before.building_ids),
            )
        else:
            GridVersion.objects.filter(pk=before.version_id).update(until=self.since)

    def _end(self, grid_id: int, now: bool) -> None:
        before = self._before.get(grid_id)
        if before is not None and before.since == self.since:
            raise ValidationError({"until": _("停用的日期要晚于最近一次划定的日期。")})
        self._follow(grid_id, before)
        Grid.objects.filter(pk=grid_id).update(until=self.since, **({"active": False} if now else {}))

    def changes(self) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
        """Return (grid, before, after) for the audit."""
        found = []
        for pk in {*self._after, *self.closed}:
            before = self._before.get(pk)
            old = {"boundary": before.boundary if before else None, "buildings": list(self._had(pk)), "until": None}
            if pk in self.closed:
                new = {**old, "until": self.since}
            else:
                new = {"boundary": self._boundary_after(pk), "buildings": list(self._after[pk]), "until": None}
            if old != new:
                found.append((pk, old, {**new, "since": self.since}))
        return found
