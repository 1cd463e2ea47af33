"""Writes plans as `linli grid plan` does, and reads earlier plans back."""

from collections.abc import Mapping
from typing import Any

from linli.gridding.model import BadInstance, Plan


def plan_object(plan: Plan, language: str = "en") -> dict[str, Any]:
    """The plan as an object for JSON: see docs/gridding.md."""
    q = plan.quality
    return {
        "assignment": plan.assignment,
        "grids": [
            {
                "id": g.id,
                "community": g.community,
                "units": g.units,
                "households": g.households,
                "workload": _short(g.workload),
                "deviation": round(g.deviation, 6),
            }
            for g in plan.grids
        ],
        "quality": {
            "grids": q.grids,
            "broken": q.broken,
            "crossing": q.crossing,
            "max_deviation": round(q.worst_deviation, 6),
            "over_tolerance": q.over_tolerance,
            "cut": q.cut,
            "cut_weight": _short(q.cut_weight),
            "compound_pieces": q.compound_pieces,
            "compactness": round(q.compactness, 4),
            "moved_households": None if q.moved_households is None else round(q.moved_households, 6),
            "finished": plan.finished,
        },
        "communities": [
            {
                "community": r.community,
                "grids": r.grids,
                "status": r.status,
                "gap": None if r.gap is None else round(r.gap, 6),
                "lower_bound_deviation": round(r.lower_bound_deviation, 6),
                "worst_deviation": round(r.worst_deviation, 6),
                "rounding": round(r.rounding, 6),
                "note": (" " if language == "en" else "").join(n.in_language(language) for n in r.notes),
            }
            for r in plan.communities
        ],
        "notes": [note.in_language(language) for note in plan.instance.notes],
        "seconds": round(plan.seconds, 3),
    }


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 6)


def previous_of(data: Any) -> dict[str, str]:
    """The assignment of an earlier plan: of the object that `plan_object` made."""
    given = data.get("assignment") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping) or any(not isinstance(g, str | int) for g in given.values()):
        raise BadInstance(
            "原方案没有 assignment（单元：网格）", "the previous plan has no assignment of units to grids"
        )
    return {str(unit): str(grid) for unit, grid in given.items()}
