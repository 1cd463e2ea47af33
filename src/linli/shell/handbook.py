"""The handbook inside the product: chapters of docs/handbook as pages, and which chapter belongs to which page."""

from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

# the first part of an address -> the chapter that explains its pages
CHAPTER_OF = {"desk": "02-desk", "manage": "03-administrators", "wall": "02-desk"}


@lru_cache(maxsize=1)
def chapters() -> dict[str, tuple[str, SafeString]]:
    """Return every chapter by its key: title and HTML. Raw HTML in the text is escaped, not passed through."""
    render_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").render
    found = {}
    for file in sorted((settings.ROOT / "docs" / "handbook").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        title = text.partition("\n")[0].lstrip("# ").strip()
        body = text.partition("\n")[2]
        found[file.stem] = (title, mark_safe(render_markdown(body)))
    return found


def chapter_for(path: str) -> str:
    """Return the key of the chapter about a page."""
    if path.startswith("/manage/planning/"):
        return "04-grids"
    return CHAPTER_OF.get(path.strip("/").split("/")[0], "01-residents")


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    return _page(request, None)


@require_safe
def chapter(request: HttpRequest, key: str) -> HttpResponse:
    if key not in chapters():
        raise Http404
    return _page(request, key)


def _page(request: HttpRequest, key: str | None) -> HttpResponse:
    """Who works at the desk keeps its navigation beside what they read."""
    if request.mode == "resident" and request.actor.staff:  # type: ignore[attr-defined]
        request.mode = "desk"  # type: ignore[attr-defined]
    return render(request, "shell/handbook.html", {"chapters": chapters(), "current": key})
