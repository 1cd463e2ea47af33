"""Changing single settings of a definition's YAML text, so that everything else of it stays as it was written, comments too.

An edit names a path in the tree and the new plain value (or ``REMOVE``). The text is changed at that place only; then it is read
again and compared with the tree that the edit means. Where the place cannot be changed alone, the whole tree is written anew
(comments go, and the caller is told).
"""

import copy
from collections.abc import Sequence
from typing import Any, Final

import yaml

from linli.procedures.grammar.load import BadDefinition, Path, parse


class _Remove:
    """The value of an edit that takes a setting away."""


REMOVE: Final = _Remove()
Edit = tuple[Path, Any]


class CannotEdit(ValueError):
    """The text is no YAML that can be read: it has to be put right as text first."""


def tree_of(text: str) -> dict[str, Any]:
    """Return the plain tree of a definition's text; raise CannotEdit if it cannot be read."""
    try:
        return dict(parse(text).value)
    except BadDefinition as bad:
        raise CannotEdit(str(bad.mistakes[0])) from bad


def edited(text: str, edits: Sequence[Edit]) -> tuple[str, bool]:
    """Return the text with the edits made, and whether its comments stayed. Settings that are as wanted already are left alone."""
    kept, tree = True, tree_of(text)
    for path, value in edits:
        wanted = _changed(tree, path, value)
        if _same(wanted, tree):
            continue
        spliced = _spliced(text, path, value)
        if spliced is not None and _reads_as(spliced, wanted):
            text = spliced
        else:
            text, kept = dumped(wanted), False
        tree = wanted
    return text, kept


def moved(text: str, path: Path, key: str, by: int) -> tuple[str, bool]:
    """Return the text with an entry of the mapping at ``path`` moved up (-1) or down (1) among its neighbours."""
    tree = tree_of(text)
    keys = list(_at(tree, path))
    place = keys.index(key)
    other = place + by
    if not 0 <= other < len(keys):
        return text, True
    keys[place], keys[other] = keys[other], keys[place]
    mapping = _at(tree, path)
    wanted = _changed(tree, path, {name: mapping[name] for name in keys})
    spliced = _swapped(text, path, min(place, other))
    if spliced is not None and _reads_as(spliced, wanted):
        return spliced, True
    return dumped(wanted), False


def added(text: str, path: Path, key: str, value: Any, *, after: str) -> tuple[str, bool]:
    """Return the text with a new entry in the mapping at ``path``, right behind the entry ``after``."""
    tree = tree_of(text)
    mapping = _at(tree, path)
    entries: dict[str, Any] = {}
    for name, part in mapping.items():
        entries[name] = part
        if name == after:
            entries[key] = value
    wanted = _changed(tree, path, entries)
    node = _node(text, path)
    if isinstance(node, yaml.MappingNode) and not node.flow_style and (entry := _entry(node, after)):
        spliced = _line_added(text, node, key, value, at=_line_end(text, _end(entry[1])))
        if _reads_as(spliced, wanted):
            return spliced, True
    return dumped(wanted), False


def dumped(tree: dict[str, Any]) -> str:
    """Return a tree as YAML: block style outside, short parts on one line, in the order of the tree."""
    return str(yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=140, default_flow_style=None))


class _Dumper(yaml.SafeDumper):
    """Writes no anchors: definitions have none."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _reads_as(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _same(parse(text).value, wanted)
    except BadDefinition:
        return False


def _same(one: Any, other: Any) -> bool:
    """Equal, and in the same order: the first step is where a case begins."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _at(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _changed(tree: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy of the tree with the value at the path; mappings on the way are made where they are missing."""
    new = copy.deepcopy(tree)
    part: Any = new
    for key in path[:-1]:
        if isinstance(part, dict) and not isinstance(part.get(key), (dict, list)):
            part[key] = {}
        part = part[key]
    if value is REMOVE:
        if isinstance(part, dict):
            part.pop(path[-1], None)
    else:
        part[path[-1]] = copy.deepcopy(value)
    return new


# --- changing the text at one place ---


def _spliced(text: str, path: Path, value: Any) -> str | None:
    """Return the text with one place changed, or None where that cannot be done."""
    parent = _node(text, path[:-1])
    if isinstance(parent, yaml.MappingNode):
        entry = _entry(parent, path[-1])
        if value is REMOVE:
            return _cut(text, parent, path[-1]) if entry else None
        if entry is None:
            return _inserted(text, parent, str(path[-1]), value)
        return _replaced(text, entry, value)
    if parent is None and value is not REMOVE and len(path) > 1:
        # a mapping on the way is missing: it is written together with what belongs into it
        return _spliced(text, path[:-1], {path[-1]: value})
    return None


def _node(text: str, path: Path) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in path:
        if isinstance(node, yaml.MappingNode):
            entry = _entry(node, key)
            node = entry[1] if entry else None
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        else:
            return None
    return node


def _entry(mapping: yaml.MappingNode, key: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    return next((pair for pair in mapping.value if pair[0].value == str(key)), None)


def _end(node: yaml.Node) -> int:
    """Where the text of a node ends. The mark of a block collection stands behind the blank lines and comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _flow(value: Any) -> str:
    """A value on one line."""
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**9, default_flow_style=True)
    return str(text).removesuffix("\n").removesuffix("\n...")


def _replaced(text: str, entry: tuple[yaml.Node, yaml.Node], value: Any) -> str:
    key, old = entry
    if isinstance(old, yaml.ScalarNode) and not old.value and old.start_mark.index == old.end_mark.index:
        start = end = int(key.end_mark.index) + 1  # 'key:' with nothing behind it
        return f"{text[:start]} {_flow(value)}{text[end:]}"
    if isinstance(old, yaml.CollectionNode) and not old.flow_style:
        start = int(key.end_mark.index) + 1
        return f"{text[:start]} {_flow(value)}{text[_end(old) :]}"
    ending = "\n" if text[_end(old) - 1 : _end(old)] == "\n" else ""  # a block scalar takes its line end with it
    return f"{text[: old.start_mark.index]}{_flow(value)}{ending}{text[_end(old) :]}"


def _inserted(text: str, mapping: yaml.MappingNode, key: str, value: Any) -> str | None:
    if mapping.flow_style:
        at = int(mapping.end_mark.index) - 1
        comma = ", " if mapping.value else ""
        return f"{text[:at].rstrip()}{comma}{key}: {_flow(value)}{text[at:]}"
    if not mapping.value:
        return None
    return _line_added(text, mapping, key, value, at=_line_end(text, _end(mapping.value[-1][1])))


def _line_added(text: str, mapping: yaml.MappingNode, key: str, value: Any, *, at: int) -> str:
    """Write an entry of a block mapping on lines of its own behind ``at``, the end of a line."""
    indent = " " * mapping.value[0][0].start_mark.column
    if isinstance(value, dict) and value and any(isinstance(part, (dict, list)) for part in value.values()):
        written = dumped({key: value}).rstrip("\n").replace("\n", f"\n{indent}")
    else:
        written = f"{key}: {_flow(value)}"
    return f"{text[:at]}\n{indent}{written}{text[at:]}"


def _line_end(text: str, at: int) -> int:
    """The end of the line in which the character before ``at`` stands."""
    if at and text[at - 1] == "\n":
        at -= 1
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _cut(text: str, mapping: yaml.MappingNode, key: str | int) -> str | None:
    place = next(n for n, pair in enumerate(mapping.value) if pair[0].value == str(key))
    node, old = mapping.value[place]
    if mapping.flow_style:
        if place + 1 < len(mapping.value):
            return text[: node.start_mark.index] + text[mapping.value[place + 1][0].start_mark.index :]
        start = _end(mapping.value[place - 1][1]) if place else int(node.start_mark.index)
        return text[:start] + text[_end(old) :]
    if len(mapping.value) == 1:
        return None
    start = _line_start(text, int(node.start_mark.index))
    if text[start : node.start_mark.index].strip():
        return None  # '- key: …': the entry begins in the middle of a line
    return text[:start] + text[_line_end(text, _end(old)) + 1 :]


def _swapped(text: str, path: Path, upper: int) -> str | None:
    """Swap an entry of a block mapping with the one below it, each with the comments that stand right above it."""
    mapping = _node(text, path)
    if not isinstance(mapping, yaml.MappingNode) or mapping.flow_style:
        return None
    a, b = (_begin(text, int(mapping.value[place][0].start_mark.index)) for place in (upper, upper + 1))
    end = min(_line_end(text, _end(mapping.value[upper + 1][1])) + 1, len(text))
    below = text[b:end]
    return text[:a] + below + ("" if below.endswith("\n") else "\n") + text[a:b] + text[end:]


def _begin(text: str, at: int) -> int:
    """The start of an entry's first line, or of the comments right above it."""
    start = _line_start(text, at)
    while start:
        above = _line_start(text, start - 1)
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
