"""At the desk: enter a matter for a caller, a visitor, or found on the spot, with what its words and its address point to."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.ids import uuid7
from linli.kernel.text import clean, whole
from linli.matters import access, actions, carried, placing, plain, queries, similar, suggesting
from linli.matters.enums import Channel
from linli.matters.models import Matter
from linli.matters.policies import ENTERS, can_register
from linli.matters.views.steps import categories, category_name
from linli.orgs.guards import staff_required
from linli.orgs.units import units
from linli.places.enums import Level
from linli.places.models import Division, Grid
from linli.places.queries import Place
from linli.procedures.errors import BadAnswers
from linli.procedures.models import CaseFile
from linli.procedures.policies import can_see

# what tells the page, after the matter was entered, which one and by whom; for so many seconds
ENTERED, TOLD_FOR = "entered", 900
FIELDS = (
    "text community grid place address lon lat category proposed name phone channel danger hidden key".split()  # noqa: SIM905
)
NOWHERE = "none"
Communities = Mapping[int, tuple[str, str]]


@require_http_methods(["GET", "POST"])
@staff_required
def register(request: HttpRequest) -> HttpResponse:
    """Enter a matter; the record says who entered it. What its words point to is shown once before it is taken in."""
    known = _communities(request)
    if request.method == "GET":
        return _page(request, _first(request, known), known)
    given = _given(request)
    found = _hints(request, given, known)
    kept = request.POST.get("kept", "")
    photos: Sequence[CaseFile] = carried.unpack(kept, UUID(given["key"]))
    try:
        photos = carried.photos(kept, UUID(given["key"]), request.FILES.getlist("photos"))
        if found["asks"] and request.POST.get("seen") != found["seal"] and given["text"].strip():
            return _page(request, given, known, hints=found, photos=photos)
        matter = _register(request, given, known, found["place"], photos)
    except BadAnswers as bad:
        return _page(request, given, known, hints=found, photos=photos, errors=bad.errors)
    done = signing.dumps([matter.case.code, request.actor.user_id], salt=ENTERED)
    return redirect(f"{reverse('matters:register')}?done={done}")


@require_POST
@staff_required
def hints(request: HttpRequest) -> HttpResponse:
    """What the words typed so far point to, as a piece of the page (asked for while typing)."""
    given = _given(request)
    if len(given["text"]) > actions.TEXT_LIMIT:
        return HttpResponse(status=204)
    found = _hints(request, given, _communities(request))
    return render(request, "matters/_register_hints.html", {"hints": found, "given": given, "alone": True})


def _first(request: HttpRequest, known: Communities) -> dict[str, str]:
    """The empty form, with what the posts of this person tell already."""
    here = dict.fromkeys(FIELDS, "") | {"key": str(uuid7()), "channel": Channel.HOTLINE.value}
    if len(known) == 1:
        here["community"] = str(next(iter(known)))
    if _on_the_spot(request):
        grids = sorted(request.actor.grid_ids)
        here |= {"channel": Channel.GRID.value, "grid": str(grids[0]) if len(grids) == 1 else ""}
    return here


def _on_the_spot(request: HttpRequest) -> bool:
    """Whether this person may enter matters as one who works in a grid only: what they stand before, with the phone."""
    entering = [post for post in request.actor.posts if post.role in ENTERS]
    return bool(entering) and all(post.grid_id is not None for post in entering)


def _entered(request: HttpRequest) -> dict[str, Any] | None:
    """What to tell the caller about the matter that this person has just entered: code and digits, and by when who takes it in.

    The digits open a matter in its reporter's name: they are told once, to who entered it, while the caller is on the line.
    """
    try:
        code, user_id = signing.loads(request.GET.get("done", ""), salt=ENTERED, max_age=TOLD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    matter = queries.by_code(code) if user_id == request.actor.user_id else None
    if matter is None:
        return None
    headline, then = plain.taken_in(matter.case, units().get(matter.case.holder_unit_id), request.now)
    return {"code": code, "digits": access.digits_of(matter), "headline": headline, "then": then}


def _given(request: HttpRequest) -> dict[str, str]:
    given = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        UUID(given["key"])
    except ValueError:
        given["key"] = str(uuid7())
    return given


def _page(
    request: HttpRequest,
    given: dict[str, str],
    known: Communities,
    *,
    hints: dict[str, Any] | None = None,
    photos: Sequence[CaseFile] = (),
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    chosen = whole(given["community"])
    grids = Grid.objects.filter(community_id=chosen, active=True).order_by("code") if chosen in known else ()
    context = {
        "given": given,
        "spot": _on_the_spot(request),
        "entered": _entered(request) if request.method == "GET" else None,
        "kept": carried.pack(photos, UUID(given["key"])),
        "photos_kept": len(photos),
        "errors": errors or {},
        "hints": hints,
        "communities": [(str(pk), name) for pk, (_code, name) in known.items()],
        "grids": [(str(one.pk), one.name) for one in grids],
        "categories": categories(),
        "channels": [
            (Channel.HOTLINE.value, Channel.HOTLINE.label),
            (Channel.VISIT.value, Channel.VISIT.label),
            (Channel.GRID.value, Channel.GRID.label),
        ],
    }
    return render(request, "matters/register.html", context, status=422 if errors else 200)


def _communities(request: HttpRequest) -> Communities:
    """The communities in whose places this person may enter matters: id -> (code, name)."""
    rows = (
        Division.objects.filter(level=Level.COMMUNITY, active=True, organisations__governs=True)
        .order_by("code")
        .values_list("pk", "code", "name")
    )
    return {pk: (code, name) for pk, code, name in rows if can_register(request.actor, code)}


def _places(given: dict[str, str], known: Communities) -> list[tuple[placing.Choice, Place]]:
    """What the address, or else the position, may mean, within the places of this person, best first.

    An address is looked for in the chosen community where one is chosen.
    """
    address, chosen = given["address"].strip(), whole(given["community"])
    here = placing.checked_position(given["lon"], given["lat"])
    if address:
        likely = placing.text_choices(address, community_id=chosen if chosen in known else None)
    else:
        likely = placing.here_choices(*here) if here else []
    found = []
    for choice in likely:
        place = placing.resolve(choice.value, text=address, here=[*here] if here else None)
        if place is not None and place.division_id in known and chosen in (None, place.division_id):
            found.append((choice, place))
    # a community by itself is what the list says anyhow
    return [(choice, place) for choice, place in found if not choice.value.startswith("d")]


def _place(given: dict[str, str], known: Communities, found: list[tuple[placing.Choice, Place]]) -> Place | None:
    """The place meant: the one chosen, or the one that the address names beyond doubt, else the grid or community from the lists."""
    address, chosen = given["address"].strip()[: placing.TEXT_LIMIT], whole(given["community"])
    for choice, place in found:
        if choice.value == given["place"] or (choice.exact and not given["place"]):
            return place
    if chosen is None or chosen not in known:
        return None
    wanted = whole(given["grid"])
    grid = Grid.objects.filter(pk=wanted, community_id=chosen, active=True).first() if wanted else None
    return Place(division_id=chosen, division_code=known[chosen][0], text=address, grid_id=grid.pk if grid else None)


def _hints(request: HttpRequest, given: dict[str, str], known: Communities) -> dict[str, Any]:
    """What words and address point to. ``asks``: something that the person at the desk has not decided."""
    text = given["text"].encode(errors="replace").decode().strip()
    found = _places(given, known)
    if given["place"] not in (NOWHERE, *(choice.value for choice, _place in found)):
        given["place"] = ""  # chosen for another address
    place = _place(given, known, found)
    alike = similar.similar(text, place, at=request.now) if place else []
    likely = suggesting.suggest(text)
    proposed = [] if given["category"] else likely
    words = suggesting.dangers(text)
    open_place = bool(found) and not given["place"] and not found[0][0].exact
    seen = [given["text"], given["address"], given["community"], *(choice.value for choice, _place in found)]
    seen += [*(str(one.matter.pk) for one in alike), *words, *(str(one.rule.category_id) for one in likely)]
    return {
        "place": place,
        "places": [choice for choice, _place in found],
        "chosen": given["place"] or (placing.value_of(place) if place and found and found[0][0].exact else ""),
        "similar": [
            {
                "case": one.matter.case,
                "href": reverse(
                    "procedures:case" if can_see(request.actor, one.matter.case) else "matters:status",
                    args=[one.matter.case.code],
                ),
                "title": queries.public_title(one.matter.public_text),
                "metres": one.metres,
                "words": one.words,
            }
            for one in alike
        ],
        "suggestions": [
            {
                "id": str(one.rule.category_id),
                "name": f"{one.rule.parent_name} / {category_name(one.rule)}",
                "words": one.words,
                "sure": round(100 * one.confidence),
            }
            for one in proposed
        ],
        "unknown": len(text) >= 6 and not likely and not given["category"],
        "danger_words": words,
        "asks": open_place
        or bool(alike)
        or bool(proposed and not given["proposed"])
        or bool(words and not given["danger"]),
        "seal": hashlib.sha256("\n".join(seen).encode(errors="replace")).hexdigest()[:16],
    }


def _register(
    request: HttpRequest, given: dict[str, str], known: Communities, place: Place | None, photos: Sequence[CaseFile]
) -> Matter:
    if place is None:
        raise BadAnswers({"community": _("请选择社区。")})
    try:
        clean(given["address"], limit=placing.TEXT_LIMIT, lines=False)
    except ValidationError as bad:
        raise BadAnswers({"address": str(bad.messages[0])}) from bad
    # pressed twice it is one matter; other words from the same page, after going back, are another
    words = hashlib.sha256(given["text"].encode(errors="replace")).hexdigest()[:16]
    return actions.report(
        text=given["text"],
        place=place,
        by=request.actor,
        at=request.now,
        category_id=whole(given["category"]) or whole(given["proposed"]),
        channel=given["channel"] if given["channel"] in Channel.values else Channel.VISIT,
        name=given["name"],
        phone=given["phone"],
        hidden=given["hidden"] == "1",
        danger=given["danger"] == "1",
        files=photos,
        idempotency_key=f"desk:{given['key']}:{words}",
    )
