"""A matter's page for residents: who has it, by when, what happened; and what its reporter may do. Others see what is public."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.kernel.crypto import masked_phone, unseal
from linli.kernel.ids import read_code
from linli.matters import (
    access,
    carried,
    catalogue,
    claiming,
    contacts,
    following,
    merging,
    minimap,
    news,
    plain,
    queries,
    story,
)
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.orgs import browser
from linli.procedures import queries as cases
from linli.procedures.clocks import calendar_of
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.models import CaseFile, CaseRecord
from linli.procedures.options import options
from linli.procedures.policies import can_see, is_starter, owns

RATING = ("rate", "rate_again")


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a matter: one's own, or what is public of it, or the form that asks for the four digits."""
    matter = queries.by_code(read_code(code))
    if matter is not None and is_starter(request.actor, matter.case):
        return own(request, matter)
    if matter is not None and is_public(matter):
        return _public(request, matter)
    # the same answer whether the code exists or not
    context = {"code": code[:20], "given": {}, "errors": {}, "asked": True}
    return render(request, "matters/track.html", context, status=404)


def is_public(matter: Matter) -> bool:
    return matter.public_state == PublicState.SHOWN and not matter.case.restricted


def mine(request: HttpRequest, code: str) -> Matter:
    """Return the asker's own matter, or one that they opened by its code."""
    matter = queries.by_code(read_code(code))
    if matter is None or not is_starter(request.actor, matter.case):
        raise Http404
    return matter


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """What a reporter sent from the page: by which form, its answers, and the words they wrote in it."""

    form: str = ""
    given: dict[str, str] = dataclasses.field(default_factory=dict)
    words: str = ""


def own(
    request: HttpRequest,
    matter: Matter,
    sent: Sent | None = None,
    *,
    errors: dict[str, str] | None = None,
    photos: Sequence[CaseFile] = (),
    late: str = "",
    since: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one's own matter. ``sent``, with its ``photos``, is kept in the form that it came from, or offered as a message
    where that form is gone; ``late``: why it was not taken; ``since``: the version it was written at, to say what came after.
    """
    case, now = matter.case, request.now
    sent = sent or Sent(request.GET.get("do", ""))
    detail = cases.detail(case)
    may = {one.key: one for one in options(request.actor, case, of_case(case), at=now)}
    contact = matter.contact if matter.contact and not matter.contact.erased_at else None
    full = owns(request.actor, case)
    told = story.Telling(mine=True, now=now, text=matter.text)
    question = next(
        (row.data.get("answers", {}).get("question") for row in reversed(detail.records) if row.action == "ask"), ""
    )
    records = story.story(detail, told, inner=_inner(detail))
    goes_on = merging.goes_on_in(case.pk) if case.outcome == "merged" else None
    rating = case.step in RATING or bool(goes_on and merging.may_rate(case, detail.records, goes_on, at=now))
    other = _goes_on(request, goes_on) if goes_on else None
    possible = {
        "supply": case.step == "supplement",
        "rate": rating,
        "reopen": "reopen" in may and may["reopen"].allowed,
        "withdraw": "withdraw" in may and may["withdraw"].allowed,
    }
    shown = _somewhere(sent, possible)
    context = _shared(matter, detail, request, mine=True) | {
        "title": case.title,
        "records": records,
        "recordings": story.recordings(detail),
        "may": {key: one.allowed for key, one in may.items()},
        "question": question if case.step == "supplement" else "",
        "rating": rating,
        "result": other["result"] if other else _result(detail),
        "other": other,
        "news": news.read(request.actor, at=now, case_id=case.pk) if request.method == "GET" else [],
        "pictures": _before_after(detail) if rating or case.state == State.ENDED else None,
        "contact": {
            "phone": masked_phone(phone) if contact and (phone := unseal(contact.phone_sealed)) else "",
            "name": unseal(contact.name_sealed) if contact and full else "",
            "hidden": contact.hidden,
        }
        if contact
        else None,
        "full": full,
        "may_claim": not full and claiming.is_of(matter, request.actor),
        "looks": contacts.looks(matter),
        "digits": access.digits_of(matter),
        "errors": errors or {},
        "given": shown.given,
        "opened": shown.form,
        "moved": shown.form != sent.form,
        "taps": _taps(sent) if status == 409 else "",
        "conflict": status == 409,
        "late": late,
        "changes": [one for one in reversed(records) if since is not None and one["seq"] > since],
        "photos_kept": len(photos),
        "kept": carried.pack(photos, case.pk),
        "sent": request.GET.get("sent", "") if request.GET.get("sent") in ("say", "supply") else "",
        "reopen_until": _reopen_until(matter) if "reopen" in may else None,
        "staff": request.actor.staff and bool(can_see(request.actor, case)),
    }
    response = render(request, "matters/status.html", context, status=status)
    # not to be found in the browser by the next person at it
    response.headers["Cache-Control"] = "no-store"
    return response


def _goes_on(request: HttpRequest, matter: Matter) -> dict[str, Any]:
    """What the reporter of a merged matter reads of the one in which it goes on: what everybody may, words only where they were checked."""
    detail, now, shown = cases.detail(matter.case), request.now, is_public(matter)
    names = contacts.names_to_mask(matter)
    told = story.Telling(mine=False, now=now, text=matter.public_text, names=names, bare=not shown)
    facts = [plain.holder(matter.case, detail.family, mine=False), plain.promise(detail, now=now, mine=False)]
    ended = matter.case.state == State.ENDED or matter.case.step in RATING
    return {
        "code": matter.case.code if shown else "",
        "title": queries.public_title(matter.public_text) if shown else "",
        "facts": [fact for fact in facts if fact is not None],
        "records": [] if matter.case.restricted else story.story(detail, told, inner=_inner(detail)),
        "result": told.shown(_result(detail)) if shown and ended else "",
    }


def _somewhere(sent: Sent, possible: Mapping[str, bool]) -> Sent:
    """Where what was sent stands now: in its own form, or where that is gone as a reason to open the matter again, or as a message."""
    if possible.get(sent.form, True):
        return sent
    if possible["reopen"] and sent.given.get("settled") == "no":
        return Sent("reopen", {"reason": sent.words}, sent.words)
    return Sent("say" if sent.words else "", {"text": sent.words}, sent.words)


def _taps(sent: Sent) -> str:
    """The three answers that were tapped, in words."""
    return story.rated(sent.given) if sent.form == "rate" else ""


def _shared(matter: Matter, detail: cases.Detail, request: HttpRequest, *, mine: bool) -> dict[str, Any]:
    case, now = matter.case, request.now
    rule = catalogue.in_force().get(matter.category_id or case.data.get("category"))
    facts = [plain.holder(case, detail.family, mine=mine), plain.promise(detail, now=now, mine=mine)]
    return {
        "matter": matter,
        "case": case,
        "code": case.code,
        "reported": plain.when(matter.created_at, now),
        "ended": plain.when(case.ended_at, now) if case.ended_at else "",
        "spent": queries.spent(case.ended_at - case.created_at) if case.ended_at else "",
        "facts": [fact for fact in facts if fact is not None] if case.state == State.OPEN else facts[:1],
        "rail_stages": plain.rail(detail, now=now, mine=mine),
        "phone": plain.telephone(case),
        "category": ((rule.name_en if plain.english() else "") or rule.name) if rule else "",
        "danger": case.urgency == 1 and case.state == State.OPEN,
        "numbers": ("110", "119", "120"),
        "followers": matter.followers,
    }


def _inner(detail: cases.Detail) -> list[CaseRecord]:
    called = [one.pk for one in detail.family if one.procedure == "whistle" and one.parent_id == detail.case.pk]
    return list(CaseRecord.objects.filter(case_id__in=called, public=True).order_by("at")) if called else []


def _result(detail: cases.Detail) -> str:
    """What the last unit wrote when it was done, as it was corrected since."""
    corrected = {row.data.get("of"): row.text for row in detail.records if row.kind == RecordKind.CORRECTION}
    for record in reversed(detail.records):
        said = (record.data.get("answers") or {}).get("result")
        if said:
            text = str(corrected.get(record.seq) or said).strip()
            return text if text.endswith(("。", "！", "？", ".")) else text + "。"
    return ""


def _before_after(detail: cases.Detail) -> dict[str, Any] | None:
    before = next((one for one in detail.files if one.seq == 1 and one.mime == "image/jpeg"), None)
    after = next(
        (one for one in reversed(detail.files) if one.field == "photos_after" and one.mime == "image/jpeg"), None
    )
    return {"before": before, "after": after} if before and after else None


def _reopen_until(matter: Matter) -> datetime | None:
    """The moment until which the reporter may open the matter again."""
    case = matter.case
    rule = of_case(case).steps[case.step].reopen
    if rule is None or case.ended_at is None:
        return None
    return calendar_of(case.holder_unit_id).add(case.ended_at, rule.within)


def _public(request: HttpRequest, matter: Matter) -> HttpResponse:
    detail = cases.detail(matter.case)
    names = contacts.names_to_mask(matter)
    told = story.Telling(mine=False, now=request.now, text=matter.public_text, names=names)
    goes_on = merging.goes_on_in(matter.pk) if matter.case.outcome == "merged" else None
    key = browser.key_of(request)
    shown = queries.item(matter, now=request.now)
    position = [(shown["lon"], shown["lat"], "", shown["state"])] if shown["lon"] is not None else []
    context = _shared(matter, detail, request, mine=False) | {
        "title": queries.public_title(matter.public_text),
        "records": story.story(detail, told, inner=_inner(detail)),
        "place": matter.case.compound.name if matter.case.compound else matter.case.division.name,
        "community": matter.case.division,
        "map": minimap.draw(position, least=700),
        "result": told.shown(_result(detail)) if matter.case.state == State.ENDED else "",
        "news": news.read(request.actor, at=request.now, case_id=matter.pk),
        "other": _goes_on(request, goes_on) if goes_on else None,
        "follows": following.follows(matter, key=key),
        "may_follow": following.may_follow(matter, key=key) and matter.case.state == State.OPEN,
        "staff": request.actor.staff and bool(can_see(request.actor, matter.case)),
    }
    return render(request, "matters/public.html", context)


@require_safe
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that is kept about one's matter, as a file to take away."""
    matter = mine(request, code)
    if not owns(request.actor, matter.case):
        raise Http404
    response = JsonResponse(
        contacts.export(matter), json_dumps_params={"ensure_ascii": False, "indent": 1}, content_type="application/json"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="linli-{matter.case.code}.json"'
    return response
