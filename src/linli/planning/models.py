"""Plans of grids: what was asked for, the buildings and borders as they were then, who is in which grid, what is proven, what was decided."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.orgs.models import User
from linli.places.models import Building, Division
from linli.planning.enums import Run, Source, Step


class Plan(models.Model):
    """One way to divide an area into grids.

    ``settings``: what was asked for (target, count, tolerance, band, seconds, seed, keep, weights, communities).
    ``instance``: units and borders in the form that `linli grid plan` reads, with what the pages need beside (instances.py).
    ``grids``: the grids of the plan by key: name, community, and the id of the grid in force that it continues, if any.
    ``assignment``: building id to key. ``proof``: the library's report per community, with its words in both languages.
    """

    id = models.BigAutoField(primary_key=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="plans")
    name = models.CharField(_("名称"), max_length=60)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.DRAWN)
    settings = models.JSONField(default=dict)
    instance = models.JSONField(default=dict)
    grids = models.JSONField(default=dict)
    assignment = models.JSONField(default=dict)
    proof = models.JSONField(default=list)
    figures = models.JSONField(default=dict)

    run = models.CharField(max_length=8, choices=Run.choices, default=Run.QUEUED)
    progress = models.FloatField(default=0.0)
    doing = models.CharField(max_length=60, blank=True, default="")
    stopping = models.BooleanField(default=False)
    finished = models.BooleanField(default=True)
    problem = models.CharField(max_length=500, blank=True, default="")
    attempt = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    seen_at = models.DateTimeField(null=True)

    step = models.CharField(max_length=10, choices=Step.choices, default=Step.DRAFT)
    since = models.DateField(_("启用日期"), null=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(step__in=("submitted", "published"))
                | Q(since__isnull=False, submitted_by__isnull=False, run="ready"),
                name="plan_submitted_is_ready_and_dated",
            ),
            models.CheckConstraint(
                condition=~Q(step="published") | Q(decided_by__isnull=False) & ~Q(decided_by=models.F("submitted_by")),
                name="plan_published_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ready(self) -> bool:
        return self.run == Run.READY

    @property
    def going(self) -> bool:
        return self.run in (Run.QUEUED, Run.RUNNING)

    def weight(self, name: str) -> Any:
        """Return a weight of the workload that the plan was drawn with."""
        return self.settings.get("weights", {}).get(name, 0)


class Move(models.Model):
    """A building put into another grid by hand; taking it back is another move. Never changed, never deleted."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="moves")
    number = models.PositiveIntegerField()
    building = models.ForeignKey(Building, models.PROTECT, related_name="+")
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, related_name="taken_back")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("plan", "number", name="move_numbered_once"),
            models.CheckConstraint(condition=~Q(before=models.F("after")), name="move_to_another_grid"),
        ]
