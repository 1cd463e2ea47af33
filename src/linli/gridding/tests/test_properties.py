"""The hard rules on random areas: in one piece, whole, within borders, nothing empty, nothing left out; also when time is up or people move."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.gridding import Options, draw, instance_of, plan_object
from linli.gridding.tests.helpers import in_one_piece, members_of


@st.composite
def areas(draw_from: st.DrawFn) -> dict[str, Any]:
    """Any graph, in several pieces or not, with some communities, work of nothing and work beyond all measure."""
    n = draw_from(st.integers(1, 40))
    hard = draw_from(st.booleans())
    work = st.one_of(st.just(0), st.integers(1, 60), st.just(100_000))
    units = [
        {
            "id": f"u{i}",
            "x": float(draw_from(st.integers(0, 9))),
            "y": 0.0,
            "households": draw_from(st.integers(0, 60)),
            "workload": draw_from(work),
            "compound": f"c{i // 3}",
            "community": f"m{draw_from(st.integers(0, 2))}",
        }
        for i in range(n)
    ]
    pairs = draw_from(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=90))
    borders = [{"a": f"u{a}", "b": f"u{b}", "weight": 1 + (a + b) % 4, "length": 1.0} for a, b in pairs if a < b]
    target = draw_from(st.sampled_from([20, 90, 300]))
    return {"units": units, "borders": borders, "hard_borders": hard, "target_households": target}


@settings(max_examples=60, deadline=None)
@given(areas(), st.sampled_from([None, 1e-9]), st.booleans())
def test_hard_rules_hold(data: dict[str, Any], seconds: float | None, again: bool) -> None:
    options = Options(seconds=seconds, effort=0.02, seed=7)
    plan = draw(instance_of(data), options)
    if again:
        previous = plan_object(plan)["assignment"]
        data["units"] = [unit | {"workload": unit["workload"] * (1 + i % 2)} for i, unit in enumerate(data["units"])]
        plan = draw(instance_of(data), Options(seconds=seconds, effort=0.02, seed=7, previous=previous))
    inside = data
    if data["hard_borders"]:
        home = {unit["id"]: unit["community"] for unit in data["units"]}
        inside = data | {"borders": [b for b in data["borders"] if home[b["a"]] == home[b["b"]]]}
    grids = members_of(plan.assignment)
    assert set(plan.assignment) == {unit["id"] for unit in data["units"]}
    assert len(grids) == len(plan.grids) == plan.quality.grids
    assert all(in_one_piece(inside, members) for members in grids.values())
    if data["hard_borders"]:
        assert all(len({home[unit] for unit in members}) == 1 for members in grids.values())
    for report in plan.communities:
        assert report.lower_bound_deviation <= report.worst_deviation + 1e-9
