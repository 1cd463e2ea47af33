"""Charts of definitions for pages: drawn by the grammar, with the names of roles and a size of their own."""

import math
import re
from collections.abc import Collection
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from linli.orgs.enums import ROLES
from linli.procedures.grammar.chart import Row, chart_rows, chart_svg
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.placing import main_path
from linli.procedures.grammar.words import who_words
from linli.procedures.models import Case

# widths of charts for which procedures.css has a class, in steps of so many pixels
STEP, LEAST, MOST = 50, 6, 60


def role_names() -> dict[str, Any]:
    """Return what people call each role."""
    return {key: role.name for key, role in ROLES.items()}


def language() -> str:
    """Return the reader's language as the grammar takes it."""
    return get_language() or "zh"


def svg(
    definition: Definition, *, current: str | None = None, visited: Collection[str] = (), id: str = "proc"
) -> SafeString:
    """Return the chart in the reader's language, at the size in which it was drawn (its labels stay readable)."""
    drawn = chart_svg(
        definition, current=current, visited=visited, language=language(), roles_names=role_names(), id=id
    )
    size = re.match(r'<svg class="c-svg" viewBox="0 0 ([\d.]+) [\d.]+"', drawn)
    if size:
        # a class instead of a style: never wider than drawn, hardly narrower, so that labels stay readable
        steps = min(max(math.ceil(float(size[1]) / STEP), LEAST), MOST)
        drawn = drawn.replace('class="c-svg"', f'class="c-svg pr-w-{steps}"', 1)
    return mark_safe(drawn)  # drawn by our own code, which escapes every text


def rows(definition: Definition, *, current: str | None = None, visited: Collection[str] = ()) -> list[Row]:
    """Return the table that goes with the chart."""
    return chart_rows(definition, current=current, visited=visited, language=language(), roles_names=role_names())


def starters(definition: Definition) -> str:
    """Return in words who may start a case."""
    return who_words(definition.start.by, role_names(), language(), fields=definition.fields, steps=definition.steps)


def usual_way(definition: Definition) -> list[str]:
    """Return the names of the steps of the main path."""
    return [definition.step_name(key, language()) for key in main_path(definition)]


def visited(case: Case) -> set[str]:
    """Return the steps that a case has been at and left."""
    return set(case.visits) - {case.step}
