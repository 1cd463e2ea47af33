"""What the case page shows of a matter: the words, where, who, how often followed, what is alike, what the public sees."""

from typing import Any

from django.http import HttpRequest

from linli.matters import catalogue, listing  # noqa: F401 - listing registers what lists know
from linli.matters.enums import Channel, LinkKind, PublicState
from linli.matters.models import Matter, MatterLink
from linli.procedures.models import Case
from linli.procedures.registry import panel


@panel("matter")
def matter_panel(case: Case, request: HttpRequest) -> dict[str, Any]:
    """Return the template and context of a matter's facts (two statements)."""
    matter = Matter.objects.select_related(
        "contact", "building", "category", "case__grid", "case__compound", "case__division"
    ).get(pk=case.pk)
    links = MatterLink.objects.filter(undone_at__isnull=True, source_id=case.pk) | MatterLink.objects.filter(
        undone_at__isnull=True, target_id=case.pk
    )
    rule = catalogue.in_force().get(case.data.get("category"))
    return {
        "template": "matters/panel.html",
        "matter": matter,
        "channel": Channel(matter.channel).label,
        "rule": rule,
        "links": [_link(link, case) for link in links.select_related("source__case", "target__case")],
        "public_state": PublicState(matter.public_state).label,
        "may_check": matter.public_state == PublicState.WAITING,
    }


def _link(link: MatterLink, case: Case) -> dict[str, Any]:
    outward = link.source_id == case.pk
    other = link.target if outward else link.source
    return {"merge": link.kind == LinkKind.MERGE, "outward": outward, "case": other.case}
