"""A definition in words: holders, clocks, conditions and ways as an officer reads them, in Chinese or English."""

from collections.abc import Mapping
from typing import Any

from linli.kernel.calendar import Duration
from linli.procedures.grammar.conditions import Condition, Share
from linli.procedures.grammar.definition import Action, Definition, Step
from linli.procedures.grammar.graph import Way
from linli.procedures.grammar.parts import Clock, FormField, Holder, Name

Names = Mapping[str, Any]  # role key -> what people call it (a translated string)
Fields = Mapping[str, FormField]

_LEVELS = {
    "grid": ("网格", "grid"),
    "community": ("社区", "community"),
    "street": ("街道", "street"),
    "county": ("区县", "district"),
    "city": ("市级", "city"),
}
_PERSONS = {
    "reporter": ("反映人", "the reporter"),
    "starter": ("发起人", "whoever started it"),
    "public": ("居民", "the public"),
    "parties": ("当事人", "the parties"),
    "holder": ("承办人", "whoever holds it"),
}
_FACTS = {
    "voices": ("参与数", "participants"),
    "objections": ("异议数", "objections"),
    "outcomes": ("各单位结果", "the units' outcomes"),
    "came_from": ("上一环节", "the step before"),
    "unit_of_joint": ("本单位", "this unit"),
    "reopened": ("重新打开的次数", "times reopened"),
    "parent_by_resident": ("原件由居民提交", "the other case came from a resident"),
}
SIDE_ACTS = {
    "comment": ("留言", "comment"),
    "attach": ("附件", "attach"),
    "suspend": ("挂账", "suspend"),
    "extend": ("延时", "extend"),
    "supervise": ("督办", "supervise"),
    "return": ("退回", "return"),
    "transfer": ("转办", "transfer"),
    "escalate": ("上报", "escalate"),
    "withdraw": ("撤回", "withdraw"),
    "correct": ("更正", "correct"),
    "void": ("作废", "void"),
    "follow_up": ("回访", "follow up"),
}
KINDS = {
    "task": ("办理", "task"),
    "joint": ("多单位同时办理", "joint"),
    "notice": ("公示", "public notice"),
    "vote": ("表决", "vote"),
    "collect": ("征集", "collecting"),
    "call": ("转入其他流程", "another procedure"),
    "end": ("结束", "end"),
}
_MEANS = {
    "expiry": ("到期", "time is up"),
    "done": ("完成", "done"),
    "passed": ("通过", "passed"),
    "failed": ("未通过", "failed"),
    "no_quorum": ("人数不够", "no quorum"),
    "otherwise": ("其他结果", "otherwise"),
    "reopen": ("重新打开", "reopened"),
    "threshold": ("达到门槛", "threshold reached"),
    "notice_over": ("公示期满", "notice over"),
    "withdraw": ("撤回", "withdrawn"),
    "with_parent": ("原件结束", "the other case ends"),
    "start": ("开始", "start"),
}
_COMPARED = {
    "is_": ("是", "is"),
    "is_not": ("不是", "is not"),
    "in_": ("属于", "is one of"),
    "at_least": ("不少于", "is at least"),
    "more_than": ("多于", "is more than"),
    "at_most": ("不多于", "is at most"),
    "less_than": ("少于", "is less than"),
}


def english(language: str) -> bool:
    """Whether words are wanted in English; anything else is Chinese."""
    return language.startswith("en")


def _pick(pair: tuple[str, str], language: str) -> str:
    return pair[1] if english(language) else pair[0]


def name_words(name: Name | None, key: str, language: str = "zh") -> str:
    """Return a name, or the key where there is none."""
    return name.in_(language) if name else key


def role_words(role: str, names: Names, language: str = "zh") -> str:
    """Return what a role is called: a person the case concerns, a role of the installation, or its key."""
    if role in _PERSONS:
        return _pick(_PERSONS[role], language)
    return str(names[role]) if role in names else role.replace("_", " ")


def holder_words(
    holder: Holder | None,
    roles_names: Names,
    language: str = "zh",
    *,
    fields: Fields | None = None,
    steps: Mapping[str, Step] | None = None,
) -> str:
    """Return who holds a step: '社区专干', '上一级分拨员', '承办单位的承办人', 'dispatcher one level up'."""
    if holder is None:
        return ""
    role = role_words(holder.role, roles_names, language)
    if holder.person:
        return f"{role} chosen" if english(language) else f"选定的{role}"
    where = _place_words(holder, language, fields or {}, steps or {})
    if english(language):
        return " ".join(
            part for part in (role, f"of {where}" if where else "", "one level up" if holder.up else "") if part
        )
    if holder.up:
        return f"{where + '的' if where else ''}上一级{role}"
    if holder.level:
        # '社区' + '社区专干' is said once
        return role if role.startswith(where) else f"{where}{role}"
    return f"{where}的{role}" if where else role


def _place_words(holder: Holder, language: str, fields: Fields, steps: Mapping[str, Step]) -> str:
    if holder.level:
        return _pick(_LEVELS[holder.level], language)
    if holder.form:
        return field_words(holder.form, fields, language)
    if holder.catalogue:
        return _pick(("目录指定单位", "the catalogue's unit"), language)
    if holder.step:
        step = steps.get(holder.step)
        name = name_words(step.name if step else None, holder.step, language)
        return name if english(language) else f"“{name}”环节"
    if holder.place == "parent":
        return _pick(("原件", "the other case"), language)
    if holder.place == "start":
        return _pick(("发起单位", "the starting unit"), language)
    return ""


def who_words(who: list[Holder], roles_names: Names, language: str = "zh", **places: Any) -> str:
    """Return several holders in one phrase."""
    said = dict.fromkeys(holder_words(one, roles_names, language, **places) for one in who)
    return (", " if english(language) else "、").join(said)


def step_holder_words(step: Step, definition: Definition, roles_names: Names, language: str = "zh") -> str:
    """Return who is at a step, whatever its kind: the holder, the units of a joint step, the many who are asked."""
    places: dict[str, Any] = {"fields": definition.fields, "steps": definition.steps}
    if step.kind == "end":
        return ""
    if step.kind == "collect":
        return who_words(step.by, roles_names, language, **places)
    if step.kind == "joint" and step.each:
        if step.each.units:
            return who_words(step.each.units, roles_names, language, **places)
        return field_words((step.each.unit or "").removeprefix("form."), definition.fields, language)
    return holder_words(step.holder, roles_names, language, **places)


def duration_words(duration: Duration, language: str = "zh") -> str:
    """Return a length of time: '2 个工作小时', '15 天', '2 working hours'."""
    if english(language):
        return str(duration)
    return f"{duration.amount} {duration.zh.removeprefix(str(duration.amount))}"


def clock_words(clock: Clock | None, language: str = "zh", *, fields: Fields | None = None, short: bool = False) -> str:
    """Return how long a step may take: '2 个工作小时', 按目录，一般 5 个工作日, 活动日期前 3 个工作日.

    ``short``: where there is little room, the usual time alone stands for what the catalogue says.
    """
    if clock is None:
        return ""
    if clock.for_:
        return duration_words(clock.for_, language)
    if clock.dated:
        field = field_words(clock.dated.field, fields or {}, language)
        amount, side = (
            duration_words(clock.dated.amount, language),
            ("前", "before") if clock.before else ("后", "after"),
        )
        return f"{amount} {side[1]} {field}" if english(language) else f"{field}{side[0]} {amount}"
    place, key = (clock.from_ or ".").split(".", 1)
    if place == "catalogue":
        said = _pick(("按目录", "by the catalogue"), language)
    else:
        field = field_words(key, fields or {}, language)
        said = f"as in {field}" if english(language) else f"按“{field}”"
    if clock.default is None:
        return said
    if short:
        return duration_words(clock.default, language)
    usual = duration_words(clock.default, language)
    return f"{said}, otherwise {usual}" if english(language) else f"{said}，一般 {usual}"


def field_words(key: str, fields: Fields, language: str = "zh") -> str:
    """Return what a field is called."""
    key = key.removeprefix("form.")
    if key in fields:
        return fields[key].name.in_(language)
    return _pick(_FACTS[key], language) if key in _FACTS else key.replace("_", " ")


def condition_words(condition: Condition, fields: Fields, language: str = "zh") -> str:
    """Return a condition as a phrase: '问题是否解决：否', '同意票数多于到会人数的 1/2'."""
    en = english(language)
    if condition.all is not None or condition.any is not None:
        parts = [condition_words(part, fields, language) for part in condition.all or condition.any or []]
        joint = (" and " if en else "并且") if condition.all is not None else (" or " if en else "或者")
        return joint.join(parts)
    if condition.not_ is not None:
        inner = condition_words(condition.not_, fields, language)
        return f"not ({inner})" if en else f"不是“{inner}”"
    name = field_words(condition.field or "", fields, language)
    (how,) = condition.comparisons()
    if how == "given":
        pair = ("填了", "is given") if condition.given else ("没填", "is not given")
        return f"{name} {pair[1]}" if en else f"{pair[0]}{name}"
    value = getattr(condition, how)
    said = _value_words(value, condition.field or "", fields, language)
    if how == "is_" and not en:
        return f"{name}：{said}"
    return f"{name} {_COMPARED[how][1]} {said}" if en else f"{name}{_COMPARED[how][0]}{_spaced(said)}"


def _spaced(said: str) -> str:
    return f" {said}" if said[:1].isdigit() else said


def _value_words(value: Any, field: str, fields: Fields, language: str) -> str:
    en = english(language)
    if isinstance(value, Share):
        whole = field_words(value.of, fields, language)
        return f"{value.share} of {whole}" if en else f"{whole}的 {value.share}"
    if isinstance(value, list):
        return (", " if en else "、").join(_value_words(part, field, fields, language) for part in value)
    if isinstance(value, bool):
        return ("yes" if value else "no") if en else ("是" if value else "否")
    definition = fields.get(field)
    if definition and definition.options and str(value) in definition.options:
        return definition.options[str(value)].in_(language)
    if isinstance(value, str) and value.removeprefix("form.") in fields:
        return field_words(value, fields, language)
    if definition and definition.type == "money" and isinstance(value, int):
        yuan = f"{value // 100:,}" if value % 100 == 0 else f"{value // 100:,}.{value % 100:02d}"
        return f"¥{yuan}" if en else f"{yuan} 元"
    return str(value)


def action_words(key: str, action: Action | None, language: str = "zh") -> str:
    """Return what a button is called; what happens by itself has its own words."""
    if action is not None:
        return name_words(action.name, key, language)
    return _pick(_MEANS[key], language) if key in _MEANS else key.replace("_", " ")


def way_words(way: Way, definition: Definition, language: str = "zh") -> str:
    """Return the short label of a way on the chart: the action, the condition of a branch, or what happened."""
    step = definition.steps[way.source]
    if way.means == "done":
        if way.when is not None:
            return condition_words(way.when, definition.fields, language)
        how = {"collect": "threshold", "notice": "notice_over"}.get(step.kind, "done")
        return action_words(how, None, language)
    action = step.actions.get(way.how) if way.means in ("action", "beyond") else None
    label = action_words(way.how, action, language)
    if way.means == "outcome" and way.when is not None:
        label += (": " if english(language) else "：") + condition_words(way.when, definition.fields, language)
    if way.means == "beyond" and action and action.limit:
        times = action.limit.times
        much = str(times) if isinstance(times, int) else field_words(times, definition.fields, language)
        return f"{label} (after {much})" if english(language) else f"{label}超过 {much} 次"
    return label
