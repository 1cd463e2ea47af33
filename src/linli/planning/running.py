"""One run of the library for a plan: the instance in, the assignment, its proof and the names of grids out. Loads the compiled kernels, so
only the worker imports this."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from linli.gridding import Options, draw, instance_of
from linli.gridding.model import Progress
from linli.planning.figures import continued
from linli.planning.naming import Named, named


class Outcome(NamedTuple):
    """What came out."""

    assignment: dict[str, str]
    grids: dict[str, Named]
    proof: list[dict[str, Any]]
    seconds: float
    finished: bool


def carry_out(data: Mapping[str, Any], settings: Mapping[str, Any], progress: Progress, stop: Any) -> Outcome:
    """Draw. Raises linli.gridding.BadInstance for what cannot be divided."""
    keep = settings.get("keep") and len(data["today"]) > 0
    options = Options(
        tolerance=settings.get("tolerance", 0.05),
        seconds=settings.get("seconds", 60),
        seed=settings.get("seed", 0),
        previous=data["today"] if keep else None,
        prove=True,
        compounds=bool(settings.get("compounds")),
        band=tuple(settings["band"]) if settings.get("band") else None,
        progress=progress,
        stop=stop,
    )
    plan = draw(instance_of(data), options)
    raw = plan.assignment
    grids, keys = named(data, raw, continued(data, raw))
    proof = [
        {
            "community": one.community,
            "grids": one.grids,
            "status": one.status,
            "gap": one.gap,
            "bound": one.lower_bound_deviation,
            "worst": one.worst_deviation,
            "rounding": one.rounding,
            "zh": "".join(note.zh for note in one.notes),
            "en": " ".join(note.en for note in one.notes),
        }
        for one in plan.communities
    ]
    return Outcome({unit: keys[label] for unit, label in raw.items()}, grids, proof, plan.seconds, plan.finished)
