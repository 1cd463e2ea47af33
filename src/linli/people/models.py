"""Who: what a reporter leaves so that somebody can call back, and who looked at it."""

from typing import ClassVar

from django.db import models

from linli.kernel.ids import uuid7


class Contact(models.Model):
    """Name and phone of a person, encrypted; the phone can be found by exact match through its blind index."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name_sealed = models.TextField(blank=True, default="")
    phone_sealed = models.TextField(blank=True, default="")
    phone_blind = models.CharField(max_length=64, blank=True, default="", db_index=True)
    # anonymous to everyone but the handler who must reach them
    hidden = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class ContactAccess(models.Model):
    """Somebody looked at a contact: who, in which post, for what case, when. The person it concerns can read it."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="accesses")
    user_id = models.BigIntegerField()
    user_label = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    case_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index("contact", "at", name="access_by_contact")]
