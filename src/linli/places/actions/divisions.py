"""Divisions: opened, renamed, taken out of use, and linked to what took their place."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.audit import note, snapshot
from linli.places.actions.checks import named, optional
from linli.places.actions.checks import reason as given
from linli.places.changes import touch
from linli.places.enums import URBAN_KINDS, level_of, parent_code, wrong_with
from linli.places.models import Compound, Division, DivisionSuccession, Grid
from linli.places.policies import Manager, can_manage

FIELDS = ("code", "name", "urban_kind", "active")


@transaction.atomic
def create_division(*, code: str, name: str, urban_kind: str = "", by: Manager, at: datetime) -> Division:
    """Open a division below one that exists. The code says where it belongs.

    Raises Refused without the parent's place in ``by.managed``, ValidationError with ``code``, ``name`` or ``urban_kind``.
    """
    if wrong := wrong_with(code):
        raise ValidationError({"code": wrong})
    above = parent_code(code)
    can_manage(by, above or code).enforce()
    parent = None if above is None else Division.objects.filter(code=above).first()
    if above is not None and parent is None:
        raise ValidationError({"code": _("上级 %(code)s 还没有登记。") % {"code": above}})
    if parent is not None and not parent.active:
        raise ValidationError({"code": _("上级“%(name)s”已经停用。") % {"name": parent.name}})
    if Division.objects.filter(code=code).exists():
        raise ValidationError({"code": _("代码 %(code)s 已经登记过了。") % {"code": code}})
    made = Division.objects.create(
        code=code,
        name=named("name", name, limit=100),
        level=level_of(code),
        parent=parent,
        urban_kind=_kind(urban_kind),
    )
    note(by=by, action="places.create", subject=made, before=None, after=snapshot(made, *FIELDS), at=at)
    touch()
    return made


@transaction.atomic
def update_division(*, division: Division, name: str, urban_kind: str = "", by: Manager, at: datetime) -> Division:
    """Change the name and the urban-rural kind; the code never changes (a new code is a new division with a predecessor)."""
    can_manage(by, division.code).enforce()
    found = Division.objects.select_for_update().get(pk=division.pk)
    before = snapshot(found, *FIELDS)
    found.name, found.urban_kind = named("name", name, limit=100), _kind(urban_kind)
    found.save(update_fields=["name", "urban_kind"])
    note(by=by, action="places.update", subject=found, before=before, after=snapshot(found, *FIELDS), at=at)
    touch()
    return found


@transaction.atomic
def retire_division(*, division: Division, reason: str, by: Manager, at: datetime) -> Division:
    """Take a division out of use. It stays for history; refused while something current lies in it."""
    can_manage(by, division.code).enforce()
    found = Division.objects.select_for_update().get(pk=division.pk)
    why = given(reason)
    if not found.active:
        raise ValidationError(_("“%(name)s”已经停用了。") % {"name": found.name})
    inside = (
        (Division.objects.filter(parent=found, active=True).count(), _("%(count)d 个下级区划")),
        (Compound.objects.filter(community=found, active=True).count(), _("%(count)d 个小区")),
        (Grid.objects.filter(community=found, active=True).count(), _("%(count)d 个网格")),
    )
    left = _("、").join(text % {"count": count} for count, text in inside if count)
    if left:
        raise ValidationError(_("里面还有%(left)s在用，请先移走或停用。") % {"left": left})
    found.active = False
    found.save(update_fields=["active"])
    note(
        by=by,
        action="places.retire",
        subject=found,
        before={"active": True},
        after={"active": False, "reason": why},
        at=at,
    )
    touch()
    return found


@transaction.atomic
def restore_division(*, division: Division, by: Manager, at: datetime) -> Division:
    """Put a division back into use, if what it belongs to is in use."""
    can_manage(by, division.code).enforce()
    found = Division.objects.select_for_update().select_related(None).get(pk=division.pk)
    if found.parent_id is not None and not Division.objects.get(pk=found.parent_id).active:
        raise ValidationError(_("上级已经停用，请先恢复上级。"))
    found.active = True
    found.save(update_fields=["active"])
    note(by=by, action="places.restore", subject=found, before={"active": False}, after={"active": True}, at=at)
    touch()
    return found


@transaction.atomic
def record_succession(
    *,
    predecessor: Division,
    successor: Division,
    since: date,
    basis: str = "",
    retire: bool = False,
    by: Manager,
    at: datetime,
) -> DivisionSuccession:
    """Say that ``successor`` took the place of ``predecessor`` (in part or whole) from ``since``.

    ``retire`` takes the predecessor out of use as well. Both must be of one level, and lie in places that ``by`` manages.
    """
    for division in (predecessor, successor):
        can_manage(by, division.code).enforce()
    if predecessor.pk == successor.pk:
        raise ValidationError({"successor": _("前后不能是同一个区划。")})
    if predecessor.level != successor.level:
        raise ValidationError({"successor": _("前后两个区划的级别要相同。")})
    if DivisionSuccession.objects.filter(predecessor=predecessor, successor=successor).exists():
        raise ValidationError({"successor": _("这条沿革已经登记过了。")})
    if DivisionSuccession.objects.filter(predecessor=successor, successor=predecessor, since=since).exists():
        raise ValidationError({"successor": _("同一天已经登记过相反的沿革。")})
    made = DivisionSuccession.objects.create(
        predecessor=predecessor, successor=successor, since=since, note=optional("basis", basis, limit=200)
    )
    link = {"predecessor": str(predecessor.code), "successor": successor.code, "since": since, "note": made.note}
    for division in (predecessor, successor):
        note(by=by, action="places.succession", subject=division, before=None, after=link, at=at)
    if retire and predecessor.active:
        retire_division(
            division=predecessor, reason=made.note or _("由%(name)s接续") % {"name": successor.name}, by=by, at=at
        )
    touch()
    return made


@transaction.atomic
def remove_succession(*, succession: DivisionSuccession, by: Manager, at: datetime) -> None:
    """Take back a link that was recorded by mistake; the audit keeps it."""
    before, after = succession.predecessor, succession.successor
    for division in (before, after):
        can_manage(by, division.code).enforce()
    link = {"predecessor": before.code, "successor": after.code, "since": succession.since, "note": succession.note}
    if not DivisionSuccession.objects.filter(pk=succession.pk).delete()[0]:
        raise ValidationError(_("这条沿革已经被删除了。"))
    for division in (before, after):
        note(by=by, action="places.no_succession", subject=division, before=link, after=None, at=at)
    touch()


def _kind(text: str) -> str:
    if text and text not in URBAN_KINDS:
        raise ValidationError({"urban_kind": _("城乡分类代码是 111、112、121、122、123、210、220 之一。")})
    return text
