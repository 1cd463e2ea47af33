"""Who may enter matters for others, look at a contact, check what becomes public, and change the catalogue."""

from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.procedures.policies import can_see, holds, owns

ENTERS = (
    "clerk",
    "community_head",
    "grid_leader",
    "grid_worker",
    "micro_grid_worker",
    "caller_desk",
    "dispatcher",
    "information_collector",
    "opinion_liaison",
)
CHECKS = ("clerk", "community_head", "opinion_liaison", "dispatcher", "supervisor")


def can_register(by: Actor, division_code: str) -> Decision:
    """Whether staff may enter a matter for a caller or visitor, or one found on the spot, at a place."""
    if any(post.role in ENTERS and post.covers(division_code) for post in by.posts):
        return allow()
    return deny(_("您的岗位不能在这个地方登记诉求。"))


def can_reveal(by: Actor, matter: Matter) -> Decision:
    """Whether somebody may look at a reporter's contact: who holds the case now; a hidden one nobody else, not even overseers.

    Someone who must reach the reporter for a contact that is not hidden may also be of the community's staff that watches the case.
    """
    case = matter.case
    if owns(by, case):
        return allow()
    if not can_see(by, case):
        return deny(_("这个办件不在您的职责范围内。"))
    if holds(by, case):
        return allow()
    if matter.contact is not None and matter.contact.hidden:
        return deny(_("反映人要求对外匿名，只有现在的经办人可以看。"))
    if case.held_by_person and any(
        post.unit.id == case.holder_unit_id or post.role == "caller_desk" for post in by.posts
    ):
        return allow()
    return deny(_("只有现在的经办人可以看联系方式。"))


def can_check(by: Actor, matter: Matter) -> Decision:
    """Whether somebody may decide what of a matter becomes public: staff of the place, not the unit complained of."""
    if any(post.role in CHECKS and post.covers(matter.case.division_code) for post in by.posts):
        return allow()
    return deny(_("公开文字由社区或督办人员核对。"))


def can_rule(by: Actor) -> Decision:
    """Whether somebody may change the catalogue: managers of a county or the city."""
    if any(len(prefix) <= 6 for prefix in by.managed):
        return allow()
    return deny(_("诉求目录由区县或市级管理人员设置。"))
