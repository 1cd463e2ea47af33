"""`linli bench`: measures a server under load, or locating and the drawing of grids in process."""

import json
import os
import runpy
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from linli.kernel.management.commands.up import collect_static_files

NAMES = ("intake", "inbox", "detail", "locate", "grid")
# Measured in this process, without a server or a database.
SCRIPTS = {"locate": "bench_locating.py", "grid": "bench_grid.py"}


class Command(BaseCommand):
    help = "Measure intake, inbox, detail (server under load) or locate, grid (in process); prints one JSON object per line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="+", choices=NAMES, metavar="|".join(NAMES), help="what to measure")
        parser.add_argument("--database", metavar="URL", help="the database (default: as LINLI_DATABASE_URL says)")
        parser.add_argument("--var", metavar="DIR", help="the folder of keys and the SQLite database")
        parser.add_argument("--seconds", type=float, default=20.0, help="how long each load lasts (default: 20)")
        parser.add_argument("--connections", type=int, default=8, help="clients at the same time (default: 8)")
        parser.add_argument(
            "--load", action="store_true", help="load the demonstration of --scale first if it is empty"
        )
        parser.add_argument(
            "--scale", choices=("village", "district", "city"), default="city", help="what --load loads"
        )
        parser.add_argument("--show", action="store_true", help="show the statements of one request on standard error")

    def handle(self, *args: Any, what: list[str], database: str | None, var: str | None, **options: Any) -> None:
        if not 0 < options["seconds"] <= 3600 or not 1 <= options["connections"] <= 200:
            raise CommandError("seconds: up to 3600; connections: 1 to 200")
        if database or var:
            self._again(what, database, var, options)
            return
        if set(what) - set(SCRIPTS):
            self._ready(load=options["load"], scale=options["scale"])
        for name in what:
            if name in SCRIPTS:
                self._script(SCRIPTS[name])
                continue
            from linli.demo.bench.measure import measure

            result = measure(name, seconds=options["seconds"], connections=options["connections"], show=options["show"])
            self.stdout.write(json.dumps(result))
            self.stdout.flush()

    def _again(self, what: list[str], database: str | None, var: str | None, options: dict[str, Any]) -> None:
        """The settings are made of the environment at the start of a process: begin again with another one."""
        environment = dict(os.environ)
        if database:
            environment["LINLI_DATABASE_URL"] = database
        if var:
            environment["LINLI_VAR"] = var
        command = [sys.executable, "-m", "linli", "bench", *what]
        command += ["--seconds", str(options["seconds"]), "--connections", str(options["connections"])]
        command += ["--scale", options["scale"], *[f"--{name}" for name in ("load", "show") if options[name]]]
        os.execve(sys.executable, command, environment)

    def _ready(self, *, load: bool, scale: str) -> None:
        from linli.demo.bench.targets import matters

        if "matters_matter" not in connection.introspection.table_names():
            if not load:
                raise CommandError(f"this database is empty: {self._how()}")
            call_command("migrate", interactive=False, verbosity=0)
        if not matters():
            if not load:
                raise CommandError(f"there are no matters in this database: {self._how()}")
            call_command("demo", scale=scale, stdout=self.stderr)
        collect_static_files()

    def _how(self) -> str:
        return "load a city with --load, or with `linli migrate` and `linli demo --scale city`"

    def _script(self, name: str) -> None:
        script = Path(settings.ROOT) / "benchmarks" / name
        if not script.is_file():
            raise CommandError(f"benchmarks/{name} is not here: run this from the repository")
        kept = sys.argv
        sys.argv = [str(script)]
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                raise CommandError(f"benchmarks/{name} could not be run: see above") from None
        finally:
            sys.argv = kept
