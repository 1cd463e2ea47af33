"""A plan from the question to grids that changed: drawn by the job, changed by hand, submitted, published by a second person, in force on its day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely

from linli.places.actions import turn_grids
from linli.places.locating import area_m2, shape_from_geojson
from linli.places.models import Building, Grid, GridVersion
from linli.planning import actions, jobs
from linli.planning.enums import Run, Step
from linli.planning.tests.drawn import lattice
from linli.testing import EAST, NOW, SQUARE

pytestmark = pytest.mark.django_db
WHOLE = shapely.union_all([shape_from_geojson(SQUARE), shape_from_geojson(EAST)])
DAY = date(2026, 12, 1)
SETTINGS: dict[str, Any] = {
    "target": 60,
    "tolerance": 0.05,
    "seconds": 20,
    "seed": 1,
    "keep": False,
    "weights": {"households": 1, "matters": 0, "visits": 0, "care": 0},
}


def test_a_plan_is_drawn_compared_published_and_in_force_on_its_day(town):
    houses = lattice(town)
    east, head, chief = town.divisions["east"], town.actor("head"), town.actor("street_head")
    plan = actions.begin(division=east, name="", settings=SETTINGS, by=head, at=NOW)
    assert (plan.name, plan.run) == ("方案甲", Run.QUEUED)
    assert jobs.draw(plan.pk)
    plan.refresh_from_db()
    assert (plan.run, plan.problem) == (Run.READY, "")
    found = plan.figures
    assert (found["count"], found["households"], found["broken"], found["hard"]) == (4, 240, [], False)
    assert sorted(one["households"] for one in found["grids"].values()) == [60] * 4
    assert plan.proof[0]["status"] == "optimal" and plan.proof[0]["zh"]
    actions.submit(plan=plan, since=DAY, by=head, at=NOW)
    actions.publish(plan=plan, by=chief, at=NOW)
    plan.refresh_from_db()
    assert plan.step == Step.PUBLISHED
    assert set(Building.objects.values_list("grid_id", flat=True)) == {town.grids["east1"].pk, town.grids["east2"].pk}
    turn_grids(at=datetime(2026, 12, 3, 4, tzinfo=UTC))
    grids = Grid.objects.filter(community=east, active=True)
    assert grids.count() == 4
    assert GridVersion.objects.filter(grid__in=grids, since=DAY, until=None).count() == 4
    held = {pk: row.grid_id for row in GridVersion.objects.filter(since=DAY) for pk in row.building_ids}
    assert held == dict(Building.objects.values_list("id", "grid_id")) and len(held) == len(houses)
    assert sum(area_m2(shape_from_geojson(one.boundary)) for one in grids) == pytest.approx(area_m2(WHOLE), rel=1e-4)
