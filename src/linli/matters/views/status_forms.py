"""What residents send from a matter's page. What cannot be taken comes back on the page, with every word and photo that was sent."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.address import client_address
from linli.kernel.ids import read_code
from linli.kernel.limits import count_files, count_use
from linli.kernel.policy import Refused
from linli.kernel.text import whole
from linli.matters import carried, contacts, following, merging, queries, story
from linli.matters.models import Matter
from linli.matters.views.status import Sent, is_public, mine, own
from linli.orgs import browser
from linli.orgs.actors import Actor
from linli.procedures import actions, files
from linli.procedures import queries as cases
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.models import CaseFile

HOUR = 3600
NOTES_PER_REPORT = 5
TAPS = ("reached", "settled", "satisfied")


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


def _reporter(request: HttpRequest) -> Actor:
    """The asker as the reporter that they are here, without the posts they may hold elsewhere."""
    asker = request.actor
    return Actor(user_id=asker.user_id, name=asker.name, key=asker.key, cases=asker.cases)


def _since(request: HttpRequest) -> int | None:
    """The version of the case that the page showed."""
    return whole(request.POST.get("since", ""), digits=8)


def _photos(request: HttpRequest, matter: Matter) -> list[CaseFile]:
    """The photos that came with a form, after those that it carries from when it was sent before."""
    count_files(request, at=request.now)
    sent = request.FILES.getlist("photo")[: files.MOST_PHOTOS + 1]
    return carried.photos(request.POST.get("kept", ""), matter.pk, sent)


def _do(
    request: HttpRequest,
    matter: Matter,
    act: Callable[..., Any],
    sent: Sent,
    *,
    photos: bool = False,
    done: str = "",
    **arguments: Any,
) -> HttpResponse:
    """Do what was sent, and lead back to the page (``done``: its query and anchor); what is refused comes back with all that was typed.

    An act that came too late answers 409 with what changed. Where nothing changed that the reporter reads, it is done all the same.
    """
    attached: Sequence[CaseFile] = carried.unpack(request.POST.get("kept", ""), matter.pk)
    try:
        if photos:
            attached = _photos(request, matter)
            arguments["files"] = attached
        common = {"case_id": matter.pk, "by": _reporter(request), "at": request.now} | arguments
        try:
            act(**common)
        except Changed as changed:
            if _told_since(request, matter, changed.since):
                raise
            act(**common | {"since": changed.case.last_seq})
    except BadAnswers as bad:
        return own(request, matter, sent, errors=bad.errors, photos=attached, status=422)
    except Changed as changed:
        return own(request, mine(request, matter.case.code), sent, photos=attached, since=changed.since, status=409)
    except (NotNow, Refused) as no:
        why = no.reason if isinstance(no, NotNow) else str(no)
        now = mine(request, matter.case.code)
        return own(request, now, sent, photos=attached, late=why, since=_since(request), status=409)
    return _back(matter, done)


def _told_since(request: HttpRequest, matter: Matter, since: int) -> bool:
    """Whether anything happened after a version that the reporter reads in the story."""
    told = story.Telling(mine=True, now=request.now, text=matter.text)
    found = story.story(cases.detail(matter.case), told)
    return any(one["seq"] > since for one in found)


@require_POST
def say(request: HttpRequest, code: str) -> HttpResponse:
    """Ask or add a sentence, or photos; whoever has the matter is told."""
    matter = mine(request, code)
    _count(request)
    text = request.POST.get("text", "")
    sent = Sent("say", {"text": text}, text)
    return _do(request, matter, actions.comment, sent, photos=True, done="?sent=say#story", text=text)


@require_POST
def supply(request: HttpRequest, code: str) -> HttpResponse:
    """Answer what was asked."""
    matter = mine(request, code)
    _count(request)
    form = {"supplement": request.POST.get("supplement", "")}
    sent = Sent("supply", form, form["supplement"])
    more = {"action": "supply", "form": form, "since": _since(request)}
    return _do(request, matter, actions.act, sent, photos=True, done="?sent=supply#story", **more)


@require_POST
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Three taps: reached? settled? satisfied?"""
    matter = mine(request, code)
    given = {name: request.POST.get(name, "") for name in (*TAPS, "remark")}
    sent = Sent("rate", given, given["remark"])
    missing = {
        name: said
        for name, said in (
            ("reached", _("请点一下：联系您了吗？")),
            ("settled", _("请点一下：解决了吗？")),
            ("satisfied", _("请点一下：满意吗？")),
        )
        if not given[name]
    }
    if missing:
        return own(request, matter, sent, errors=missing, status=422)
    more: dict[str, Any] = {"form": {name: value for name, value in given.items() if value}, "since": _since(request)}
    if matter.case.outcome == "merged":
        return _do(request, matter, merging.rate, sent, **more)
    return _do(request, matter, actions.act, sent, action="rate", **more)


@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take the matter back."""
    matter = mine(request, code)
    reason = request.POST.get("reason", "")
    sent = Sent("withdraw", {"reason": reason}, reason)
    return _do(request, matter, actions.withdraw, sent, reason=reason, since=_since(request))


@require_POST
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open a settled matter again, once, within fifteen days, saying why."""
    matter = mine(request, code)
    reason = request.POST.get("reason", "")
    sent = Sent("reopen", {"reason": reason}, reason)
    return _do(request, matter, actions.reopen, sent, reason=reason, since=_since(request))


@require_POST
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """+1: the same trouble here; or no longer."""
    matter = queries.by_code(read_code(code))
    if matter is None or not is_public(matter):
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
    matter = mine(request, code)
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
        return own(request, matter, Sent("contact", given), errors=bad.errors, status=422)
    return _back(matter, "#me")
