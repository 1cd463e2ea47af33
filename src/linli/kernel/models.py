"""Tables of the kernel: events waiting for their receivers, counters of public intake, the calendar, settings of the house."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kernel.ids import uuid7


class OutboxEvent(models.Model):
    """A fact, written in the transaction that made it true, delivered to every receiver afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index("next_at", "id", name="outbox_waiting", condition=models.Q(delivered_at__isnull=True)),
        ]


class Receipt(models.Model):
    """One receiver has dealt with one event; written in the same transaction as what the receiver did."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE)
    receiver = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("event", "receiver", name="receipt_once")]


class IntakeWindow(models.Model):
    """How often one unrecognisable sender used a public form in one window of time."""

    sender = models.CharField(max_length=64)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("sender", "window", name="intake_window_once")]


class CalendarDay(models.Model):
    """A day that the official notice, or a unit for itself, declares working or free against what the calendar says."""

    date = models.DateField(_("日期"))
    unit_id = models.BigIntegerField(_("单位"), null=True, blank=True)
    working = models.BooleanField(_("上班"))
    note = models.CharField(_("说明"), max_length=100, blank=True)
    official = models.BooleanField(_("来自官方通知"), default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("date", "unit_id", name="calendar_day_once_per_unit"),
            models.UniqueConstraint("date", name="calendar_day_once", condition=models.Q(unit_id__isnull=True)),
        ]


class CalendarYear(models.Model):
    """A year whose official notice has been entered in full: no longer provisional."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    entered_at = models.DateTimeField()
    entered_by_id = models.BigIntegerField(null=True)


class Heartbeat(models.Model):
    """The worker was alive at this moment."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()


class Setting(models.Model):
    """A setting of the installation that staff change on a page."""

    key = models.CharField(primary_key=True, max_length=60)
    value = models.JSONField()


class AuditEntry(models.Model):
    """Who changed which configuration record, when, from what to what; appended only."""

    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    user_label = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_label = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index("subject_type", "subject_id", "id", name="audit_by_subject")]
