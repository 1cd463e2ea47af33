"""`linli grid plan`: from file to file, and one line where that cannot be."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from linli.gridding.tests.helpers import lattice


def test_a_plan_is_written_and_the_running_plan_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    area, first, second = tmp_path / "area.json", tmp_path / "first.json", tmp_path / "second.json"
    area.write_text(json.dumps(lattice(5, 5) | {"hard_borders": True}))
    call_command("grid", "plan", str(area), "-o", str(first), "--seed", "3")
    assert "worst deviation" in capsys.readouterr().out
    plan = json.loads(first.read_text())
    assert plan["communities"][0]["status"] == "optimal"
    call_command("grid", "plan", str(area), "-o", str(second), "--previous", str(first), "--tolerance", "0.2")
    again = json.loads(second.read_text())
    assert again["quality"]["moved_households"] == 0
    assert again["assignment"] == plan["assignment"]


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    area = tmp_path / "area.json"
    data = lattice(2, 2)
    data["borders"][0]["b"] = "nowhere"
    area.write_text(json.dumps(data))
    with pytest.raises(CommandError, match=r"^borders name units that do not exist: nowhere$"):
        call_command("grid", "plan", str(area), "-o", str(tmp_path / "out.json"))
    with pytest.raises(CommandError, match="seed: a whole number"):
        call_command("grid", "plan", str(area), "-o", str(tmp_path / "out.json"), "--seed", "-1")
