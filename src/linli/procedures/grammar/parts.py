"""The small parts of a definition: names, holders, durations, fields, clocks."""

import re
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from linli.kernel.calendar import Duration, parse_duration
from linli.procedures.grammar.conditions import Condition


class Part(BaseModel):
    """Base of all parts: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Name(Part):
    """What people read, in Chinese and English."""

    zh: str = Field(min_length=1, max_length=60)
    en: str = Field("", max_length=120)

    def in_(self, language: str | None) -> str:
        """Return the name in a language, Chinese when there is no English."""
        return self.en if self.en and (language or "").startswith("en") else self.zh


def _name(value: Any) -> Any:
    return {"zh": value} if isinstance(value, str) else value


Named = Annotated[Name, BeforeValidator(_name)]

LEVELS = ("grid", "community", "street", "county", "city")
_HOLDER = re.compile(
    r"(?P<role>[a-z_]+)"
    r"(?: of (?:(?P<level>grid|community|street|county|city)|form\.(?P<form>[a-z][a-z0-9_]*)"
    r"|catalogue\.(?P<catalogue>[a-z][a-z0-9_]*)|step\.(?P<step>[a-z][a-z0-9_]*)|(?P<place>parent|holder|start)))?"
    r"(?: chosen in form\.(?P<person>[a-z][a-z0-9_]*))?"
    r"(?P<up> one level up)?"
)
# Holders that are not posts: the person or people the case concerns.
PERSONS = ("reporter", "starter", "public", "parties")


class Holder(Part):
    """Who holds a step or may act: a role at a place or unit relative to the case, or a person the case concerns."""

    role: str
    level: str | None = None
    form: str | None = None
    catalogue: str | None = None
    step: str | None = None
    place: str | None = None
    person: str | None = None
    up: bool = False
    text: str

    @property
    def is_person(self) -> bool:
        """Held by the people whom the case concerns, not by a post."""
        return self.role in PERSONS


def read_holder(value: Any) -> Any:
    """Read 'clerk of community', 'handler of form.unit', 'dispatcher one level up', 'mediator chosen in form.mediator', 'reporter'."""
    if not isinstance(value, str):
        return value
    match = _HOLDER.fullmatch(" ".join(value.split()))
    if not match:
        raise ValueError(
            _(
                "看不懂“%(text)s”由谁承办：先写岗位，再写 of grid、community、street、county、city、form.字段、catalogue.项目、"
                "step.环节、parent 或 start，或者 chosen in form.字段、one level up。"
            )
            % {"text": value}
        )
    parts: dict[str, Any] = {key: text for key, text in match.groupdict().items() if key != "up"}
    return parts | {"up": bool(match["up"]), "text": value}


Who = Annotated[Holder, BeforeValidator(read_holder)]


def _duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Lasting = Annotated[Duration, BeforeValidator(_duration)]

FIELD_TYPES = (
    "text",
    "long_text",
    "number",
    "count",
    "money",
    "score",
    "date",
    "datetime",
    "yes_no",
    "choice",
    "choices",
    "category",
    "urgency",
    "place",
    "unit",
    "units",
    "person",
    "case",
    "photos",
    "files",
    "signature",
)


class FormField(Part):
    """A question of a form. ``when``: asked only if the condition holds; ``public``: shown to everyone with the record."""

    name: Named
    type: str = "text"
    required: bool = True
    max: int | None = Field(None, ge=1, le=1_000_000_000)
    min: int | None = None
    options: dict[str, Named] | None = None
    unit_kinds: list[str] | None = None
    when: Condition | None = None
    hint: Named | None = None
    public: bool = False

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FIELD_TYPES:
            raise ValueError(
                _("没有“%(type)s”这种字段，可以是：%(types)s。") % {"type": value, "types": "、".join(FIELD_TYPES)}
            )
        return value

    @model_validator(mode="after")
    def _options(self) -> "FormField":
        if (self.type in ("choice", "choices")) != bool(self.options):
            raise ValueError(_("选择题要写选项（options），别的字段不写。"))
        return self


def _clock(value: Any) -> Any:
    return {"for": value} if isinstance(value, str) else value


class FromDate(Part):
    """A deadline counted from a date in the answers, back or forwards."""

    field: str
    amount: Lasting


class Opening(Part):
    """Another case that opens by itself, at once or after a time."""

    procedure: str
    after: Lasting | None = None
    form: dict[str, str | int | bool] = Field(default_factory=dict)


class Expiry(Part):
    """What happens by itself when a clock runs out; without it the case stays and supervision opens."""

    to: str | None = None
    open: list[Opening] = Field(default_factory=list)


class Clock(Part):
    """How long something may take: fixed (``for``), from the catalogue (``from``, ``default``), or ``before`` or ``after`` a date."""

    for_: Lasting | None = Field(None, alias="for")
    from_: str | None = Field(None, alias="from", pattern=r"^(catalogue|form)\.[a-z][a-z0-9_]*$")
    default: Lasting | None = None
    before: FromDate | None = None
    after: FromDate | None = None
    remind: int = Field(80, ge=1, le=100)
    on_expiry: Expiry | None = None
    supervise: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> "Clock":
        if self.for_ is None and self.from_ is None and self.dated is None:
            raise ValueError(_("时限要写 for、from、before 或 after，否则永远不会开始。"))
        if self.before is not None and self.after is not None:
            raise ValueError(_("时限写 before 或 after，不能都写。"))
        return self

    @property
    def dated(self) -> FromDate | None:
        """The date in the answers that the deadline keeps its distance from, before or after."""
        return self.before or self.after

    def words(self) -> str:
        """Return the clock as an officer would read it."""
        if self.before:
            return f"{self.before.amount} before {self.before.field}"
        if self.after:
            return f"{self.after.amount} after {self.after.field}"
        if self.from_:
            return f"{self.from_}" + (f", otherwise {self.default}" if self.default else "")
        return str(self.for_)


Timed = Annotated[Clock, BeforeValidator(_clock)]
SideAct = Literal[
    "comment",
    "attach",
    "suspend",
    "extend",
    "supervise",
    "return",
    "transfer",
    "escalate",
    "withdraw",
    "correct",
    "void",
    "follow_up",
]
