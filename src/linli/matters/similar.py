"""Is it the same thing that somebody else reported nearby? Words in common, among what is open at the place and may be seen."""

import dataclasses
import math
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from linli.kernel.prepared import Prepared
from linli.kernel.text import for_search, search_tokens
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.matters.queries.lists import blur
from linli.orgs.actors import Actor
from linli.places.queries import Place
from linli.procedures.enums import State
from linli.procedures.rows import names_of_compounds

NEAR_M = 500
LOOKED_AT = 200
SINCE = timedelta(days=60)
MOST, MOST_FOR_STAFF = 2, 5
# Alike from two fifths of the shorter text's weight in common, a telling pair among it.
ENOUGH = 0.4
LONGEST = 300
# Signs that say nothing about the matter: grammar, and the parts of addresses.
_IDLE = set(
    "的了是我你他她它们在有没和就都也很不一这那着呢吗吧啊把被给到要会能可个些么什怎为从向对与及或但又还再上下里外前后边"
)
_IDLE |= set("栋号幢座楼单元室区院街道社")


# id, public text, public state, restricted, created at, longitude, latitude, compound, holding unit, code of the division
Row = tuple[UUID, str, str, bool, datetime, float | None, float | None, int | None, int, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Similar:
    """A matter that may be the same: how far away (metres, for residents in hundreds; None if only the compound is known), the words
    in common, how alike."""

    matter: Matter
    metres: int | None
    words: tuple[str, ...]
    score: float


def similar(text: str, place: Place, *, at: datetime, by: Actor | None = None) -> list[Similar]:
    """Return open matters like ``text`` in the same compound or within 500 m, most alike first (three statements).

    For residents those that are public. For staff (``by``) those that they may see, checked or not: in a power cut none of the first
    fifty reports is checked yet. What they oversee or hold, that is: nobody merges what somebody else has.
    """
    where = place.compound_id and names_of_compounds().get(place.compound_id, "")
    mine = tokens(text, without=where or "")
    if not any(len(token) > 1 for token in mine):
        return []
    alike, most = [], weight(mine)
    for pk, said, public, restricted, created, lon, lat, compound, holder, code in _around(place):
        seen = public == PublicState.SHOWN if by is None else _theirs(by, holder, code)
        if restricted or not seen or created < at - SINCE:
            continue
        # for residents as far as everybody may know: from three exact distances the door could be found
        metres = _about(_metres(place, *blur(lon, lat))) if by is None else _metres(place, lon, lat)
        if metres is not None and metres > NEAR_M and compound != place.compound_id:
            continue
        theirs, heavy = _weighed(said, where or "")
        common = mine & theirs
        if len(common) * 2 < ENOUGH * min(most, heavy) or not any(len(token) > 1 for token in common):
            continue
        score = weight(common) / max(1, min(most, heavy))
        if score >= ENOUGH:
            alike.append((-round(score, 2), pk, metres, common))
    alike.sort(key=lambda one: one[:2])
    alike = alike[: MOST if by is None else MOST_FOR_STAFF]
    matters = {row.pk: row for row in _chosen(pks=[one[1] for one in alike])} if alike else {}
    return [Similar(matters[pk], metres, joined(common, text), -score) for score, pk, metres, common in alike]


def _theirs(by: Actor, holder: int, code: str) -> bool:
    """Whether a unit of theirs holds what is held by ``holder`` at the place of this code, or they oversee that place."""
    return holder in by.unit_ids or any(code.startswith(one) for one in by.overseen)


# what is shown of them, and what tells who may open them
_COLUMNS = ("public_text", "public_state", "created_at", "followers")
_COLUMNS_OF_CASE = (
    "code", "title", "state", "procedure", "division_code", "restricted", "holder_unit_id", "starter_user_id", "starter_unit_id",
    "starter_key",
)  # fmt: skip
_chosen = Prepared(
    lambda pks: (
        Matter.objects.filter(pk__in=pks)
        .select_related("case")
        .only(*_COLUMNS, *(f"case__{name}" for name in _COLUMNS_OF_CASE))
    )
)


def _around(place: Place) -> set[Row]:
    """The open matters near a place: of its compound, and in a box around its position, or else of its grid or community.

    One statement for each, so that each goes by its own index; what is public and recent is picked out of the few that are left.
    """
    found: set[Row] = set()
    if place.compound_id is not None:
        found.update(_in_compound(compound=place.compound_id))
    if place.lon is not None and place.lat is not None:
        high = NEAR_M / 111_320
        wide = high / max(0.05, math.cos(math.radians(place.lat)))
        found.update(
            _in_box(west=place.lon - wide, east=place.lon + wide, south=place.lat - high, north=place.lat + high)
        )
    elif place.grid_id is not None:
        found.update(_in_grid(grid=place.grid_id))
    else:
        found.update(_in_community(code=place.division_code))
    return found


def _open(**where: Any) -> QuerySet[Matter, Row]:
    """The newest open matters with no more than what is compared (models would cost more than the comparison)."""
    rows = Matter.objects.filter(case__state=State.OPEN, **where).order_by("-pk")
    columns = ("pk", "public_text", "public_state", "case__restricted", "created_at", "lon", "lat")
    return rows.values_list(*columns, "case__compound_id", "case__holder_unit_id", "case__division_code")[:LOOKED_AT]


_in_compound = Prepared(lambda compound: _open(case__compound_id=compound))
_in_grid = Prepared(lambda grid: _open(case__grid_id=grid))
_in_community = Prepared(lambda code: _open(case__division_code=code, case__grid_id__isnull=True))
_in_box = Prepared(
    lambda west, east, south, north: _open(lon__range=(west, east), lat__range=(south, north), counted__isnull=True)
)


def _metres(place: Place, lon: float | None, lat: float | None) -> int | None:
    if place.lon is None or place.lat is None or lon is None or lat is None:
        return None
    east = (lon - place.lon) * math.cos(math.radians(place.lat))
    return round(111_320 * math.hypot(east, lat - place.lat))


def _about(metres: int | None) -> int | None:
    """A distance in hundreds of metres, at least one."""
    return None if metres is None else max(100, round(metres, -2))


def tokens(text: str, *, without: str = "") -> frozenset[str]:
    """Return the telling tokens of a text: Latin words, Chinese signs and pairs of them, without idle ones and a place's name."""
    said = text[:LONGEST].replace(without, "，") if without else text[:LONGEST]
    return frozenset(token for token in search_tokens(said) if not (set(token) & _IDLE or token.isdigit()))


@lru_cache(maxsize=10_000)
def _weighed(text: str, without: str) -> tuple[frozenset[str], int]:
    """The tokens of a public text and their weight: the same texts are looked at whenever something is reported nearby."""
    found = tokens(text, without=without)
    return found, weight(found)


def weight(found: frozenset[str]) -> int:
    """A pair or word weighs two, a single sign one."""
    return sum(min(len(token), 2) for token in found)


def joined(common: frozenset[str], text: str) -> tuple[str, ...]:
    """Return the common pairs as they stand in ``text``, overlapping ones run together: 路面, 面塌, 塌了 → 路面塌了."""
    # one sign may fold into several (ß, ㍿): each folded sign remembers where it came from
    folded = [(sign, at) for at, original in enumerate(text) for sign in for_search(original)]
    low, origins = "".join(sign for sign, _at in folded), [at for _sign, at in folded]
    marked = [False] * len(text)
    for token in (token for token in common if len(token) > 1):
        at = low.find(token)
        while at >= 0:
            for origin in origins[at : at + len(token)]:
                marked[origin] = True
            at = low.find(token, at + 1)
    words, word = [], ""
    for sign, on in zip([*text, ""], [*marked, False], strict=True):
        if on:
            word += sign
        elif word:
            words.append(word)
            word = ""
    return tuple(dict.fromkeys(words))[:6]
