"""What a life of a matter needs to know of the world: who answers for what, who acts, how fast a unit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from linli.demo.world import orgs as organisations
from linli.demo.world.catalogue import Leaf
from linli.demo.world.staff import Directory
from linli.demo.world.types import Building, Channel, Compound, Level, Organisation, Reporter
from linli.demo.world.worktime import WorkClock

# Who comes along when the first is whistled for.
_ALONG: dict[str, tuple[str, ...]] = {
    "property": ("enforcement", "fire", "housing"),
    "municipal": ("water", "traffic_police", "enforcement"),
    "enforcement": ("police", "market", "urban_mgmt"),
    "urban_mgmt": ("enforcement", "police", "housing"),
    "sanitation": ("enforcement", "urban_mgmt"),
    "water": ("municipal", "traffic_police"),
    "power": ("municipal", "telecom"),
    "gas": ("fire", "police"),
    "lighting": ("power", "municipal"),
    "traffic_police": ("municipal", "enforcement"),
    "ecology": ("enforcement", "market", "municipal"),
    "market": ("enforcement", "police"),
    "police": ("justice", "enforcement"),
    "housing": ("fire", "enforcement"),
    "transport": ("municipal", "police", "land"),
    "agriculture": ("water_bureau", "land"),
    "water_bureau": ("agriculture", "health"),
    "education": ("traffic_police", "market", "enforcement"),
    "land": ("agriculture", "justice"),
}
# Whom the first receiver believes it to belong to.
_ELSEWHERE: dict[str, str] = {
    "property": "housing",
    "municipal": "water",
    "water": "municipal",
    "urban_mgmt": "enforcement",
    "enforcement": "urban_mgmt",
    "sanitation": "enforcement",
    "lighting": "power",
    "power": "telecom",
    "telecom": "power",
    "ecology": "urban_mgmt",
    "housing": "urban_mgmt",
    "traffic_police": "municipal",
    "police": "justice",
    "market": "enforcement",
    "gas": "municipal",
    "agriculture": "agriculture_bureau",
    "transport": "municipal",
    "service_centre": "human_resources",
    "civil_affairs": "service_centre",
    "human_resources": "justice",
    "medical_insurance": "service_centre",
    "disabled": "civil_affairs",
    "education": "traffic_police",
    "bus": "transport",
    "land": "agriculture",
    "water_bureau": "agriculture",
    "fire": "housing",
    "justice": "police",
    "health": "health_bureau",
    "agriculture_bureau": "agriculture",
    "health_bureau": "health",
}
# Who helps the grid or the community where they answer for the matter themselves, by group of the catalogue.
_HELP: dict[str, str] = {
    "property": "housing",
    "municipal": "municipal",
    "sanitation": "municipal",
    "noise": "enforcement",
    "traffic": "enforcement",
    "safety": "police",
    "order": "enforcement",
    "neighbours": "justice",
    "livelihood": "service_centre",
    "public": "service_centre",
}
# The unit of the same trade at the street, and at the county.
_AT_STREET: dict[str, str] = {
    "urban_mgmt": "enforcement",
    "market": "enforcement",
    "ecology": "enforcement",
    "traffic_police": "police",
    "housing": "municipal",
    "transport": "municipal",
    "sanitation": "municipal",
    "land": "agriculture",
    "education": "service_centre",
    "civil_affairs": "service_centre",
    "human_resources": "service_centre",
    "disabled": "service_centre",
    "medical_insurance": "service_centre",
    "property": "municipal",
    "fire": "enforcement",
    "water_bureau": "agriculture",
}
_AT_COUNTY: dict[str, str] = {
    "municipal": "urban_mgmt",
    "enforcement": "urban_mgmt",
    "police": "police_bureau",
    "justice": "civil_affairs",
    "service_centre": "human_resources",
    "health": "health_bureau",
    "agriculture": "agriculture_bureau",
    "property": "housing",
}
_ABOVE: dict[str, tuple[Level, str]] = {
    "grid": ("street", "street"),
    "community": ("street", "street"),
    "street": ("street", "street"),
    "county": ("county", "governance_centre"),
    "city": ("city", "hotline"),
}


@dataclass(slots=True)
class Case:
    """A matter at the moment it is made; times in seconds of the scene's clock."""

    created: int
    leaf: Leaf
    compound: Compound
    building: Building
    channel: Channel
    reporter: Reporter | None
    lon: float
    lat: float
    said: str
    """The phrase that the text was made from; answers are chosen to go with it."""
    merge_into: str | None
    """Key of the running matter that this one repeats."""
    may_return: bool
    plan: str
    """'' for a natural life, otherwise the stage at which it stands now (see ``plans.PLANS``)."""

    @property
    def community(self) -> str:
        return self.building.community_code

    @property
    def street(self) -> str:
        return self.community[:9] + "000"

    @property
    def county(self) -> str:
        return self.community[:6] + "000000"


class Scene:
    """Looks up units and people; holds no state of a single matter."""

    def __init__(
        self, units: Sequence[Organisation], directory: Directory, clock: WorkClock, now: int, rng: Random
    ) -> None:
        self.units = {o.key: o for o in units}
        self.directory, self.clock, self.now = directory, clock, now
        self.city = next(o.division_code for o in units if o.function == "hotline")
        # Most units are near the usual pace; a few are always slow, so that there is something to see.
        self.pace = {o.key: exp(rng.gauss(0, 0.25)) * (1.7 if rng.random() < 0.08 else 1.0) for o in units}

    def unit(self, function: str, case: Case, level: Level | None = None) -> str:
        """Key of the organisation with this function that serves the place of the case."""
        if function in ("grid", "community"):
            return f"community-{case.community}"
        if function == "property":
            return case.compound.property_company or f"community-{case.community}"
        if function == "hotline" or level == "city":
            return f"{function}-{self.city}"
        if function == "street" or function in organisations.STREET_STATIONS:
            return f"{function}-{case.street}"
        return f"{function}-{case.county}"

    def above(self, level: Level, case: Case) -> tuple[Level, str]:
        """The level and the unit whose supervisor watches over what was decided at ``level``."""
        higher, function = _ABOVE[level]
        return higher, self.unit(function, case)

    def along(self, function: str, case: Case, rng: Random) -> list[str]:
        """None to two further units for a whistle, none twice."""
        choices = _ALONG.get(function, ("enforcement", "police"))
        picked = rng.sample(choices, min(len(choices), rng.choice((0, 1, 1, 2))))
        return [self.unit(f, case) for f in picked]

    def helper(self, case: Case) -> str:
        """The unit outside the community that can settle the case: the responsible one, or one that helps."""
        unit = self.unit(case.leaf.category.responsible, case)
        if not unit.startswith("community-"):
            return unit
        return self.unit(_HELP[case.leaf.category.key.partition(".")[0]], case)

    def at_street(self, unit: str, case: Case) -> str:
        """The street's unit of the same trade; the unit itself if the trade has none there."""
        return self.unit(_AT_STREET[f], case) if (f := self.units[unit].function) in _AT_STREET else unit

    def at_county(self, unit: str, case: Case) -> str:
        """The county's unit of the same trade."""
        return self.unit(_AT_COUNTY.get(self.units[unit].function, self.units[unit].function), case)

    def elsewhere(self, unit: str, case: Case) -> str:
        """The unit that the given one would pass the matter on to."""
        return self.unit(_ELSEWHERE.get(self.units[unit].function, "urban_mgmt"), case)
