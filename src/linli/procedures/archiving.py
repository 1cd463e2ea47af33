"""The file of a case (卷宗): its history and attachments, for the staff who may see it in full, for whoever started it without what is internal.

One gathering serves the PDF and the archive package. Whoever started a case gets every record's place in the chain, so that the chain
can be followed to its end, but the words only of what they wrote, what they were told and what is public.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel import packages
from linli.kernel.display import iso
from linli.orgs.actors import Actor
from linli.procedures import dating, files, registry, telling
from linli.procedures.definitions import of_case
from linli.procedures.enums import RecordKind
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case, CaseFile, CaseRecord
from linli.procedures.policies import can_see, is_starter, visible_to
from linli.procedures.telling import is_own, tells_starter

MOST_RELATED = 200
# Kinds of records that are work inside the offices: whoever started the case sees that there is one, not what it says.
_INNER = (RecordKind.TAKE, RecordKind.APPROVAL, RecordKind.CORRECTION)
_FULL, _PARTLY = "staff", "starter"


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A record as this reader gets it. ``content`` is what its hash binds, None where something of it is kept back."""

    record: CaseRecord
    who: str
    what: str
    text: str
    answers: list[tuple[str, str]]
    content: dict[str, Any] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One case of a dossier. ``facts`` are (label, text) of what it is about."""

    case: Case
    definition: Definition
    facts: list[tuple[str, str]]
    records: list[Told]
    files: list[CaseFile]


@dataclasses.dataclass(frozen=True, slots=True)
class Dossier:
    """A case and the cases that belong to it, for one reader ('staff' or 'starter')."""

    reader: str
    parts: list[Part]

    @property
    def case(self) -> Case:
        return self.parts[0].case


def reader_of(by: Actor, case: Case) -> str:
    """Return as what somebody reads a case: 'staff' in full, 'starter' without what is internal, '' not at all.

    Members of staff who started a case outside their duties read it as its starter: only posts open it in full.
    """
    posts_only = Actor(posts=by.posts, system=by.system)
    if (by.posts or by.system) and can_see(posts_only, case):
        return _FULL
    return _PARTLY if is_starter(by, case) else ""


def dossier(case: Case, *, by: Actor) -> Dossier | None:
    """Gather the file of a case for a reader, or None if they may not see it.

    Three statements for any number of related cases, one for what it is about.
    """
    reader = reader_of(by.proven, case)
    if not reader:
        return None
    cases = [case]
    if reader == _FULL:
        below = Q(root_id=case.pk) if case.root_id is None else Q(parent_id=case.pk)
        related = (
            Case.objects.filter(below, visible_to(by)).exclude(pk=case.pk).select_related("version", "holder_unit")
        )
        cases += list(related.order_by("id")[:MOST_RELATED])
    # what somebody adds while this is read belongs to the next copy: histories only grow
    until = {one.pk: one.last_seq for one in cases}
    records: dict[Any, list[CaseRecord]] = {pk: [] for pk in until}
    for record in CaseRecord.objects.filter(case_id__in=until).order_by("case_id", "seq"):
        if record.seq <= until[record.case_id]:
            records[record.case_id].append(record)
    attached: dict[Any, list[CaseFile]] = {pk: [] for pk in until}
    for file in CaseFile.objects.filter(case_id__in=until).order_by("case_id", "seq", "id"):
        if file.seq <= until[file.case_id]:
            attached[file.case_id].append(file)
    return Dossier(reader, [_part(one, records[one.pk], attached[one.pk], reader) for one in cases])


def _part(case: Case, records: list[CaseRecord], attached: list[CaseFile], reader: str) -> Part:
    definition = of_case(case)
    told = [_told(record, definition, reader) for record in records]
    if reader == _PARTLY:
        open_seqs = {one.record.seq for one in told if one.content is not None or tells_starter(one.record)}
        attached = [file for file in attached if file.public or file.seq in open_seqs]
    return Part(case, definition, registry.facts_of(case), told, attached)


def _told(record: CaseRecord, definition: Definition, reader: str) -> Told:
    if reader == _FULL:
        return Told(
            record,
            telling.who(record),
            telling.what(record, definition),
            record.text,
            [*telling.answers(record, definition), *dating.told_by(record, definition)],
            record.content(),
        )
    who = telling.who(record, for_public=True, definition=definition)
    if is_own(record):
        answers = telling.answers(record, definition)
        return Told(record, who, telling.what(record, definition), record.text, answers, record.content())
    if record.kind in _INNER or (record.kind in (RecordKind.COMMENT, RecordKind.FILE) and not tells_starter(record)):
        return Told(record, who, _("内部办理"), "", [], None)
    # the code of another case is nobody's business but of those who work on it
    what = _("关联办件") if record.kind == RecordKind.EFFECT else telling.what(record, definition)
    text = record.text if record.public or tells_starter(record) else ""
    return Told(record, who, what, text, telling.answers(record, definition, public_only=True), None)


# --- the package ---


def write_package(found: Dossier, out: BinaryIO, *, pdf: bytes, at: datetime) -> None:
    """Write the archive package of a dossier: histories with hashes, the PDF, the definitions, every attachment, the manifest."""
    case = found.case
    names, missing = _names_of_files(found)
    history = {
        "made_at": iso(at),
        "reader": found.reader,
        "cases": [_case_json(part, names, missing) for part in found.parts],
    }
    about = {"case": case.code, "title": case.title, "reader": found.reader}
    packages.write(out, _entries(found, history, names, pdf), about=about, at=at)


def _entries(
    found: Dossier, history: dict[str, Any], names: dict[Any, str], pdf: bytes
) -> Iterator[tuple[str, bytes | Path]]:
    yield packages.HISTORY, json.dumps(history, ensure_ascii=False, indent=1).encode()
    yield "history.pdf", pdf
    versions: dict[int, str] = {}
    for part in found.parts:
        versions.setdefault(part.case.version_id, f"procedures/{part.case.procedure}-{part.case.version_id}.yaml")
    texts = {part.case.version_id: part.case.version.text for part in found.parts}
    for version_id, name in versions.items():
        yield name, texts[version_id].encode()
    for part in found.parts:
        for file in part.files:
            if file.pk in names:
                yield names[file.pk], files.path_of(file.sha256)


def _names_of_files(found: Dossier) -> tuple[dict[Any, str], set[Any]]:
    """Return the name in the package of each attachment that is whole, and the ids of those that are not."""
    names: dict[Any, str] = {}
    missing = set()
    for number, file in enumerate((file for part in found.parts for file in part.files), start=1):
        path = files.path_of(file.sha256)
        if path.is_file() and _digest(path) == file.sha256:
            names[file.pk] = f"attachments/{number:03d}-{_plain_name(file.name)}"
        else:
            missing.add(file.pk)
    return names, missing


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain_name(name: str) -> str:
    """A file name that no system takes for a path."""
    return re.sub(r'[\x00-\x1f\\/:*?"<>|]+', "_", name).strip(". ")[-80:] or "file"


def _case_json(part: Part, names: dict[Any, str], missing: set[Any]) -> dict[str, Any]:
    case = part.case
    return {
        "id": str(case.pk),
        "code": case.code,
        "title": case.title,
        "procedure": case.procedure,
        "procedure_name": part.definition.name.zh,
        "version": part.definition.version,
        "state": case.state,
        "outcome": case.outcome,
        "step": case.step,
        "created_at": iso(case.created_at),
        "ended_at": iso(case.ended_at),
        "facts": [{"label": label, "text": text} for label, text in part.facts],
        "last_seq": case.last_seq,
        "last_hash": case.last_hash,
        "records": [_record_json(told) for told in part.records],
        "files": [
            {
                "name": file.name,
                "path": names.get(file.pk, ""),
                "record": file.seq,
                "mime": file.mime,
                "size": file.size,
                "sha256": file.sha256,
                "missing": file.pk in missing,
            }
            for file in part.files
        ],
    }


def _record_json(told: Told) -> dict[str, Any]:
    record = told.record
    said = {
        "seq": record.seq,
        "at": iso(record.at),
        "who": told.who,
        "what": told.what,
        "text": told.text,
        "answers": [{"question": question, "answer": answer} for question, answer in told.answers],
        "previous_hash": record.previous_hash,
        "hash": record.hash,
    }
    return said if told.content is None else said | {"content": told.content}
