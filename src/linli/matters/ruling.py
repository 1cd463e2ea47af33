"""Versions of the catalogue: drafts, their rules checked, tried on past matters, published."""

import copy
import dataclasses
import hashlib
import json
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.calendar import parse_duration
from linli.kernel.text import clean, for_search
from linli.matters import catalogue
from linli.matters.enums import CatalogueStatus, PublicState
from linli.matters.models import CatalogueVersion, Category, Matter
from linli.matters.policies import can_rule
from linli.matters.suggesting import suggest
from linli.matters.titles import public_title
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.procedures.enums import Urgency
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.queries import visible

MOST_WORDS = 40
TRIED = 1000
EXAMPLES = 20


def make_draft(*, by: Actor, at: datetime) -> CatalogueVersion:
    """Return the draft: the one that is open, or a new copy of the version in force."""
    can_rule(by).enforce()
    try:
        return _draft(by, at)
    except IntegrityError:
        # somebody else opened one at the same moment: it is theirs and ours
        return CatalogueVersion.objects.get(status=CatalogueStatus.DRAFT)


@transaction.atomic
def _draft(by: Actor, at: datetime) -> CatalogueVersion:
    draft = CatalogueVersion.objects.filter(status=CatalogueStatus.DRAFT).first()
    if draft is not None:
        return draft
    current = CatalogueVersion.objects.filter(status=CatalogueStatus.PUBLISHED).first()
    number = (CatalogueVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    made = CatalogueVersion.objects.create(
        number=number, rules=copy.deepcopy(current.rules) if current else {}, created_at=at, created_by_id=by.user_id
    )
    after = {"from": current.number if current else None}
    audit.note(by=by, action="draft", subject=subject_of(number), before=None, after=after, at=at)
    return made


def subject_of(number: int) -> audit.Subject:
    """Return a version as what the record of changes is about."""
    return audit.Subject("matters.catalogueversion", str(number), f"诉求目录第 {number} 版")


@transaction.atomic
def set_rule(*, number: int, key: str, answers: dict[str, str], by: Actor, at: datetime) -> None:
    """Change the rule of a category in a draft. ``answers``: urgency, the times of ``catalogue.TIMES``, words, units as typed.

    Raises BadAnswers naming the field. ``units`` holds one line per place: 'place code, unit number'; the empty code is the default.
    """
    can_rule(by).enforce()
    version = CatalogueVersion.objects.select_for_update().filter(number=number).first()
    if version is None or version.status != CatalogueStatus.DRAFT:
        raise NotNow(_("只能改草稿。先从现行版本另存一份草稿。"))
    if not Category.objects.filter(key=key, parent__isnull=False).exists():
        raise NotNow(_("没有这个类别。"))
    before, after = version.rules.get(key), read_rule(answers)
    if after == before:
        return
    version.rules = {**version.rules, key: after}
    version.save(update_fields=["rules"])
    said = None if before is None else {key: before}
    audit.note(by=by, action="rule", subject=subject_of(number), before=said, after={key: after}, at=at)


def time_words() -> dict[str, str]:
    """Return what the times of a rule are called, in the order in which a matter comes to them."""
    return {
        "accept": _("多久受理"),
        "answer": _("多久给第一次实质答复"),
        "assign": _("多久交办"),
        "arrive": _("吹哨后多久到场"),
        "coordinate": _("不到场的，上级多久协调好"),
        "handle": _("多久办好"),
        "check": _("多久核查"),
    }


def usual(name: str) -> list[str]:
    """Return the times of something by class of urgency, the most urgent first, for where a rule says none."""
    return list(catalogue.TIMES[name].values())


def read_rule(answers: dict[str, str]) -> dict[str, Any]:
    """Return a rule from what was typed; BadAnswers naming each field that does not fit."""
    errors: dict[str, str] = {}
    rule: dict[str, Any] = {}
    if answers.get("urgency") in {str(value) for value in Urgency.values}:
        rule["urgency"] = int(answers["urgency"])
    else:
        errors["urgency"] = _("请选择紧急程度。")
    for name in catalogue.TIMES:
        text = answers.get(name, "").strip()
        if text:
            try:
                rule[name] = str(parse_duration(text))
            except ValueError:
                errors[name] = _("时限写作：2 个工作小时、24 小时、5 个工作日、7 天。")
    try:
        said = _line("words", answers.get("words", ""))
    except BadAnswers as bad:
        errors, said = errors | bad.errors, ""
    words = [word.strip() for word in said.replace("，", "、").replace(",", "、").split("、") if word.strip()]
    if len(words) > MOST_WORDS or any(len(word) > 20 for word in words):
        errors["words"] = _("最多 40 个词，每个不超过 20 字。")
    rule["words"] = list(dict.fromkeys(words))
    rule["units"] = _read_units(answers.get("units", ""), errors)
    if errors:
        raise BadAnswers(errors)
    return rule


def _line(field: str, text: str) -> str:
    """One line as it is kept; BadAnswers naming the field for control characters."""
    try:
        return clean(text, limit=len(text), lines=False)
    except ValidationError as bad:
        raise BadAnswers({field: str(bad.messages[0])}) from bad


def _read_units(text: str, errors: dict[str, str]) -> list[dict[str, Any]]:
    found, table = [], {unit.name: unit.id for unit in units().by_id.values() if unit.active}
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        place, _sep, name = line.replace("，", ",").partition(",")
        place, name = place.strip(), name.strip()
        if not _sep:
            place, name = "", place
        known = table.get(name)
        if known is None or not (
            place == "" or (place.isascii() and place.isdigit() and len(place) in (2, 4, 6, 9, 12))
        ):
            errors["units"] = _("每行写“区划代码, 单位全称”；不分地方时只写单位全称。有问题的一行：%(line)s") % {
                "line": line[:60]
            }
            return []
        found.append({"place": place, "unit": known})
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What a draft would have changed on past matters: how many were tried, how many would go elsewhere, and examples.

    ``words_changed``: for how many the page would propose another category by their words.
    """

    tried: int
    unit_changed: int
    urgency_changed: int
    clock_changed: int
    words_changed: int
    no_unit: int
    by_category: list[tuple[str, int]]
    examples: list[dict[str, Any]]


def digest(rules: dict[str, Any]) -> str:
    """Return what tells these rules from any others."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_tried(version: CatalogueVersion) -> bool:
    """Whether exactly these rules were tried on past matters."""
    return version.tried == digest(version.rules)


@transaction.atomic
def try_out(*, number: int, by: Actor) -> Trial:
    """Try a draft on past matters, and keep that its rules, as they are, were tried."""
    can_rule(by).enforce()
    version = CatalogueVersion.objects.select_for_update().filter(number=number).first()
    if version is None or version.status != CatalogueStatus.DRAFT:
        raise NotNow(_("只能试草稿。"))
    found = trial(version, by=by)
    version.tried = digest(version.rules)
    version.save(update_fields=["tried"])
    return found


def trial(version: CatalogueVersion, *, by: Actor) -> Trial:
    """Try a version on the last thousand matters, against the version in force. Examples name what ``by`` sees anyhow, and what is public."""
    can_rule(by).enforce()
    new, old = catalogue.build(version.number, version.rules), catalogue.in_force()
    counts: Counter[str] = Counter()
    names: Counter[str] = Counter()
    examples: list[dict[str, Any]] = []
    # only texts with a word that one of the two has not got can be proposed differently
    telling = {for_search(word) for _category, word in _words(old) ^ _words(new)}
    tried = 0
    for matter in Matter.objects.select_related("case").order_by("-case_id")[:TRIED]:
        tried += 1
        before, after = old.get(matter.category_id), new.get(matter.category_id)
        code = matter.case.division_code
        units_of = [rule.unit_for(code) if rule else None for rule in (before, after)]
        said = for_search(matter.text)
        asked = any(word in said for word in telling)
        proposed = [_proposed(matter.text, book) for book in (old, new)] if asked else ["", ""]
        changed = {
            "unit": units_of[0] != units_of[1],
            "urgency": (before.urgency if before else None) != (after.urgency if after else None),
            "clock": (dict(before.durations) if before else None) != (dict(after.durations) if after else None),
            "words": proposed[0] != proposed[1],
        }
        counts.update(name for name, is_changed in changed.items() if is_changed)
        counts["none"] += matter.category_id is not None and units_of[1] is None
        if any(changed.values()):
            rule = after or before
            names[rule.name if rule else ""] += 1
            if len(examples) < EXAMPLES:
                units_said = {"before": _unit_name(units_of[0]), "after": _unit_name(units_of[1])}
                shown = proposed if changed["words"] else None
                examples.append({"matter": matter, **units_said, "proposed": shown})
    seen = set(visible(by).filter(pk__in=[one["matter"].pk for one in examples]).values_list("pk", flat=True))
    for one in examples:
        matter = one.pop("matter")
        one["called"] = _called(matter, seen=matter.pk in seen)
    return Trial(
        tried,
        counts["unit"],
        counts["urgency"],
        counts["clock"],
        counts["words"],
        counts["none"],
        names.most_common(20),
        examples,
    )


def _called(matter: Matter, *, seen: bool) -> str:
    """What a matter is called to whoever looks at a trial; '' where they may not know of it."""
    if seen:
        return f"{matter.case.code} {matter.case.title}"
    public = matter.public_state == PublicState.SHOWN and not matter.case.restricted
    return f"{matter.case.code} {public_title(matter.public_text)}" if public else ""


def _words(book: catalogue.Catalogue) -> set[tuple[int, str]]:
    return {(rule.category_id, word) for rule in book.rules.values() for word in rule.words}


def _proposed(text: str, book: catalogue.Catalogue) -> str:
    """What the page proposes for a text by the words of a version: names of categories, most likely first."""
    return "、".join(one.rule.name for one in suggest(text, book))


def _unit_name(unit_id: int | None) -> str:
    unit = units().get(unit_id)
    return unit.name if unit else ""


@transaction.atomic
def publish(*, number: int, note: str, by: Actor, at: datetime) -> CatalogueVersion:
    """Put a draft in force, exactly as it was tried. Running matters stay on the version that they began with."""
    can_rule(by).enforce()
    version = CatalogueVersion.objects.select_for_update().filter(number=number).first()
    if version is None or version.status != CatalogueStatus.DRAFT:
        raise NotNow(_("只能发布草稿。"))
    if not version.rules:
        raise NotNow(_("草稿里还没有规则。"))
    if not is_tried(version):
        raise NotNow(_("这份草稿还没有试过，或者试过以后又改了：先用过去的诉求试一遍，再发布。"))
    note = _line("note", note[:300])
    if not note:
        raise BadAnswers({"note": _("请写明这次改了什么、为什么。")})
    CatalogueVersion.objects.filter(status=CatalogueStatus.PUBLISHED).update(status=CatalogueStatus.RETIRED)
    version.status, version.note, version.published_at, version.published_by_id = (
        CatalogueStatus.PUBLISHED,
        note,
        at,
        by.user_id,
    )
    version.save()
    audit.note(by=by, action="publish", subject=subject_of(number), before=None, after={"note": note}, at=at)
    catalogue.changed()
    return version


@transaction.atomic
def add_category(*, name: str, parent_id: int, by: Actor, at: datetime) -> Category:
    """Add a category under a group; its key is made from its number."""
    can_rule(by).enforce()
    name = _line("name", name)
    if not 2 <= len(name) <= 40:
        raise BadAnswers({"name": _("类别名称要 2 到 40 个字。")})
    parent = Category.objects.filter(pk=parent_id, parent__isnull=True).first()
    if parent is None:
        raise BadAnswers({"parent": _("请选择所属大类。")})
    if Category.objects.filter(parent=parent, name=name).exists():
        raise BadAnswers({"name": _("这一大类下已经有同名类别。")})
    last = Category.objects.aggregate(last=Max("position"))["last"] or 0
    made = Category.objects.create(key=f"new-{parent.pk}-{last + 1}", parent=parent, name=name, position=last + 1)
    after = {"name": name, "parent": parent.name}
    subject = audit.Subject("matters.category", str(made.pk), name)
    audit.note(by=by, action="create", subject=subject, before=None, after=after, at=at)
    catalogue.changed()
    return made
