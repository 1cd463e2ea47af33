"""What the case page shows of a matter: the words, where, who, how often followed, what is alike, what the public sees."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision
from linli.kernel.prepared import Prepared
from linli.matters import catalogue, listing, minimap, whistle  # noqa: F401 - listing and whistle register what they show
from linli.matters.enums import Channel, LinkKind, PublicState
from linli.matters.masking import mask
from linli.matters.models import Matter, MatterLink
from linli.matters.placing import communities
from linli.matters.policies import can_check, can_reveal
from linli.matters.queries.lists import mark_of
from linli.matters.similar import similar
from linli.matters.splitting import PUTS_BACK, can_put_back, origin_of
from linli.orgs.actors import Actor
from linli.people.models import ContactAccess
from linli.places.queries import Place
from linli.procedures.choices import offers
from linli.procedures.enums import State
from linli.procedures.models import Case
from linli.procedures.policies import can_see
from linli.procedures.registry import has_pages, masks, panel
from linli.procedures.rows import names_of_compounds, names_of_grids

MOST_LOOKS = 20
# Until a matter is handed out, it may turn out to be one that somebody else reported.
BEFORE = ("accept", "assign")
# how often a matter may be handed on before the level above decides (matter.yaml)
MOST_TRANSFERS = 2

masks(lambda text: mask(text).text)
has_pages("matter", desk="matters:register", resident="matters:report", case="matters:status")


@panel("matter")
def matter_panel(case: Case, request: HttpRequest) -> dict[str, Any]:
    """Return the template and context of a matter's facts (a fixed number of statements)."""
    by, at = request.actor, request.now  # type: ignore[attr-defined]
    matter = _matter(case=case.pk)[0]
    matter.case = case
    rule = catalogue.rule_of(case.data)
    reveal = can_reveal(by, matter) if matter.contact_id else None
    links = _links(case=case.pk)
    placed = matter.lon is not None and matter.lat is not None
    return {
        "template": "matters/panel.html",
        "matter": matter,
        "map": minimap.draw([(matter.lon, matter.lat, "", mark_of(case, at))]) if placed else None,  # type: ignore[list-item]
        "channel": Channel(matter.channel).label,
        "rule": rule,
        "catalogue": catalogue.of(case.data).number,
        "reveal": reveal,
        "looks": _looks(matter) if reveal else [],
        "transfers": (int(case.uses.get("handle.transfer", 0)), MOST_TRANSFERS),
        "alike": _alike(matter, by=by, at=at) if case.state == State.OPEN and case.step in BEFORE else [],
        "links": [_link(link, case) for link in links],
        "put_back": _put_back(by, case, links),
        "place": _place_names(case),
        "public_state": PublicState(matter.public_state).label,
        "may_check": not case.restricted and bool(can_check(by, matter)),
    }


_matter = Prepared(lambda case: Matter.objects.filter(pk=case).select_related("contact"))
_links = Prepared(
    lambda case: (
        MatterLink.objects.filter(Q(source_id=case) | Q(target_id=case), undone_at=None)
        .order_by("pk")
        .values(
            "kind", "source_id", *(f"{end}__case__{name}" for end in ("source", "target") for name in ("code", "title"))
        )
    )
)


def _place_names(case: Case) -> list[str]:
    """Compound, grid and community, as far as known."""
    known = {one.id: one.name for one in communities()}
    grid = names_of_grids().get(case.grid_id or 0)
    found = [
        names_of_compounds().get(case.compound_id or 0),
        grid[0] if grid else "",
        known.get(case.division_id) or case.division.name,
    ]
    return [name for name in found if name]


def _looks(matter: Matter) -> list[ContactAccess]:
    """Who looked at the reporter's contact, newest first: the reporter sees the same list."""
    return _looked(contact=matter.contact_id)


_looked = Prepared(lambda contact: ContactAccess.objects.filter(contact_id=contact).order_by("-at", "-id")[:MOST_LOOKS])


def _alike(matter: Matter, *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Open matters nearby that may be the same, among those that this person may see."""
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
        for one in similar(matter.text, place, at=at, by=by)
        if one.matter.pk != matter.pk
    ]


@offers("matter", "into")
def merge_choices(case: Case, by: Actor, at: datetime) -> list[tuple[str, str]]:
    """Return the matters into which this one may go, as choices: the code, and what it is about."""
    matter = _matter(case=case.pk)[0]
    matter.case = case
    return [
        (one["case"].code, f"{one['case'].code}　{one['case'].title}（{one['far']}）")
        for one in _alike(matter, by=by, at=at)
    ]


def _link(link: dict[str, Any], case: Case) -> dict[str, Any]:
    outward = link["source_id"] == case.pk
    other = "target" if outward else "source"
    return {
        "merge": link["kind"] == LinkKind.MERGE,
        "outward": outward,
        "case": {name: link[f"{other}__case__{name}"] for name in ("code", "title")},
    }


def _put_back(by: Actor, case: Case, links: list[dict[str, Any]]) -> Decision | None:
    """Whether a part may be put back, and if not why not; None for a matter that is no part, and for those who are not asked."""
    part = any(link["kind"] == LinkKind.SPLIT and link["source_id"] == case.pk for link in links)
    return can_put_back(by, case, origin_of(case.pk)) if part and by.has_role(*PUTS_BACK) else None


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
