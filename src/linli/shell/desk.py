"""The frame of the desk: posts, navigation with counts, the working clock, what can be begun from everywhere."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.channels.nav import entries as channels_entries
from linli.kernel.addresses import address
from linli.kernel.display import clock_time, local
from linli.matters.plain import weekday
from linli.orgs.enums import ROLES
from linli.orgs.nav import entries as orgs_entries
from linli.planning.nav import entries as planning_entries
from linli.procedures import notifying, queries, saved
from linli.procedures.clocks import calendar_of
from linli.shell.handbook import chapter_for


class Item(NamedTuple):
    """One way in the navigation; ``state`` colours the number beside it."""

    label: str
    href: str
    icon: str
    number: int | None
    state: str
    current: bool


class Group(NamedTuple):
    """Ways that stand together under a title, or under none."""

    title: str
    entries: tuple[Item, ...]


def desk_frame(request: HttpRequest) -> dict[str, Any]:
    """Return what base_desk.html draws around the page."""
    by = request.actor  # type: ignore[attr-defined]
    if not by.staff:
        return {}
    chosen = request.COOKIES.get("post", "")
    posts = [
        {"id": post.id, "unit": post.unit.label, "duty": str(ROLES[post.role].name), "current": str(post.id) == chosen}
        for post in by.posts
    ]
    if not any(post["current"] for post in posts):
        posts[0]["current"] = True
    return {
        "posts": posts,
        "desk_nav": _navigation(request),
        "workday": _workday(request),
        "register": _link(_("登记"), "matters:register"),
    }


def _link(label: str, name: str) -> dict[str, str] | None:
    try:
        return {"label": label, "href": address(name)}
    except NoReverseMatch:
        return None


def _navigation(request: HttpRequest) -> tuple[Group, ...]:
    by, at = request.actor, request.now  # type: ignore[attr-defined]
    counts = getattr(request, "inbox_counts", None) or queries.counts(by, at=at)
    kept = getattr(request, "saved_filters", None)
    return _drawn(
        get_language(),
        request.get_full_path(),
        request.path,
        tuple(counts.items()),
        notifying.unread(by, at=at),
        tuple((one.name, one.query) for one in (saved.noticed(by) if kept is None else kept)),
        bool(by.overseen),
        bool(by.managed),
        tuple(
            (one.address, one.icon, str(one.label))
            for one in [*planning_entries(by), *orgs_entries(by), *channels_entries(by)]
        ),
    )


@lru_cache(maxsize=1000)
def _drawn(
    language: str | None,
    here: str,
    path: str,
    counted: tuple[tuple[str, int], ...],
    unread: int,
    kept: tuple[tuple[str, str], ...],
    oversees: bool,
    manages: bool,
    more: tuple[tuple[str, str, str], ...],
) -> tuple[Group, ...]:
    """The navigation of whoever stands at this page with these counts: made of nothing else, in the language of the moment."""
    counts, inbox = dict(counted), address("procedures:inbox")

    def item(label: str, href: str, icon: str = "", count: int | None = None, state: str = "") -> Item:
        return Item(label, href, icon, count, state, href == here)

    mine = [
        item(_("待我办"), inbox, "inbox", counts["todo"]),
        item(_("我认领的"), f"{inbox}?whose=mine", "person", counts["mine"]),
        item(_("等居民"), f"{inbox}?whose=waiting", "clock", counts["waiting"]),
        item(_("本单位其他"), f"{inbox}?whose=others", "list", counts["others"]),
        item(_("经手过的"), f"{inbox}?whose=took_part", "eye"),
        item(_("发起办件"), address("procedures:begin"), "plus"),
        item(_("通知"), address("procedures:notices"), "bell", unread or None),
    ]
    if oversees:
        mine.insert(4, item(_("辖区在办"), f"{inbox}?whose=watched", "people"))
    if counts["approve"]:
        mine.insert(1, item(_("等我审批"), f"{inbox}?whose=approve", "check", counts["approve"], "soon"))
    quick = [
        item(_("超期"), f"{inbox}?when=overdue", "", counts["overdue"], "over" if counts["overdue"] else ""),
        item(_("今天到期"), f"{inbox}?when=today", "", counts["today"], "soon" if counts["today"] else ""),
    ]
    quick += [item(name, f"{inbox}?{query}") for name, query in kept]
    groups = [Group("", tuple(mine)), Group(_("常用筛选"), tuple(quick))]
    for title, links in _areas(manages, more):
        found = [item(label, link["href"], icon) for label, name, icon in links if (link := _link(label, name))]
        if found:
            groups.append(Group(title, tuple(found)))
    help_ = (
        item(_("使用手册"), address("shell:handbook_chapter", chapter_for(path)), "book"),
        item(_("我的账号"), address("orgs:account"), "person"),
    )
    return (*groups, Group(_("帮助"), help_))


def _areas(manages: bool, more: tuple[tuple[str, str, str], ...]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    boards = [
        (_("诉求总览"), "matters:overview", "chart"),
        (_("大屏"), "shell:wall", "layers"),
        (_("公开核对"), "matters:checking", "eye"),
        (_("环节用时"), "procedures:figures", "clock"),
        (_("流程图"), "procedures:list", "list"),
        (_("地图"), "places:map", "map"),
    ]
    manage = [
        (_("区划与网格"), "places:manage", "map"),
        (_("诉求目录"), "matters:catalogue", "list"),
        (_("流程设计"), "procedures:designer", "edit"),
        *((label, name, icon) for name, icon, label in more),
    ]
    return [(_("板块"), boards)] + ([(_("管理"), manage)] if manages else [])


def _workday(request: HttpRequest) -> dict[str, Any]:
    """What time it is and whether clocks are running in this unit's office hours."""
    by, at = request.actor, request.now  # type: ignore[attr-defined]
    here = local(at)
    calendar = calendar_of(by.posts[0].unit.id)
    working = calendar.is_working_day(here.date())
    minute = here.time().replace(tzinfo=None)
    text, on = _("今天休息，时限不走"), False
    if working:
        text = _("已下班，明天上班后续走")
        for start, end in calendar.hours.periods:
            if minute < start:
                text = _("现在停表，%(at)s 续走") % {"at": start.strftime("%H:%M")}
                break
            if minute < end:
                text, on = _("上班时间，%(at)s 停表") % {"at": end.strftime("%H:%M")}, True
                break
    return {"time": f"{weekday(at)} {clock_time(at)}", "iso": here.isoformat(), "text": text, "on": on}
