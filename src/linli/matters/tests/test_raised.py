"""A matter that another procedure raises: its words name nobody in public, it counts, and everything of a matter can be done with it."""

from pathlib import Path

import pytest

from linli.kernel import outbox
from linli.matters.models import Matter, UnitFigure
from linli.procedures.definitions import of_case
from linli.procedures.models import Case
from linli.procedures.options import options
from linli.procedures.tests.engine import begun, in_force, later, turn
from linli.testing import Town

pytestmark = pytest.mark.django_db
CARE = Path(__file__).parents[2] / "procedures/tests/definitions/care_order.yaml"


@pytest.fixture
def raised(town: Town) -> Case:
    in_force(CARE.read_text())
    form = {"elder": "王建国", "provider": town.units["property"].pk, "service": "meal", "until": "2026-11-25"}
    begun(town, "care_order", by=town.actor("clerk"), title="助餐：王建国", form=form)
    turn(later(days=2))
    turn(later(days=2, minutes=1))
    return Case.objects.select_related("parent", "matter").get(procedure="matter")


def test_its_public_words_name_nobody_and_the_office_reads_whom_it_is_about(raised: Case) -> None:
    matter = raised.matter
    assert raised.title == matter.public_text == "助老单：未服务，已转诉求"
    assert matter.text == "助老单：未服务，已转诉求（助餐：王建国）"
    assert (raised.urgency, raised.step, matter.public_state) == (2, "accept", "waiting")


def test_it_is_counted_as_received(town: Town, raised: Case) -> None:
    outbox.drain(at=later(days=3))
    assert UnitFigure.objects.get(unit=town.units["east"]).received == 1


def test_all_that_runs_beside_a_matter_can_run_beside_it(town: Town, raised: Case) -> None:
    assert raised.beside
    found = {one.key for one in options(town.actor("clerk"), raised, of_case(raised), at=later(days=2))}
    assert found >= {"accept", "side:suspend", "side:extend"}
    assert Matter.objects.count() == 1
