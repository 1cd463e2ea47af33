"""A bulk act: says what will happen before it happens, does it case by case, and can be taken back while that is safe."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.policy import Refused
from linli.kernel.text import whole
from linli.orgs.guards import staff_required
from linli.procedures import actions, choices, queries, undoing
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case
from linli.procedures.options import options
from linli.procedures.views.answering import answers_of

MOST = 200
# Asked of each case by itself: files are of one case, and no two matters lie at one place.
NOT_TOGETHER = ("photos", "files", "place")


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
        return _go(request, key, rows, able)
    return _preview(request, rows, key, {})


def _preview(request: HttpRequest, rows: list[dict[str, Any]], key: str, errors: dict[str, str]) -> HttpResponse:
    """What would happen to which case, the questions with what was typed, and what is wrong with it."""
    able = [row for row in rows if row["allowed"]]
    questions = _form(request, able, key)
    context = {
        "rows": rows,
        "able": able,
        "key": key,
        "label": next((row["label"] for row in able), ""),
        "keys": [] if key else _common_keys(request, [row["case"] for row in rows]),
        "questions": questions,
        "errors": errors,
        "summary": [(f"f-a.{name}" if name else "", text) for name, text in errors.items()],
        "undoable": key != "take",
    }
    return render(request, "procedures/bulk.html", context, status=422 if errors else 200)


def _chosen(request: HttpRequest) -> list[Case]:
    ids = []
    for text in request.POST.getlist("case")[:MOST]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return list(
        queries.visible(request.actor)
        .filter(pk__in=ids)
        .select_related("parent", "holder_user")
        .order_by("due_at", "id")
    )


def _row(request: HttpRequest, case: Case, key: str) -> dict[str, Any]:
    definition = of_case(case)
    found = next((one for one in options(request.actor, case, definition, at=request.now) if one.key == key), None)
    reason = found.reason if found else _("这个办件现在没有这个办法。")
    return {
        "case": case,
        "definition": definition,
        "label": found.label if found else "",
        "allowed": bool(found and found.allowed),
        "reason": "" if found and found.allowed else reason,
        "now": definition.step_name(case.step, get_language()),
        "then": _leads_to(definition, case, key),
        "since": request.POST.get(f"since.{case.pk}", str(case.last_seq)),
    }


def _leads_to(definition: Definition, case: Case, key: str) -> str:
    """The step that an act leads to, in words; '' where the case stays or that depends on the answers."""
    action = definition.steps[case.step].actions.get(key)
    return definition.step_name(action.to, get_language()) if action is not None and action.to else ""


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
        if not (optional and first["definition"].fields[name].type in NOT_TOGETHER)
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


def _go(request: HttpRequest, key: str, rows: list[dict[str, Any]], able: list[dict[str, Any]]) -> HttpResponse:
    """Do it case by case. Answers that fit none of them come back to be corrected, with everything that was typed."""
    given = answers_of(request.POST)
    reason = str(given.pop("reason", ""))
    done: list[Case] = []
    failed: list[tuple[Case, str]] = []
    wrong: list[dict[str, str]] = []
    for row in able:
        case, since = row["case"], row["since"]
        common: dict[str, Any] = {
            "case_id": case.pk,
            "by": request.actor,
            "at": request.now,
            "since": whole(str(since), digits=8),
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
            wrong.append(bad.errors)
            failed.append((case, _("；").join(bad.errors.values())))
    if len(wrong) == len(able):
        return _preview(request, rows, key, wrong[0])
    context = {"done": _where(done), "failed": failed, "key": key, "undoable": key != "take", "undone": False}
    return render(request, "procedures/bulk_done.html", context)


def _where(cases: list[Case]) -> list[tuple[Case, str]]:
    """Cases with the step that each is at now, in words."""
    return [(case, of_case(case).step_name(case.step, get_language())) for case in cases]


def _undo(request: HttpRequest) -> HttpResponse:
    """Take back what this person just did, case by case; what others have gone on with stays, and says why."""
    done, failed = [], []
    for case in _chosen(request):
        since = whole(request.POST.get(f"since.{case.pk}", ""), digits=8)
        try:
            at = -1 if since is None else since
            done.append(undoing.undo(case_id=case.pk, by=request.actor, at=request.now, since=at))
        except Changed:
            failed.append((case, _("别人刚刚办理过。")))
        except (NotNow, Refused) as error:
            failed.append((case, str(error)))
    context = {"done": _where(done), "failed": failed, "key": "", "undoable": False, "undone": True}
    return render(request, "procedures/bulk_done.html", context)
