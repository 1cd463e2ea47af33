"""The shape of a procedure definition. Field by field explained in docs/procedures.md."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field, model_validator

from linli.procedures.grammar.conditions import Condition
from linli.procedures.grammar.parts import (
    FormField,
    Holder,
    Lasting,
    Named,
    Opening,
    Part,
    SideAct,
    Timed,
    Who,
    read_holder,
)

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Branch(Part):
    """Where to go: the first branch whose condition holds (the last has none)."""

    to: str
    when: Condition | None = None
    holder: Who | None = None


def _branches(value: Any) -> Any:
    return [{"to": value}] if isinstance(value, str) else value


Branches = Annotated[list[Branch], BeforeValidator(_branches)]


class Beyond(Part):
    """What happens when an action was used as often as its limit says: elsewhere, or only with a second person, or refused."""

    to: str | None = None
    holder: Who | None = None
    second: Who | None = None


class Limit(Part):
    """How often an action may be used on one case: a number, or the number answered in a field."""

    times: int | str = Field(description="a number or form.FIELD")
    beyond: Beyond | None = None


class Require(Part):
    """A condition that must hold before the action is accepted, with the sentence shown when it does not."""

    that: Condition
    say: Named


class Effect(Part):
    """What an outcome does to the case beside which (or for which) this one runs."""

    suspend: bool = False
    resume: bool = False
    extend: str | None = Field(None, description="form.FIELD with working days, or a duration")
    void: bool = False
    action: str | None = Field(None, description="an action of the other case, done in its name")
    to: str | None = Field(None, description="a step of the other case")


def asked_in(form: list[str]) -> list[tuple[str, bool]]:
    """Return the fields of a form, each with whether it may be left empty ('photos?' may)."""
    return [(name.rstrip("?"), name.endswith("?")) for name in form]


class Action(Part):
    """Something a person can do at a step."""

    name: Named | None = None
    who: list[Who] = Field(default_factory=lambda: [Holder.model_validate(read_holder("holder"))])
    to: str | None = None
    branch: list[Branch] | None = None
    holder: Who | None = None
    form: list[str] = Field(default_factory=list)
    reason: bool = False
    second: Who | None = None
    second_when: Condition | None = Field(None, description="the second person is asked only if this holds")
    limit: Limit | None = None
    require: list[Require] = Field(default_factory=list)
    publish: list[str] = Field(default_factory=list)
    tell: list[str] = Field(default_factory=list)
    handler: str | None = None
    open: list[Opening] = Field(default_factory=list)
    set: dict[str, str | int | bool] = Field(default_factory=dict)
    confirm: bool = False
    main: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> "Action":
        if self.to is not None and self.branch is not None:
            raise ValueError(_("一个办法只能写 to 或 branch，不能都写。"))
        return self

    def fields(self) -> list[tuple[str, bool]]:
        """Return the fields asked, each with whether it may be left empty ('photos?' may)."""
        return asked_in(self.form)


class Each(Part):
    """What each unit of a joint step does: a case of its own of another procedure."""

    procedure: str
    unit: str | None = Field(None, description="form.FIELD that names the units")
    units: list[Who] | None = None
    lead: str | None = Field(None, description="form.FIELD that names the leading unit")
    form: list[str] = Field(default_factory=list)
    excused: list[str] = Field(default_factory=list, description="outcomes of a unit that did not have to take part")

    @model_validator(mode="after")
    def _units(self) -> "Each":
        if (self.unit is None) == (self.units is None):
            raise ValueError(_("多单位环节用 unit: form.字段 或者 units 列表写明有哪些单位，二选一。"))
        return self


class AtLeast(Part):
    at_least: int = Field(ge=1)


class Gather(Part):
    """A figure made of the answers of many: the mean, sum, least, greatest, or number of a field."""

    of: str
    by: Literal["mean", "sum", "min", "max", "count", "all_yes"]


class Objections(Part):
    """Objections during a public notice, and who must answer each before it ends."""

    by: list[Who] = Field(default_factory=lambda: [Holder.model_validate(read_holder("public"))])
    answer: Who
    must_answer: bool = True


class Threshold(Part):
    """How many must take part: a number, the number in a field, or an exact share of a field.

    ``yes``: only those count who said yes to this question of the step (consents, not answers).
    """

    at_least: int | str | None = None
    share: str | None = Field(None, pattern=r"^\d{1,6}/\d{1,6}$|^1$")
    of: str | None = None
    yes: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Threshold":
        if (self.at_least is None) == (self.share is None) or (self.share is None) != (self.of is None):
            raise ValueError(_("门槛写 at_least: 数字，或者 share: 2/3 加 of: 字段。"))
        if self.share is not None and (self.share.endswith("/0") or not 0 < Fraction(self.share) <= 1):
            raise ValueError(_("份额要大于 0，不大于 1。"))
        return self


class Reopen(Part):
    by: list[Who] = Field(default_factory=lambda: [Holder.model_validate(read_holder("reporter"))])
    within: Lasting
    times: int = Field(1, ge=1)
    to: str
    any_time_by: list[Who] = Field(default_factory=list)


class Step(Part):
    """One step. Which keys apply follows from its kind."""

    kind: Literal["task", "joint", "notice", "vote", "collect", "call", "end"] = "task"
    name: Named | None = None
    holder: Who | None = None
    clock: Timed | None = None
    actions: dict[Key, Action] = Field(default_factory=dict)
    publish: list[str] = Field(default_factory=list)
    tell: list[str] = Field(default_factory=list)
    open: list[Opening] = Field(default_factory=list)
    handler: str | None = Field(None, description="a named consequence in code when the step is entered")
    stops: list[str] = Field(default_factory=list, description="case clocks that stand still while here")
    not_same_as: str | None = Field(None, description="a step whose unit and person must not decide this one")
    not_by: list[str] = Field(default_factory=list, description="'starter', or steps: whoever acted there may not here")
    watch: list[Who] = Field(default_factory=list, description="others who follow and may comment")
    ends_clocks: list[str] = Field(default_factory=list, description="case clocks that are met by coming here")
    # joint
    each: Each | None = None
    done: Literal["all", "any", "lead", "majority"] | AtLeast | None = None
    then: Branches | None = None
    gather: dict[str, Gather] = Field(default_factory=dict)
    # notice
    objections: Objections | None = None
    # vote
    rule: str | None = None
    passed: str | None = None
    failed: str | None = None
    no_quorum: str | None = None
    # collect: many people each say the same thing once
    form: list[str] = Field(default_factory=list)
    by: list[Who] = Field(default_factory=list)
    threshold: Threshold | None = None
    # call
    procedure: str | None = None
    outcomes: dict[str, Branches] = Field(default_factory=dict)
    otherwise: str | None = None
    # end
    outcome: str | None = None
    reopen: Reopen | None = None
    undo: str | None = Field(None, description="a named handler that takes the end back")
    archive: bool = False

    @model_validator(mode="after")
    def _of_its_kind(self) -> "Step":
        needs = {
            "joint": ("each", "done", "then"),
            "notice": ("clock", "then"),
            "vote": ("rule", "passed", "failed"),
            "collect": ("by", "threshold", "then"),
            "call": ("procedure",),
            "end": ("outcome",),
        }
        for key in needs.get(self.kind, ()):
            if not getattr(self, key):
                raise ValueError(_("%(kind)s 环节要写 %(key)s。") % {"kind": self.kind, "key": key})
        own = {key for keys in needs.values() for key in keys} - {"clock"}
        for key in own - set(needs.get(self.kind, ())):
            if getattr(self, key):
                raise ValueError(_("%(kind)s 环节不能写 %(key)s。") % {"kind": self.kind, "key": key})
        if self.kind == "end" and (self.holder or self.clock or self.actions):
            raise ValueError(_("结束环节没有承办人、时限和办法。"))
        return self

    def targets(self) -> list[tuple[str, str]]:
        """Return (how, step) for every way out of this step."""
        found: list[tuple[str, str]] = []
        for key, action in self.actions.items():
            if action.to:
                found.append((key, action.to))
            found += [(key, branch.to) for branch in action.branch or []]
            if action.limit and action.limit.beyond and action.limit.beyond.to:
                found.append((f"{key} beyond its limit", action.limit.beyond.to))
        found += [("done", branch.to) for branch in self.then or []]
        found += [(how, to) for how in ("passed", "failed", "no_quorum", "otherwise") if (to := getattr(self, how))]
        found += [(outcome, branch.to) for outcome, branches in self.outcomes.items() for branch in branches]
        if self.clock and self.clock.on_expiry and self.clock.on_expiry.to:
            found.append(("expiry", self.clock.on_expiry.to))
        if self.reopen:
            found.append(("reopen", self.reopen.to))
        return found


class Public(Part):
    """What everyone may see of a case."""

    fields: list[str] = Field(default_factory=list)
    steps: Literal["all", "none"] = "none"
    people: Literal["roles_only", "none"] = "roles_only"


class Start(Part):
    """Who may start a case, with what answers, and when in the year (``window``: MM-DD or YYYY-MM-DD, both days included)."""

    by: list[Who]
    form: list[str] = Field(default_factory=list)
    opens: str | None = Field(None, pattern=r"^(\d{4}-)?\d{2}-\d{2}$")
    closes: str | None = Field(None, pattern=r"^(\d{4}-)?\d{2}-\d{2}$")

    def asked(self) -> list[tuple[str, bool]]:
        """Return the fields asked, each with whether it may be left empty."""
        return asked_in(self.form)


def _start(value: Any) -> Any:
    return {"by": value} if isinstance(value, list) else value


class CaseClock(Part):
    """A clock of the whole case, such as the promise of a first answer: runs from the start until one of ``met_by`` happens."""

    name: Named
    clock: Timed
    met_by: list[str] = Field(min_length=1, description="actions (step.action) or steps entered")
    promise: bool = False


class Beside(Part):
    """This procedure runs beside another case: of which procedures, what it does to that case meanwhile and by its outcome."""

    of: list[str]
    by: list[Who] = Field(default_factory=list)
    meanwhile: Literal["nothing", "stop_clock", "stop_effect", "stop_publication"] = "nothing"
    during: list[str] = Field(default_factory=list, description="the steps at which 'meanwhile' holds; none: all")
    outcomes: dict[str, Effect] = Field(default_factory=dict)
    ends_with_parent: str | None = Field(None, description="the end taken when the other case ends first")
    ends_with_step: str | None = Field(None, description="the end taken when the other case leaves the step it was at")
    before_due: bool = False
    most: Lasting | None = Field(None, description="how much time 'extend' may add to one case in all")
    one_at_a_time: bool = True


class Repeat(Part):
    """A case opens itself again and again: every so often, until the date in a field; or once a year on MM-DD for units of a kind."""

    every: Lasting | None = None
    until: str | None = None
    yearly_on: str | None = Field(None, pattern=r"^\d{2}-\d{2}$")
    for_kind: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Repeat":
        if (self.every is None) == (self.yearly_on is None):
            raise ValueError(_("重复发起写 every 或 yearly_on，二选一。"))
        return self


class Definition(Part):
    """A procedure: key, version, names, who may start, what is public, its clocks and its steps (the first is where it begins)."""

    procedure: Key
    version: int = Field(ge=1)
    name: Named
    source: str = Field("", max_length=300)
    about: str = Field("", max_length=60)
    start: Annotated[Start, BeforeValidator(_start)]
    public: Public = Field(default_factory=Public)
    confidential: list[Who] | None = Field(None, description="only these and the holder see the case")
    fields: dict[Key, FormField] = Field(default_factory=dict)
    clocks: dict[Key, CaseClock] = Field(default_factory=dict)
    side: dict[SideAct, bool | str] = Field(default_factory=dict)
    beside: Beside | None = None
    repeat: Repeat | None = None
    steps: dict[Key, Step] = Field(min_length=1)

    @property
    def first(self) -> str:
        """The key of the step where a case begins."""
        return next(iter(self.steps))

    def step_name(self, key: str, language: str | None = None) -> str:
        """Return what people read for a step."""
        step = self.steps[key]
        return step.name.in_(language) if step.name else key

    def handlers(self) -> set[str]:
        """Return the names of every handler that the definition calls."""
        found = set()
        for step in self.steps.values():
            found |= {action.handler for action in step.actions.values() if action.handler}
            found |= {name for name in (step.handler, step.undo) if name}
            if step.kind == "vote":
                found.add("deliberation.vote")
        return found

    def procedures(self) -> set[str]:
        """Return the keys of every other procedure that the definition opens or calls."""
        found = set()
        for step in self.steps.values():
            found |= {step.procedure} if step.procedure else set()
            found |= {step.each.procedure} if step.each else set()
            openings = [*step.open, *(step.clock.on_expiry.open if step.clock and step.clock.on_expiry else [])]
            for action in step.actions.values():
                openings += action.open
            found |= {opening.procedure for opening in openings}
        return found
