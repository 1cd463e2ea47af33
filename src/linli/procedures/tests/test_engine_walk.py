"""Every definition there is, walked through at random by people of every role: nothing may break, whatever they do."""

import os
import random
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from linli.matters.actions import report
from linli.orgs.actors import SYSTEM, Actor
from linli.procedures import registry
from linli.procedures.definitions import in_force
from linli.procedures.errors import BadAnswers
from linli.procedures.models import Case
from linli.procedures.starting import begin, in_window, may_start, start_child
from linli.procedures.tests import engine
from linli.procedures.tests.definition_files import FILES, text_of
from linli.procedures.tests.walking import Walk, crowd_of
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
WALKS = int(os.environ.get("LINLI_WALKS") or 2)
ACTS = 40
CALLER = (
    "wait: {kind: call, procedure: KEY, otherwise: over, actions: {stop: {to: over}}}\nover: {kind: end, outcome: over}"
)
# what a case runs beside; an appeal that is right sends it back to being graded, a call-back to being assigned
HOST = """
work: {holder: clerk of community, clock: 30 days, actions: {note: {form: [n]}, regrade: {to: grade}, done: {to: over}}}
grade: {holder: clerk of community, clock: 30 days, actions: {done: {to: over}}}
assign: {holder: clerk of community, clock: 30 days, actions: {done: {to: over}}}
over: {kind: end, outcome: over}
"""


@pytest.fixture
def actors(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[Actor]:
    """Every definition in force, every handler there, somebody in every role of every unit."""
    handlers = dict(registry._handlers)
    for key in FILES:
        engine.in_force(text_of(key))
    engine.in_force(
        engine.steps(HOST, key="host", head="start: [public]\nfields: {n: {name: n}, company: {name: c, type: unit}}")
    )
    for found in in_force().values():
        for name in found.definition.handlers():
            handlers.setdefault(name, lambda work, answers: None)
    monkeypatch.setattr(registry, "_handlers", handlers)
    return crowd_of(town, NOW)


@pytest.mark.parametrize("key", sorted(FILES))
def test_nothing_breaks_whatever_people_do(town: Town, actors: list[Actor], key: str) -> None:
    @settings(
        max_examples=WALKS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(20261124)
    @given(number=st.integers(0, 2**32))
    def walk(number: int) -> None:
        rng = random.Random(f"{key} {number}")
        with transaction.atomic():
            case, at = begun(town, actors, key, rng)
            made = Walk(case, actors, rng, at)
            try:
                made.go(ACTS)
            except BaseException:
                note("\n".join(made.said[-12:]))
                raise
            finally:
                transaction.set_rollback(True)

    walk()


def begun(town: Town, actors: list[Actor], key: str, rng: random.Random) -> tuple[Case, datetime]:
    """Start a case of a procedure as its definition lets it be started: by somebody, or beside or for another case."""
    definition, at = in_force()[key].definition, NOW
    while not in_window(definition, at):
        at += timedelta(days=7)
    place = town.place()
    where = {"division_id": place.division_id, "division_code": place.division_code, "grid_id": place.grid_id}
    if key == "matter":
        matter = report(text="楼下路灯不亮，请来修。", place=place, by=actors[-2], at=at, starter_key=actors[-2].key)
        return matter.case, at
    for_another = definition.beside is not None or any(who.place == "parent" for who in definition.start.by)
    starter = SYSTEM
    if not for_another:
        sample = Case(division_code=place.division_code, grid_id=place.grid_id, holder_unit_id=town.units["east"].pk)
        starter = rng.choice([one for one in actors if may_start(definition, one, sample)])
    probe = Walk(Case(), actors, rng, at)
    asked = definition.start.asked()
    resident = actors[-2]
    refused = BadAnswers({})
    for _try in range(50):
        form = probe.answers(definition, asked, Case(data={}))
        try:
            if definition.beside is not None:
                host = begin(procedure="host", by=resident, at=at, title="原件", starter_key=resident.key, **where)
                host.case.data["company"] = town.units["property"].pk
                start_child(host, key, form=form, beside=True, unit_id=town.units["housing"].pk)
            elif for_another:
                engine.in_force(engine.steps(CALLER.replace("KEY", key), key="host"))
                host = begin(
                    procedure="host", by=resident, at=at, title="原件", data=form, starter_key=resident.key, **where
                )
            else:
                host = begin(
                    procedure=key, by=starter, at=at, title="办件", form=form, starter_key=starter.key, **where
                )
        except BadAnswers as error:
            refused = error
            continue
        host.flush()
        return host.case, at
    raise AssertionError(f"no answers that {key} takes: {refused.errors}")
