"""What the documents say can be followed: links lead somewhere, and the example definition is one."""

import re
from pathlib import Path

import pytest

from linli.orgs.enums import ROLES
from linli.procedures.grammar.checks import load
from linli.procedures.grammar.simulate import simulate

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_example_of_the_engine_is_a_definition_without_mistakes_or_warnings() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/engine.md").read_text("utf-8"), flags=re.DOTALL)
    loaded = load(example, roles=ROLES, procedures=())
    assert (loaded.warnings, loaded.missing_handlers) == ([], [])
    ends = {key for key, step in loaded.definition.steps.items() if step.kind == "end"}
    assert set(simulate(loaded.definition, roles=ROLES).paths) == ends == {"granted", "refused"}


def test_the_readmes_begin_with_what_it_is_and_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        head = (ROOT / name).read_text("utf-8").splitlines()[:20]
        assert any(line.startswith("./run") for line in head) and any(line.startswith("./test") for line in head)
