"""`linli procedures check FILE…`: read definitions as the designer would, name every mistake with its line."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from linli.orgs.enums import ROLES
from linli.procedures import publishing
from linli.procedures.definitions import in_force
from linli.procedures.grammar.checks import examine, missing_handlers
from linli.procedures.grammar.load import LIMIT, BadDefinition, read
from linli.procedures.registry import handlers


class Command(BaseCommand):
    help = "Check procedure definitions: name mistakes by line and handlers that are not installed, exit with 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="check")
        check = acts.add_parser("check", help="check files that hold one definition each")
        check.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        texts = {path: self._text(path) for path in options["files"]}
        known = self._known(texts)
        right = [self._check(path, text, known) for path, text in texts.items()]
        if not all(right):
            raise SystemExit(1)

    def _text(self, path: Path) -> str | None:
        try:
            data = path.read_bytes()
            if len(data) <= 4 * LIMIT:
                return data.decode("utf-8-sig")
            self.stdout.write(f"{path}: a definition has at most {LIMIT} characters")
        except OSError as error:
            self.stdout.write(f"{path}: {error.strerror}")
        except UnicodeDecodeError as error:
            self.stdout.write(f"{path}: not UTF-8 at byte {error.start}")
        return None

    def _known(self, texts: dict[Path, str | None]) -> set[str]:
        """The procedures there are: in force, shipped, and those of the files themselves."""
        known = set(publishing.shipped())
        try:
            known |= set(in_force())
        except DatabaseError:
            self.stderr.write("no database: only shipped procedures and those of the files are known")
        for text in texts.values():
            try:
                known |= {read(text)[0].procedure} if text is not None else set()
            except BadDefinition:
                continue
        return known

    def _check(self, path: Path, text: str | None, known: set[str]) -> bool:
        if text is None:
            return False
        try:
            definition, source = read(text)
        except BadDefinition as bad:
            for one in bad.mistakes:
                self.stdout.write(f"{path}:{one.line}: {one.message}")
            return False
        mistakes, warnings = examine(definition, source, roles=list(ROLES), procedures=known)
        missing = missing_handlers(definition, source, list(handlers()))
        for one in mistakes:
            self.stdout.write(f"{path}:{one.line}: {one.message}")
        for name, line in missing:
            self.stdout.write(f"{path}:{line}: handler {name} is not installed")
        for one in warnings:
            self.stdout.write(f"{path}:{one.line}: (warning) {one.message}")
        if not mistakes and not missing:
            self.stdout.write(f"{path}: {definition.procedure} v{definition.version} is right")
        return not mistakes and not missing
