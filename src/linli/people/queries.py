"""Reads of the area: a person's contacts, who looked at them, everything that is kept about a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.kernel.crypto import unseal
from linli.kernel.display import iso
from linli.orgs.models import User
from linli.people.models import Contact, ContactAccess
from linli.people.registry import export_parts, left_by


def visible_to(user: User) -> QuerySet[Contact]:
    """The contacts whose whole content somebody sees without a case: their own, by the phone that they proved, and those that they
    left while signed in, under whatever number.
    """
    own = Q(pk__in=[])
    if user.phone_blind and user.phone_proved:
        own |= Q(phone_blind=user.phone_blind)
    for ids in left_by(user):
        own |= Q(pk__in=ids)
    return Contact.objects.filter(own, erased_at__isnull=True)


def accesses_of(user: User, *, most: int = 200) -> list[ContactAccess]:
    """Return who looked at any of a person's contacts, the latest first."""
    rows = ContactAccess.objects.filter(contact__in=visible_to(user)).order_by("-at", "-id")
    return list(rows[:most])


def accesses_of_contact(contact_id: UUID | None, *, most: int = 200) -> list[ContactAccess]:
    """Return who looked at one contact, the latest first; nothing where there is no contact."""
    if contact_id is None:
        return []
    return list(ContactAccess.objects.filter(contact_id=contact_id).order_by("-at", "-id")[:most])


def export_of(user: User, *, at: datetime) -> dict[str, Any]:
    """Return everything that is kept about a person, as they take it away: account, contacts with who looked, and other areas' parts."""
    contacts = list(visible_to(user).order_by("created_at"))
    looked: dict[UUID, list[dict[str, str]]] = {contact.pk: [] for contact in contacts}
    for row in ContactAccess.objects.filter(contact__in=[contact.pk for contact in contacts]).order_by("at", "id"):
        looked[row.contact_id].append({"at": iso(row.at), "who": row.user_label, "purpose": row.purpose})
    return {
        "exported_at": iso(at),
        "account": {
            "username": user.username,
            "name": user.name,
            "phone": unseal(user.phone_sealed),
            "created_at": iso(user.created_at),
            "last_sign_in": iso(user.last_login),
            "signs_in_by": [
                {"issuer": issuer, "subject": subject, "since": iso(since)}
                for issuer, subject, since in user.identities.order_by("tied_at", "pk").values_list(
                    "issuer", "subject", "tied_at"
                )
            ],
            "posts": [
                {"unit": unit, "role": role, "since": str(since), "until": str(until) if until else None}
                for unit, role, since, until in user.posts.order_by("since").values_list(
                    "organisation__name", "role", "since", "until"
                )
            ],
            "sessions": [
                {"device": device, "since": iso(since), "until": iso(until)}
                for device, since, until in user.sessions.order_by("expire_date").values_list(
                    "device", "created_at", "expire_date"
                )
            ],
        },
        "contacts": [
            {
                "id": str(contact.pk),
                "name": unseal(contact.name_sealed),
                "phone": unseal(contact.phone_sealed),
                "hidden": contact.hidden,
                "left_at": iso(contact.created_at),
                "looked_at": looked[contact.pk],
            }
            for contact in contacts
        ],
        **export_parts(user, [contact.pk for contact in contacts]),
    }
