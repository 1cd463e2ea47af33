"""`linli verify`: every hash chain, every attachment's checksum, every event delivered once; or one archive package."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from linli.kernel import packages
from linli.kernel.verifying import checks


class Command(BaseCommand):
    help = "Verify histories, attachments and events, or an archive package; name what is broken and exit with 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--package", type=Path, metavar="FILE", help="an archive package (.zip) instead of the database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["package"] is not None:
            self._package(options["package"])
            return
        broken = 0
        for name, check in checks().items():
            found = list(check())
            broken += len(found)
            self.stdout.write(f"{name}: {'all good' if not found else f'{len(found)} broken'}")
            for sentence in found[:20]:
                self.stdout.write(f"  {sentence}")
        if broken:
            raise SystemExit(1)

    def _package(self, path: Path) -> None:
        wrong, known = packages.verify(path)
        self.stdout.write(f"{path.name}: {'all good' if not wrong else f'{len(wrong)} broken'}")
        for sentence in [*wrong[:50], *known]:
            self.stdout.write(f"  {sentence}")
        if wrong:
            raise SystemExit(1)
