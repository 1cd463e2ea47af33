"""`linli procedures check`: what is right, what is wrong with its line, what cannot be read."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

SHIPPED = sorted((Path(__file__).parents[2] / "matters/procedures").glob("*.yaml"))
MATTER = next(path for path in SHIPPED if path.stem == "matter").read_text("utf-8")


def check(*files: Path) -> int:
    try:
        call_command("procedures", "check", *map(str, files))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_every_shipped_definition_is_right(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(*SHIPPED) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "(warning)" not in line]
    assert lines == [f"{path}: {path.stem} v1 is right" for path in SHIPPED]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to: rate_again", "to: nowhere", "没有“nowhere”这个环节。"),
        ("handler: matters.split", "handler: no.such", "handler no.such is not installed"),
        ("not_same_as: check", "not_same_as: nowhere", "没有“nowhere”这个环节。"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, message: str, db: None, tmp_path: Path, capsys) -> None:
    text = MATTER.replace(old, new, 1)
    line = text[: text.index(new)].count("\n") + 1
    path = tmp_path / "a.yaml"
    path.write_text(text, "utf-8")
    assert check(path) == 1
    said = capsys.readouterr().out.splitlines()
    assert any(one.startswith(f"{path}:{line}: ") and message in one for one in said), said


def test_what_cannot_be_read_is_said_in_one_line_and_the_others_are_checked(db: None, tmp_path: Path, capsys) -> None:
    (tmp_path / "gbk.yaml").write_bytes("名称".encode("gbk"))
    (tmp_path / "long.yaml").write_bytes(b"x" * 900_000)
    (tmp_path / "list.yaml").write_text("- a\n")
    files = [tmp_path / name for name in ("none.yaml", "gbk.yaml", "long.yaml", "list.yaml")]
    assert check(*files, SHIPPED[0]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0].split(":")[0] for line in said] == [str(one) for one in [*files, SHIPPED[0]]]


def test_there_must_be_something_to_do() -> None:
    with pytest.raises(CommandError):
        call_command("procedures")
