"""Checks of who holds, what is asked, how long it may take and what is shown."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.kernel.calendar import parse_duration
from linli.procedures.grammar.definition import Definition, Gather, Threshold
from linli.procedures.grammar.findings import Report
from linli.procedures.grammar.graph import FACTS, asked_by, branches_of, known_at
from linli.procedures.grammar.load import Path
from linli.procedures.grammar.parts import PERSONS, Clock, FormField, Holder, Opening, read_holder
from linli.procedures.grammar.walkparts import conditions, parts

# Facts of what a case is about, which areas add and pages may publish; they are not asked in any form.
ABOUT = ("summary_masked", "title", "place", "category")
# Whom a record may be told to, besides roles.
TOLD = (*PERSONS, "holder")
NUMBERS = ("number", "count")


def holders(report: Report) -> None:
    """Somebody can hold every step: known roles, at places and in fields that exist."""
    for path, holder in parts(report.definition, Holder):
        if message := _holder(report, holder, elsewhere=path[:2] == ("beside", "by")):
            report.wrong(path, message)
    for key, step in report.definition.steps.items():
        if step.kind == "task" and step.holder is None:
            into = [way for way in report.ways if way.target == key]
            if key == report.definition.first or not into or any(way.holder is None for way in into):
                report.wrong(("steps", key), _("没有人办理“%(step)s”：请写 holder。") % {"step": report.name(key)})


def _holder(report: Report, holder: Holder, *, elsewhere: bool = False) -> str:
    """Return what is wrong with the words of a holder; ``elsewhere``: its fields are those of another case."""
    placed = holder.level or holder.form or holder.catalogue or holder.step or holder.place
    if holder.role in PERSONS:
        if placed or holder.person or holder.up:
            return _("“%(role)s”是人，不能再加地点或级别。") % {"role": holder.role}
    elif holder.role == "holder":
        if holder.level or holder.form or holder.catalogue or holder.up:
            return _("holder 是现在的承办人，这里请写具体的岗位。")
    elif holder.role not in report.known.roles:
        return _("没有“%(role)s”这个岗位。") % {"role": holder.role}
    return "" if elsewhere else _place(report, holder)


def _place(report: Report, holder: Holder) -> str:
    fields = report.definition.fields
    for name, types in ((holder.form, ("unit", "units", "person")), (holder.person, ("person",))):
        if name is not None and name not in fields:
            return _("没有“%(field)s”这个字段。") % {"field": name}
        if name is not None and fields[name].type not in types:
            return _("“%(field)s”不是单位或人员字段。") % {"field": name}
    if holder.step is not None and holder.step not in report.definition.steps:
        return _("没有“%(step)s”这个环节。") % {"step": holder.step}
    if holder.catalogue is not None and holder.catalogue not in report.known.catalogue_keys:
        return _("目录里没有“%(key)s”这一项。") % {"key": holder.catalogue}
    return ""


def told(report: Report) -> None:
    """Whoever is told is a person of the case or a role."""
    steps = report.definition.steps
    found: list[tuple[Path, str]] = []
    for key, step in steps.items():
        found += [(("steps", key, "tell", nth), one) for nth, one in enumerate(step.tell)]
        for name, action in step.actions.items():
            found += [(("steps", key, "actions", name, "tell", nth), one) for nth, one in enumerate(action.tell)]
    for path, one in found:
        try:
            holder = Holder.model_validate(read_holder(one))
        except ValueError:
            report.wrong(path, _("看不懂要告诉谁：“%(who)s”。") % {"who": one})
            continue
        if one not in TOLD and (message := _holder(report, holder)):
            report.wrong(path, message)


def _uses(definition: Definition) -> Iterator[tuple[Path, str, str | None]]:
    """Yield (path, field, step) for every field that is looked at: the step at which, or None for the whole case."""
    for path, condition in conditions(definition):
        for name in sorted(condition.fields()):
            yield path, name, _step_of(path)
        for bound in (condition.at_least, condition.more_than, condition.at_most, condition.less_than):
            if isinstance(bound, str) and not bound.lstrip("-").replace("/", "").replace(".", "").isdigit():
                yield path, bound.removeprefix("form."), _step_of(path)
    for path, clock in parts(definition, Clock):
        if clock.from_ and clock.from_.startswith("form."):
            yield (*path, "from"), clock.from_.removeprefix("form."), _step_of(path)
        if clock.dated:
            yield (*path, "before" if clock.before else "after"), clock.dated.field, _step_of(path)
    for path, threshold in parts(definition, Threshold):
        for value in (threshold.of, threshold.at_least):
            if isinstance(value, str):
                yield path, value.removeprefix("form."), _step_of(path)
    for path, opening in parts(definition, Opening):
        for key, given in opening.form.items():
            if isinstance(given, str) and given.startswith("form."):
                yield (*path, "form", key), given.removeprefix("form."), _step_of(path)
    for path, holder in parts(definition, Holder):
        if path[:2] == ("beside", "by"):
            continue
        for name in filter(None, (holder.form, holder.person)):
            yield path, name, _step_of(path)
    for key, step in definition.steps.items():
        at: Path = ("steps", key)
        if step.each:
            for place, named in (("unit", step.each.unit), ("lead", step.each.lead)):
                if named:
                    yield (*at, "each", place), named.removeprefix("form."), key
            for nth, passed in enumerate(step.each.form):
                yield (*at, "each", "form", nth), passed.rstrip("?"), key
        for action_key, action in step.actions.items():
            here: Path = (*at, "actions", action_key)
            if action.limit and isinstance(action.limit.times, str):
                yield (*here, "limit", "times"), action.limit.times.removeprefix("form."), key
            for name, value in action.set.items():
                if isinstance(value, str) and value.startswith("form."):
                    yield (*here, "set", name), value.removeprefix("form."), key
            for nth, published in enumerate(action.publish):
                yield (*here, "publish", nth), published, key
        for nth, published in enumerate(step.publish):
            yield (*at, "publish", nth), published, key
    if definition.beside:
        for outcome, effect in definition.beside.outcomes.items():
            if effect.extend and effect.extend.startswith("form."):
                yield ("beside", "outcomes", outcome, "extend"), effect.extend.removeprefix("form."), None
    if definition.repeat and definition.repeat.until:
        yield ("repeat", "until"), definition.repeat.until, None


def _step_of(path: Path) -> str | None:
    return str(path[1]) if path[0] == "steps" else None


def _questions(definition: Definition) -> Iterator[tuple[Path, str]]:
    yield from ((("start", "form", nth), name.rstrip("?")) for nth, name in enumerate(definition.start.form))
    for key, step in definition.steps.items():
        yield from ((("steps", key, "form", nth), name.rstrip("?")) for nth, name in enumerate(step.form))
        for action_key, action in step.actions.items():
            for nth, name in enumerate(action.form):
                yield ("steps", key, "actions", action_key, "form", nth), name.rstrip("?")


def _made(definition: Definition) -> set[str]:
    """Return the names that get a value without being asked: set by an action, gathered, or known to the engine."""
    found = set(FACTS)
    for step in definition.steps.values():
        found |= set(step.gather)
        for action in step.actions.values():
            found |= set(action.set)
    return found


def fields(report: Report) -> None:
    """Every field asked is defined, every field defined is asked, every field looked at is one or the other."""
    definition = report.definition
    asked: set[str] = set()
    for path, name in _questions(definition):
        asked.add(name)
        if name not in definition.fields:
            report.wrong(path, _("没有“%(field)s”这个字段。") % {"field": name})
    made = _made(definition)
    for name in definition.fields:
        if name not in asked and name not in made:
            report.odd(("fields", name), _("“%(field)s”从来没有问过。") % {"field": name})
    for path, name, _step in _uses(definition):
        if name not in definition.fields and name not in made:
            report.wrong(path, _("没有“%(field)s”这个字段。") % {"field": name})
        elif name not in asked and name not in made:
            report.wrong(path, _("“%(field)s”从来没有问过，这里永远没有值。") % {"field": name})
    for key, step in definition.steps.items():
        if step.kind == "collect":
            crowd = {name.rstrip("?") for name in step.form}
            for name, rule in step.gather.items():
                _gathered(report, ("steps", key, "gather", name), rule, crowd)
            yes = step.threshold.yes if step.threshold else None
            if yes is not None and (
                yes not in crowd or yes not in definition.fields or definition.fields[yes].type != "yes_no"
            ):
                report.wrong(("steps", key, "threshold"), _("yes 要写这一步问的一个是否题。"))


def _gathered(report: Report, path: Path, rule: Gather, crowd: set[str]) -> None:
    # what the units of a joint step answer stands in their own procedure
    if rule.of not in crowd:
        report.wrong(path, _("这一步没有问“%(field)s”。") % {"field": rule.of})


def answered_before_used(report: Report) -> None:
    """What a step looks at may already have an answer there: asked on some way to it, or at the step itself."""
    definition = report.definition
    known = known_at(definition)
    asked = {name for _path, name in _questions(definition)} | _made(definition)
    begun = {name.rstrip("?") for name in definition.start.form}
    for path, name, step in _uses(definition):
        if step is None or step not in known or name not in definition.fields or name not in asked:
            continue
        # the first step needs its holder and clock before anything but the start was answered
        at_once = step == definition.first and path[2] in ("holder", "clock")
        here = set(begun if at_once else known[step])
        if path[2] == "actions" and len(path) > 3:
            action = definition.steps[step].actions[str(path[3])]
            here |= asked_by(definition, definition.steps[step], action)
        if path[2] in ("actions", "then", "publish"):
            here |= asked_by(definition, definition.steps[step])
            for action in definition.steps[step].actions.values():
                here |= set() if branches_of(action) else asked_by(definition, definition.steps[step], action)
        if name not in here and not _handed(report, step, path):
            report.wrong(path, _("走到这里时“%(field)s”还没有问过。") % {"field": name})


def _handed(report: Report, step: str, path: Path) -> bool:
    """A step's own holder is not looked at if every way into it names another."""
    if path[2] != "holder" or step == report.definition.first:
        return False
    into = [way for way in report.ways if way.target == step]
    return bool(into) and all(way.holder is not None for way in into)


def clocks(report: Report) -> None:
    """Every clock starts: its catalogue entry, number or date is there."""
    for path, clock in parts(report.definition, Clock):
        if clock.from_ and clock.from_.startswith("catalogue."):
            key = clock.from_.removeprefix("catalogue.")
            if key not in report.known.catalogue_keys:
                message = _("目录里没有“%(key)s”这一项。") % {"key": key}
                if clock.default is None:
                    report.wrong((*path, "from"), message + _("这个时限永远不会开始。"))
                else:
                    report.odd((*path, "from"), message)
        elif clock.from_:
            _number_of(report, path, clock)
        if clock.default is not None and clock.from_ is None:
            report.wrong((*path, "default"), _("default 只和 from 一起用。"))
        field = report.definition.fields.get(clock.dated.field) if clock.dated else None
        if field is not None and field.type not in ("date", "datetime"):
            report.wrong((*path, "before" if clock.before else "after"), _("推算的字段必须是日期。"))


def _number_of(report: Report, path: Path, clock: Clock) -> None:
    field = report.definition.fields.get((clock.from_ or "").removeprefix("form."))
    if field is None:
        return
    if field.type == "choice" and all(_is_duration(option) for option in field.options or {}):
        return
    if field.type not in NUMBERS:
        report.wrong((*path, "from"), _("时限要来自数字字段，或选项是时长（如 6 months）的单选字段。"))
    if not field.required and clock.default is None:
        report.odd((*path, "from"), _("这个字段可以不填，不填时限就不会开始：请写 default。"))


def _is_duration(text: str) -> bool:
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True


def case_clocks(report: Report) -> None:
    """The clocks of the whole case are met by steps and actions that exist; steps stop clocks that exist."""
    definition = report.definition
    begun = {name.rstrip("?") for name in definition.start.form}
    for name, rule in definition.clocks.items():
        for nth, met in enumerate(rule.met_by):
            at, _dot, action = met.partition(".")
            known = at in definition.steps and (not action or action in definition.steps[at].actions)
            if not known:
                report.wrong(("clocks", name, "met_by", nth), _("没有“%(what)s”这个环节或办法。") % {"what": met})
        if rule.clock.on_expiry is not None:
            report.wrong(("clocks", name, "clock"), _("全程时限不能有 on_expiry，到期只会督办。"))
        looked_at = rule.clock.dated.field if rule.clock.dated else (rule.clock.from_ or "").removeprefix("form.")
        if (rule.clock.dated or (rule.clock.from_ or "").startswith("form.")) and looked_at not in begun:
            report.wrong(
                ("clocks", name, "clock"), _("发起时没有问“%(field)s”，这个时限永远不会开始。") % {"field": looked_at}
            )
    for key, step in definition.steps.items():
        for place, names in (("stops", step.stops), ("ends_clocks", step.ends_clocks)):
            for nth, name in enumerate(names):
                if name not in definition.clocks:
                    report.wrong(("steps", key, place, nth), _("没有“%(clock)s”这个全程时限。") % {"clock": name})


def notices(report: Report) -> None:
    """A public notice lasts a fixed time; shown dates of the year are days that exist."""
    definition = report.definition
    for key, step in definition.steps.items():
        if step.kind == "notice" and step.clock is not None:
            if step.clock.for_ is None:
                report.wrong(("steps", key, "clock"), _("公示要写明公示多少天（for）。"))
            if step.clock.on_expiry is not None:
                report.wrong(("steps", key, "clock"), _("公示期满按 then 走，不写 on_expiry。"))
    days = [(("start", "opens"), definition.start.opens), (("start", "closes"), definition.start.closes)]
    days.append((("repeat", "yearly_on"), definition.repeat.yearly_on if definition.repeat else None))
    for path, day in days:
        if day is not None and not _is_day(day):
            report.wrong(path, _("没有“%(day)s”这一天。") % {"day": day})
    if definition.repeat and definition.repeat.until:
        field = definition.fields.get(definition.repeat.until)
        if field is not None and field.type not in ("date", "datetime"):
            report.wrong(("repeat", "until"), _("重复到哪天必须是日期字段。"))


def _is_day(text: str) -> bool:
    try:
        # every year: a leap year knows all days
        dt.date.fromisoformat(text if len(text) == 10 else f"2024-{text}")
    except ValueError:
        return False
    return True


def openness(report: Report) -> None:
    """What is public can be shown, and what is confidential is not public."""
    definition = report.definition
    for nth, name in enumerate(definition.public.fields):
        field: FormField | None = definition.fields.get(name.split(".")[0])
        if field is None and name.split(".")[0] not in (*ABOUT, *_made(definition)):
            report.wrong(("public", "fields", nth), _("没有“%(field)s”这个字段。") % {"field": name})
    if definition.confidential is not None:
        if definition.public.steps == "all" or definition.public.fields:
            report.wrong(("public",), _("保密的流程不能公开环节和内容。"))
        for key, step in definition.steps.items():
            shown: list[Path] = [("steps", key, "publish")] if step.publish else []
            shown += [("steps", key, "actions", name, "publish") for name, act in step.actions.items() if act.publish]
            for path in shown:
                report.wrong(path, _("保密的流程不能公开环节和内容。"))
