"""Set partitioning by HiGHS: choose candidates so that each unit is in exactly one, at least cost, with a proven bound."""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from highspy.highs import _Highs  # the public class around it prints a banner to standard output, where results go

from linli.gridding.arrays import Array

# Effort in nodes, not seconds, so that the same input ends the same way.
NODES = 20_000


@dataclass(frozen=True)
class Cover:
    """`chosen` is None where nothing was found; `bound` is what no choice can cost less than; `impossible`: proven that there is none."""

    chosen: Array | None
    cost: float
    bound: float
    impossible: bool


@dataclass(frozen=True)
class Relaxed:
    """Where sets may be taken in part: the cost is a bound, the reduced costs say how much each set would add to it."""

    bound: float
    reduced: Array | None
    impossible: bool


def _model(members: Array, offsets: Array, cost: Array, units: int, count: int, seconds: float, whole: bool) -> Any:
    """Set i holds the units members[offsets[i]:offsets[i + 1]]; each unit is in one set, and there are `count` sets."""
    model = _Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", 1),
        ("mip_max_nodes", NODES),
        ("time_limit", max(seconds, 0.01)),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 1e-5),
    ):
        model.setOptionValue(name, value)
    sets = len(offsets) - 1
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = sets, units + 1
    lp.col_cost_ = np.asarray(cost, np.float64)
    lp.col_lower_, lp.col_upper_ = np.zeros(sets), np.full(sets, np.inf)
    lp.row_lower_ = lp.row_upper_ = np.append(np.ones(units), count)
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * sets
    # Each set is in the rows of its units and in the last row, which counts sets.
    index = np.insert(members, offsets[1:], units)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.diff(offsets) + 1)])
    lp.a_matrix_.index_ = index
    lp.a_matrix_.value_ = np.ones(len(index))
    model.passModel(lp)
    return model


def relax(members: Array, offsets: Array, cost: Array, units: int, count: int, seconds: float) -> Relaxed:
    """Solve the relaxation."""
    model = _model(members, offsets, cost, units, count, seconds, whole=False)
    model.run()
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Relaxed(np.inf, None, True)
    if status != highspy.HighsModelStatus.kOptimal:
        return Relaxed(-np.inf, None, False)
    return Relaxed(model.getInfo().objective_function_value, np.array(model.getSolution().col_dual), False)


def cover(
    members: Array, offsets: Array, cost: Array, units: int, count: int, seconds: float, start: Array | None = None
) -> Cover:
    """Choose `count` of the sets so that each unit is in one; `start`: a choice that is known."""
    model = _model(members, offsets, cost, units, count, seconds, whole=True)
    if start is not None:
        solution = highspy.HighsSolution()
        values = np.zeros(len(offsets) - 1)
        values[start] = 1.0
        solution.col_value = values.tolist()
        model.setSolution(solution)
    model.run()
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Cover(None, np.inf, np.inf, True)
    info = model.getInfo()
    bound = float(info.mip_dual_bound)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Cover(None, np.inf, bound, False)
    chosen = np.flatnonzero(np.array(model.getSolution().col_value) > 0.5)
    return Cover(chosen, float(cost[chosen].sum()), bound, False)
