"""Plans keep the hard rules, are as fair as was asked for, and come out the same every time."""

from linli.gridding import Options, draw, instance_of
from linli.gridding.tests.helpers import in_one_piece, lattice, members_of


def test_a_city_of_fine_units_is_divided_within_the_tolerance() -> None:
    data = lattice(20, 20, seed=3, target=100)
    plan = draw(instance_of(data), Options(tolerance=0.05))
    grids = members_of(plan.assignment)
    assert set(plan.assignment) == {unit["id"] for unit in data["units"]}
    assert len(grids) == plan.quality.grids == round(sum(u["households"] for u in data["units"]) / 100)
    assert all(in_one_piece(data, members) for members in grids.values())
    assert plan.quality.broken == 0
    assert plan.quality.worst_deviation <= 0.05


def test_the_same_seed_gives_the_same_plan_however_many_threads_work() -> None:
    instance = instance_of(lattice(24, 24, seed=4, target=40))
    plans = [draw(instance, Options(seed=5, effort=0.2, threads=threads)).assignment for threads in (1, 2, 2)]
    assert plans[0] == plans[1] == plans[2]
    assert draw(instance, Options(seed=6, effort=0.2)).assignment != plans[0]
