"""Who may see a case, and who may do what with it now: decisions with reasons."""

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.memo import remember
from linli.kernel.policy import Decision, allow, deny
from linli.orgs.actors import Actor
from linli.orgs.enums import ROLES
from linli.orgs.units import units
from linli.procedures.confidential import after as after
from linli.procedures.confidential import inside, let_in, versions
from linli.procedures.definitions import in_force
from linli.procedures.enums import State
from linli.procedures.grammar.definition import Action, Definition
from linli.procedures.grammar.parts import Holder
from linli.procedures.holders import GRID_ROLES, LEVELS, kept_out, names_a_person, place_of
from linli.procedures.models import Case, CaseUnit
from linli.procedures.rows import names_of_grids


def holds(by: Actor, case: Case) -> bool:
    """Whether a member of staff holds the case: its role in its unit, the person it names, or the unit's head."""
    if case.held_by_person:
        return False
    if case.holder_user_id is not None and by.user_id == case.holder_user_id and case.holder_unit_id in by.unit_ids:
        return True
    for post in by.posts:
        if post.unit.id != case.holder_unit_id:
            continue
        if post.head:
            return True
        # a role inside a grid holds only what lies in that grid; the same person may have it in several
        named = post.role == case.holder_role and case.holder_user_id is None
        if named and post.grid_id in (None, case.grid_id):
            return True
    return False


def stands_in(by: Actor, case: Case) -> bool:
    """Whether staff may do, in the reporter's name, what a step asks of the reporter: those who watch over the case."""
    watching = any(
        post.unit.id == case.holder_unit_id and (post.head or ROLES[post.role].oversees) for post in by.posts
    )
    return case.held_by_person and watching


def is_starter(by: Actor, case: Case) -> bool:
    """Whether this is the person who started the case: by account, or by the key that only their browser or code gives.

    Who started it for a unit is its starter as long as they hold a post there; who wrote down what somebody else said never was.
    """
    if by.user_id is not None and case.starter_user_id == by.user_id:
        return case.starter_unit_id is None or case.starter_unit_id in by.unit_ids
    return (bool(by.key) and by.key == case.starter_key) or str(case.pk) in by.cases


def owns(by: Actor, case: Case) -> bool:
    """Whether this is the starter by more than a code and four digits: whoever may take it back, and sees who they said they are."""
    return is_starter(by.proven, case)


def fits(spec: Holder, by: Actor, case: Case) -> bool:
    """Whether an actor is one of those whom the words of a definition name, for this case."""
    if by.system or spec.role == "public":
        return True
    if spec.is_person:
        return is_starter(by, case) or (spec.role == "parties" and is_party(by, case))
    if spec.role == "holder":
        return _fits_holder(spec, by, case)
    anywhere = not (spec.level or spec.form or spec.catalogue or spec.step or spec.place or spec.up or spec.person)
    if anywhere:
        return any(post.role == spec.role and post.covers(case.division_code) for post in by.posts)
    if spec.person or names_a_person(spec, case):
        return case.data.get(spec.person or spec.form or "") in {post.id for post in by.posts}
    if spec.level == "grid":
        return any(
            post.role == spec.role and post.grid_id is not None and post.grid_id == case.grid_id for post in by.posts
        )
    unit = place_of(spec, case)
    return unit is not None and any(
        post.unit.id == unit.id and (post.role == spec.role or post.head) for post in by.posts
    )


def is_party(by: Actor, case: Case) -> bool:
    """Whether this browser belongs to a party whom the holder let in."""
    return bool(by.key) and by.key in case.data.get("parties_keys", [])


def _fits_holder(spec: Holder, by: Actor, case: Case) -> bool:
    if spec.step:
        kept = case.visits.get(spec.step) or {}
        here = [post for post in by.posts if post.unit.id == kept.get("unit")]
        return any(post.head or post.role == kept.get("role") for post in here)
    held = case.parent if spec.place == "parent" else case
    if held is None:
        return False
    if not held.held_by_person:
        return holds(by, held)
    if held.holder_role == "public":
        return True
    person = is_starter(by, held) or (held.holder_role == "parties" and is_party(by, held))
    return person or stands_in(by, held)


def visible_to(by: Actor) -> Q:
    """The one condition under which an actor may see a case; every list, page, export and search uses it.

    Who started it always; its holder, units that took part and those who oversee the place, unless it is confidential: then its
    holder and whom its definition names.
    """
    if by.system:
        return Q()
    seen = Q(pk__in=[])
    mine = sorted(by.unit_ids)
    if by.user_id is not None:
        own = Q(starter_user_id=by.user_id)
        seen |= own & (Q(starter_unit_id=None) | Q(starter_unit_id__in=mine))
    if by.key:
        seen |= Q(starter_key=by.key)
    if by.cases:
        seen |= Q(pk__in=by.cases)
    if by.unit_ids:
        took_part = CaseUnit.objects.filter(unit_id__in=mine).values("case")
        for part in (Q(holder_unit_id__in=mine), Q(starter_unit_id__in=mine), Q(pk__in=took_part)):
            seen |= part & Q(restricted=False)
    for prefix in by.overseen:
        seen |= inside(prefix) & Q(restricted=False)
    for post in by.posts:
        for procedure, keys in acting_anywhere().get(post.role, {}).items():
            here = Q(state=State.OPEN, procedure=procedure, step__in=keys)
            seen |= here & inside(post.prefix) & Q(restricted=False)
    return seen | let_in(by) if versions() else seen


def acting_anywhere() -> dict[str, dict[str, list[str]]]:
    """Return, by role, the steps of each procedure at which somebody with it may act wherever their post covers the place.

    Who may act has to see: as long as the case is there. Roles that oversee see everything of their place anyhow.
    """

    def load() -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {}
        for key, version in in_force().items():
            for step_key, step in version.definition.steps.items():
                for who in {who.role for action in step.actions.values() for who in action.who if who.text == who.role}:
                    if who in ROLES and not ROLES[who].oversees:
                        found.setdefault(who, {}).setdefault(key, []).append(step_key)
        return found

    return remember("procedures:acting", load)


def can_see_plainly(by: Actor, case: Case) -> bool:
    """Whether an actor may see a case for a reason that the case itself shows: its starter, a party, its holder, whoever oversees."""
    if by.system or is_starter(by, case) or (not by.posts and is_party(by, case)):
        return True
    if case.restricted:
        return holds(by, case)
    return case.holder_unit_id in by.unit_ids or any(case.division_code.startswith(one) for one in by.overseen)


def can_see(by: Actor, case: Case) -> Decision:
    """Whether an actor may see a case (one statement unless the holder or overseer is plain)."""
    if can_see_plainly(by, case):
        return allow()
    if (by.unit_ids or by.key) and Case.objects.filter(visible_to(by), pk=case.pk).exists():
        return allow()
    return deny(_("这个办件不在您的职责范围内。"))


def can_act(by: Actor, case: Case, definition: Definition, key: str) -> Decision:
    """Whether an actor may do an action of the present step now."""
    if case.state != State.OPEN:
        return deny(_("办件已经结束。"))
    action = definition.steps[case.step].actions.get(key)
    if action is None:
        return deny(_("“%(step)s”环节没有这个办法。") % {"step": definition.step_name(case.step, get_language())})
    if case.suspended and not by.system:
        return deny(_("办件已挂账，恢复后才能继续。"))
    if case.pending is not None:
        return deny(_("正在等待另一人审批。"))
    if not any(fits(who, by, case) for who in action.who):
        return deny(_("由%(holder)s办理。") % {"holder": who_words(action, case)})
    return not_kept_out(by, case, definition) and _within_limit(action, case, key)


def not_kept_out(by: Actor, case: Case, definition: Definition) -> Decision:
    """Whether the present step lets this person decide: it may keep out who started the case, or decided before."""
    step = definition.steps[case.step]
    if "starter" in step.not_by and _started(by, case):
        return deny(_("这一件是您发起的，须由另一人办理。"))
    if by.user_id is not None and by.user_id in kept_out(step, case):
        return deny(_("前面的环节是您办的，这一环节须由另一人办理。"))
    return allow()


def _started(by: Actor, case: Case) -> bool:
    """Whether this very person started the case, whatever posts they hold today."""
    return (by.user_id is not None and by.user_id == case.starter_user_id) or is_starter(by, case)


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


def _holder_words(case: Case) -> str:
    """Return in words who holds a case in the offices: unit and role, the person if it is one, the grid where the role lies in one."""
    unit, role = units().get(case.holder_unit_id), ROLES.get(case.holder_role)
    grid = names_of_grids().get(case.grid_id) if case.holder_role in GRID_ROLES and case.grid_id else None
    named = case.holder_user.name if case.holder_user is not None else ""
    inside = _("（%(grid)s）") % {"grid": grid[0]} if grid else ""
    return f"{unit.label if unit else ''}{role.name if role else ''}{named}{inside}"


def who_words(action: Action, case: Case) -> str:
    """Return in words who may do an action."""
    words = []
    for who in action.who:
        if who.role == "holder":
            words.append(_holder_words(case))
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
    return _("、").join(str(word) for word in words)
