"""A small invented town for tests: one city, county, two streets, three communities, grids, departments, and staff of every kind."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

from linli.kernel.memo import forget
from linli.matters.enums import CatalogueStatus
from linli.matters.models import CatalogueVersion, Category
from linli.orgs.actors import Actor, actor_for
from linli.orgs.enums import OrgKind
from linli.orgs.models import Organisation, Post, User
from linli.places.models import Building, Compound, Division, Grid
from linli.places.queries import Place

# A Tuesday, 10:20 in Shanghai, in office hours, months away from any holiday.
NOW = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[105.0, 30.0], [105.01, 30.0], [105.01, 30.01], [105.0, 30.01], [105.0, 30.0]]],
}
EAST = {
    "type": "Polygon",
    "coordinates": [[[105.01, 30.0], [105.02, 30.0], [105.02, 30.01], [105.01, 30.01], [105.01, 30.0]]],
}


@dataclasses.dataclass
class Town:
    """The records of the town by short names: ``t.units['housing']``, ``t.users['clerk']``."""

    divisions: dict[str, Division] = dataclasses.field(default_factory=dict)
    units: dict[str, Organisation] = dataclasses.field(default_factory=dict)
    users: dict[str, User] = dataclasses.field(default_factory=dict)
    grids: dict[str, Grid] = dataclasses.field(default_factory=dict)
    categories: dict[str, Category] = dataclasses.field(default_factory=dict)
    compound: Compound = dataclasses.field(init=False)
    building: Building = dataclasses.field(init=False)

    def actor(self, name: str, at: datetime = NOW) -> Actor:
        """Return a member of staff as an actor."""
        return actor_for(self.users[name], at=at)

    def place(self, community: str = "east", grid: str | None = "east1") -> Place:
        division = self.divisions[community]
        return Place(
            division_id=division.pk,
            division_code=division.code,
            text="桂花园3栋",
            grid_id=self.grids[grid].pk if grid else None,
            compound_id=self.compound.pk if community == "east" else None,
        )


STAFF = (
    ("clerk", "何晓兰", "clerk", "east", None),
    ("clerk2", "邓海", "clerk", "east", None),
    ("head", "罗长青", "community_head", "east", None),
    ("grid", "蒋小芳", "grid_leader", "east", "east1"),
    ("worker", "买买提江·吐尔逊", "grid_worker", "east", "east1"),
    ("west_clerk", "叶青", "clerk", "west", None),
    ("far_clerk", "苏平", "clerk", "far", None),
    ("dispatcher", "范志强", "dispatcher", "street", None),
    ("street_supervisor", "程曦", "supervisor", "street", None),
    ("street_head", "韩冬", "street_head", "street", None),
    ("far_dispatcher", "于明", "dispatcher", "far_street", None),
    ("county_dispatcher", "贺云", "dispatcher", "county", None),
    ("county_supervisor", "庄严", "supervisor", "county", None),
    ("leader", "高原", "leader", "county", None),
    ("city_dispatcher", "石磊", "dispatcher", "city", None),
    ("city_supervisor", "梅雪", "supervisor", "city", None),
    ("caller", "安宁", "caller_desk", "city", None),
    ("admin", "唐䶮", "admin", "city", None),
    ("housing", "龙飞", "handler", "housing", None),
    ("housing_head", "汪洋", "unit_head", "housing", None),
    ("water", "方圆", "handler", "water", None),
    ("police", "雷鸣", "handler", "police", None),
    ("property", "尹勤", "handler", "property", None),
)


def build_town() -> Town:
    """Write the town into the database and return it."""
    town = Town()
    _divisions(town)
    _units(town)
    for key, name, role, unit, grid in STAFF:
        user = User.objects.create_user(username=key, name=name)
        Post.objects.create(
            user=user,
            role=role,
            organisation=town.units[unit],
            grid=town.grids[grid] if grid else None,
            since=date(2025, 1, 1),
        )
        town.users[key] = user
    _catalogue(town)
    forget()
    return town


def _divisions(town: Town) -> None:
    rows: tuple[tuple[str, str, str, int, str | None], ...] = (
        ("province", "990000000000", "示范省", 1, None),
        ("city", "990100000000", "云溪市", 2, "province"),
        ("county", "990101000000", "临江区", 3, "city"),
        ("street", "990101001000", "桂湖街道", 4, "county"),
        ("far_street", "990101002000", "松林镇", 4, "county"),
        ("east", "990101001001", "东门社区", 5, "street"),
        ("west", "990101001002", "西园社区", 5, "street"),
        ("far", "990101002201", "石桥村", 5, "far_street"),
    )
    for key, code, name, level, parent in rows:
        town.divisions[key] = Division.objects.create(
            code=code, name=name, level=level, parent=town.divisions[parent] if parent else None
        )
    for key, community, serial, shape in (
        ("east1", "east", 1, SQUARE),
        ("east2", "east", 2, EAST),
        ("west1", "west", 1, None),
    ):
        division = town.divisions[community]
        town.grids[key] = Grid.objects.create(
            community=division,
            code=f"{division.code}{serial:03d}",
            name=f"第{serial}网格",
            boundary=shape,
            since=date(2025, 1, 1),
        )
    town.compound = Compound.objects.create(
        community=town.divisions["east"], name="桂花园", kind="commercial", year_built=2004
    )
    town.building = Building.objects.create(
        community=town.divisions["east"],
        compound=town.compound,
        grid=town.grids["east1"],
        name="3栋",
        road="解放路",
        road_number="12",
        lon=105.005,
        lat=30.005,
        households=48,
    )


def _units(town: Town) -> None:
    rows: tuple[tuple[str, str, str, str, bool, str | None], ...] = (
        ("city", OrgKind.CENTRE, "云溪市治理中心", "city", True, None),
        ("county", OrgKind.CENTRE, "临江区治理中心", "county", True, "city"),
        ("street", OrgKind.STREET_OFFICE, "桂湖街道办事处", "street", True, "county"),
        ("far_street", OrgKind.STREET_OFFICE, "松林镇人民政府", "far_street", True, "county"),
        ("east", OrgKind.COMMUNITY_COMMITTEE, "东门社区居委会", "east", True, "street"),
        ("west", OrgKind.COMMUNITY_COMMITTEE, "西园社区居委会", "west", True, "street"),
        ("far", OrgKind.VILLAGE_COMMITTEE, "石桥村委会", "far", True, "far_street"),
        ("housing", OrgKind.DEPARTMENT, "临江区住建局", "county", False, "county"),
        ("water", OrgKind.STATION, "临江区供水站", "county", False, "county"),
        ("police", OrgKind.STATION, "桂湖派出所", "street", False, "street"),
        ("property", OrgKind.PROPERTY_COMPANY, "安和物业", "east", False, None),
        ("empty", OrgKind.DEPARTMENT, "临江区档案局", "county", False, "county"),
    )
    for key, kind, name, place, governs, parent in rows:
        town.units[key] = Organisation.objects.create(
            kind=kind,
            name=name,
            division=town.divisions[place],
            governs=governs,
            parent=town.units[parent] if parent else None,
        )


def _catalogue(town: Town) -> None:
    rules: dict[str, Any] = {}
    rows = (
        ("property", None, "物业管理", None, None),
        ("lift", "property", "电梯故障", 2, "housing"),
        ("roads", None, "市政设施", None, None),
        ("lamp", "roads", "路灯不亮", 3, "housing"),
        ("water", "roads", "停水漏水", 2, "water"),
        ("gas", "roads", "燃气泄漏", 1, "police"),
    )
    for position, (key, parent, name, urgency, unit) in enumerate(rows):
        town.categories[key] = Category.objects.create(
            key=key, name=name, parent=town.categories[parent] if parent else None, position=position
        )
        if urgency is not None and unit is not None:
            rules[key] = {
                "urgency": urgency,
                "handle": "3 working days",
                "words": [name[:2]],
                "units": [{"place": "990101", "unit": town.units[unit].pk}],
            }
    CatalogueVersion.objects.create(
        number=1, status=CatalogueStatus.PUBLISHED, rules=rules, created_at=NOW, published_at=NOW
    )
