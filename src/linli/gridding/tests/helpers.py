"""Small areas for the tests."""

from typing import Any

import numpy as np


def lattice(
    rows: int, columns: int, seed: int = 0, *, target: int = 30, low: int = 2, high: int = 12
) -> dict[str, Any]:
    """A lattice of units with random households; compounds of two by two."""
    rng = np.random.default_rng(seed)
    units, borders = [], []
    for r in range(rows):
        for c in range(columns):
            households = int(rng.integers(low, high + 1))
            units.append(
                {
                    "id": f"u{r}-{c}",
                    "x": float(c),
                    "y": float(r),
                    "households": households,
                    "workload": 10 * households,
                    "compound": f"c{r // 2}-{c // 2}",
                    "community": "m0",
                }
            )
            for dr, dc in ((0, 1), (1, 0)):
                if r + dr < rows and c + dc < columns:
                    same = (r // 2, c // 2) == ((r + dr) // 2, (c + dc) // 2)
                    borders.append(
                        {
                            "a": f"u{r}-{c}",
                            "b": f"u{r + dr}-{c + dc}",
                            "length": 1.0,
                            "weight": 4 if same else 2,
                        }
                    )
    return {"units": units, "borders": borders, "target_households": target, "hard_borders": False}


def in_one_piece(data: dict[str, Any], members: set[str]) -> bool:
    """Whether units hang together, by walking over the borders of the file: knows nothing of the library."""
    near: dict[str, set[str]] = {unit: set() for unit in members}
    for border in data["borders"]:
        if border["a"] in members and border["b"] in members:
            near[border["a"]].add(border["b"])
            near[border["b"]].add(border["a"])
    reached, waiting = set(), [next(iter(members))]
    while waiting:
        unit = waiting.pop()
        if unit not in reached:
            reached.add(unit)
            waiting.extend(near[unit])
    return reached == members


def members_of(assignment: dict[str, str]) -> dict[str, set[str]]:
    grids: dict[str, set[str]] = {}
    for unit, grid in assignment.items():
        grids.setdefault(grid, set()).add(unit)
    return grids
