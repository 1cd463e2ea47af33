"""Reading a definition from YAML, with the line of every mistake."""

import dataclasses
import re
from typing import Any

import yaml
from django.utils.translation import gettext as _
from pydantic import ValidationError

from linli.kernel.fieldwords import sentence
from linli.procedures.grammar.definition import Definition

LIMIT = 200_000  # characters; the longest definition we know has 9,000
MAX_DEPTH = 30
MAX_NODES = 20_000
TOKENS_OF_A_NODE = 4
_OPEN = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSE = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_WHOLE = re.compile(r"[-+]?[0-9]{1,15}")


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Something wrong in a definition: the line (1 is the first), where in the tree, and a sentence."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path + ': ' if self.path else ''}{self.message}"


class BadDefinition(ValueError):
    """A definition that cannot be used; ``mistakes`` lists all that were found."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in sorted(mistakes)))
        self.mistakes = sorted(mistakes)


Path = tuple[str | int, ...]


@dataclasses.dataclass(slots=True)
class Source:
    """The plain value of a YAML text and the line on which each part of it stands."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of a part, or of the nearest part around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Source:
    """Read YAML without aliases or tags; raise BadDefinition for anything that is not plain, small data."""
    if len(text) > LIMIT:
        raise BadDefinition([Mistake(1, "", _("流程定义最多 %(limit)d 个字符。") % {"limit": LIMIT})])
    try:
        # aliases are refused before composing: a few nested ones would otherwise unfold into gigabytes; and depth while scanning, of which
        # each further token costs as much as is open
        depth = 0
        for count, token in enumerate(yaml.scan(text, Loader=yaml.SafeLoader)):
            depth += isinstance(token, _OPEN) - isinstance(token, _CLOSE)
            if depth > MAX_DEPTH or count > TOKENS_OF_A_NODE * MAX_NODES:
                raise BadDefinition([Mistake(token.start_mark.line + 1, "", _("嵌套太深，或者内容太多。"))])
            if isinstance(token, (yaml.AliasToken, yaml.AnchorToken, yaml.TagToken)):
                raise BadDefinition([Mistake(token.start_mark.line + 1, "", _("这里不用锚点、别名和标签（& * !）。"))])
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except BadDefinition:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadDefinition(
            [Mistake(mark.line + 1 if mark else 1, "", _not_yaml(error.problem or error.context or ""))]
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadDefinition([Mistake(1, "", _not_yaml(str(error)[:200]))]) from error
    if not isinstance(node, yaml.MappingNode):
        raise BadDefinition([Mistake(1, "", _("流程定义从 procedure: 开始，一项一行。"))])
    lines: dict[Path, int] = {}
    mistakes: list[Mistake] = []
    value = _plain(node, (), lines, mistakes)
    if mistakes:
        raise BadDefinition(mistakes)
    return Source(value, lines)


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], mistakes: list[Mistake]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > MAX_DEPTH or len(lines) > MAX_NODES:
        raise BadDefinition([Mistake(node.start_mark.line + 1, "", _("嵌套太深，或者内容太多。"))])
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _key(key_node)
            if key in found:
                mistakes.append(
                    Mistake(key_node.start_mark.line + 1, _dotted(path), _("“%(key)s”写了两次。") % {"key": key})
                )
            lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = _plain(value_node, (*path, key), lines, mistakes)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(part, (*path, index), lines, mistakes) for index, part in enumerate(node.value)]
    return _scalar(node)


def _key(node: yaml.Node) -> str:
    # 'on', 'no', 'yes' are words in a definition, not truth values
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "?"


def _scalar(node: yaml.Node) -> Any:
    tag, text = node.tag, node.value
    if tag.endswith(":bool") and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if tag.endswith(":int") and _WHOLE.fullmatch(text):
        return int(text)
    if tag.endswith(":null"):
        return None
    return text  # dates, numbers with a fraction, yes/no stay what was written


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def read(text: str) -> tuple[Definition, Source]:
    """Return the definition in a YAML text and its source; raise BadDefinition with every mistake of form and its line."""
    source = parse(text)
    try:
        return Definition.model_validate(source.value), source
    except ValidationError as error:
        raise BadDefinition(_mistakes(error, source)) from error


def _not_yaml(problem: str) -> str:
    said = _("这一行不是正确的 YAML（%(problem)s）。") % {"problem": problem}
    # the one sign that our own notation and YAML's both claim
    return said + (_("带问号的字段名要加引号，例如 'photos?'。") if "'?'" in problem else "")


def _mistakes(error: ValidationError, source: Source) -> list[Mistake]:
    found: dict[tuple[int, str], Mistake] = {}
    for detail in error.errors(include_url=False):
        path, key = _real_path(detail["loc"], source.value), str(detail["loc"][-1])
        if detail["type"] == "extra_forbidden" and path[-1:] != (key,):
            path = (*path, key)
        mistake = Mistake(source.line(path), _dotted(path), sentence(detail, key))
        found.setdefault((mistake.line, mistake.message), mistake)
    return list(found.values())


def _real_path(loc: tuple[str | int, ...], value: Any) -> Path:
    """Keep those parts of a pydantic location that exist in the source (it also names the members of unions it tried)."""
    path: list[str | int] = []
    for part in loc:
        inside = isinstance(value, dict) and isinstance(part, str) and part in value
        if inside or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            value = value[part]
            path.append(part)
    return tuple(path)
