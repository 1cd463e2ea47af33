"""Reporting a matter: photo, place, sentence, check, done. Each step is an ordinary form; what was given is kept on the server."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.address import client_address
from linli.kernel.images import RECORDING_HEADERS
from linli.kernel.limits import TooMany, count_files, count_use
from linli.kernel.text import clean
from linli.matters import access, catalogue, drafts, minimap, placing, plain
from linli.matters.models import Matter, ReportDraft
from linli.matters.slip import picture
from linli.matters.views.steps import HOUR, NUMBERS, category_name, count_step, go, mine, next_step
from linli.orgs import browser
from linli.orgs.units import units
from linli.procedures import files
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Step 1 of a new report; the first thing sent begins the draft and gives the browser its token."""
    if request.method == "GET":
        return _photo_page(request, None, unfinished=drafts.unfinished(key=browser.key_of(request)))
    count_step(request)
    carrier = HttpResponse()
    draft = drafts.begin(key=browser.give_token(request, carrier), at=request.now)
    response = _take_files(request, draft)
    response.cookies.update(carrier.cookies)
    return response


@require_http_methods(["GET", "POST"])
def photo(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Step 1 again: photos and a recording, added and taken out."""
    draft = mine(request, draft_id)
    if draft.matter_id is not None:
        return go(draft, "done")
    if request.method == "GET":
        return _photo_page(request, draft)
    count_step(request)
    return _take_files(request, draft)


def _take_files(request: HttpRequest, draft: ReportDraft) -> HttpResponse:
    count_files(request, at=request.now)
    unwanted = request.POST.get("remove", "")
    if unwanted:
        drafts.remove_file(draft, unwanted, at=request.now)
    came = drafts.add_files(
        draft,
        photos=request.FILES.getlist("photo"),
        recordings=request.FILES.getlist("recording"),
        at=request.now,
    )
    if came.refused:
        return _photo_page(request, came.draft, errors=came.refused, status=422)
    if unwanted or request.POST.get("go") == "more":
        return go(draft, "photo")
    return go(draft, request.POST.get("to") if request.POST.get("to") == "check" else "place")


def _photo_page(
    request: HttpRequest,
    draft: ReportDraft | None,
    *,
    unfinished: ReportDraft | None = None,
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "draft": draft,
        "action": reverse("matters:report_photo", args=[draft.pk]) if draft else reverse("matters:report"),
        "back": reverse("shell:home"),
        "kept": _pictures(draft) if draft else [],
        "recording": next((one for one in draft.photos if one["field"] == "recording"), None) if draft else None,
        "unfinished": unfinished,
        "resume": reverse(f"matters:report_{next_step(unfinished)}", args=[unfinished.pk]) if unfinished else "",
        "errors": errors or [],
        "most": drafts.MOST_PHOTOS,
        "to": request.GET.get("to", request.POST.get("to", "")),
    }
    return render(request, "matters/report_photo.html", context, status=status)


def _pictures(draft: ReportDraft) -> list[dict[str, str]]:
    return [
        {
            "src": reverse("matters:report_picture", args=[draft.pk, one["sha256"]]),
            "alt": _("您加的照片 %(n)d") % {"n": n},
            "name": one["sha256"],
        }
        for n, one in enumerate((one for one in draft.photos if one["field"] == "photos"), 1)
    ]


@require_safe
def shown_photo(request: HttpRequest, draft_id: UUID, sha256: str) -> HttpResponse:
    """A thumbnail of a draft's photo, for the browser that added it."""
    draft = mine(request, draft_id)
    kept = next((one for one in draft.photos if one["sha256"] == sha256 and one["thumb_sha256"]), None)
    path = files.path_of(kept["thumb_sha256"]) if kept else None
    if path is None or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = RECORDING_HEADERS["Content-Security-Policy"]
    return response


@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Step 2: candidates by position or words, or a community from the list."""
    draft = mine(request, draft_id)
    if draft.matter_id is not None:
        return go(draft, "done")
    if request.method == "GET":
        return _place_page(request, draft)
    count_step(request)
    to = "check" if request.POST.get("to") == "check" else ""
    answers: dict[str, Any] = {}
    try:
        answers["address"] = clean(request.POST.get("address", ""), limit=placing.TEXT_LIMIT, lines=False)
    except ValidationError as bad:
        errors = {"address": str(bad.messages[0])}
        return _place_page(request, draft, errors=errors, given=request.POST.dict(), status=422)
    position = placing.checked_position(request.POST.get("lon"), request.POST.get("lat"))
    if position is not None:
        answers["here"] = [*position, "gps"]
    here = answers.get("here", draft.data.get("here"))
    chosen = _chosen_place(request, draft, answers, here)
    if chosen and request.POST.get("go") != "find":
        # the photo's or phone's position was there to propose; it is kept only where it is the place itself
        drafts.answer(draft, at=request.now, **{**answers, "here": here if chosen == "here" else None}, place=chosen)
        return go(draft, "check" if to and draft.data.get("text") else "say")
    new = position is not None or answers["address"] != draft.data.get("address", "")
    draft = drafts.answer(draft, at=request.now, **answers, place=None)
    if request.POST.get("go") == "find" or (new and (position is not None or answers["address"])):
        return redirect(reverse("matters:report_place", args=[draft.pk]) + (f"?to={to}" if to else ""))
    shown = bool(request.POST.get("shown"))
    said = _("请从上面选一处；都不是，就选“都不是”。") if shown else _("请写地址，或者选社区。")
    return _place_page(request, draft, errors={"place": said}, given=request.POST.dict(), status=422)


def _chosen_place(request: HttpRequest, draft: ReportDraft, answers: dict[str, Any], here: Any) -> str:
    """The choice that was sent, if it is one. The list of communities counts where nothing better was found, or on purpose."""
    chosen, listed = request.POST.get("place", ""), request.POST.get("community", "")
    if chosen == "list":
        chosen = listed
    elif not chosen and listed and not request.POST.get("shown"):
        # words that were not looked up yet may name a place more exactly than the list does
        found = answers["address"] and answers["address"] != draft.data.get("address")
        chosen = "" if found and placing.text_choices(answers["address"]) else listed
    return chosen if chosen and placing.resolve(chosen, here=here) is not None else ""


def _place_page(
    request: HttpRequest,
    draft: ReportDraft,
    *,
    errors: dict[str, str] | None = None,
    given: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    data = draft.data
    here, address, chosen = data.get("here"), (given or data).get("address", ""), data.get("place", "")
    home = placing.community(request.COOKIES.get("community", ""))
    found: list[placing.Choice] = []
    if address:
        found = placing.text_choices(address, community_id=home.id if home else None)
    if here:
        found += [
            one
            for one in placing.here_choices(here[0], here[1], source=here[2])
            if one.value not in {c.value for c in found}
        ]
    if chosen and not chosen.startswith("d") and chosen not in {one.value for one in found}:
        found = [*placing.named([chosen]), *found]
    if not chosen and found and found[0].exact:
        chosen = found[0].value
    listed = placing.communities()
    in_list = (
        chosen
        if chosen.startswith("d")
        else (f"d{home.id}" if home else f"d{listed[0].id}" if len(listed) == 1 else "")
    )
    context = {
        "draft": draft,
        "back": reverse("matters:report_photo", args=[draft.pk]),
        "choices": found,
        "chosen": chosen,
        "address": address,
        "here": here,
        "map": minimap.of_choices(found),
        "streets": placing.by_street(listed),
        "in_list": in_list,
        "errors": errors or {},
        "searched": bool(address or here),
        "to": request.GET.get("to", request.POST.get("to", "")),
    }
    return render(request, "matters/report_place.html", context, status=status)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Step 4: look it over, say how to be reached, send."""
    draft = mine(request, draft_id)
    if draft.matter_id is not None:
        return go(draft, "done")
    missing = next_step(draft)
    if missing != "check":
        return go(draft, missing)
    if request.method == "GET":
        return _check_page(request, draft, {"contact": "phone"})
    given = {name: request.POST.get(name, "") for name in ("contact", "name", "phone", "pin")}
    try:
        contact = _contact(given)
        count_use(
            purpose="report",
            address=client_address(request),
            allowed=settings.LINLI_INTAKE_PER_HOUR,
            seconds=HOUR,
            at=request.now,
        )
        drafts.submit(draft, by=request.actor, at=request.now, **contact)
    except BadAnswers as bad:
        return _check_page(request, draft, given, errors=bad.errors, status=422)
    except TooMany as many:
        minutes = max(1, many.retry_after // 60)
        said = _("这一个小时里从您这里来的太多了，请过 %(minutes)d 分钟再提交。您写的都在。") % {"minutes": minutes}
        response = _check_page(request, draft, given, errors={"": said}, status=429)
        response.headers["Retry-After"] = str(many.retry_after)
        return response
    return go(draft, "done")


def _contact(given: dict[str, str]) -> dict[str, Any]:
    """What ``submit`` takes of the chosen way to be reached; BadAnswers where something is missing."""
    if given["contact"] == "none":
        return {"pin": given["pin"].strip()}
    if given["contact"] not in ("phone", "hidden"):
        raise BadAnswers({"contact": _("请选择怎么联系您。")})
    if not given["phone"].strip():
        raise BadAnswers({"phone": _("请填手机号；不想留就选“不留名”。")})
    return {"name": given["name"], "phone": given["phone"], "hidden": given["contact"] == "hidden"}


def _check_page(
    request: HttpRequest,
    draft: ReportDraft,
    given: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    data = draft.data
    title, small = placing.label(data["place"], text=data.get("address", ""), here=data.get("here"))
    rule = catalogue.in_force().get(data.get("category"))
    context = {
        "draft": draft,
        "back": reverse("matters:report_say", args=[draft.pk]),
        "pictures": _pictures(draft),
        "recording": any(one["field"] == "recording" for one in draft.photos),
        "place": title,
        "place_small": small,
        "text": data["text"],
        "category": category_name(rule) if rule else "",
        "danger": bool(data.get("danger")) or (rule is not None and rule.urgency == Urgency.DANGER),
        "numbers": NUMBERS,
        "given": given,
        "errors": errors or {},
    }
    return render(request, "matters/report_check.html", context, status=status)


@require_safe
def done(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The one promise, by when the next thing will be seen, and the code that leads to it."""
    draft = mine(request, draft_id)
    if draft.matter is None:
        return go(draft, next_step(draft))
    matter = draft.matter
    case, unit = matter.case, units().get(matter.case.holder_unit_id)
    headline, promise = plain.taken_in(case, unit, request.now)
    page = request.build_absolute_uri(reverse("matters:status", args=[case.code]))
    digits = access.digits_of(matter)
    said = _("短码 %(code)s") % {"code": case.code} + (
        _("，四位数字 %(digits)s") % {"digits": digits} if digits else ""
    )
    context = {
        "draft": draft,
        "case": case,
        "headline": headline,
        "promise": promise,
        "unit": unit,
        "danger": case.urgency == Urgency.DANGER,
        "numbers": NUMBERS,
        "digits": digits,
        "note": _code_note(matter),
        "message": "sms:?&body=" + quote(f"{said} {page}"),
    }
    return render(request, "matters/report_done.html", context)


@require_safe
def slip(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The code and its digits as a picture, to keep in the phone."""
    draft = mine(request, draft_id)
    if draft.matter is None:
        raise Http404
    case, digits = draft.matter.case, access.digits_of(draft.matter)
    headline, promise = plain.taken_in(case, units().get(case.holder_unit_id), request.now)
    drawn = picture(
        head=headline,
        promise=promise,
        code_label=_("您的短码"),
        code=case.code,
        digits=_("四位数字 %(digits)s") % {"digits": digits} if digits else "",
        note=_code_note(draft.matter),
        address=request.build_absolute_uri(reverse("matters:status", args=[case.code])),
    )
    return HttpResponse(drawn, content_type="image/png", headers={"Cache-Control": "private, no-store"})


def _code_note(matter: Matter) -> str:
    """How the code opens the matter on another phone."""
    if access.digits_of(matter):
        return _("记住或截图。凭短码和这四位数字，在哪部手机上都能查进度，不用登录。")
    if matter.anonymous:
        return _("记住或截图。凭短码和您定的四位数字查进度，不用登录。")
    return _("记住或截图。凭短码和手机号后四位查进度，不用登录。")
