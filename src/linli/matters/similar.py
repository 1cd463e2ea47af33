"""Is it the same thing that somebody else reported nearby? Words in common, among what is open at the place and may be seen."""

import dataclasses
import math
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import QuerySet

from linli.kernel.prepared import Prepared
from linli.kernel.text import for_search, search_tokens
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.places.queries import Place
from linli.procedures.enums import State
from linli.procedures.models import Case
from linli.procedures.policies import can_see_plainly, visible_to
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


@dataclasses.dataclass(frozen=True, slots=True)
class Similar:
    """A matter that may be the same: how far away (metres, None if only the compound is known), the words in common, how alike."""

    matter: Matter
    metres: int | None
    words: tuple[str, ...]
    score: float


def similar(text: str, place: Place, *, at: datetime, by: Actor | None = None) -> list[Similar]:
    """Return open matters like ``text`` in the same compound or within 500 m, most alike first (two statements).

    For residents those that are public. For staff (``by``) those that they may see, checked or not: in a power cut none of the first
    fifty reports is checked yet. One statement more where what somebody may see does not show from the cases themselves.
    """
    where = place.compound_id and names_of_compounds().get(place.compound_id, "")
    mine = tokens(text, without=where or "")
    if not any(len(token) > 1 for token in mine):
        return []
    found = []
    for row in _around(place):
        public = row.public_state == PublicState.SHOWN and not row.case.restricted
        if row.created_at < at - SINCE or (by is None and not public):
            continue
        metres = _metres(place, row)
        if metres is not None and metres > NEAR_M and row.case.compound_id != place.compound_id:
            continue
        theirs, heavy = _weighed(row.public_text, where or "")
        common = mine & theirs
        score = weight(common) / max(1, min(weight(mine), heavy))
        if score >= ENOUGH and any(len(token) > 1 for token in common):
            found.append(Similar(row, metres, joined(common, text), round(score, 2)))
    found.sort(key=lambda one: (-one.score, one.matter.pk))
    return found[:MOST] if by is None else _seen(by, found)[:MOST_FOR_STAFF]


def _seen(by: Actor, found: list[Similar]) -> list[Similar]:
    """Those among what was found whose cases an actor may see."""
    plain = {one.matter.pk for one in found if can_see_plainly(by, one.matter.case)}
    others = [one.matter.pk for one in found if one.matter.pk not in plain]
    seen = set(Case.objects.filter(visible_to(by), pk__in=others).values_list("pk", flat=True)) if others else set()
    return [one for one in found if one.matter.pk in plain | seen]


def _around(place: Place) -> list[Matter]:
    """The open matters near a place: of its compound, and in a box around its position, or else of its grid or community.

    One statement for each, so that each goes by its own index; what is public and recent is picked out of the few that are left.
    """
    found: list[Matter] = []
    if place.compound_id is not None:
        found += _in_compound(compound=place.compound_id)
    if place.lon is not None and place.lat is not None:
        high = NEAR_M / 111_320
        wide = high / max(0.05, math.cos(math.radians(place.lat)))
        found += _open().filter(
            lon__range=(place.lon - wide, place.lon + wide), lat__range=(place.lat - high, place.lat + high)
        )[:LOOKED_AT]
    elif place.grid_id is not None:
        found += _in_grid(grid=place.grid_id)
    else:
        found += _open().filter(case__division_code=place.division_code, case__grid_id__isnull=True)[:LOOKED_AT]
    return list({row.pk: row for row in found}.values())


def _open() -> QuerySet[Matter]:
    """Open matters, newest first, with no more than what is compared and shown, and what tells who may see them."""
    columns = ("public_text", "public_state", "created_at", "lon", "lat")
    shown = ("code", "title", "compound_id", "state", "procedure", "division_code", "restricted")
    whose = ("holder_unit_id", "starter_user_id", "starter_unit_id", "starter_key")
    rows = Matter.objects.filter(case__state=State.OPEN).select_related("case").order_by("-pk")
    return rows.only(*columns, *(f"case__{name}" for name in shown + whose))


_in_compound = Prepared(lambda compound: _open().filter(case__compound_id=compound)[:LOOKED_AT])
_in_grid = Prepared(lambda grid: _open().filter(case__grid_id=grid)[:LOOKED_AT])


def _metres(place: Place, row: Matter) -> int | None:
    if place.lon is None or place.lat is None or row.lon is None or row.lat is None:
        return None
    east = (row.lon - place.lon) * math.cos(math.radians(place.lat))
    return round(111_320 * math.hypot(east, row.lat - place.lat))


def tokens(text: str, *, without: str = "") -> frozenset[str]:
    """Return the telling tokens of a text: Latin words, Chinese signs and pairs of them, without idle ones and a place's name."""
    said = text[:LONGEST].replace(without, "，") if without else text[:LONGEST]
    return frozenset(token for token in search_tokens(said) if not (set(token) & _IDLE or token.isdigit()))


@lru_cache(maxsize=2000)
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
