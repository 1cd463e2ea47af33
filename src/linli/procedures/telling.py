"""The history in words: one sentence for each record, for staff and for the person the case concerns."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.orgs.enums import ROLES
from linli.orgs.models import Post
from linli.orgs.units import units
from linli.procedures.definitions import in_force
from linli.procedures.enums import RecordKind, Urgency
from linli.procedures.files import is_file_id
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import Case, CaseRecord
from linli.procedures.queries import withheld
from linli.procedures.registry import value_words

_SIDE_WORDS = {
    "return": lambda: _("退回"),
    "transfer": lambda: _("转办"),
    "escalate": lambda: _("上报"),
    "reopen": lambda: _("重新打开"),
    "withdraw": lambda: _("撤回"),
    "withdrawn": lambda: _("撤回"),
    "expired": lambda: _("期限到了，自动转入下一环节"),
    "all_done": lambda: _("各单位办完，进入下一环节"),
    "threshold": lambda: _("人数够了，进入下一环节"),
    "notice_over": lambda: _("公示期满"),
    "with_parent": lambda: _("随原件结束"),
    "with_step": lambda: _("原件的这一环节已经过去，申请失效"),
    "undo": lambda: _("撤销刚才的操作"),
    "by": lambda: _("按关联办件的结果"),
    "outcome": lambda: _("另一流程办结"),
    "passed": lambda: _("表决通过"),
    "failed": lambda: _("表决未通过"),
    "no_quorum": lambda: _("参加人数不够"),
    "climbed": lambda: _("又过一期仍未办好，升一级"),
    "lapsed": lambda: _("随原件结束"),
    "moved": lambda: _("换到应该办的社区和网格"),
    "released": lambda: _("原承办人不在岗，另找承办"),
    "invite": lambda: _("邀请当事人"),
    "letter": lambda: _("发出当事人邀请"),
    "joined": lambda: _("当事人接受邀请"),
    "take": lambda: _("认领"),
    "comment": lambda: _("留言"),
    "reminded": lambda: _("时限将到，已提醒"),
    "overdue": lambda: _("超过时限"),
    "suspended": lambda: _("挂账，停表"),
    "resumed": lambda: _("恢复，继续计时"),
    "redated": lambda: _("日历变更，重算期限"),
    "extend": lambda: _("延长时限"),
    "opened": lambda: _("发起"),
    "child_ended": lambda: _("一个单位办结"),
    "beside_ended": lambda: _("关联办件结束"),
    "correct": lambda: _("更正"),
    "rate": lambda: _("评价"),
    "published": lambda: _("核对公开文字，公开"),
    "unpublished": lambda: _("核对公开文字，不公开"),
    "contact_changed": lambda: _("改了联系方式"),
    "contact_erased": lambda: _("删了联系方式"),
    "put_back": lambda: _("并回原件"),
    "void": lambda: _("作废"),
    "speak": lambda: _("参与"),
    "object": lambda: _("提出异议"),
    "answer": lambda: _("答复异议"),
}


_PREFIXES = {
    "asked:": lambda: _("申请："),
    "approved:": lambda: _("同意："),
    "refused:": lambda: _("不同意："),
    "dropped:": lambda: _("不再需要审批："),
}


def who(record: CaseRecord, *, for_public: bool = False, definition: Definition | None = None) -> str:
    """Return who did it: unit and name for staff; for the public the role only, or not even that where the definition says so."""
    actor = record.actor
    role = actor.get("role", "")
    if role == "system":
        return _("系统")
    if role in ("reporter", "public", "parties"):
        return {"reporter": _("反映人"), "parties": _("当事人")}.get(role, _("群众"))
    if for_public and definition is not None and definition.public.people == "none":
        return _("工作人员")
    name = str(ROLES[role].name) if role in ROLES else role
    unit = actor.get("unit_name", "")
    told = f"{unit}{name}" if for_public else f"{unit} {actor.get('name', '')}".strip()
    return _("%(who)s（代办）") % {"who": told} if actor.get("on_behalf") else told


def is_own(record: CaseRecord) -> bool:
    """Whether the person whom a case concerns wrote a record."""
    return record.actor.get("role") == "reporter"


def tells_starter(record: CaseRecord) -> bool:
    """Whether a record tells the person whom a case concerns."""
    return bool({"reporter", "starter"} & set(record.data.get("tell") or []))


def what(record: CaseRecord, definition: Definition) -> str:
    """Return what was done: the action's name and, when the case moved, the step it came to."""
    language = get_language()
    key = record.action
    if record.kind == RecordKind.START:
        return _("提交")
    for prefix, words in _PREFIXES.items():
        if key.startswith(prefix):
            return words() + _action_name(definition, record.step, key.removeprefix(prefix), language)
    if key.startswith("by:"):
        key = "by"
    elif key.startswith("outcome:"):
        key = "outcome"
    name = _action_name(definition, record.step, key, language)
    if record.kind == RecordKind.EFFECT and record.data.get("procedure"):
        other = in_force().get(record.data["procedure"])
        named = other.definition.name.in_(language) if other else ""
        name = " ".join(part for part in (name, named, record.data.get("case", "")) if part)
    if record.step_to and record.step_to in definition.steps and record.step_to != record.step:
        return f"{name} → {definition.step_name(record.step_to, language)}"
    return name


def _action_name(definition: Definition, step: str, key: str, language: str | None) -> str:
    action = definition.steps[step].actions.get(key) if step in definition.steps else None
    if action is not None and action.name is not None:
        return action.name.in_(language)
    words = _SIDE_WORDS.get(key)
    return words() if words else key


def answers(record: CaseRecord, definition: Definition, *, public_only: bool = False) -> list[tuple[str, str]]:
    """Return the answers of a record as (question, answer in words); only public fields where asked."""
    language = get_language()
    found = []
    given = record.data.get("answers") or {}
    steps = [definition.steps[key] for key in (record.step, record.step_to) if key in definition.steps]
    shown = {name for step in steps for name in step.publish}
    action = definition.steps[record.step].actions.get(record.action) if record.step in definition.steps else None
    shown |= set(action.publish) if action else set()
    for name, value in given.items():
        field = definition.fields.get(name)
        if field is None or value in (None, "", []) or field.type in ("photos", "files"):
            continue
        if public_only and not (field.public or name in shown):
            continue
        found.append((field.name.in_(language), words(field.type, value, field.options, language)))
    return found


def published(case: Case, definition: Definition) -> list[tuple[str, str]]:
    """Return what everyone may read of a case as (question, answer in words): its public fields, and what acts and steps published.

    Nothing of a confidential case, and nothing while an appeal keeps it from being published.
    """
    if case.restricted or withheld([case.pk]):
        return []
    names = dict.fromkeys(definition.public.fields)
    for key, step in definition.steps.items():
        if key == case.step or key in case.visits:
            names |= dict.fromkeys(step.publish)
        for action_key, action in step.actions.items():
            if case.uses.get(f"{key}.{action_key}"):
                names |= dict.fromkeys(action.publish)
    language = get_language()
    known = [(definition.fields[name], case.data.get(name)) for name in names if name in definition.fields]
    return [
        (field.name.in_(language), words(field.type, value, field.options, language))
        for field, value in known
        if value not in (None, "", []) and field.type not in ("photos", "files")
    ]


def _person(post_id: Any) -> str:
    """Name, unit and duty of a post, also one that has ended since."""
    post = Post.objects.select_related("user").filter(pk=post_id).first()
    unit = units().get(post.organisation_id) if post else None
    if post is None:
        return str(post_id)
    role = ROLES.get(post.role)
    return f"{post.user.name}（{unit.label if unit else ''} {role.name if role else post.role}）"


def words(kind: str, value: Any, options: Any, language: str | None) -> str:
    """Return an answer as people read it."""
    if kind == "yes_no":
        return _("是") if value else _("否")
    if kind in ("choice", "choices"):
        chosen = value if isinstance(value, list) else [value]
        return _("、").join(
            options[part].in_(language) if options and part in options else str(part) for part in chosen
        )
    if kind in ("unit", "units"):
        found = [units().get(part) for part in (value if isinstance(value, list) else [value])]
        return _("、").join(unit.name for unit in found if unit)
    if kind == "urgency":
        return str(Urgency(value).label) if value in Urgency.values else str(value)
    if kind == "money":
        return f"¥{value // 100:,}.{value % 100:02d}"
    if kind == "signature":
        return _("手写签名，见附件") if is_file_id(value) else _("%(name)s（键入姓名签名）") % {"name": value}
    if kind == "person":
        return _person(value)
    if kind == "place" and isinstance(value, dict):
        return str(value.get("text", ""))
    if kind == "datetime":
        return str(value).replace("T", " ")[:16]
    return value_words(kind, value)
