"""Matters over the JSON API: report one without an account, follow it with its secret, read what is public, list what one may see."""

import secrets
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from linli.kernel.address import client_address
from linli.kernel.crypto import blind
from linli.kernel.display import iso
from linli.kernel.ids import read_code
from linli.kernel.images import MAX_VIDEO_BYTES
from linli.kernel.limits import count_files, count_use
from linli.matters import actions, catalogue, drafts, placing, plain, queries, story, suggesting
from linli.matters.contacts import names_to_mask
from linli.matters.enums import Channel, PublicState
from linli.matters.models import Matter
from linli.matters.reports import MatterIn, PlaceIn, Problem, read
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.places import queries as places
from linli.places.locating import LocatingError, to_wgs84
from linli.places.queries import Place
from linli.procedures import files, searching
from linli.procedures import queries as cases
from linli.procedures.definitions import of_case
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers
from linli.procedures.models import CaseFile
from linli.procedures.policies import can_see, is_starter

router = Router(tags=["matters"])
MOST_LISTED = 100
LONGEST_KEY = 200
HOUR = 3600
NUMBERS = ("110", "119", "120")

_SCHEMA = MatterIn.model_json_schema(ref_template="#/components/schemas/{model}")
_DEFINITIONS = _SCHEMA.pop("$defs", {})
_SCHEMA["properties"]["place"] = {**_DEFINITIONS["PlaceIn"]}
_SCHEMA["properties"]["contact"] = {**_DEFINITIONS["ContactIn"]}


@router.post(
    "",
    url_name="matters_create",
    summary="Report a matter",
    openapi_extra={
        "parameters": [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "maxLength": LONGEST_KEY},
                "description": "Sent again with the same key and body, a report is the matter of the first time (200). A UUID drawn at "
                "random names its client from everywhere; any other key counts for the address that sent it.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _SCHEMA},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["matter"],
                        "properties": {
                            "matter": {"type": "string", "description": "the same JSON as text"},
                            "photo": {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 9},
                            "recording": {"type": "string", "format": "binary"},
                        },
                    }
                },
            },
        },
        "responses": {"201": {"description": "Created"}, "200": {"description": "Known by its Idempotency-Key"}},
    },
)
def create(request: HttpRequest) -> HttpResponse:
    """Report a matter, without an account. The secret in the answer reads it afterwards: ``Authorization: Bearer <secret>``.

    A position or words that leave a choice are not guessed: 422 ``place_ambiguous`` names the candidates, and ``place.choice`` takes
    one of them.
    """
    at: datetime = request.now  # type: ignore[attr-defined]
    # counted before anything is read of it: what is refused costs its sender as much as what is taken
    count_use(
        purpose="report",
        address=client_address(request),
        allowed=settings.LINLI_INTAKE_PER_HOUR,
        seconds=HOUR,
        at=at,
    )
    given = read(request)
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Problem(400, "idempotency_key", _("Idempotency-Key 最多 200 个可见字符。"))
    secret = _secret(key, given, request) if key else secrets.token_hex(20)
    place = _place(given.place)
    rule = None
    if given.category:
        rule = next((one for one in catalogue.in_force().rules.values() if one.key == given.category), None)
        if rule is None:
            raise BadAnswers({"category": _("没有这个类别。")})
    words = suggesting.dangers(given.text)
    matter = actions.report(
        text=given.text,
        place=place,
        by=Actor(key=key_of(secret)),
        at=at,
        category_id=rule.category_id if rule else None,
        channel=Channel.API,
        name=given.contact.name,
        phone=given.contact.phone,
        hidden=given.contact.hidden,
        pin=given.pin,
        danger=bool(words) if given.danger is None else given.danger,
        files=_files(request),
        starter_key=key_of(secret),
        idempotency_key=f"api:{key}" if key else None,
        sender=_sender(key, request),
    )
    new = matter.created_at == at
    # the secret follows from all that was sent: whoever sends anything else is not its reporter, and is told nothing of it
    if matter.case.starter_key != key_of(secret):
        raise Problem(409, "idempotency_mismatch", _("这个 Idempotency-Key 已经用在另一份内容上了。"))
    case = matter.case
    links = _links(case.code)
    body = {
        "id": str(case.pk),
        "code": case.code,
        "secret": secret,
        "promise": {"step": case.step, "due": iso(case.due_at) or None, "unit": _unit(case.holder_unit_id)},
        "emergency": _emergency(words) if words or case.urgency == Urgency.DANGER else None,
        "links": links,
    }
    response = _json(body, status=201 if new else 200)
    response.headers["Location"] = links["self"]
    return response


def _sender(key: str, request: HttpRequest) -> str:
    """Whose an Idempotency-Key is: a random UUID can only be its own client's; other keys are told apart by where they come from."""
    try:
        drawn = UUID(key).version in (4, 7)
    except ValueError:
        drawn = False
    return "api" if drawn else f"api:{client_address(request)}"


def _secret(key: str, given: MatterIn, request: HttpRequest) -> str:
    """The secret of a report with a key: the same when the same client sends the same once more, and from nothing less."""
    whole = "\n".join([_sender(key, request), key, given.model_dump_json()])
    return blind(whole, purpose="api-secret")[:40]


def _emergency(words: list[str]) -> dict[str, Any]:
    """What whoever reports danger must read first: help comes by telephone."""
    return {
        "numbers": list(NUMBERS),
        "say": _("有危险，先打电话") + _("：") + _("报警、火警、急救，一个电话就来。"),
        "words": words,
    }


def key_of(secret: str) -> str:
    """Return the key under which a secret's matters are kept: the same as for a browser's token."""
    return blind(secret, purpose="browser")


def _json(body: Any, *, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False}, safe=False)


def _links(code: str) -> dict[str, str]:
    return {"self": reverse("api:matters_detail", args=[code]), "page": reverse("matters:status", args=[code])}


def _unit(unit_id: int | None) -> str:
    unit = units().get(unit_id)
    return unit.name if unit else ""


def _files(request: HttpRequest) -> list[CaseFile]:
    if (request.content_type or "") != "multipart/form-data":
        return []
    count_files(request, at=request.now)  # type: ignore[attr-defined]
    if request.FILES and not drafts.has_room():
        raise BadAnswers({"photos": drafts.no_room()})
    made = files.photos(request.FILES.getlist("photo"), field="photos")
    recordings = request.FILES.getlist("recording")
    if len(recordings) > 1:
        raise BadAnswers({"recording": _("最多一段录音或视频。")})
    return made + [drafts.recording(one.read(MAX_VIDEO_BYTES + 1), name=one.name or "") for one in recordings]


def _place(given: PlaceIn) -> Place:
    """Return the place meant; where that is not plain, a Problem with the candidates."""
    text = given.address
    here: list[float] | None = None
    if given.lon is not None and given.lat is not None:
        try:
            here = [*to_wgs84(given.lon, given.lat, given.crs)]
        except LocatingError as error:
            raise BadAnswers({"place": str(error)}) from error
    if given.choice or given.community:
        known = placing.community(given.community) if given.community else None
        choice = given.choice or (f"d{known.id}" if known else "")
        place = placing.resolve(choice, text=text, here=here)
        if place is None:
            raise BadAnswers({"place": _("没有这个地方。")})
        return place
    if here:
        found = places.locate_point(here[0], here[1])
        if found and (found[0].exact or (found[0].distance_m is None and _one_community(found))):
            place = found[0].place
            return Place(place.division_id, place.division_code, text, place.grid_id, None, None, here[0], here[1])
        choices = placing.named([placing.value_of(one.place) for one in found])
    else:
        choices = placing.text_choices(text) if text else []
        exact = placing.resolve(choices[0].value, text=text) if choices and choices[0].exact else None
        if exact is not None:
            return exact
    if not choices:
        said = _("没有对上登记的地方。请给出 community（社区代码）。")
        raise Problem(422, "place_unknown", said, errors={"place": "unknown"})
    raise Problem(
        422,
        "place_ambiguous",
        _("可能是这几处，请选一处放在 place.choice 里再提交。"),
        candidates=[{"choice": one.value, "label": one.title, "more": one.small} for one in choices],
    )


def _one_community(found: list[places.Found]) -> bool:
    return len({one.place.division_id for one in found}) == 1


class ListQuery(BaseModel):
    """Which matters, and where to go on."""

    scope: Literal["public", "mine", "staff"] = "public"
    place: str = Field("", max_length=12, pattern=r"^(\d{12})?$", description="code of a division")
    state: Literal["", "open", "settled"] = ""
    category: str = Field("", max_length=60)
    q: str = Field("", max_length=100)
    cursor: str = Field("", max_length=200)
    limit: int = Field(20, ge=1, le=MOST_LISTED)


@router.get("", url_name="matters_list", summary="List matters")
def listing(request: HttpRequest, query: Query[ListQuery]) -> HttpResponse:
    """``public``: what everybody may see; ``mine``: those of the secret; ``staff``: those that the signed-in person's posts cover."""
    now: datetime = request.now  # type: ignore[attr-defined]
    if query.scope == "mine":
        own = queries.mine(asker(request), limit=query.limit + 1, before=_behind(query.cursor))
        shown = own[: query.limit]
        following = str(shown[-1].pk) if len(own) > query.limit else None
        return _json({"items": [_item(row, now, own=True) for row in shown], "next": following})
    rule = next((one for one in catalogue.in_force().rules.values() if one.key == query.category), None)
    if query.category and rule is None:
        raise BadAnswers({"category": _("没有这个类别。")})
    if query.scope == "staff":
        return _staff_list(request, query, rule.category_id if rule else None)
    wanted = queries.Wanted(
        place=query.place, state=query.state, category=rule.category_id if rule else None, text=query.q
    )
    try:
        page = queries.public_list(wanted, cursor=query.cursor, size=query.limit)
    except ValueError as error:
        raise _bad_cursor() from error
    return _json({"items": [_item(row, now) for row in page.rows], "next": page.next or None})


def _behind(cursor: str) -> UUID | None:
    """The id behind which a list goes on; a Problem for a cursor that no list gave out."""
    try:
        return UUID(cursor) if cursor else None
    except ValueError as error:
        raise _bad_cursor() from error


def _bad_cursor() -> Problem:
    return Problem(400, "bad_cursor", _("这个 cursor 不是从上一页来的。"))


def _staff_list(request: HttpRequest, query: ListQuery, category_id: int | None) -> HttpResponse:
    """Cases of matters that an actor may see, by the one condition that every list uses; newest first by id."""
    by = request.actor  # type: ignore[attr-defined]
    if not by.staff:
        raise Problem(403, "forbidden", _("这里要工作人员登录。"))
    rows = cases.visible(by).filter(procedure="matter")
    if query.place:
        rows = rows.filter(queries.within(query.place, "division_code"))
    if category_id is not None:
        rows = rows.filter(matter__category_id=category_id)
    if query.state:
        rows = rows.filter(state="open" if query.state == "open" else "ended")
    if text := query.q.strip():
        code = read_code(text)
        rows = rows.filter(code=code) if code else searching.matching(rows, text)
    if behind := _behind(query.cursor):
        rows = rows.filter(pk__lt=behind)
    found = list(rows.order_by("-pk")[: query.limit + 1])
    more, found = len(found) > query.limit, found[: query.limit]
    items = [
        {
            "id": str(case.pk),
            "code": case.code,
            "title": case.title,
            "state": case.state,
            "step": case.step,
            "outcome": case.outcome or None,
            "urgency": case.urgency,
            "category": case.kind_label or None,
            "place": case.division_code,
            "unit": _unit(case.holder_unit_id),
            "due": iso(case.due_at) or None,
            "created": iso(case.created_at),
        }
        for case in found
    ]
    return _json({"items": items, "next": str(found[-1].pk) if more else None})


def _item(row: Matter, now: datetime, *, own: bool = False) -> dict[str, Any]:
    shown = queries.item(row, now=now, own=own)
    case = row.case
    return {
        "id": str(case.pk),
        "code": case.code,
        "title": shown["title"],
        "state": case.state,
        "outcome": case.outcome or None,
        "overdue": shown["state"] == "over",
        "category": case.kind_label or None,
        "place": case.division_code,
        "position": None if shown["lon"] is None else {"lon": shown["lon"], "lat": shown["lat"]},
        "unit": _unit(case.holder_unit_id),
        "due": iso(case.due_at) or None,
        "followers": row.followers,
        "created": iso(row.created_at),
        "ended": iso(case.ended_at) or None,
        "links": _links(case.code),
    }


def asker(request: HttpRequest) -> Actor:
    """Return who asks: the holder of the secret in the Authorization header, else the signed-in person or this browser."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and 8 <= len(secret) <= 100:
        return Actor(key=key_of(secret.strip()))
    asked: Actor = request.actor  # type: ignore[attr-defined]
    return asked


@router.get("/categories", url_name="matters_categories", summary="Categories in force")
def categories(request: HttpRequest) -> HttpResponse:
    """Keys, names and classes of urgency of the catalogue's version in force."""
    found = catalogue.in_force()
    rules = [
        {"key": one.key, "name": one.name, "name_en": one.name_en, "group": one.parent_name, "urgency": one.urgency}
        for one in found.rules.values()
    ]
    return _json({"version": found.number, "items": rules})


@router.get("/communities", url_name="matters_communities", summary="Communities that take part")
def communities(request: HttpRequest) -> HttpResponse:
    """Codes and names: ``place.community`` takes a code."""
    return _json(
        {"items": [{"code": one.code, "name": one.name, "street": one.street} for one in placing.communities()]}
    )


@router.get("/{code}", url_name="matters_detail", summary="One matter")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """What is public; everything that its page shows, with the secret or in a session of staff who may see it."""
    matter = queries.by_code(read_code(code))
    if matter is None:
        raise Problem(404, "not_found", _("没有这一件，或者它没有公开。"))
    by = asker(request)
    mine = is_starter(by, matter.case)
    staff = not mine and by.staff and bool(can_see(by, matter.case))
    shown = matter.public_state == PublicState.SHOWN and not matter.case.restricted
    if not (mine or staff or shown):
        raise Problem(404, "not_found", _("没有这一件，或者它没有公开。"))
    now: datetime = request.now  # type: ignore[attr-defined]
    found = cases.detail(matter.case)
    inside = mine or staff
    told = story.Telling(
        mine=inside,
        now=now,
        text=matter.text if inside else matter.public_text,
        names=() if inside else names_to_mask(matter),
    )
    promise = plain.promise(found, now=now, mine=mine)
    holder = plain.holder(matter.case, found.family, mine=mine)
    body = _item(matter, now, own=inside) | {
        "text": matter.text if inside else matter.public_text,
        "step": matter.case.step,
        "step_name": of_case(matter.case).step_name(matter.case.step, "en" if plain.english() else "zh"),
        "holder": {"value": holder.value, "more": holder.small},
        "promise": {
            "what": promise.term,
            "value": promise.value,
            "left": promise.small,
            "overdue": promise.over,
            "provisional": promise.provisional,
        }
        if promise
        else None,
        "history": [
            {"at": one["iso"], "text": one["plain"], "photos": [photo["href"] for photo in one["photos"]]}
            for one in story.story(found, told)
        ],
    }
    if inside:
        body["address"] = matter.address
        body["position"] = None if matter.lon is None else {"lon": matter.lon, "lat": matter.lat}
    return _json(body)
