"""The settings of a definition in words, for comparisons: what each is called and how its value is said."""

from typing import Any

from pydantic import BaseModel

from linli.kernel.calendar import Duration
from linli.procedures.grammar.conditions import Condition
from linli.procedures.grammar.definition import (
    AtLeast,
    Branch,
    CaseClock,
    Definition,
    Each,
    Effect,
    Gather,
    Limit,
    Objections,
    Reopen,
    Require,
    Threshold,
)
from linli.procedures.grammar.parts import Clock, Holder, Name, Opening
from linli.procedures.grammar.words import (
    KINDS,
    Names,
    clock_words,
    condition_words,
    duration_words,
    english,
    field_words,
    holder_words,
    role_words,
)

# attribute -> (Chinese, English); attributes without words here are called by their key
LABELS: dict[str, tuple[str, str]] = {
    "name": ("名称", "name"),
    "source": ("依据", "source"),
    "about": ("事项", "about"),
    "start": ("发起", "start"),
    "public": ("公开", "what is public"),
    "beside": ("并行办理", "beside another case"),
    "confidential": ("保密范围", "who may see it"),
    "fields": ("问题", "question"),
    "clocks": ("全程时限", "case clock"),
    "side": ("随时可用的办法", "side acts"),
    "repeat": ("自动发起", "repeating"),
    "by": ("由谁", "by whom"),
    "form": ("要填的内容", "form"),
    "opens": ("受理开始", "opens"),
    "closes": ("受理截止", "closes"),
    "steps": ("公开环节", "public steps"),
    "people": ("公开经办人", "people shown"),
    "public fields": ("公开内容", "public answers"),
    "kind": ("类型", "kind"),
    "holder": ("承办", "holder"),
    "clock": ("时限", "clock"),
    "publish": ("公开内容", "published"),
    "tell": ("告知", "told"),
    "open": ("自动发起的流程", "opens"),
    "handler": ("程序处理", "handler"),
    "stops": ("暂停的时限", "stopped clocks"),
    "not_same_as": ("不得与哪个环节同一单位、同一人", "not the same unit or person as"),
    "not_by": ("不得由谁办理", "not to be done by"),
    "watch": ("关注", "watched by"),
    "ends_clocks": ("完成的时限", "clocks met"),
    "each": ("每个单位", "each unit"),
    "excused": ("不算参加的结果", "outcomes that do not count"),
    "done": ("完成条件", "done when"),
    "then": ("之后", "then"),
    "gather": ("汇总", "gathered"),
    "objections": ("异议", "objections"),
    "rule": ("表决规则", "rule"),
    "passed": ("通过后", "passed"),
    "failed": ("未通过后", "failed"),
    "no_quorum": ("人数不够时", "without a quorum"),
    "threshold": ("门槛", "threshold"),
    "procedure": ("流程", "procedure"),
    "outcomes": ("结果", "outcomes"),
    "otherwise": ("其他结果", "otherwise"),
    "outcome": ("结果", "outcome"),
    "reopen": ("重新打开", "reopening"),
    "undo": ("撤销处理", "undo"),
    "who": ("谁可以用", "who"),
    "to": ("去向", "leads to"),
    "branch": ("去向", "leads to"),
    "second": ("须谁同意", "second person"),
    "second_when": ("什么情况下须同意", "second person when"),
    "limit": ("次数限制", "limit"),
    "require": ("前提", "requirement"),
    "set": ("写入", "sets"),
    "type": ("填法", "type"),
    "max": ("上限", "maximum"),
    "min": ("下限", "minimum"),
    "options": ("选项", "options"),
    "unit_kinds": ("单位种类", "kinds of unit"),
    "when": ("条件", "asked when"),
    "hint": ("提示", "hint"),
    "met_by": ("完成于", "met by"),
    "of": ("适用流程", "of"),
    "meanwhile": ("期间对原件", "meanwhile"),
    "during": ("期间", "during"),
    "ends_with_parent": ("原件结束时", "when the other case ends"),
    "ends_with_step": ("原件离开那一环节时", "when the other case leaves the step"),
    "most": ("一件最多延长", "longest extension of one case"),
}
# attributes that are yes or no -> what is so when they are yes
FLAGS: dict[str, tuple[str, str]] = {
    "reason": ("要写理由", "asks for a reason"),
    "confirm": ("要再确认一次", "asks for confirmation"),
    "main": ("主要办法", "the main action"),
    "archive": ("立卷归档", "archived"),
    "required": ("必填", "required"),
    "public": ("公开", "public"),
    "promise": ("向反映人承诺", "promised to the reporter"),
    "one_at_a_time": ("同时只能有一件", "one at a time"),
    "before_due": ("只在到期前", "only before the deadline"),
}
_STEPS = (
    "to",
    "passed",
    "failed",
    "no_quorum",
    "otherwise",
    "not_same_as",
    "not_by",
    "ends_with_parent",
    "ends_with_step",
    "during",
)
_FIELDS = ("form", "publish", "public fields")
# fixed words of settings -> (Chinese, English)
_WORDS = {
    "meanwhile": {
        "nothing": ("", ""),
        "stop_clock": ("停表", "its clock stops"),
        "stop_effect": ("结果暂不生效", "its effect waits"),
        "stop_publication": ("暂不公开", "it is not published"),
    },
    "steps": {"all": ("全部", "all"), "none": ("不公开", "none")},
    "people": {"roles_only": ("只写岗位", "roles only"), "none": ("不公开", "none")},
    "kind": KINDS,
}
_DONE = {
    "all": ("全部完成", "all"),
    "any": ("任一完成", "any"),
    "lead": ("牵头单位完成", "the lead"),
    "majority": ("过半完成", "a majority"),
}


class Sayer:
    """Says the settings of one definition."""

    def __init__(self, definition: Definition, language: str, names: Names) -> None:
        self.definition, self.language, self.names, self.en = definition, language, names, english(language)

    def say(self, value: Any, attribute: str = "") -> str:
        """Return a value in words; the empty string for what is not there."""
        if value is None or value == "" or value == [] or value == {}:
            return ""
        if isinstance(value, bool):
            return self._pick("是", "yes") if value else self._pick("否", "no")
        if isinstance(value, Duration):
            return duration_words(value, self.language)
        if isinstance(value, BaseModel):
            return self._part(value)
        if isinstance(value, list):
            return self._pick("、", ", ").join(self.say(part, attribute) for part in value)
        if isinstance(value, dict):
            return self._pick("；", "; ").join(self._entry(key, part, attribute) for key, part in value.items())
        return self._text(str(value), attribute)

    def raw(self, value: Any) -> str:
        """Return a value as it is written, for settings whose words are the same."""
        if isinstance(value, list):
            return "[" + ", ".join(self.raw(part) for part in value) + "]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {self.raw(part)}" for key, part in value.items()) + "}"
        if isinstance(value, Name):
            return f"{value.zh} / {value.en}" if value.en else value.zh
        if isinstance(value, BaseModel):
            said = {name: getattr(value, name) for name in sorted(value.model_fields_set)}
            return self.raw(said)
        return "" if value is None else str(value)

    def _pick(self, zh: str, en: str) -> str:
        return en if self.en else zh

    def _entry(self, key: str, value: Any, attribute: str) -> str:
        if attribute == "options":
            return self.say(value)
        if attribute == "outcomes" and isinstance(value, list):
            plain = len(value) == 1 and value[0].holder is None
            return f"{key} → {self.step(value[0].to) if plain else self.say(value)}"
        name = field_words(key, self.definition.fields, self.language) if attribute in ("set", "gather") else key
        said = self.say(value) or self._pick("无", "nothing")
        return f"{name}: {said}" if self.en else f"{name}：{said}"

    def _text(self, text: str, attribute: str) -> str:
        if attribute == "not_by" and text == "starter":
            return role_words(text, self.names, self.language)
        if attribute in _STEPS:
            return self.step(text)
        if attribute in _FIELDS:
            name = field_words(text.rstrip("?"), self.definition.fields, self.language)
            return name + (self._pick("（可不填）", " (optional)") if text.endswith("?") else "")
        if attribute == "done" and text in _DONE:
            return _DONE[text][self.en]
        if text in _WORDS.get(attribute, ()):
            return _WORDS[attribute][text][self.en]
        return text

    def step(self, key: str) -> str:
        """Return what people read for a step."""
        return self.definition.step_name(key, self.language) if key in self.definition.steps else key

    def who(self, holder: Holder | None) -> str:
        """Return who a holder is."""
        places: dict[str, Any] = {"fields": self.definition.fields, "steps": self.definition.steps}
        return holder_words(holder, self.names, self.language, **places)

    def _part(self, part: BaseModel) -> str:
        if isinstance(part, Name):
            return part.in_(self.language)
        if isinstance(part, Holder):
            return self.who(part)
        if isinstance(part, Condition):
            return condition_words(part, self.definition.fields, self.language)
        if isinstance(part, Clock):
            return self._clock(part)
        if isinstance(part, CaseClock):
            return part.name.in_(self.language)
        if isinstance(part, Branch):
            when = self.say(part.when) or self._pick("其余", "otherwise")
            return f"{when} → {self.step(part.to)}" + (self._in_brackets(self.who(part.holder)) if part.holder else "")
        if isinstance(part, Limit):
            return self._limit(part)
        if isinstance(part, Opening):
            after = duration_words(part.after, self.language) if part.after else ""
            return part.procedure + (self._pick(f"（{after}后）", f" after {after}") if after else "")
        if isinstance(part, Reopen):
            return self._reopen(part)
        return self._small(part)

    def _small(self, part: BaseModel) -> str:
        if isinstance(part, Require):
            return self.say(part.that) + self._in_brackets(part.say.in_(self.language))
        if isinstance(part, AtLeast):
            return self._pick(f"至少 {part.at_least} 个", f"at least {part.at_least}")
        if isinstance(part, Threshold):
            least = part.at_least
            if least is not None:
                said = (
                    str(least) if isinstance(least, int) else field_words(least, self.definition.fields, self.language)
                )
                return self._pick(f"至少 {said}", f"at least {said}")
            whole = field_words(part.of or "", self.definition.fields, self.language)
            return self._pick(f"{whole}的 {part.share}", f"{part.share} of {whole}")
        if isinstance(part, Gather):
            return f"{part.by}({field_words(part.of, self.definition.fields, self.language)})"
        if isinstance(part, Objections):
            must = self._pick("，逐条答复后才结束", ", each answered before the end") if part.must_answer else ""
            return (
                self.say(part.by)
                + self._pick(" 提出，", " object, ")
                + self.who(part.answer)
                + self._pick("答复", " answers")
                + must
            )
        if isinstance(part, Each):
            units = self.say(part.units) or field_words(part.unit or "", self.definition.fields, self.language)
            said = part.procedure + self._in_brackets(units)
            excused = self.say(part.excused)
            return said + (self._pick(f"，不算参加：{excused}", f", not counted: {excused}") if excused else "")
        if isinstance(part, Effect):
            return self._effect(part)
        return self._pick("，", ", ").join(
            self._setting(part, name) for name in type(part).model_fields if self._setting(part, name)
        )

    def _setting(self, part: BaseModel, name: str) -> str:
        value = getattr(part, name)
        if name in FLAGS and isinstance(value, bool):
            return FLAGS[name][self.en] if value else ""
        said = self.say(value, name)
        return f"{LABELS.get(name, (name, name))[self.en]} {said}" if said else ""

    def _in_brackets(self, text: str) -> str:
        return f" ({text})" if self.en else f"（{text}）"

    def _effect(self, effect: Effect) -> str:
        said = [
            self._pick(zh, en)
            for flag, zh, en in ((effect.suspend, "挂起", "suspends"), (effect.resume, "恢复", "resumes"))
            if flag
        ]
        if effect.extend:
            more = field_words(effect.extend, self.definition.fields, self.language)
            said.append(self._pick(f"延长（{more}）", f"extends ({more})"))
        said += [self._pick("作废", "voids")] if effect.void else []
        said += [self._pick(f"办理 {effect.action}", f"does {effect.action}")] if effect.action else []
        said += [self._pick(f"转到 {effect.to}", f"moves to {effect.to}")] if effect.to else []
        return self._pick("、", ", ").join(said) or self._pick("不变", "no change")

    def _clock(self, clock: Clock) -> str:
        said = [clock_words(clock, self.language, fields=self.definition.fields)]
        if clock.remind != 80:
            said.append(self._pick(f"{clock.remind}% 时提醒", f"reminder at {clock.remind} %"))
        if clock.on_expiry:
            if clock.on_expiry.to:
                said.append(self._pick("到期转", "then ") + self.step(clock.on_expiry.to))
            if clock.on_expiry.open:
                said.append(self._pick("到期发起", "then opens ") + self.say(clock.on_expiry.open))
        if not clock.supervise:
            said.append(self._pick("超期不督办", "without supervision"))
        return self._pick("，", ", ").join(said)

    def _limit(self, limit: Limit) -> str:
        times = limit.times
        many = str(times) if isinstance(times, int) else field_words(times, self.definition.fields, self.language)
        said = self._pick(f"{many} 次", f"{many} times")
        beyond = limit.beyond
        if beyond and beyond.to:
            who = self._in_brackets(self.who(beyond.holder)) if beyond.holder else ""
            said += self._pick(f"，超过后到{self.step(beyond.to)}{who}", f", then {self.step(beyond.to)}{who}")
        elif beyond and beyond.second:
            said += self._pick(f"，超过后须{self.who(beyond.second)}同意", f", then with {self.who(beyond.second)}")
        return said

    def _reopen(self, rule: Reopen) -> str:
        within, who = duration_words(rule.within, self.language), self.say(rule.by)
        said = self._pick(
            f"{who} {within}内 {rule.times} 次，到{self.step(rule.to)}",
            f"{who} within {within}, {rule.times} times, to {self.step(rule.to)}",
        )
        if rule.any_time_by:
            said += self._pick("；随时：", "; any time: ") + self.say(rule.any_time_by)
        return said
