"""What changed between two versions of a definition, in sentences an officer can read."""

from collections.abc import Mapping, Sequence
from typing import Any

from linli.procedures.grammar.definition import Action, Definition, Public, Step
from linli.procedures.grammar.parts import Part
from linli.procedures.grammar.say import FLAGS, LABELS, Sayer
from linli.procedures.grammar.words import SIDE_ACTS, Names, action_words, english


def differences(
    old: Definition, new: Definition, language: str = "zh", *, roles_names: Names | None = None
) -> list[str]:
    """Return one sentence per difference, in the order of the definition; versions of the same content have none."""
    return _Differences(old, new, language, roles_names or {}).all()


class _Differences:
    def __init__(self, old: Definition, new: Definition, language: str, names: Names) -> None:
        self.old, self.new, self.en, self.language = old, new, english(language), language
        self.was, self.now = Sayer(old, language, names), Sayer(new, language, names)
        self.found: list[str] = []

    def all(self) -> list[str]:
        self._part("", self.old, self.new, skip=("version", "fields", "steps", "start", "public", "beside", "clocks"))
        for key in ("start", "public", "beside"):
            before, after = getattr(self.old, key), getattr(self.new, key)
            if before is not None and after is not None:
                self._part(self._label(key), before, after)
            elif before != after:
                self._changed("", key, before, after)
        self._named("fields", self.old.fields, self.new.fields)
        self._named("clocks", self.old.clocks, self.new.clocks)
        self._steps()
        return self.found

    def _steps(self) -> None:
        old, new = self.old.steps, self.new.steps
        for key in old:
            if key not in new:
                name = self.old.step_name(key, self.language)
                self.found.append(f"Step removed: {name}" if self.en else f"删除环节 {name}")
        for key in new:
            if key not in old:
                name = self.new.step_name(key, self.language)
                self.found.append(f"Step added: {name}" if self.en else f"新增环节 {name}")
        kept_old, kept_new = [key for key in old if key in new], [key for key in new if key in old]
        if kept_old != kept_new:
            order = (" → ").join(self.new.step_name(key, self.language) for key in kept_new)
            self.found.append(f"Order of steps: {order}" if self.en else f"环节顺序改为：{order}")
        for key in kept_new:
            self._step(key, old[key], new[key])

    def _step(self, key: str, old: Step, new: Step) -> None:
        name = self.old.step_name(key, self.language)
        where = f"Step {name}" if self.en else f"环节 {name}"
        self._part(where, old, new, skip=("actions",))
        for way in old.actions:
            if way not in new.actions:
                label = action_words(way, old.actions[way], self.language)
                self.found.append(f"{where}: action removed: {label}" if self.en else f"{where}：删除办法“{label}”")
        for way, action in new.actions.items():
            label = action_words(way, action, self.language)
            if way not in old.actions:
                self.found.append(f"{where}: action added: {label}" if self.en else f"{where}：新增办法“{label}”")
            else:
                self._action(where, way, old.actions[way], action)

    def _action(self, where: str, key: str, old: Action, new: Action) -> None:
        label = action_words(key, old, self.language)
        self._part(f"{where}, action {label}" if self.en else f"{where}，办法“{label}”", old, new)

    def _named(self, kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Fields and case clocks: parts with a key and a name."""
        label = self._label(kind)
        for key in [*old, *(key for key in new if key not in old)]:
            name = (old[key] if key in old else new[key]).name.in_(self.language)
            if key not in new:
                self.found.append(f"{label} removed: {name}" if self.en else f"删除{label}“{name}”")
            elif key not in old:
                self.found.append(f"{label} added: {name}" if self.en else f"新增{label}“{name}”")
            else:
                self._part(f"{label} {name}" if self.en else f"{label}“{name}”", old[key], new[key])

    def _part(self, where: str, old: Part, new: Part, *, skip: Sequence[str] = ()) -> None:
        for attribute in type(new).model_fields:
            if attribute not in skip:
                before, after = getattr(old, attribute), getattr(new, attribute)
                if before == after:
                    continue
                if attribute == "side":
                    self._side(before, after)
                else:
                    # the public answers of a case are no questions
                    called = "public fields" if isinstance(new, Public) and attribute == "fields" else attribute
                    self._changed(where, called, before, after)

    def _side(self, old: Mapping[str, bool | str], new: Mapping[str, bool | str]) -> None:
        for act in dict.fromkeys([*old, *new]):
            before, after = old.get(act, True), new.get(act, True)
            if before != after:
                label, was, now = (
                    SIDE_ACTS[act][self.en],
                    self._setting(self.was, before),
                    self._setting(self.now, after),
                )
                self.found.append(f"{label}: from {was} to {now}" if self.en else f"{label}：由{was}改为{now}")

    def _setting(self, sayer: Sayer, setting: bool | str) -> str:
        if isinstance(setting, bool):
            return ("on" if setting else "off") if self.en else ("可以用" if setting else "不能用")
        return sayer.step(setting) if self.en else f"“{sayer.step(setting)}”"

    def _changed(self, where: str, attribute: str, before: Any, after: Any) -> None:
        start = (f"{where}: " if self.en else f"{where}：") if where else ""
        if attribute in FLAGS and isinstance(after, bool):
            flag = FLAGS[attribute][self.en]
            words = (
                (f"now {flag}" if after else f"no longer {flag}") if self.en else f"{'改为' if after else '不再'}{flag}"
            )
            self.found.append(start + words)
            return
        label = self._label(attribute)
        was, now = self.was.say(before, attribute), self.now.say(after, attribute)
        if was == now:
            # the same words for another setting: its inside is named as it is written
            was, now = self.was.raw(before), self.now.raw(after)
        if not was:
            self.found.append(f"{start}{label} added: {now}" if self.en else f"{start}新增{label}：{now}")
        elif not now:
            self.found.append(
                f"{start}{label} removed (was {was})" if self.en else f"{start}取消{label}（原为{_gap(was)}）"
            )
        else:
            self.found.append(
                f"{start}{label} from {was} to {now}" if self.en else f"{start}{label}由{_gap(was)}改为{_gap(now)}"
            )

    def _label(self, attribute: str) -> str:
        return LABELS[attribute][self.en] if attribute in LABELS else attribute


def _gap(text: str) -> str:
    """Figures stand after a space, as the pages write them; words in quotation marks."""
    return f" {text}" if text[:1].isdigit() else f"“{text}”"
