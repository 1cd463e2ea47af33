"""What the generator of the demonstration city hands out: plain dataclasses, no framework.

Conventions that hold everywhere in this package:

* every record has a ``key`` (or ``code``/``username``) that is unique among its kind; records refer to each other by it;
* positions are WGS 84 ``(lon, lat)`` in degrees; a ring is closed (first point repeated), counter-clockwise;
* every ``datetime`` is aware, in Asia/Shanghai, with whole seconds; every ``date`` is the local day;
* everybody and everything in here is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

Point = tuple[float, float]
Ring = tuple[Point, ...]
Line = tuple[Point, ...]

Scale = Literal["village", "district", "city"]
DivisionLevel = Literal["province", "city", "county", "street", "community"]
CompoundKind = Literal["commercial", "resettlement", "village_converted", "work_unit", "village_group"]
RoadKind = Literal["arterial", "street", "lane"]
OrgKind = Literal[
    "party",
    "department",
    "street_office",
    "community_committee",
    "village_committee",
    "station",
    "property_company",
    "owners_committee",
    "social_org",
    "enterprise",
    "volunteer_team",
    "partner_shop",
]
Urgency = Literal["danger", "urgent", "ordinary", "complex"]
Channel = Literal["web", "hotline", "visit", "grid"]
Level = Literal["grid", "community", "street", "county", "city"]
ActorKind = Literal["staff", "reporter", "system"]
State = Literal[
    "submitted", "assigning", "handling", "whistled", "checking", "rating", "suspended", "closed", "returned", "merged"
]

ROLES: tuple[str, ...] = (
    "clerk",
    "community_head",
    "grid_leader",
    "grid_worker",
    "micro_grid_worker",
    "party_group_leader",
    "information_collector",
    "affairs_assistant",
    "dispute_mediator",
    "opinion_liaison",
    "policy_publicist",
    "civility_advocate",
    "dispatcher",
    "street_head",
    "unit_head",
    "handler",
    "supervisor",
    "caller_desk",
    "admin",
    "leader",
)

ACTIONS: tuple[str, ...] = (
    "accept",
    "return",
    "merge",
    "assign_self",
    "assign_grid",
    "assign_department",
    "whistle",
    "escalate",
    "report_in",
    "confirm",
    "unit_done",
    "handle",
    "comment",
    "transfer",
    "done",
    "pass",
    "redo",
    "rate",
    "lapse",
    "reopen",
    "suspend",
    "resume",
    "extend",
    "supervise",
)
"""Every action key that a script may hold. The forms (keys of ``Step.form``):

=================== ==================================================================================================
accept              category, urgency
return              (reason only: the reporter sees it)
merge               into: key of the matter that goes on
assign_self         handler: username, level
assign_grid         grid: code, handler: username
assign_department   unit: organisation key, level: the level that decided
whistle             units: tuple of organisation keys, lead: organisation key, meeting_place, meeting_time: datetime
escalate            to_level: 'street' | 'county' | 'city', unit: key of the organisation it goes to
report_in           unit, lon, lat, note (a whistled unit has arrived)
confirm             unit (the whistler confirms the arrival)
unit_done           unit, result (a whistled unit has finished its part; by the lead: the whole matter goes to check)
handle              note (taken in hand: first substantial answer)
comment             text
transfer            unit (first receiver passes on)
done                result, photos_after: number of photos
pass, redo          (redo: reason)
rate                reached: bool, settled: bool, satisfied: 1..5, words: text, may be empty
lapse               (nobody rated within 15 days; closes by itself)
reopen              (reason; goes back to assigning)
suspend             approved_by: username, until: date
resume              (the clock goes on)
extend              days: working days, approved_by: username
supervise           level: 'street' | 'county' | 'city', unit: who is supervised (may be None), text
=================== ==================================================================================================
"""


@dataclass(frozen=True, slots=True)
class Division:
    """A node of the tree province, city, county, street, community. ``code`` has 12 digits and nests."""

    code: str
    name: str
    level: DivisionLevel
    parent_code: str | None
    kind_code: str | None
    """城乡分类 of a community (111 … 220), None above."""
    rural: bool
    """True for a village (and for a township that has villages only)."""
    boundary: Ring
    center: Point
    """A point inside the boundary."""
    households: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid. ``code`` is the community's code with a serial of three digits."""

    code: str
    name: str
    community_code: str
    serial: int
    boundary: Ring
    center: Point
    households: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class Compound:
    """A named group of buildings (小区、院落、村组). ``grid_codes`` are the grids its buildings lie in, mostly one."""

    key: str
    name: str
    kind: CompoundKind
    community_code: str
    grid_codes: tuple[str, ...]
    year_built: int
    address: str
    center: Point
    households: int
    property_company: str | None
    owners_committee: str | None
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Building:
    """A building with its entrances (单元). ``entrance_dwellings[i]`` are the dwellings behind entrance i+1."""

    key: str
    compound_key: str
    community_code: str
    grid_code: str
    number: int
    name: str
    address: str
    lon: float
    lat: float
    footprint: Ring
    floors: int
    entrance_dwellings: tuple[int, ...]
    households: int
    """Occupied dwellings; never more than the dwellings there are."""

    @property
    def dwellings(self) -> int:
        """Number of dwellings in the building."""
        return sum(self.entrance_dwellings)


@dataclass(frozen=True, slots=True)
class Road:
    key: str
    name: str
    kind: RoadKind
    line: Line


@dataclass(frozen=True, slots=True)
class Water:
    """A river or a stream: its middle line and its width in metres."""

    key: str
    name: str
    line: Line
    width: float


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that serves residents. Kinds: station, clinic, day_care, canteen, stage, sports, shop, park."""

    key: str
    kind: str
    name: str
    community_code: str
    grid_code: str
    address: str
    lon: float
    lat: float
    hours: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of one of the kinds of ORG-1.

    ``function`` says what it is there for ('housing', 'water', 'police', 'governance_centre' …); ``division_code``
    is the place it works for (a property company: the county), ``community_codes`` narrows that down where it serves a few.
    """

    key: str
    name: str
    short_name: str
    kind: OrgKind
    function: str
    level: Level
    division_code: str
    parent_key: str | None
    phone: str
    address: str
    community_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    username: str
    display_name: str
    phone: str
    title: str
    """What stands on the door: '居委会副主任', '网格员', '维修工程师'."""


@dataclass(frozen=True, slots=True)
class Post:
    """A user holds a role in an organisation, at a division or at a grid, for a period (``end``: first day without)."""

    key: str
    username: str
    role: str
    org_key: str
    division_code: str
    grid_code: str | None
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the two-level catalogue. A leaf (``parent_key`` set) says who answers for it and how fast.

    ``responsible`` is a function of an organisation ('grid', 'community', 'property', 'housing', 'water' …); ``level``
    the level at which that organisation usually stands. ``first_answer`` and ``handling`` are durations as text:
    '2 hours', '24 hours' (clock hours) or '3 working days'.
    """

    key: str
    name: str
    parent_key: str | None
    urgency: Urgency
    responsible: str
    level: Level
    first_answer: str
    handling: str
    keywords: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Reporter:
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture to be drawn when wanted: ``photos.draw(photo)`` gives the JPEG bytes."""

    key: str
    motif: str
    seed: int
    caption: str


@dataclass(slots=True)
class Step:
    """One act in the life of a matter. ``by`` is a username when ``actor`` is 'staff', otherwise None.

    ``role`` and ``unit`` (organisation key) say under which post a member of staff acts.
    """

    action: str
    at: datetime
    actor: ActorKind
    by: str | None = None
    role: str | None = None
    unit: str | None = None
    form: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(slots=True)
class Matter:
    """A resident's matter with its whole life up to ``World.now``.

    ``state``, ``settled_level``, ``due_at`` and ``overdue`` say what the script amounts to at that time, so that the
    loader can be checked against them; ``settled_level`` is 'grid' when a grid settled it, otherwise the level that decided
    who settles it, and None while it is not settled. ``due_at`` is the generator's reckoning of the clock that runs
    at ``World.now`` (None if none runs).
    """

    key: str
    created_at: datetime
    title: str
    text: str
    category_key: str
    channel: Channel
    community_code: str
    grid_code: str
    compound_key: str | None
    building_key: str | None
    lon: float
    lat: float
    address: str
    anonymous: bool
    reporter: Reporter | None
    """None if nobody is known; with ``anonymous`` the name is hidden from all but the handler."""
    entered_by: str | None
    """Username of the member of staff who entered it (hotline, visit, grid), otherwise None."""
    followers: int
    photos: tuple[Photo, ...]
    script: tuple[Step, ...]
    state: State
    settled_level: Level | None
    due_at: datetime | None
    overdue: bool
    duplicate_of: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Something that is stirring: a growing number of matters about one thing. ``compound_keys``: where."""

    key: str
    title: str
    kind: Literal["common", "tending", "stirring"]
    category_key: str
    compound_keys: tuple[str, ...]
    start: datetime
    size: int


class MatterSource(Protocol):
    """Gives the matters of a world in the order of their creation; each call starts again with equal matters."""

    def __call__(self) -> Iterator[Matter]: ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything. Two worlds of the same scale, seed, now and city name are equal, and so are their matters."""

    scale: Scale
    seed: int
    now: datetime
    since: datetime
    """The first matter is not older than this."""
    city_name: str
    divisions: tuple[Division, ...]
    """Parents before children."""
    grids: tuple[Grid, ...]
    compounds: tuple[Compound, ...]
    buildings: tuple[Building, ...]
    roads: tuple[Road, ...]
    waters: tuple[Water, ...]
    facilities: tuple[Facility, ...]
    organisations: tuple[Organisation, ...]
    """Parents before children."""
    users: tuple[User, ...]
    posts: tuple[Post, ...]
    categories: tuple[Category, ...]
    """Parents before children."""
    clusters: tuple[Cluster, ...]
    matter_count: int
    grown: int
    """How many matters are wanted in the end: more than ``matter_count`` where those that ended are repeated at earlier times."""
    source: MatterSource = field(compare=False, repr=False)

    def matters(self) -> Iterator[Matter]:
        """All matters by time of creation, made as they are asked for: nothing is kept. Exactly ``matter_count``."""
        return self.source()

    def counts(self) -> Mapping[str, int]:
        """Number of records of each kind, for progress and tests."""
        return {
            "divisions": len(self.divisions),
            "communities": sum(d.level == "community" for d in self.divisions),
            "grids": len(self.grids),
            "compounds": len(self.compounds),
            "buildings": len(self.buildings),
            "households": sum(b.households for b in self.buildings),
            "organisations": len(self.organisations),
            "users": len(self.users),
            "posts": len(self.posts),
            "categories": len(self.categories),
            "matters": self.matter_count,
        }
