"""What the case page shows of a matter: the words, where, who, how often followed, what is alike, what the public sees."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.matters import catalogue, listing, minimap, whistle  # noqa: F401 - listing and whistle register what they show
from linli.matters.enums import Channel, LinkKind, PublicState
from linli.matters.models import Matter, MatterLink
from linli.matters.policies import can_check, can_reveal
from linli.matters.similar import similar
from linli.people.models import ContactAccess
from linli.places.queries import Place
from linli.procedures.enums import State
from linli.procedures.models import Case
from linli.procedures.policies import can_see
from linli.procedures.registry import panel

MOST_LOOKS = 20
# Until a matter is handed out, it may turn out to be one that somebody else reported.
BEFORE = ("accept", "assign")
# how often a matter may be handed on before the level above decides (matter.yaml)
MOST_TRANSFERS = 2


@panel("matter")
def matter_panel(case: Case, request: HttpRequest) -> dict[str, Any]:
    """Return the template and context of a matter's facts (a fixed number of statements)."""
    by, at = request.actor, request.now  # type: ignore[attr-defined]
    matter = Matter.objects.select_related(
        "contact", "building", "category", "case__parent", "case__grid", "case__compound", "case__division"
    ).get(pk=case.pk)
    links = MatterLink.objects.filter(undone_at__isnull=True, source_id=case.pk) | MatterLink.objects.filter(
        undone_at__isnull=True, target_id=case.pk
    )
    rule = catalogue.in_force().get(case.data.get("category"))
    reveal = can_reveal(by, matter) if matter.contact_id else None
    state = "over" if case.state == State.OPEN and case.due_at and case.due_at < at else ""
    done = "done" if case.state == State.ENDED else ""
    placed = matter.lon is not None and matter.lat is not None
    return {
        "template": "matters/panel.html",
        "matter": matter,
        "map": minimap.draw([(matter.lon, matter.lat, "", done or state)]) if placed else None,  # type: ignore[list-item]
        "channel": Channel(matter.channel).label,
        "rule": rule,
        "reveal": reveal,
        "looks": _looks(matter) if reveal else [],
        "transfers": (int(case.uses.get("handle.transfer", 0)), MOST_TRANSFERS),
        "alike": _alike(matter, at=at) if case.state == State.OPEN and case.step in BEFORE else [],
        "links": [_link(link, case) for link in links.select_related("source__case", "target__case")],
        "public_state": PublicState(matter.public_state).label,
        "may_check": not case.restricted and bool(can_check(by, matter)),
    }


def _looks(matter: Matter) -> list[ContactAccess]:
    """Who looked at the reporter's contact, newest first: the reporter sees the same list."""
    return list(ContactAccess.objects.filter(contact=matter.contact).order_by("-at", "-id")[:MOST_LOOKS])


def _alike(matter: Matter, *, at: Any) -> list[dict[str, Any]]:
    """Open public matters nearby that may be the same."""
    case = matter.case
    place = Place(
        division_id=case.division_id,
        division_code=case.division_code,
        grid_id=case.grid_id,
        compound_id=case.compound_id,
        lon=matter.lon,
        lat=matter.lat,
    )
    return [
        {
            "case": one.matter.case,
            "words": _("、").join(one.words),
            "far": _("相距 %(metres)d 米") % {"metres": one.metres} if one.metres is not None else _("同一小区"),
        }
        for one in similar(matter.text, place, at=at)
        if one.matter.pk != matter.pk
    ]


def _link(link: MatterLink, case: Case) -> dict[str, Any]:
    outward = link.source_id == case.pk
    other = link.target if outward else link.source
    return {"merge": link.kind == LinkKind.MERGE, "outward": outward, "case": other.case}


def beside_panel(case: Case, request: HttpRequest) -> dict[str, Any]:
    """Return what a case beside a matter shows of it: the public words to everyone who has it, the way to it to those who may see it."""
    parent = case.parent
    if parent is None or parent.procedure != "matter":
        return {}
    matter = Matter.objects.select_related("case__grid", "case__compound", "case__division").get(pk=parent.pk)
    seen = bool(can_see(request.actor, parent))  # type: ignore[attr-defined]
    return {"template": "matters/beside.html", "matter": matter, "seen": seen}


for _procedure in ("whistle", "extension", "suspension", "supervision", "call_back", "void"):
    panel(_procedure)(beside_panel)
