"""Reads: the inbox, its exact counts, a case with its history. Every list goes through ``policies.visible_to``."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case as DbCase
from django.db.models import Count, F, IntegerField, Q, QuerySet, Value, When

from linli.kernel.display import SHANGHAI, local
from linli.kernel.ids import read_code
from linli.kernel.prepared import Prepared
from linli.orgs.actors import Actor
from linli.procedures import paging, registry, searching, turns
from linli.procedures.confidential import open_to, versions
from linli.procedures.definitions import of_version
from linli.procedures.enums import PERSON_ROLES, State
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord, CaseUnit
from linli.procedures.policies import after, visible_to
from linli.procedures.turns import ME, OTHER, UNNAMED

PAGE = 50
# columns that a row of the inbox shows; history and answers stay where they are
ROW = (
    "id",
    "code",
    "procedure",
    "title",
    "kind_label",
    "urgency",
    "state",
    "outcome",
    "step",
    "version_id",
    "division_code",
    "grid_id",
    "compound_id",
    "holder_unit_id",
    "holder_role",
    "holder_user_id",
    "suspended",
    "pending",
    "due_at",
    "yellow_at",
    "created_at",
    "entered_at",
    "last_seq",
)

# what the units of a person hold, parted by whose turn it is, and what of it the person has to do is late or due today
COUNTED = ("unit", "todo", "overdue", "today", "mine", "waiting", "approve")
DATES = {"created": "created_at", "ended": "ended_at"}


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows and the cursors to the pages before and after ('' if there is none)."""

    rows: list[dict[str, Any]]
    next: str
    previous: str


@dataclasses.dataclass(frozen=True, slots=True)
class Filter:
    """What an inbox shows. ``whose``: todo (my posts may go on with it now); of the rest that my units hold waiting (a resident has to
    act) and others (somebody else in the unit, or nobody yet); approve (a second person's decision, mine); unit (all that my units hold),
    mine (taken by me), watched (I oversee), took_part. What has ended waits for nobody: the first four are then those of the unit.

    ``dated`` names the date that ``since`` and ``until`` (local days, both included) are about: created, ended, or one that an area
    registers. ``facets`` are pairs of an area's facet and the value chosen. ``state`` may be empty: running and ended.
    """

    whose: str = "todo"
    unit_id: int | None = None
    when: str = ""  # overdue | today
    procedure: str = ""
    step: str = ""
    urgency: int | None = None
    grid_id: int | None = None
    state: str = State.OPEN
    outcomes: tuple[str, ...] = ()
    place: str = ""  # the leading digits of a division code
    through: int | None = None  # a unit that holds or held the case
    dated: str = ""
    since: date | None = None
    until: date | None = None
    facets: tuple[tuple[str, str], ...] = ()
    text: str = ""


def inbox(by: Actor, wanted: Filter, *, at: datetime) -> QuerySet[Case]:
    """Return the cases of an inbox, unsorted. Whatever is asked for, only what the actor may see comes back."""
    units = sorted(by.unit_ids) if wanted.unit_id is None else [wanted.unit_id] if wanted.unit_id in by.unit_ids else []
    rows = Case.objects.filter(state=wanted.state) if wanted.state else Case.objects.all()
    turn = wanted.whose if wanted.state == State.OPEN else "unit" if wanted.whose in TURNS else wanted.whose
    if turn in TURNS:
        return _narrowed(_of_turn(turn, by, units), wanted, at=at)
    if wanted.whose == "mine":
        rows = rows.filter(open_to(by), holder_user_id=by.user_id, holder_unit_id__in=units)
    elif wanted.whose == "watched":
        rows = rows.filter(visible_to(by))
    elif wanted.whose == "took_part":
        rows = rows.filter(visible_to(by)).exclude(holder_unit_id__in=units)
    else:
        rows = rows.filter(open_to(by), holder_unit_id__in=units)
    return _narrowed(rows, wanted, at=at)


TURNS = ("todo", "waiting", "others", "approve")


def _of_turn(turn: str, by: Actor, units: list[int]) -> QuerySet[Case]:
    if turn == "approve":
        return turns.asked_to_approve(**turns.deciding(by)).filter(visible_to(by))
    rows, hands = Case.objects.filter(open_to(by), state=State.OPEN, holder_unit_id__in=units), turns.hands(by)
    if turn == "waiting":
        return rows.filter(turns.PEOPLE)
    return rows.filter(turns.to_do(**hands)) if turn == "todo" else rows.filter(~turns.PEOPLE, ~turns.to_do(**hands))


def _narrowed(rows: QuerySet[Case], wanted: Filter, *, at: datetime) -> QuerySet[Case]:
    if wanted.when == "overdue":
        rows = rows.filter(due_at__lt=at)
    elif wanted.when == "today":
        rows = rows.filter(due_at__gte=at, due_at__lt=end_of_day(at))
    exact = {
        "procedure": wanted.procedure,
        "step": wanted.step,
        "urgency": wanted.urgency,
        "grid_id": wanted.grid_id,
        "outcome__in": list(wanted.outcomes),
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.place:
        rows = rows.filter(division_code__gte=wanted.place.ljust(12, "0"), division_code__lt=after(wanted.place))
    if wanted.through:
        left = CaseUnit.objects.filter(unit_id=wanted.through).values("case")
        rows = rows.filter(Q(holder_unit_id=wanted.through) | Q(pk__in=left))
    if column := DATES.get(wanted.dated) or registry.dates().get(wanted.dated):
        if wanted.since:
            rows = rows.filter(**{f"{column}__gte": _midnight(wanted.since)})
        if wanted.until:
            rows = rows.filter(**{f"{column}__lt": _midnight(wanted.until + timedelta(days=1))})
    for key, value in wanted.facets:
        if facet := registry.facets().get(key):
            rows = rows.filter(facet.condition(value))
    return _matching(rows, wanted.text) if wanted.text else rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _matching(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    code = read_code(text)
    return rows.filter(code=code) if code else searching.matching(rows, text)


def end_of_day(at: datetime) -> datetime:
    """Return the first moment of the next local day."""
    here = local(at)
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def page_of(rows: QuerySet[Case], *, cursor: str = "", size: int = PAGE, order: str = "due") -> Page:
    """Return one page in an order of ``paging.ORDERS`` (by due moment, cases without a clock last); one statement.

    Raises ValueError for a cursor that this function did not make for this order.
    """
    back, values = paging.read_cursor(cursor, order) if cursor else (False, [])
    if values:
        rows = rows.filter(paging.beyond(order, values, back=back))
    return _page(list(as_rows(paging.sorted_by(rows, order, back=back))[: size + 1]), size, order, back, bool(values))


def _page(found: list[dict[str, Any]], size: int, order: str, back: bool, onward: bool) -> Page:
    """Return a page of rows of which one more than fit was read; ``onward``: a cursor led to it."""
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    after = found and (more or back)
    before = found and ((more and back) or (onward and not back))
    return Page(
        found,
        paging.cursor(found[-1], order, back=False) if after else "",
        paging.cursor(found[0], order, back=True) if before else "",
    )


_first = Prepared(lambda **hands: as_rows(paging.sorted_by(_waiting_for(**hands), "due"))[: PAGE + 1])


def first_page(by: Actor, *, at: datetime) -> Page:
    """Return the first page of what an actor's posts may go on with now: where every working day begins."""
    if versions() or not by.unit_ids:
        return page_of(inbox(by, Filter(), at=at))
    return _page(_first(**turns.hands(by)), PAGE, "due", False, False)


def as_rows(rows: QuerySet[Case]) -> QuerySet[Case, dict[str, Any]]:
    """Return cases as the columns that a list shows: ``ROW`` and what areas add to it."""
    return rows.values(*ROW, **{name: F(path) for name, path in registry.columns().items()})


def neighbours(rows: QuerySet[Case], case: Case, *, order: str = "due") -> tuple[str, str]:
    """Return the codes of the cases before and after one in a list ('' at its ends); two statements."""
    values = [getattr(case, key.name) for key in paging.ORDERS[order]]

    def next_to(back: bool) -> str:
        found = paging.sorted_by(rows.filter(paging.beyond(order, values, back=back)), order, back=back)
        return found.values_list("code", flat=True).first() or ""

    return next_to(True), next_to(False)


def around(by: Actor, case: Case, *, at: datetime) -> tuple[str, str]:
    """Return the codes of the cases before and after one in what an actor has to do, by due moment; two statements."""
    if versions() or case.due_at is None or not by.unit_ids:
        return neighbours(inbox(by, Filter(), at=at), case)
    hands = turns.hands(by)
    before, later = _before(due=case.due_at, case=case.pk, **hands), _later(due=case.due_at, case=case.pk, **hands)
    if not later:  # those without a clock stand behind all others
        later = _timeless(**hands)
    return before[0] if before else "", later[0] if later else ""


def _waiting_for(**hands: Any) -> QuerySet[Case]:
    """What waits for somebody with these posts, as long as nothing is confidential."""
    return Case.objects.filter(
        turns.to_do(**hands), state=State.OPEN, restricted=False, holder_unit_id__in=hands["units"]
    )


# The bound on due_at is said once by itself, so that the index is entered at the place and not at its beginning.
_before = Prepared(
    lambda due, case, **hands: (
        _waiting_for(**hands)
        .filter(Q(due_at__lt=due) | Q(id__lt=case), due_at__lte=due)
        .order_by("-due_at", "-id")
        .values_list("code", flat=True)[:1]
    )
)
_later = Prepared(
    lambda due, case, **hands: (
        _waiting_for(**hands)
        .filter(Q(due_at__gt=due) | Q(id__gt=case), due_at__gte=due)
        .order_by("due_at", "id")
        .values_list("code", flat=True)[:1]
    )
)
_timeless = Prepared(
    lambda **hands: _waiting_for(**hands).filter(due_at=None).order_by("id").values_list("code", flat=True)[:1]
)


def count_up_to(rows: QuerySet[Case], most: int = 1000) -> tuple[int, bool]:
    """Return how many there are, and whether that is exact: a long list is not counted beyond ``most``."""
    found = rows.order_by()[: most + 1].count()
    return min(found, most), found <= most


def counts(by: Actor, *, at: datetime) -> dict[str, int]:
    """Return the exact counts of the inbox's lists (``COUNTED``, and others), in one statement over the open cases of these units."""
    if not by.unit_ids:
        return dict.fromkeys((*COUNTED, "others"), 0)
    hands, asking = turns.hands(by), turns.deciding(by) | {"now": at, "midnight": end_of_day(at)}
    by_grid = bool(hands["grids"])
    if versions():
        rows = Case.objects.filter(open_to(by), state=State.OPEN, holder_unit_id__in=hands["units"])
        deciding = turns.asked_to_approve(**turns.deciding(by)).filter(visible_to(by))
        found = list(_grouped(rows, deciding, by_grid, me=asking["asker"], now=at, midnight=asking["midnight"]))
    else:
        found = (_groups_by_grid if by_grid else _groups)(units=hands["units"], me=asking["asker"], **asking)
    return _summed(found, turns.holder(**hands))


def _summed(groups: Sequence[dict[str, Any]], in_hand: Callable[..., bool]) -> dict[str, int]:
    """Add up groups of alike cases: whose turn a case is shows from what the cases of a group have in common."""
    numbers = dict.fromkeys((*COUNTED, "others"), 0)
    for group in groups:
        number, role, named = group["number"], group["at_role"], group["named"]
        if role == ASKED:
            numbers["approve"] += number
            continue
        numbers["unit"] += number
        numbers["mine"] += number if named == ME else 0
        numbers["waiting"] += number if role in PERSON_ROLES else 0
        if not group["stands"] and in_hand(group["at_unit"], role, group["at_grid"], named):
            numbers["todo"] += number
            numbers["overdue"] += group["late"]
            numbers["today"] += group["today"]
    return numbers | {"others": numbers["unit"] - numbers["todo"] - numbers["waiting"]}


# stands in the place of a role in the group of the cases that wait for an approval
ASKED = "?"


def _grouped(rows: QuerySet[Case], deciding: QuerySet[Case], by_grid: bool, *, me: Any, now: Any, midnight: Any) -> Any:
    """What units hold in groups that are held alike, and one group of what somebody is asked to approve: one statement.

    Few groups stand for many cases, so that counting them costs the same for whoever asks. ``by_grid``: for somebody with grids.
    """
    named = DbCase(
        When(holder_user_id=me, then=Value(ME)), When(holder_user_id=None, then=Value(UNNAMED)), default=Value(OTHER)
    )
    grid = F("grid_id") if by_grid else Value(None, IntegerField())
    held = rows.order_by().values(
        named=named, at_unit=F("holder_unit_id"), at_role=F("holder_role"), at_grid=grid, stands=turns.STANDS
    )
    asked = deciding.order_by().values(
        named=Value(UNNAMED), at_unit=Value(0), at_role=Value(ASKED), at_grid=Value(0), stands=Value(False)
    )
    numbers = {
        "number": Count("id"),
        "late": Count("id", filter=Q(due_at__lt=now)),
        "today": Count("id", filter=Q(due_at__gte=now, due_at__lt=midnight)),
    }
    return held.annotate(**numbers).union(asked.annotate(**numbers), all=True)


def _prepared(by_grid: bool) -> Prepared[dict[str, Any]]:
    return Prepared(
        lambda units, me, now, midnight, **deciding: _grouped(
            Case.objects.filter(state=State.OPEN, restricted=False, holder_unit_id__in=units),
            turns.asked_to_approve(**deciding).filter(restricted=False),
            by_grid,
            me=me,
            now=now,
            midnight=midnight,
        )
    )


_groups, _groups_by_grid = _prepared(False), _prepared(True)


def visible(by: Actor) -> QuerySet[Case]:
    """Return every case that an actor may see."""
    return Case.objects.filter(visible_to(by))


@dataclasses.dataclass(frozen=True, slots=True)
class Detail:
    """A case with what its page shows."""

    case: Case
    records: list[CaseRecord]
    clocks: list[CaseClock]
    files: list[CaseFile]
    family: list[Case]

    def clock(self, name: str) -> CaseClock | None:
        """Return the latest clock of a name."""
        found = [clock for clock in self.clocks if clock.name == name]
        return found[-1] if found else None


def detail(case: Case) -> Detail:
    """Return a case's history, clocks, files and the cases that belong to it, in four statements.

    What is confidential shows among its own only: not even its title stands on the page of a case that is not.
    """
    records, clocks, files = _records(case=case.pk), _clocks(case=case.pk), _files(case=case.pk)
    family = _family(case=case.pk, parent=case.parent_id) if case.parent_id else _children(case=case.pk)
    if not case.restricted:
        family = [one for one in family if not one.restricted]
    return Detail(case, records, clocks, files, family)


_records = Prepared(lambda case: CaseRecord.objects.filter(case_id=case).order_by("seq"))
_clocks = Prepared(lambda case: CaseClock.objects.filter(case_id=case).order_by("id"))
_files = Prepared(lambda case: CaseFile.objects.filter(case_id=case).order_by("seq", "id"))
_children = Prepared(lambda case: Case.objects.filter(parent_id=case).order_by("id"))
_family = Prepared(lambda case, parent: Case.objects.filter(Q(parent_id=case) | Q(pk=parent)).order_by("id"))
_coded = Prepared(lambda code: Case.objects.filter(code=code))


def by_code(code: str) -> Case | None:
    """Return a case with its parent, whoever may see it."""
    found = _coded(code=code)
    if found and found[0].parent_id is not None:
        found[0].parent = Case.objects.get(pk=found[0].parent_id)
    return found[0] if found else None


def withheld(case_ids: Sequence[UUID]) -> set[UUID]:
    """Return those cases whose publication stands still, because an appeal that says so runs beside them (one statement)."""
    beside = Case.objects.filter(parent_id__in=case_ids, beside=True, state=State.OPEN)
    found = set()
    for parent_id, version_id, step in beside.values_list("parent_id", "version_id", "step"):
        rule = of_version(version_id).beside
        if rule is not None and rule.meanwhile == "stop_publication" and (not rule.during or step in rule.during):
            found.add(parent_id)
    return found


def for_starter(by: Actor, procedures: Sequence[str]) -> QuerySet[Case]:
    """Return the cases that this person or browser started, newest first."""
    return Case.objects.filter(_started(by), procedure__in=procedures).order_by("-id")


def begun_by(by: Actor) -> QuerySet[Case]:
    """Return the cases that a resident began on the engine's own pages, newest first: areas list theirs themselves."""
    own = Case.objects.filter(_started(by), Q(starter_unit_id=None) | Q(pk__in=by.cases), parent_id=None)
    return own.exclude(procedure__in=registry.with_pages()).order_by("-id")


def _started(by: Actor) -> Q:
    mine = Q(pk__in=[])
    if by.user_id is not None:
        mine |= Q(starter_user_id=by.user_id)
    if by.key:
        mine |= ~Q(starter_key="") & Q(starter_key=by.key)  # said as its index says it
    if by.cases:
        mine |= Q(pk__in=by.cases)
    return mine
