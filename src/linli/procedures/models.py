"""Definitions, cases, their history, clocks and attachments."""

from datetime import UTC
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.ids import uuid7
from linli.orgs.models import Organisation, User
from linli.places.models import Compound, Division, Grid
from linli.procedures.enums import PERSON_ROLES, ClockState, RecordKind, State, Urgency, VersionStatus

# of a filter that a person keeps, and of what its address asks for
NAME_LIMIT = 40
QUERY_LIMIT = 1000


class ProcedureVersion(models.Model):
    """One version of a definition: text as written, never changed once published."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    text = models.TextField()
    status = models.CharField(max_length=12, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    note = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("key", "version", name="procedure_version_once"),
            models.UniqueConstraint("key", condition=Q(status="published"), name="one_version_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Case(models.Model):
    """One run of a procedure. Changed only by procedures/actions.py; ``last_seq`` is also its version for optimistic checks."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=9, unique=True)
    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="cases")
    procedure = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    kind_label = models.CharField(max_length=80, blank=True, default="")
    urgency = models.PositiveSmallIntegerField(choices=Urgency.choices, default=Urgency.ORDINARY)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=40, blank=True, default="")
    step = models.CharField(max_length=40)
    visit = models.PositiveIntegerField(default=1)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    division_code = models.CharField(max_length=12)
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, related_name="+")
    compound = models.ForeignKey(Compound, models.PROTECT, null=True, related_name="+")
    # entered by case_inbox and case_of_unit: an index of its own, where no statistics are, would be taken for what runs and read all that ended
    holder_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    holder_role = models.CharField(max_length=40)
    holder_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    holder_level = models.PositiveSmallIntegerField()
    starter_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    starter_unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    starter_key = models.CharField(max_length=64, blank=True, default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    parent_step = models.CharField(max_length=40, blank=True, default="")
    parent_visit = models.PositiveIntegerField(default=0)
    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    beside = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    suspended = models.BooleanField(default=False)
    # answers so far; how often each limited action was used; what waits for a second person; who held each step
    data = models.JSONField(default=dict)
    uses = models.JSONField(default=dict)
    pending = models.JSONField(null=True)
    visits = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    # from when on lists show it as due soon: most of the time until ``due_at`` is used up
    yellow_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_seq = models.PositiveIntegerField(default=0)
    last_hash = models.CharField(max_length=64, default="")
    idempotency_key = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_known"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | (Q(state="open", ended_at__isnull=True) & Q(outcome="")),
                name="case_ended_has_moment",
            ),
        ]
        indexes: ClassVar = [
            # role, grid and person behind the order: whose turn it is is read in the index, not in each case that a unit holds
            models.Index(
                "holder_unit",
                "due_at",
                "id",
                "holder_role",
                "grid",
                "holder_user",
                name="case_inbox",
                condition=Q(state="open"),
            ),
            models.Index("holder_unit", "state", "id", name="case_of_unit"),
            models.Index("state", name="case_asked", condition=Q(pending__isnull=False)),
            models.Index(
                "holder_user", "due_at", "id", name="case_mine", condition=Q(state="open", holder_user__isnull=False)
            ),
            models.Index("division_code", "due_at", "id", name="case_overseen", condition=Q(state="open")),
            models.Index("division_code", "procedure", "created_at", name="case_by_place"),
            models.Index("starter_key", name="case_by_starter", condition=~Q(starter_key="")),
            models.Index("division_code", "id", name="case_restricted", condition=Q(restricted=True)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def held_by_person(self) -> bool:
        """The reporter (or everyone) has to act; ``holder_unit`` only watches."""
        return self.holder_role in PERSON_ROLES


class CaseRecord(models.Model):
    """One record of a case's history: appended, never changed, hashed onto the one before."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="records")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=RecordKind.choices)
    action = models.CharField(max_length=80, blank=True, default="")
    step = models.CharField(max_length=40)
    step_to = models.CharField(max_length=40, blank=True, default="")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # the person's name, role and unit as they were then
    actor = models.JSONField(default=dict)
    text = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    public = models.BooleanField(default=False)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("case", "seq", name="record_once")]

    def content(self) -> dict[str, Any]:
        """Return what the hash binds."""
        return {
            "case": str(self.case_id),
            "seq": self.seq,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "kind": self.kind,
            "action": self.action,
            "step": self.step,
            "step_to": self.step_to,
            "user": self.user_id,
            "actor": self.actor,
            "text": self.text,
            "data": self.data,
            "public": self.public,
        }


class CaseClock(models.Model):
    """A clock of a case: of the step it is at ('step') or a promise that runs across steps."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="clocks")
    name = models.CharField(max_length=40)
    step = models.CharField(max_length=40)
    visit = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ClockState.choices, default=ClockState.RUNNING)
    duration = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    # when something has to happen next: a reminder, the due moment, a further period; nothing while suspended or over
    next_at = models.DateTimeField(null=True)
    level = models.PositiveSmallIntegerField(default=0)
    reminded = models.BooleanField(default=False)
    unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    # where the due moment came from and what changed it, each with the record of the history that tells the same:
    # [{"seq": 3, "why": "catalogue.handle", "version": 2, "duration": "3 working days", "due": "2026-11-27T10:00:00Z"}]
    origin = models.JSONField(default=list)
    # [["2026-11-20T01:00:00Z", null]] in UTC
    suspensions = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("case", "name", "visit", name="clock_once_per_visit"),
            models.CheckConstraint(
                condition=Q(next_at__isnull=True) | Q(state=ClockState.RUNNING),
                name="only_a_running_clock_has_a_next_moment",
            ),
        ]
        indexes: ClassVar = [models.Index("next_at", "id", name="clock_next", condition=Q(next_at__isnull=False))]


class CaseUnit(models.Model):
    """A unit that took part in a case and may go on reading it after it moved on."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="units")
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("unit", "case", name="unit_takes_part_once")]


class CaseFile(models.Model):
    """A photo, recording or document of a case; its bytes lie under the media folder by their checksum."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="files")
    seq = models.PositiveIntegerField()
    field = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(max_length=120)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    thumb_sha256 = models.CharField(max_length=64, blank=True, default="")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    # seen by everyone once a person checked it
    public = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index("case", "seq", name="file_by_record")]


class Voice(models.Model):
    """One participant of a step at which many take part (support, consent, satisfaction), once each."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="voices")
    visit = models.PositiveIntegerField()
    participant = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("case", "visit", "participant", name="one_voice_each")]


class Objection(models.Model):
    """An objection during a public notice, with its answer."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="objections")
    visit = models.PositiveIntegerField()
    participant = models.CharField(max_length=64)
    text = models.TextField()
    at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")


class PlannedCase(models.Model):
    """A case that will open by itself at a time: a follow-up after 7 days, the next of a series, this year's rating."""

    key = models.CharField(max_length=120, unique=True)
    procedure = models.CharField(max_length=40)
    origin = models.ForeignKey(Case, models.PROTECT, null=True, related_name="planned")
    unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    form = models.JSONField(default=dict)
    at = models.DateTimeField()
    opened = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index("at", name="planned_waiting", condition=Q(opened_at__isnull=True))]


class StepFigure(models.Model):
    """Maintained figures of one step of one procedure in one unit and month: how many left it, how long they took, how many came back."""

    procedure = models.CharField(max_length=40)
    step = models.CharField(max_length=40)
    unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    month = models.DateField()
    entered = models.PositiveIntegerField(_("进入"), default=0)
    left = models.PositiveIntegerField(_("离开"), default=0)
    seconds = models.PositiveBigIntegerField(_("用时"), default=0)
    returned = models.PositiveIntegerField(_("退回"), default=0)
    overdue = models.PositiveIntegerField(_("超时"), default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("procedure", "step", "unit", "month", name="step_figure_once")]


class Notice(models.Model):
    """Something a person or unit is told inside the platform: which case, why, and whether it was read."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="notices")
    unit = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="notices")
    key = models.CharField(max_length=64, blank=True, default="")
    case = models.ForeignKey(Case, models.CASCADE, related_name="notices")
    text = models.CharField(max_length=300)
    why = models.CharField(max_length=120)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index("unit", "at", name="notice_by_unit"),
            models.Index("key", "at", name="notice_by_key", condition=~Q(key="")),
        ]


class SavedFilter(models.Model):
    """A filter of the inbox that a person keeps under a name: what its address asks for, in the words of procedures/views/filters.py."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=NAME_LIMIT)
    query = models.CharField(max_length=QUERY_LIMIT)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "name", name="filter_name_once")]

    def __str__(self) -> str:
        return self.name
