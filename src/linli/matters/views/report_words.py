"""Step 3 of a report: the sentence, what to do in danger, a category proposed, and what looks like the same matter nearby."""

import hashlib
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.ids import read_code
from linli.kernel.text import clean, whole
from linli.matters import catalogue, drafts, following, placing, queries, similar, suggesting
from linli.matters.actions import TEXT_LIMIT
from linli.matters.enums import PublicState
from linli.matters.models import Matter, ReportDraft
from linli.matters.views.steps import NUMBERS, categories, category_name, count_step, go, mine
from linli.orgs import browser
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers


@require_http_methods(["GET", "POST"])
def say(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Step 3: the sentence, with what to do in danger, a category proposed, and what looks like the same matter."""
    draft = mine(request, draft_id)
    if draft.matter_id is not None:
        return go(draft, "done")
    if not draft.data.get("place"):
        return go(draft, "place")
    if request.method == "GET":
        return _say_page(request, draft, draft.data.get("text", ""))
    count_step(request)
    text = request.POST.get("text", "")
    category = request.POST.get("category", "")
    proposed = request.POST.get("proposed", "")
    if whole(proposed) is not None and category == str(draft.data.get("category", "")):
        category = proposed
    rule = catalogue.in_force().get(whole(category) or 0)
    try:
        text = clean(text, limit=TEXT_LIMIT)
        if len(text) < 4:
            raise BadAnswers({"text": _("请至少写一句话，说说是什么事。")})
    except BadAnswers as bad:
        return _say_page(request, draft, text, errors=bad.errors, status=422)
    except ValidationError as bad:
        return _say_page(request, draft, text, errors={"text": str(bad.messages[0])}, status=422)
    danger = request.POST.get("danger") == "1"
    draft = drafts.answer(
        draft, at=request.now, text=text, category=rule.category_id if rule else None, danger=danger or None
    )
    hints = _hints(request, draft, text)
    # what was found has been seen with these very words, or there is nothing to see
    if request.POST.get("seen") == hints["seal"] or not (hints["similar"] or hints["asks"]):
        return go(draft, "check")
    return redirect(reverse("matters:report_say", args=[draft.pk]) + "#hints")


def _hints(request: HttpRequest, draft: ReportDraft, text: str) -> dict[str, Any]:
    """What a text points to. ``asks``: something for the person to decide that they have not decided."""
    where = placing.resolve(draft.data.get("place", ""), here=draft.data.get("here"))
    alike = similar.similar(text, where, at=request.now) if where else []
    proposed = suggesting.suggest(text)
    rules = catalogue.in_force()
    chosen = rules.get(draft.data.get("category"))
    words = suggesting.dangers(text)
    key = browser.key_of(request)
    return {
        "similar": [
            {
                "matter": one.matter,
                "title": queries.public_title(one.matter.public_text),
                "metres": one.metres,
                "words": one.words,
                "followed": following.follows(one.matter, key=key),
            }
            for one in alike
        ],
        "suggestions": [
            {
                "id": one.rule.category_id,
                "name": category_name(one.rule),
                "words": one.words,
                "share": round(100 * one.confidence),
            }
            for one in proposed
        ],
        "listed": chosen is not None and chosen.category_id not in [one.rule.category_id for one in proposed],
        "chosen": chosen.category_id if chosen else None,
        "ticked": bool(draft.data.get("danger")),
        "danger_words": words,
        "danger": bool(words) or (chosen is not None and chosen.urgency == Urgency.DANGER),
        "asks": (bool(words) and not draft.data.get("danger")),
        "seal": hashlib.sha256("\n".join([text, *(str(one.matter.pk) for one in alike), *words]).encode()).hexdigest()[
            :16
        ],
    }


def _say_page(
    request: HttpRequest,
    draft: ReportDraft,
    text: str,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    saved = draft.data.get("text", "")
    context = {
        "draft": draft,
        "back": reverse("matters:report_place", args=[draft.pk]),
        "text": text,
        "limit": TEXT_LIMIT,
        "errors": errors or {},
        "category": str(draft.data.get("category", request.POST.get("category", ""))),
        "danger": bool(draft.data.get("danger")),
        "categories": categories(),
        "hints": _hints(request, draft, saved) if saved and saved == text else None,
        "numbers": NUMBERS,
    }
    return render(request, "matters/report_say.html", context, status=status)


@require_POST
def hints(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """What the words typed so far point to, as a piece of the page (asked for while typing)."""
    draft = mine(request, draft_id)
    text = request.POST.get("text", "")
    if draft.matter_id is not None or len(text) > TEXT_LIMIT:
        return HttpResponse(status=204)
    found = _hints(request, draft, text.encode(errors="replace").decode().strip())
    return render(request, "matters/_hints.html", {"draft": draft, "hints": found, "numbers": NUMBERS})


@require_POST
def follow_instead(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """It is the same matter: follow that one, and drop the draft."""
    draft = mine(request, draft_id)
    code = read_code(request.POST.get("follow", ""))
    matter = Matter.objects.select_related("case").filter(case__code=code).first() if code else None
    if matter is None or matter.public_state != PublicState.SHOWN:
        raise Http404
    following.follow(matter=matter, key=draft.key, at=request.now, user_id=request.actor.user_id)
    if draft.matter_id is None:
        draft.delete()
    return redirect("matters:status", matter.case.code)
