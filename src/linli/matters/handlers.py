"""Named consequences that the matter's definition calls: merge, unmerge, split. And what the engine asks this area."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import parse_duration
from linli.kernel.ids import read_code
from linli.matters import catalogue, splitting
from linli.matters.enums import Channel, LinkKind
from linli.matters.events import MatterReported, MattersMerged, MergeUndone
from linli.matters.masking import mask
from linli.matters.models import Matter, MatterLink
from linli.procedures import clocks
from linli.procedures.choices import provider, suggester
from linli.procedures.definitions import of_case
from linli.procedures.enums import State
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case
from linli.procedures.policies import can_see
from linli.procedures.registry import catalogue as answers_catalogue
from linli.procedures.registry import facts, handler, keeps_in_step, opener, search_text, words_of
from linli.procedures.work import Work


@answers_catalogue("matter")
def times(case: Case) -> dict[str, str | int | None]:
    """A matter's times and unit follow its category and urgency."""
    return catalogue.look_up(case.data)


@answers_catalogue("whistle")
def times_of_part(case: Case) -> dict[str, str | int | None]:
    """A unit that is called has the times of the matter for which it is called: danger does not wait for Monday."""
    return catalogue.look_up(case.parent.data if case.parent else case.data)


def merge_target(work: Work, answers: dict[str, Any]) -> Matter:
    """Return the matter into which one is merged; BadAnswers if there is none, or it cannot take another."""
    code = read_code(str(answers.get("into", "")))
    target = Matter.objects.select_related("case").filter(case__code=code).first() if code else None
    if target is None or not can_see(work.by, target.case):
        raise BadAnswers({"into": _("没有找到这个编号，或者它不在您的职责范围内。")})
    if target.pk == work.case.pk:
        raise BadAnswers({"into": _("不能并入自己。")})
    if target.case.state != State.OPEN:
        raise BadAnswers({"into": _("那一件已经结束，不能再并入。")})
    if MatterLink.objects.filter(kind=LinkKind.MERGE, source_id=target.pk, undone_at__isnull=True).exists():
        raise BadAnswers({"into": _("那一件自己已经并入别的办件。")})
    return target


def check_merge(work: Work, answers: dict[str, Any]) -> None:
    """Say what is wrong with a merge before a second person is asked about it."""
    merge_target(work, answers)


@handler("matters.merge", check=check_merge)
def merge(work: Work, answers: dict[str, Any]) -> None:
    """Retire a matter into another: a link, nothing is moved. Both reporters and all followers are told by the event."""
    target = merge_target(work, answers)
    # two matters merged into each other at the same moment would both be gone: who comes second is asked to look again
    other = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=target.pk).first()
    if other is None:
        raise NotNow(_("那一件正有人在办，请稍后再试。"))
    if other.state != State.OPEN:
        raise BadAnswers({"into": _("那一件已经结束，不能再并入。")})
    MatterLink.objects.create(
        kind=LinkKind.MERGE, source_id=work.case.pk, target_id=target.pk, at=work.at, by_id=work.by.user_id
    )
    work.case.data = {**work.case.data, "merged_into": target.case.code}
    work.publish(MattersMerged(source=work.case.pk, target=target.pk))


@handler("matters.unmerge")
def unmerge(work: Work, answers: dict[str, Any]) -> None:
    """Take a merge back: the link is dated as undone, the matter goes on where it was."""
    link = MatterLink.objects.filter(kind=LinkKind.MERGE, source_id=work.case.pk, undone_at__isnull=True).first()
    if link is None:
        raise NotNow(_("这一件没有并入别的办件。"))
    link.undone_at, link.undone_by_id = work.at, work.by.user_id
    link.save(update_fields=["undone_at", "undone_by"])
    splitting.apart_again(work, link)
    work.publish(MergeUndone(source=work.case.pk, target=link.target_id))


@keeps_in_step("matter")
def classify(work: Work, changed: Collection[str]) -> None:
    """Follow a new category or urgency: what lists show, what the matter is counted under, and the promise of a first answer.

    The promise counts from the report on, by the new class; who changed it and when stands in the history.
    """
    if not {"category", "urgency"} & set(changed):
        return
    case = work.case
    category, urgency = case.data.get("category"), case.data.get("urgency", case.urgency)
    rule = catalogue.rule_of(case.data)
    if category is not None and rule is None:
        raise BadAnswers({"category": _("没有这个类别。")})
    case.urgency, case.kind_label = urgency, rule.name if rule else ""
    if "category" in changed:
        work.then(lambda: Matter.objects.filter(pk=case.pk).update(category_id=category))
    promised = str(catalogue.look_up(case.data)["answer"])
    for clock in work.clocks:
        if (
            clock.name == "answer"
            and clock.ended_at is None
            and parse_duration(clock.duration) != parse_duration(promised)
        ):
            clocks.redate(work, clock, why="catalogue.answer", duration=parse_duration(promised))


@opener("matter")
def opened(work: Work) -> None:
    """Make the matter of a case that another procedure raised: what that one is and where it came to, and for the office its title.

    The other case may be about a person at home: nothing of its title is in what lists and the public show.
    """
    case, parent = work.case, work.case.parent
    text = case.title
    if parent is not None:
        definition = of_case(parent)
        case.title = f"{definition.name.zh}：{definition.step_name(parent.step, 'zh')}"
        text = f"{case.title}（{parent.title}）"
    shown = mask(case.title).text
    matter = Matter(
        case=case,
        text=text,
        public_text=shown,
        category_id=case.data.get("category"),
        channel=Channel.GRID,
        created_at=work.at,
    )
    work.then(lambda: matter.save(force_insert=True))
    work.publish(MatterReported(matter=case.pk, division=case.division_code, category=matter.category_id))


@words_of("category")
def category_words(value: Any) -> str:
    """Return a category's name with its parent's."""
    rule = catalogue.in_force().get(value)
    return f"{rule.parent_name} / {rule.name}" if rule else str(value)


@provider("category")
def categories(case: Case) -> list[tuple[str, str]]:
    """Return the categories in force as choices."""
    english = (get_language() or "").startswith("en")
    rules = catalogue.in_force().rules.values()
    return [
        (str(rule.category_id), f"{rule.parent_name} / {(rule.name_en if english else '') or rule.name}")
        for rule in rules
    ]


@suggester("matter")
def suggest(case: Case) -> dict[str, Any]:
    """Propose category, urgency and responsible unit from the catalogue; a person decides."""
    found: dict[str, Any] = {"urgency": str(case.urgency)}
    rule = catalogue.rule_of(case.data)
    if rule is not None:
        unit = rule.unit_for(case.division_code)
        found["category"] = str(rule.category_id)
        if unit is not None:
            found["unit"] = str(unit)
            found["lead"] = str(unit)
    return found


@search_text("matter")
def words(case: Case) -> str:
    """A matter is found by what was said and where; names and phones are not among its words."""
    matter = Matter.objects.filter(pk=case.pk).only("public_text", "address").first()
    return f"{matter.public_text} {matter.address}" if matter else ""


@facts("matter")
def about(case: Case) -> list[tuple[str, str]]:
    """What the file of a matter says at its head: the words as they were sent and where; not who sent them."""
    matter = Matter.objects.select_related("category").filter(pk=case.pk).first()
    if matter is None:
        return []
    category = matter.category.name if matter.category else ""
    said = [(_("反映内容"), matter.text), (_("地点"), matter.address), (_("类别"), category)]
    return [(label, text) for label, text in said if text]
