"""How somebody is told outside the platform, which notices wait for that, and the messages made of them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from linli.channels.enums import State, Way
from linli.kernel.ids import uuid7
from linli.orgs.models import User
from linli.procedures.models import Notice


class Choice(models.Model):
    """How a person wants to be told. Without a row: in the platform alone."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+")
    # of the account: what a resident raises is kept under it (orgs/browser.py)
    key = models.CharField(max_length=64, db_index=True)
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.NONE)
    at_once = models.BooleanField(default=False)
    hour = models.PositiveSmallIntegerField(default=9)
    # what cannot wait for the digest comes at once
    urgent = models.BooleanField(default=True)
    # local hours; the same twice: no quiet time
    quiet_from = models.PositiveSmallIntegerField(default=21)
    quiet_until = models.PositiveSmallIntegerField(default=8)
    # danger comes in the quiet hours too
    danger = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="zh-hans")
    # the address that was proved, and the one to which a code is on its way
    email_sealed = models.TextField(blank=True, default="")
    asked_sealed = models.TextField(blank=True, default="")
    code_hash = models.CharField(max_length=64, blank=True, default="")
    code_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(hour__lt=24, quiet_from__lt=24, quiet_until__lt=24), name="choice_hours_of_a_day"
            ),
        ]


class Waiting(models.Model):
    """A notice that somebody is to be told of, until it stands in a message (or needs none: read, or not theirs any more)."""

    id = models.BigAutoField(primary_key=True)
    choice = models.ForeignKey(Choice, models.CASCADE, related_name="waiting")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    # comes in the quiet hours too
    pierces = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("choice", "notice", name="notice_waits_once")]
        indexes: ClassVar = [models.Index("due_at", name="waiting_by_due")]


class Message(models.Model):
    """What is sent to somebody: written once, kept sealed until it was sent, so that a second try is the same message."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    choice = models.ForeignKey(Choice, models.CASCADE, related_name="messages")
    way = models.CharField(max_length=10, choices=Way.choices)
    subject = models.CharField(max_length=100)
    text_sealed = models.TextField(blank=True)
    notices = models.PositiveSmallIntegerField()
    pierces = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index("next_at", name="message_open", condition=Q(state__in=["waiting", "sending"])),
            models.Index("state", "made_at", name="message_by_state"),
        ]
