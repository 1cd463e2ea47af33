"""What the page of a case shows: facts, panels, history, files, and what this person may do now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.addresses import address
from linli.kernel.display import clock_time, day, local, moment
from linli.orgs.enums import ROLES
from linli.orgs.units import units
from linli.procedures import actions, choices, clocks, dating, queries, side, telling, undoing
from linli.procedures.clock_words import row_clock
from linli.procedures.definitions import in_force, of_case
from linli.procedures.enums import RecordKind, State
from linli.procedures.files import is_file_id
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case, CaseFile, CaseRecord
from linli.procedures.options import Option, options
from linli.procedures.policies import can_see_plainly
from linli.procedures.registry import family_panels, panel_of
from linli.procedures.views import taking_part

COMMENT, CORRECT = "comment", "correct"
TABS = ("history", "files")
REASONED = ("withdraw", "reopen", "undo_end")
# what a person wrote; clocks and openings write themselves
CORRECTABLE = (RecordKind.START, RecordKind.ACTION, RecordKind.COMMENT, RecordKind.APPROVAL)


def show(
    request: HttpRequest,
    case: Case,
    *,
    chosen: str = "",
    given: dict[str, Any] | None = None,
    reason: str = "",
    errors: dict[str, str] | None = None,
    conflict: int | None = None,
    taking: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw a case's page. ``chosen`` opens the form of an action with what was typed (``given``, ``reason``) and what is wrong with it.

    ``conflict`` is the version that the person had seen when somebody else acted first; ``taking`` what was typed where many take part.
    """
    at, definition, language = request.now, of_case(case), get_language()
    detail = queries.detail(case)
    for one in detail.family:
        if one.parent_id == case.pk:
            one.parent = case
    found = options(request.actor, case, definition, at=at)
    option = next((one for one in found if one.key == chosen and one.allowed), None)
    form = _form(request, case, definition, option, given) if option else None
    typed = typed_of(case, definition, given, reason) if given is not None and not option else []
    last = detail.records[-1] if detail.records else None
    history = _history(request.actor, case, detail, definition, conflict, at)
    tab = request.GET.get("tab", "")
    context = {
        "case": case,
        "definition": definition,
        "step_name": definition.step_name(case.step, language),
        "unit": _unit_label(case),
        "clock": row_clock(_as_row(case), at),
        "clocks": _clocks(detail, definition, at, language),
        "facts": _facts(case, definition, language),
        "history": history,
        "grouped": _grouped(detail, definition, language) if tab == "files" else [],
        **_family(request, case, detail.family, at),
        "files": detail.files,
        "tab": tab if tab in TABS else "history",
        "acts": [*(_act(one, case) for one in found), _comment_act(case)],
        "form": form,
        "option": option,
        "commenting": chosen == COMMENT,
        "correcting": _correcting(chosen, history),
        "typed": typed,
        "typed_text": (given or {}).get("text", "") if chosen == COMMENT or chosen.startswith(CORRECT) else "",
        "reason": reason,
        "errors": errors or {},
        "summary": summary_of(form["questions"] if form else [], errors or {}),
        "conflict": conflict,
        # in another window, that is
        "by_oneself": conflict is not None
        and all(one.user_id == request.actor.user_id for one in detail.records if one.seq > conflict),
        "panel": panel_of(case, request),
        "crowd": taking_part.panel(request, case, definition),
        "taking": taking or {"chosen": ""},
        "may_decide": actions.may_decide(request.actor, case),
        "pending": _pending(case, definition, detail.records),
        "may_undo": last is not None
        and last.action != "undo"
        and bool(undoing.can_undo(request.actor, case, last, at=at)),
        "last": telling.what(last, definition) if last else "",
        "undo_minutes": undoing.MINUTES,
        "done": request.GET.get("done", "")[:60] if request.method == "GET" else "",
        "around": _around(request, case),
    }
    return render(request, "procedures/case.html", context, status=status)


def _as_row(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in ("suspended", "due_at", "yellow_at", "entered_at", "holder_unit_id")}


def _clocks(detail: queries.Detail, definition: Definition, at: datetime, language: str | None) -> list[Any]:
    """The running clocks: name, how they stand, the clock, and how each came by its due moment (when, in words)."""
    when = {record.seq: _when(record.at, at) for record in detail.records}
    return [
        (
            dating.name_of(clock.name, definition),
            clocks.shown(clock, now=at, language=language or "zh"),
            clock,
            [(when.get(seq, ""), text) for seq, text in dating.origin_of(clock, definition)],
        )
        for clock in detail.clocks
        if clock.ended_at is None
    ]


def _facts(case: Case, definition: Definition, language: str | None) -> list[tuple[str, str]]:
    """The answers so far, in words, for procedures whose area draws no panel of its own."""
    found = []
    for name, field in definition.fields.items():
        value = case.data.get(name)
        if value in (None, "", []) or field.type in ("photos", "files"):
            continue
        said = telling.words(field.type, value, field.options, language)
        if field.type == "signature" and is_file_id(value):
            said = format_html(
                '<img class="l-signed" src="{}" alt="{}">', address("procedures:file", value, "thumb"), said
            )
        found.append((field.name.in_(language), said))
    return found


def _history(
    by: Any, case: Case, detail: queries.Detail, definition: Definition, conflict: int | None, at: datetime
) -> list[dict[str, Any]]:
    """The records, newest first, each with its moment: the day is said where it differs from the line above."""
    heads = any(post.head and post.unit.id == case.holder_unit_id for post in by.posts)
    told = {record.seq: telling.what(record, definition) for record in detail.records}
    photos: dict[int, int] = {}
    for file in detail.files:
        photos[file.seq] = photos.get(file.seq, 0) + 1
    lines, above = [], None
    for record in reversed(detail.records):
        line = _told(record, told[record.seq], definition, conflict)
        line["photos"] = photos.get(record.seq, 0)
        on = local(record.at).date()
        line["when"] = clock_time(record.at) if on == above else _when(record.at, at)
        above = on
        if record.kind == RecordKind.CORRECTION:
            line["text"] = _("更正“%(what)s”") % {"what": told.get(record.data.get("of", 0), "")}
        line["mine"] = (
            record.kind in CORRECTABLE and record.user_id is not None and (record.user_id == by.user_id or heads)
        )
        lines.append(line)
    return lines


def _correcting(chosen: str, history: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The record that is to be corrected, if this person may correct it."""
    seq = chosen.removeprefix(f"{CORRECT}-")
    return next((line for line in history if line["mine"] and str(line["seq"]) == seq), None)


def _when(moment_of: datetime, now: datetime) -> str:
    on, today = local(moment_of).date(), local(now).date()
    days = (today - on).days
    if days in (0, 1):
        return f"{_('今天') if days == 0 else _('昨天')} {clock_time(moment_of)}"
    return f"{day(on, year=on.year != today.year)} {clock_time(moment_of)}"


def _told(record: CaseRecord, what: str, definition: Definition, conflict: int | None) -> dict[str, Any]:
    said = _("；").join(f"{label}{_('：')}{answer}" for label, answer in telling.answers(record, definition))
    return {
        "at": record.at,
        "who": telling.who(record),
        "text": what,
        "small": "　".join(part for part in (record.text, said) if part),
        "hash": f"{record.hash[:4]}…{record.hash[-2:]}",
        "state": "over" if record.action == "overdue" else "me" if record.kind == RecordKind.ACTION else "",
        "public": record.public,
        "new": conflict is not None and record.seq > conflict,
        "seq": record.seq,
    }


def _grouped(detail: queries.Detail, definition: Definition, language: str | None) -> list[dict[str, Any]]:
    """The attachments by what they were given for: with the report, with a note, on arrival, afterwards."""
    kinds = {record.seq: record.kind for record in detail.records}

    def label_of(file: CaseFile) -> str:
        kind, field = kinds.get(file.seq), definition.fields.get(file.field)
        if kind == RecordKind.START:
            return _("提交时")
        if kind in (RecordKind.COMMENT, RecordKind.FILE) or field is None:
            return _("留言附带")
        return field.name.in_(language)

    groups: dict[str, list[CaseFile]] = {}
    for file in detail.files:
        groups.setdefault(label_of(file), []).append(file)
    return [
        {
            "label": label,
            "pictures": [file for file in some if file.mime.startswith("image/")],
            "others": [file for file in some if not file.mime.startswith("image/")],
        }
        for label, some in groups.items()
    ]


def _family(request: HttpRequest, case: Case, family: Sequence[Case], at: datetime) -> dict[str, Any]:
    """The cases that belong to this one and may be seen: groups that an area draws (a whistle's units), and the rest as rows."""
    if not family:
        return {"family_panels": [], "family": []}
    by = request.actor
    asked = [one.pk for one in family if not can_see_plainly(by, one)]
    seen = set(queries.visible(by).filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()
    family = [one for one in family if one.pk not in asked or one.pk in seen]
    drawn = family_panels()
    groups: dict[str, list[Case]] = {}
    rest = []
    for one in family:
        if one.parent_id == case.pk and one.procedure in drawn:
            groups.setdefault(one.procedure, []).append(one)
        else:
            rest.append(one)
    panels = [drawn[procedure](case, some, request) for procedure, some in groups.items()]
    return {"family_panels": panels, "family": [_relative(one, case, at) for one in rest]}


def _unit_label(case: Case) -> str:
    unit = units().get(case.holder_unit_id)
    return unit.label if unit else ""


def _relative(one: Case, case: Case, at: datetime) -> dict[str, Any]:
    definition, language = of_case(one), get_language()
    ended = one.state == State.ENDED
    return {
        "case": one,
        "href": address("procedures:case", one.code),
        "name": definition.name.in_(language),
        "step": definition.step_name(one.step, language),
        "unit": _unit_label(one),
        "clock": None if ended else row_clock(_as_row(one), at),
        "above": one.pk == case.parent_id,
    }


def _act(option: Option, case: Case) -> dict[str, Any]:
    base = {
        "key": option.hot or None,
        "label": option.label,
        "primary": option.main,
        "allowed": option.allowed,
        "reason": option.reason,
    }
    if option.asks:
        return base | {"href": f"{address('procedures:case', case.code)}?do={option.key}#do"}
    return base | {"url": address("procedures:act", case.code, option.key) + f"?since={case.last_seq}"}


def _comment_act(case: Case) -> dict[str, Any]:
    href = f"{address('procedures:case', case.code)}?do={COMMENT}#do"
    return {"key": "i", "label": _("写一条"), "primary": False, "allowed": True, "reason": "", "href": href}


def _form(
    request: HttpRequest, case: Case, definition: Definition, option: Option, given: dict[str, Any] | None
) -> dict[str, Any]:
    """The form of an option: its questions and whether a reason is asked."""
    other, asked, needs_reason = asked_by(option.key, case, definition)
    questions = choices.questions(other, asked, case, at=request.now, given=given, by=request.actor)
    if option.key == "side:transfer":
        questions.append(_which_unit(case, given))
    return {"questions": questions, "reason": needs_reason}


def asked_by(key: str, case: Case, definition: Definition) -> tuple[Definition, list[tuple[str, bool]], bool]:
    """Return what an option asks: the definition whose fields they are, the fields (name, may be left out), and whether a reason."""
    if key in REASONED or key in ("side:return", "side:transfer", "side:escalate"):
        return definition, [], True
    if key.startswith("side:"):
        found = in_force().get(side.procedure_for(definition, key.removeprefix("side:")) or "")
        if found is None:
            return definition, [], False
        return found.definition, found.definition.start.asked(), False
    action = definition.steps[case.step].actions.get(key)
    return (definition, action.fields(), action.reason) if action else (definition, [], False)


def _which_unit(case: Case, given: dict[str, Any] | None) -> choices.Question:
    others = [(str(one.id), one.name) for one in choices.units_for(case, None) if one.id != case.holder_unit_id]
    return choices.Question("unit", _("转给哪个单位"), "unit", True, "", None, others, (given or {}).get("unit", ""))


def typed_of(case: Case, definition: Definition, given: dict[str, Any], reason: str) -> list[tuple[str, str]]:
    """Return what was typed into a form that cannot be sent any more, to read and copy."""
    fields = {name: field for one in in_force().values() for name, field in one.definition.fields.items()}
    fields |= definition.fields
    found = []
    for name, value in given.items():
        field = fields.get(name)
        value = value.get("typed", "") if isinstance(value, dict) else value
        said = _("、").join(value) if isinstance(value, list) else str(value)
        if field is not None and field.options:
            said = telling.words(field.type, value, field.options, get_language())
        found.append((field.name.in_(get_language()) if field else _("内容"), said))
    return [*found, *([(_("理由"), reason)] if reason else [])]


def summary_of(
    questions: Sequence[choices.Question],
    errors: dict[str, str],
    others: Sequence[str] = ("reason", "text", "photos"),
) -> list[tuple[str, str]]:
    """Return the errors of a form, each with the id of its field. ``others``: fields of the page's own besides the questions."""
    ids = {name: f"f-{name}" for name in others}
    for question in questions:
        many, upload = question.type in ("units", "choices"), question.type in ("photos", "files")
        ids[question.name] = f"f-{question.name}" if upload else f"f-a.{question.name}{'[]' if many else ''}"
    return [(ids.get(name, ""), text) for name, text in errors.items()]


def _pending(case: Case, definition: Definition, records: Sequence[CaseRecord]) -> dict[str, Any] | None:
    """What waits for a second person: what, asked by whom and when, why, with which answers, and who decides."""
    if case.pending is None:
        return None
    key = f"asked:{case.pending['action']}"
    asked = next((one for one in reversed(records) if one.action == key), None)
    if asked is None:
        return None
    # where somebody else was found: a unit whose head asked himself does not decide
    unit, role = units().get(case.pending["unit"]), ROLES.get(case.pending["role"])
    return {
        "what": telling.what(asked, definition),
        "who": telling.who(asked),
        "when": moment(asked.at),
        "reason": asked.text,
        "answers": telling.answers(asked, definition),
        "decides": f"{unit.label if unit else ''} {role.name if role else ''}".strip(),
    }


def _around(request: HttpRequest, case: Case) -> tuple[str, str]:
    """The cases before and after this one in the inbox that it lies in; two statements, for those who hold it only."""
    by = request.actor
    if case.state != State.OPEN or case.holder_unit_id not in by.unit_ids:
        return "", ""
    return queries.around(by, case, at=request.now)
