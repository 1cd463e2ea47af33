"""Versions of definitions: shipped ones installed, drafts made, checked and published."""

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel import outbox
from linli.kernel.memo import forget
from linli.orgs.models import User
from linli.procedures.enums import VersionStatus
from linli.procedures.errors import NotNow
from linli.procedures.events import ProcedurePublished
from linli.procedures.grammar.load import read
from linli.procedures.models import ProcedureVersion

_folders: list[Path] = []


def ships(folder: Path) -> None:
    """Say that an area ships definitions in a folder (called from its app's ``ready``)."""
    if folder not in _folders:
        _folders.append(folder)


def shipped() -> dict[str, str]:
    """Return the texts of all shipped definitions by key."""
    found = {}
    for folder in _folders:
        for file in sorted(folder.glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            found[read(text)[0].procedure] = text
    return found


@transaction.atomic
def install_shipped(*, at: datetime) -> list[str]:
    """Publish every shipped definition whose procedure this installation has not got; what a county edited stays as it is."""
    have = set(ProcedureVersion.objects.values_list("key", flat=True))
    new = []
    for key, text in shipped().items():
        if key not in have:
            definition, _source = read(text)
            ProcedureVersion.objects.create(
                key=key,
                version=definition.version,
                name=definition.name.zh,
                text=text,
                status=VersionStatus.PUBLISHED,
                created_at=at,
                published_at=at,
            )
            new.append(key)
    changed()
    return new


def changed() -> None:
    """Forget what is kept of definitions in force."""
    forget("procedures:")


@transaction.atomic
def publish(*, version: ProcedureVersion, by: User, at: datetime) -> None:
    """Put a draft in force in place of the version before it; running cases stay on theirs. NotNow if it is no draft any more."""
    # all versions of the procedure, in one order: two people publishing at once do it one after the other
    rows = {row.pk: row for row in ProcedureVersion.objects.select_for_update().filter(key=version.key).order_by("pk")}
    draft = rows.get(version.pk)
    if draft is None or draft.status != VersionStatus.DRAFT:
        raise NotNow(_("这一版已经发布或停用，不能再发布。"))
    definition, _source = read(draft.text)
    if definition.procedure != draft.key:
        raise NotNow(_("定义里写的是“%(key)s”，不是这个流程。") % {"key": definition.procedure})
    ProcedureVersion.objects.filter(key=version.key, status=VersionStatus.PUBLISHED).update(
        status=VersionStatus.RETIRED
    )
    ProcedureVersion.objects.filter(pk=draft.pk).update(
        status=VersionStatus.PUBLISHED, published_at=at, published_by=by, name=definition.name.zh
    )
    outbox.publish([ProcedurePublished(key=version.key, version=version.version)], at=at)
    changed()
