"""Where the checks of a definition write down what they find."""

import dataclasses
from functools import cached_property

from django.utils.translation import get_language

from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.graph import Way, ways
from linli.procedures.grammar.load import Mistake, Path, Source


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What exists around a definition: roles of posts, other procedures, keys of the catalogue."""

    roles: frozenset[str]
    procedures: frozenset[str]
    catalogue_keys: frozenset[str]


@dataclasses.dataclass
class Report:
    """The definition under examination and what was found in it."""

    definition: Definition
    source: Source
    known: Known
    mistakes: list[Mistake] = dataclasses.field(default_factory=list)
    warnings: list[Mistake] = dataclasses.field(default_factory=list)

    @cached_property
    def ways(self) -> list[Way]:
        """All ways that lead to a step that exists."""
        return [way for way in ways(self.definition) if way.target in self.definition.steps]

    def wrong(self, path: Path, message: str) -> None:
        """Note a mistake at a path of the source."""
        self.mistakes.append(self._found(path, message))

    def odd(self, path: Path, message: str) -> None:
        """Note a warning at a path of the source."""
        self.warnings.append(self._found(path, message))

    def _found(self, path: Path, message: str) -> Mistake:
        return Mistake(self.source.line(path), ".".join(str(part) for part in path), message)

    def name(self, step: str) -> str:
        """What people read for a step that exists, the key of one that does not."""
        return self.definition.step_name(step, get_language()) if step in self.definition.steps else step
