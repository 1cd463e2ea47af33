"""The designer, continued: what a draft leads to, how it differs, who changed it, putting it in force and out of it."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel import audit
from linli.orgs.enums import ROLES
from linli.procedures import charting, designing
from linli.procedures.definitions import in_force
from linli.procedures.designing import DraftChanged
from linli.procedures.enums import State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.diff import differences
from linli.procedures.grammar.simulate import Move, simulate
from linli.procedures.grammar.words import action_words
from linli.procedures.models import Case, ProcedureVersion
from linli.procedures.views.designer import designer_required, find, frame


@require_safe
@designer_required
def check(request: HttpRequest, version_id: int) -> HttpResponse:
    """Every way the definition can go on sample answers: what is never reached, where it hangs, a shortest case to each end."""
    context = frame(request, find(version_id), tab="check")
    review = context["review"]
    context["report"] = _report(review.definition) if review.definition and not review.mistakes else None
    return render(request, "procedures/designer_check.html", context)


def _report(definition: Definition) -> dict[str, Any]:
    found = simulate(definition, roles=list(ROLES))

    def named(keys: list[str]) -> str:
        return _("、").join(definition.step_name(key, charting.language()) for key in keys)

    troubles = [
        (_("走不到的结束"), named(found.unreached_ends)),
        (_("走不到的环节"), named(found.unreached_steps)),
        (_("进去就出不来"), named(found.dead_ends)),
        (_("没有人能承办"), named(found.nobody_holds)),
        (_("时限永远不开始"), named(found.clocks_never_start)),
        (_("没有人办也会自己转圈"), _("；").join(" → ".join([named([key]) for key in loop]) for loop in found.loops)),
        (_("永远用不上的走法"), _("；").join(found.untaken)),
    ]
    return {
        "ok": found.ok,
        "complete": found.complete,
        "states": found.states,
        "troubles": [(label, text) for label, text in troubles if text],
        "paths": [
            (definition.step_name(end, charting.language()), _path(definition, moves))
            for end, moves in found.paths.items()
        ],
        "lines": found.lines,
    }


def _path(definition: Definition, moves: list[Move]) -> list[tuple[str, str]]:
    """A shortest sample case as (what is done, the step it leads to)."""
    said = [("", definition.step_name(definition.first, charting.language()))]
    for move in moves:
        label = action_words(move.how, definition.steps[move.source].actions.get(move.how), charting.language())
        said.append((label, definition.step_name(move.target, charting.language())))
    return said


@require_safe
@designer_required
def compare(request: HttpRequest, version_id: int) -> HttpResponse:
    """What changes against the version in force, in sentences."""
    version = find(version_id)
    context = frame(request, version, tab="compare")
    present, new = in_force().get(version.key), context["review"].definition
    if present is not None and new is not None and present.version_id != version.pk:
        names = charting.role_names()
        context["differences"] = differences(present.definition, new, charting.language(), roles_names=names)
    context["present"] = present
    return render(request, "procedures/designer_compare.html", context)


@require_safe
@designer_required
def versions(request: HttpRequest, key: str) -> HttpResponse:
    """All versions of a procedure, newest first, each with its record."""
    rows = list(
        ProcedureVersion.objects.select_related("created_by", "published_by").filter(key=key).order_by("-version")
    )
    if not rows:
        raise Http404
    actions = {
        "copied": _("复制成草稿"),
        "edited": _("修改"),
        "published": _("发布"),
        "discarded": _("作废草稿"),
        "retired": _("停用"),
    }
    context = frame(request, rows[0], tab="history") | {
        "rows": [
            {
                "version": row,
                "entries": [
                    {
                        "at": entry.at,
                        "who": entry.user_label,
                        "what": actions.get(entry.action, entry.action),
                        "note": (entry.after or {}).get("note", ""),
                        "changes": (entry.after or {}).get("changes", []),
                        "hash": f"{entry.hash[:4]}…{entry.hash[-2:]}",
                    }
                    for entry in audit.history(row)
                ],
            }
            for row in rows[:50]
        ],
        "running": _running(rows),
    }
    return render(request, "procedures/designer_history.html", context)


def _running(rows: list[ProcedureVersion]) -> dict[int, int]:
    counts = Case.objects.filter(version__in=rows, state=State.OPEN).order_by().values_list("version_id")
    return dict(counts.annotate(number=Count("id")))


@require_POST
@designer_required
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """Put a draft in force, with a note."""
    return _done(request, version_id, designing.publish, note=request.POST.get("note", ""))


@require_POST
@designer_required
def discard(request: HttpRequest, version_id: int) -> HttpResponse:
    """Put a draft aside."""
    return _done(request, version_id, designing.discard)


def _done(request: HttpRequest, version_id: int, act: Any, **more: Any) -> HttpResponse:
    version = find(version_id)
    try:
        act(version_id=version.pk, since=request.POST.get("since", ""), by=request.actor, at=request.now, **more)
    except (DraftChanged, BadAnswers, NotNow) as refusal:
        context = frame(request, find(version_id), tab="compare") | {
            "present": in_force().get(version.key),
            "refusal": _refusal(refusal),
            "note": more.get("note", ""),
        }
        status = 422 if isinstance(refusal, BadAnswers) else 409
        return render(request, "procedures/designer_compare.html", context, status=status)
    return redirect(reverse("procedures:versions", args=[version.key]) + "?done=1")


def _refusal(refusal: Exception) -> list[str]:
    if isinstance(refusal, DraftChanged):
        return [_("别人刚刚改过这份草稿，请看过再决定。")]
    return list(refusal.errors.values()) if isinstance(refusal, BadAnswers) else [str(refusal)]


@require_POST
@designer_required
def retire(request: HttpRequest, version_id: int) -> HttpResponse:
    """Take a procedure out of force."""
    version = find(version_id)
    designing.retire(version_id=version.pk, by=request.actor, at=request.now)
    return redirect(reverse("procedures:versions", args=[version.key]) + "?done=1")
