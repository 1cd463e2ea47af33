"""Structured conditions on the answers of a case: data that is compared, never an expression that is evaluated."""

from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, model_validator

Scalar = bool | int | str


class Share(BaseModel):
    """An exact share of another field: ``{share: 2/3, of: members}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    share: str = Field(pattern=r"^\d{1,6}/\d{1,6}$|^1$")
    of: str

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.share)

    @model_validator(mode="after")
    def _divisible(self) -> "Share":
        if self.share.endswith("/0"):
            raise ValueError(_("分母不能是 0。"))
        return self


Bound = int | str | Share


class Condition(BaseModel):
    """One comparison of a field, or ``all``/``any``/``not`` of others. Exactly one form is used."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    all: list["Condition"] | None = None
    any: list["Condition"] | None = None
    not_: "Condition | None" = Field(None, alias="not")
    field: str | None = None
    is_: Scalar | None = Field(None, alias="is")
    is_not: Scalar | None = None
    in_: list[Scalar] | None = Field(None, alias="in")
    at_least: Bound | None = None
    more_than: Bound | None = None
    at_most: Bound | None = None
    less_than: Bound | None = None
    given: bool | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Condition":
        groups = [part for part in (self.all, self.any, self.not_, self.field) if part is not None]
        if len(groups) != 1:
            raise ValueError(_("条件写 all、any、not，或者一个字段加一种比较。"))
        if (self.field is None) != (not self.comparisons()) or len(self.comparisons()) > 1:
            raise ValueError(
                _("一个字段只写一种比较：is、is_not、in、at_least、more_than、at_most、less_than 或 given。")
            )
        return self

    def comparisons(self) -> list[str]:
        """Return the names of the comparisons that are set."""
        names = ("is_", "is_not", "in_", "at_least", "more_than", "at_most", "less_than", "given")
        return [name for name in names if getattr(self, name) is not None]

    def fields(self) -> set[str]:
        """Return the names of all fields that the condition looks at."""
        found = {self.field} if self.field else set()
        for part in [*(self.all or []), *(self.any or []), *([self.not_] if self.not_ else [])]:
            found |= part.fields()
        bound = self.at_least or self.more_than or self.at_most or self.less_than
        if isinstance(bound, Share):
            found.add(bound.of)
        return found

    def holds(self, data: dict[str, Any]) -> bool:
        """Return whether the condition is true of the answers; a comparison with a field not answered is false."""
        if self.all is not None:
            return all(part.holds(data) for part in self.all)
        if self.any is not None:
            return any(part.holds(data) for part in self.any)
        if self.not_ is not None:
            return not self.not_.holds(data)
        value = data.get(self.field or "")
        (name,) = self.comparisons()
        if name == "given":
            return (value not in (None, "", [])) == self.given
        if value is None:
            return False
        if name == "is_":
            return bool(value == self.is_)
        if name == "is_not":
            return bool(value != self.is_not)
        if name == "in_":
            chosen = value if isinstance(value, list) else [value]
            return any(part in (self.in_ or []) for part in chosen)
        return _compare(name, value, getattr(self, name), data)


Comparison = Literal["at_least", "more_than", "at_most", "less_than"]


def number(value: Any) -> Fraction | None:
    """Return a value as an exact number (lists count their entries), or None if it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        return Fraction(len(value))
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None


def _compare(name: str, value: Any, bound: Bound, data: dict[str, Any]) -> bool:
    left = number(value)
    if isinstance(bound, Share):
        whole = number(data.get(bound.of))
        right = None if whole is None else bound.fraction * whole
    elif isinstance(bound, str) and number(bound) is None:
        right = number(data.get(bound.removeprefix("form.")))
    else:
        right = number(bound)
    if left is None or right is None:
        return False
    return {"at_least": left >= right, "more_than": left > right, "at_most": left <= right, "less_than": left < right}[
        name
    ]
