"""Which building or grid does an address line mean?

A text is read once for every known name in it (the name replaced by a mark, so that names like 新华路小区 or 1号公馆
do not confuse the parser), and once more by likeness where no known name stands there in full. What the text says
(name, building number, road with number, community) is compared with what is registered:

    score = sum of weight x agreement over what was said / sum of weight over what was said

A road that is not registered with a building is no contradiction and counts as 0.7. Only a text that names one
building and contradicts nothing is answered as exact. Two compounds of one name, a phase that is not registered,
3栋旁边, a second compound in the same text: all of them leave the choice to a person.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linli.places.locating import reasons
from linli.places.locating.address import NAME_MARK, Address, parse_normalised
from linli.places.locating.entries import Candidate
from linli.places.locating.pool import Pool
from linli.places.locating.registry import Registry, shares_of, street_readings
from linli.places.locating.spelling import normalise

_NAME, _NUMBER, _ROAD, _STREET, _COMMUNITY = 4.0, 3.0, 3.0, 1.0, 3.0
_ROAD_NOT_REGISTERED = 0.7
_NUMBER_ONLY_SCORE = 0.4
_SIMILAR_AT_BEST = 0.85
_MOST_NAMES = 8  # names looked at in one text
_MOST_PLACES = 2_000  # places looked at for one name
_MOST_ANSWERS = 50

# 桂花社区 is not the compound 桂花, 解放路 not the compound 解放.
_OTHER_WORD = re.compile("路|街|巷|大道|社区|镇|乡|村委|居委|市|县")
_BEFORE_NAME = frozenset("省市区县镇乡道路街巷弄号")
# A phase or section that is not registered.
_PART = re.compile("(?:[0-9A-Z]{1,3}|[东西南北中])(?:期|区|组团|苑|园|院)?")
_UNNAMED_COMMUNITY = re.compile("社区|居委会|村委会")


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the text: the places a name stands for, how well it stands there, and the parts around it.

    `streets` are the streets its road may be, longest first.
    """

    refs: tuple[int, ...]
    quality: float
    address: Address
    streets: Mapping[str, float]
    similar: bool

    @classmethod
    def of(cls, refs: tuple[int, ...], quality: float, address: Address, *, similar: bool = False) -> "_Reading":
        streets = {} if address.road is None else dict(street_readings(address.road))
        return cls(refs, quality, address, streets, similar)

    @property
    def name_agreement(self) -> float | None:
        """None where the text gives no name."""
        return self.quality if self.refs or self.address.compound else None


class TextIndex:
    """Immutable after building, so threads may share it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def locate(self, text: str, community_id: int | None, limit: int) -> list[Candidate]:
        """Ranked candidates, see `PlaceIndex.locate_text`."""
        spelled = normalise(text)
        if not spelled:
            return []
        query = _Query(self._registry, spelled, community_id)
        return query.candidates(max(1, min(limit, _MOST_ANSWERS)))


class _Query:
    """One text being located."""

    def __init__(self, registry: Registry, spelled: str, community_id: int | None) -> None:
        self._known = registry
        self._community_id = community_id
        self._plain = parse_normalised(spelled)
        self._pool = Pool()
        self._mentioned: list[frozenset[int]] = []
        self._road_confirmed = False
        compact = spelled.replace(",", "")
        spans = registry.names.spans(compact)[:_MOST_NAMES]
        self._communities = self._communities_said(compact, spans)
        self._readings = self._read(spelled, compact, spans)

    def candidates(self, limit: int) -> list[Candidate]:
        for reading in self._readings:
            first_building = len(self._known.compounds)
            for ref in reading.refs:
                if ref < first_building:
                    self._add_compound(ref, reading)
                else:
                    self._add_named_building(ref - first_building, reading)
        self._add_by_road()
        if not self._pool:
            self._add_by_number()
        return self._pool.ranked(limit)

    # --- reading

    def _communities_said(self, compact: str, names: Sequence[tuple[int, int]]) -> frozenset[int]:
        known = self._known.communities
        said = [
            known.refs(compact[start:end])
            for start, end in known.spans(compact)
            if not any(first <= start and end <= last for first, last in names)
        ]
        return frozenset(community for refs in said for community in refs)

    def _read(self, spelled: str, compact: str, spans: Sequence[tuple[int, int]]) -> list[_Reading]:
        names = self._known.names
        place = [at for at, character in enumerate(spelled) if character != ","]
        readings = []
        for start, end in spans:
            marked = spelled[: place[start]] + NAME_MARK + spelled[place[end - 1] + 1 :]
            address = parse_normalised(marked)
            quality, address = self._quality(address, end - start)
            if quality:
                refs = names.refs(compact[start:end])
                self._mentioned.append(frozenset(refs))
                if inside := self._inside(refs, address):
                    refs, quality = inside
                if here := self._here(refs):
                    readings.append(_Reading.of(here, quality, address))
        name = self._plain.compound
        if name and not any(reading.quality == 1.0 for reading in readings):
            for known, likeness in names.similar(name, _MOST_NAMES):
                quality = _SIMILAR_AT_BEST * likeness
                if here := self._here(names.refs(known)):
                    readings.append(_Reading.of(here, quality, self._plain, similar=True))
        return readings

    def _quality(self, address: Address, length: int) -> tuple[float, Address]:
        """How well the marked name stands as a name in its surroundings (0: it is part of another word)."""
        compound = address.compound
        if compound is None or NAME_MARK not in compound:
            after = (address.rest or "").partition(NAME_MARK)[2]
            if _OTHER_WORD.match(after) or NAME_MARK in (address.road or ""):
                return 0.0, address
            if compound is None:
                return 0.9, address
            return 0.4, Address(sure=False)  # mentioned in passing; the parts belong to another place
        before, _, after = compound.partition(NAME_MARK)
        if _OTHER_WORD.match(after):
            return 0.0, address
        after = after.removeprefix("小区")
        known_before = before == "" or before[-1] in _BEFORE_NAME or bool(self._known.communities.refs(before))
        if known_before and not after:
            return 1.0, address
        if (not after and before.endswith(("村", "社区"))) or (known_before and _PART.fullmatch(after)):
            return 0.8, address
        return max(0.4, 0.7 * length / (length + len(before) + len(after))), address

    def _inside(self, refs: tuple[int, ...], address: Address) -> tuple[tuple[int, ...], float] | None:
        """阳光花园综合楼: of all buildings called 综合楼 those in the compound 阳光花园, which stands before it."""
        before, mark, after = (address.compound or "").partition(NAME_MARK)
        owners = self._known.names.refs(before) if mark and not after else ()
        compounds = len(self._known.compounds)
        inside = tuple(ref for ref in refs if ref >= compounds and self._known.compound_of[ref - compounds] in owners)
        if not inside:
            return None
        return inside, 1.0 if all(c >= compounds or c in self._known.members for c in owners) else 0.9

    def _here(self, refs: tuple[int, ...]) -> tuple[int, ...]:
        wanted = self._community_id
        if wanted is not None:
            refs = tuple(ref for ref in refs if self._known.community_of(ref) == wanted)
        return refs[:_MOST_PLACES]

    # --- candidates

    def _add_compound(self, c: int, reading: _Reading) -> None:
        known, address = self._known, reading.address
        members: list[int] | None = None
        number: float | None = None
        if address.building is not None:
            numbered = known.by_number.get((c, address.building), ())
            for b in numbered:
                self._add_building(b, reading, number=1.0)
            if numbered:
                return
            number = 0.0
        elif address.road_number is not None:
            members = [b for b in known.members.get(c, ()) if self._road_agreement(b, reading) == 1.0]
            if len(members) == 1:
                self._add_building(members[0], reading, number=None)
                return
        self._add_grids(c, reading, members or None, number)

    def _add_named_building(self, b: int, reading: _Reading) -> None:
        said = reading.address.building
        number = None if said is None else float(said == self._known.number[b])
        self._add_building(b, reading, number=number, by_name=True)

    def _add_building(self, b: int, reading: _Reading, *, number: float | None, by_name: bool = False) -> None:
        known, address = self._known, reading.address
        building, c = known.buildings[b], known.compound_of[b]
        road = self._road_agreement(b, reading)
        community = self._community_agreement(building.community_id)
        by_road = road == 1.0 and address.road_number is not None
        self._road_confirmed |= by_road
        full = (
            address.sure
            and reading.name_agreement in (None, 1.0)
            and number != 0.0
            and (road is None or road >= _ROAD_NOT_REGISTERED)
            and community != 0.0
            and (number == 1.0 or by_name or (by_road and self._road_settles(b)))
            and not self._community_unknown(address)
            and not self._namesake_unknown(c, reading)
            and all(c in refs or len(known.compounds) + b in refs for refs in self._mentioned)
        )
        score = _score(reading, number, road, community)
        matched = []
        if c is not None and reading.refs and not by_name:
            matched.append(known.compounds[c].name)
        if number == 1.0 or by_name:
            matched.append(building.name or building.number)
        if by_road:
            matched.append(f"{building.road}{building.road_number}")
        candidate = Candidate(
            kind="building",
            grid_id=known.grid_of[b],
            community_id=building.community_id,
            score=score,
            exact=False,
            why=_why_building(reading, full, score, number=number, by_name=by_name),
            compound_id=building.compound_id,
            building_id=building.id,
            matched=tuple(matched),
        )
        self._pool.add(candidate, full=full)

    def _add_grids(self, c: int, reading: _Reading, members: list[int] | None, number: float | None) -> None:
        known = self._known
        compound = known.compounds[c]
        road = None
        if reading.address.road is not None:  # the compound is on it if one of its buildings is
            agreements = [self._road_agreement(b, reading) or 0.0 for b in known.members.get(c, ())]
            road = max(agreements, default=_ROAD_NOT_REGISTERED)
            self._road_confirmed |= road == 1.0
        base = _score(reading, number, road, self._community_agreement(compound.community_id))
        shares: list[tuple[int | None, float]] = list(known.grid_shares(c, members)) or [(None, 1.0)]
        alone = len(shares) == 1
        if reading.similar:
            why = reasons.SIMILAR
        elif shares[0][0] is None:
            why = reasons.NO_GRID
        elif number == 0.0:
            why = reasons.NO_SUCH_BUILDING
        else:
            why = reasons.COMPOUND_IN_GRID if alone else reasons.COMPOUND_IN_GRIDS
        for grid, share in shares:
            candidate = Candidate(
                kind="compound" if grid is None else "grid",
                grid_id=grid,
                community_id=compound.community_id,
                score=round(base * (0.8 if alone else 0.5 + 0.3 * share), 4),
                exact=False,
                why=why,
                compound_id=compound.id,
                matched=(compound.name,),
            )
            self._pool.add(candidate)

    def _add_by_road(self) -> None:
        """Buildings with the road and number said, in any compound; a bare road only where no name was said."""
        known = self._known
        address = max(self._readings, key=lambda r: r.quality).address if self._readings else self._plain
        if address.road is None or (address.road_number is None and (self._readings or address.compound)):
            return
        if self._road_confirmed:
            return
        # A compound that was said but led nowhere counts as a name that does not agree.
        reading = _Reading.of((), 0.0, address)
        table = known.on_street if address.road_number is None else known.on_road
        for street, agreement in reading.streets.items():
            here = [b for b in table.get(street + (address.road_number or ""), ()) if self._is_here(b)]
            if here:
                found, quality = here[:_MOST_PLACES], agreement
                break
        else:
            return
        if address.building is not None:
            numbered = [b for b in found if known.number[b] == address.building]
            for b in numbered:
                self._add_building(b, reading, number=1.0)
            if numbered:
                return
        elif len(found) == 1 and address.road_number is not None:
            self._add_building(found[0], reading, number=None)
            return
        self._add_road_grids(found, reading, quality)

    def _add_road_grids(self, found: Sequence[int], reading: _Reading, quality: float) -> None:
        known, address = self._known, reading.address
        base = _score(reading, None if address.building is None else 0.0, quality, None)
        first = known.buildings[found[0]]
        community = {known.grid_of[b]: known.buildings[b].community_id for b in reversed(found)}
        matched = f"{first.road}{first.road_number}" if address.road_number else str(first.road)
        for grid, share in shares_of(known.grid_of[b] for b in found):
            candidate = Candidate(
                kind="grid",
                grid_id=grid,
                community_id=community[grid],
                score=round(base * (0.5 + 0.3 * share), 4),
                exact=False,
                why=reasons.ROAD_IN_GRID,
                matched=(matched,),
            )
            self._pool.add(candidate)

    def _add_by_number(self) -> None:
        """Only a building number was said: an answer makes sense within one community, and only as a suggestion."""
        address, known = self._plain, self._known
        if self._community_id is None or address.building is None or address.compound or address.road:
            return
        for b in known.by_number_in_community.get((self._community_id, address.building), ())[:_MOST_PLACES]:
            building = known.buildings[b]
            candidate = Candidate(
                kind="building",
                grid_id=known.grid_of[b],
                community_id=building.community_id,
                score=_NUMBER_ONLY_SCORE,
                exact=False,
                why=reasons.NUMBER_ONLY,
                compound_id=building.compound_id,
                building_id=building.id,
                matched=(building.name or building.number,),
            )
            self._pool.add(candidate)

    # --- comparing

    def _is_here(self, b: int) -> bool:
        return self._community_id in (None, self._known.buildings[b].community_id)

    def _road_agreement(self, b: int, reading: _Reading) -> float | None:
        """None: no road was said. Otherwise 1 agrees .. 0 contradicts."""
        if reading.address.road is None:
            return None
        street, road, number = self._known.street[b], self._known.road[b], reading.address.road_number
        if street is None:
            return _ROAD_NOT_REGISTERED
        if number is None:
            return reading.streets.get(street, 0.0)
        if road is None:
            return _ROAD_NOT_REGISTERED if street in reading.streets else 0.0
        return reading.streets.get(road.removesuffix(number), 0.0) if road.endswith(number) else 0.0

    def _road_settles(self, b: int) -> bool:
        """Is the number on the road enough? Not while other buildings of the compound have no number registered."""
        c = self._known.compound_of[b]
        return c is None or all(self._known.road[other] is not None for other in self._known.members[c])

    def _community_agreement(self, community: int) -> float | None:
        return None if not self._communities else float(community in self._communities)

    def _community_unknown(self, address: Address) -> bool:
        """A community was said that is none of those registered (where their names were given to the index)."""
        if self._communities or not self._known.has_communities:
            return False
        return bool(_UNNAMED_COMMUNITY.search(address.rest or ""))

    def _namesake_unknown(self, c: int | None, reading: _Reading) -> bool:
        """Another compound of this name has no buildings registered at all, so it may have this one too."""
        compounds = len(self._known.compounds)
        return any(ref < compounds and ref != c and ref not in self._known.members for ref in reading.refs)


def _score(reading: _Reading, number: float | None, road: float | None, community: float | None) -> float:
    weights = (_NAME, _NUMBER, _ROAD if reading.address.road_number else _STREET, _COMMUNITY)
    values = (reading.name_agreement, number, road, community)
    said = [(weight, value) for weight, value in zip(weights, values, strict=True) if value is not None]
    return round(sum(w * v for w, v in said) / sum(w for w, _ in said), 4) if said else 0.0


def _why_building(reading: _Reading, full: bool, score: float, *, number: float | None, by_name: bool) -> str:
    if reading.similar:
        return reasons.SIMILAR
    if not full:
        return reasons.PARTLY if score < 1.0 else reasons.UNSURE
    if by_name:
        return reasons.NAME
    return reasons.NAME_AND_NUMBER if number == 1.0 and reading.refs else reasons.ROAD
