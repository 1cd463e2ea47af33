"""The page of a case: facts left, history right, what can be done at the bottom with the reason for what cannot."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.ids import read_code
from linli.orgs.guards import staff_required
from linli.procedures import actions, choices, clocks, files, queries, side, telling, undoing
from linli.procedures.clock_words import row_clock
from linli.procedures.definitions import in_force, of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.errors import BadAnswers, Changed
from linli.procedures.models import Case, CaseFile
from linli.procedures.options import Option, options
from linli.procedures.policies import can_see
from linli.procedures.registry import panel_of


def find(request: HttpRequest, code: str) -> Case:
    """Return a case by its code if the asker may see it; otherwise it does not exist for them."""
    known = read_code(code)
    case = Case.objects.select_related("parent").filter(code=known).first() if known else None
    if case is None or not can_see(request.actor, case):
        raise Http404
    return case


@require_GET
@staff_required
def page(request: HttpRequest, code: str) -> HttpResponse:
    return show(request, find(request, code), chosen=request.GET.get("do", ""))


def show(
    request: HttpRequest,
    case: Case,
    *,
    chosen: str = "",
    given: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    conflict: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw a case's page; ``chosen`` opens the form of an action, with what was typed and what is wrong with it."""
    at, definition, language = request.now, of_case(case), get_language()
    detail = queries.detail(case)
    found = options(request.actor, case, definition, at=at)
    option = next((one for one in found if one.key == chosen and one.allowed), None)
    context = {
        "case": case,
        "definition": definition,
        "step_name": definition.step_name(case.step, language),
        "clock": row_clock(_as_row(case), at),
        "clocks": [
            (
                _clock_name(clock.name, definition, language),
                clocks.shown(clock, now=at, language=language or "zh"),
                clock,
            )
            for clock in detail.clocks
            if clock.ended_at is None
        ],
        "history": [_told(record, definition, conflict) for record in reversed(detail.records)],
        "family": [_relative(one, at) for one in detail.family],
        "files": detail.files,
        "acts": [_act(one, case) for one in found],
        "form": _form(request, case, definition, option, given) if option else None,
        "option": option,
        "errors": errors or {},
        "conflict": conflict,
        "panel": panel_of(case, request),
        "may_decide": actions.may_decide(request.actor, case),
    }
    return render(request, "procedures/case.html", context, status=status)


def _as_row(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in ("suspended", "due_at", "entered_at", "holder_unit_id")}


def _clock_name(name: str, definition: Any, language: str | None) -> str:
    return definition.clocks[name].name.in_(language) if name in definition.clocks else _("本环节时限")


def _told(record: Any, definition: Any, conflict: int | None) -> dict[str, Any]:
    said = "；".join(f"{label}：{answer}" for label, answer in telling.answers(record, definition))
    return {
        "at": record.at,
        "who": telling.who(record),
        "text": telling.what(record, definition),
        "small": "　".join(part for part in (record.text, said) if part),
        "hash": f"{record.hash[:4]}…{record.hash[-2:]}",
        "state": "over" if record.action == "overdue" else "me" if record.kind == RecordKind.ACTION else "",
        "new": conflict is not None and record.seq > conflict,
        "seq": record.seq,
    }


def _relative(case: Case, at: Any) -> dict[str, Any]:
    definition = of_case(case)
    language = get_language()
    ended = case.state == State.ENDED
    return {
        "case": case,
        "href": reverse("procedures:case", args=[case.code]),
        "name": definition.name.in_(language),
        "step": definition.step_name(case.step, language),
        "unit": case.holder_unit,
        "clock": None if ended else row_clock(_as_row(case), at),
        "ended": ended,
    }


def _act(option: Option, case: Case) -> dict[str, Any]:
    base = {
        "key": option.hot or None,
        "label": option.label,
        "primary": option.main,
        "allowed": option.allowed,
        "reason": option.reason,
    }
    if option.asks:
        return base | {"href": f"{reverse('procedures:case', args=[case.code])}?do={option.key}#do"}
    return base | {"url": reverse("procedures:act", args=[case.code, option.key]) + f"?since={case.last_seq}"}


def _form(
    request: HttpRequest, case: Case, definition: Any, option: Option, given: dict[str, Any] | None
) -> dict[str, Any]:
    """The form of an option: its questions, whether a reason is asked, where it goes."""
    asked, reason, other = [], option.key in ("withdraw", "reopen", "undo_end"), definition
    if option.key.startswith("side:"):
        act = option.key.removeprefix("side:")
        if act in ("return", "transfer", "escalate"):
            reason = True
            units_asked = [
                (str(unit.id), unit.name) for unit in choices.units_for(case, None) if unit.id != case.holder_unit_id
            ]
            questions = (
                [
                    choices.Question(
                        "unit", _("转给哪个单位"), "unit", True, "", None, units_asked, (given or {}).get("unit", "")
                    )
                ]
                if act == "transfer"
                else []
            )
            return {"questions": questions, "reason": True, "confirm": False}
        other = in_force()[side.procedure_for(definition, act) or ""].definition
        asked = [(name.rstrip("?"), name.endswith("?")) for name in other.start.form]
    elif option.key not in ("withdraw", "reopen", "undo_end"):
        action = definition.steps[case.step].actions[option.key]
        asked, reason = action.fields(), action.reason
    return {"questions": choices.questions(other, asked, case, at=request.now, given=given), "reason": reason}


@require_POST
@staff_required
def act(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Do what was chosen; what cannot be done comes back with everything that was typed."""
    case = find(request, code)
    given = answers_of(request.POST)
    since = _since(request)
    try:
        _do(request, case, key, given, since)
    except Changed as changed:
        return show(request, changed.case, chosen=key, given=given, conflict=changed.since, status=409)
    except BadAnswers as bad:
        return show(
            request,
            case,
            chosen=key,
            given=given | {"reason": request.POST.get("reason", "")},
            errors=bad.errors,
            status=422,
        )
    return redirect(_next(request, case))


def _since(request: HttpRequest) -> int | None:
    text = request.POST.get("since") or request.GET.get("since") or ""
    return int(text) if text.isdigit() and len(text) < 9 else None


def _next(request: HttpRequest, case: Case) -> str:
    return reverse("procedures:case", args=[case.code]) + "?done=1"


def _do(request: HttpRequest, case: Case, key: str, given: dict[str, Any], since: int | None) -> None:
    common = {"case_id": case.pk, "by": request.actor, "at": request.now, "since": since}
    reason = request.POST.get("reason", "")
    if key == "take":
        actions.take(**common)
    elif key == "withdraw":
        actions.withdraw(**common, reason=reason)
    elif key == "reopen":
        actions.reopen(**common, reason=reason)
    elif key == "undo_end":
        undoing.undo_end(**common, reason=reason)
    elif key in ("side:return", "side:transfer", "side:escalate"):
        unit = str(given.get("unit", ""))
        actions_unit = int(unit) if unit.isdigit() and len(unit) < 18 else None
        side.pass_on(**common, act=key.removeprefix("side:"), reason=reason, unit_id=actions_unit)
    elif key.startswith("side:"):
        side.open_beside(**common, act=key.removeprefix("side:"), form=given)
    else:
        attached = [file for field in request.FILES for file in files.photos(request.FILES.getlist(field), field=field)]
        actions.act(**common, action=key, form=given, reason=reason, files=attached)


def answers_of(post: QueryDict) -> dict[str, Any]:
    """Return the answers of a posted form: fields named ``a.NAME``; several values of one name make a list."""
    found: dict[str, Any] = {}
    for name in post:
        if name.startswith("a."):
            values = [value for value in post.getlist(name) if value != ""]
            if values:
                found[name[2:]] = values if len(values) > 1 or name.endswith("[]") else values[0]
    return {name.removesuffix("[]"): value for name, value in found.items()}


@require_POST
@staff_required
def comment(request: HttpRequest, code: str) -> HttpResponse:
    """Add a note or photos; with ``public`` the reporter sees it."""
    case = find(request, code)
    attached = files.photos(request.FILES.getlist("photos"), field="photos")
    try:
        actions.comment(
            case_id=case.pk,
            by=request.actor,
            at=request.now,
            text=request.POST.get("text", ""),
            public=request.POST.get("public") == "1",
            files=attached,
        )
    except BadAnswers as bad:
        return show(request, case, errors=bad.errors, status=422)
    return redirect(_next(request, case))


@require_POST
@staff_required
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """The second person approves or refuses."""
    case = find(request, code)
    try:
        actions.decide(
            case_id=case.pk,
            approve=request.POST.get("verdict") == "approve",
            by=request.actor,
            at=request.now,
            reason=request.POST.get("reason", ""),
            since=_since(request),
        )
    except Changed as changed:
        return show(request, changed.case, conflict=changed.since, status=409)
    except BadAnswers as bad:
        return show(request, case, errors=bad.errors, status=422)
    return redirect(_next(request, case))


@require_GET
def attachment(request: HttpRequest, file_id: UUID, size: str) -> HttpResponse:
    """Serve an attachment to whoever may see its case, or to everyone once it is public."""
    file = CaseFile.objects.select_related("case").filter(pk=file_id).first()
    if file is None or not (file.public or can_see(request.actor, file.case)):
        raise Http404
    digest = file.thumb_sha256 if size == "thumb" and file.thumb_sha256 else file.sha256
    if request.headers.get("If-None-Match") == f'"{digest}"':
        return HttpResponseNotModified()
    path = files.path_of(digest)
    if not path.is_file():
        raise Http404
    inline = file.mime == "image/jpeg"
    response = FileResponse(path.open("rb"), content_type=file.mime, as_attachment=not inline, filename=file.name)
    response.headers["ETag"] = f'"{digest}"'
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
