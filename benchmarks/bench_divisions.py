"""Importing the whole country's divisions: `PYTHONPATH=src python benchmarks/bench_divisions.py FILE` prints one JSON line.

Works on a throw-away SQLite database, or on the PostgreSQL of LINLI_DATABASE_URL (an empty one). Reported are the seconds of a
first import, of a second one that finds everything unchanged, and of a dry run, each with the largest memory in MB of a process
of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(command: list[str]) -> dict[str, object]:
    """Run a command of Linli in a process of its own; return its seconds, its largest memory and its last line."""
    begun = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "linli", *command], stdout=subprocess.PIPE, text=True) as process:
        said = (process.stdout.read() if process.stdout else "").splitlines()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "peak_rss_mb": round(usage.ru_maxrss / 1024),
        "said": said[-1] if said else "",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a table of divisions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        os.environ.setdefault("LINLI_VAR", folder)
        measure(["migrate", "--verbosity", "0"])
        command = ["import", "divisions", str(options.file)]
        result = {
            "bench": "divisions",
            "database": os.environ.get("LINLI_DATABASE_URL", "sqlite").partition(":")[0],
            "first": measure(command),
            "again": measure(command),
            "dry_run": measure([*command, "--dry-run"]),
        }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
