"""What this area puts into the navigation of the desk."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.orgs.actors import Actor
from linli.orgs.policies import can_change_settings


class Entry(NamedTuple):
    """An item of the navigation: its words, the name of its address, its icon."""

    label: str | Promise
    address: str
    icon: str


def entries(actor: Actor) -> list[Entry]:
    """Return the items for those who manage a place, and nothing for others."""
    if not actor.managed:
        return []
    found = [Entry(_("组织与任职"), "orgs:manage", "people"), Entry(_("工作日历"), "orgs:calendar", "calendar")]
    if can_change_settings(actor):
        found.append(Entry(_("登录设置"), "orgs:settings", "key"))
    return found
