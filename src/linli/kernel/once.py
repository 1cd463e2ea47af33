"""The tag ``{% once a, b %}…{% endonce %}``: a part of a page that is written once for the same values, and kept as it is.

A page's frame is hundreds of small texts that are the same at every request: icons, navigation, the chips above a list, the help. What
stands in the tag may depend on nothing but the values named (which must be hashable), the language, and what never changes while
the process lives. A token, the moment or somebody's name therefore never stands in it, unless it is named.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.utils import translation
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

# Together at most 16 million signs; when so many are kept, all are written anew.
MOST = 1_000
LONGEST = 16_000


class Once(Extension):
    """The tag itself. Parts are kept for each environment."""

    tags = {"once"}

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._kept: dict[tuple[Any, ...], str] = {}
        self._places = count(1)

    def parse(self, parser: Parser) -> nodes.Node:
        """Read the tag: its values, separated by commas, and what stands between it and its end."""
        line = next(parser.stream).lineno
        values: list[nodes.Expr] = []
        while parser.stream.current.type != "block_end":
            values.append(parser.parse_expression())
            parser.stream.skip_if("comma")
        body = parser.parse_statements(("name:endonce",), drop_needle=True)
        call = self.call_method("_part", [nodes.Const(next(self._places)), *values])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _part(self, place: int, *values: Any, caller: Callable[[], str]) -> str:
        key = (place, translation.get_language(), values)
        part = self._kept.get(key)
        if part is None:
            part = caller()
            if len(part) <= LONGEST:
                if len(self._kept) >= MOST:
                    self._kept.clear()
                self._kept[key] = part
        return part
