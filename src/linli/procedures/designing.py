"""Designing procedures without code: copy, edit as a draft, check, publish, retire. Every act is one transaction and on record.

A draft may be wrong at any time; what was typed is always kept. Only a definition without mistakes whose handlers are installed can be
put in force. Running cases stay on their version.
"""

import dataclasses
import difflib
import hashlib
import re
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.models import AuditEntry
from linli.kernel.policy import Decision, allow, deny
from linli.kernel.text import clean
from linli.orgs.actors import Actor
from linli.orgs.enums import ROLES
from linli.orgs.models import User
from linli.procedures import publishing
from linli.procedures.charting import language, role_names
from linli.procedures.definitions import in_force, of_version
from linli.procedures.editing import CannotEdit, edited, tree_of
from linli.procedures.enums import VersionStatus
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.grammar.checks import examine, missing_handlers
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.diff import differences
from linli.procedures.grammar.load import LIMIT, BadDefinition, Mistake, read
from linli.procedures.models import ProcedureVersion
from linli.procedures.registry import handlers

COUNTY_DIGITS = 6
MOST_CHANGES = 30
KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")


class DraftChanged(Exception):
    """Somebody else saved the draft since it was shown (HTTP 409). ``changes``: who, when and what, newest first."""

    def __init__(self, version: ProcedureVersion, changes: list[AuditEntry]) -> None:
        super().__init__("the draft was changed meanwhile")
        self.version, self.changes = version, changes


@dataclasses.dataclass(frozen=True, slots=True)
class Review:
    """What a text is worth: its definition if it has the right form, and everything that stands against publishing it."""

    definition: Definition | None
    mistakes: list[Mistake]
    warnings: list[Mistake]
    missing: list[tuple[str, int]]

    @property
    def ready(self) -> bool:
        """Nothing stands against putting it in force."""
        return self.definition is not None and not self.mistakes and not self.missing


def can_design(by: Actor) -> Decision:
    """Whether somebody may change procedures: who manages a county or a city, for a procedure holds everywhere."""
    if any(len(prefix) <= COUNTY_DIGITS for prefix in by.managed):
        return allow()
    return deny(_("流程由区县或市级的管理人员设计，您的岗位不包括这项。"))


def digest(text: str) -> str:
    """Return what stands for a text in forms: whoever saves says which text they saw."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def review(text: str, *, key: str, version: int) -> Review:
    """Read and check a definition that is to be version ``version`` of procedure ``key``."""
    try:
        definition, source = read(text)
    except BadDefinition as bad:
        return Review(None, bad.mistakes, [], [])
    known = {*in_force(), key}
    mistakes, warnings = examine(definition, source, roles=list(ROLES), procedures=known)
    if definition.procedure != key:
        message = _("这里应当是 %(key)s：流程的键不能改，要新流程请复制。") % {"key": key}
        mistakes = [*mistakes, Mistake(source.line(("procedure",)), "procedure", message)]
    if definition.version != version:
        message = _("这一版的版本号是 %(version)d。") % {"version": version}
        mistakes = [*mistakes, Mistake(source.line(("version",)), "version", message)]
    return Review(definition, sorted(mistakes), warnings, missing_handlers(definition, source, list(handlers())))


# --- acts ---


@transaction.atomic
def copy(*, version_id: int, by: Actor, at: datetime, key: str = "", name: str = "") -> ProcedureVersion:
    """Copy a version to a draft: of the next version of its procedure, or with ``key`` and ``name`` of a new one.

    A procedure has one draft at a time: if there is one already, it is returned as it is.
    """
    can_design(by).enforce()
    source = ProcedureVersion.objects.get(pk=version_id)
    new = bool(key)
    key = _new_key(key) if new else source.key
    name = _name(name) if new else source.name
    present = ProcedureVersion.objects.filter(key=key, status=VersionStatus.DRAFT).first()
    if present is not None:
        return present
    last = ProcedureVersion.objects.filter(key=key).aggregate(last=Max("version"))["last"] or 0
    edits: list[tuple[tuple[str, ...], Any]] = [(("procedure",), key), (("version",), last + 1)]
    if new:
        edits.append((("name",), {"zh": name}))
    try:
        text, _kept = edited(source.text, edits)
    except CannotEdit:
        text = source.text  # a draft that cannot be read is copied as it is, mistakes and all
    try:
        with transaction.atomic():
            draft = ProcedureVersion.objects.create(
                key=key, version=last + 1, name=name, text=text, created_at=at, created_by_id=by.user_id
            )
    except IntegrityError as error:  # somebody copied it at the same moment
        raise NotNow(_("别人刚刚也复制了这个流程，请刷新后再看。")) from error
    audit.note(
        by=by, action="copied", subject=draft, before=None, after={"from": str(source), "sha": digest(text)}, at=at
    )
    return draft


def _new_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise BadAnswers({"key": _("键用小写字母开头，只含小写字母、数字和下划线，最多 40 个。")})
    if ProcedureVersion.objects.filter(key=key).exists():
        raise BadAnswers({"key": _("已经有键为 %(key)s 的流程。") % {"key": key}})
    return key


def _name(name: str) -> str:
    try:
        name = clean(name, limit=60, lines=False)
    except ValidationError as error:
        raise BadAnswers({"name": str(error.messages[0])}) from error
    if not name:
        raise BadAnswers({"name": _("请给新流程起个名字。")})
    return name


@transaction.atomic
def save(*, version_id: int, text: str, since: str, by: Actor, at: datetime) -> ProcedureVersion:
    """Keep what was typed in a draft, right or wrong. Raises DraftChanged if the draft is not the text ``since`` any more."""
    can_design(by).enforce()
    draft = _locked(version_id)
    if len(text) > LIMIT:
        raise BadAnswers({"text": _("一个流程最多 %(limit)d 个字。") % {"limit": LIMIT}})
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if text == draft.text:
        return draft
    if since != digest(draft.text):
        raise DraftChanged(draft, changes_since(draft, since))
    changes = said_changes(draft.text, text)
    before = digest(draft.text)
    draft.text = text
    draft.name = _name_in(text) or draft.name
    draft.save(update_fields=["text", "name"])
    after = {"sha": digest(text), "changes": changes}
    audit.note(by=by, action="edited", subject=draft, before={"sha": before}, after=after, at=at)
    return draft


def _locked(version_id: int) -> ProcedureVersion:
    draft = ProcedureVersion.objects.select_for_update(of=("self",)).get(pk=version_id)
    if draft.status != VersionStatus.DRAFT:
        raise NotNow(_("这一版已经不是草稿，不能再改。要改请再复制一版。"))
    return draft


def _name_in(text: str) -> str:
    try:
        name = tree_of(text).get("name")
    except CannotEdit:
        return ""
    zh = name.get("zh") if isinstance(name, dict) else name
    return zh[:60] if isinstance(zh, str) else ""


def said_changes(old: str, new: str) -> list[str]:
    """Return what changed between two texts: in sentences where both can be read, else as changed lines."""
    try:
        said = differences(read(old)[0], read(new)[0], language(), roles_names=role_names())
        return said[:MOST_CHANGES] or [_("只改了注释或写法")]
    except BadDefinition:
        return changed_lines(old, new)


def changed_lines(old: str, new: str) -> list[str]:
    """Return the lines that went ('- …') and came ('+ …')."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line[:200] for line in lines if line[:3] not in ("---", "+++") and line[:1] in "+-"][:MOST_CHANGES]


def changes_since(draft: ProcedureVersion, since: str) -> list[AuditEntry]:
    """Return the entries of a draft's record after the text ``since``, newest first."""
    found = []
    for entry in audit.history(draft):
        found.append(entry)
        if (entry.before or {}).get("sha") == since:
            return found
    return found[:1]


@transaction.atomic
def publish(*, version_id: int, since: str, note: str, by: Actor, at: datetime) -> ProcedureVersion:
    """Put a draft in force with a note why; refused with every mistake and every handler that is missing."""
    can_design(by).enforce()
    draft = _locked(version_id)
    if since != digest(draft.text):
        raise DraftChanged(draft, changes_since(draft, since))
    try:
        note = clean(note, limit=300, lines=False)
    except ValidationError as error:
        raise BadAnswers({"note": str(error.messages[0])}) from error
    if not note:
        raise BadAnswers({"note": _("请写明为什么发布这一版，会记在版本里。")})
    found = review(draft.text, key=draft.key, version=draft.version)
    if not found.ready:
        raise BadAnswers({"": _("；").join(why_not_ready(found))})
    replaced = in_force().get(draft.key)
    changes = (
        differences(of_version(replaced.version_id), found.definition, language(), roles_names=role_names())
        if replaced and found.definition
        else []
    )
    ProcedureVersion.objects.filter(pk=draft.pk).update(note=note)
    publishing.publish(version=draft, by=User.objects.get(pk=by.user_id or 0), at=at)
    after = {"note": note, "changes": changes[:MOST_CHANGES], "sha": digest(draft.text)}
    audit.note(by=by, action="published", subject=draft, before={"status": "draft"}, after=after, at=at)
    draft.refresh_from_db()
    return draft


def why_not_ready(found: Review) -> list[str]:
    """Return in sentences what stands against publishing."""
    said = [_("第 %(line)d 行：%(message)s") % {"line": one.line, "message": one.message} for one in found.mistakes]
    said += [
        _("第 %(line)d 行：本平台没有安装处理程序 %(name)s") % {"line": line, "name": name}
        for name, line in found.missing
    ]
    return said[:MOST_CHANGES]


@transaction.atomic
def discard(*, version_id: int, since: str, by: Actor, at: datetime) -> None:
    """Put a draft aside: it stays among the versions and can be copied again."""
    can_design(by).enforce()
    draft = _locked(version_id)
    if since != digest(draft.text):
        raise DraftChanged(draft, changes_since(draft, since))
    ProcedureVersion.objects.filter(pk=draft.pk).update(status=VersionStatus.RETIRED)
    audit.note(by=by, action="discarded", subject=draft, before={"status": "draft"}, after={"status": "retired"}, at=at)


@transaction.atomic
def retire(*, version_id: int, by: Actor, at: datetime) -> None:
    """Take a procedure out of force: no new cases; running ones go on. Refused while something else calls it."""
    can_design(by).enforce()
    version = ProcedureVersion.objects.select_for_update(of=("self",)).get(pk=version_id)
    if version.status != VersionStatus.PUBLISHED:
        raise NotNow(_("这一版没有在用。"))
    if version.key in publishing.shipped():
        raise NotNow(_("这是平台自带的流程，别的功能要用，不能停用，只能换新版本。"))
    users = [
        one.definition.name.in_(get_language())
        for key, one in in_force().items()
        if key != version.key and _calls(one.definition, version.key)
    ]
    if users:
        raise NotNow(_("这些流程还在调用它，先改它们：%(names)s。") % {"names": _("、").join(users)})
    ProcedureVersion.objects.filter(pk=version.pk).update(status=VersionStatus.RETIRED)
    publishing.changed()
    audit.note(
        by=by, action="retired", subject=version, before={"status": "published"}, after={"status": "retired"}, at=at
    )


def _calls(definition: Definition, key: str) -> bool:
    return key in definition.procedures() or key in definition.side.values()
