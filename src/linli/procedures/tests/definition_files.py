"""The definitions that tests go through: those shipped with the areas, and those that say the table of known procedures."""

from pathlib import Path

from linli.orgs.enums import ROLES
from linli.procedures.grammar.checks import CATALOGUE_KEYS, Loaded, load

AREAS = Path(__file__).parents[2]
TABLE = Path(__file__).parent / "definitions"

# stem of the file -> the file; the stem is the key of the procedure
FILES = {
    file.stem: file
    for file in sorted(
        [*AREAS.glob("*/procedures/*.yaml"), *AREAS.glob("procedures/definitions/*.yaml"), *TABLE.glob("*.yaml")]
    )
}
# the catalogue of inspections is not built yet; its definitions may name its keys all the same
KEYS = (*CATALOGUE_KEYS, "enforcer")
NAMES = {key: str(role.name) for key, role in ROLES.items()}


def text_of(key: str) -> str:
    """Return the YAML of a definition."""
    return FILES[key].read_text(encoding="utf-8")


def loaded(key: str, handlers: tuple[str, ...] = ()) -> Loaded:
    """Return a definition, read and checked against this installation's roles and all files' procedures."""
    return load(text_of(key), roles=ROLES, handlers=handlers, procedures=FILES, catalogue_keys=KEYS)
