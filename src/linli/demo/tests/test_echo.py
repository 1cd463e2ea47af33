"""A past made of repetitions: as many matters as wanted, each one whole, figures that agree with the rows."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, F, Q, Sum

from linli.demo.loading.city import load_played
from linli.demo.world.generate import generate
from linli.kernel.verifying import checks
from linli.matters.models import Follower, Matter, UnitFigure
from linli.places.enums import Level
from linli.procedures.models import Case, CaseClock, CaseRecord, StepFigure
from linli.procedures.publishing import install_shipped
from linli.testing import NOW

pytestmark = pytest.mark.django_db
GROWN = 400


@pytest.fixture
def village(settings: Any, tmp_path: Path) -> Iterator[datetime]:
    settings.MEDIA_ROOT = tmp_path
    install_shipped(at=NOW)
    world = dataclasses.replace(generate("village", 1, NOW), grown=GROWN)
    load_played(world, lambda what, done, total: None)
    yield world.since


def test_a_village_grown_over_the_years(village: datetime) -> None:
    assert Matter.objects.count() == GROWN
    assert Matter.objects.filter(created_at__lt=village).count() == GROWN - 160
    for name, check in checks().items():
        assert (name, list(check())) == (name, [])
    # moments of a case stay in order, and nothing of the past is left running
    assert not CaseRecord.objects.filter(at__lt=F("case__created_at")).exists()
    past = Case.objects.filter(created_at__lt=village)
    assert not past.exclude(state="ended").exists()
    assert not CaseClock.objects.filter(case__in=past, ended_at=None).exists()
    assert past.filter(ended_at__lt=F("created_at")).count() == 0
    # figures count what there is
    city = UnitFigure.objects.filter(unit__division__level=Level.CITY, unit__governs=True).aggregate(
        received=Sum("received"), rated=Sum("rated")
    )
    rated = CaseRecord.objects.filter(case__procedure="matter", action="rate").count()
    assert city == {"received": GROWN, "rated": rated}
    moved = StepFigure.objects.filter(procedure="matter", step="accept").aggregate(n=Sum("left"), came=Sum("entered"))
    assert (
        moved["n"]
        == CaseRecord.objects.filter(
            Q(kind="action") | Q(kind="enter"), ~Q(step_to=""), case__procedure="matter", step="accept"
        )
        .exclude(step_to="accept")
        .count()
    )
    # who came and did not leave is there
    assert moved["came"] - moved["n"] == Case.objects.filter(procedure="matter", step="accept").count()
    followed = Matter.objects.annotate(n=Count("following")).exclude(followers=F("n")).count()
    assert (followed, Follower.objects.filter(matter__created_at__gt=F("at")).count()) == (0, 0)
