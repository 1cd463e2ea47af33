"""Reads of the area: organisations, posts and accounts as far as somebody manages them; who is asked to sign in how."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet

from linli.kernel.crypto import blind, normal_phone
from linli.kernel.memo import remember
from linli.kernel.models import Setting
from linli.kernel.text import clean, for_search
from linli.orgs import policies
from linli.orgs.actors import Actor, in_force, today
from linli.orgs.models import ExternalIdentity, Organisation, Post, Session, User
from linli.orgs.policies import PostFacts
from linli.orgs.signin import wechat


def _inside(prefixes: Iterable[str], field: str) -> Q:
    found = Q(pk__in=[])
    for prefix in prefixes:
        found |= Q(**{f"{field}__startswith": prefix})
    return found


def visible_organisations(by: Actor) -> QuerySet[Organisation]:
    """The organisations whose records somebody may open: those inside the places that they manage."""
    if by.system:
        return Organisation.objects.all()
    return Organisation.objects.filter(_inside(by.managed, "division__code"))


def visible_posts(by: Actor) -> QuerySet[Post]:
    """The posts, past ones too, in organisations inside the managed places."""
    if by.system:
        return Post.objects.all()
    return Post.objects.filter(_inside(by.managed, "organisation__division__code"))


def visible_accounts(by: Actor) -> QuerySet[User]:
    """The accounts of people who hold or held a post inside the managed places. A resident's account is seen by nobody else."""
    if by.system:
        return User.objects.all()
    return User.objects.filter(pk__in=visible_posts(by).values("user_id"))


def post_facts(user: User, *, at: datetime) -> list[PostFacts]:
    """Return every post of an account for the policies, ``active`` if it is in force or still to come."""
    day = today(at)
    return [
        PostFacts(role, code, active=until is None or until > day)
        for role, code, until in user.posts.values_list("role", "organisation__division__code", "until")
    ]


def roles_in_force(user: User, *, at: datetime) -> list[str]:
    """Return the roles that a user holds at a moment."""
    return list(Post.objects.filter(in_force(at), user_id=user.pk).values_list("role", flat=True))


def ever_held(user: User, *, at: datetime) -> bool:
    """Whether somebody holds or held a post: what they did in it stays on record."""
    begun = Q(until__isnull=True) | Q(until__gt=F("since"))
    return Post.objects.filter(begun, user_id=user.pk, since__lte=today(at)).exists()


@dataclasses.dataclass(frozen=True, slots=True)
class OrganisationFilter:
    """What the list of organisations shows. ``prefix``: inside this place; ``state``: active, closed, or '' for both."""

    text: str = ""
    kind: str = ""
    prefix: str = ""
    state: str = "active"


def organisations(by: Actor, wanted: OrganisationFilter) -> QuerySet[Organisation]:
    """Return the organisations of a list, unsorted."""
    rows = visible_organisations(by).select_related("division", "parent")
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.prefix:
        rows = rows.filter(division__code__startswith=wanted.prefix)
    if wanted.state:
        rows = rows.filter(active=wanted.state == "active")
    if wanted.text:
        sought = for_search(wanted.text)
        named = rows.values_list("pk", "name", "short_name")
        rows = rows.filter(pk__in=[pk for pk, name, short in named if sought in for_search(f"{name}\n{short}")])
    return rows


@dataclasses.dataclass(frozen=True, slots=True)
class PostFilter:
    """What the list of posts shows. ``state``: held, coming, ended, or '' for all."""

    text: str = ""
    role: str = ""
    unit_id: int | None = None
    state: str = "held"


def posts(by: Actor, wanted: PostFilter, *, at: datetime) -> QuerySet[Post]:
    """Return the posts of a list, unsorted."""
    rows = visible_posts(by).select_related("user", "organisation", "grid", "compound")
    day = today(at)
    if wanted.role:
        rows = rows.filter(role=wanted.role)
    if wanted.unit_id is not None:
        rows = rows.filter(organisation_id=wanted.unit_id)
    if wanted.state:
        rows = rows.filter(post_state(wanted.state, day))
    if wanted.text:
        sought = for_search(wanted.text)
        named = rows.values_list("pk", "user__name", "user__username", "organisation__name")
        rows = rows.filter(pk__in=[pk for pk, *words in named if any(sought in for_search(word) for word in words)])
    return rows


def post_state(state: str, day: date) -> Q:
    """Return the condition that a post is held, coming or ended on a day."""
    over = Q(until__isnull=False, until__lte=day)
    return {"held": Q(since__lte=day) & ~over, "coming": Q(since__gt=day) & ~over, "ended": over}.get(state, Q())


@dataclasses.dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list of accounts shows. ``state``: active, closed, locked, postless, or '' for all."""

    text: str = ""
    state: str = ""


def accounts(by: Actor, wanted: AccountFilter, *, at: datetime) -> QuerySet[User]:
    """Return the accounts of a list, unsorted."""
    rows = visible_accounts(by)
    if wanted.state == "active":
        rows = rows.filter(is_active=True)
    elif wanted.state == "closed":
        rows = rows.filter(is_active=False)
    elif wanted.state == "locked":
        rows = rows.filter(locked_until__gt=at)
    elif wanted.state == "postless":
        rows = rows.exclude(pk__in=Post.objects.filter(in_force(at)).values("user_id"))
    if wanted.text:
        sought = for_search(wanted.text)
        named = rows.values_list("pk", "name", "username")
        found = [pk for pk, *words in named if any(sought in for_search(word) for word in words)]
        rows = rows.filter(Q(pk__in=found) | Q(phone_blind=phone_index(wanted.text) or "-"))
    return rows


def held_posts(users: Sequence[int], *, at: datetime) -> dict[int, list[Post]]:
    """Return the posts in force of some accounts, by account (one statement)."""
    found: dict[int, list[Post]] = {pk: [] for pk in users}
    rows = Post.objects.filter(in_force(at), user_id__in=users).select_related("organisation", "grid").order_by("id")
    for post in rows:
        found[post.user_id].append(post)
    return found


def phone_index(text: str) -> str:
    """Return the index of a phone number as somebody typed it, or the empty string if it is none."""
    try:
        return blind(normal_phone(text), purpose="phone")
    except ValueError:
        return ""


def typed_name(text: str) -> str:
    """Return a user name or phone number, as somebody typed it, in the form under which tries are counted: one for all spellings of it.

    It depends on what was typed alone, never on whether there is such an account, or which.
    """
    typed = for_search(" ".join(text[:100].split()))
    try:
        return normal_phone(typed)
    except ValueError:
        return typed


def account_by(text: str) -> User | None:
    """Return the account with this user name or phone number, typed by a person."""
    try:
        typed = clean(text, limit=100, lines=False)
    except ValidationError:
        return None
    if not typed:
        return None
    found = list(User.objects.filter(username__in={typed, for_search(typed)})[:2])
    if not found and (index := phone_index(typed)):
        found = list(User.objects.filter(phone_blind=index)[:1])
    return next((user for user in found if user.username == typed), found[0] if found else None)


def sessions_of(user: User, *, at: datetime) -> list[Session]:
    """Return the browsers in which somebody is signed in, the latest first."""
    return list(Session.objects.filter(user=user, expire_date__gt=at).order_by("-created_at", "-expire_date"))


def tied_since(user: User) -> datetime | None:
    """Return since when WeChat signs in to an account, None where it does not."""
    rows = ExternalIdentity.objects.filter(user_id=user.pk, issuer=wechat.ISSUER)
    return rows.order_by("tied_at", "pk").values_list("tied_at", flat=True).first()


@dataclasses.dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that the sign-in page of a demonstration offers."""

    username: str
    password: str
    title: str


def demo_accounts() -> list[DemoAccount]:
    """Return the accounts of the demonstration, and none where this is not one."""
    if not settings.LINLI_DEMO:
        return []

    def load() -> list[DemoAccount]:
        value = Setting.objects.filter(key="demo_sign_ins").values_list("value", flat=True).first()
        rows = value if isinstance(value, list) else []
        return [DemoAccount(str(row["username"]), str(row["password"]), str(row["title"])) for row in rows]

    return remember("orgs:demo_sign_ins", load)


def needs_second_factor(user: User, roles: Iterable[str]) -> bool:
    """Whether an account with these roles must be signed in to with a second factor here (no statement but for settings, which are kept)."""
    held = list(roles)
    if not held:
        return False
    demonstration = any(account.username == user.username for account in demo_accounts())
    for_all = bool(setting("require_second_factor"))
    return policies.needs_second_factor(held, required_for_all=for_all, demonstration=demonstration)


def setting(key: str, default: object = None) -> object:
    """Return a setting of the installation (at most a few seconds old)."""

    def load() -> object:
        return Setting.objects.filter(key=key).values_list("value", flat=True).first()

    value = remember(f"orgs:setting:{key}", load)
    return default if value is None else value
