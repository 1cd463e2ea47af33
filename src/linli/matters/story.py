"""The history of a matter as a story: for the reporter in full, for everyone else only what is public. Newest first."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.display import day, iso
from linli.matters.masking import mask
from linli.matters.plain import spent, when
from linli.orgs.units import units
from linli.procedures import telling
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind
from linli.procedures.models import CaseFile, CaseRecord
from linli.procedures.queries import Detail

# What a resident is not shown: the work inside the offices.
_INNER = {RecordKind.TAKE, RecordKind.APPROVAL, RecordKind.VOICE, RecordKind.OBJECTION}
_GRADES = {
    "5": lambda: _("很满意"),
    "4": lambda: _("满意"),
    "3": lambda: pgettext("satisfaction", "一般"),
    "2": lambda: _("不满意"),
    "1": lambda: _("很不满意"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Telling:
    """To whom, and what is needed to say it: ``mine`` is the reporter; ``names`` are masked in what the public reads.

    ``bare``: what happened, without anybody's own words.
    """

    mine: bool
    now: datetime
    text: str
    names: Sequence[str] = ()
    bare: bool = False
    # the due moment of the step that a record left, by the record's number
    dues: Mapping[int, datetime] = dataclasses.field(default_factory=dict)
    # what a correction may name, by case and number
    known: Mapping[tuple[UUID, int], CaseRecord] = dataclasses.field(default_factory=dict)

    def shown(self, text: str) -> str:
        """What the offices wrote, for these eyes."""
        return text if self.mine else mask(text, known_names=self.names).text


Said = tuple[str, str]
Teller = Callable[[CaseRecord, dict[str, Any], Telling], Said | None]


def story(detail: Detail, to: Telling, *, inner: Sequence[CaseRecord] = ()) -> list[dict[str, Any]]:
    """Return the records as the timeline draws them: {seq, time, iso, text, plain, state, photos}, newest first.

    ``seq`` is 0 for another case's. ``inner``: records of the units that were called, told in between.
    """
    definition = of_case(detail.case)
    every = [*_without_slips(detail.records), *inner]
    to = dataclasses.replace(to, dues=_dues(detail), known={(row.case_id, row.seq): row for row in every})
    shown = []
    for record in sorted(every, key=lambda row: (row.at, row.seq), reverse=True):
        own = record.case_id == detail.case.pk
        said = _tell(record, to, definition) if own else _tell_child(record, to)
        if said is None:
            continue
        lead, rest = said
        photos = _photos(record, detail.files, to) if own else []
        shown.append(
            {
                "seq": record.seq if own else 0,
                "time": when(record.at, to.now),
                "iso": iso(record.at),
                "text": _markup(lead, rest),
                "plain": f"{lead}{rest}",
                "state": "over" if record.action == "overdue" else "",
                "photos": photos,
            }
        )
    return shown


def _without_slips(records: Sequence[CaseRecord]) -> list[CaseRecord]:
    """The records without acts that their author took back at once, and without the taking back: nothing came of them."""
    slips = {row.seq for row in records if row.action == "undo" and "reporter" not in (row.data.get("tell") or [])}
    return [row for row in records if row.seq not in slips and row.seq + 1 not in slips]


def _dues(detail: Detail) -> dict[int, datetime]:
    left = {record.at: record.seq for record in detail.records if record.step_to}
    return {
        left[clock.ended_at]: clock.due_at
        for clock in detail.clocks
        if clock.name == "step" and clock.ended_at in left and clock.due_at is not None
    }


def sentence(record: CaseRecord, to: Telling, definition: Any) -> str:
    """Return one record as the story tells it; '' for what it does not tell."""
    return "".join(_tell(record, to, definition) or ())


def _markup(lead: str, rest: str) -> SafeString:
    return format_html("<b>{}</b>{}", lead, rest) if lead else format_html("{}", rest)


def _tell(record: CaseRecord, to: Telling, definition: Any) -> Said | None:
    said = _said(record, to, definition)
    if said is None or not to.bare:
        return said
    lead = said[0].rstrip("：: ")
    return (lead, "") if lead and record.kind != RecordKind.START else None


def _said(record: CaseRecord, to: Telling, definition: Any) -> Said | None:
    if record.kind in _INNER or (not to.mine and not record.public):
        return None
    if record.kind == RecordKind.CORRECTION:
        old = _corrected(record, to)
        return _correction(record, to) if old is not None and _said(old, to, definition) is not None else None
    if record.kind == RecordKind.START:
        return _("您反映：") if to.mine else _("有居民反映："), to.text
    if record.kind in (RecordKind.COMMENT, RecordKind.FILE):
        return _comment(record, to)
    answers = record.data.get("answers") or {}
    teller = _TELLERS.get(record.action)
    if teller is not None:
        return teller(record, answers, to)
    if record.kind in (RecordKind.CLOCK, RecordKind.EFFECT):
        return None
    return (telling.what(record, definition), "") if record.step_to else None


def _corrected(record: CaseRecord, to: Telling) -> CaseRecord | None:
    """The record that a correction names, itself a correction or not; None where it is not at hand."""
    return to.known.get((record.case_id, int(record.data.get("of", 0))))


def _correction(record: CaseRecord, to: Telling) -> Said:
    """What is right instead of what was told: whoever read the wrong words reads this."""
    return _("%(unit)s更正：") % {"unit": _unit(record)}, to.shown(record.text)


def _comment(record: CaseRecord, to: Telling) -> Said | None:
    if not to.mine or "reporter" not in (record.data.get("tell") or []):
        return None
    from_reporter = record.actor.get("role") == "reporter"
    files = record.data.get("files", 0)
    text = record.text or (_("%(n)d 个附件") % {"n": files} if files else "")
    return (_("您说：") if from_reporter else _("%(unit)s说：") % {"unit": _unit(record)}), text


def _unit(record: CaseRecord) -> str:
    return str(record.actor.get("unit_name", "")) or telling.who(record, for_public=True)


def _name(unit_id: Any) -> str:
    unit = units().get(unit_id) if isinstance(unit_id, int) else None
    return unit.name if unit else ""


def _because(record: CaseRecord, to: Telling) -> str:
    """The reason given, for the reporter: whoever hands on or refuses says why."""
    return _reason(record, to) if to.mine else ""


def _reason(record: CaseRecord, to: Telling) -> str:
    return _("，理由：%(reason)s") % {"reason": to.shown(record.text)} if record.text else ""


def _dispatch(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    return _("交给%(unit)s办") % {"unit": _name(answers.get("unit"))}, ""


def _whistle(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    called = _("、").join(filter(None, [_name(one) for one in answers.get("units", [])]))
    return _("社区吹哨"), _("，请%(units)s到场。") % {"units": called}


def _ask(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    return _("社区请您补充：") if to.mine else _("请反映人补充"), str(answers.get("question", "")) if to.mine else ""


def _supply(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    return (_("您补充："), str(answers.get("supplement", ""))) if to.mine else (_("反映人补充了情况"), "")


def _answer(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    rest = to.shown(str(answers.get("answer_text", "")))
    if answers.get("next_date"):
        rest += _(" 下一次告诉您：%(date)s。") % {"date": _date(answers["next_date"])}
    return _("%(unit)s答复：") % {"unit": _unit(record)}, rest


def _date(text: Any) -> str:
    try:
        return day(datetime.fromisoformat(str(text)).date(), year=False)
    except ValueError:
        return str(text)


def _done(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    result = to.shown(str(answers.get("result", "")))
    return _("%(unit)s办完了：") % {"unit": _unit(record)}, result.rstrip("。") + (_in_time(record, to) or "。")


def _transfer(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    return _("转给%(unit)s办") % {"unit": _name(answers.get("unit"))}, _because(record, to)


def _rate(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    if not to.mine:
        return _("反映人评价了"), ""
    rest = rated(answers)
    return _("您评了："), f"{rest} {answers['remark']}" if answers.get("remark") else rest


def rated(answers: Mapping[str, Any]) -> str:
    """The three answers of a rating in words, as kept or as a form sent them."""
    said = [
        _("联系了") if answers.get("reached") in (True, "yes") else _("没有联系"),
        _("解决了") if answers.get("settled") in (True, "yes") else _("没解决"),
        _GRADES.get(str(answers.get("satisfied")), lambda: "")(),
    ]
    return " · ".join(filter(None, said))


def _expired(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    if record.step == "supplement":
        return "", _("到期没有等到补充，先按现有的办。")
    if record.step_to == "dispute":
        return "", _("到期没有评价。您说过没解决，由街道来定。") if to.mine else _("到期没有评价，由街道来定。")
    if record.step in ("rate", "rate_again"):
        return "", _("到期没有评价，自动办结。")
    return "", _("期限到了，转入下一步。")


def _accept(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    return _("社区受理了"), _in_time(record, to)


def _in_time(record: CaseRecord, to: Telling) -> str:
    """How much before or after its clock a step was left."""
    due = to.dues.get(record.seq)
    if due is None:
        return ""
    words = _("，比期限早 %(time)s。") if record.at <= due else _("，比期限晚 %(time)s。")
    return words % {"time": spent(abs(due - record.at))}


def _plain(lead: Callable[[], str], *, because: bool = False) -> Teller:
    return lambda record, answers, to: (lead(), _because(record, to) if because else "")


def _checked(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said:
    return (_("社区核查过了，请您评") if to.mine else _("社区核查过了，等反映人评")), ""


def _opened(record: CaseRecord, answers: dict[str, Any], to: Telling) -> Said | None:
    return (_("上一级开始督办"), "") if record.data.get("procedure") == "supervision" else None


_TELLERS: dict[str, Teller] = {
    "accept": _accept,
    "ask": _ask,
    "supply": _supply,
    "merge": _plain(lambda: _("并入另一件同样的反映，一起办")),
    # that a matter was refused everybody may read, and so why
    "return": lambda record, answers, to: (_("没有受理"), _reason(record, to)),
    "put_back": _plain(lambda: _("并回原来那一件，一起办"), because=True),
    "dispatch": _dispatch,
    "own": _plain(lambda: _("社区自己办")),
    "grid": _plain(lambda: _("交给网格办")),
    "whistle": _whistle,
    "split": _plain(lambda: _("其中几件事拆开分别办")),
    "move": _plain(lambda: _("转到应该办的社区"), because=True),
    "escalate": _plain(lambda: _("上报上一级定由谁办"), because=True),
    "call_off": _plain(lambda: _("改由一家办"), because=True),
    "answer": _answer,
    "done": _done,
    "transfer": _transfer,
    "recall": _plain(lambda: _("督办收回，重新派"), because=True),
    "pass": _checked,
    "redo": _plain(lambda: _("社区核查没有通过，退回重办")),
    "rate": _rate,
    "resume": _plain(lambda: _("街道决定继续办"), because=True),
    "close": _plain(lambda: _("说明理由后办结"), because=True),
    "reopen": _plain(lambda: _("重新打开了"), because=True),
    "withdraw": _plain(lambda: _("撤回了"), because=True),
    "withdrawn": _plain(lambda: _("撤回了"), because=True),
    "undo": _plain(lambda: _("刚才的一步撤销了")),
    "expired": _expired,
    "all_done": _plain(lambda: _("请来的单位都办完了")),
    "with_parent": lambda record, answers, to: None,
    "overdue": _plain(lambda: _("超过了时限，已经记下")),
    "suspended": _plain(lambda: _("条件还不具备，暂时挂起，停止计时")),
    "resumed": _plain(lambda: _("恢复办理，继续计时")),
    "extend": _plain(lambda: _("批准延长时限")),
    "opened": _opened,
    "merged_in": _plain(lambda: _("有一件同样的反映并了进来")),
    "merge_undone": _plain(lambda: _("一件并进来的反映又分了出去")),
    "void": _plain(lambda: _("作废了")),
}


def _tell_child(record: CaseRecord, to: Telling) -> Said | None:
    """What a unit that was called did: it came, it declined, it is done."""
    answers = record.data.get("answers") or {}
    if record.kind == RecordKind.CORRECTION:
        old = _corrected(record, to)
        return _correction(record, to) if old is not None and _tell_child(old, to) is not None else None
    if record.action == "arrive":
        return _("%(unit)s到了现场") % {"unit": _unit(record)}, ""
    if record.action in ("settle", "done"):
        return _("%(unit)s处置完了：") % {"unit": _unit(record)}, to.shown(str(answers.get("result", "")))
    if record.action == "deny":
        return "", _("社区说还没有人到场，再催。")
    if record.action == "overdue":
        return "", _("有单位到时没有报到，已经升一级。")
    return None


def _photos(record: CaseRecord, files: Sequence[CaseFile], to: Telling) -> list[dict[str, str]]:
    found = []
    for file in files:
        if file.seq != record.seq or not (to.mine or file.public):
            continue
        if file.mime == "image/jpeg":
            found.append(
                {
                    "src": reverse("procedures:file", args=[file.pk, "thumb"]),
                    "href": reverse("procedures:file", args=[file.pk, "full"]),
                    "alt": _("您拍的照片") if to.mine and record.kind == RecordKind.START else _("照片"),
                }
            )
    return found


def recordings(detail: Detail) -> list[CaseFile]:
    """Return the reporter's own recordings: offered to them for download."""
    return [file for file in detail.files if file.field == "recording"]
