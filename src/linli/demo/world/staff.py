"""Who works where: users, posts, and a directory that says who may act under which role at a given time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from linli.demo.world import names
from linli.demo.world.territory import GridSite
from linli.demo.world.types import Division, Organisation, Post, User
from linli.demo.world.worktime import ZONE

SIX_MEMBERS = ("affairs_assistant", "dispute_mediator", "opinion_liaison", "policy_publicist", "civility_advocate")
_CLERK_TITLES = ("社区专干", "居委会副主任", "民政代办", "综治专干", "妇联执委", "社区专干")
_VILLAGE_TITLES = ("村文书", "村委会委员", "村会计", "妇女主任")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody under a role: from when and until when (aware times; the end is the first moment without)."""

    username: str
    unit: str
    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(slots=True)
class Directory:
    """``holders[role, place]``: place is an organisation's key, or a grid's code for roles of a grid."""

    holders: dict[tuple[str, str], list[Holder]] = field(default_factory=dict)

    def pick(self, role: str, place: str, at: datetime, rng: Random) -> Holder:
        """Somebody who holds the role there at that time. KeyError if nobody does."""
        found = [h for h in self.holders[role, place] if h.holds(at)]
        if not found:
            raise KeyError((role, place, at))
        return found[0] if len(found) == 1 else rng.choice(found)


class _Office:
    def __init__(self, orgs: Sequence[Organisation], now: date, since: date, rng: Random) -> None:
        self.rng, self.now, self.since = rng, now, since
        self.orgs = orgs
        self.org = {o.key: o for o in orgs}
        self.phones, self.usernames = names.PhoneBook(), names.Usernames()
        self.rare = list(names.RARE_NAMES)
        self.users: list[User] = []
        self.posts: list[Post] = []
        self.directory = Directory()

    def hire(self, title: str) -> str:
        # Every ninth newcomer gets one of the names that break careless systems, until they are used up.
        rare = self.rare and len(self.users) % 9 == 4
        display, reading = self.rare.pop(0) if rare else names.person_name(self.rng)
        username = self.usernames.make(reading)
        self.users.append(User(username, display, self.phones.staff(), title))
        return username

    def post(
        self,
        username: str,
        role: str,
        unit: str,
        *,
        grid: str | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> None:
        start = start or self.since - timedelta(days=self.rng.randint(60, 1100))
        self.posts.append(
            Post(
                key=f"p{len(self.posts) + 1:05d}",
                username=username,
                role=role,
                org_key=unit,
                division_code=self.org[unit].division_code,
                grid_code=grid,
                start=start,
                end=end,
            )
        )
        holder = Holder(username, unit, _midnight(start), _midnight(end) if end else None)
        self.directory.holders.setdefault((role, grid or unit), []).append(holder)

    def staff(self, unit: str, role: str, title: str, count: int = 1) -> None:
        for _ in range(count):
            self.post(self.hire(title), role, unit)

    def leave(self, unit: str, role: str, title: str, grid: str | None = None) -> None:
        """Somebody who left during the period and whoever came after, without a gap."""
        span = max(2, (self.now - self.since).days)
        day = self.since + timedelta(days=self.rng.randint(span // 5, span * 4 // 5))
        self.post(self.hire(title), role, unit, grid=grid, end=day)
        self.post(self.hire(title), role, unit, grid=grid, start=day)

    def former(self, unit: str, role: str, title: str) -> None:
        """Somebody whose post had ended before the period began."""
        end = self.since - timedelta(days=self.rng.randint(10, 300))
        self.post(self.hire(title), role, unit, start=end - timedelta(days=700), end=end)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def _community(office: _Office, division: Division, grids: Sequence[GridSite]) -> None:
    unit, party, rng = f"community-{division.code}", f"party-{division.code}", office.rng
    head = office.hire("村支书、村主任" if division.rural else "社区书记、主任")
    office.post(head, "community_head", unit)
    titles = _VILLAGE_TITLES if division.rural else _CLERK_TITLES
    clerks = []
    for i in range(2 if division.rural else 4):
        clerks.append(office.hire(titles[i]))
        office.post(clerks[-1], "clerk", unit)
    if rng.random() < 0.35:
        office.leave(unit, "clerk", titles[-1])
    if rng.random() < 0.2:
        office.former(unit, "clerk", titles[-1])
    volunteers = [office.hire("党员志愿者" if i == 0 else "居民骨干") for i in range(max(3, len(grids) // 2))]
    for i, grid in enumerate(grids):
        office.post(clerks[i % len(clerks)], "grid_leader", unit, grid=grid.code)
        if rng.random() < 0.1:
            office.leave(unit, "grid_worker", "网格员", grid.code)
        else:
            worker = office.hire("网格员")
            office.post(worker, "grid_worker", unit, grid=grid.code)
            office.post(worker, "information_collector", unit, grid=grid.code)
        if rng.random() < 0.12:
            office.post(office.hire("网格员"), "grid_worker", unit, grid=grid.code)
        office.post(office.hire("楼栋长"), "micro_grid_worker", unit, grid=grid.code)
        office.post(volunteers[i % len(volunteers)], "party_group_leader", party, grid=grid.code)
        for j, role in enumerate(SIX_MEMBERS):
            office.post(volunteers[(i + j + 1) % len(volunteers)], role, unit, grid=grid.code)
    office.post(volunteers[-1], "unit_head", f"volunteers-{division.code}")


def _unit(office: _Office, org: Organisation, big: bool) -> None:
    match org.kind, org.function:
        case "party", "social_work":
            office.staff(org.key, "leader", "部长")
            if org.level == "city":
                office.staff(org.key, "admin", "平台管理员", 2)
        case "department", "hotline":
            office.staff(org.key, "leader", "中心主任")
            office.staff(org.key, "dispatcher", "分拨员", 3)
            office.staff(org.key, "supervisor", "督办员", 2)
            office.staff(org.key, "caller_desk", "热线坐席", 12 if big else 4)
        case "department", "governance_centre":
            office.staff(org.key, "leader", "中心主任")
            office.staff(org.key, "dispatcher", "分拨员", 2)
            office.staff(org.key, "supervisor", "督办员", 2)
        case "street_office", _:
            office.staff(org.key, "street_head", "镇长" if "人民政府" in org.name else "街道办主任")
            office.staff(org.key, "dispatcher", "分拨员", 2)
            office.staff(org.key, "supervisor", "督办员")
        case "department" | "enterprise" | "station", _:
            office.staff(org.key, "unit_head", "负责人")
            office.staff(org.key, "handler", "经办人", 2)
            if office.rng.random() < 0.15:
                office.leave(org.key, "handler", "经办人")
        case "property_company", _:
            office.staff(org.key, "unit_head", "总经理")
            office.staff(org.key, "handler", "项目经理", 1 + len(org.community_codes))
        case "owners_committee", _:
            office.staff(org.key, "unit_head", "业委会主任")
        case "social_org", _:
            office.staff(org.key, "unit_head", "理事长")
            office.staff(org.key, "handler", "社工", 2)


def employ(
    orgs: Sequence[Organisation],
    divisions: Sequence[Division],
    sites: Sequence[GridSite],
    *,
    since: datetime,
    now: datetime,
    big: bool,
    rng: Random,
) -> tuple[list[User], list[Post], Directory]:
    """Staff for every organisation and every grid. Every post that a matter needs is held at every moment."""
    office = _Office(orgs, now.astimezone(ZONE).date(), since.astimezone(ZONE).date(), rng)
    by_community: dict[str, list[GridSite]] = {}
    for site in sites:
        by_community.setdefault(site.community_code, []).append(site)
    for org in orgs:
        _unit(office, org, big)
    for division in divisions:
        if division.level == "community":
            _community(office, division, by_community[division.code])
    return office.users, office.posts, office.directory
