"""The figures of a way to divide an area, and which rules it breaks: counted from who is in which grid. Plain dicts in and out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linli.planning.enums import Barrier

Assignment = Mapping[str, str]
_EMPTY = {
    "units": 0,
    "households": 0,
    "workload": 0.0,
    "deviation": 0.0,
    "pieces": 1,
    "across_water": False,
    "matters": 0.0,
}
NOWHERE = ""
"""The key of buildings without a grid."""


def figures(instance: Mapping[str, Any], assignment: Assignment, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of all grids and of the whole.

    Deviation is that of workload from the mean of the own community; ``broken`` are grids in more than one piece, ``hard`` whether a rule
    is broken that no published plan may break.
    """
    grids = _grids(instance["units"], assignment)
    _deviations(grids)
    pieces, cut = _borders(instance, assignment)
    for key, n in pieces.items():
        grids[key]["pieces"] = n
    for key in cut.pop("across"):
        grids[key]["across_water"] = True
    nowhere = grids.pop(NOWHERE, None)
    moved = _moved(instance, assignment)
    households = sum(one["households"] for one in grids.values())
    worst = max((abs(one["deviation"]) for one in grids.values()), default=0.0)
    found = {
        "grids": grids,
        "count": len(grids),
        "worst": worst,
        "most": _end(grids, max),
        "least": _end(grids, min),
        "mean_households": round(households / len(grids), 1) if grids else 0,
        "households": households,
        "moved": moved,
        "moved_share": round(moved / households, 4) if households else 0.0,
        **cut,
        "across_water": sum(1 for one in grids.values() if one["across_water"]),
        "compound_pieces": _pieces(instance["units"], assignment),
        "broken": sorted(key for key, one in grids.items() if one["pieces"] > 1),
        "unassigned": nowhere["units"] if nowhere else 0,
        "outside": _outside(grids, settings),
        "over": sorted(
            key for key, one in grids.items() if abs(one["deviation"]) > settings.get("tolerance", 0.05) + 1e-9
        ),
    }
    found["hard"] = bool(found["broken"] or found["unassigned"] or found["crossing"])
    return found


def _grids(units: Sequence[Mapping[str, Any]], assignment: Assignment) -> dict[str, dict[str, Any]]:
    grids: dict[str, dict[str, Any]] = {}
    for unit in units:
        key = assignment.get(unit["id"], NOWHERE)
        one = grids.setdefault(key, {"community": unit["community"], **_EMPTY})
        one["units"] += 1
        one["households"] += unit["households"]
        one["workload"] += unit["workload"]
        one["matters"] += unit.get("matters", 0.0)
    for one in grids.values():
        one["workload"], one["matters"] = round(one["workload"], 3), round(one["matters"], 1)
    return grids


def _deviations(grids: Mapping[str, dict[str, Any]]) -> None:
    of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, one in grids.items():
        if key != NOWHERE:
            of[one["community"]].append(one)
    for some in of.values():
        mean = sum(one["workload"] for one in some) / len(some)
        for one in some:
            one["deviation"] = round(one["workload"] / mean - 1, 6) if mean else 0.0


def _borders(instance: Mapping[str, Any], assignment: Assignment) -> tuple[dict[str, int], dict[str, Any]]:
    """Pieces of each grid; and of the borders between grids their length and weight, and which grids go across water."""
    units, borders = instance["units"], instance["borders"]
    row = {unit["id"]: number for number, unit in enumerate(units)}
    keys = [assignment.get(unit["id"], NOWHERE) for unit in units]
    ends = [(row[one["a"]], row[one["b"]]) for one in borders]
    inside = [keys[a] == keys[b] for a, b in ends]
    pieces: dict[str, set[int]] = defaultdict(set)
    for key, piece in zip(
        keys, _joined(len(units), [pair for pair, same in zip(ends, inside, strict=True) if same]), strict=True
    ):
        pieces[key].add(piece)
    water = [one["wall"] == Barrier.WATER for one in borders]
    across = {keys[a] for (a, _b), wet, same in zip(ends, water, inside, strict=True) if same and wet}
    homes: dict[str, set[str]] = defaultdict(set)
    for key, unit in zip(keys, units, strict=True):
        homes[key].add(unit["community"])
    cut = [one for one, same in zip(borders, inside, strict=True) if not same]
    return {key: len(some) for key, some in pieces.items()}, {
        "across": across,
        "border_m": round(sum(one["length"] for one in cut)),
        "cut_weight": sum(one["weight"] for one in cut),
        "crossing": sorted(key for key, some in homes.items() if key != NOWHERE and len(some) > 1),
    }


def _joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each of ``count`` things the number of the piece it hangs together with."""
    parent = list(range(count))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]
        return one

    for a, b in pairs:
        parent[root(a)] = root(b)
    return [root(one) for one in range(count)]


def _moved(instance: Mapping[str, Any], assignment: Assignment) -> int:
    today = instance["today"]
    return sum(
        unit["households"]
        for unit in instance["units"]
        if today.get(unit["id"], NOWHERE) not in (NOWHERE, assignment.get(unit["id"]))
    )


def _pieces(units: Iterable[Mapping[str, Any]], assignment: Assignment) -> int:
    """How many compounds too many there would be if each were cut at its grids' borders."""
    parts = {(unit["compound"], assignment.get(unit["id"], NOWHERE)) for unit in units if unit["compound"]}
    return len(parts) - len({compound for compound, _key in parts})


def _end(grids: Mapping[str, Mapping[str, Any]], which: Any) -> dict[str, Any] | None:
    """The grid with the most or least work beside the mean of its community."""
    if not grids:
        return None
    key = which(grids, key=lambda one: (grids[one]["deviation"], one))
    return {"key": key, "households": grids[key]["households"], "deviation": grids[key]["deviation"]}


def _outside(grids: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any]) -> list[str]:
    band = settings.get("band")
    if not band:
        return []
    low, high = band
    return sorted(key for key, one in grids.items() if not low <= one["households"] <= high)


def moved_to(assignment: Assignment, unit: str, key: str) -> dict[str, str]:
    """Return the assignment with one building in another grid."""
    return {**assignment, unit: key}


def continued(instance: Mapping[str, Any], assignment: Assignment) -> dict[str, str]:
    """Return for each grid of a plan the grid of today that it continues: one to one, such that most households keep theirs."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # where it is needed: pages do without

    common: dict[tuple[str, str], float] = defaultdict(float)
    for unit in instance["units"]:
        before = instance["today"].get(unit["id"])
        if before:
            common[assignment[unit["id"]], before] += unit["households"] + 1e-6
    new, old = sorted({a for a, _b in common}), sorted({b for _a, b in common})
    shared = np.zeros((len(new), len(old)))
    for (a, b), n in common.items():
        shared[new.index(a), old.index(b)] = n
    rows, columns = linear_sum_assignment(-shared)
    return {new[r]: old[c] for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if shared[r, c] > 0}
