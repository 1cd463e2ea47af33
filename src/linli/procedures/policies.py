"""Who may see a case, and who may do what with it now: decisions with reasons."""

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor
from linli.orgs.enums import ROLES
from linli.orgs.units import units
from linli.procedures.enums import State
from linli.procedures.grammar.definition import Action, Definition
from linli.procedures.grammar.parts import Holder
from linli.procedures.holders import LEVELS, place_of
from linli.procedures.models import Case, CaseUnit


def holds(by: Actor, case: Case) -> bool:
    """Whether a member of staff holds the case: its role in its unit, the person it names, or the unit's head."""
    if case.holder_user_id is not None and by.user_id == case.holder_user_id and case.holder_unit_id in by.unit_ids:
        return True
    for post in by.posts:
        if post.unit.id != case.holder_unit_id:
            continue
        if post.head:
            return True
        if post.role == case.holder_role and case.holder_user_id is None:
            # a role inside a grid holds only what lies in that grid
            return post.grid_id is None or post.grid_id == case.grid_id
    return False


def is_starter(by: Actor, case: Case) -> bool:
    """Whether this is the person who started the case: by account, or by the key that only their browser or code gives."""
    if by.user_id is not None and case.starter_user_id == by.user_id:
        return True
    return (bool(by.key) and by.key == case.starter_key) or str(case.pk) in by.cases


def fits(spec: Holder, by: Actor, case: Case) -> bool:
    """Whether an actor is one of those whom the words of a definition name, for this case."""
    if by.system:
        return True
    if spec.role in ("reporter", "starter"):
        return is_starter(by, case)
    if spec.role == "public":
        return True
    if spec.role == "parties":
        return is_starter(by, case) or (bool(by.key) and by.key in case.data.get("parties_keys", []))
    if spec.role == "holder":
        held = case.parent if spec.place == "parent" else case
        return held is not None and holds(by, held)
    anywhere = not (spec.level or spec.form or spec.catalogue or spec.step or spec.place or spec.up or spec.person)
    if anywhere:
        return any(post.role == spec.role and post.covers(case.division_code) for post in by.posts)
    if spec.person:
        return case.data.get(spec.person) in {post.id for post in by.posts}
    if spec.level == "grid":
        return any(
            post.role == spec.role and post.grid_id is not None and post.grid_id == case.grid_id for post in by.posts
        )
    unit = place_of(spec, case)
    return unit is not None and any(
        post.unit.id == unit.id and (post.role == spec.role or post.head) for post in by.posts
    )


def visible_to(by: Actor) -> Q:
    """The one condition under which an actor may see a case; every list, page, export and search uses it.

    Holder and starter always; units that took part; those who oversee the place, unless the case is restricted.
    """
    if by.system:
        return Q()
    seen = Q(pk__in=[])
    if by.user_id is not None:
        seen |= Q(starter_user_id=by.user_id) | Q(holder_user_id=by.user_id, holder_unit_id__in=by.unit_ids)
    if by.key:
        seen |= Q(starter_key=by.key)
    if by.cases:
        seen |= Q(pk__in=by.cases)
    if by.unit_ids:
        mine = sorted(by.unit_ids)
        seen |= (
            Q(holder_unit_id__in=mine)
            | Q(starter_unit_id__in=mine)
            | Q(pk__in=CaseUnit.objects.filter(unit_id__in=mine).values("case"))
        )
    for prefix in by.overseen:
        seen |= Q(division_code__gte=prefix.ljust(12, "0"), division_code__lt=after(prefix), restricted=False)
    return seen


def after(prefix: str) -> str:
    """Return the first code behind all that begin with ``prefix``: a range, which an index serves, instead of a pattern."""
    return str(int(prefix) + 1).rjust(len(prefix), "0").ljust(12, "0") if prefix.strip("9") else "~"


def can_see(by: Actor, case: Case) -> Decision:
    """Whether an actor may see a case (one statement unless the holder or overseer is plain)."""
    if by.system or is_starter(by, case) or case.holder_unit_id in by.unit_ids:
        return allow()
    if not case.restricted and any(case.division_code.startswith(prefix) for prefix in by.overseen):
        return allow()
    if by.unit_ids and Case.objects.filter(visible_to(by), pk=case.pk).exists():
        return allow()
    return deny(_("这个办件不在您的职责范围内。"))


def can_act(by: Actor, case: Case, definition: Definition, key: str) -> Decision:
    """Whether an actor may do an action of the present step now."""
    if case.state != State.OPEN:
        return deny(_("办件已经结束。"))
    action = definition.steps[case.step].actions.get(key)
    if action is None:
        return deny(_("“%(step)s”环节没有这个办法。") % {"step": definition.step_name(case.step)})
    if case.suspended and not by.system:
        return deny(_("办件已挂账，恢复后才能继续。"))
    if case.pending is not None:
        return deny(_("正在等待另一人审批。"))
    if not any(fits(who, by, case) for who in action.who):
        return deny(_("由%(holder)s办理。") % {"holder": who_words(action, case)})
    return _within_limit(action, case, key)


def _within_limit(action: Action, case: Case, key: str) -> Decision:
    if action.limit is None or action.limit.beyond is not None or times_left(action, case, key) > 0:
        return allow()
    return deny(_("已经用过 %(times)d 次，不能再用。") % {"times": case.uses.get(f"{case.step}.{key}", 0)})


def times_left(action: Action, case: Case, key: str) -> int:
    """Return how often a limited action may still be used."""
    assert action.limit is not None
    times = action.limit.times
    allowed = times if isinstance(times, int) else int(case.data.get(times.removeprefix("form."), 0) or 0)
    return max(0, allowed - int(case.uses.get(f"{case.step}.{key}", 0)))


def who_words(action: Action, case: Case) -> str:
    """Return in words who may do an action."""
    words = []
    for who in action.who:
        if who.role == "holder":
            unit = units().get(case.holder_unit_id)
            role = ROLES.get(case.holder_role)
            words.append(f"{unit.label if unit else ''}{role.name if role else ''}")
        elif who.is_person:
            words.append(
                _("当事人")
                if who.role == "parties"
                else _("反映人")
                if who.role in ("reporter", "starter")
                else _("公众")
            )
        else:
            unit = place_of(who, case) if who.level in LEVELS or who.up or who.form else None
            words.append(f"{unit.label if unit else ''}{ROLES[who.role].name if who.role in ROLES else who.role}")
    return "、".join(str(word) for word in words)
