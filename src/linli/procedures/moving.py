"""The place of a case, put right by a handler of the area that knows where things are."""

from linli.places.queries import Place
from linli.procedures import flow
from linli.procedures.enums import RecordKind
from linli.procedures.work import Work


def put(work: Work, place: Place) -> None:
    """Put a case at another place: whoever its step names there holds it from now on, and the history says from where to where.

    Its clocks run on. Who held it until now may go on reading it.
    """
    case = work.case
    was = _where(work)
    case.division_id, case.division_code = place.division_id, place.division_code
    case.grid_id, case.compound_id = place.grid_id, place.compound_id
    flow.hold_anew(work)
    work.record(RecordKind.EFFECT, action="moved", data={"from": was, "to": _where(work)})


def _where(work: Work) -> dict[str, str | int | None]:
    case = work.case
    return {"division": case.division_code, "grid": case.grid_id, "unit": case.holder_unit_id}
