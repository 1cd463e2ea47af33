"""Making, changing, closing and opening organisations."""

import dataclasses
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.display import local
from linli.kernel.outbox import publish
from linli.kernel.text import clean
from linli.kernel.worktime import Hours, office_hours
from linli.orgs import policies, units
from linli.orgs.actors import Actor, in_force
from linli.orgs.enums import GOVERNING_KINDS, OrgKind
from linli.orgs.events import CalendarChanged, OrganisationChanged
from linli.orgs.models import Organisation, Post
from linli.orgs.registry import reasons_to_keep
from linli.places.models import Division

FIELDS = (
    "kind",
    "name",
    "short_name",
    "division",
    "parent",
    "governs",
    "phone",
    "address",
    "office_hours",
    "active",
)
_STRUCTURE = ("kind", "division", "governs")


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """An organisation as somebody filled it in. ``hours``: pairs of 'HH:MM', none for the usual ones."""

    kind: str
    name: str
    division: Division
    short_name: str = ""
    parent: Organisation | None = None
    governs: bool = False
    phone: str = ""
    address: str = ""
    hours: Hours = ()


def _checked(draft: Draft, *, itself: Organisation | None) -> dict[str, object]:
    errors: dict[str, list[str]] = {}

    def text(field: str, value: str, limit: int) -> str:
        try:
            return clean(value, limit=limit, field=field, lines=False)
        except ValidationError as error:
            errors[field] = error.messages
            return ""

    values = {
        "kind": draft.kind,
        "name": text("name", draft.name, 100),
        "short_name": text("short_name", draft.short_name, 40),
        "division": draft.division,
        "parent": draft.parent,
        "governs": draft.governs,
        "phone": text("phone", draft.phone, 40),
        "address": text("address", draft.address, 200),
        "office_hours": [list(pair) for pair in draft.hours],
    }
    if not values["name"]:
        errors.setdefault("name", [_("请填写名称。")])
    if draft.kind not in OrgKind.values:
        errors["kind"] = [_("没有这种类型。")]
    elif draft.governs and draft.kind not in GOVERNING_KINDS:
        errors["governs"] = [_("本级治理单位只能是治理中心、街道办/乡镇政府、社区居委会或村委会。")]
    if draft.division.level < 2:
        errors["division"] = [_("单位要放在市、区县、街道或社区。")]
    try:
        office_hours(draft.hours)
    except ValueError:
        errors["hours"] = [_("每段写成 09:00-12:00，先后排好，不能重叠，最多 12 段。")]
    if draft.parent is not None and _beneath(draft.parent, itself):
        errors["parent"] = [_("上级单位不能是它自己或它的下级。")]
    elif (
        draft.parent is not None and not draft.parent.active and (itself is None or itself.parent_id != draft.parent.pk)
    ):
        errors["parent"] = [_("上级单位已停用。")]
    if errors:
        raise ValidationError(errors)
    return values


def _beneath(unit: Organisation | None, other: Organisation | None) -> bool:
    """Whether ``unit`` is ``other`` or stands under it."""
    if other is None:
        return False
    table, at = units.units(), unit.pk if unit else None
    seen: set[int] = set()
    while at is not None and at not in seen:
        if at == other.pk:
            return True
        seen.add(at)
        found = table.get(at)
        at = found.parent_id if found else None
    return False


def _save(unit: Organisation, *, new: bool) -> None:
    try:
        with transaction.atomic():
            unit.save(force_insert=new)
    except IntegrityError as error:
        same = Organisation.objects.filter(division=unit.division, kind=unit.kind, name=unit.name).exclude(pk=unit.pk)
        if same.exists():
            raise ValidationError({"name": [_("这里已有同名的单位。")]}) from error
        raise ValidationError({"governs": [_("这个区划已有本级治理单位，先停用那一个。")]}) from error
    _forget()


def _forget() -> None:
    """This process sees the change at once; should another one have read in between, once more when it is written."""
    units.changed()
    transaction.on_commit(units.changed)


@transaction.atomic
def make_organisation(*, draft: Draft, by: Actor, at: datetime) -> Organisation:
    """Make an organisation. ValidationError names the fields that are wrong."""
    policies.can_make_organisation(by, draft.division.code, governs=draft.governs).enforce()
    unit = Organisation(**_checked(draft, itself=None))
    _save(unit, new=True)
    audit.note(by=by, action="create", subject=unit, before=None, after=audit.snapshot(unit, *FIELDS), at=at)
    publish([OrganisationChanged(unit=unit.pk, what="made")], at=at)
    return unit


@transaction.atomic
def change_organisation(*, unit: Organisation, draft: Draft, by: Actor, at: datetime) -> Organisation:
    """Change an organisation to what the draft says; nothing is written down where nothing changed."""
    unit = Organisation.objects.select_for_update().get(pk=unit.pk)
    place = unit.division.code
    policies.can_change_organisation(by, place).enforce()
    values = _checked(draft, itself=unit)
    if any(getattr(unit, field) != values[field] for field in _STRUCTURE):
        policies.can_change_structure(by, place, governs=unit.governs).enforce()
        policies.can_make_organisation(by, draft.division.code, governs=draft.governs).enforce()
    before, hours = audit.snapshot(unit, *FIELDS), unit.office_hours
    for field, value in values.items():
        setattr(unit, field, value)
    after = audit.snapshot(unit, *FIELDS)
    if after == before:
        return unit
    _save(unit, new=False)
    audit.note(by=by, action="edit", subject=unit, before=before, after=after, at=at)
    publish([OrganisationChanged(unit=unit.pk, what="changed")], at=at)
    if unit.office_hours != hours:
        first = local(at).date().isoformat()
        publish([CalendarChanged(unit=unit.pk, first=first, last=None, why="hours")], at=at)
    return unit


def reasons_against_closing(unit: Organisation, *, at: datetime) -> list[str]:
    """Return every reason, in words, for which an organisation cannot be closed now."""
    reasons = []
    held = Post.objects.filter(in_force(at), organisation=unit).count()
    if held:
        reasons.append(_("还有 %(count)d 人在这里任职，先结束任职或调走。") % {"count": held})
    below = Organisation.objects.filter(parent=unit, active=True).count()
    if below:
        reasons.append(_("还有 %(count)d 个下级单位，先改它们的上级单位。") % {"count": below})
    return reasons + reasons_to_keep(unit)


@transaction.atomic
def close_organisation(*, unit: Organisation, by: Actor, at: datetime) -> Organisation:
    """Close an organisation: it keeps its history and takes nothing new. ValidationError with each reason against it."""
    unit = Organisation.objects.select_for_update().get(pk=unit.pk)
    policies.can_change_structure(by, unit.division.code, governs=unit.governs).enforce()
    if not unit.active:
        return unit
    reasons = reasons_against_closing(unit, at=at)
    if reasons:
        raise ValidationError(reasons)
    unit.active = False
    _save(unit, new=False)
    audit.note(by=by, action="close", subject=unit, before={"active": True}, after={"active": False}, at=at)
    publish([OrganisationChanged(unit=unit.pk, what="closed")], at=at)
    return unit


@transaction.atomic
def open_organisation(*, unit: Organisation, by: Actor, at: datetime) -> Organisation:
    """Open a closed organisation again."""
    unit = Organisation.objects.select_for_update().get(pk=unit.pk)
    policies.can_change_structure(by, unit.division.code, governs=unit.governs).enforce()
    if unit.active:
        return unit
    unit.active = True
    _save(unit, new=False)
    audit.note(by=by, action="open", subject=unit, before={"active": False}, after={"active": True}, at=at)
    publish([OrganisationChanged(unit=unit.pk, what="opened")], at=at)
    return unit
