"""Whether a definition makes sense: what the form of its parts cannot show. Every mistake names its line."""

import dataclasses
from collections.abc import Callable, Collection

from linli.procedures.grammar import checks_data, checks_ways
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.findings import Known, Report
from linli.procedures.grammar.load import BadDefinition, Mistake, Path, Source, read

CATALOGUE_KEYS = ("accept", "assign", "answer", "arrive", "coordinate", "handle", "check", "unit")

_CHECKS: tuple[Callable[[Report], None], ...] = (
    checks_ways.targets,
    checks_ways.reachable,
    checks_ways.dead_ends,
    checks_ways.loops,
    checks_ways.branches,
    checks_ways.limits,
    checks_ways.joint_and_called,
    checks_ways.beside,
    checks_ways.side_acts,
    checks_data.holders,
    checks_data.told,
    checks_data.fields,
    checks_data.answered_before_used,
    checks_data.clocks,
    checks_data.case_clocks,
    checks_data.notices,
    checks_data.openness,
)


def examine(
    definition: Definition,
    source: Source,
    *,
    roles: Collection[str],
    procedures: Collection[str],
    catalogue_keys: Collection[str] = CATALOGUE_KEYS,
) -> tuple[list[Mistake], list[Mistake]]:
    """Return (mistakes, warnings), each sorted by line. Warnings do not stop a definition."""
    known = Known(frozenset(roles), frozenset(procedures), frozenset(catalogue_keys))
    report = Report(definition, source, known)
    for one in _CHECKS:
        one(report)
    return sorted(set(report.mistakes)), sorted(set(report.warnings))


def check(
    definition: Definition,
    source: Source,
    *,
    roles: Collection[str],
    handlers: Collection[str] = (),
    procedures: Collection[str],
    catalogue_keys: Collection[str] = CATALOGUE_KEYS,
) -> list[Mistake]:
    """Return what is wrong with a definition, sorted by line.

    ``roles``: keys of the roles that posts are made of; ``procedures``: keys of the procedures there are;
    ``catalogue_keys``: what 'catalogue.X' may name. A handler that is not among ``handlers`` is no mistake, see
    ``missing_handlers``.
    """
    return examine(definition, source, roles=roles, procedures=procedures, catalogue_keys=catalogue_keys)[0]


def warnings(
    definition: Definition,
    source: Source,
    *,
    roles: Collection[str],
    handlers: Collection[str] = (),
    procedures: Collection[str],
    catalogue_keys: Collection[str] = CATALOGUE_KEYS,
) -> list[Mistake]:
    """Return what an author should look at again; arguments as ``check``."""
    return examine(definition, source, roles=roles, procedures=procedures, catalogue_keys=catalogue_keys)[1]


def missing_handlers(definition: Definition, source: Source, installed: Collection[str]) -> list[tuple[str, int]]:
    """Return (handler, line) for every named consequence that this installation has not got, each once, by line."""
    found: dict[str, int] = {}
    for path, name in _handlers(definition):
        if name not in installed:
            line = source.line(path)
            found[name] = min(line, found.get(name, line))
    return sorted(found.items(), key=lambda pair: (pair[1], pair[0]))


def _handlers(definition: Definition) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for key, step in definition.steps.items():
        at: Path = ("steps", key)
        if step.handler:
            found.append(((*at, "handler"), step.handler))
        if step.undo:
            found.append(((*at, "undo"), step.undo))
        if step.kind == "vote":
            found.append(((*at, "rule"), "deliberation.vote"))
        for name, action in step.actions.items():
            if action.handler:
                found.append(((*at, "actions", name, "handler"), action.handler))
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A definition that can be used, with what its author should know."""

    definition: Definition
    source: Source
    warnings: list[Mistake]
    missing_handlers: list[tuple[str, int]]


def load(
    text: str,
    *,
    roles: Collection[str],
    handlers: Collection[str] = (),
    procedures: Collection[str],
    catalogue_keys: Collection[str] = CATALOGUE_KEYS,
) -> Loaded:
    """Read a definition and check it; raise BadDefinition with every mistake of form, or else every mistake of sense.

    A definition that names a handler which is not among ``handlers`` loads, and says so.
    """
    definition, source = read(text)
    mistakes, said = examine(definition, source, roles=roles, procedures=procedures, catalogue_keys=catalogue_keys)
    if mistakes:
        raise BadDefinition(mistakes)
    return Loaded(definition, source, said, missing_handlers(definition, source, handlers))
