"""One account of every important role, where there is something to do, shown when the demonstration starts."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from linli.demo.loading.staff import PASSWORD
from linli.kernel.models import Setting
from linli.orgs.enums import ROLES, OrgKind
from linli.orgs.models import Post
from linli.orgs.units import Unit, units
from linli.places.enums import Level
from linli.procedures.models import Case

KEY = "demo_sign_ins"


@dataclasses.dataclass(frozen=True, slots=True)
class Desk:
    """A role in a unit."""

    role: str
    unit_id: int


def choose(running: Iterable[Case], *, today: date) -> list[dict[str, Any]]:
    """Return the sign-ins: user name, password, what the account is. ``running``: the open cases."""
    cases = list(running)
    table = units()
    community = _busiest_community(cases)
    street = table.governing_at(community.division_code, Level.STREET)
    county = table.governing_at(community.division_code, Level.COUNTY)
    city = table.governing_at(community.division_code, Level.CITY)
    assert street is not None and county is not None and city is not None
    held = Counter(case.holder_unit_id for case in cases if case.holder_role == "handler")
    department = _most(held, "department", county.division_code[:6])
    company = _most(held, "property_company", county.division_code[:6])
    wanted = [
        Desk("clerk", community.id),
        Desk("community_head", community.id),
        Desk("grid_leader", community.id),
        Desk("grid_worker", community.id),
        Desk("dispatcher", street.id),
        Desk("supervisor", street.id),
        Desk("street_head", street.id),
        *[Desk("handler", one) for one in (department, company) if one is not None],
        Desk("dispatcher", county.id),
        Desk("leader", county.id),
        Desk("dispatcher", city.id),
        Desk("caller_desk", city.id),
    ]
    found: list[Post] = []
    for desk in wanted:
        post = _somebody(desk, today, {one.user_id for one in found})
        found += [post] if post is not None else []
    admin = Post.objects.filter(role="admin", until__isnull=True).select_related("user").order_by("id").first()
    return [_entry(post) for post in [*found, *([admin] if admin else [])]]


def _busiest_community(cases: list[Case]) -> Unit:
    """The community of the town whose desk shows most kinds of things at once: whistles, fresh reports, what is to be checked."""
    table = units()
    kinds: dict[str, set[str]] = {}
    sizes: Counter[str] = Counter()
    for case in cases:
        code = case.division_code
        if case.procedure == "matter" and table.governing_at(code, Level.COMMUNITY) is not None:
            kinds.setdefault(code, set()).add(case.step)
            sizes[code] += 1
    if not kinds:
        return next(unit for unit in table.by_id.values() if unit.governs and unit.level == Level.COMMUNITY)
    best = max(sorted(kinds), key=lambda code: (_in_town(code), len(kinds[code]), sizes[code]))
    found = table.governing_at(best, Level.COMMUNITY)
    assert found is not None
    return found


def _in_town(code: str) -> bool:
    unit = units().governing_at(code, Level.COMMUNITY)
    return unit is not None and unit.kind == OrgKind.COMMUNITY_COMMITTEE


def _most(held: Counter[int], kind: str, prefix: str) -> int | None:
    """The unit of a kind in a county that holds most."""
    table = units().by_id
    fitting = [pk for pk, unit in table.items() if unit.kind == kind and unit.division_code.startswith(prefix)]
    return max(fitting, key=lambda pk: (held[pk], -pk), default=None)


def _somebody(desk: Desk, today: date, taken: set[int]) -> Post | None:
    """Somebody in this post, if possible not one who is shown under another role already."""
    rows = Post.objects.filter(organisation_id=desk.unit_id, role=desk.role, since__lte=today, until__isnull=True)
    return min(rows.select_related("user").order_by("id"), key=lambda post: post.user_id in taken, default=None)


def _entry(post: Post) -> dict[str, Any]:
    unit = units().by_id[post.organisation_id]
    title = f"{unit.label} {ROLES[post.role].name} {post.user.name}"
    return {"username": post.user.username, "password": PASSWORD, "title": title}


def save(entries: list[dict[str, Any]]) -> None:
    """Keep the sign-ins for the sign-in page and the start."""
    Setting.objects.update_or_create(key=KEY, defaults={"value": entries})


def saved() -> list[dict[str, Any]]:
    """Return the sign-ins of this database's demonstration; none if it has none."""
    value = Setting.objects.filter(key=KEY).values_list("value", flat=True).first()
    return value if isinstance(value, list) else []
