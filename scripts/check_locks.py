"""Whether the lock files still are what pyproject.toml asks for, without network: `python -m scripts.check_locks`.

They are written by `scripts/lock`; this finds the requirement that was added or raised without writing them anew.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+).*\\\n(?: +--hash=sha256:[0-9a-f]{64}.*\n?)+", re.M)


def pins(lock: str) -> dict[str, set[Version]]:
    """The locked versions of each package; more than one where Pythons differ. Lines without hashes are no pins."""
    found: dict[str, set[Version]] = {}
    for match in PIN.finditer(lock):
        found.setdefault(canonicalize_name(match["name"]), set()).add(Version(match["version"]))
    return found


def faults(pyproject: str, run: str, test: str) -> Iterator[str]:
    """One line for each thing in which the texts of the lock files are not what the text of pyproject.toml asks for."""
    project = tomllib.loads(pyproject)
    for name, lock, wanted in (
        ("requirements.lock", run, project["project"]["dependencies"]),
        ("requirements-test.lock", test, project["project"]["dependencies"] + project["dependency-groups"]["test"]),
    ):
        locked = pins(lock)
        for text in wanted:
            requirement = Requirement(text)
            versions = locked.get(canonicalize_name(requirement.name), set())
            if not versions:
                yield f"{name}: {requirement.name} is missing: run scripts/lock"
            for version in versions:
                if not requirement.specifier.contains(version):
                    yield f"{name}: {requirement.name} {version} is not {requirement.specifier}: run scripts/lock"
        packages = [line for line in lock.splitlines() if re.match(r"^\w", line)]
        if len(packages) != sum(map(len, locked.values())):
            yield f"{name}: a package has no hash"
        if "://" in lock:
            yield f"{name}: names an address"
    for package, versions in pins(run).items():
        if pins(test).get(package) != versions:
            yield f"requirements-test.lock: {package} is not the version that runs"


def main() -> int:
    """Print the faults of the files of this repository; return the exit code."""
    texts = [(ROOT / name).read_text() for name in ("pyproject.toml", "requirements.lock", "requirements-test.lock")]
    found = list(faults(*texts))
    print(*found or ["The lock files are what pyproject.toml asks for"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
