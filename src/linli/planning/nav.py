"""What this area puts into the navigation of the desk."""

from django.utils.translation import gettext_lazy as _

from linli.orgs.actors import Actor
from linli.orgs.nav import Entry


def entries(actor: Actor) -> list[Entry]:
    """Return the item for those who manage a place."""
    return [Entry(_("网格划分"), "planning:areas", "scale")] if actor.managed else []
