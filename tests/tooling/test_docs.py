"""What the documents say can be followed: links lead somewhere, and the example definition is one."""

import re
from pathlib import Path

import pytest

from linli.procedures.grammar.load import read

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_example_of_the_engine_is_a_definition() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/engine.md").read_text("utf-8"), flags=re.DOTALL)
    definition, _source = read(example)
    assert definition.first == "ask"
    assert {step.outcome for step in definition.steps.values() if step.kind == "end"} == {"granted", "refused"}


def test_the_readmes_begin_with_what_it_is_and_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        head = (ROOT / name).read_text("utf-8").splitlines()[:20]
        assert any(line.startswith("./run") for line in head) and any(line.startswith("./test") for line in head)
