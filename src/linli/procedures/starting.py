"""The beginning of a case."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.crypto import blind
from linli.kernel.display import local
from linli.kernel.ids import new_code, uuid7_at
from linli.kernel.policy import Refused
from linli.orgs.actors import SYSTEM, Actor
from linli.orgs.units import Unit, units
from linli.places.enums import Level
from linli.procedures import clocks, effects, family, flow, repeating
from linli.procedures.answers import check_answers
from linli.procedures.choices import check_people
from linli.procedures.definitions import in_force
from linli.procedures.enums import RecordKind, State, Urgency
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.events import CaseStarted
from linli.procedures.files import bind
from linli.procedures.grammar.definition import Definition
from linli.procedures.holders import Held
from linli.procedures.models import Case, CaseFile
from linli.procedures.policies import fits
from linli.procedures.reads import DATABASE, Reads
from linli.procedures.registry import openers
from linli.procedures.work import Work


def may_start(definition: Definition, by: Actor, case: Case) -> bool:
    """Whether an actor may start a case of this procedure about this place (``case`` is not saved yet)."""
    return by.system or any(who.role in ("public", "starter") or fits(who, by, case) for who in definition.start.by)


def in_window(definition: Definition, at: datetime) -> bool:
    """Whether applications are open on the local day: MM-DD every year (over New Year too), or one year's YYYY-MM-DD."""
    opens, closes = definition.start.opens, definition.start.closes
    day = local(at).date().isoformat()
    if opens and closes and len(opens) == len(closes) == 5 and opens > closes:
        return day[5:] >= opens or day[5:] <= closes
    after = not opens or day[-len(opens) :] >= opens
    return after and (not closes or day[-len(closes) :] <= closes)


def begin(
    *,
    procedure: str,
    by: Actor,
    at: datetime,
    title: str,
    division_id: int,
    division_code: str,
    grid_id: int | None = None,
    compound_id: int | None = None,
    urgency: int = Urgency.ORDINARY,
    kind_label: str = "",
    form: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    parent: Case | None = None,
    beside: bool = False,
    holder: Held | None = None,
    starter_key: str = "",
    starter_unit_id: int | None = None,
    idempotency_key: str | None = None,
    case_id: UUID | None = None,
    files: list[CaseFile] | None = None,
    on_behalf: bool = False,
    kin: dict[UUID, Work] | None = None,
    reads: Reads = DATABASE,
    planned_for: datetime | None = None,
) -> Work:
    """Return the work of a new case, at its first step, not yet flushed. The transaction is the caller's.

    ``planned_for``: when a case of a series should have opened. Raises Refused (who), BadAnswers, NotNow (no such procedure in force,
    or not at this time of the year).
    """
    found = in_force().get(procedure)
    if found is None:
        raise NotNow(_("流程“%(key)s”没有启用。") % {"key": procedure})
    definition = found.definition
    watching = _first_unit(division_code)
    case = Case(
        id=case_id or uuid7_at(at),
        code=new_code(),
        version_id=found.version_id,
        procedure=procedure,
        title=title[:200],
        kind_label=kind_label[:80],
        urgency=urgency,
        state=State.OPEN,
        step=definition.first,
        division_id=division_id,
        division_code=division_code,
        grid_id=grid_id,
        compound_id=compound_id,
        holder_unit_id=watching.id,
        holder_role="",
        holder_level=watching.level,
        # who writes down what somebody else says is not the one who started it
        starter_user_id=None if by.system or on_behalf else by.user_id,
        starter_unit_id=starter_unit_id,
        starter_key=starter_key,
        parent=parent,
        parent_step=parent.step if parent else "",
        parent_visit=parent.visit if parent else 0,
        root_id=(parent.root_id or parent.pk) if parent else None,
        beside=beside,
        restricted=definition.confidential is not None or bool(parent and parent.restricted),
        data=dict(data or {}),
        created_at=at,
        entered_at=at,
        idempotency_key=idempotency_key,
    )
    if starter_unit_id is None and by.posts:
        post = next((held for held in by.posts if held.covers(division_code)), by.posts[0])
        case.starter_unit_id = post.unit.id
    # whoever opens a case beside another, or for it, has asked already
    if parent is None and not may_start(definition, by, case):
        raise Refused(_("您的岗位不能发起“%(name)s”。") % {"name": definition.name.in_(get_language())})
    if not in_window(definition, at):
        raise NotNow(_("“%(name)s”现在不在受理期内。") % {"name": definition.name.in_(get_language())})
    asked = definition.start.asked()
    answers = check_answers(definition, asked, form or {}, case.data, place=division_code)
    if not by.system:
        check_people(definition, answers, case, at=at)
    case.data = {**case.data, **answers}
    case.urgency = answers.get("urgency", urgency)
    work = Work(
        case=case,
        definition=definition,
        by=by,
        at=at,
        new=True,
        on_behalf=on_behalf,
        kin={} if kin is None else kin,
        reads=reads,
    )
    work.files = files or []
    for file in work.files:
        file.case_id, file.seq = case.pk, work.next_seq
    first = definition.steps[definition.first]
    seq = work.record(
        RecordKind.START,
        action="start",
        to=definition.first,
        data={"answers": answers, "files": len(work.files)},
        public=flow.is_public(work, first.publish),
    )
    flow.enter(work, definition.first, held=holder)
    effects.meanwhile(work)
    if parent is not None and parent.suspended and not beside:
        effects.hold(work, why=f"{parent.procedure} {parent.code}")
    for name, clock in definition.clocks.items():
        clocks.start_clock(work, name, clock.clock, unit_id=case.holder_unit_id)
    if definition.repeat is not None:
        repeating.plan_next(work, definition.repeat, planned_for or at)
    work.publish(
        CaseStarted(
            case=case.id,
            procedure=procedure,
            step=definition.first,
            unit=case.holder_unit_id,
            tell=list(first.tell),
            seq=seq,
        )
    )
    return work


def _first_unit(division_code: str) -> Unit:
    table = units()
    for level in (Level.COMMUNITY, Level.STREET, Level.COUNTY, Level.CITY, Level.PROVINCE):
        unit = table.governing_at(division_code, level)
        if unit is not None:
            return unit
    raise BadAnswers({"place": _("这个地方还没有接入平台。")})


def start_child(
    work: Work,
    procedure: str,
    *,
    form: dict[str, Any],
    beside: bool,
    unit_id: int | None = None,
    holder: Held | None = None,
    by: Actor = SYSTEM,
    files: list[CaseFile] | None = None,
) -> Case:
    """Start a case for (or beside) the one in hand, written with it, and note it in the history of the one in hand.

    Of ``form`` it is given what it asks. The unit that holds the one in hand may go on reading it.
    """
    parent = work.case
    found = in_force().get(procedure)
    if found is None:
        raise NotNow(_("流程“%(key)s”没有启用。") % {"key": procedure})
    definition = found.definition
    # nobody's unit started what a resident sent, or what was written down for one
    data: dict[str, Any] = {"parent_by_resident": parent.starter_unit_id is None}
    data |= {"unit_of_joint": unit_id} if unit_id else {}
    asked = {name for name, _optional in definition.start.asked()}
    answers = {name: value for name, value in form.items() if name in asked}
    if unit_id and "unit" in asked and "unit" not in answers:
        answers["unit"] = unit_id
    post = by.post_in(parent.holder_unit_id) or next(
        (one for one in by.posts if one.covers(parent.division_code)), None
    )
    inner = begin(
        procedure=procedure,
        by=by,
        at=work.at,
        title=f"{definition.name.zh}：{parent.title}",
        division_id=parent.division_id,
        division_code=parent.division_code,
        grid_id=parent.grid_id,
        compound_id=parent.compound_id,
        urgency=parent.urgency,
        kind_label=parent.kind_label,
        form=answers,
        files=files,
        data=data,
        parent=parent,
        beside=beside,
        holder=holder,
        starter_unit_id=post.unit.id if post else parent.holder_unit_id,
        kin=work.kin,
        reads=work.reads,
    )
    if beside and definition.beside is not None and definition.beside.ends_with_step is not None:
        family.begun_here(work)
    inner.left_unit(parent.holder_unit_id)
    if opened := openers().get(procedure):
        opened(inner)
    family.note_effect(work, "opened", inner.case, {"unit": inner.case.holder_unit_id})
    return inner.case


def start(**arguments: Any) -> Case:
    """Start a case in a transaction of its own; arguments as ``begin``, ``files`` answering the fields of the form that they name.

    An idempotency key that the same person or browser sent before gives the case it made then, also when both arrive at once.
    """
    by, key = arguments["by"], arguments.pop("idempotency_key", None)
    if key:
        key = blind(f"{arguments.get('starter_key') or by.user_id}:{key}", purpose="idempotency")
        if found := Case.objects.filter(idempotency_key=key).first():
            return found
    try:
        return _start(idempotency_key=key, **arguments)
    except IntegrityError:
        # the same key at the same moment, or (once in tens of millions) a code drawn twice
        found = Case.objects.filter(idempotency_key=key).first() if key else None
        return found or _start(idempotency_key=key, **arguments)


@transaction.atomic
def _start(**arguments: Any) -> Case:
    found = in_force().get(arguments["procedure"])
    if found is not None:
        names = [name for name, _optional in found.definition.start.asked()]
        arguments["form"] = bind(found.definition, names, arguments.get("form") or {}, arguments.get("files") or [])
    work = begin(**arguments)
    work.flush()
    return work.case
