"""What somebody may begin, and why not the rest; a case that is begun for somebody else."""

import dataclasses
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel import crypto
from linli.kernel.ids import uuid7_at
from linli.orgs.actors import Actor
from linli.people.models import Contact
from linli.procedures import charting, siting
from linli.procedures.answers import written
from linli.procedures.definitions import in_force
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case
from linli.procedures.pins import pin_hash
from linli.procedures.registry import pages_of
from linli.procedures.starting import in_window as in_window
from linli.procedures.starting import start
from linli.procedures.telling import words

TITLE_LENGTH = 60
# what residents are called in 'start.by'
RESIDENTS = ("public", "reporter", "starter")


@dataclasses.dataclass(frozen=True, slots=True)
class Beginning:
    """A procedure in force as somebody may begin it: ``why_not`` is empty where they may; ``page`` names an area's own page for it."""

    definition: Definition
    why_not: str = ""
    page: str = ""


def beginnings(by: Actor, *, at: datetime) -> list[Beginning]:
    """Return every procedure in force for a member of staff: those that they may begin first, by name."""
    found = [beginning(one.definition, by, at=at) for one in in_force().values()]
    return sorted(found, key=lambda one: (bool(one.why_not), one.definition.name.in_(charting.language())))


def beginning(definition: Definition, by: Actor, *, at: datetime) -> Beginning:
    """Return whether somebody may begin a procedure now: who, when in the year, and whether it begins by itself or beside another."""
    pages = pages_of(definition.procedure)
    if pages is not None:
        return Beginning(definition, page=pages.desk if by.posts else pages.resident)
    return Beginning(definition, why_not=_why_not(definition, by, at=at))


def _why_not(definition: Definition, by: Actor, *, at: datetime) -> str:
    if definition.beside is not None:
        return _("在别的办件旁边走，从那一件的页面发起。")
    if all(who.place == "parent" for who in definition.start.by):
        return _("由别的流程发起。")
    if definition.repeat is not None and definition.repeat.yearly_on is not None:
        return _("每年到时候自己发起。")
    if next(siting.sites(definition, by), None) is None:
        return _("由%(who)s发起。") % {"who": charting.starters(definition)}
    if not in_window(definition, at):
        return window_words(definition)
    return ""


def window_words(definition: Definition) -> str:
    """Return when in the year applications are taken, in words."""
    opens, closes = definition.start.opens, definition.start.closes
    if opens and closes:
        return _("受理期从 %(opens)s 到 %(closes)s，现在不受理。") % {"opens": opens, "closes": closes}
    if opens:
        return _("从 %(opens)s 开始受理。") % {"opens": opens}
    return _("已于 %(closes)s 截止受理。") % {"closes": closes}


def for_residents(definition: Definition) -> bool:
    """Whether residents begin this procedure themselves, here."""
    named = any(who.role in RESIDENTS for who in definition.start.by)
    return named and definition.beside is None and pages_of(definition.procedure) is None


def title_of(definition: Definition, given: dict[str, Any], place: str) -> str:
    """Return a title made of what was answered: the procedure, and the first short answer, or else the place."""
    for name, _optional in definition.start.asked():
        field, value = definition.fields[name], given.get(name)
        if value and field.type in ("text", "choice", "date") and isinstance(value, str):
            said = " ".join(words(field.type, value, field.options, None).split())
            return f"{definition.name.zh}：{said}"[:TITLE_LENGTH]
    return f"{definition.name.zh}：{place}"[:TITLE_LENGTH]


def begin_here(
    definition: Definition,
    site: siting.Site,
    *,
    by: Actor,
    at: datetime,
    title: str,
    form: dict[str, Any],
    digits: str = "",
    somebody: tuple[str, str] | None = None,
    **more: Any,
) -> Case:
    """Start a case at a place. ``digits``: four, with which its code opens it elsewhere. Raises as ``starting.start``.

    ``somebody``: name and phone (either may be empty) of whom a member of staff writes it down for: the record says so, who wrote it
    down is not its starter, and the last four digits of the phone open it with its code.
    """
    title = written("title", title, limit=TITLE_LENGTH).replace("\n", " ") or title_of(definition, form, site.name)
    case_id = uuid7_at(at)
    contact, phone = _contact(somebody, at) if somebody else (None, "")
    digits = digits.strip() or phone[-4:]
    if digits and not (len(digits) == 4 and digits.isascii() and digits.isdigit()):
        raise BadAnswers({"pin": _("请填四位数字。")})
    data = {"pin": pin_hash(case_id, digits)} if digits else {}
    if contact is not None:
        data["contact"] = str(contact.pk)
    with transaction.atomic():
        if contact is not None:
            contact.save(force_insert=True)
        case = start(
            procedure=definition.procedure,
            by=by,
            at=at,
            title=title,
            division_id=site.division_id,
            division_code=site.division_code,
            grid_id=site.grid_id,
            form=form,
            data=data,
            case_id=case_id,
            on_behalf=somebody is not None,
            **more,
        )
        if contact is not None and case.pk != case_id:
            contact.delete()  # sent twice: the case of the first time has its own
    return case


def _contact(somebody: tuple[str, str], at: datetime) -> tuple[Contact | None, str]:
    name = written("for_name", somebody[0], limit=100)
    try:
        phone = crypto.normal_phone(somebody[1]) if somebody[1].strip() else ""
    except ValueError as error:
        raise BadAnswers({"for_phone": _("电话号码不对，请检查。")}) from error
    if not (name or phone):
        return None, ""
    blind = crypto.blind(phone, purpose="phone") if phone else ""
    sealed = {"name_sealed": crypto.seal(name), "phone_sealed": crypto.seal(phone), "phone_blind": blind}
    return Contact(**sealed, created_at=at), phone
