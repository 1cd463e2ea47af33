"""Verification of case histories and attachments."""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from uuid import UUID

from django.db import transaction

from linli.kernel.chain import GENESIS, link
from linli.kernel.display import iso
from linli.kernel.verifying import check
from linli.procedures import files
from linli.procedures.enums import State
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord
from linli.procedures.work import leading

BATCH = 1000


@check("histories of cases")
def histories() -> Iterator[str]:
    """Yield one sentence for each case whose history does not verify: the record where it first breaks, or a cut end.

    People go on working meanwhile: whatever does not fit is read once more, alone, before it is said.
    """
    heads = {pk: (seq, head) for pk, seq, head in Case.objects.values_list("pk", "last_seq", "last_hash")}
    records = CaseRecord.objects.order_by("case_id", "seq").iterator(chunk_size=5000)
    doubtful: list[UUID] = []
    for case_id, chain in groupby(records, key=lambda record: record.case_id):
        seq, head = heads.pop(case_id, (0, ""))
        if broken_link(list(chain), seq, head):
            doubtful.append(case_id)
    for case_id in [*doubtful, *heads]:
        yield from _again(case_id)


@transaction.atomic
def _again(case_id: UUID) -> list[str]:
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    chain = list(CaseRecord.objects.filter(case_id=case_id).order_by("seq"))
    sentence = broken_link(chain, case.last_seq, case.last_hash) if chain else "it has no history"
    return [f"{case.code}: {sentence}"] if sentence else []


def broken_link(chain: list[CaseRecord], last_seq: int, last_hash: str) -> str:
    """Return where a history first breaks, or the empty string. ``chain`` is in order of ``seq``."""
    previous = GENESIS
    for number, record in enumerate(chain, start=1):
        if record.seq != number:
            return f"record {number} is missing"
        if record.previous_hash != previous or link(previous, record.content()) != record.hash:
            return f"record {number} was changed"
        previous = record.hash
    if (len(chain), previous) != (last_seq, last_hash):
        return f"the history ends at record {len(chain)}, not at {last_seq}"
    return ""


@check("deadlines of open cases")
def deadlines() -> Iterator[str]:
    """Yield one sentence for each open case whose deadlines are not those that its history tells."""
    last = UUID(int=0)
    while cases := list(Case.objects.filter(state=State.OPEN, pk__gt=last).order_by("pk")[:BATCH]):
        last = cases[-1].pk
        for case, doubt in _dated_wrongly(cases):
            if doubt:
                yield from _deadlines_again(case.pk)


@transaction.atomic
def _deadlines_again(case_id: UUID) -> list[str]:
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    return [f"{one.code}: {doubt}" for one, doubt in _dated_wrongly([case]) if doubt and one.state == State.OPEN]


def _dated_wrongly(cases: list[Case]) -> Iterator[tuple[Case, str]]:
    ids = [case.pk for case in cases]
    told: dict[UUID, dict[str, tuple[str, str]]] = {pk: {} for pk in ids}
    records = CaseRecord.objects.filter(case_id__in=ids, data__has_key="clocks").order_by("case_id", "seq")
    for case_id, data in records.values_list("case_id", "data"):
        for part in data["clocks"]:
            told[case_id][part["clock"]] = (part["due"], part["duration"])
    latest: dict[UUID, dict[str, CaseClock]] = {pk: {} for pk in ids}
    for clock in CaseClock.objects.filter(case_id__in=ids).order_by("id"):
        latest[clock.case_id][clock.name] = clock
    for case in cases:
        yield case, wrong_deadline(case, latest[case.pk], told[case.pk])


def wrong_deadline(case: Case, latest: dict[str, CaseClock], told: dict[str, tuple[str, str]]) -> str:
    """Return what is wrong with the deadlines of an open case, or the empty string.

    ``latest`` holds its latest clock of each name, ``told`` the due moment and duration that its history tells last.
    """
    for name in sorted({*latest, *told}):
        clock = latest.get(name)
        if clock is None or (iso(clock.due_at), clock.duration) != told.get(name):
            return f"the clock {name} is not the one that the history tells"
        if name == "step" and clock.visit == case.visit and clock.ended_at is not None:
            return "the clock of its step was ended while it is there"
    first = leading(latest.values())
    if case.due_at != (first.due_at if first else None):
        return "it is not due when its clocks are"
    return ""


@check("attachments")
def attachments() -> Iterator[str]:
    """Yield one sentence for each attachment whose bytes are missing or not those that were stored."""
    seen: set[str] = set()
    for file in CaseFile.objects.select_related("case").order_by("id").iterator():
        for digest in filter(None, (file.sha256, file.thumb_sha256)):
            if digest in seen:
                continue
            seen.add(digest)
            path = files.path_of(digest)
            if not path.is_file():
                yield f"{file.case.code}: {file.name} is missing"
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                yield f"{file.case.code}: {file.name} was changed"
