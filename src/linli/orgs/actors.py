"""Who is acting: a person with the posts that they hold today, a reporter without an account, or the clock."""

import dataclasses
from datetime import date, datetime

from django.db.models import Q

from linli.kernel.display import local
from linli.kernel.prepared import Prepared
from linli.orgs.enums import MANAGING_ROLES, OVERSEEING_ROLES, ROLES
from linli.orgs.models import Post, User
from linli.orgs.units import Unit, units
from linli.places.enums import CODE_LENGTHS, Level


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """A post held today."""

    id: int
    role: str
    unit: Unit
    grid_id: int | None
    compound_id: int | None

    @property
    def prefix(self) -> str:
        """The leading digits of every division code inside this post's place."""
        return self.unit.division_code[: CODE_LENGTHS[Level(self.unit.level)]]

    @property
    def head(self) -> bool:
        return ROLES[self.role].head

    def covers(self, division_code: str) -> bool:
        """Whether a division lies inside this post's place."""
        return division_code.startswith(self.prefix)


@dataclasses.dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something. ``key`` stands for a reporter's browser, ``cases`` for those opened by code: four digits, which
    neighbours may know (see ``proven``); ``system`` is the clock."""

    user_id: int | None = None
    name: str = ""
    posts: tuple[Held, ...] = ()
    key: str = ""
    cases: frozenset[str] = frozenset()
    system: bool = False

    @property
    def staff(self) -> bool:
        return bool(self.posts)

    @property
    def proven(self) -> "Actor":
        """The same person without what they only opened by a code: that lets them read and answer, and gives no other right."""
        return dataclasses.replace(self, cases=frozenset()) if self.cases else self

    @property
    def unit_ids(self) -> frozenset[int]:
        return frozenset(post.unit.id for post in self.posts)

    @property
    def grid_ids(self) -> frozenset[int]:
        return frozenset(post.grid_id for post in self.posts if post.grid_id is not None)

    @property
    def overseen(self) -> tuple[str, ...]:
        """Prefixes of the places whose every case this person sees."""
        return tuple(
            sorted({post.prefix for post in self.posts if post.role in OVERSEEING_ROLES and post.unit.governs})
        )

    @property
    def managed(self) -> tuple[str, ...]:
        """Prefixes of the places whose configuration this person may change."""
        return tuple(sorted({post.prefix for post in self.posts if post.role in MANAGING_ROLES and post.unit.governs}))

    def post_in(self, unit_id: int | None) -> Held | None:
        """Return this person's post in a unit, the head's first."""
        found = [post for post in self.posts if post.unit.id == unit_id]
        return min(found, key=lambda post: not post.head, default=None)

    def has_role(self, *roles: str) -> bool:
        return any(post.role in roles for post in self.posts)


SYSTEM = Actor(system=True, name="系统")


def today(at: datetime) -> date:
    return local(at).date()


def in_force(at: datetime) -> Q:
    """The condition that a post is held on the local day of ``at``: from its first day, until before its last."""
    return on_day(today(at))


def on_day(day: date) -> Q:
    """The condition that a post is held on a local day."""
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gt=day)) & Q(organisation__active=True)


_posts_of = Prepared(
    lambda user, day: (
        Post.objects.filter(on_day(day), user_id=user, user__is_active=True)
        .order_by("id")
        .values_list("id", "role", "organisation_id", "grid_id", "compound_id")
    )
)


def actor_for(user: User, *, at: datetime, key: str = "", cases: frozenset[str] = frozenset()) -> Actor:
    """Return a user as an actor with the posts held at ``at`` (one statement)."""
    table = units()
    rows = _posts_of(user=user.pk, day=today(at))
    posts = tuple(
        Held(pk, role, table.by_id[unit_id], grid_id, compound_id)
        for pk, role, unit_id, grid_id, compound_id in rows
        if unit_id in table.by_id and role in ROLES
    )
    return Actor(user_id=user.pk, name=user.name, posts=posts, key=key, cases=cases)
