"""Staff from a table: accounts with their posts, all rows or none, every fault with its row.

A row is a post. Somebody who has an account already (by phone, else by user name) gets the post added; a post that is already held
is left as it is, so that the same file can be read twice. Whoever registered themselves is named by the code that they gave, in the
column of user names.
"""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.kernel import tables
from linli.kernel.crypto import blind, normal_phone
from linli.kernel.importers import ImportRefused, Problems, Progress, Report
from linli.kernel.policy import Refused
from linli.kernel.text import clean
from linli.orgs import policies
from linli.orgs.actions.accounts import FirstPost, make_account
from linli.orgs.actions.posts import give_post
from linli.orgs.actors import SYSTEM, Actor, today
from linli.orgs.enums import ROLES
from linli.orgs.forms.places import find_compound, find_grid
from linli.orgs.models import Organisation, Post, User
from linli.orgs.queries import post_facts
from linli.orgs.signin import appointing

MOST_ROWS = 20_000
COLUMNS = {
    "name": ("姓名",),
    "phone": ("手机号", "手机", "电话"),
    "username": ("用户名", "账号"),
    "unit": ("单位", "单位名称"),
    "division": ("区划代码", "所在区划"),
    "role": ("岗位", "职务"),
    "grid": ("网格", "网格编码"),
    "compound": ("小区",),
    "since": ("任职日期", "开始日期"),
    "until": ("离任日期", "结束日期"),
}
TEMPLATE = ("姓名", "手机号", "用户名", "单位", "区划代码", "岗位", "网格", "小区", "任职日期", "离任日期")
SAMPLE = ("何晓兰", "19900000001", "", "东门社区居委会", "", "社区专干", "", "", "2026-01-01", "")


@dataclasses.dataclass(slots=True)
class _Counts:
    accounts: int = 0
    posts: int = 0
    same: int = 0


def import_staff(
    path: Path, *, dry_run: bool, progress: Progress, by: Actor = SYSTEM, at: datetime | None = None
) -> Report:
    """Read a table of staff. Raises ImportRefused with every problem; with ``dry_run`` everything is tried and nothing kept.

    ``by`` may only name units that they manage; the command line acts for the installation.
    """
    at = at or datetime.now(UTC)
    problems, counts = Problems(), _Counts()
    rows = list(_rows(path))
    with transaction.atomic():
        lookup = _Lookup()
        for done, (number, cells) in enumerate(rows, start=1):
            try:
                with transaction.atomic():
                    _read_row(cells, lookup, counts, by=by, at=at)
            except Refused as refused:
                problems.add(number, str(refused))
            except ValidationError as error:
                for text in error.messages:
                    problems.add(number, text)
            if done % 200 == 0 or done == len(rows):
                progress(_("读入"), done, len(rows))
        if problems or dry_run:
            transaction.set_rollback(True)
    if problems:
        raise ImportRefused(problems)
    return Report(figures={_("新账号"): counts.accounts, _("新任职"): counts.posts, _("原来就有的任职"): counts.same})


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with tables.rows(path) as lines:
        where: dict[str, int] | None = None
        count = 0
        for number, cells in lines:
            if where is None:
                where = tables.columns(cells, COLUMNS)
                missing = [COLUMNS[name][0] for name in ("name", "unit", "role") if name not in where]
                if missing:
                    raise tables.refuse(_("第一行没有这些列：%(names)s。") % {"names": "、".join(missing)}, number)
                continue
            count += 1
            if count > MOST_ROWS:
                raise tables.refuse(_("最多 %(most)d 行，请分成几个文件。") % {"most": MOST_ROWS}, number)
            yield number, {name: tables.cell(cells, where.get(name)) for name in COLUMNS}
        if where is None:
            raise tables.refuse(_("文件是空的。"))


class _Lookup:
    """What rows name in words: units by name, roles by name or key."""

    def __init__(self) -> None:
        self.units: dict[str, list[Organisation]] = {}
        for unit in Organisation.objects.filter(active=True).select_related("division"):
            for name in {unit.name, unit.short_name} - {""}:
                self.units.setdefault(name, []).append(unit)
        # the file speaks the language of whoever filled it in, which need not be that of the terminal or browser
        self.roles = {key: key for key in ROLES}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                self.roles |= {str(role.name): key for key, role in ROLES.items()}

    def unit(self, name: str, division: str) -> Organisation:
        found = [one for one in self.units.get(name, []) if division in ("", one.division.code, one.division.name)]
        if not found:
            raise ValidationError(_("没有单位“%(name)s”，或者已停用。") % {"name": name})
        if len(found) > 1:
            raise ValidationError(
                _("有 %(count)d 个单位叫“%(name)s”，请填区划代码。") % {"count": len(found), "name": name}
            )
        return found[0]

    def role(self, name: str) -> str:
        if name not in self.roles:
            raise ValidationError(_("没有岗位“%(name)s”。") % {"name": name})
        return self.roles[name]


def _read_row(cells: dict[str, str], lookup: _Lookup, counts: _Counts, *, by: Actor, at: datetime) -> None:
    unit = lookup.unit(cells["unit"], cells["division"])
    post = FirstPost(
        role=lookup.role(cells["role"]),
        unit=unit,
        since=_day(cells["since"], _("任职日期")) or today(at),
        until=_day(cells["until"], _("离任日期")),
        grid=find_grid(unit, cells["grid"]) if cells["grid"] else None,
        compound=find_compound(unit, cells["compound"]) if cells["compound"] else None,
    )
    invited = appointing.user_of(cells["username"], at=at)
    user = invited or _existing(cells)
    if user is None:
        phone = cells["phone"]
        username = cells["username"] or (f"u{_digits(phone)}" if phone else "")
        if not username:
            raise ValidationError(_("手机号和用户名至少填一个。"))
        make_account(username=username, name=cells["name"], phone=phone, post=post, by=by, at=at)
        counts.accounts += 1
        counts.posts += 1
        return
    # before anything is said of the account
    policies.can_take_in(by, post_facts(user, at=at), self_made=user.self_made, agreed=invited is not None).enforce()
    if user.name and user.name != cells["name"]:
        raise ValidationError(_("这个手机号或用户名是“%(name)s”的，姓名对不上。") % {"name": user.name})
    if not user.name:
        # a resident who signed in before being appointed
        User.objects.filter(pk=user.pk).update(name=clean(cells["name"], limit=100, lines=False))
    held = Post.objects.filter(
        user=user, role=post.role, organisation=unit, grid=post.grid, compound=post.compound, until=post.until
    )
    if held.exists():
        counts.same += 1
        return
    give_post(
        user=user,
        role=post.role,
        unit=unit,
        grid=post.grid,
        compound=post.compound,
        since=post.since,
        until=post.until,
        code=cells["username"] if invited else "",
        by=by,
        at=at,
    )
    counts.posts += 1


def _digits(phone: str) -> str:
    """A user name for who has only a phone: part of a keyed hash, so that the number does not show in lists."""
    return blind(_phone(phone), purpose="phone")[:10]


def _phone(text: str) -> str:
    try:
        return normal_phone(text)
    except ValueError as error:
        raise ValidationError(_("电话号码不对：手机号是 11 位数字。")) from error


def _existing(cells: dict[str, str]) -> User | None:
    by_phone = (
        User.objects.filter(phone_blind=blind(_phone(cells["phone"]), purpose="phone")) if cells["phone"] else None
    )
    found = by_phone.first() if by_phone is not None else None
    if found is not None or not cells["username"]:
        return found
    named = User.objects.filter(username=cells["username"]).first()
    if named is not None and cells["phone"] and named.phone_blind:
        raise ValidationError(_("用户名“%(name)s”登记的是另一个手机号。") % {"name": cells["username"]})
    return named


def _day(text: str, column: str) -> date | None:
    if not text:
        return None
    plain = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-")
    parts = plain.split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError as error:
        raise ValidationError(
            _("%(column)s“%(text)s”不是日期，写成 2026-01-31 这样。") % {"column": column, "text": text[:20]}
        ) from error
