"""Beginning a case: staff choose among the procedures that they may begin; residents begin those that are open to them, without an account."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.address import client_address
from linli.kernel.limits import TooMany, count_files, count_use
from linli.kernel.policy import Refused
from linli.orgs import browser
from linli.orgs.actors import Actor
from linli.orgs.guards import staff_required
from linli.orgs.units import units
from linli.procedures import beginning, charting, choices, siting
from linli.procedures.definitions import in_force
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case
from linli.procedures.views.answering import answers_of, form_key, sent_as, uploaded
from linli.procedures.views.showing import summary_of

HOUR = 3600
COMMUNITY = "community"  # the cookie in which a resident's browser keeps its community
# answers whose choices depend on the place, so that it is asked first
PLACED = ("unit", "units", "person")
KEPT = ("title", "place", "pin", "for_name", "for_phone", "behalf")


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponse:
    """Every procedure in force: those that this person may begin, and why not the others."""
    found = beginning.beginnings(request.actor, at=request.now)
    rows = [
        {
            "name": one.definition.name.in_(charting.language()),
            "source": one.definition.source,
            "way": charting.usual_way(one.definition),
            "why_not": one.why_not,
            "href": reverse(one.page) if one.page else reverse("procedures:begin_one", args=[one.definition.procedure]),
            "chart": reverse("procedures:chart", args=[one.definition.procedure]),
        }
        for one in found
    ]
    context = {"may": [row for row in rows if not row["why_not"]], "others": [row for row in rows if row["why_not"]]}
    return render(request, "procedures/begin_list.html", context)


@require_http_methods(["GET", "POST"])
@staff_required
def at_desk(request: HttpRequest, key: str) -> HttpResponse:
    """The form of a procedure for a member of staff, perhaps for somebody else; sent, it is a case."""
    definition = _definition(key)
    one = beginning.beginning(definition, request.actor, at=request.now)
    if one.page:
        return redirect(one.page)
    if one.why_not:
        return _closed(request, definition, one.why_not, "procedures/begin.html")
    if request.method != "POST":
        return _page(request, definition, request.actor, "procedures/begin.html")
    given = {name: request.POST.get(name, "") for name in KEPT}
    asked_for = given["behalf"] == "1" or given["for_name"].strip() or given["for_phone"].strip()
    more = {"somebody": (given["for_name"], given["for_phone"]) if asked_for else None}
    case = _begun(request, definition, request.actor, "procedures/begin.html", **more)
    if isinstance(case, HttpResponse):
        return case
    return redirect(f"{reverse('procedures:case', args=[case.code])}?done=start")


@require_http_methods(["GET", "POST"])
def by_resident(request: HttpRequest, key: str) -> HttpResponse:
    """The same form for a resident; the browser gets its token with it, so that what it sends twice is one case."""
    definition, template = _definition(key), "procedures/start.html"
    one = beginning.beginning(definition, Actor(), at=request.now)
    if one.page:
        return redirect(one.page)
    if not beginning.for_residents(definition):
        why = one.why_not or _("由%(who)s发起。") % {"who": charting.starters(definition)}
        return _closed(request, definition, why, template)
    by = resident(request)
    if not beginning.in_window(definition, request.now):
        return _closed(request, definition, beginning.window_words(definition), template)
    if request.method != "POST":
        response = _page(request, definition, by, template)
        browser.give_token(request, response)
        return response
    carrier = HttpResponse()
    by = resident(request, key=browser.give_token(request, carrier))
    case = _begun(
        request, definition, by, template, digits=request.POST.get("pin", ""), starter_key=by.key, counted=True
    )
    response = case if isinstance(case, HttpResponse) else redirect(f"{_of_resident(case)}?done=start")
    response.cookies.update(carrier.cookies)
    return response


def resident(request: HttpRequest, *, key: str = "") -> Actor:
    """The asker as the resident that they are here, without the posts they may hold elsewhere."""
    asker = request.actor
    return Actor(user_id=asker.user_id, name=asker.name, key=key or asker.key, cases=asker.cases)


def _of_resident(case: Case) -> str:
    return reverse("procedures:public_case", args=[case.code])


def _definition(key: str) -> Definition:
    found = in_force().get(key)
    if found is None:
        raise Http404
    return found.definition


def _closed(request: HttpRequest, definition: Definition, why: str, template: str) -> HttpResponse:
    return render(request, template, _frame(definition) | {"why_not": why}, status=403)


def _frame(definition: Definition) -> dict[str, Any]:
    return {"definition": definition, "name": definition.name.in_(charting.language()), "why_not": ""}


def _begun(
    request: HttpRequest, definition: Definition, by: Actor, template: str, *, counted: bool = False, **more: Any
) -> Case | HttpResponse:
    """Start the case of a posted form; or the form again, with what was typed and what is wrong."""
    try:
        if counted:
            allowed = settings.LINLI_INTAKE_PER_HOUR
            address = client_address(request)
            count_use(purpose="start", address=address, allowed=allowed, seconds=HOUR, at=request.now)
            count_files(request, at=request.now)
        site = next((one for one in siting.sites(definition, by) if one.value == request.POST.get("place")), None)
        if site is None:
            raise BadAnswers({"place": _("请选择地方。")})
        return beginning.begin_here(
            definition,
            site,
            by=by,
            at=request.now,
            title=request.POST.get("title", ""),
            form=answers_of(request.POST),
            files=uploaded(request, definition),
            idempotency_key=sent_as(request),
            **more,
        )
    except BadAnswers as bad:
        return _page(request, definition, by, template, errors=bad.errors, status=422)
    except TooMany as many:
        minutes = max(1, many.retry_after // 60)
        said = _("这一个小时里从您这里来的太多了，请过 %(minutes)d 分钟再提交。您写的都在。") % {"minutes": minutes}
        response = _page(request, definition, by, template, errors={"": said}, status=429)
        response.headers["Retry-After"] = str(many.retry_after)
        return response
    except NotNow as refusal:
        return _page(request, definition, by, template, errors={"": refusal.reason}, status=409)
    except Refused as refusal:
        return _page(request, definition, by, template, errors={"": str(refusal)}, status=403)


def _page(
    request: HttpRequest,
    definition: Definition,
    by: Actor,
    template: str,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form; where choices depend on a place that is not known yet, the question for the place alone."""
    found = list(siting.sites(definition, by))
    typed = request.method == "POST"
    value = (request.POST if typed else request.GET).get("place", "")
    home = request.COOKIES.get(COMMUNITY, "") if not by.posts else ""
    chosen = next((one for one in found if one.value == value), None) or siting.usual(found, code=home)
    given = {name: request.POST.get(name, "") for name in KEPT} | {"place": chosen.value if chosen else ""}
    asked = definition.start.asked()
    first = chosen is None and any(definition.fields[name].type in PLACED for name, _optional in asked)
    questions = [] if first else _questions(request, definition, by, chosen)
    context = _frame(definition) | {
        "sites": siting.grouped(found),
        "only": found[0] if len(found) == 1 else None,
        "place_first": first,
        "questions": questions,
        "given": given,
        "errors": errors or {},
        "summary": summary_of(questions, errors or {}, ("title", "place", "pin", "for_name", "for_phone")),
        "once": request.POST.get("once", "")[:40] or form_key(),
        "starters": charting.starters(definition),
    }
    return render(request, template, context, status=status)


def _questions(
    request: HttpRequest, definition: Definition, by: Actor, site: siting.Site | None
) -> list[choices.Question]:
    """The questions of the start form, asked of a case that is not there yet."""
    code = site.division_code if site else by.posts[0].unit.division_code if by.posts else ""
    watching = units().governing.get(code)
    case = Case(
        procedure=definition.procedure,
        division_code=code or "0" * 12,
        grid_id=site.grid_id if site else None,
        holder_unit_id=watching.id if watching else None,
        data={},
    )
    given = answers_of(request.POST) if request.method == "POST" else None
    return choices.questions(definition, definition.start.asked(), case, at=request.now, given=given)
