"""What the steps of a report share: whose draft it is, how often steps may be sent, where to go on, the names of categories."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from linli.kernel.address import client_address
from linli.kernel.limits import count_use
from linli.matters import catalogue, drafts
from linli.matters.models import ReportDraft
from linli.matters.plain import english
from linli.orgs import browser

# Steps that keep something may be used more often than reports may be sent.
STEPS_PER_REPORT = 20
HOUR = 3600
NUMBERS = ("110", "119", "120")


def mine(request: HttpRequest, draft_id: UUID) -> ReportDraft:
    """Return the asker's own draft; nobody else's exists for them."""
    key, before = browser.key_of(request), browser.kept_key(request)
    draft = drafts.find(draft_id, key=key)
    if draft is None and key != before:
        # begun before its writer signed in
        draft = drafts.hand_over(draft_id, key=before, to=key)
    if draft is None:
        raise Http404
    return draft


def count_step(request: HttpRequest) -> None:
    """Count one step sent from this address; TooMany above what an hour allows."""
    count_use(
        purpose="report-step",
        address=client_address(request),
        allowed=settings.LINLI_INTAKE_PER_HOUR * STEPS_PER_REPORT,
        seconds=HOUR,
        at=request.now,
    )


def go(draft: ReportDraft, step: str) -> HttpResponse:
    """Lead to a step of a draft."""
    return redirect(f"matters:report_{step}", draft.pk)


def next_step(draft: ReportDraft) -> str:
    """Return the first step that has no answer yet."""
    if not draft.data.get("place"):
        return "place"
    return "check" if draft.data.get("text") else "say"


def category_name(rule: catalogue.Rule) -> str:
    """Return a category's name in the language of the page."""
    return (rule.name_en if english() else "") or rule.name


def categories() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the categories in force as the groups of a select: (group, [(id, name)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for rule in catalogue.in_force().rules.values():
        groups.setdefault(rule.parent_name, []).append((str(rule.category_id), category_name(rule)))
    return list(groups.items())
