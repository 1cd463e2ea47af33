"""Who may look at a contact, and whose it is. Decisions with reasons."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """How somebody stands to the case that the contact belongs to: whether they see it, and whether they hold it now."""

    sees: bool
    holds: bool


def can_reveal(by: Actor, *, hidden: bool, erased: bool, case: CaseFacts) -> Decision:
    """Whether somebody may look at a contact for a case: staff who see the case; a hidden contact only who holds it."""
    if not by.staff:
        return deny(_("联系方式只有办理的工作人员能看。"))
    if erased:
        return deny(_("反映人已经要求删除联系方式。"))
    if case.holds:
        return allow()
    if not case.sees:
        return deny(_("这件事不在您的职责范围内。"))
    if hidden:
        return deny(_("反映人要求对外匿名，只有正在办理的人能看。"))
    return allow()


def can_erase(by: Actor, *, own: bool) -> Decision:
    """Whether somebody may have a contact erased: the person themselves, and the clock when its time is over."""
    if by.system or own:
        return allow()
    return deny(_("只有本人能删除自己的联系方式。"))


def can_erase_account(by: Actor, *, own: bool, ever_staff: bool) -> Decision:
    """Whether an account can be erased: one's own, unless it ever held a post, for who did what in office stays on record."""
    if not own:
        return deny(_("只有本人能删除自己的账号。"))
    if ever_staff:
        return deny(_("工作人员的账号由单位停用，办过的事依法留痕，不能删除。"))
    return allow()
