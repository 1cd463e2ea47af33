"""`linli import divisions|compounds|… FILE`: read a file whole or not at all."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.importers import ImportRefused, Report, importers


class _Help(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's order of options, our line breaks."""


class Command(BaseCommand):
    help = "Import a file; with --dry-run only say what would happen."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        known = "\n".join(f"{name}\n    {one.help}" for name, one in importers().items())
        return super().create_parser(
            prog_name, subcommand, formatter_class=_Help, epilog=f"what can be imported:\n{known}", **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=list(importers()), help="see below")
        parser.add_argument("file", type=Path, help="the file to read")
        parser.add_argument("--dry-run", action="store_true", help="check the file and change nothing")

    def handle(self, *args: Any, what: str, file: Path, dry_run: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"{file} is not a file")
        with translation.override(_language()):
            try:
                report = importers()[what].run(file, dry_run=dry_run, progress=self._progress)
            except ImportRefused as refused:
                self._end_line()
                raise CommandError(self._refused(file, refused)) from None
            except OSError as problem:
                self._end_line()
                raise CommandError(f"{file.name}: {problem}") from None
            self._end_line()
            self._show(report, dry_run=dry_run)

    def _refused(self, file: Path, refused: ImportRefused) -> str:
        """Show every problem in a line of its own, and return the line that sums them up."""
        for line in refused.problems.lines():
            self.stderr.write(line)
        count = refused.problems.count
        said = ngettext(
            "%(file)s 有 %(count)d 处问题，什么都没有导入。", "%(file)s 有 %(count)d 处问题，什么都没有导入。", count
        )
        return said % {"file": file.name, "count": count}

    def _show(self, report: Report, *, dry_run: bool) -> None:
        for line in report.notes:
            self.stdout.write(line)
        figures = _("，").join(f"{label} {count:,}" for label, count in report.figures.items())
        said = _("只是检查，没有改动。导入的话：%(figures)s") if dry_run else _("已导入：%(figures)s")
        self.stdout.write(said % {"figures": figures})

    _line_open = False

    def _progress(self, step: str, done: int, total: int) -> None:
        """One line that counts on a terminal; in a log a line for each step."""
        text = f"{step} {done:,}" + (f" / {total:,}" if total else "")
        if sys.stderr.isatty():
            self._line_open = True
            self.stderr.write(f"\r{text}\033[K", ending="")
            self.stderr.flush()
        elif total and done >= total:
            self.stderr.write(text)

    def _end_line(self) -> None:
        if self._line_open:
            self.stderr.write("")
            self._line_open = False


def _language() -> str:
    """Return the language of the terminal: Chinese where it says so, else English as in the other commands."""
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-hans" if said.startswith("zh") else "en"
