"""A matter's page for residents: who has it, by when, what happened; and what its reporter may do. Others see what is public."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.address import client_address
from linli.kernel.crypto import masked_phone, unseal
from linli.kernel.ids import read_code
from linli.kernel.limits import count_use
from linli.matters import access, catalogue, contacts, following, minimap, plain, queries, story
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.orgs import browser
from linli.orgs.actors import Actor
from linli.procedures import actions, files
from linli.procedures import queries as cases
from linli.procedures.clocks import calendar_of
from linli.procedures.definitions import of_case
from linli.procedures.enums import State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import CaseRecord
from linli.procedures.options import options
from linli.procedures.policies import can_see, is_starter

HOUR = 3600
NOTES_PER_REPORT = 5
TAPS = ("reached", "settled", "satisfied")


@require_GET
def page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a matter: one's own, or what is public of it, or the form that asks for the four digits."""
    matter = queries.by_code(read_code(code))
    if matter is not None and is_starter(request.actor, matter.case):
        return _own(request, matter)
    if matter is not None and _is_public(matter):
        return _public(request, matter)
    # the same answer whether the code exists or not
    context = {"code": code[:20], "given": {}, "errors": {}, "asked": True}
    return render(request, "matters/track.html", context, status=404)


def _is_public(matter: Matter) -> bool:
    return matter.public_state == PublicState.SHOWN and not matter.case.restricted


def _mine(request: HttpRequest, code: str) -> Matter:
    matter = queries.by_code(read_code(code))
    if matter is None or not is_starter(request.actor, matter.case):
        raise Http404
    return matter


def _own(
    request: HttpRequest,
    matter: Matter,
    *,
    errors: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    opened: str = "",
    status: int = 200,
) -> HttpResponse:
    case, now = matter.case, request.now
    detail = cases.detail(case)
    may = {one.key: one for one in options(request.actor, case, of_case(case), at=now)}
    contact = matter.contact if matter.contact and not matter.contact.erased_at else None
    told = story.Telling(mine=True, now=now, text=matter.text)
    question = next(
        (row.data.get("answers", {}).get("question") for row in reversed(detail.records) if row.action == "ask"), ""
    )
    context = _shared(matter, detail, request, mine=True) | {
        "title": case.title,
        "records": story.story(detail, told, inner=_inner(detail)),
        "recordings": story.recordings(detail),
        "may": {key: one.allowed for key, one in may.items()},
        "question": question if case.step == "supplement" else "",
        "rating": case.step in ("rate", "rate_again"),
        "result": _result(detail),
        "pictures": _before_after(detail) if case.step in ("rate", "rate_again") or case.state == State.ENDED else None,
        "contact": {
            "phone": masked_phone(phone) if contact and (phone := unseal(contact.phone_sealed)) else "",
            "name": unseal(contact.name_sealed) if contact else "",
            "hidden": contact.hidden,
        }
        if contact
        else None,
        "looks": contacts.looks(matter),
        "digits": access.digits_of(matter),
        "errors": errors or {},
        "given": given or {},
        "opened": opened or request.GET.get("do", ""),
        "sent": request.GET.get("sent", "") if request.GET.get("sent") in ("say", "supply") else "",
        "reopen_until": _reopen_until(matter) if "reopen" in may else None,
        "staff": request.actor.staff and bool(can_see(request.actor, case)),
    }
    return render(request, "matters/status.html", context, status=status)


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
    """What the last unit wrote when it was done."""
    for record in reversed(detail.records):
        said = (record.data.get("answers") or {}).get("result")
        if said:
            text = str(said).strip()
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
        "follows": following.follows(matter, key=key),
        "may_follow": following.may_follow(matter, key=key) and matter.case.state == State.OPEN,
        "staff": request.actor.staff and bool(can_see(request.actor, matter.case)),
    }
    return render(request, "matters/public.html", context)


def _count(request: HttpRequest) -> None:
    count_use(
        purpose="report-note",
        address=client_address(request),
        allowed=settings.LINLI_INTAKE_PER_HOUR * NOTES_PER_REPORT,
        seconds=HOUR,
        at=request.now,
    )


def _back(matter: Matter, anchor: str = "") -> HttpResponse:
    return redirect(reverse("matters:status", args=[matter.case.code]) + anchor)


@require_POST
def say(request: HttpRequest, code: str) -> HttpResponse:
    """Ask or add a sentence, or photos; whoever has the matter is told."""
    matter = _mine(request, code)
    _count(request)
    text = request.POST.get("text", "")
    try:
        attached = files.photos(request.FILES.getlist("photo"), field="photos")
        actions.comment(case_id=matter.pk, by=_reporter(request), at=request.now, text=text, files=attached)
    except BadAnswers as bad:
        return _own(request, matter, errors=bad.errors, given={"text": text}, opened="say", status=422)
    except ValidationError as bad:
        errors = {"text": str(bad.messages[0])}
        return _own(request, matter, errors=errors, given={"text": text}, opened="say", status=422)
    return _back(matter, "?sent=say#story")


def _reporter(request: HttpRequest) -> Actor:
    """The asker as the reporter that they are here, without the posts they may hold elsewhere."""
    asker = request.actor
    return Actor(user_id=asker.user_id, name=asker.name, key=asker.key, cases=asker.cases)


@require_POST
def supply(request: HttpRequest, code: str) -> HttpResponse:
    """Answer what was asked."""
    matter = _mine(request, code)
    _count(request)
    text = request.POST.get("supplement", "")
    try:
        attached = files.photos(request.FILES.getlist("photo"), field="photos")
        actions.act(
            case_id=matter.pk,
            action="supply",
            by=_reporter(request),
            at=request.now,
            form={"supplement": text},
            files=attached,
        )
    except BadAnswers as bad:
        return _own(request, matter, errors=bad.errors, given={"supplement": text}, opened="supply", status=422)
    return _back(matter, "?sent=supply#story")


@require_POST
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Three taps: reached? settled? satisfied?"""
    matter = _mine(request, code)
    given = {name: request.POST.get(name, "") for name in (*TAPS, "remark")}
    missing = {
        name: said
        for name, said in (
            ("reached", _("请点一下：联系您了吗？")),
            ("settled", _("请点一下：解决了吗？")),
            ("satisfied", _("请点一下：满意吗？")),
        )
        if not given[name]
    }
    try:
        if missing:
            raise BadAnswers(missing)
        form = {name: value for name, value in given.items() if value}
        actions.act(case_id=matter.pk, action="rate", by=_reporter(request), at=request.now, form=form)
    except BadAnswers as bad:
        return _own(request, matter, errors=bad.errors, given=given, status=422)
    return _back(matter)


@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take the matter back."""
    matter = _mine(request, code)
    reason = request.POST.get("reason", "")
    try:
        actions.withdraw(case_id=matter.pk, by=_reporter(request), at=request.now, reason=reason)
    except ValidationError as bad:
        errors = {"reason": str(bad.messages[0])}
        return _own(request, matter, errors=errors, given={"reason": reason}, opened="withdraw", status=422)
    return _back(matter)


@require_POST
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open a settled matter again, once, within fifteen days, saying why."""
    matter = _mine(request, code)
    reason = request.POST.get("reason", "")
    try:
        actions.reopen(case_id=matter.pk, by=_reporter(request), at=request.now, reason=reason)
    except BadAnswers as bad:
        return _own(request, matter, errors=bad.errors, given={"reason": reason}, opened="reopen", status=422)
    except NotNow as no:
        return _own(
            request, matter, errors={"reason": no.reason}, given={"reason": reason}, opened="reopen", status=409
        )
    return _back(matter)


@require_POST
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """+1: the same trouble here; or no longer."""
    matter = queries.by_code(read_code(code))
    if matter is None or not _is_public(matter):
        raise Http404
    _count(request)
    response = _back(matter)
    key = browser.give_token(request, response)
    if request.POST.get("go") == "stop":
        following.unfollow(matter=matter, key=key)
    else:
        following.follow(matter=matter, key=key, at=request.now, user_id=request.actor.user_id)
    return response


@require_POST
def contact(request: HttpRequest, code: str) -> HttpResponse:
    """Correct or erase the contact that one left."""
    matter = _mine(request, code)
    given = {name: request.POST.get(name, "") for name in ("name", "phone")}
    try:
        if request.POST.get("go") == "erase":
            contacts.erase(matter=matter, by=_reporter(request), at=request.now)
        else:
            contacts.change(
                matter=matter,
                name=given["name"],
                phone=given["phone"],
                hidden=request.POST.get("hidden") == "1",
                by=_reporter(request),
                at=request.now,
            )
    except BadAnswers as bad:
        return _own(request, matter, errors=bad.errors, given=given, opened="contact", status=422)
    return _back(matter, "#me")


@require_GET
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that is kept about one's matter, as a file to take away."""
    matter = _mine(request, code)
    response = JsonResponse(
        contacts.export(matter), json_dumps_params={"ensure_ascii": False, "indent": 1}, content_type="application/json"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="linli-{matter.case.code}.json"'
    return response
