"""The words of a message: short, with a link, and nothing in them that must not leave the house.

A text for a phone says how many there are. An e-mail says of each its short code and what happened in the words of the definition: no titles,
nobody's own words, no names; of a confidential case not even the code. What is behind the link asks who one is.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.channels import queries, ways
from linli.channels.enums import Way
from linli.channels.models import Choice
from linli.kernel.display import moment
from linli.matters import news
from linli.orgs.actors import Actor
from linli.procedures import notifying
from linli.procedures.models import Notice

# an e-mail names so many, and says how many more there are
MOST = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """One notice as it is told: what happened, when, why it came and how it stops, and where to read on."""

    text: str
    at: datetime
    why: str
    href: str


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


def pieces(choice: Choice, notices: Sequence[Notice], by: Actor, *, at: datetime) -> list[Piece]:
    """Return what there is still to tell of some notices: unread, about cases that the person may see today, not their own acts."""
    ids = [one.pk for one in notices]
    unread = list(Notice.objects.filter(pk__in=ids, read_at=None).select_related("case").order_by("at", "pk"))
    phones = queries.left_under(unread)
    own = [one for one in unread if queries.own(choice, one, phones) and (one.user_id is None or not by.staff)]
    theirs = {one.pk for one in own}
    found = [_hidden(one) if one.case.restricted else _of_news(told, one) for one, told in news.bare(own, at=at)]
    if by.staff:
        rows = notifying.mine(by).filter(pk__in=ids, read_at=None).exclude(pk__in=theirs)
        found += [_hidden(one) if one.case.restricted else _of_staff(one) for one in rows.select_related("case")]
    return sorted(found, key=lambda one: one.at)


def _of_news(told: news.News, notice: Notice) -> Piece:
    return Piece(f"{notice.case.code}　{told.text}", notice.at, told.why, told.href)


def _of_staff(notice: Notice) -> Piece:
    told = notifying.told(notice)
    href = reverse("procedures:case", args=[notice.case.code])
    return Piece(
        f"{notice.case.code}　{told.what}",
        notice.at,
        _("%(why)s。%(ends)s") % {"why": told.why, "ends": told.ends},
        href,
    )


def _hidden(notice: Notice) -> Piece:
    """Of a confidential case only that there is something."""
    staff = notice.unit_id is not None
    href = reverse("procedures:notices" if staff else "matters:mine")
    return Piece(_("一件不公开的办件有新进展"), notice.at, _("您或者您的单位在办、发起或者关注它"), href)


def written(choice: Choice, found: Sequence[Piece], *, urgent: bool, staff: bool) -> Words:
    """Return the message of some pieces in the person's language."""
    with translation.override(choice.language):
        count = len(found)
        if urgent:
            said = ngettext("【邻里】急：%(n)d 条新进展", "【邻里】急：%(n)d 条新进展", count)
        else:
            said = ngettext("【邻里】%(n)d 条新进展", "【邻里】%(n)d 条新进展", count)
        subject = said % {"n": count}
        every = ways.address(reverse("procedures:notices" if staff else "matters:mine"))
        stop = ways.address(reverse("channels:stop", args=[queries.stop_token(choice)]))
        if choice.way == Way.SMS:
            words = {"subject": subject, "all": every, "stop": stop}
            return Words(
                subject, _("%(subject)s，登录后看：%(all)s 。您选了短信通知才有这条；不想再收：%(stop)s") % words
            )
        return Words(subject, "\n".join(_lines(choice, found, every=every, stop=stop)))


def _lines(choice: Choice, found: Sequence[Piece], *, every: str, stop: str) -> list[str]:
    lines = []
    for number, one in enumerate(found[:MOST], 1):
        lines += [
            f"{number}. {_('%(what)s（%(time)s）') % {'what': one.text, 'time': moment(one.at)}}",
            f"   {_('为什么告诉您：%(why)s') % {'why': one.why}}",
        ]
        lines += [f"   {ways.address(one.href)}", ""]
    if len(found) > MOST:
        more = len(found) - MOST
        lines += [ngettext("还有 %(n)d 条。", "还有 %(n)d 条。", more) % {"n": more}, ""]
    lines.append(_("登录以后看全部：%(all)s") % {"all": every})
    lines.append("")
    lines.append("-- ")
    lines.append(_reason(choice))
    lines.append(_("改怎么收：%(href)s") % {"href": ways.address(reverse("channels:choose"))})
    lines.append(_("不想再收，打开这里按一下就停，不用登录：%(href)s") % {"href": stop})
    return lines


def _reason(choice: Choice) -> str:
    """Why there are e-mails at all."""
    if choice.at_once:
        return _("您选了用电子邮件收通知，有了就发。")
    if choice.urgent:
        return _("您选了用电子邮件收通知，每天汇总一次；急的马上发。")
    return _("您选了用电子邮件收通知，每天汇总一次。")
