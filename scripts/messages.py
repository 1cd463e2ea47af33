"""The translations of the areas: Chinese in the source, English in `src/linli/<area>/locale/en/LC_MESSAGES/django.po`.

    python -m scripts.messages update    write new messages into the catalogues, drop those that are gone
    python -m scripts.messages check     fail unless every message of every area is translated, once, and well-formed
    python -m scripts.messages compile   write the .mo files (./run and ./test do this themselves)

Definitions and catalogues in YAML carry both languages themselves and are not looked at here.
"""

import argparse
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from linli.kernel.once import Once
from linli.kernel.translations import SOURCE, compile_catalogues

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
METHODS = [
    ("**/tests/**", "ignore"),
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**/jinja2/**.html", "jinja2"),
    ("**/jinja2/**.txt", "jinja2"),
]
# As the pages are rendered (linli.config.jinja): white space at blocks is part of a message.
TEMPLATE = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false", "extensions": "linli.kernel.once.Once"}
# What Babel puts into the head by itself: a date that would change with every run, and names that nobody filled in.
EMPTY_HEAD = re.compile(
    rb'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team): .*\n',
    re.MULTILINE,
)
PO = Path("locale/en/LC_MESSAGES/django.po")

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# Shown in itself in every language: the name of the language in the switch.
NATIVE = "中文"
# The page of components shows invented samples to developers.
SAMPLES = {"styleguide.html"}
CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}


def areas(root: Path = SOURCE) -> list[Path]:
    """The packages directly under `root`, by name."""
    return sorted(path.parent for path in root.glob("*/__init__.py"))


def extract(area: Path) -> Catalog:
    """Every message in the Python files and templates of an area, with the files that it stands in."""
    catalogue = Catalog(locale="en", project="Linli", fuzzy=False, charset="utf-8")
    found = extract_from_dir(
        area,
        METHODS,
        options_map={"**/jinja2/**.html": TEMPLATE, "**/jinja2/**.txt": TEMPLATE},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for name, _line, message, comments, context in found:
        catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalogue


def read(area: Path) -> Catalog:
    """The English catalogue of an area; empty when there is none."""
    path = area / PO
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def updated(area: Path) -> bytes | None:
    """The text that the catalogue of an area should have, translations kept; None where nothing is to be translated."""
    wanted = extract(area)
    if not len(wanted):
        return None
    present = read(area)
    for message in wanted:
        known = present.get(message.id, message.context) if message.id else None
        if known is not None:
            message.string = known.string
            message.user_comments = known.user_comments
            if known.fuzzy:
                message.flags.add("fuzzy")
    wanted.header_comment = f"# English translations of the area {area.name}.\n# Kept by scripts/messages.py."
    wanted.mime_headers = [
        ("Language", "en"),
        ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    text = io.BytesIO()
    write_po(text, wanted, width=0, sort_by_file=True, include_lineno=False)
    return EMPTY_HEAD.sub(b"", text.getvalue())


def faults(root: Path = SOURCE) -> Iterator[str]:
    """One line for everything that keeps the English pages from being complete."""
    english: dict[tuple[str, str], dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for area in areas(root):
        wanted, present = extract(area), read(area)
        for message in wanted:
            if not message.id:
                continue
            where = f"{area.name}: {_short(message)} ({', '.join(sorted({name for name, _ in message.locations}))})"
            known = present.get(message.id, message.context)
            if known is None:
                yield f"{where} is not in the catalogue: run `python -m scripts.messages update`"
                continue
            of_this = list(_faults_of(known))
            yield from (f"{where} {fault}" for fault in of_this)
            if not of_this:
                english[message.context or "", _singular(message.id)][_parts(known.string)].append(area.name)
        gone = [one for one in present if one.id and wanted.get(one.id, one.context) is None]
        yield from (f"{area.name}: {_short(one)} is no longer in the source: run `update`" for one in gone)
        yield from untranslatable(area)
    for (_context, text), versions in english.items():
        if len(versions) > 1:
            # All catalogues are one at run time: the first installed area would win.
            names = sorted(name for of_version in versions.values() for name in of_version)
            yield f"{text!r} has different translations in {', '.join(names)}: use pgettext"


def _faults_of(message: Message) -> Iterator[str]:
    parts = _parts(message.string)
    if message.fuzzy:
        yield "is marked fuzzy"
    if not all(parts):
        yield "has no translation"
        return
    if any(part == _singular(message.id) and CHINESE.search(part) for part in parts):
        yield "is translated by itself"
    expected = set(PLACEHOLDER.findall(_singular(message.id)))
    if any(set(PLACEHOLDER.findall(part)) - expected for part in parts) or expected - set(
        PLACEHOLDER.findall(parts[-1])
    ):
        yield "has other placeholders in its translation"


def untranslatable(area: Path) -> Iterator[str]:
    """Chinese text in templates and scripts that no translation can reach."""
    environment = Environment(extensions=["jinja2.ext.i18n", Once], trim_blocks=True, lstrip_blocks=True)
    for path in sorted((*area.glob("jinja2/**/*.html"), *area.glob("jinja2/**/*.txt"))):
        if path.name in SAMPLES:
            continue
        for line, text in bare_in_template(environment, path.read_text("utf-8")):
            yield f"{path.relative_to(area.parent)}:{line}: {text!r} stands outside _( ) and {{% trans %}}"
    for path in sorted(area.glob("static/**/*.js")):
        if "vendor" in path.parts:
            continue
        for line, text in bare_in_script(path.read_text("utf-8")):
            yield f"{path.relative_to(area.parent)}:{line}: {text!r}: pass texts in from the page (data-...)"


def bare_in_template(environment: Environment, source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every Chinese passage of a template that is not given to gettext."""

    def walk(node: nodes.Node) -> Iterator[tuple[int, str]]:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in CALLS:
            # The message itself is translated; what is put into it need not be.
            inside: list[nodes.Node] = [*node.kwargs]
        else:
            inside = list(node.iter_child_nodes())
        text = (
            node.data if isinstance(node, nodes.TemplateData) else node.value if isinstance(node, nodes.Const) else ""
        )
        if isinstance(text, str) and (found := CHINESE.search(text := text.replace(NATIVE, ""))):
            line = node.lineno + text[: found.start()].count("\n")
            yield line, " ".join(text[found.start() :].split())[:40]
        for child in inside:
            yield from walk(child)

    yield from walk(environment.parse(source))


def bare_in_script(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every line of JavaScript with Chinese outside comments."""
    blank = re.sub(r"/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), source, flags=re.DOTALL)
    for number, line in enumerate(blank.splitlines(), 1):
        code = re.sub(r"(^|\s)//.*", "", line)
        if CHINESE.search(code):
            yield number, code.strip()[:40]


def _singular(identity: object) -> str:
    return str(identity[0] if isinstance(identity, list | tuple) else identity)


def _parts(string: object) -> tuple[str, ...]:
    """A translation as its plural forms, one where it has none; what is missing is empty."""
    return tuple(str(part or "") for part in (string if isinstance(string, list | tuple) else [string]))


def _short(message: Message) -> str:
    return repr(_singular(message.id)[:40])


def main(argv: list[str]) -> int:
    """Run one of update, check, compile; return the exit code."""
    parser = argparse.ArgumentParser(description="Translations of the areas.")
    parser.add_argument("act", choices=("update", "check", "compile"))
    act = parser.parse_args(argv).act
    if act == "compile":
        print(f"{compile_catalogues()} catalogues compiled")
        return 0
    if act == "update":
        for area in areas():
            text = updated(area)
            path = area / PO
            if text is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
                print(
                    f"{path.relative_to(SOURCE)}: {sum(not _whole(one) for one in read(area) if one.id)} to translate"
                )
        return 0
    found = list(faults())
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} faults in the translations" if found else "All messages are translated")
    return 1 if found else 0


def _whole(message: Message) -> bool:
    return not any(_faults_of(message))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
