"""A case's page for residents: what is public of it, where it stands, and what its starter, a party or anybody may do there now."""

import dataclasses
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.address import client_address
from linli.kernel.ids import read_code
from linli.kernel.limits import count_files, count_use
from linli.kernel.policy import Refused
from linli.kernel.text import whole
from linli.orgs import browser
from linli.orgs.actors import Actor
from linli.procedures import actions, charting, choices, crowd, files, queries, standing
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.grammar.definition import Definition, asked_in
from linli.procedures.grammar.inside import speaks_of
from linli.procedures.models import Case, Objection, Voice
from linli.procedures.options import options
from linli.procedures.policies import can_see, owns
from linli.procedures.registry import pages_of
from linli.procedures.views.answering import answers_of, carry_out, uploaded
from linli.procedures.views.begin import resident
from linli.procedures.views.showing import asked_by, summary_of, typed_of
from linli.procedures.views.taking_part import letter, needed

HOUR = 3600
# taking part, objecting, writing, acting: may be sent more often than cases may be started
ACTS_PER_START = 5
SAY, SPEAK, OBJECT, INVITE = "say", "speak", "object", "invite"


def _find(request: HttpRequest, code: str) -> tuple[Case, Definition, str]:
    """The case, its definition and as what the asker reads it; what does not exist for them is not found."""
    known = read_code(code)
    case = queries.by_code(known) if known else None
    if case is None:
        raise Http404
    definition = of_case(case)
    reader = standing.reader_of(resident(request), case, definition)
    if not reader:
        raise Http404
    return case, definition, reader


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    case, definition, reader = _find(request, code)
    if pages := pages_of(case.procedure):
        return redirect(pages.case, case.code)
    carrier = HttpResponse()
    # who may take part gets a token with the page, so that pressing twice is one voice; who only reads needs none
    asked = definition.steps[case.step].kind in ("collect", "notice")
    by = resident(request, key=browser.give_token(request, carrier) if asked else "")
    response = _show(request, case, definition, reader, by=by, chosen=request.GET.get("do", ""))
    response.cookies.update(carrier.cookies)
    return response


def _show(
    request: HttpRequest,
    case: Case,
    definition: Definition,
    reader: str,
    *,
    by: Actor | None = None,
    chosen: str = "",
    given: dict[str, Any] | None = None,
    reason: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the page. ``chosen`` opens a form with what was typed and what is wrong with it."""
    by, at = by or resident(request), request.now
    detail = queries.detail(case)
    acts = options(by, case, definition, at=at) if reader != standing.EVERYONE else []
    acts = [one for one in acts if one.allowed]
    option = next((one for one in acts if one.key == chosen), None) or _only(acts, chosen)
    form = _form(request, case, definition, option.key, given if option.key == chosen else None) if option else None
    taking = _crowd(request, detail, definition, by, chosen, given)
    shown = standing.steps_shown(definition, reader)
    asked = (form or {}).get("questions") or taking.get("questions") or []
    context = {
        "case": case,
        "definition": definition,
        "name": definition.name.in_(charting.language()),
        "reader": reader,
        "title": case.title if reader == standing.MINE else definition.name.in_(charting.language()),
        "place": case.division.name,
        "lines": standing.now_lines(detail, definition, reader, at=at),
        "answers": standing.answers(case, definition, reader),
        "records": standing.story(detail, definition, reader),
        "rows": charting.rows(definition, current=case.step, visited=charting.visited(case)) if shown else [],
        "svg": charting.svg(definition, current=case.step, visited=charting.visited(case)) if shown else "",
        "acts": [one for one in acts if one.key not in ("withdraw", "reopen")],
        "may": {one.key for one in acts},
        "option": option,
        "form": form,
        "crowd": taking,
        "chosen": chosen,
        "given": given or {},
        "reason": reason,
        "errors": errors or {},
        "summary": summary_of(asked, errors or {}),
        "typed": typed_of(case, definition, given, reason) if given and not option and chosen not in _OWN else [],
        "may_say": reader != standing.EVERYONE and definition.side.get("comment", True) is not False,
        "may_invite": reader == standing.MINE and speaks_of(definition, "parties") and bool(crowd.can_invite(by, case)),
        "letter": letter(request, case),
        "done": request.GET.get("done", "")[:40] if request.method == "GET" else "",
        "full": owns(by, case),
        "staff": request.actor.staff and bool(can_see(request.actor, case)),
        "questions_shown": asked,
    }
    return render(request, "procedures/open_case.html", context, status=status)


_OWN = (SAY, SPEAK, OBJECT, INVITE, "withdraw", "reopen")


def _only(acts: list[Any], chosen: str) -> Any:
    """The one act that a step waits for stands open without being asked for."""
    steps = [one for one in acts if one.key not in ("withdraw", "reopen")]
    return steps[0] if not chosen and len(steps) == 1 and steps[0].asks else None


def _form(
    request: HttpRequest, case: Case, definition: Definition, key: str, given: dict[str, Any] | None
) -> dict[str, Any]:
    other, asked, needs_reason = asked_by(key, case, definition)
    return {
        "questions": choices.questions(other, asked, case, at=request.now, given=given),
        "reason": needs_reason,
    }


def _crowd(
    request: HttpRequest,
    detail: queries.Detail,
    definition: Definition,
    by: Actor,
    chosen: str,
    given: dict[str, Any] | None,
) -> dict[str, Any]:
    """What anybody may do at a collecting step or a public notice, and what this person has done there."""
    case, at = detail.case, request.now
    step = definition.steps[case.step]
    if step.kind == "collect":
        taker, why_not = _taker(
            request, by, lambda one: crowd.why_not_speak(one, case, definition, detail.clocks, at=at)
        )
        said = Voice.objects.filter(case=case, visit=case.visit, participant=crowd.participant(taker)).exists()
        typed = given if chosen == SPEAK else None
        asked = [] if why_not or said else asked_in(step.form)
        blank = Case(procedure=case.procedure, division_code=case.division_code, holder_unit_id=case.holder_unit_id)
        return {
            "kind": "collect",
            "why_not": why_not,
            "said": said,
            "count": int(case.data.get("voices", 0) or 0),
            "needed": needed(step.threshold, case),
            "questions": choices.questions(definition, asked, blank, at=at, given=typed),
        }
    if step.kind == "notice" and step.objections is not None:
        here = Objection.objects.filter(case=case, visit=case.visit).order_by("id")
        taker, why_not = _taker(
            request, by, lambda one: crowd.why_not_object(one, case, definition, detail.clocks, at=at)
        )
        return {
            "kind": "notice",
            "why_not": why_not,
            "count": here.count(),
            "mine": list(here.filter(participant=crowd.participant(taker))),
            "text": given.get("text", "") if given and chosen == OBJECT else "",
        }
    return {}


def _taker(request: HttpRequest, by: Actor, why_not: Callable[[Actor], str]) -> tuple[Actor, str]:
    """As whom the asker takes part, and why not: as a resident like any other, by their posts only where those are asked."""
    refusal = why_not(by)
    if refusal and request.actor.posts:
        at_work = dataclasses.replace(by, posts=request.actor.posts)
        if not why_not(at_work):
            return at_work, ""
    return by, refusal


def _posted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A form of the page: counted, done, and the page again with what was typed where it cannot be done."""

    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def posted(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
        case, definition, reader = _find(request, code)
        chosen = key or view.__name__.removesuffix("_here")
        if request.method != "POST":
            return redirect(f"{_address(case)}?do={chosen}#do")
        count_use(
            purpose="case-act",
            address=client_address(request),
            allowed=settings.LINLI_INTAKE_PER_HOUR * ACTS_PER_START,
            seconds=HOUR,
            at=request.now,
        )
        count_files(request, at=request.now)
        given = answers_of(request.POST) | {
            name: request.POST.get(name, "") for name in ("text", "people") if name in request.POST
        }
        typed = {"chosen": chosen, "given": given, "reason": request.POST.get("reason", "")}
        try:
            return view(request, case, definition, *([key] if key else []))
        except BadAnswers as bad:
            return _show(request, case, definition, reader, **typed, errors=bad.errors, status=422)
        except Changed:
            said = _("您打开以后有了新进展，先看看下面的经过，再决定。您写的都在。")
            return _again(request, code, typed, said, 409)
        except NotNow as refusal:
            return _again(request, code, typed, refusal.reason, 409)
        except Refused as refusal:
            return _again(request, code, typed, str(refusal), 403)

    return posted


def _again(request: HttpRequest, code: str, typed: dict[str, Any], said: str, status: int) -> HttpResponse:
    """The page as the case is now, with what was typed."""
    return _show(request, *_find(request, code), **typed, errors={"": said}, status=status)


def _address(case: Case) -> str:
    return reverse("procedures:public_case", args=[case.code])


@_posted
def act(request: HttpRequest, case: Case, definition: Definition, key: str) -> HttpResponse:
    """Do what the starter or a party may do at this step, withdraw, open again."""
    carry_out(request, case, key, answers_of(request.POST), by=resident(request))
    return redirect(f"{_address(case)}?done={key}#story")


@_posted
def say(request: HttpRequest, case: Case, definition: Definition) -> HttpResponse:
    """Write a sentence, or send photos; whoever has the case is told."""
    attached = files.photos(request.FILES.getlist("photos"), field="photos")
    text = request.POST.get("text", "")
    actions.comment(case_id=case.pk, by=resident(request), at=request.now, text=text, files=attached)
    return redirect(f"{_address(case)}?done={SAY}#story")


@_posted
def speak(request: HttpRequest, case: Case, definition: Definition) -> HttpResponse:
    """Take part in a collecting step; staff may be asked by their posts."""
    clocks = queries.detail(case).clocks
    by, _refusal = _taker(
        request, resident(request), lambda one: crowd.why_not_speak(one, case, definition, clocks, at=request.now)
    )
    crowd.speak(
        case_id=case.pk,
        by=by,
        at=request.now,
        form=answers_of(request.POST),
        files=uploaded(request, definition),
    )
    return redirect(f"{_address(case)}?done={SPEAK}#crowd")


@_posted
def object_here(request: HttpRequest, case: Case, definition: Definition) -> HttpResponse:
    """Object to a public notice while it runs."""
    clocks = queries.detail(case).clocks
    by, _refusal = _taker(
        request, resident(request), lambda one: crowd.why_not_object(one, case, definition, clocks, at=request.now)
    )
    crowd.object_to(case_id=case.pk, by=by, at=request.now, text=request.POST.get("text", ""))
    return redirect(f"{_address(case)}?done={OBJECT}#crowd")


@_posted
def invite(request: HttpRequest, case: Case, definition: Definition) -> HttpResponse:
    """The starter writes an invitation for further parties."""
    word = crowd.write_letter(case_id=case.pk, by=resident(request), at=request.now, people=people_of(request))
    return redirect(f"{_address(case)}?letter={word}#invite")


def people_of(request: HttpRequest) -> int:
    """For how many people an invitation is asked."""
    return whole(request.POST.get("people", "1").strip(), digits=5) or 0


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Come in as a party by an invitation: who was not invited sees nothing of the case."""
    known, word = read_code(code), (request.POST if request.method == "POST" else request.GET).get("letter", "")
    case = queries.by_code(known) if known else None
    if case is None or not crowd.letter_left(case, word, at=request.now):
        if case is not None and standing.reader_of(resident(request), case, of_case(case)):
            return redirect(_address(case))
        return render(request, "procedures/join.html", {"case": None}, status=404)
    if request.method != "POST":
        definition = of_case(case)
        context = {"case": case, "name": definition.name.in_(charting.language()), "word": word}
        response = render(request, "procedures/join.html", context)
        browser.give_token(request, response)
        return response
    response = redirect(f"{_address(case)}?done=join")
    by = resident(request, key=browser.give_token(request, response))
    try:
        crowd.come_in(case_id=case.pk, word=word, by=by, at=request.now)
    except NotNow:  # the last place was taken at this moment
        return render(request, "procedures/join.html", {"case": None}, status=409)
    return response
