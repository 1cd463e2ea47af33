"""The secrets are drawn once, whole, and for the owner's eyes only."""

import multiprocessing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from linli.config import secrets_file


def load_into(folder: str, answers: "multiprocessing.SimpleQueue[dict[str, str]]") -> None:
    answers.put(secrets_file.load(folder))


def test_drawn_once_and_usable(tmp_path: Path) -> None:
    first = secrets_file.load(tmp_path / "var")
    assert secrets_file.load(tmp_path / "var") == first
    assert Fernet(first["field_key"]).decrypt(Fernet(first["field_key"]).encrypt(b"x")) == b"x"
    assert len(bytes.fromhex(first["blind_index_key"])) == 32
    assert len(first["django_secret"]) >= 50
    assert secrets_file.load(tmp_path / "other")["field_key"] != first["field_key"]


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    secrets_file.load(tmp_path)
    path = tmp_path / secrets_file.NAME
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    secrets_file.load(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [secrets_file.NAME]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.SimpleQueue[dict[str, str]] = context.SimpleQueue()
    processes = [context.Process(target=load_into, args=(str(tmp_path), answers)) for _ in range(8)]
    for process in processes:
        process.start()
    found = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"django_secret": "x", "field_key": "x", "blind_index_key": "x"}', "\xff"]
)
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / secrets_file.NAME
    path.write_text(text, "latin-1")
    with pytest.raises(ValueError, match="damaged"):
        secrets_file.load(tmp_path)
    assert path.read_text("latin-1") == text
