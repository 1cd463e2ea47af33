"""What this area puts into the navigation of the desk."""

from django.utils.translation import gettext_lazy as _

from linli.channels.policies import can_manage
from linli.orgs.actors import Actor
from linli.orgs.nav import Entry


def entries(actor: Actor) -> list[Entry]:
    """Return the item for administrators, and nothing for others."""
    return [Entry(_("通知渠道"), "channels:manage", "bell")] if can_manage(actor) else []
