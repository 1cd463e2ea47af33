"""Reads of the area: what the public may see of open and settled matters, with counts; a resident's own."""

import base64
import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.memo import remember
from linli.kernel.text import query_tokens, search_tokens
from linli.matters import figures
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.matters.plain import spent, when
from linli.matters.titles import public_title
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.places.enums import CODE_LENGTHS, Level
from linli.procedures import searching
from linli.procedures.enums import State
from linli.procedures.models import Case

PAGE = 20
GOOD_ENDS = ("settled", "disputed")


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What a public list shows: ``place`` a division code (any level), ``state`` open | settled | '', a category, words."""

    place: str = ""
    state: str = ""
    category: int | None = None
    text: str = ""
    compound: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class PublicPage:
    """One page of matters, newest first, and the cursor to the next ('' if there is none)."""

    rows: list[Matter]
    next: str


def public() -> QuerySet[Matter]:
    """Return what everybody may see: matters whose masked text a person has checked."""
    return Matter.objects.filter(public_state=PublicState.SHOWN, case__restricted=False)


def within(code: str, field: str = "case__division_code") -> Q:
    """The condition that a matter lies in a division; a range of codes, which an index serves."""
    prefix = code[: CODE_LENGTHS[_level(code)]]
    if len(prefix) == 12:
        return Q(**{field: prefix})
    return Q(**{f"{field}__gte": prefix.ljust(12, "0"), f"{field}__lte": prefix.ljust(12, "9")})


def _level(code: str) -> Level:
    ends = {2: Level.PROVINCE, 4: Level.CITY, 6: Level.COUNTY, 9: Level.STREET, 12: Level.COMMUNITY}
    return next(level for length, level in ends.items() if not code[length:].strip("0"))


def public_list(wanted: Wanted, *, cursor: str = "", size: int = PAGE) -> PublicPage:
    """Return a page of public matters, newest first (keyset; one statement, one more with words).

    Raises ValueError for a cursor that this function did not make.
    """
    community = len(wanted.place) == 12 and wanted.place[9:] != "000"
    if wanted.text.strip():
        # public and at the place already; said twice, SQLite would walk the list of all public matters instead
        rows = Matter.objects.filter(pk__in=_with_words(wanted))
    elif wanted.place:
        rows = public().filter(within(wanted.place), **({"case__procedure": "matter"} if community else {}))
    else:
        rows = public()
    rows = rows.select_related("case", "case__compound", "case__grid")
    if wanted.compound is not None:
        rows = rows.filter(case__compound_id=wanted.compound)
    if wanted.state == "open":
        rows = rows.filter(case__state=State.OPEN)
    elif wanted.state == "settled":
        rows = rows.filter(case__state=State.ENDED, case__outcome__in=GOOD_ENDS)
    if wanted.category is not None:
        rows = rows.filter(category_id=wanted.category)
    # a matter and its case begin at one moment: in a community the index of cases is in this order, else that of matters
    moment = "case__created_at" if community else "created_at"
    if cursor:
        rows = rows.filter(_before(cursor, moment))
    page = list(rows.order_by(f"-{moment}", "-pk")[: size + 1])
    more = len(page) > size
    page = page[:size]
    return PublicPage(page, _cursor(page[-1]) if more else "")


def _with_words(wanted: Wanted) -> list[UUID]:
    """The newest public matters of a place that hold every word in what everybody may read of them.

    The index also knows addresses as they were given: what it finds is looked at again, so that nobody can ask it for a door number.
    """
    tokens = set(query_tokens(wanted.text[:100]))
    rows = Case.objects.filter(procedure="matter", restricted=False, matter__public_state=PublicState.SHOWN)
    if wanted.place:
        rows = rows.filter(within(wanted.place, "division_code"))
    cases = searching.find(rows, wanted.text).values_list("pk", flat=True)
    found = Matter.objects.filter(pk__in=list(cases)).select_related("case", "case__compound")
    return [row.pk for row in found if tokens <= set(search_tokens(_public_words(row)))]


def _public_words(row: Matter) -> str:
    compound = row.case.compound.name if row.case.compound else ""
    return f"{row.case.code} {row.public_text} {row.case.kind_label} {compound}"


def _cursor(row: Matter) -> str:
    raw = f"{row.created_at.astimezone(UTC).isoformat()} {row.pk.hex}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _before(cursor: str, moment: str) -> Q:
    if len(cursor) > 120:
        raise ValueError("not a cursor")
    try:
        since, _space, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        at, pk = datetime.fromisoformat(since), UUID(last)
    except ValueError as error:
        raise ValueError("not a cursor") from error
    if at.tzinfo is None:
        raise ValueError("not a cursor")
    return Q(**{f"{moment}__lte": at}) & (Q(**{f"{moment}__lt": at}) | Q(pk__lt=pk))


def item(row: Matter, *, now: datetime, own: bool = False) -> dict[str, Any]:
    """Return a matter as lists of residents' pages draw it: {code, title, bits, state, lon, lat}; a bit is a text or (text, class)."""
    case = row.case
    title = case.title if own else public_title(row.public_text)
    bits: list[Any] = []
    if case.state == State.OPEN:
        bits += _open_bits(case, now, own=own)
    else:
        bits.append((_ended_bit(case), "ok") if case.outcome in GOOD_ENDS else _ended_bit(case))
        if case.ended_at is not None and case.outcome in GOOD_ENDS:
            bits.append(_("用了 %(time)s") % {"time": spent(case.ended_at - case.created_at)})
    if row.followers:
        bits.append(_("%(n)d 户跟进") % {"n": row.followers})
    lon, lat = blurred(row)
    return {"code": case.code, "title": title, "bits": bits, "state": mark_of(case, now), "lon": lon, "lat": lat}


def mark_of(case: Case, now: datetime) -> str:
    """Return how a matter is marked on a map: open, over (past due), done, or closed (returned, merged, withdrawn)."""
    if case.state == State.ENDED:
        return "done" if case.outcome in GOOD_ENDS else "closed"
    return "over" if _overdue(case, now) else "open"


def blurred(row: Matter) -> tuple[float, float] | tuple[None, None]:
    """Return a matter's position for everybody's eyes: to about a hundred metres, so that no door can be told from it."""
    return blur(row.lon, row.lat)


def blur(lon: float | None, lat: float | None) -> tuple[float, float] | tuple[None, None]:
    """Return a position as everybody may know it."""
    return (None, None) if lon is None or lat is None else (round(lon, 3), round(lat, 3))


def _overdue(case: Case, now: datetime) -> bool:
    return case.due_at is not None and case.due_at < now and not case.suspended and not case.held_by_person


def _open_bits(case: Case, now: datetime, *, own: bool) -> list[Any]:
    unit = units().get(case.holder_unit_id)
    name = unit.label if unit else ""
    if case.step in ("rate", "rate_again"):
        return [_("办好了，等您评") if own else _("办好了，等反映人评")]
    if case.step == "supplement":
        return [_("等您补充") if own else _("等反映人补充")]
    if case.suspended:
        return [_("%(unit)s在办") % {"unit": name}, _("暂时挂起")]
    if _overdue(case, now) and case.due_at is not None:
        late = _("%(unit)s · 已超期 %(time)s") % {"unit": name, "time": spent(now - case.due_at)}
        return [(late, "over")]
    doing = _("等%(unit)s受理") if case.step == "accept" else _("%(unit)s在办")
    bits: list[Any] = [doing % {"unit": name}]
    if case.due_at is not None:
        bits.append(_("%(moment)s前有下一步") % {"moment": when(case.due_at, now)})
    return bits


def _ended_bit(case: Case) -> str:
    if case.outcome in GOOD_ENDS:
        unit = units().get(figures.handled(case)[0])
        return _("%(unit)s办好") % {"unit": unit.label} if unit else _("办好了")
    words = {"returned": _("没有受理"), "merged": _("并入了另一件"), "withdrawn": _("已撤回")}
    return words.get(case.outcome, _("已结束"))


def counts(code: str) -> dict[str, int] | None:
    """Return how many public matters of a community are open and settled (kept in the process for half a minute).

    None without a community: nobody lives in a whole city, and counting it at each visit would cost everybody.
    """
    if not code:
        return None

    def load() -> dict[str, int]:
        rows = public().filter(within(code))
        opened = rows.filter(case__state=State.OPEN).count()
        settled = rows.filter(case__state=State.ENDED, case__outcome__in=GOOD_ENDS).count()
        return {"open": opened, "settled": settled}

    return remember(f"matters:counts:{code}", load, seconds=30)


def by_code(code: str | None) -> Matter | None:
    """Return a matter with its case by the case's code."""
    if not code:
        return None
    rows = Matter.objects.select_related(
        "case", "case__compound", "case__grid", "case__division", "contact", "case__parent"
    )
    return rows.filter(case__code=code).first()


def mine(by: Actor, *, limit: int = 50, before: UUID | None = None) -> list[Matter]:
    """Return the matters that this person or browser reported or opened by code, newest first, from behind ``before`` on.

    One statement for each way, so that each goes by its own index.
    """
    earlier = Q() if before is None else Q(pk__lt=before)
    cases = Case.objects.filter(earlier, procedure="matter").order_by("-pk").values_list("pk", flat=True)
    ways = []
    if by.user_id is not None:
        ways.append(cases.filter(starter_user_id=by.user_id))
    if by.key:
        # said again what cannot be otherwise: only then SQLite takes the index of the cases that have a key
        ways.append(cases.filter(~Q(starter_key=""), starter_key=by.key))
    found = {pk for way in ways for pk in way[:limit]} | {UUID(one) for one in by.cases if len(one) in (32, 36)}
    if not found:
        return []
    return list(Matter.objects.select_related("case").filter(earlier, pk__in=found).order_by("-pk")[:limit])


def waiting_for_rating(by: Actor) -> list[Matter]:
    """Return one's own matters that wait for their three taps, newest first."""
    return [
        row for row in mine(by, limit=20) if row.case.state == State.OPEN and row.case.step in ("rate", "rate_again")
    ]


def followed(key: str, *, limit: int = 50) -> list[Matter]:
    """Return the public matters that a browser follows, newest first."""
    rows = public().filter(following__key=key).select_related("case", "case__compound", "case__grid")
    return list(rows.order_by("-pk")[:limit]) if key else []


def week_before(at: datetime) -> datetime:
    """Return the moment a week ago."""
    return at - timedelta(days=7)


def news(codes: Sequence[str], *, since: datetime) -> dict[str, dict[str, Any]]:
    """Return for each place how many public matters were raised and settled since a moment."""
    return {
        code: {
            "raised": public().filter(within(code), created_at__gte=since).count(),
            "settled": public().filter(within(code), case__ended_at__gte=since, case__outcome__in=GOOD_ENDS).count(),
        }
        for code in codes
    }
