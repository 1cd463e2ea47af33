"""A bulk act: says what will happen before it happens, does it case by case, and can be taken back while that is safe."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.policy import Refused
from linli.orgs.guards import staff_required
from linli.procedures import actions, choices, queries, undoing
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.models import Case
from linli.procedures.options import options
from linli.procedures.views.case import answers_of

MOST = 200


@require_POST
@staff_required
def bulk(request: HttpRequest) -> HttpResponse:
    """Without ``go``: the preview. With it: the act, each case in its own transaction. ``undo``: take back what this person just did."""
    if "undo" in request.POST:
        return _undo(request)
    cases = _chosen(request)
    key = request.POST.get("key", "")
    rows = [_row(request, case, key) for case in cases]
    able = [row for row in rows if row["allowed"]]
    if "go" in request.POST and able:
        return _go(request, key, able)
    form = _form(request, able, key)
    keys = _common_keys(request, cases)
    return render(
        request,
        "procedures/bulk.html",
        {"rows": rows, "able": able, "key": key, "keys": keys, "questions": form, "errors": {}},
    )


def _chosen(request: HttpRequest) -> list[Case]:
    ids = []
    for text in request.POST.getlist("case")[:MOST]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return list(queries.visible(request.actor).filter(pk__in=ids).select_related("parent").order_by("due_at", "id"))


def _row(request: HttpRequest, case: Case, key: str) -> dict[str, Any]:
    definition = of_case(case)
    found = next((one for one in options(request.actor, case, definition, at=request.now) if one.key == key), None)
    reason = found.reason if found else _("这个办件现在没有这个办法。")
    return {
        "case": case,
        "definition": definition,
        "allowed": bool(found and found.allowed),
        "reason": "" if found and found.allowed else reason,
        "since": request.POST.get(f"since.{case.pk}", str(case.last_seq)),
    }


def _common_keys(request: HttpRequest, cases: list[Case]) -> list[dict[str, Any]]:
    """The acts that at least one of the chosen cases allows."""
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        for one in options(request.actor, case, of_case(case), at=request.now):
            if one.allowed and not one.key.startswith("side:") and one.key != "withdraw":
                entry = found.setdefault(one.key, {"key": one.key, "label": one.label, "count": 0, "main": one.main})
                entry["count"] += 1
    return sorted(found.values(), key=lambda entry: -entry["count"])


def _form(request: HttpRequest, able: list[dict[str, Any]], key: str) -> list[choices.Question]:
    if not able or key == "take":
        return []
    first = able[0]
    action = first["definition"].steps[first["case"].step].actions.get(key)
    if action is None:
        return []
    asked = [
        (name, optional)
        for name, optional in action.fields()
        if first["definition"].fields[name].type not in ("photos", "files")
    ]
    questions = choices.questions(
        first["definition"], asked, first["case"], at=request.now, given=answers_of(request.POST)
    )
    if action.reason:
        questions.append(
            choices.Question(
                "reason", _("理由"), "long_text", True, "", actions.REASON_LIMIT, [], request.POST.get("a.reason", "")
            )
        )
    return questions


def _go(request: HttpRequest, key: str, able: list[dict[str, Any]]) -> HttpResponse:
    given = answers_of(request.POST)
    reason = str(given.pop("reason", ""))
    done, failed = [], []
    for row in able:
        case, since = row["case"], row["since"]
        common: dict[str, Any] = {
            "case_id": case.pk,
            "by": request.actor,
            "at": request.now,
            "since": int(since) if str(since).isdigit() else None,
        }
        try:
            after = (
                actions.take(**common)
                if key == "take"
                else actions.act(**common, action=key, form=dict(given), reason=reason)
            )
            done.append(after)
        except Changed:
            failed.append((case, _("别人刚刚办理过。")))
        except (NotNow, Refused) as error:
            failed.append((case, str(error)))
        except BadAnswers as bad:
            failed.append((case, _("；").join(bad.errors.values())))
    return render(
        request,
        "procedures/bulk_done.html",
        {"done": done, "failed": failed, "minutes": undoing.MINUTES, "undoable": key != "take"},
    )


def _undo(request: HttpRequest) -> HttpResponse:
    for case in _chosen(request):
        since = request.POST.get(f"since.{case.pk}", "")
        try:
            undoing.undo(case_id=case.pk, by=request.actor, at=request.now, since=int(since) if since.isdigit() else -1)
        except (Changed, NotNow, Refused):
            continue
    return redirect(reverse("procedures:inbox"))
