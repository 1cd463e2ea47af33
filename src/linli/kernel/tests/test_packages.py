"""Archive packages: written the same each time, verified without being trusted: bombs, doubles, made-up manifests."""

import io
import json
import warnings
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from linli.kernel import packages
from linli.kernel.chain import GENESIS, link

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)


def made(parts: dict[str, Any], about: dict[str, Any] | None = None) -> bytes:
    out = io.BytesIO()
    packages.write(out, parts.items(), about=about or {}, at=AT)
    return out.getvalue()


def verified(data: bytes, tmp_path: Path) -> tuple[list[str], list[str]]:
    path = tmp_path / "p.zip"
    path.write_bytes(data)
    return packages.verify(path)


def zipped(entries: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two entries of one name are meant
        for name, content in entries:
            opened.writestr(name, content)
    return out.getvalue()


def entries_of(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


def test_paths_are_copied_in_pieces_and_the_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(bytes(range(256)) * 10_000)
    parts = {"a/大文件𠅤.jpg": big, "b.txt": b"b"}
    data = made(parts, {"case": "X"})
    assert data == made(parts, {"case": "X"})
    assert verified(data, tmp_path) == ([], ["sealed by this installation"])
    manifest = json.loads(dict(entries_of(data))["manifest.json"])
    assert manifest["made_at"] == "2026-11-24T02:20:00Z"
    assert [(file["path"], file["size"]) for file in manifest["files"]] == [("a/大文件𠅤.jpg", 2_560_000), ("b.txt", 1)]


def test_an_entry_that_is_longer_than_it_says_is_not_read_to_its_end(tmp_path: Path) -> None:
    entries = dict(entries_of(made({"a.txt": b"a"})))
    entries["a.txt"] = bytes(50_000_000)  # 50 kB packed
    data = zipped(list(entries.items()))
    assert len(data) < 100_000
    assert verified(data, tmp_path)[0] == ["a.txt was changed"]


def test_doubles_are_named(tmp_path: Path) -> None:
    entries = entries_of(made({"a.txt": b"a"}))
    found = verified(zipped([("a.txt", b"x"), *entries]), tmp_path)[0]
    assert "a.txt is in the package twice" in found


def test_a_package_of_another_installation_is_whole_but_its_seal_cannot_be_checked(
    tmp_path: Path, settings: Any
) -> None:
    data = made({"a.txt": b"a"})
    settings.LINLI_BLIND_INDEX_KEY = "another"
    assert verified(data, tmp_path) == ([], ["sealed by another installation: only there can its seal be checked"])


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{",
        b'{"format": "other"}',
        b'{"format": "linli-package/1"}',
        b'{"format": "linli-package/1", "files": [1]}',
        b"[" * 5000,
    ],
)
def test_a_manifest_that_was_made_up_is_refused_in_a_sentence(manifest: bytes, tmp_path: Path) -> None:
    wrong, _known = verified(zipped([("manifest.json", manifest)]), tmp_path)
    assert len(wrong) == 1
    assert "\n" not in wrong[0]


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    many = [(f"{number}", b"") for number in range(packages.MOST_ENTRIES + 1)]
    assert verified(zipped(many), tmp_path)[0] == ["the package has more than 10000 files"]


def chain(*texts: str) -> list[dict[str, Any]]:
    found, previous = [], GENESIS
    for number, text in enumerate(texts, start=1):
        content = {"seq": number, "text": text}
        found.append({"seq": number, "previous_hash": previous, "hash": link(previous, content), "content": content})
        previous = str(found[-1]["hash"])
    return found


def case(records: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    last = records[-1] if records else {"seq": 0, "hash": GENESIS}
    return {"code": "C", "last_seq": last["seq"], "last_hash": last["hash"], "records": records, "files": []} | more


def wrong_with(one: dict[str, Any]) -> list[str]:
    return list(packages.histories({"cases": [one]}, set()))


def test_every_break_of_a_chain_is_found() -> None:
    good = chain("a", "b", "c")
    assert wrong_with(case(good)) == []
    withheld = [
        record if record["seq"] != 2 else {key: record[key] for key in record if key != "content"} for record in good
    ]
    assert wrong_with(case(withheld)) == []
    for place in range(3):
        changed = [dict(record) for record in good]
        changed[place]["content"] = {"seq": place + 1, "text": "x"}
        assert wrong_with(case(changed)) == [f"C: record {place + 1} was changed"]
        without = good[:place] + good[place + 1 :]
        said = wrong_with(case(without, last_seq=3, last_hash=good[-1]["hash"]))
        assert said == [
            f"C: record {place + 1} is missing or does not follow the one before it"
            if place < 2
            else "C: the history ends at record 2, not at 3"
        ]
    assert wrong_with(case(good, files=[{"name": "f", "sha256": "0"}])) == ["C: attachment f is not in the package"]
    assert wrong_with(case([])) == []
