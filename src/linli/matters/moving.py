"""A matter that was reported to the wrong place goes to the right one: community, grid and position, its clocks running on."""

from typing import Any

from django.utils.translation import gettext as _

from linli.matters import placing
from linli.matters.models import Matter
from linli.orgs.units import Unit, units
from linli.places import queries as places
from linli.places.queries import Place
from linli.procedures.errors import BadAnswers
from linli.procedures.moving import put
from linli.procedures.registry import handler
from linli.procedures.work import Work


@handler("matters.move")
def move(work: Work, answers: dict[str, Any]) -> None:
    """Put a matter where it belongs: ``right_unit`` is the community's committee, ``right_place`` what is known of the place there.

    Whoever the step names at the new place holds it from now on. The history says from where to where.
    """
    case = work.case
    unit, matter = units().by_id[answers["right_unit"]], Matter.objects.get(pk=case.pk)
    text = _text(answers.get("right_place"))
    place = _place(unit, matter, text)
    if (place.division_id, place.grid_id) == (case.division_id, case.grid_id):
        raise BadAnswers({"right_unit": _("它已经在这里了。")})
    case.data = {**case.data, "division": place.division_code}
    put(work, place)
    kept = {"building_id": place.building_id, "lon": place.lon, "lat": place.lat}
    work.then(lambda: Matter.objects.filter(pk=case.pk).update(**kept, address=text or matter.address))


def _text(value: Any) -> str:
    return str(value.get("text", "") if isinstance(value, dict) else value or "")[:200]


def _place(unit: Unit, matter: Matter, text: str) -> Place:
    """What is known of the place in the right community: by what was written, else by the position sent, else the community alone."""
    for said in filter(None, (text, matter.address)):
        found = next((one for one in places.locate_text(said, unit.division_id) if one.exact), None)
        if found is not None:
            # a building has a position, an address line has none
            return placing.resolve(placing.value_of(found.place), text=said) or found.place
    if matter.lon is not None and matter.lat is not None:
        here = next(iter(places.locate_point(matter.lon, matter.lat)), None)
        if here is not None and here.place.division_id == unit.division_id:
            return here.place
    return Place(unit.division_id, unit.division_code)
