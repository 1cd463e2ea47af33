"""For everybody: open a matter by its code, one's own matters, what is open and settled nearby, choosing one's community, the notice."""

from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.address import client_address
from linli.kernel.ids import read_code
from linli.kernel.limits import TooMany
from linli.kernel.text import whole
from linli.matters import access, claiming, following, minimap, news, placing, plain, queries
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.matters.views.steps import categories
from linli.orgs import browser
from linli.orgs.guards import account_required
from linli.procedures import queries as cases
from linli.procedures import standing
from linli.procedures.definitions import of_case
from linli.procedures.enums import State
from linli.procedures.models import Case
from linli.procedures.policies import is_starter, owns

YEAR = 365 * 24 * 3600
COOKIE = "community"
MAPPED = 60
MOST_BEGUN = 50


@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Open a matter by its code: at once where it is public or one's own, else with the four digits."""
    if request.method == "GET":
        return render(
            request,
            "matters/track.html",
            {"code": request.GET.get("code", "")[:20], "given": {}, "errors": {}, "asked": False},
        )
    given = {name: request.POST.get(name, "").strip()[:40] for name in ("code", "digits")}
    code = read_code(given["code"])
    if code is None:
        return _asked(request, given, {"code": _("短码不对，请对一下：一共 8 位，例如 7Q4M-2KX9。")}, 422)
    known = queries.by_code(code)
    if known is not None and claiming.is_of(known, request.actor):
        claiming.claim_one(known, by=request.actor)
    if known is not None and owns(request.actor, known.case):
        # without counting a try: nobody locks the reporter out of their own browser or account
        return redirect("matters:status", code)
    if not given["digits"]:
        public = known is not None and known.public_state == PublicState.SHOWN and not known.case.restricted
        if known is not None and (is_starter(request.actor, known.case) or public):
            return redirect("matters:status", code)
        other = cases.by_code(code) if known is None else None
        if other is not None and standing.reader_of(request.actor, other, of_case(other)):
            return redirect("procedures:public_case", code)
        return _asked(request, given, {"digits": _("请填四位数字：手机号后四位，或者您自己定的四位。")}, 422)
    try:
        found = access.open_with(code=code, digits=given["digits"], address=client_address(request), at=request.now)
    except TooMany as many:
        minutes = max(1, many.retry_after // 60)
        said = _("试的次数太多了，请过 %(minutes)d 分钟再试。") % {"minutes": minutes}
        response = _asked(request, given, {"": said}, 429)
        response.headers["Retry-After"] = str(many.retry_after)
        return response
    if found is None:
        return _asked(request, given, {"": _("短码和四位数字对不上，请检查后再试。一小时内最多试五次。")}, 422)
    response = redirect("matters:status" if isinstance(found, Matter) else "procedures:public_case", code)
    browser.remember_opened(request, response, str(found.pk))
    return response


def _asked(request: HttpRequest, given: dict[str, str], errors: dict[str, str], status: int) -> HttpResponse:
    context = {"code": given["code"], "given": given, "errors": errors, "asked": False}
    return render(request, "matters/track.html", context, status=status)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own matters, those one follows, and the places one hears of."""
    key = browser.key_of(request)
    own = [queries.item(row, now=request.now, own=True) for row in queries.mine(request.actor)]
    followed = [queries.item(row, now=request.now) for row in queries.followed(key)]
    places = {one.id: one for one in placing.communities()}
    heard = [places[pk] for pk in following.subscribed(key=key) if pk in places]
    lately = queries.news([one.code for one in heard], since=queries.week_before(request.now))
    context = {
        "own": _linked(own),
        "begun": [_begun(row) for row in cases.begun_by(request.actor)[:MOST_BEGUN]],
        "followed": _linked(followed),
        "news": news.unread(request.actor, at=request.now),
        "places": [{"name": one.name, "code": one.code, **lately[one.code]} for one in heard],
        "left": claiming.left_here(key=browser.kept_key(request)) if request.actor.user_id else 0,
        "signed_in": request.actor.user_id is not None,
        "known": bool(key),
    }
    response = render(request, "matters/mine.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@account_required
def claim(request: HttpRequest) -> HttpResponse:
    """Take what was begun in this browser without an account into one's account."""
    claiming.claim(key=browser.kept_key(request), by=request.actor)
    return redirect("matters:mine")


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Let this browser forget what was done in it without an account."""
    response = redirect("matters:mine")
    browser.forget(response)
    return response


@require_POST
def mine_read(request: HttpRequest) -> HttpResponse:
    """All news was looked at."""
    news.read(request.actor, at=request.now)
    return redirect("matters:mine")


def _begun(case: Case) -> dict[str, Any]:
    """A case of another procedure that one started oneself, as a line of a list."""
    definition = of_case(case)
    step = definition.step_name(case.step, get_language())
    return {
        "href": reverse("procedures:public_case", args=[case.code]),
        "title": case.title,
        "bits": [case.code, (step, "ok") if case.state == State.ENDED else step],
    }


def _linked(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one | {"href": reverse("matters:status", args=[one["code"]])} for one in items]


@require_safe
def nearby(request: HttpRequest) -> HttpResponse:
    """What is open and settled nearby: a public list by place, state, category and words."""
    place = request.GET.get("place", request.COOKIES.get(COOKIE, ""))
    community = placing.community(place)
    category = request.GET.get("category", "")
    wanted = queries.Wanted(
        place=community.code if community else "",
        state=request.GET.get("state", "") if request.GET.get("state") in ("open", "settled") else "",
        category=whole(category),
        text=request.GET.get("q", "").strip()[:100],
    )
    try:
        page = queries.public_list(wanted, cursor=request.GET.get("cursor", ""))
    except ValueError:
        raise Http404 from None
    items = _linked([queries.item(row, now=request.now) for row in page.rows])
    kept = {"place": place, "category": category, "q": wanted.text}
    marks = [(one["lon"], one["lat"], "", one["state"]) for one in items if one["lon"] is not None][:MAPPED]
    key = browser.key_of(request)
    context = {
        "community": community,
        "items": items,
        "wanted": wanted,
        "counts": queries.counts(wanted.place),
        "tab_items": [
            {"label": label, "href": "?" + urlencode(kept | {"state": state}), "current": wanted.state == state}
            for label, state in ((_("全部"), ""), (_("正在办"), "open"), (_("办好了"), "settled"))
        ],
        "next": "?" + urlencode(kept | {"state": wanted.state, "cursor": page.next}) if page.next else None,
        "first": bool(request.GET.get("cursor")),
        "streets": [
            (street, [(one.code, one.name) for one in placing.communities() if one.street == street])
            for street in _streets()
        ],
        "categories": categories(),
        # of a whole city dots in a heap: there the large map says more
        "map": minimap.draw(marks) if community else None,
        "place": wanted.place,
        "subscribed": community is not None and community.id in following.subscribed(key=key),
    }
    return render(request, "matters/nearby.html", context)


def _streets() -> list[str]:
    return list(dict.fromkeys(one.street for one in placing.communities()))


@require_http_methods(["GET", "POST"])
def choose_place(request: HttpRequest) -> HttpResponse:
    """Choose one's community; this browser remembers it."""
    if request.method == "POST":
        chosen = placing.community(request.POST.get("community", ""))
        if chosen is not None:
            response = redirect(browser.own_page(request, request.POST.get("next", "")) or "/")
            response.set_cookie(COOKIE, chosen.code, max_age=YEAR, samesite="Lax", secure=request.is_secure())
            return response
    query = request.GET.get("q", "").strip()[:40]
    found = [one for one in placing.communities() if not query or query in one.name or query in one.street]
    groups: dict[str, list[placing.Community]] = {}
    for one in found:
        groups.setdefault(one.street, []).append(one)
    context = {
        "groups": list(groups.items()),
        "query": query,
        "chosen": request.COOKIES.get(COOKIE, ""),
        "next": request.GET.get("next", "/"),
    }
    return render(request, "matters/choose_place.html", context)


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Hear of a community, or no longer."""
    community = placing.community(request.POST.get("place", ""))
    if community is None:
        raise Http404
    response = redirect(reverse("matters:nearby") + "?" + urlencode({"place": community.code}) + "#follow")
    key = browser.give_token(request, response)
    if request.POST.get("go") == "stop":
        following.unsubscribe(division_id=community.id, key=key)
    else:
        following.subscribe(division_id=community.id, key=key, at=request.now, user_id=request.actor.user_id)
    return response


@require_safe
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """A sheet to print and pin up: what it is about, the code, a QR code that leads to its page. For the reporter and, if public, anyone."""
    matter = queries.by_code(read_code(code))
    shown = matter is not None and matter.public_state == PublicState.SHOWN and not matter.case.restricted
    own = matter is not None and is_starter(request.actor, matter.case)
    if matter is None or not (shown or own):
        raise Http404
    address = request.build_absolute_uri(reverse("matters:status", args=[matter.case.code]))
    drawn = segno.make(address, error="m").svg_inline(scale=6, border=2, omitsize=True, svgclass="l-qr", lineclass=None)
    title = queries.public_title(matter.public_text)
    detail = cases.detail(matter.case)
    facts = [
        plain.holder(matter.case, detail.family, mine=False),
        plain.promise(detail, now=request.now, mine=False),
    ]
    context = {
        "case": matter.case,
        # what hangs on a wall is public, also when the reporter prints it
        "title": title,
        "text": matter.public_text,
        # the title says it all where nothing was left out of it
        "more": len(matter.public_text) > len(title) + 3,
        "facts": [fact for fact in facts if fact is not None],
        "phone": plain.telephone(matter.case),
        "community": matter.case.division,
        "address": address,
        "qr": mark_safe(drawn),
        "back": reverse("matters:status", args=[matter.case.code]),
    }
    return render(request, "matters/notice.html", context)
