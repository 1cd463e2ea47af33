"""`linli grid plan IN.json -o OUT.json`: draw fair grids of an area described in a file (docs/gridding.md)."""

import json
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from linli.gridding import Plan


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise ArgumentTypeError("a share between 0 and 1, such as 0.05")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 86400:
        raise ArgumentTypeError("seconds: more than 0, at most 86400")
    return value


def _band(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split("-"))
    except ValueError:
        low, high = 1.0, 0.0
    if not 0 <= low <= high < 1e12:
        raise ArgumentTypeError("fewest and most households, such as 240-360")
    return low, high


class Command(BaseCommand):
    help = "Draw fair grids: grid plan IN.json -o OUT.json."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="plan")
        plan = acts.add_parser("plan", help="divide the area of a file into grids")
        plan.add_argument("file", type=Path, metavar="IN.json", help="units, borders and target: see docs/gridding.md")
        plan.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.json", help="where the plan goes")
        plan.add_argument(
            "--tolerance", type=_share, default=0.05, help="deviation that counts as equal (default: 0.05)"
        )
        plan.add_argument("--seconds", type=_seconds, help="stop after so long with the best plan so far")
        plan.add_argument("--seed", type=int, default=0, help="another seed, another plan (default: 0)")
        plan.add_argument("--previous", type=Path, metavar="OLD.json", help="the running plan: move few households")
        plan.add_argument("--prove", action="store_true", help="say what is impossible, also of large communities")
        plan.add_argument("--compounds", action="store_true", help="within the tolerance, split few compounds")
        plan.add_argument("--households", type=_band, metavar="LOW-HIGH", help="fewest and most households of a grid")

    def handle(self, *args: Any, file: Path, out: Path, **options: Any) -> None:
        # the library brings a compiler with it: who asks for the list of commands does not wait for that
        from linli.gridding import BadInstance, Options, draw, plan_object, previous_of, read
        from linli.gridding.reading import load

        if not 0 <= options["seed"] < 2**63:
            raise CommandError("seed: a whole number that is not negative")
        language = _language()
        try:
            previous = options["previous"] and previous_of(load(options["previous"]))
            plan = draw(
                read(file),
                Options(
                    tolerance=options["tolerance"],
                    seconds=options["seconds"],
                    seed=options["seed"],
                    previous=previous,
                    prove=options["prove"],
                    compounds=options["compounds"],
                    band=options["households"],
                    progress=self._progress,
                ),
            )
        except BadInstance as refused:
            self._end_line()
            raise CommandError(refused.said.in_language(language)) from None
        self._end_line()
        try:
            out.write_text(json.dumps(plan_object(plan, language), ensure_ascii=False, indent=1) + "\n", "utf-8")
        except OSError as problem:
            raise CommandError(f"cannot write {out}: {problem.strerror}") from None
        self.stdout.write(_summary(plan, language))

    _line_open = False
    _said = ""

    def _progress(self, what: str, done: float) -> None:
        """One line that counts on a terminal; in a log a line for each tenth."""
        text = f"{what} {int(done * 100)} %" if sys.stderr.isatty() else f"{what} {int(done * 10) * 10} %"
        if text == self._said:
            return
        self._said = text
        if sys.stderr.isatty():
            self._line_open = True
            self.stderr.write(f"\r{text}\033[K", ending="")
            self.stderr.flush()
        else:
            self.stderr.write(text)

    def _end_line(self) -> None:
        if self._line_open:
            self.stderr.write("")
            self._line_open = False


def _summary(plan: "Plan", language: str) -> str:
    q = plan.quality
    if language == "en":
        return (
            f"{q.grids} grids, worst deviation {q.worst_deviation:.2%}, {q.over_tolerance} over the tolerance, "
            f"cut weight {q.cut_weight:g}, {plan.seconds:.1f} s"
        )
    return (
        f"{q.grids} 个网格，最大偏差 {q.worst_deviation:.2%}，{q.over_tolerance} 个超出容差，"
        f"切割权重 {q.cut_weight:g}，用时 {plan.seconds:.1f} 秒"
    )


def _language() -> str:
    """The language of the terminal: Chinese where it says so, else English as in the other commands."""
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if said.startswith("zh") else "en"
