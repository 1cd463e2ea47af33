"""What a reporter left of themselves: who looked at it, correcting it, erasing it, taking a copy of everything."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel import crypto
from linli.kernel.display import iso
from linli.kernel.outbox import publish
from linli.kernel.text import clean
from linli.matters.actions import pin_hash
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.orgs.models import User
from linli.people.events import ContactErased
from linli.people.models import Contact, ContactAccess
from linli.people.queries import accesses_of_contact
from linli.people.registry import exports, leaves
from linli.procedures import telling
from linli.procedures.actions import lock
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind
from linli.procedures.errors import BadAnswers
from linli.procedures.models import CaseFile, CaseRecord
from linli.procedures.policies import owns

MOST_EXPORTED = 500


def looks(matter: Matter) -> list[ContactAccess]:
    """Return every look at the reporter's contact, newest first."""
    return accesses_of_contact(matter.contact_id)


def names_to_mask(matter: Matter) -> list[str]:
    """Return the names that must not stand in what the public reads of a matter."""
    if matter.contact is None or not matter.contact.name_sealed:
        return []
    return [crypto.unseal(matter.contact.name_sealed)]


@transaction.atomic
def change(*, matter: Matter, name: str, phone: str, hidden: bool, by: Actor, at: datetime) -> None:
    """Correct one's contact, or leave one afterwards: the history says that it was done, and nothing of it. BadAnswers names the field."""
    _own(by, matter)
    work = lock(matter.pk, by=by, at=at)
    try:
        name = clean(name, limit=100, lines=False)
    except ValidationError as error:
        raise BadAnswers({"name": str(error.messages[0])}) from error
    try:
        number = crypto.normal_phone(phone)
    except ValueError as error:
        raise BadAnswers({"phone": _("电话号码不对，请检查。")}) from error
    contact = matter.contact or Contact(created_at=at)
    contact.name_sealed, contact.phone_sealed = crypto.seal(name), crypto.seal(number)
    contact.phone_blind, contact.hidden, contact.erased_at = crypto.blind(number, purpose="phone"), hidden, None
    contact.save()
    digits = pin_hash(matter.pk.hex, number[-4:])
    Matter.objects.filter(pk=matter.pk).update(contact=contact, anonymous=False, pin_hash=digits)
    work.record(RecordKind.EFFECT, action="contact_changed")
    work.flush()


@transaction.atomic
def erase(*, matter: Matter, by: Actor, at: datetime) -> None:
    """Erase one's contact: name and number are gone; that somebody looked at them stays on record."""
    _own(by, matter)
    if matter.contact_id is None:
        return
    work = lock(matter.pk, by=by, at=at)
    Contact.objects.filter(pk=matter.contact_id).update(name_sealed="", phone_sealed="", phone_blind="", erased_at=at)
    forget_contact(str(matter.contact_id))
    publish([ContactErased(contact=str(matter.contact_id))], at=at)
    work.record(RecordKind.EFFECT, action="contact_erased")
    work.flush()


def forget_contact(contact_id: str) -> None:
    """Note with every matter of an erased contact that it has none any more."""
    Matter.objects.filter(contact_id=contact_id).update(anonymous=True)


def _own(by: Actor, matter: Matter) -> None:
    if not owns(by, matter.case):
        raise BadAnswers({"": _("只有反映人自己可以改联系方式；凭短码打开的，只能看、补充和评价。")})


def export(matter: Matter) -> dict[str, Any]:
    """Return everything that is kept about a matter and its reporter, as the reporter may take it away."""
    case, contact = matter.case, matter.contact
    definition = of_case(case)
    return {
        "code": case.code,
        "text": matter.text,
        "public_text": matter.public_text,
        "public_state": matter.public_state,
        "address": matter.address,
        "position": [matter.lon, matter.lat] if matter.lon is not None else None,
        "reported_at": iso(matter.created_at),
        "state": case.state,
        "outcome": case.outcome,
        "contact": {
            "name": crypto.unseal(contact.name_sealed),
            "phone": crypto.unseal(contact.phone_sealed),
            "hidden": contact.hidden,
        }
        if contact is not None and contact.erased_at is None
        else None,
        "looked_at_by": [{"who": row.user_label, "purpose": row.purpose, "at": iso(row.at)} for row in looks(matter)],
        "files": [
            {"name": row.name, "mime": row.mime, "bytes": row.size, "sha256": row.sha256}
            for row in CaseFile.objects.filter(case_id=case.pk, seq=1).order_by("id")
        ],
        "history": [
            {
                "at": iso(row.at),
                "what": telling.what(row, definition),
                "who": telling.who(row, for_public=True),
                "hash": row.hash,
            }
            for row in CaseRecord.objects.filter(case_id=case.pk).order_by("seq")
            if row.public
        ],
    }


@leaves
def left_by(user: User) -> QuerySet[Any]:
    """Return the ids of the contacts that somebody left with the matters that they reported while signed in."""
    mine = Matter.objects.filter(case__starter_user_id=user.pk, case__starter_unit=None, contact__isnull=False)
    return mine.values("contact_id")


@exports("matters")
def of_person(user: User, contacts: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return all matters of a person as they take them away: reported when signed in, or with their contact."""
    rows = Matter.objects.filter(Q(case__starter_user_id=user.pk, case__starter_unit=None) | Q(contact_id__in=contacts))
    return [export(row) for row in rows.select_related("case", "contact").order_by("pk")[:MOST_EXPORTED]]
