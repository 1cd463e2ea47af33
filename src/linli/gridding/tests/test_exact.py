"""The exact solver against trying everything on small graphs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.gridding import Options, draw, instance_of
from linli.gridding.graphs import graph_of
from linli.gridding.small import all_candidates, bits_of, small_of
from linli.gridding.tests import brute
from linli.gridding.tests.helpers import in_one_piece, lattice


@st.composite
def areas(draw_from: st.DrawFn) -> tuple[dict[str, Any], int]:
    """Connected areas of up to nine units with random borders and workloads, and a number of grids."""
    n = draw_from(st.integers(2, 9))
    units = [
        {"id": f"u{i}", "x": float(i), "y": 0.0, "households": 1, "workload": draw_from(st.integers(0, 9))}
        for i in range(n)
    ]
    pairs = {(draw_from(st.integers(0, i - 1)), i) for i in range(1, n)}
    extra = draw_from(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=8))
    pairs |= {(min(a, b), max(a, b)) for a, b in extra if a != b}
    borders = [
        {"a": f"u{a}", "b": f"u{b}", "weight": draw_from(st.sampled_from([1, 2, 4])), "length": 1.0}
        for a, b in sorted(pairs)
    ]
    count = draw_from(st.integers(1, n))
    for unit in units:
        unit["community"] = "m"
    return {"units": units, "borders": borders, "hard_borders": True, "grids": {"m": count}}, count


@settings(max_examples=60, deadline=None)
@given(areas())
def test_worst_deviation_and_cut_weight_are_the_least_of_all_plans(area: tuple[dict[str, Any], int]) -> None:
    data, count = area
    plan = draw(instance_of(data))
    if sum(unit["workload"] for unit in data["units"]) == 0:
        assert plan.quality.broken == 0
        return
    deviation, cut = brute.best(data, count)
    assert plan.quality.grids == count
    assert plan.quality.worst_deviation == pytest.approx(deviation)
    assert plan.quality.cut_weight == pytest.approx(cut)
    (report,) = plan.communities
    assert report.status == "optimal"
    assert report.lower_bound_deviation == pytest.approx(deviation)


def test_candidates_are_all_connected_sets_in_the_window_whose_rest_can_be_divided() -> None:
    data = lattice(3, 4, seed=1)
    instance = instance_of(data)
    total = int(instance.work.sum())
    small = small_of(graph_of(instance), np.arange(12), instance.work, instance.households, 3, total, 3)
    allowed = int(0.3 * total)
    found = all_candidates(small, allowed)
    ids = np.array(instance.ids)[small.units]
    sets = {frozenset(ids[np.flatnonzero(row[:12])]) for row in bits_of(found.sets)}
    work = {unit["id"]: unit["workload"] for unit in data["units"]}
    wanted = set()
    for mask in range(1, 1 << 12):
        members = {str(ids[i]) for i in range(12) if mask >> i & 1}
        if abs(3 * sum(work[u] for u in members) - total) <= allowed and in_one_piece(data, members):
            wanted.add(frozenset(members))
    assert sets <= wanted
    # What is left out is in no plan of this window.
    in_plans = {
        frozenset(group)
        for groups in brute.plans(data, 3)
        if all(abs(3 * sum(work[u] for u in group) - total) <= allowed for group in groups.values())
        for group in groups.values()
    }
    assert in_plans <= sets


def test_a_community_of_fifty_buildings_is_proven() -> None:
    data = lattice(7, 7, seed=2, target=40)
    data["hard_borders"] = True
    (report,) = draw(instance_of(data), Options(seed=3)).communities
    assert report.status == "optimal"
    assert report.worst_deviation == pytest.approx(report.lower_bound_deviation)
    assert str(report.notes[-1]).startswith("Under ")
