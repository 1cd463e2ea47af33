"""Who may say how notices leave the house. Decisions with reasons."""

from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor
from linli.orgs.policies import administers


def can_manage(by: Actor) -> Decision:
    """The administrator of a city or county: whoever says how people sign in."""
    return allow() if administers(by) else deny(_("通知渠道由市、区县的系统管理员设置。"))


def can_choose(by: Actor, *, user_id: int) -> Decision:
    """How somebody is told is theirs alone to say; whoever has the link of a message may only stop it."""
    return allow() if by.user_id == user_id else deny(_("怎么通知只能由本人设置。"))
