"""The registered buildings and compounds, keyed for look-up by name, number and road in matching spelling."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from linli.places.locating.address import GENERIC_NAMES, parse_normalised
from linli.places.locating.entries import BuildingEntry, CompoundEntry
from linli.places.locating.names import NameTable
from linli.places.locating.spelling import chinese_number, key, normalise

_ROAD_NUMERAL = re.compile(r"[一二三四五六七八九十]{1,3}(?=[路街巷弄段]|大道|大街|支路|胡同)")
_CLEAN_BEFORE = frozenset("省市区县镇乡道村社号旁在于里")
_COMMUNITY_TAILS = ("居民委员会", "村民委员会", "居委会", "村委会")


class Registry:
    """Buildings and compounds under dense numbers: compounds are `0 .. n-1` in order of id, building `b` is ref `n +
    b`."""

    def __init__(
        self,
        buildings: Iterable[BuildingEntry],
        compounds: Iterable[CompoundEntry],
        communities: Mapping[int, str],
        building_grids: Mapping[int, int],
        compound_grids: Mapping[int, int],
    ) -> None:
        """`building_grids` and `compound_grids` give the grid id by building or compound id where one is known."""
        self.compounds = sorted(compounds, key=lambda compound: compound.id)
        self.buildings = sorted(buildings, key=lambda building: building.id)
        self.grid_of = [building_grids.get(building.id) for building in self.buildings]
        self._compound_grid = [compound_grids.get(compound.id) for compound in self.compounds]
        at = {compound.id: c for c, compound in enumerate(self.compounds)}
        self.compound_of = [None if b.compound_id is None else at.get(b.compound_id) for b in self.buildings]
        self.number = [building_number(building.number, building.name) for building in self.buildings]
        self.street: list[str | None] = []
        self.road: list[str | None] = []
        self.members: dict[int, list[int]] = defaultdict(list)
        self.by_number: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.by_number_in_community: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.on_road: dict[str, list[int]] = defaultdict(list)
        self.on_street: dict[str, list[int]] = defaultdict(list)
        for b, building in enumerate(self.buildings):
            self._file(b, building)
        self.names = NameTable((name, ref) for name, ref in self._names() if name not in GENERIC_NAMES)
        self.communities = NameTable(_community_names(communities))
        self.has_communities = bool(communities)

    def _file(self, b: int, building: BuildingEntry) -> None:
        street, road = road_keys(building.road, building.road_number)
        self.street.append(street)
        self.road.append(road)
        if street is not None:
            self.on_street[street].append(b)
        if road is not None:
            self.on_road[road].append(b)
        number, compound = self.number[b], self.compound_of[b]
        self.by_number_in_community[building.community_id, number].append(b)
        if compound is not None:
            self.members[compound].append(b)
            self.by_number[compound, number].append(b)

    def _names(self) -> Iterator[tuple[str, int]]:
        own: list[set[str]] = []
        for c, entry in enumerate(self.compounds):
            names = {key(name) for name in (entry.name, *entry.aliases)}
            # People leave out 小区; what is left still has to be a name.
            names |= {name.removesuffix("小区") for name in names if len(name) > 3}
            own.append(names)
            yield from ((name, c) for name in names)
        for b, building in enumerate(self.buildings):
            name = key(building.name)
            address = parse_normalised(name)
            compound = self.compound_of[b]
            # '3栋' is a number and 阳光花园3栋 is found through its compound; 人民大厦 is a name of its own.
            if address.compound and (
                address.building is None or compound is None or address.compound not in own[compound]
            ):
                yield name, len(self.compounds) + b

    def community_of(self, ref: int) -> int:
        """The community id of a compound or building."""
        entry = self.compounds[ref] if ref < len(self.compounds) else self.buildings[ref - len(self.compounds)]
        return entry.community_id

    def grid_shares(self, c: int, members: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The grids of a compound (or of some of its buildings) with their shares of its buildings, largest first."""
        members = self.members.get(c, ()) if members is None else members
        shares = shares_of(self.grid_of[b] for b in members)
        alone = self._compound_grid[c]
        return shares or ([] if alone is None else [(alone, 1.0)])


def shares_of(grids: Iterable[int | None]) -> list[tuple[int, float]]:
    """Grid ids with their share of the known ones, largest first, then by id."""
    counted = Counter(grid for grid in grids if grid is not None)
    total = counted.total()
    return [(grid, n / total) for grid, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def building_number(number: str, name: str = "") -> str:
    """'3', '3号楼', '三栋', '3#' -> '3'; 'A座' -> 'A'. Without a number, the one in the name: 阳光花园3栋 -> '3'."""
    if not number and (said := parse_normalised(normalise(name)).building):
        return said
    plain = key(number or name)
    if not plain.endswith("栋"):
        plain = key(plain.rstrip("号楼座") + "栋")
    return plain.removesuffix("栋")


def road_keys(road: str | None, road_number: str | None) -> tuple[str | None, str | None]:
    """Keys for a registered street and for the street with its number, None where not given."""
    street = key(road or "")
    if not street:
        return None, None
    number = key(road_number or "").removesuffix("号")
    if not number:
        return street_key(street), None
    address = parse_normalised(normalise(f"{street}{number}号"))
    if address.road and address.road_number:
        return street_key(address.road), street_key(address.road) + address.road_number
    return street_key(street), street_key(street) + number


def street_key(road: str) -> str:
    """中山三路 and 中山3路 are one street."""
    return _ROAD_NUMERAL.sub(lambda match: str(chinese_number(match[0]) or match[0]), road)


def street_readings(road: str) -> list[tuple[str, float]]:
    """What the street may be, where something before its name was read as part of it, with how sure that is."""
    whole = street_key(road)
    return [
        (whole[start:], 1.0 if start == 0 or whole[start - 1] in _CLEAN_BEFORE else 0.6)
        for start in range(max(1, len(whole) - 1))
    ]


def _community_names(communities: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    for community, name in communities.items():
        short = key(name)
        for tail in _COMMUNITY_TAILS:
            short = short.removesuffix(tail)
        yield short, community
