"""Where somebody may start a case of a procedure: the places of their posts for staff, the communities that take part for residents.

A choice travels through the form as a short value that is looked up again when it comes back: ``d7`` a division, ``g3`` a grid.
"""

import dataclasses
from collections.abc import Iterator

from linli.kernel.memo import remember
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.places.enums import Level
from linli.places.models import Division, Grid
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.inside import levels_named
from linli.procedures.holders import LEVELS
from linli.procedures.models import Case
from linli.procedures.starting import may_start


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """A place where a case may be started. ``own``: it is what one of the person's posts is about, and proposed first."""

    value: str
    name: str
    above: str
    level: int
    division_id: int
    division_code: str
    grid_id: int | None = None
    own: bool = False


def sites(definition: Definition, by: Actor) -> Iterator[Site]:
    """Yield the places where an actor may start a case, by code; a community's grids after it.

    As deep as the definition speaks: where a step is held in the community, a case of the whole county could be held by nobody there.
    """
    deepest = max((LEVELS[level] for level in levels_named(definition)), default=Level.CITY)
    if not by.posts:
        deepest = Level.COMMUNITY
    for site in governed():
        if site.level < deepest or (by.posts and not any(post.covers(site.division_code) for post in by.posts)):
            continue
        if _may(definition, by, site):
            own = any(post.grid_id is None and post.unit.division_code == site.division_code for post in by.posts)
            yield dataclasses.replace(site, own=own)
        if any(post.unit.division_code == site.division_code for post in by.posts):
            mine = by.grid_ids
            for grid in _grids(site):
                if _may(definition, by, grid):
                    yield dataclasses.replace(grid, own=grid.grid_id in mine)


def governed() -> list[Site]:
    """Return the divisions that are governed here, by code (kept in the process for a minute)."""

    def load() -> list[Site]:
        rows = Division.objects.filter(active=True, code__in=list(units().governing), level__gte=Level.CITY)
        return [
            Site(f"d{pk}", name, above or "", level, pk, code)
            for pk, code, name, level, above in rows.order_by("code").values_list(
                "pk", "code", "name", "level", "parent__name"
            )
        ]

    return remember("procedures:governed", load, seconds=60)


def _grids(community: Site) -> list[Site]:
    if community.level != Level.COMMUNITY:
        return []
    rows = (
        Grid.objects.filter(community_id=community.division_id, active=True).order_by("code").values_list("pk", "name")
    )
    return [
        dataclasses.replace(community, value=f"g{pk}", name=f"{community.name} {name}", grid_id=pk) for pk, name in rows
    ]


def _may(definition: Definition, by: Actor, site: Site) -> bool:
    case = Case(
        division_code=site.division_code,
        grid_id=site.grid_id,
        starter_user_id=by.user_id,
        starter_key=by.key,
        data={},
    )
    return may_start(definition, by, case)


def usual(found: list[Site], *, code: str = "") -> Site | None:
    """Return the place to propose: the only one, one's own grid or unit's place, or that of a community's ``code``."""
    if len(found) == 1:
        return found[0]
    own = [site for site in found if site.own]
    if own:
        return next((site for site in own if site.grid_id is not None), own[0])
    return next((site for site in found if code and site.division_code == code and site.grid_id is None), None)


def grouped(found: list[Site]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return places as the groups of a select: (what lies above, [(value, name)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for site in found:
        groups.setdefault(site.above, []).append((site.value, site.name))
    return list(groups.items())
