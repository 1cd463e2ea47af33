"""The file of a case as an A4 PDF: for paper, and as the readable part of the archive package."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.display import clock_time, day, moment
from linli.kernel.typesetting import typeset
from linli.procedures import files
from linli.procedures.archiving import Dossier, Part, Told
from linli.procedures.enums import State
from linli.procedures.models import Case, CaseFile

TEMPLATE = Path(__file__).parent / "typst" / "history.typ"
MOST_PICTURES = 24


def history_pdf(found: Dossier, *, at: datetime) -> bytes:
    """Return the file of a case as a PDF/A: facts, history, attachments and related cases, as far as its reader may see them."""
    pictures = _pictures(found)
    return typeset(TEMPLATE, content(found, pictures, at=at), at=at, pictures=_paths(pictures))


def content(found: Dossier, pictures: list[CaseFile], *, at: datetime) -> dict[str, Any]:
    """Return what the template sets, in the reader's language: texts, never markup."""
    main, case = found.parts[0], found.case
    language = get_language()
    kind = _("办件卷宗") if found.reader == "staff" else _("办件记录（本人）")
    city = str(settings.LINLI_CITY_NAME)
    version = _("第 %(version)d 版") % {"version": main.definition.version}
    return {
        "lang": "en" if (language or "").startswith("en") else "zh",
        "author": city,
        "city": city,
        "kind": kind,
        "code": case.code,
        "title": case.title,
        "procedure": " ".join(
            filter(None, (main.definition.name.in_(language), version, _source(main.definition.source)))
        ),
        "head": _head(main),
        "facts": [list(fact) for fact in main.facts],
        "columns": ["", _("时间"), _("谁"), _("做了什么"), _("校验码")],
        "history-title": _("经过，共 %(count)d 条") % {"count": len(main.records)},
        "records": [_row(told) for told in main.records],
        "pictures-title": _("照片"),
        "pictures": [
            {"file": f"{number}.jpg", "alt": _("第 %(seq)d 条记录的照片") % {"seq": file.seq}}
            for number, file in enumerate(pictures, start=1)
        ],
        "files-title": _("附件和校验和（SHA-256）"),
        "files": [
            {"name": file.name, "size": _size(file.size), "sha256": file.sha256}
            for part in found.parts
            for file in part.files
        ],
        "related": [_related(part) for part in found.parts[1:]],
        "proof": _("每条记录的校验码都接着上一条计算，改动任何一条，后面的都对不上。最后一条的校验码："),
        "last-hash": case.last_hash,
        "footer": _("%(code)s　印于 %(at)s") % {"code": case.code, "at": moment(at, year=True)},
    }


def _source(text: str) -> str:
    return f"（{text}）" if text else ""


def _head(part: Part) -> list[list[str]]:
    case = part.case
    rows = [
        [_("编号"), case.code],
        [_("环节"), part.definition.step_name(case.step, get_language())],
        [_("提交"), moment(case.created_at, year=True)],
        [_("结束"), moment(case.ended_at, year=True) if case.state == State.ENDED else _("还在办理")],
    ]
    held = case.held_by_person or case.state == State.ENDED
    return rows if held else [*rows, [_("在谁手里"), case.holder_unit.label]]


def _row(told: Told) -> dict[str, Any]:
    record = told.record
    lines = [told.text, *(f"{question}：{answer}" for question, answer in told.answers)]
    return {
        "seq": str(record.seq),
        "at": [day(record.at), clock_time(record.at)],
        "who": _who(told),
        "what": told.what,
        "lines": [line for text in lines for line in text.split("\n") if line.strip()],
        "hash": record.hash[:12],
    }


def _who(told: Told) -> list[str]:
    """Unit and person on a line each."""
    unit = str(told.record.actor.get("unit_name", ""))
    return [unit, told.who.removeprefix(unit).strip()] if unit and told.who.startswith(unit) else [told.who]


def _related(part: Part) -> dict[str, Any]:
    case, language = part.case, get_language()
    return {
        "title": f"{part.definition.name.in_(language)} {case.code}",
        "small": f"{case.holder_unit.label} · {part.definition.step_name(case.step, language)}",
        "records": [_row(told) for told in part.records],
    }


def _size(size: int) -> str:
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _pictures(found: Dossier) -> list[CaseFile]:
    """The photos of a dossier whose small version is there and whole, the first ones if there are many."""
    photos = [file for part in found.parts for file in part.files if file.mime == "image/jpeg" and file.thumb_sha256]
    return [file for file in photos if _is_whole(file.thumb_sha256)][:MOST_PICTURES]


def _is_whole(digest: str) -> bool:
    path = files.path_of(digest)
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _paths(pictures: list[CaseFile]) -> dict[str, Path]:
    return {f"{number}.jpg": files.path_of(file.thumb_sha256) for number, file in enumerate(pictures, start=1)}


def file_name(case: Case, ending: str) -> str:
    """Return the name under which the file of a case is saved."""
    return f"{case.code}.{ending}"
