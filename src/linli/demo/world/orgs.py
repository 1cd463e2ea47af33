"""Organisations of every kind, from the city's hotline down to the volunteers of a community."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from linli.demo.world import placenames
from linli.demo.world.types import Compound, Division, Level, Organisation, OrgKind

# function: (name after the county's, short name, kind); "*": after the name without its last character.
COUNTY_UNITS: dict[str, tuple[str, str, OrgKind]] = {
    "housing": ("住房和城乡建设局", "住建局", "department"),
    "urban_mgmt": ("城市管理局", "城管局", "department"),
    "market": ("市场监督管理局", "市场监管局", "department"),
    "sanitation": ("环境卫生管理所", "环卫所", "department"),
    "lighting": ("路灯管理所", "路灯所", "department"),
    "ecology": ("生态环境局", "生态环境局", "department"),
    "civil_affairs": ("民政局", "民政局", "department"),
    "human_resources": ("人力资源和社会保障局", "人社局", "department"),
    "medical_insurance": ("医疗保障局", "医保局", "department"),
    "education": ("教育和体育局", "教体局", "department"),
    "transport": ("交通运输局", "交通局", "department"),
    "water_bureau": ("水务局", "水务局", "department"),
    "land": ("自然资源局", "自然资源局", "department"),
    "agriculture_bureau": ("农业农村局", "农业农村局", "department"),
    "health_bureau": ("卫生健康局", "卫健局", "department"),
    "disabled": ("残疾人联合会", "残联", "department"),
    "fire": ("消防救援大队", "消防大队", "department"),
    "police_bureau": ("公安分局", "公安分局", "department"),
    "traffic_police": ("公安分局交警大队", "交警大队", "department"),
    "power": ("*供电所", "供电所", "enterprise"),
    "water": ("*自来水公司", "自来水公司", "enterprise"),
    "gas": ("*燃气公司", "燃气公司", "enterprise"),
    "telecom": ("*通信服务中心", "通信公司", "enterprise"),
    "bus": ("*公交公司", "公交公司", "enterprise"),
}
STREET_STATIONS: dict[str, tuple[str, str]] = {
    "municipal": ("市政站", "市政站"),
    "enforcement": ("综合执法队", "执法队"),
    "police": ("派出所", "派出所"),
    "justice": ("司法所", "司法所"),
    "service_centre": ("便民服务中心", "便民中心"),
    "health": ("卫生服务中心", "卫生中心"),
    "agriculture": ("农业服务站", "农业站"),
}
CITY_UNITS: dict[str, tuple[str, str, OrgKind]] = {
    "housing": ("住房和城乡建设局", "市住建局", "department"),
    "transport": ("交通运输局", "市交通局", "department"),
    "ecology": ("生态环境局", "市生态环境局", "department"),
    "education": ("教育局", "市教育局", "department"),
    "water": ("水务集团", "市水务集团", "enterprise"),
}
_COMPANY_WORDS = (
    "安居",
    "和泰",
    "众邻",
    "碧枝",
    "诚信达",
    "万柯",
    "馨园",
    "佳禾",
    "守望",
    "同里",
    "云渚",
    "绿檐",
    "暖阳",
    "楼宇通",
)


class _Phones:
    """Fictional numbers: no subscriber's number starts with 0."""

    def __init__(self) -> None:
        self._next = 0

    def take(self) -> str:
        self._next += 1
        return f"0999-00{self._next:05d}"


class _Register:
    def __init__(self, divisions: Sequence[Division], compounds: Sequence[Compound], rng: Random) -> None:
        self.divisions, self.compounds, self.rng = divisions, list(compounds), rng
        self.phones = _Phones()
        self.orgs: list[Organisation] = []

    def add(
        self,
        function: str,
        code: str,
        name: str,
        short: str,
        kind: OrgKind,
        level: Level,
        parent: str | None,
        address: str,
        communities: tuple[str, ...] = (),
        key: str | None = None,
    ) -> str:
        key = key or f"{function}-{code}"
        self.orgs.append(
            Organisation(
                key=key,
                name=name,
                short_name=short,
                kind=kind,
                function=function,
                level=level,
                division_code=code,
                parent_key=parent,
                phone=self.phones.take(),
                address=address,
                community_codes=communities,
            )
        )
        return key

    def fill(self) -> None:
        by_level: dict[str, list[Division]] = {}
        for division in self.divisions:
            by_level.setdefault(division.level, []).append(division)
        city = by_level["city"][0]
        hotline = self._city(city)
        centres = {d.code: self._county(d, hotline) for d in by_level["county"]}
        streets = {d.code: self._street(d, centres[d.parent_code or ""]) for d in by_level["street"]}
        committees = {d.code: self._community(d, streets[d.parent_code or ""]) for d in by_level["community"]}
        self._companies(by_level["county"])
        self._committees(committees)

    def _city(self, city: Division) -> str:
        party = self.add(
            "social_work",
            city.code,
            f"中共{city.name}委社会工作部",
            "市委社会工作部",
            "party",
            "city",
            None,
            f"{city.name}政务中心 2 号楼",
        )
        hotline = self.add(
            "hotline",
            city.code,
            f"{city.name}市民热线中心",
            "市民热线中心",
            "department",
            "city",
            party,
            f"{city.name}政务中心 1 号楼",
        )
        for function, (name, short, kind) in CITY_UNITS.items():
            self.add(function, city.code, city.name + name, short, kind, "city", hotline, f"{city.name}政务中心")
        return hotline

    def _county(self, county: Division, hotline: str) -> str:
        place = f"{county.name}政务服务中心"
        last = county.name[-1]
        party = self.add(
            "social_work",
            county.code,
            f"中共{county.name}委社会工作部",
            f"{last}委社会工作部",
            "party",
            "county",
            hotline,
            place,
        )
        centre = self.add(
            "governance_centre",
            county.code,
            f"{county.name}社会治理中心",
            f"{last}治理中心",
            "department",
            "county",
            party,
            place,
        )
        for function, (name, short, kind) in COUNTY_UNITS.items():
            full = county.name[:-1] + name[1:] if name.startswith("*") else county.name + name
            self.add(function, county.code, full, short, kind, "county", centre, place)
        return centre

    def _street(self, street: Division, centre: str) -> str:
        town = not street.name.endswith("街道")
        place = f"{street.name}便民路 1 号"
        office = f"{street.name}人民政府" if town else f"{street.name}办事处"
        key = self.add("street", street.code, office, street.name, "street_office", "street", centre, place)
        self.add(
            "street_party",
            street.code,
            f"中共{street.name}委员会" if town else f"{street.name}党工委",
            "党委" if town else "党工委",
            "party",
            "street",
            key,
            place,
        )
        for function, (name, short) in STREET_STATIONS.items():
            full = f"{street.name}卫生院" if town and function == "health" else street.name + name
            self.add(function, street.code, full, short, "station", "street", key, place)
        stem = street.name.removesuffix("街道").removesuffix("镇").removesuffix("乡")
        self.add(
            "social_service", street.code, f"{stem}邻里社工服务中心", f"{stem}社工", "social_org", "street", key, place
        )
        return key

    def _community(self, community: Division, street: str) -> str:
        rural, place = community.rural, f"{community.name}党群服务中心"
        key = self.add(
            "community",
            community.code,
            community.name + ("民委员会" if rural else "居民委员会"),
            community.name,
            "village_committee" if rural else "community_committee",
            "community",
            street,
            place,
        )
        self.add(
            "party",
            community.code,
            f"{community.name}党{'支部' if rural else '委'}",
            f"{community.name}党组织",
            "party",
            "community",
            key,
            place,
        )
        stem = community.name.removesuffix("社区").removesuffix("村")
        self.add(
            "volunteers",
            community.code,
            f"{stem}志愿服务队",
            f"{stem}志愿队",
            "volunteer_team",
            "community",
            key,
            place,
        )
        shop = self.rng.choice(placenames.SHOPS)
        self.add(
            "shop",
            community.code,
            f"{shop}（{stem}店）",
            shop,
            "partner_shop",
            "community",
            key,
            f"{community.name}便民街",
            (community.code,),
        )
        return key

    def _companies(self, counties: Iterable[Division]) -> None:
        """Property companies by county; each looks after compounds near each other."""
        for county in counties:
            prefix = county.code[:6]
            wanted = [
                i
                for i, c in enumerate(self.compounds)
                if c.community_code.startswith(prefix) and self._wants_company(c)
            ]
            number = max(2, round(len(wanted) / 28)) if len(wanted) > 1 else len(wanted)
            for n in range(number):
                mine = wanted[n * len(wanted) // number : (n + 1) * len(wanted) // number]
                word = _COMPANY_WORDS[n % len(_COMPANY_WORDS)]
                # Beyond the list of words the companies are branches.
                branch = f"第{n // len(_COMPANY_WORDS) + 1}分公司" if n >= len(_COMPANY_WORDS) else ""
                key = self.add(
                    "property",
                    county.code,
                    f"{county.name[:-1]}{word}物业服务有限公司{branch}",
                    f"{word}物业{branch}",
                    "property_company",
                    "community",
                    None,
                    f"{county.name}商务楼 {n + 3} 层",
                    tuple(sorted({self.compounds[i].community_code for i in mine})),
                    f"property-{prefix}-{n + 1:02d}",
                )
                for i in mine:
                    self.compounds[i] = replace(self.compounds[i], property_company=key)

    def _wants_company(self, compound: Compound) -> bool:
        chance = {"commercial": 0.94, "resettlement": 0.82, "work_unit": 0.35, "village_converted": 0.3}
        return self.rng.random() < chance.get(compound.kind, 0.0)

    def _committees(self, committees: dict[str, str]) -> None:
        """Owners' committees: not everywhere, and only where there is a company to speak with."""
        for i, compound in enumerate(self.compounds):
            big = compound.kind == "commercial" and compound.property_company and compound.households >= 120
            if big and self.rng.random() < 0.32:
                key = self.add(
                    "owners",
                    compound.community_code,
                    f"{compound.name}业主委员会",
                    f"{compound.name}业委会",
                    "owners_committee",
                    "community",
                    committees[compound.community_code],
                    compound.address,
                    (compound.community_code,),
                    f"owners-{compound.key}",
                )
                self.compounds[i] = replace(compound, owners_committee=key)


def register(
    divisions: Sequence[Division], compounds: Sequence[Compound], rng: Random
) -> tuple[list[Organisation], list[Compound]]:
    """All organisations, parents first, and the compounds with their company and committee."""
    work = _Register(divisions, compounds, rng)
    work.fill()
    return work.orgs, work.compounds
