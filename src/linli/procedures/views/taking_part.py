"""What the case page shows of steps at which many take part, and what this person may do there, with the reason for what not."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from linli.kernel.memo import remember
from linli.procedures import crowd
from linli.procedures.errors import NotNow
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.inside import speaks_of
from linli.procedures.models import Case, Objection


def panel(request: HttpRequest, case: Case, definition: Definition) -> dict[str, Any]:
    """Return the parts of the panel; empty for a case that has none (no statement then; one for objections)."""
    by, found = request.actor, {}
    been = {definition.steps[key].kind for key in {case.step, *case.visits} if key in definition.steps}
    step = definition.steps[case.step]
    if "notice" in been:
        rows = list(Objection.objects.filter(case=case).order_by("id"))
        may = crowd.can_answer(by, case, definition)
        found["notice"] = {
            "rows": rows,
            "here": step.kind == "notice",
            "waiting": {
                row.pk for row in rows if row.answered_at is None and row.visit == case.visit and step.objections
            },
            "may": may.allowed,
            "reason": may.reason,
        }
    if step.kind == "collect":
        found["collect"] = {"count": int(case.data.get("voices", 0) or 0), "needed": needed(step.threshold, case)}
    if step.kind == "vote":
        may = crowd.can_conclude(by, case, definition)
        found["vote"] = {"may": may.allowed, "reason": may.reason, "rule": step.rule}
    if case.state == "open" and _has_parties(case, definition):
        may = crowd.can_invite(by, case)
        count = len(case.data.get("parties_keys", []))
        found["parties"] = {"count": count, "may": may.allowed, "reason": may.reason, "letter": letter(request, case)}
    return found


def _has_parties(case: Case, definition: Definition) -> bool:
    key = f"procedures:parties:{case.version_id}"
    return remember(key, lambda: speaks_of(definition, "parties"), seconds=3600)


def needed(threshold: Any, case: Case) -> int | None:
    """Return how many must take part, where that is known yet."""
    try:
        return crowd.needed(threshold, case.data) if threshold is not None else None
    except NotNow:
        return None


def letter(request: HttpRequest, case: Case) -> dict[str, Any] | None:
    """Return the invitation just written, as a link to hand on, while it is good."""
    word = request.GET.get("letter", "")
    left = crowd.letter_left(case, word, at=request.now)
    if not left:
        return None
    link = request.build_absolute_uri(f"{reverse('procedures:join', args=[case.code])}?letter={word}")
    return {"link": link, "left": left}
