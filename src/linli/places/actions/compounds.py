"""Compounds with their buildings, entrances and dwellings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from linli.kernel.audit import note, snapshot
from linli.kernel.display import local
from linli.places.actions.checks import boundary, named, optional, position
from linli.places.actions.checks import reason as given
from linli.places.changes import touch
from linli.places.dwellings import EntranceLine
from linli.places.enums import CompoundKind, Level
from linli.places.locating import contains, shape_from_geojson
from linli.places.models import Building, Compound, Division, Dwelling, Entrance, Grid, GridVersion
from linli.places.policies import Manager, can_manage

COMPOUND_FIELDS = (
    "name", "kind", "year_built", "aliases", "property_company_id", "owners_committee_id", "lon", "lat", "active",
)  # fmt: skip
BUILDING_FIELDS = (
    "name", "compound", "grid", "road", "road_number", "households", "floors", "lon", "lat", "active",
)  # fmt: skip
FIRST_YEAR = 1800
MOST_ALIASES = 12


@transaction.atomic
def create_compound(*, community: Division, by: Manager, at: datetime, **values: Any) -> Compound:
    """Register a compound of a community. ``values`` as for ``update_compound``; ``name`` and ``kind`` are required."""
    can_manage(by, community.code).enforce()
    if community.level != Level.COMMUNITY or not community.active:
        raise ValidationError(_("小区登记在现行的社区或村之下。"))
    made = Compound(community=community, **_compound_values(values, at))
    _once(Compound, "name", _("这个社区已经有“%(name)s”了。"), community=community, name=made.name)
    made.save(force_insert=True)
    note(by=by, action="places.create", subject=made, before=None, after=snapshot(made, *COMPOUND_FIELDS), at=at)
    touch()
    return made


@transaction.atomic
def update_compound(*, compound: Compound, by: Manager, at: datetime, **values: Any) -> Compound:
    """Change a compound: name, kind, year_built, aliases (list), property_company_id, owners_committee_id, lon, lat, active."""
    found = Compound.objects.select_for_update().get(pk=compound.pk)
    community = Division.objects.get(pk=found.community_id)
    can_manage(by, community.code).enforce()
    before = snapshot(found, *COMPOUND_FIELDS)
    for name, value in _compound_values(
        {**{field: getattr(found, field) for field in COMPOUND_FIELDS}, **values}, at
    ).items():
        setattr(found, name, value)
    _once(Compound, "name", _("这个社区已经有“%(name)s”了。"), but=found.pk, community=community, name=found.name)
    found.save()
    note(by=by, action="places.update", subject=found, before=before, after=snapshot(found, *COMPOUND_FIELDS), at=at)
    touch()
    return found


def _compound_values(values: dict[str, Any], at: datetime) -> dict[str, Any]:
    lon, lat = position(values.get("lon"), values.get("lat"))
    year, kind = values.get("year_built"), values.get("kind") or ""
    if kind not in CompoundKind.values:
        raise ValidationError({"kind": _("请选择小区的类型。")})
    if year is not None and not FIRST_YEAR <= year <= local(at).year + 5:
        raise ValidationError({"year_built": _("建成年份应在 %(first)d 年之后。") % {"first": FIRST_YEAR}})
    aliases = list(
        dict.fromkeys(named("aliases", alias, limit=60) for alias in values.get("aliases") or () if alias.strip())
    )
    if len(aliases) > MOST_ALIASES:
        raise ValidationError({"aliases": _("别名最多 %(most)d 个。") % {"most": MOST_ALIASES}})
    return {
        "name": named("name", values.get("name") or "", limit=100),
        "kind": kind,
        "year_built": year,
        "aliases": aliases,
        "property_company_id": values.get("property_company_id"),
        "owners_committee_id": values.get("owners_committee_id"),
        "lon": lon,
        "lat": lat,
        "active": values.get("active", True),
    }


@transaction.atomic
def retire_compound(*, compound: Compound, reason: str, by: Manager, at: datetime) -> Compound:
    """Take a compound out of use; refused while a building of it is in use."""
    found = Compound.objects.select_for_update().get(pk=compound.pk)
    can_manage(by, Division.objects.get(pk=found.community_id).code).enforce()
    why = given(reason)
    if count := Building.objects.filter(compound=found, active=True).count():
        raise ValidationError(_("里面还有 %(count)d 栋楼在用，请先停用或移到别的小区。") % {"count": count})
    return _retire(found, why, by, at)


@transaction.atomic
def create_building(*, community: Division, by: Manager, at: datetime, **values: Any) -> Building:
    """Register a building. ``values`` as for ``update_building``; ``name`` is required.

    It belongs to ``grid`` (of the same community), or else to the grid in which its position lies.
    """
    can_manage(by, community.code).enforce()
    if community.level != Level.COMMUNITY or not community.active:
        raise ValidationError(_("楼栋登记在现行的社区或村之下。"))
    made = Building(community=community, **_building_values(values, community))
    if made.compound_id is not None:
        _once(Building, "name", _("这个小区已经有“%(name)s”了。"), compound_id=made.compound_id, name=made.name)
    made.grid = made.grid or _grid_at(community, made.lon, made.lat)
    made.save(force_insert=True)
    _admit(made, at)
    note(by=by, action="places.create", subject=made, before=None, after=snapshot(made, *BUILDING_FIELDS), at=at)
    touch()
    return made


@transaction.atomic
def update_building(*, building: Building, by: Manager, at: datetime, **values: Any) -> Building:
    """Change a building: name, compound, road, road_number, households, floors, lon, lat, footprint (GeoJSON), active.

    The grid changes by re-drawing only, so that the grid's history stays true.
    """
    found = Building.objects.select_for_update().get(pk=building.pk)
    community = Division.objects.get(pk=found.community_id)
    can_manage(by, community.code).enforce()
    before = snapshot(found, *BUILDING_FIELDS)
    kept = {field: getattr(found, field) for field in (*BUILDING_FIELDS, "footprint")}
    for name, value in _building_values({**kept, **values}, community).items():
        setattr(found, name, value)
    if found.compound_id is not None:
        said = _("这个小区已经有“%(name)s”了。")
        _once(Building, "name", said, but=found.pk, compound_id=found.compound_id, name=found.name)
    found.save()
    note(by=by, action="places.update", subject=found, before=before, after=snapshot(found, *BUILDING_FIELDS), at=at)
    touch()
    return found


def _grid_at(community: Division, lon: float | None, lat: float | None) -> Grid | None:
    """The grid of the community that covers a position; none on a border, where a person has to choose."""
    if lon is None or lat is None:
        return None
    drawn = Grid.objects.filter(community=community, active=True, boundary__isnull=False).order_by("id")
    covering = [grid for grid in drawn if contains(shape_from_geojson(grid.boundary), lon, lat)]
    return covering[0] if len(covering) == 1 else None


def _admit(building: Building, at: datetime) -> None:
    """Write a new building into the drawings of its grid that are in force or planned."""
    if building.grid_id is None:
        return
    today = local(at).date()
    for version in GridVersion.objects.filter(grid_id=building.grid_id).exclude(until__lte=today):
        version.building_ids = [*version.building_ids, building.pk]
        version.save(update_fields=["building_ids"])


def _building_values(values: dict[str, Any], community: Division) -> dict[str, Any]:
    lon, lat = position(values.get("lon"), values.get("lat"))
    compound: Compound | None = values.get("compound")
    grid: Grid | None = values.get("grid")
    if compound is not None and compound.community_id != community.pk:
        raise ValidationError({"compound": _("小区不在这个社区里。")})
    if grid is not None and grid.community_id != community.pk:
        raise ValidationError({"grid": _("网格不在这个社区里。")})
    households, floors = values.get("households") or 0, values.get("floors")
    if not 0 <= households <= 20_000:
        raise ValidationError({"households": _("户数应在 0 到 20000 之间。")})
    if floors is not None and not 1 <= floors <= 200:
        raise ValidationError({"floors": _("层数应在 1 到 200 之间。")})
    return {
        "name": named("name", values.get("name") or "", limit=60),
        "compound": compound,
        "grid": grid,
        "road": optional("road", values.get("road") or "", limit=60),
        "road_number": optional("road_number", values.get("road_number") or "", limit=20),
        "households": households,
        "floors": floors,
        "lon": lon,
        "lat": lat,
        "footprint": boundary(values.get("footprint"), "footprint"),
        "active": values.get("active", True),
    }


@transaction.atomic
def retire_building(*, building: Building, reason: str, by: Manager, at: datetime) -> Building:
    """Take a building out of use (pulled down, registered twice). Its dwellings stay for history."""
    found = Building.objects.select_for_update().get(pk=building.pk)
    can_manage(by, Division.objects.get(pk=found.community_id).code).enforce()
    return _retire(found, given(reason), by, at)


def _retire(found: Any, why: str, by: Manager, at: datetime) -> Any:
    if not found.active:
        raise ValidationError(_("“%(name)s”已经停用了。") % {"name": found.name})
    found.active = False
    found.save(update_fields=["active"])
    note(
        by=by,
        action="places.retire",
        subject=found,
        before={"active": True},
        after={"active": False, "reason": why},
        at=at,
    )
    touch()
    return found


@transaction.atomic
def set_dwellings(*, building: Building, entrances: Sequence[EntranceLine], by: Manager, at: datetime) -> None:
    """Make the entrances and dwellings of a building these. What is left out is deleted, or refused while something points at it."""
    found = Building.objects.select_for_update().get(pk=building.pk)
    can_manage(by, Division.objects.get(pk=found.community_id).code).enforce()
    before = _listed(found)
    wanted = {(entrance.name, d.number): d.area for entrance in entrances for d in entrance.dwellings}
    here = {e.name: e for e in Entrance.objects.filter(building=found)}
    stored = {
        (row.entrance.name if row.entrance else "", row.number): row
        for row in Dwelling.objects.filter(building=found).select_related("entrance")
    }
    _delete([row for key, row in stored.items() if key not in wanted])
    named_here = {entrance.name for entrance in entrances if entrance.name}
    _delete([row for name, row in here.items() if name not in named_here])
    missing = [Entrance(building=found, name=name) for name in sorted(named_here - set(here))]
    here |= {row.name: row for row in Entrance.objects.bulk_create(missing)}
    Dwelling.objects.bulk_create(
        Dwelling(building=found, entrance=here.get(name), number=number, area=area)
        for (name, number), area in wanted.items()
        if (name, number) not in stored
    )
    changed = [row for key, row in stored.items() if key in wanted and row.area != wanted[key]]
    for row in changed:
        row.area = wanted[row.entrance.name if row.entrance else "", row.number]
    Dwelling.objects.bulk_update(changed, ["area"])
    after = _listed(found)
    if before != after:
        note(
            by=by,
            action="places.dwellings",
            subject=found,
            before={"dwellings": before},
            after={"dwellings": after},
            at=at,
        )
    touch()


def _delete(rows: list[Any]) -> None:
    for row in rows:
        try:
            with transaction.atomic():
                row.delete()
        except ProtectedError as error:
            name = getattr(row, "number", None) or row.name
            raise ValidationError(
                {"dwellings": _("%(name)s 已有登记指向它，不能删除；请先处理那些登记。") % {"name": name}}
            ) from error


def _listed(building: Building) -> dict[str, list[str]]:
    """Entrances with their dwellings, for the audit."""
    listed: dict[str, list[str]] = {
        name: [] for name in Entrance.objects.filter(building=building).values_list("name", flat=True)
    }
    rows = Dwelling.objects.filter(building=building).order_by("number").values_list("entrance__name", "number", "area")
    for entrance, number, area in rows:
        listed.setdefault(entrance or "", []).append(number if area is None else f"{number}={area}")
    return listed


def _once(model: type[Any], field: str, said: str, *, but: int | None = None, **where: Any) -> None:
    if model.objects.filter(**where).exclude(pk=but).exists():
        raise ValidationError({field: said % {"name": where["name"]}})
