"""Published definitions, read once per process: a version never changes, which version is in force may."""

import dataclasses
from functools import lru_cache

from linli.kernel.memo import remember
from linli.procedures.enums import VersionStatus
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.load import read
from linli.procedures.models import Case, ProcedureVersion


@dataclasses.dataclass(frozen=True, slots=True)
class InForce:
    """The version of a procedure that new cases take."""

    version_id: int
    definition: Definition


@lru_cache(maxsize=500)
def _read(text: str) -> Definition:
    return read(text)[0]


def of_case(case: Case) -> Definition:
    """Return the definition that a case runs on (a running case stays on its version)."""
    return of_version(case.version_id)


def of_version(version_id: int) -> Definition:
    """Return the definition of one published or retired version."""
    return remember(
        f"procedures:version:{version_id}",
        lambda: _read(ProcedureVersion.objects.values_list("text", flat=True).get(pk=version_id)),
        seconds=3600,
    )


def in_force() -> dict[str, InForce]:
    """Return every procedure in force, by key."""

    def load() -> dict[str, InForce]:
        rows = ProcedureVersion.objects.filter(status=VersionStatus.PUBLISHED).order_by("key")
        return {row.key: InForce(row.pk, _read(row.text)) for row in rows}

    return remember("procedures:in_force", load)
