"""Who may change organisations, posts, accounts and the calendar; who needs a second factor. Decisions with reasons."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor
from linli.orgs.enums import MANAGING_ROLES
from linli.places.enums import Level, level_of


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What decisions need to know of a post: its role, and the division code of its organisation."""

    role: str
    division_code: str
    active: bool = True


def manages(by: Actor, division_code: str) -> bool:
    """Whether a place lies inside one that this person manages."""
    return by.system or any(division_code.startswith(prefix) for prefix in by.managed)


def manages_from_above(by: Actor, division_code: str) -> bool:
    """Whether this person manages the place from a level above it, or is the administrator of this very place.

    What makes a place's own governing unit is not for those whom it governs to change.
    """
    if by.system:
        return True
    level = level_of(division_code)
    return any(
        post.unit.governs
        and post.role in MANAGING_ROLES
        and division_code.startswith(post.prefix)
        and (post.role == "admin" or post.unit.level < level)
        for post in by.posts
    )


def can_open_management(by: Actor) -> Decision:
    """Whether somebody may look at the pages under /manage/ at all."""
    if by.system or by.managed:
        return allow()
    return deny(_("这里由管理人员设置，您的岗位不包括这项。"))


def can_make_organisation(by: Actor, division_code: str, *, governs: bool) -> Decision:
    if not manages(by, division_code):
        return deny(_("这个区划不在您管理的范围内。"))
    if governs and not manages_from_above(by, division_code):
        return deny(_("本级治理单位由上一级设置。"))
    return allow()


def can_change_organisation(by: Actor, division_code: str) -> Decision:
    if not manages(by, division_code):
        return deny(_("这个单位不在您管理的范围内。"))
    return allow()


def can_change_structure(by: Actor, division_code: str, *, governs: bool) -> Decision:
    """Kind, place, level and closing of a unit. Where it governs a place, only from above."""
    allowed = can_change_organisation(by, division_code)
    if allowed and governs and not manages_from_above(by, division_code):
        return deny(_("本级治理单位由上一级设置。"))
    return allowed


def can_appoint(by: Actor, division_code: str, *, role: str, governs: bool, unit_active: bool) -> Decision:
    """Whether somebody may give a post in a unit. Who is to manage a place is for those above it, or its administrator."""
    if not manages(by, division_code):
        return deny(_("这个单位不在您管理的范围内。"))
    if governs and role in MANAGING_ROLES and not manages_from_above(by, division_code):
        return deny(_("管理岗位由上一级任命。"))
    if not unit_active:
        return deny(_("这个单位已停用，启用后才能任职。"))
    return allow()


def can_take_in(by: Actor, posts: Iterable[PostFacts], *, self_made: bool, agreed: bool) -> Decision:
    """Whether somebody may give this account a post: one that a person registered themselves only with their word (``agreed``).

    Where they hold a post in the managed places already (``posts``), they gave it then.
    """
    known = any(post.active and manages(by, post.division_code) for post in posts)
    if by.system or not self_made or agreed or known:
        return allow()
    return deny(_("这是本人注册的账号：请本人在“我的账号”里看任职码，用任职码办理。"))


def can_end_post(by: Actor, post: PostFacts, *, own: bool) -> Decision:
    if not manages(by, post.division_code):
        return deny(_("这个岗位不在您管理的范围内。"))
    if own and post.role in MANAGING_ROLES:
        return deny(_("不能结束自己的管理岗位，请上一级办理。"))
    return allow()


def can_see_account(by: Actor, posts: Iterable[PostFacts]) -> Decision:
    """Accounts are seen by those who manage a place of one of their posts, past ones too. Residents' accounts by nobody."""
    if by.system or any(manages(by, post.division_code) for post in posts):
        return allow()
    return deny(_("这个账号不在您管理的范围内。"))


def can_manage_account(by: Actor, posts: Iterable[PostFacts], *, own: bool, self_made: bool) -> Decision:
    """Deactivate, unlock, reset: only accounts that were made for staff, and only where every post lies inside the managed places.

    Otherwise whoever manages a village could reset the password of the city's administrator who also holds, or once held, a post there;
    or give a resident a post in order to read what that account holds. Ending the post is enough to end access.
    """
    if own:
        return deny(_("不能对自己的账号做这件事，请在“我的账号”里修改，或请上一级办理。"))
    if self_made and not by.system:
        return deny(_("这是本人注册的账号，只能由本人修改。不再任职的，请结束岗位。"))
    known = list(posts)
    if not known or not can_see_account(by, known):
        return deny(_("这个账号不在您管理的范围内。"))
    elsewhere = [post for post in known if post.active and not manages(by, post.division_code)]
    if elsewhere:
        return deny(_("此人还在您管理范围以外任职，请上一级办理。"))
    if not all(manages(by, post.division_code) for post in known):
        return deny(_("此人曾在您管理范围以外任职，请上一级办理。"))
    return allow()


def can_change_calendar(by: Actor, division_code: str | None) -> Decision:
    """The days of a unit: whoever manages its place. The days of all (None): an administrator of a city or county."""
    if by.system:
        return allow()
    if division_code is not None:
        return allow() if manages(by, division_code) else deny(_("这个单位不在您管理的范围内。"))
    if administers(by):
        return allow()
    return deny(_("通用的工作日历由市、区县的系统管理员录入。"))


def administers(by: Actor) -> bool:
    """Whether somebody is the administrator of a city or county, and so of the installation."""
    return by.system or any(
        post.role == "admin" and post.unit.governs and post.unit.level <= Level.COUNTY for post in by.posts
    )


def can_change_settings(by: Actor) -> Decision:
    """Whether somebody may say how people sign in."""
    if administers(by):
        return allow()
    return deny(_("登录设置由市、区县的系统管理员修改。"))


def needs_second_factor(roles: Iterable[str], *, required_for_all: bool, demonstration: bool) -> bool:
    """Whether somebody with these roles must have a second factor (who set one up is asked for it in any case)."""
    if demonstration:
        return False
    held = list(roles)
    return any(role in MANAGING_ROLES for role in held) or (required_for_all and bool(held))
