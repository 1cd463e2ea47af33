"""Archive packages (立卷归档): a ZIP whose manifest names every file with its SHA-256, and histories whose chains can be followed.

``write`` makes one; ``verify`` tells what is wrong with one, on any installation and without a database. A package carries the seal
of the installation that made it (an HMAC under its own key): there it also shows whether somebody made the manifest anew.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from linli.kernel.chain import GENESIS, link
from linli.kernel.crypto import blind
from linli.kernel.display import iso, local

FORMAT = "linli-package/1"
MANIFEST, HISTORY = "manifest.json", "history.json"
MOST_ENTRIES = 10_000
MOST_JSON = 200_000_000
CHUNK = 1 << 20


def installation() -> str:
    """Return what tells this installation's packages from those of others; it says nothing about the key."""
    return blind("installation", purpose="package")[:16]


def seal(files: list[dict[str, Any]]) -> str:
    """Return the seal over the files of a manifest: only this installation can make it."""
    return blind(json.dumps(files, ensure_ascii=False, sort_keys=True), purpose="package seal")


def write(out: BinaryIO, parts: Iterable[tuple[str, bytes | Path]], *, about: dict[str, Any], at: datetime) -> None:
    """Write a package: every part under its name, then the manifest with ``about`` (what the package is, in plain values).

    Parts that are paths are copied in pieces, never read whole. The same parts at the same moment give the same bytes.
    """
    files: list[dict[str, Any]] = []
    stamp = local(at).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts:
            files.append({"path": name, **_put(package, name, part, stamp)})
        manifest = {
            "format": FORMAT,
            "made_at": iso(at),
            "installation": installation(),
            **about,
            "files": files,
            "seal": seal(files),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        _put(package, MANIFEST, text, stamp)


def _put(package: zipfile.ZipFile, name: str, part: bytes | Path, stamp: Any) -> dict[str, Any]:
    entry = zipfile.ZipInfo(name, date_time=stamp)
    # photos and PDF are compressed already
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith((".json", ".yaml")) else zipfile.ZIP_STORED
    entry.external_attr = 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with package.open(entry, "w") as into:
        for piece in _pieces(part):
            into.write(piece)
            digest.update(piece)
            size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def _pieces(part: bytes | Path) -> Iterator[bytes]:
    if isinstance(part, bytes):
        yield part
        return
    with part.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def verify(path: Path) -> tuple[list[str], list[str]]:
    """Return (what is wrong, what is worth knowing) of a package, each one sentence; nothing wrong means that it is whole.

    Nothing is unpacked to the disk and no entry is read further than its manifest says.
    """
    try:
        with zipfile.ZipFile(path) as package:
            return _verify(package)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        return [f"this is no archive package: {error}"], []
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return [f"the package cannot be read: {type(error).__name__}: {str(error)[:200]}"], []


def _verify(package: zipfile.ZipFile) -> tuple[list[str], list[str]]:
    names = package.namelist()
    if len(names) > MOST_ENTRIES:
        return [f"the package has more than {MOST_ENTRIES} files"], []
    if MANIFEST not in names:
        return ["the package has no manifest"], []
    manifest = json.loads(_read(package, MANIFEST, MOST_JSON))
    if manifest.get("format") != FORMAT:
        return [f"the manifest is not of the format {FORMAT}"], []
    wrong = [f"{name} is in the package twice" for name in sorted({name for name in names if names.count(name) > 1})]
    listed = {str(file["path"]): file for file in manifest["files"]}
    wrong += [f"{name} is missing" for name in sorted(listed.keys() - set(names))]
    wrong += [f"{name} does not belong to the package" for name in sorted(set(names) - listed.keys() - {MANIFEST})]
    for name in sorted(listed.keys() & set(names)):
        if _digest(package, name, int(listed[name]["size"])) != listed[name]["sha256"]:
            wrong.append(f"{name} was changed")
    known = []
    if manifest["installation"] != installation():
        known.append("sealed by another installation: only there can its seal be checked")
    elif manifest["seal"] != seal(manifest["files"]):
        wrong.append("the seal does not fit: the manifest was changed")
    else:
        known.append("sealed by this installation")
    if HISTORY in names:
        wrong += histories(json.loads(_read(package, HISTORY, MOST_JSON)), {file["sha256"] for file in listed.values()})
    return wrong, known


def _read(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    with package.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} is too long")
    return data


def _digest(package: zipfile.ZipFile, name: str, size: int) -> str:
    """Return the SHA-256 of an entry, or '' as soon as it is longer than it should be."""
    digest, left = hashlib.sha256(), size
    try:
        with package.open(name) as file:
            while piece := file.read(CHUNK):
                left -= len(piece)
                if left < 0:
                    return ""
                digest.update(piece)
    except zipfile.BadZipFile:  # the entry's own check sum does not fit
        return ""
    return digest.hexdigest() if left == 0 else ""


def histories(history: dict[str, Any], digests: set[str]) -> Iterator[str]:
    """Yield what is wrong with the histories of a package: a broken chain, a record that does not fit its hash, a lost attachment.

    ``history``: {"cases": [{"code", "last_seq", "last_hash", "records": [{"seq", "previous_hash", "hash", "content"?}],
    "files": [{"name", "sha256"}]}]}. A record whose content was kept back shows only that it stands in the chain.
    """
    for case in history["cases"]:
        code = str(case["code"])
        sentence = _broken(case)
        if sentence:
            yield f"{code}: {sentence}"
        for file in case["files"]:
            if file.get("missing"):
                yield f"{code}: attachment {file['name']} was missing when the package was made"
            elif file["sha256"] not in digests:
                yield f"{code}: attachment {file['name']} is not in the package"


def _broken(case: dict[str, Any]) -> str:
    previous, number = GENESIS, 0
    for number, record in enumerate(case["records"], start=1):
        if record["seq"] != number or record["previous_hash"] != previous:
            return f"record {number} is missing or does not follow the one before it"
        content = record.get("content")
        if content is not None and (link(previous, content) != record["hash"] or content["seq"] != number):
            return f"record {number} was changed"
        previous = str(record["hash"])
    if (number, previous) != (case["last_seq"], case["last_hash"]):
        return f"the history ends at record {number}, not at {case['last_seq']}"
    return ""
