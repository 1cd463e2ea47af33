"""A case as residents meet it: whether it has a page for somebody, where it stands, who has it and by when, what happened."""

import dataclasses
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.display import iso, moment
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.procedures import clocks, telling
from linli.procedures.enums import RecordKind, State
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case, CaseFile, CaseRecord
from linli.procedures.policies import is_party, is_starter
from linli.procedures.queries import Detail, withheld
from linli.procedures.registry import masked, pages_of
from linli.procedures.telling import is_own, tells_starter

MINE, PARTY, EVERYONE = "mine", "party", "everyone"
# written by the engine or inside the offices; what many said is told as a number
_INNER = (RecordKind.TAKE, RecordKind.APPROVAL, RecordKind.CORRECTION, RecordKind.VOICE, RecordKind.EFFECT)
_TOLD_CLOCKS = ("overdue", "suspended", "resumed", "extend")
_TYPED = ("text", "long_text", "place")


def reader_of(by: Actor, case: Case, definition: Definition) -> str:
    """Return as what somebody reads the page of a case: 'mine', 'party', 'everyone', or '' where it does not exist for them."""
    if is_starter(by, case):
        return MINE
    if is_party(by, case):
        return PARTY
    return EVERYONE if open_to_everyone(case, definition) else ""


def open_to_everyone(case: Case, definition: Definition) -> bool:
    """Whether a case has a page for everybody: its definition makes something of it public, or everybody may take part just now.

    What belongs to another case, or is shown by an area on pages of its own, has none but while everybody may take part.
    """
    if case.restricted:
        return False
    if not asks_everyone(case, definition):
        shown = definition.public.steps == "all" or definition.public.fields or telling.published(case, definition)
        if case.parent_id is not None or pages_of(case.procedure) is not None or not shown:
            return False
    return not withheld([case.pk])


def asks_everyone(case: Case, definition: Definition) -> bool:
    """Whether a case is at a step at which everybody may take part: a public notice, a collection from the public."""
    step = definition.steps.get(case.step)
    if step is None or case.state != State.OPEN:
        return False
    return step.kind == "notice" or (step.kind == "collect" and any(who.role == "public" for who in step.by))


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One fact at the head of the page: its question, its answer, a line below, and whether it is overdue."""

    term: str
    value: str
    small: str = ""
    over: bool = False


def now_lines(detail: Detail, definition: Definition, reader: str, *, at: datetime) -> list[Line]:
    """Return who has a case and by when, or how it ended."""
    case, language = detail.case, get_language()
    step = definition.step_name(case.step, language)
    if case.state == State.ENDED:
        ended = {"withdrawn": _("已经撤回"), "void": _("已经作废")}.get(case.outcome, step)
        return [Line(_("结果"), ended, moment(case.ended_at) if case.ended_at else "")]
    lines = [
        Line(_("现在在谁手里"), holder_words(case, definition, reader), step if steps_shown(definition, reader) else "")
    ]
    clock = detail.clock("step")
    if case.suspended:
        lines.append(Line(_("什么时候"), _("暂时挂起，停止计时")))
    elif clock is not None and clock.state == "running" and clock.due_at is not None:
        shown = clocks.shown(clock, now=at, language=language or "zh")
        lines.append(Line(_by_when(definition, case), moment(clock.due_at), shown["text"], shown["state"] == "over"))
    return lines


def _by_when(definition: Definition, case: Case) -> str:
    return {"notice": _("公示到"), "collect": _("征集到")}.get(definition.steps[case.step].kind, _("最晚什么时候"))


def holder_words(case: Case, definition: Definition, reader: str) -> str:
    """Return who has a case now, as residents read it."""
    if case.held_by_person:
        asked = {"parties": PARTY}.get(case.holder_role, MINE)
        if case.holder_role == "public":
            return _("大家")
        return _("等您办") if reader == asked else _("等当事人") if asked == PARTY else _("等发起人")
    if reader == EVERYONE and definition.public.people == "none":
        return _("工作人员")
    unit = units().get(case.holder_unit_id)
    return unit.name if unit else ""


def steps_shown(definition: Definition, reader: str) -> bool:
    """Whether a reader sees the history's steps."""
    return reader != EVERYONE or definition.public.steps == "all"


def answers(case: Case, definition: Definition, reader: str) -> list[tuple[str, str]]:
    """Return the answers that a reader sees: the starter what they gave, everybody what is public, without names and numbers."""
    language = get_language()
    if reader == MINE:
        asked = [name for name, _optional in definition.start.asked()]
        public = dict(telling.published(case, definition))
        own = {
            definition.fields[name].name.in_(language): telling.words(
                definition.fields[name].type, case.data[name], definition.fields[name].options, language
            )
            for name in asked
            if case.data.get(name) not in (None, "", []) and definition.fields[name].type not in ("photos", "files")
        }
        return list((own | public).items())
    typed = {field.name.in_(language) for field in definition.fields.values() if field.type in _TYPED}
    return [(name, masked(said) if name in typed else said) for name, said in telling.published(case, definition)]


def story(detail: Detail, definition: Definition, reader: str) -> list[dict[str, Any]]:
    """Return what happened in plain words, newest first, as the timeline draws it: {time, iso, text, state, photos, files}."""
    if not steps_shown(definition, reader):
        return []
    found = []
    for record in reversed(detail.records):
        line = _line(record, definition, reader)
        if line is not None:
            files = [one for one in detail.files if one.seq == record.seq and _shows(one, record, reader)]
            found.append({"time": moment(record.at), "iso": iso(record.at), **line, "files": files})
    return found


def _shows(file: CaseFile, record: CaseRecord, reader: str) -> bool:
    return file.public or (reader == MINE and (is_own(record) or tells_starter(record)))


def _line(record: CaseRecord, definition: Definition, reader: str) -> dict[str, Any] | None:
    mine = reader == MINE
    if record.kind in _INNER or (record.kind == RecordKind.CLOCK and record.action not in _TOLD_CLOCKS):
        return None
    told = mine and (is_own(record) or tells_starter(record))
    note = record.kind in (RecordKind.COMMENT, RecordKind.FILE)
    if (note and not told) or not (record.public or mine or record.step_to):
        return None
    if not mine and not record.public:
        return None
    answer = record.kind == RecordKind.OBJECTION and record.action == "answer"
    text = record.text if told or answer or (mine and record.public) else ""
    given = telling.answers(record, definition, public_only=not told)
    if not mine:
        text = masked(text)
        given = [(name, masked(said)) for name, said in given]
    if mine and record.kind == RecordKind.START:
        given = []  # they stand above
    small = _("；").join([*([text] if text else []), *(f"{name}{_('：')}{said}" for name, said in given)])
    state = "over" if record.action == "overdue" else ""
    return {
        "who": _who(record, definition, mine=mine),
        "what": telling.what(record, definition),
        "small": small,
        "state": state,
    }


def _who(record: CaseRecord, definition: Definition, *, mine: bool) -> str:
    if record.kind == RecordKind.ENTER:
        return _("系统")  # it went on by itself, whoever's voice was the last that it needed
    if is_own(record):
        return _("您") if mine else _("发起人")
    return telling.who(record, for_public=True, definition=definition)
