"""What is kept about a person here: part of what they take away, and gone with their account."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from linli.channels.models import Choice
from linli.kernel.crypto import unseal
from linli.kernel.display import iso
from linli.orgs.models import User
from linli.people.registry import exports, forgets


@exports("notices")
def of_person(user: User, _contacts: Sequence[UUID]) -> dict[str, Any]:
    """Return how somebody is told outside the platform, and what was sent to them in the last month."""
    choice = Choice.objects.filter(user=user).first()
    if choice is None:
        return {}
    return {
        "way": choice.way,
        "at_once": choice.at_once,
        "hour": choice.hour,
        "urgent_at_once": choice.urgent,
        "quiet": [choice.quiet_from, choice.quiet_until],
        "danger_in_quiet_hours": choice.danger,
        "email": unseal(choice.email_sealed),
        "changed_at": iso(choice.changed_at),
        "messages": [
            {
                "way": way,
                "subject": subject,
                "state": state,
                "made_at": iso(made),
                "sent_at": iso(sent) if sent else None,
            }
            for way, subject, state, made, sent in choice.messages.order_by("made_at").values_list(
                "way", "subject", "state", "made_at", "sent_at"
            )
        ],
    }


@forgets
def forget(user: User) -> None:
    """Take the choice away with its address and messages."""
    Choice.objects.filter(user=user).delete()
