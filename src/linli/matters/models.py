"""A matter: what a resident raised, beside the case that runs it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.ids import uuid7
from linli.matters.enums import CatalogueStatus, Channel, LinkKind, PublicState
from linli.orgs.models import Organisation, User
from linli.people.models import Contact
from linli.places.models import Building, Compound, Division
from linli.procedures.models import Case


class Category(models.Model):
    """A category of matters; what follows from it (unit, urgency, clocks) stands in the catalogue's version in force."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=60, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    name = models.CharField(_("类别"), max_length=40)
    name_en = models.CharField(max_length=80, blank=True, default="")
    active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class CatalogueVersion(models.Model):
    """One version of the rules: per category the urgency, clocks, words and responsible unit by place. Never changed once in force."""

    id = models.BigAutoField(primary_key=True)
    number = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=12, choices=CatalogueStatus.choices, default=CatalogueStatus.DRAFT)
    rules = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # of a draft: the digest of the rules that were last tried on past matters; only these can be published
    tried = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("status", condition=Q(status="published"), name="one_catalogue_in_force"),
            models.UniqueConstraint("status", condition=Q(status="draft"), name="one_draft_of_the_catalogue"),
        ]


class Matter(models.Model):
    """What somebody raised: words, place, category, channel, who (if they said so), and how it ended."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="matter")
    text = models.TextField()
    public_text = models.TextField()
    public_state = models.CharField(max_length=8, choices=PublicState.choices, default=PublicState.WAITING)
    public_checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=200, blank=True, default="")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="+")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+")
    anonymous = models.BooleanField(default=True)
    pin_hash = models.CharField(max_length=64, blank=True, default="")
    pin_tries = models.PositiveSmallIntegerField(default=0)
    followers = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    # filled when the case ends and is rated
    settled_level = models.PositiveSmallIntegerField(null=True)
    # the month, unit and level that its end was counted under: taken out again when it is reopened
    counted = models.JSONField(null=True)
    reached = models.BooleanField(null=True)
    settled = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)
    rated_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(satisfied__isnull=True) | Q(satisfied__range=(1, 5)), name="five_grades_of_satisfaction"
            ),
        ]
        indexes: ClassVar = [
            models.Index("public_state", "created_at", name="matter_public"),
            models.Index("lon", "lat", name="matter_position", condition=Q(lon__isnull=False)),
            # what may still be the same as something new: the few whose end was not counted, among all that ever were
            models.Index("lon", "lat", name="matter_nearby", condition=Q(lon__isnull=False, counted__isnull=True)),
        ]


class MatterLink(models.Model):
    """Two matters belong together: one was merged into the other, or is a part of it. Taken back by a date, never deleted."""

    kind = models.CharField(max_length=8, choices=LinkKind.choices)
    source = models.ForeignKey(Matter, models.PROTECT, related_name="links_out")
    target = models.ForeignKey(Matter, models.PROTECT, related_name="links_in")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="link_to_another_matter"),
            models.UniqueConstraint(
                "source", condition=Q(kind="merge", undone_at__isnull=True), name="merged_into_one_matter"
            ),
        ]


class Follower(models.Model):
    """Somebody else has the same trouble (+1) and is told how it goes."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="following")
    key = models.CharField(max_length=64)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("matter", "key", name="follow_once")]


class PlaceSubscription(models.Model):
    """Somebody wants to hear of what is open and settled in a community or compound."""

    key = models.CharField(max_length=64)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    division = models.ForeignKey(Division, models.CASCADE, related_name="+")
    compound = models.ForeignKey(Compound, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("key", "division", condition=Q(compound__isnull=True), name="subscribe_place_once"),
            models.UniqueConstraint(
                "key", "compound", condition=Q(compound__isnull=False), name="subscribe_compound_once"
            ),
        ]


class UnitFigure(models.Model):
    """Maintained monthly figures of a unit: the three rates and at which level things were settled. Never summed over cases."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    month = models.DateField()
    received = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    rated = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    settled = models.PositiveIntegerField(default=0)
    satisfied = models.PositiveIntegerField(default=0)
    satisfied_answers = models.PositiveIntegerField(default=0)
    at_grid = models.PositiveIntegerField(default=0)
    at_community = models.PositiveIntegerField(default=0)
    at_street = models.PositiveIntegerField(default=0)
    at_county = models.PositiveIntegerField(default=0)
    at_city = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("unit", "month", name="unit_figure_once")]


class ReportDraft(models.Model):
    """What a resident has given so far of a report that is not sent yet; its id is the key under which it becomes one matter.

    ``photos`` holds what ``drafts.py`` needs to make attachments of files already kept: never more than the report may have;
    ``kept_bytes`` is their size.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    photos = models.JSONField(default=list)
    kept_bytes = models.PositiveBigIntegerField(default=0)
    matter = models.ForeignKey(Matter, models.CASCADE, null=True, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index("key", "updated_at", name="draft_by_key"),
            models.Index("updated_at", name="draft_by_age"),
        ]
