"""Which workers go with which grids of a plan: only moves that are worth making. Plain values in and out.

A place in a grid is worth the more the more work there is, and the less the more colleagues are there already (1, 1/3, 1/5 … of the
grid's work beside the mean, which shares people out as seats are shared out by Sainte-Laguë); to it is added the share of the grid's
households that the worker serves today. Going to another grid costs SWITCHING. The sum is made as large as possible (assignment
problem), so that nobody is moved for less than a move costs.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

SWITCHING = 0.3


class Worker(NamedTuple):
    """Somebody with a post in a grid of today."""

    post_id: int
    name: str
    role: str
    grid: str


class Proposal(NamedTuple):
    """Where a worker would go: ``stays`` is how much of the new grid's households they serve already."""

    worker: Worker
    to: str
    moves: bool
    stays: float


def propose(
    workers: Sequence[Worker],
    load: Mapping[str, float],
    known: Mapping[tuple[str, str], float],
    switching: float = SWITCHING,
) -> list[Proposal]:
    """Return a place for each worker, role by role.

    ``load``: work by grid of the plan; ``known``: (grid of today, grid of the plan) to the share of the latter's households.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # where it is needed: pages do without

    found: list[Proposal] = []
    grids = sorted(load)
    if not grids:
        return found
    mean = sum(load.values()) / len(grids) or 1.0
    for role in sorted({one.role for one in workers}):
        mine = sorted((one for one in workers if one.role == role), key=lambda one: one.post_id)
        places = [(key, turn) for key in grids for turn in range(len(mine))]
        worth = np.array(
            [
                [
                    load[key] / mean / (2 * turn + 1)
                    + known.get((one.grid, key), 0.0)
                    - (0.0 if one.grid == key else switching)
                    for key, turn in places
                ]
                for one in mine
            ]
        )
        rows, columns = linear_sum_assignment(-worth)
        for row, place in zip(rows.tolist(), columns.tolist(), strict=True):
            key, one = places[place][0], mine[row]
            found.append(Proposal(one, key, key != one.grid, known.get((one.grid, key), 0.0)))
    return found
