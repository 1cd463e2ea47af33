"""The designer: a manager of a county or city copies a procedure and edits it as a draft, by forms or as text."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.text import whole
from linli.orgs.guards import manager_required
from linli.procedures import charting, designing, figures, publishing
from linli.procedures.definitions import in_force
from linli.procedures.designing import DraftChanged, Review, digest, review
from linli.procedures.editing import REMOVE, CannotEdit, added, edited, moved, tree_of
from linli.procedures.enums import VersionStatus
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.load import LIMIT, Mistake
from linli.procedures.models import ProcedureVersion
from linli.procedures.shapes import edits_of, new_key, new_step, shape
from linli.procedures.shaping import Given, fields_of, mapping, name_of, steps_of


def designer_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only those in who may change procedures."""

    @wraps(view)
    @manager_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        designing.can_design(request.actor).enforce()
        return view(request, *args, **kwargs)

    return guarded


def given_of(post: QueryDict) -> Given:
    """Return what was posted, several ticks of one name joined by commas."""
    return Given({name: ",".join(post.getlist(name)) for name in post})


def find(version_id: int) -> ProcedureVersion:
    found = ProcedureVersion.objects.select_related("created_by", "published_by").filter(pk=version_id).first()
    if found is None:
        raise Http404
    return found


# --- the list ---


@require_safe
@designer_required
def index(request: HttpRequest) -> HttpResponse:
    """Every procedure with its version in force and its draft; ``q`` keeps those whose name or key holds the words."""
    return _index(request)


def _index(
    request: HttpRequest, *, errors: dict[str, str] | None = None, given: Any = None, status: int = 200
) -> HttpResponse:
    asked = request.GET.get("q", "")[:60].strip()
    rows = (
        ProcedureVersion.objects.select_related("created_by", "published_by").defer("text").order_by("key", "-version")
    )
    if asked:
        rows = rows.filter(Q(name__icontains=asked) | Q(key__icontains=asked))
    running: dict[str, int] = {}
    for (key, _step), number in figures.running().items():
        running[key] = running.get(key, 0) + number
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(
            row.key, {"key": row.key, "name": row.name, "running": running.get(row.key, 0), "versions": 0}
        )
        entry["versions"] += 1
        if row.status in (VersionStatus.DRAFT, VersionStatus.PUBLISHED):
            entry[row.status] = row
        else:
            entry.setdefault("latest", row)
    for entry in found.values():
        known = entry.get("published") or entry.get("draft") or entry.get("latest")
        entry["name"], entry["shipped"] = _name(known), entry["key"] in publishing.shipped()
    context = {
        "entries": sorted(found.values(), key=lambda entry: ("published" not in entry, entry["name"])),
        "q": asked,
        "errors": errors or {},
        "given": given or {},
        "sources": [(row.pk, f"{_name(row)} v{row.version}") for row in rows if row.status == VersionStatus.PUBLISHED],
    }
    return render(request, "procedures/designer.html", context, status=status)


def _name(row: ProcedureVersion) -> str:
    """The name of a version: of one in force in the reader's language, of others as it is written in their row."""
    found = in_force().get(row.key)
    return found.definition.name.in_(get_language()) if found and row.status == VersionStatus.PUBLISHED else row.name


@require_POST
@designer_required
def copy(request: HttpRequest) -> HttpResponse:
    """Copy a version: to the next version's draft, or with a key and a name to a new procedure."""
    source, key = whole(request.POST.get("source", "")), request.POST.get("key", "").strip()
    new = request.POST.get("new") == "1"
    if source is None or not ProcedureVersion.objects.filter(pk=source).exists():
        raise Http404
    try:
        if new and not key:
            raise BadAnswers({"key": _("请写新流程的键。")})
        name = request.POST.get("name", "")
        draft = designing.copy(version_id=source, by=request.actor, at=request.now, key=key if new else "", name=name)
    except BadAnswers as bad:
        return _index(request, errors=bad.errors, given=request.POST.dict(), status=422)
    # a procedure has one draft at a time: whoever asked for a copy is told that there was one already
    there = draft.created_at != request.now
    return redirect(reverse("procedures:draft", args=[draft.pk]) + ("?there=1" if there else ""))


# --- one version ---


@require_safe
@designer_required
def page(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version: its parts as forms (``part``), or with ``view=text`` its text. Only a draft can be changed."""
    return show(request, find(version_id), part=request.GET.get("part", ""), as_text=request.GET.get("view") == "text")


def frame(request: HttpRequest, version: ProcedureVersion, *, tab: str, found: Review | None = None) -> dict[str, Any]:
    """What every page of a version shows: its head, its tabs, whether it can be published."""
    found = found or review(version.text, key=version.key, version=version.version)
    here = reverse("procedures:draft", args=[version.pk])
    tabs = [
        ("edit", _("表单"), here),
        ("text", _("文本"), f"{here}?view=text"),
        ("check", _("检查走法"), reverse("procedures:draft_check", args=[version.pk])),
        ("try", _("试走一件"), reverse("procedures:draft_try", args=[version.pk])),
        ("compare", _("和现行版比"), reverse("procedures:draft_compare", args=[version.pk])),
        ("history", _("版本和记录"), reverse("procedures:versions", args=[version.key])),
    ]
    return {
        "version": version,
        "name": found.definition.name.in_(get_language()) if found.definition else version.name,
        "draft": version.status == VersionStatus.DRAFT,
        "since": digest(version.text),
        "review": found,
        "problems": problems(version.text, found),
        "tabs": [{"label": label, "href": href, "current": key == tab} for key, label, href in tabs],
        "here": here,
    }


def show(
    request: HttpRequest,
    version: ProcedureVersion,
    *,
    part: str = "",
    as_text: bool = False,
    typed: str | None = None,
    given: Given | None = None,
    errors: dict[str, str] | None = None,
    conflict: DraftChanged | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw a version; whatever was typed and could not be kept is shown again."""
    text = version.text if typed is None else typed
    found = review(text, key=version.key, version=version.version)
    context = frame(request, version, tab="text" if as_text else "edit", found=found) | {
        "text": text,
        "lines": max(text.count("\n") + 1, 12),
        "errors": errors or {},
        "conflict": _conflict(conflict, typed) if conflict else None,
        "svg": charting.svg(found.definition) if found.definition else None,
        "rows": charting.rows(found.definition) if found.definition else [],
        "limit": LIMIT,
        "done": request.GET.get("done", ""),
        "there": request.GET.get("there", ""),
    }
    if as_text:
        return render(request, "procedures/designer_text.html", context, status=status)
    try:
        tree = tree_of(version.text)
    except CannotEdit as broken:
        context |= {"broken": str(broken), "parts": [], "shape": None, "part": ""}
        return render(request, "procedures/designer_draft.html", context, status=status)
    names = charting.role_names()
    chosen = shape(tree, part or "general", names) or shape(tree, "general", names)
    context |= {
        "broken": "",
        "parts": _parts(tree, found.mistakes),
        "shape": chosen,
        "part": chosen.part,
        "given": given or {},
        "steps": [(key, name_of(step, key)) for key, step in steps_of(tree).items()],
        "actions": _actions(tree, chosen.part),
    }
    return render(request, "procedures/designer_draft.html", context, status=status)


def _conflict(changed: DraftChanged, typed: str | None) -> dict[str, Any]:
    changes = [(entry.user_label, entry.at, (entry.after or {}).get("changes", [])) for entry in changed.changes]
    return {
        "changes": changes,
        "lines": designing.changed_lines(changed.version.text, typed) if typed is not None else [],
    }


def problems(text: str, found: Review) -> list[dict[str, Any]]:
    """Everything that stands against publishing, by line: where in words, and what."""
    try:
        tree = tree_of(text)
    except CannotEdit:
        tree = {}
    missing = [
        Mistake(line, "", _("本平台没有安装处理程序 %(name)s。") % {"name": name}) for name, line in found.missing
    ]
    return [
        {"line": one.line, "where": _where(tree, one.path), "message": one.message, "kind": kind}
        for kind, some in (("wrong", [*found.mistakes, *missing]), ("odd", found.warnings))
        for one in some
    ]


def _where(tree: dict[str, Any], path: str) -> str:
    """A path of the tree in words, as far as it names steps, actions and fields."""
    keys = path.split(".") if path else []
    if len(keys) >= 2 and keys[0] == "steps":
        step = mapping(steps_of(tree).get(keys[1]))
        said = [name_of(step, keys[1])]
        if len(keys) >= 4 and keys[2] == "actions":
            said.append(name_of(mapping(step.get("actions")).get(keys[3]), keys[3]))
        return " · ".join(said)
    if len(keys) >= 2 and keys[0] == "fields":
        return name_of(fields_of(tree).get(keys[1]), keys[1])
    return ""


def _parts(tree: dict[str, Any], mistakes: list[Mistake]) -> list[dict[str, Any]]:
    """The parts that can be chosen, with how many mistakes each has."""

    def wrong(*path: str) -> int:
        start = ".".join(path)
        return sum(one.path == start or one.path.startswith(start + ".") for one in mistakes)

    steps = [
        {
            "part": f"step:{key}",
            "name": name_of(step, key),
            "wrong": wrong("steps", key),
            "end": mapping(step).get("kind") == "end",
        }
        for key, step in steps_of(tree).items()
    ]
    fields = [
        {"part": f"field:{key}", "name": name_of(field, key), "wrong": wrong("fields", key)}
        for key, field in fields_of(tree).items()
    ]
    return [
        {"title": "", "entries": [{"part": "general", "name": _("总体"), "wrong": 0}]},
        {"title": _("环节"), "entries": steps},
        {"title": _("要填的内容"), "entries": fields},
    ]


def _actions(tree: dict[str, Any], part: str) -> list[dict[str, str]]:
    """The actions of the step that is open."""
    kind, _colon, key = part.partition(":")
    step_key = key.partition(".")[0] if kind in ("step", "action") else ""
    actions = mapping(mapping(steps_of(tree).get(step_key)).get("actions"))
    return [{"part": f"action:{step_key}.{one}", "name": name_of(action, one)} for one, action in actions.items()]


# --- changing a draft ---


@require_POST
@designer_required
def save(request: HttpRequest, version_id: int) -> HttpResponse:
    """Keep the text as typed, with its mistakes; a draft that somebody else changed meanwhile comes back with what changed."""
    version, text = find(version_id), request.POST.get("text", "")
    try:
        designing.save(
            version_id=version.pk, text=text, since=request.POST.get("since", ""), by=request.actor, at=request.now
        )
    except DraftChanged as changed:
        return show(request, changed.version, as_text=True, typed=text, conflict=changed, status=409)
    except BadAnswers as bad:
        return show(request, version, as_text=True, typed=text[: LIMIT * 2], errors=bad.errors, status=422)
    return redirect(f"{reverse('procedures:draft', args=[version.pk])}?view=text&done=1")


@require_POST
@designer_required
def edit(request: HttpRequest, version_id: int) -> HttpResponse:
    """Change one part by its form, add or remove parts, move a step."""
    version, given = find(version_id), given_of(request.POST)
    part = given.get("part", "general")
    try:
        text, kept, after = _edited(version.text, part, given)
        designing.save(version_id=version.pk, text=text, since=given.get("since", ""), by=request.actor, at=request.now)
    except DraftChanged as changed:
        return show(request, changed.version, part=part, given=given, conflict=changed, status=409)
    except BadAnswers as bad:
        return show(request, version, part=part, given=given, errors=bad.errors, status=422)
    except CannotEdit as broken:
        return show(request, version, errors={"": str(broken)}, status=422)
    return redirect(f"{reverse('procedures:draft', args=[version.pk])}?part={after}&done={'1' if kept else 'plain'}")


def _edited(text: str, part: str, given: Given) -> tuple[str, bool, str]:
    """Return the text after what was asked for, whether its comments stayed, and which part to show then."""
    tree, does = tree_of(text), given.get("do", "save")
    if does == "save":
        return *edited(text, edits_of(tree, part, given, charting.role_names())), part
    if does == "remove":
        return _removed(text, tree, part)
    if does in ("up", "down"):
        key = part.removeprefix("step:")
        if key not in steps_of(tree):
            raise BadAnswers({"": _("这一部分已经不在了，请刷新。")})
        return *moved(text, ("steps",), key, -1 if does == "up" else 1), part
    name = given.text("new.name", 60)
    if not name:
        raise BadAnswers({f"new.{does}": _("请先写名称。")})
    return _with_new(text, tree, does, name, part, given)


def _removed(text: str, tree: dict[str, Any], part: str) -> tuple[str, bool, str]:
    found = shape(tree, part, charting.role_names())
    if found is None or not found.path:
        raise BadAnswers({"": _("这一部分已经不在了，请刷新。")})
    after = f"step:{found.path[1]}" if part.startswith("action:") else "general"
    return *edited(text, [(found.path, REMOVE)]), after


def _with_new(text: str, tree: dict[str, Any], does: str, name: str, part: str, given: Given) -> tuple[str, bool, str]:
    steps, fields = steps_of(tree), fields_of(tree)
    if does == "add_step" and steps:
        key, after = new_key(steps, "step"), given.get("new.after", "")
        after = after if after in steps else list(steps)[-1]
        kind = "end" if given.get("new.kind") == "end" else "task"
        return *added(text, ("steps",), key, new_step(tree, key, name, kind), after=after), f"step:{key}"
    if does == "add_field":
        key = new_key(fields, "field")
        return *edited(text, [(("fields", key), {"name": name, "type": "text", "max": 200})]), f"field:{key}"
    step_key = part.partition(":")[2].partition(".")[0]
    if does == "add_action" and step_key in steps:
        actions = mapping(mapping(steps[step_key]).get("actions"))
        key = new_key(actions, "action")
        new = {"name": name, "to": step_key, "reason": True}
        return *edited(text, [(("steps", step_key, "actions", key), new)]), f"action:{step_key}.{key}"
    raise BadAnswers({"": _("这一部分已经不在了，请刷新。")})


@require_POST
@designer_required
def preview(request: HttpRequest, version_id: int) -> HttpResponse:
    """What the text in the field would be: its chart and its mistakes; nothing is kept."""
    version, text = find(version_id), request.POST.get("text", "")[:LIMIT]
    found = review(text.replace("\r\n", "\n"), key=version.key, version=version.version)
    context = {
        "version": version,
        "review": found,
        "problems": problems(text, found),
        "svg": charting.svg(found.definition) if found.definition else None,
    }
    return render(request, "procedures/designer_preview.html", context)
