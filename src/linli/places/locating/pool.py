"""Candidates collected for one text, and which of them, if any, may be called exact."""

from dataclasses import dataclass, replace

from linli.places.locating import reasons
from linli.places.locating.entries import Candidate


@dataclass(frozen=True, slots=True)
class _Found:
    candidate: Candidate
    full: bool


class Pool:
    """Candidates so far, the best one per building and per grid of a compound."""

    def __init__(self) -> None:
        self._found: dict[tuple[int | None, ...], _Found] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, candidate: Candidate, *, full: bool = False) -> None:
        """`full`: it explains everything that was said, and nothing speaks against it."""
        if candidate.building_id is not None:
            place: tuple[int | None, ...] = (candidate.building_id,)
        else:
            place = (candidate.grid_id, candidate.compound_id)
        before = self._found.get(place)
        if before is None or (candidate.score, full) > (before.candidate.score, before.full):
            self._found[place] = _Found(candidate, full)

    def ranked(self, limit: int) -> list[Candidate]:
        """The best `limit`, best first. A full candidate ahead of all others is exact; equals are said to be so."""
        found = sorted(self._found.values(), key=_rank)
        answers = [one.candidate for one in found[:limit]]
        if not found or not found[0].full:
            return answers
        top = answers[0].score
        equals = sum(one.full and one.candidate.score == top for one in found)
        if equals == 1:
            answers[0] = replace(answers[0], exact=True)
        else:
            answers[:equals] = [replace(answer, why=reasons.SEVERAL) for answer in answers[:equals]]
        return answers


def _rank(found: _Found) -> tuple[float, bool, bool, int, int, int]:
    c = found.candidate
    return (-c.score, not found.full, c.building_id is None, c.compound_id or 0, c.building_id or 0, c.grid_id or 0)
