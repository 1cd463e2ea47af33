"""Who may plan, submit and publish grids. Decisions with reasons."""

from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, Refused, allow, deny
from linli.orgs.actors import Actor
from linli.orgs.policies import manages, manages_from_above
from linli.planning.enums import Step
from linli.planning.models import Plan


def prefixes(by: Actor) -> tuple[str, ...]:
    """Return the leading digits of the places whose plans somebody may see: those that they manage or oversee."""
    return tuple(sorted({*by.managed, *by.overseen}))


def person(by: Actor) -> int:
    """Return who acts: what is planned here is always a person's doing."""
    if by.user_id is None:
        raise Refused(_("网格由人来划分，请先登录。"))
    return by.user_id


def can_see(by: Actor, code: str) -> Decision:
    if by.system or any(code.startswith(prefix) for prefix in prefixes(by)):
        return allow()
    return deny(_("这个地方不在您的岗位范围里。"))


def can_plan(by: Actor, code: str) -> Decision:
    """Draw, move, import, stop, submit: whoever manages the place."""
    if manages(by, code):
        return allow()
    if not by.managed:
        return deny(_("网格由社区、街道的负责人或系统管理员划分，您的岗位只能查看。"))
    return deny(_("这个地方不在您管理的范围里。"))


def can_change(by: Actor, plan: Plan, code: str) -> Decision:
    """Move buildings of a plan, or submit it: while it is a draft that is ready."""
    if not (allowed := can_plan(by, code)):
        return allowed
    if plan.step != Step.DRAFT:
        return deny(_("方案已经送审或公布，不能再改；可以再算一个新的。"))
    if not plan.ready:
        return deny(_("方案还没有算好。"))
    return allow()


def can_decide(by: Actor, plan: Plan, code: str) -> Decision:
    """Publish a submitted plan or give it back: a second person, who manages the place from above (or is its administrator)."""
    if plan.step != Step.SUBMITTED:
        return deny(_("方案还没有送审，或者已经有了决定。"))
    if not manages_from_above(by, code):
        return deny(_("方案由上一级审定公布，例如社区的由街道审。"))
    if by.user_id is None or by.user_id == plan.submitted_by_id:
        return deny(_("送审的人不能自己公布，要由第二个人决定。"))
    return allow()


def can_withdraw(by: Actor, plan: Plan, code: str) -> Decision:
    """Take back what was submitted, before anybody decided."""
    if plan.step != Step.SUBMITTED:
        return deny(_("方案没有在等审定。"))
    return can_plan(by, code)


def can_drop(by: Actor, plan: Plan, code: str) -> Decision:
    """Set a plan aside: it stays readable, and is no longer offered."""
    if plan.step != Step.DRAFT:
        return deny(_("只有草案可以作废。"))
    return can_plan(by, code)
