"""Who may change and who may see the register of places. The area knows no posts: it asks for the prefixes that follow from them."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.policy import Decision, allow, deny


class Manager(Protocol):
    """Whoever changes places: ``managed`` holds the leading digits of every division code inside their places."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def managed(self) -> Sequence[str]: ...


class Viewer(Protocol):
    """Whoever looks at the register: those who manage or oversee a place."""

    @property
    def managed(self) -> Sequence[str]: ...
    @property
    def overseen(self) -> Sequence[str]: ...


def can_manage(by: Manager, division_code: str) -> Decision:
    """May ``by`` change the register of the place with this code?"""
    if any(division_code.startswith(prefix) for prefix in by.managed):
        return allow()
    if not by.managed:
        return deny(_("地方的登记由社区、街道的负责人或系统管理员修改，您的岗位只能查看。"))
    return deny(_("这个地方不在您管理的范围里。"))


def can_see(by: Viewer, division_code: str) -> Decision:
    """May ``by`` look at the register of the place with this code?"""
    if any(division_code.startswith(prefix) for prefix in prefixes(by)):
        return allow()
    return deny(_("这个地方不在您的岗位范围里。"))


def prefixes(by: Viewer) -> tuple[str, ...]:
    """Return the shortest prefixes that cover every place that ``by`` manages or oversees, sorted."""
    return shortest((*by.managed, *by.overseen))


def shortest(all_of: Iterable[str]) -> tuple[str, ...]:
    """Return the prefixes without those that lie inside another one, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(all_of)):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return tuple(kept)


def inside(some: Iterable[str], field: str = "code") -> Q:
    """Return the condition that a division code begins with one of the prefixes; nothing for none.

    As ranges, which both databases answer from the index of codes.
    """
    condition = Q(pk__in=())
    for prefix in some:
        condition |= Q(**{f"{field}__gte": prefix.ljust(12, "0"), f"{field}__lte": prefix.ljust(12, "9")})
    return condition
