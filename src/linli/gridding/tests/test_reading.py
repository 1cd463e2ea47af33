"""What cannot be meant is refused in one line that names it; what can be handled is handled and said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linli.gridding import BadInstance, Options, draw, instance_of, plan_object, read
from linli.gridding.tests.helpers import in_one_piece, lattice, members_of

Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(units=[]), "there are no units"),
        (lambda d: d["units"][3].update(workload=float("nan")), "workload is not a number: u0-3"),
        (lambda d: d["units"][3].update(workload=-1), "workload is negative or too large: u0-3"),
        (lambda d: d["units"][3].update(households=1.5), "households is not a whole number: u0-3"),
        (lambda d: d["units"][3].update(households=True), "households is not a number: u0-3"),
        (lambda d: d["units"][3].update(x=float("inf")), "x is not a number: u0-3"),
        (lambda d: d["units"][3].update(id="u0-0"), "unit ids that occur twice: u0-0"),
        (lambda d: d["units"][3].pop("id"), "units without an id, at position: 3"),
        (lambda d: d["borders"][0].update(b="nowhere"), "borders name units that do not exist: nowhere"),
        (lambda d: d["borders"][0].update(b="u0-0", a="u0-0"), "borders of a unit with itself: u0-0"),
        (lambda d: d["borders"][0].update(weight=float("nan")), "weight is not a number: u0-0-u0-1"),
        (
            lambda d: d["borders"].append(d["borders"][0] | {"weight": 9}),
            "borders given twice with different figures: u0-0-u0-1",
        ),
        (lambda d: d.update(target_households=0), "target_households must be a positive number"),
        (lambda d: d.update(hard_borders="yes"), "hard_borders must be true or false"),
        (lambda d: (d.update(hard_borders=True), d["units"][0].pop("community")), "no community is given: u0-0"),
        (lambda d: d.update(grids={"nowhere": 2}), "grids names unknown communities: nowhere"),
        (lambda d: d.update(grids={"m0": 17}), "the number of grids must be between 1 and the number of units: m0"),
        (lambda d: d["units"].append(5), "units and borders must be lists of objects"),
    ],
)
def test_refusals_name_what_is_wrong(change: Change, said: str) -> None:
    data = lattice(4, 4)
    change(data)
    with pytest.raises(BadInstance) as refused:
        instance_of(data)
    assert str(refused.value) == said
    assert "\n" not in refused.value.said.zh


def test_many_wrong_units_are_summed_up() -> None:
    data = lattice(4, 4)
    for unit in data["units"]:
        unit["workload"] = None
    with pytest.raises(BadInstance, match=r"^workload is not a number: u0-0, u0-1, u0-2, u0-3, u1-0 and 11 more$"):
        instance_of(data)


def test_files_that_are_no_json_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "area.json"
    file.write_text('{"units": [')
    with pytest.raises(BadInstance, match=r"^area\.json is not JSON"):
        read(file)
    with pytest.raises(BadInstance, match="cannot read"):
        read(tmp_path / "nothing.json")


def test_borders_given_twice_count_once() -> None:
    data = lattice(4, 4)
    first = data["borders"][0]
    data["borders"].append(first | {"a": first["b"], "b": first["a"]})
    instance = instance_of(data)
    assert len(instance.ends) == len(lattice(4, 4)["borders"])
    assert str(instance.notes[0]) == "borders given twice are counted once: u0-1-u0-0 (1 in all)"


def test_islands_get_grids_of_their_own_and_are_named() -> None:
    data = lattice(4, 4)
    island = {"id": "island", "x": 9.0, "y": 9.0, "households": 0, "workload": 0, "community": "m0"}
    data["units"].append(island)
    plan = draw(instance_of(data))
    grids = members_of(plan.assignment)
    assert {"island"} in grids.values()
    assert all(in_one_piece(data, members) for members in grids.values())
    assert plan.communities[0].status == "feasible"
    assert "In 2 pieces that do not touch (island ...)" in str(plan.communities[0].notes[0])


def test_units_heavier_than_a_grid_are_named_and_stand_alone() -> None:
    data = lattice(6, 6, target=40)
    data["units"][14]["workload"] = 2000
    plan = draw(instance_of(data))
    assert members_of(plan.assignment)[plan.assignment["u2-2"]] == {"u2-2"}
    assert any("u2-2" in str(note) for note in plan.communities[0].notes)


def test_the_written_plan_is_json_without_surprises() -> None:
    written = json.loads(json.dumps(plan_object(draw(instance_of(lattice(4, 4)), Options())), allow_nan=False))
    assert set(written) == {"assignment", "grids", "quality", "communities", "notes", "seconds"}
    assert set(written["grids"][0]) == {"id", "community", "units", "households", "workload", "deviation"}
