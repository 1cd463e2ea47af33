"""What a posted form of a definition holds: answers, uploads, and the key by which the same form sent twice is one case."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, QueryDict

from linli.kernel.ids import uuid7
from linli.kernel.text import whole
from linli.orgs.actors import Actor
from linli.procedures import actions, files, side, undoing
from linli.procedures.definitions import of_case
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case, CaseFile
from linli.procedures.views.showing import asked_by


def answers_of(post: QueryDict) -> dict[str, Any]:
    """Return the answers of a posted form: fields named ``a.NAME``; several values of one name make a list.

    A signature is ``s.NAME`` (a typed name), ``s.NAME.mine`` (ticked) and ``s.NAME.drawn`` (a picture, kept for showing it again).
    """
    found: dict[str, Any] = {}
    for name in post:
        if name.startswith("a."):
            values = [value for value in post.getlist(name) if value != ""]
            if values:
                found[name[2:]] = values if len(values) > 1 or name.endswith("[]") else values[0]
        elif name.startswith("s.") and "." not in name[2:] and (post[name].strip() or post.get(f"{name}.drawn")):
            mine, drawn = post.get(f"{name}.mine") == "1", post.get(f"{name}.drawn", "")
            found[name[2:]] = {"typed": post[name], "mine": mine, "drawn": drawn[: files.MOST_DRAWN + 40]}
    return {name.removesuffix("[]"): value for name, value in found.items()}


def uploaded(request: HttpRequest, definition: Definition) -> list[CaseFile]:
    """Return the files of a posted form, each checked by its content, with the field that it answers."""
    made: list[CaseFile] = []
    for name in request.FILES:
        field, many = definition.fields.get(name), request.FILES.getlist(name)
        if field is not None and field.type == "files":
            made += files.documents(many, field=name, most=field.max or files.MOST_FILES)
        else:
            made += files.photos(many, field=name)
    for name, field in definition.fields.items():
        drawn = request.POST.get(f"s.{name}.drawn", "") if field.type == "signature" else ""
        if drawn:
            made.append(files.signature(drawn, field=name))
    return made


def form_key() -> str:
    """Return the key of a form about to be shown."""
    return uuid7().hex


def sent_as(request: HttpRequest) -> str | None:
    """Return the key of what was sent: that of its form and of its words.

    Pressed twice or sent again it is the same; changed after going back it is another, and nothing of it is lost.
    """
    once = request.POST.get("once", "")
    if not (once.isascii() and once.isalnum() and len(once) <= 40):
        return None
    words = [(name, values) for name, values in sorted(request.POST.lists()) if name != "csrfmiddlewaretoken"]
    attached = [(name, file.name, file.size) for name, many in request.FILES.lists() for file in many]
    return f"{once}:{hashlib.sha256(json.dumps([words, attached]).encode()).hexdigest()}"


def since_of(request: HttpRequest) -> int | None:
    """Return the version of the case that a form was made for."""
    text = request.POST.get("since") or request.GET.get("since") or ""
    return whole(text, digits=8)


def carry_out(request: HttpRequest, case: Case, key: str, given: dict[str, Any], *, by: Actor) -> None:
    """Do what a posted form of a case asks for: an action of its step, a side act, withdrawing, opening again."""
    common = {"case_id": case.pk, "by": by, "at": request.now, "since": since_of(request)}
    reason = request.POST.get("reason", "")
    if key == "take":
        actions.take(**common)
    elif key == "withdraw":
        actions.withdraw(**common, reason=reason)
    elif key == "reopen":
        actions.reopen(**common, reason=reason)
    elif key == "undo_end":
        undoing.undo_end(**common, reason=reason)
    elif key in ("side:return", "side:transfer", "side:escalate"):
        unit_id = whole(str(given.get("unit", "")))
        side.pass_on(**common, act=key.removeprefix("side:"), reason=reason, unit_id=unit_id)
    elif key.startswith("side:"):
        side.open_beside(
            **common,
            act=key.removeprefix("side:"),
            form=given,
            files=uploaded(request, asked_by(key, case, of_case(case))[0]),
        )
    else:
        actions.act(**common, action=key, form=given, reason=reason, files=uploaded(request, of_case(case)))
