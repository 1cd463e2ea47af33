"""Checks of where the steps of a definition lead."""

from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Unit, parse_duration
from linli.procedures.grammar.definition import Action, Branch, Effect
from linli.procedures.grammar.findings import Report
from linli.procedures.grammar.graph import branches_of, entered_from_outside, knots, reached, ways
from linli.procedures.grammar.load import Path
from linli.procedures.grammar.parts import Opening
from linli.procedures.grammar.walkparts import parts

# side act -> what its setting may name besides true and false
SIDE_PROCEDURES = ("suspend", "extend", "supervise", "void", "follow_up")


def targets(report: Report) -> None:
    """Every way leads to a step that exists, and nothing but reopening leaves an end."""
    for way in ways(report.definition):
        if way.target not in report.definition.steps:
            report.wrong(way.path, _("没有“%(step)s”这个环节。") % {"step": way.target})
    for key, step in report.definition.steps.items():
        other = step.not_same_as
        if other is not None and (other not in report.definition.steps or other == key):
            report.wrong(("steps", key, "not_same_as"), _("没有“%(step)s”这个环节。") % {"step": other})
        for nth, one in enumerate(step.not_by):
            if one != "starter" and (one not in report.definition.steps or one == key):
                report.wrong(("steps", key, "not_by", nth), _("没有“%(step)s”这个环节。") % {"step": one})


def reachable(report: Report) -> None:
    """Every step is come to on some way from the first."""
    found = reached(entered_from_outside(report.definition), report.ways)
    for key in report.definition.steps:
        if key not in found:
            report.wrong(("steps", key), _("没有办法走到“%(step)s”这个环节。") % {"step": report.name(key)})


def dead_ends(report: Report) -> None:
    """From every step some way leads to an end; withdrawing does not count, for only the starter can."""
    steps = report.definition.steps
    onward = [way for way in report.ways if way.means != "reopen"]
    for key, step in steps.items():
        if step.kind != "end" and not any(steps[one].kind == "end" for one in reached([key], onward)):
            report.wrong(("steps", key), _("从“%(step)s”走不到任何结束环节。") % {"step": report.name(key)})


def loops(report: Report) -> None:
    """Nothing goes round by itself for ever; where officials can, without a limit, the author is told."""
    by_itself = [way for way in report.ways if way.automatic]
    for group in knots(report.definition.steps, by_itself):
        report.wrong(
            ("steps", group[0]),
            _("没有人办理也会一直循环：%(steps)s。") % {"steps": " → ".join(map(report.name, group))},
        )
    unlimited = [way for way in report.ways if way.automatic or way.free]
    for group in knots(report.definition.steps, unlimited):
        inside = [way for way in unlimited if way.source in group and way.target in group]
        if any(way.free for way in inside):
            report.odd(
                ("steps", group[0]),
                _("可以无限次循环，建议给其中一个办法加次数限制：%(steps)s。")
                % {"steps": " → ".join(map(report.name, group))},
            )


def branches(report: Report) -> None:
    """The last branch has no condition, all before it have one: some branch always holds."""
    for key, step in report.definition.steps.items():
        at: Path = ("steps", key)
        if step.then is not None:
            _branches(report, (*at, "then"), step.then)
        for outcome, found in step.outcomes.items():
            _branches(report, (*at, "outcomes", outcome), found)
        for name, action in step.actions.items():
            if action.branch is not None:
                _branches(report, (*at, "actions", name, "branch"), action.branch)


def _branches(report: Report, path: Path, found: list[Branch]) -> None:
    if not found or found[-1].when is not None:
        report.wrong((*path, len(found) - 1), _("最后一个分支不能带条件，否则可能无路可走。"))
    for nth, branch in enumerate(found[:-1]):
        if branch.when is None:
            report.wrong((*path, nth), _("这个分支没有条件，它后面的分支永远走不到。"))


def limits(report: Report) -> None:
    """A limit counts from one, and says something that can be done beyond it, or nothing."""
    for key, step in report.definition.steps.items():
        for name, action in step.actions.items():
            _action(report, ("steps", key, "actions", name), action)


def _action(report: Report, at: Path, action: Action) -> None:
    limit = action.limit
    if action.second_when is not None and action.second is None:
        report.wrong((*at, "second_when"), _("写了什么情况下要同意，还要写由谁同意：second。"))
    if limit is not None:
        if isinstance(limit.times, int) and limit.times < 1:
            report.wrong((*at, "limit"), _("次数限制至少是 1 次。"))
        if isinstance(limit.times, str) and not limit.times.startswith("form."):
            report.wrong((*at, "limit"), _("次数写成数字，或者 form.字段名。"))
        beyond = limit.beyond
        if beyond is not None and beyond.to is None and (beyond.second is None or beyond.holder is not None):
            report.wrong((*at, "limit", "beyond"), _("超过次数以后要写明去哪个环节，或者要谁同意。"))
    if not branches_of(action):
        if action.holder is not None:
            report.wrong((*at, "holder"), _("这个办法不换环节，不能换承办人。"))
        does = (action.form, action.reason, action.handler, action.open, action.set, action.tell, action.limit)
        if not any(does):
            report.odd(at, _("这个办法什么也不做，只留下一条记录。"))


def joint_and_called(report: Report) -> None:
    """Procedures that are opened exist; a procedure does not call itself; joint steps name their lead."""
    definition, known = report.definition, report.known.procedures
    for key, step in definition.steps.items():
        at: Path = ("steps", key)
        if step.each is not None:
            _procedure(report, (*at, "each", "procedure"), step.each.procedure)
            if step.done == "lead" and step.each.lead is None:
                report.wrong((*at, "done"), _("以牵头单位为准，就要写明谁牵头：each 里的 lead。"))
        if step.kind == "call" and step.procedure:
            _procedure(report, (*at, "procedure"), step.procedure)
            if step.otherwise is None:
                report.wrong(at, _("被调用的流程可能有别的结果，请写 otherwise。"))
    for path, opening in parts(definition, Opening):
        if opening.procedure not in known and opening.procedure != definition.procedure:
            _unknown(report, (*path, "procedure"), opening.procedure)


def _procedure(report: Report, path: Path, key: str) -> None:
    if key == report.definition.procedure:
        report.wrong(path, _("流程不能调用自己，否则没有尽头。"))
    elif key not in report.known.procedures:
        _unknown(report, path, key)


def _unknown(report: Report, path: Path, key: str) -> None:
    report.odd(path, _("还没有“%(procedure)s”这个流程，走到这里会停住。") % {"procedure": key})


def beside(report: Report) -> None:
    """A procedure beside another names procedures, outcomes and steps that exist."""
    rule, steps = report.definition.beside, report.definition.steps
    if rule is None:
        return
    outcomes = {step.outcome for step in steps.values() if step.kind == "end"}
    for nth, key in enumerate(rule.of):
        if key != "any" and key not in report.known.procedures:
            _unknown(report, ("beside", "of", nth), key)
    for outcome, effect in rule.outcomes.items():
        if outcome not in outcomes:
            report.wrong(
                ("beside", "outcomes", outcome), _("没有结果为“%(outcome)s”的结束环节。") % {"outcome": outcome}
            )
        if effect.suspend and effect.resume:
            report.wrong(("beside", "outcomes", outcome), _("不能同时挂起和恢复。"))
    if not rule.of:
        report.wrong(("beside", "of"), _("请写明在哪些流程旁边办理，或者写 any。"))
    for nth, key in enumerate(rule.during):
        if key not in steps or steps[key].kind == "end":
            report.wrong(("beside", "during", nth), _("没有“%(step)s”这个环节。") % {"step": key})
    if rule.during and rule.meanwhile == "nothing":
        report.odd(("beside", "during"), _("meanwhile 是 nothing，写了 during 也没有作用。"))
    for key, end in (("ends_with_parent", rule.ends_with_parent), ("ends_with_step", rule.ends_with_step)):
        if end is not None and (end not in steps or steps[end].kind != "end"):
            report.wrong(("beside", key), _("“%(step)s”不是结束环节。") % {"step": end})
    if rule.most is not None and not all(_counted_in(rule.most, effect) for effect in rule.outcomes.values()):
        report.wrong(("beside", "most"), _("最多延长多少，要和延长的时间用同一种单位。"))


def _counted_in(most: Duration, effect: Effect) -> bool:
    """Whether what an effect adds is counted in the unit of the most that may be added; a field's number is working days."""
    if effect.extend is None or not effect.extend.startswith("form."):
        return effect.extend is None or parse_duration(effect.extend).unit is most.unit
    return most.unit is Unit.WORKING_DAYS


def side_acts(report: Report) -> None:
    """A side act is on, off, or names what carries it out: a procedure, or the end of a withdrawal."""
    steps = report.definition.steps
    for act, setting in report.definition.side.items():
        if not isinstance(setting, str):
            continue
        path: Path = ("side", act)
        if act in SIDE_PROCEDURES:
            if setting not in report.known.procedures:
                _unknown(report, path, setting)
        elif act == "withdraw":
            if setting not in steps or steps[setting].kind != "end":
                report.wrong(path, _("“%(step)s”不是结束环节。") % {"step": setting})
        else:
            report.wrong(path, _("这里只能写 true 或 false。"))
