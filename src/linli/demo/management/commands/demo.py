"""`linli demo`: an invented city in an empty database."""

import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from linli.demo.loading import signins
from linli.demo.loading.city import NotEmpty, load_played, refuse_full_database

SCALES = ("village", "district", "city")


class Command(BaseCommand):
    help = "Fill an empty database with an invented city; known passwords, never for real use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", default=None, metavar="NAME", help="name of the city (default: an invented one)")
        parser.add_argument(
            "--scale",
            choices=SCALES,
            default="district",
            help="village: 160 matters; district: 2,000; city: 300,000 for measuring (default: district)",
        )
        parser.add_argument("--seed", type=int, default=1, help="another seed is another city (default: 1)")
        parser.add_argument("--sign-ins", action="store_true", help="print the accounts of the demonstration and stop")

    def handle(self, *args: Any, city: str | None, scale: str, seed: int, sign_ins: bool, **options: Any) -> None:
        if sign_ins:
            self._show_sign_ins()
            return
        if city is not None and not 2 <= len(city.strip()) <= 20:
            raise CommandError("the name of the city has 2 to 20 characters")
        from linli.demo.world.generate import generate

        began = time.monotonic()
        try:
            refuse_full_database()
            world = generate(scale, seed, datetime.now(UTC), city and city.strip())  # type: ignore[arg-type]
            written = load_played(world, self._progress)
        except NotEmpty as full:
            raise CommandError(str(full)) from None
        self._end_line()
        said = ", ".join(f"{count:,} {name}" for name, count in written.items())
        self.stdout.write(f"{world.city_name}: {said} in {time.monotonic() - began:.0f} s")

    def _show_sign_ins(self) -> None:
        rows = signins.saved()
        if not rows:
            raise CommandError("this database holds no demonstration")
        width = max(len(row["username"]) for row in rows)
        self.stdout.write(f"  sign-ins (all with the password {rows[0]['password']}):")
        for row in rows:
            self.stdout.write(f"    {row['username']:<{width}}  {row['title']}")

    _line_open = False
    _said = ("", 0.0)

    def _progress(self, what: str, done: int, total: int) -> None:
        """One line that counts on a terminal; in a log a line for each stage."""
        now = time.monotonic()
        if sys.stderr.isatty():
            if what == self._said[0] and now < self._said[1] + 0.1:
                return
            self._line_open = True
            self.stderr.write(f"\r{what} {done:,}" + (f" / {total:,}" if total else "") + "\033[K", ending="")
        elif what == self._said[0]:
            return
        else:
            self.stderr.write(f"{what} ...")
        self._said = (what, now)

    def _end_line(self) -> None:
        if self._line_open:
            self.stderr.write("")
