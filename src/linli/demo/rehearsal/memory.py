"""What the engine reads during the rehearsal: posts and kin from memory. And everybody who acts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from linli.kernel.display import local
from linli.orgs.actors import Actor, Held
from linli.orgs.enums import ROLES
from linli.orgs.models import Post, User
from linli.orgs.units import units
from linli.procedures.enums import State
from linli.procedures.models import Case
from linli.procedures.reads import Present, Reads
from linli.procedures.work import Work

Kin = dict[UUID, Work]
# user, role, grid, first day, first day without
_Row = tuple[int, str, int | None, date, date | None]


class Memory(Reads):
    """Answers for cases that are only in memory. ``families`` holds the works of each family by its root's id."""

    def __init__(self) -> None:
        self.families: dict[UUID, Kin] = {}
        self._of_unit: dict[int, list[_Row]] = defaultdict(list)
        self._of_user: dict[int, list[tuple[int, int, _Row]]] = defaultdict(list)
        self._actors: dict[tuple[int, date], Actor] = {}
        self._present: dict[tuple[tuple[int, ...], str, date], list[Present]] = {}
        for post in Post.objects.order_by("id"):
            row = (post.user_id, post.role, post.grid_id, post.since, post.until)
            self._of_unit[post.organisation_id].append(row)
            self._of_user[post.user_id].append((post.pk, post.organisation_id, row))
        self.names = {pk: (username, name) for pk, username, name in User.objects.values_list("id", "username", "name")}
        self.ids = {username: pk for pk, (username, _name) in self.names.items()}

    def actor(self, user_id: int, at: datetime) -> Actor:
        """Return somebody with the posts of that day."""
        day = local(at).date()
        found = self._actors.get((user_id, day))
        if found is None:
            table = units().by_id
            posts = tuple(
                Held(pk, row[1], table[unit], row[2], None)
                for pk, unit, row in self._of_user[user_id]
                if _held(row, day) and row[1] in ROLES
            )
            found = Actor(user_id=user_id, name=self.names[user_id][1], posts=posts)
            self._actors[user_id, day] = found
        return found

    def holder_of(self, unit_id: int, role: str, at: datetime, grid_id: int | None = None) -> int:
        """Return the first who holds a role in a unit, else its head. KeyError if nobody is there."""
        day = local(at).date()
        inside = [row for row in self._of_unit[unit_id] if _held(row, day)]
        for wanted in (
            [row for row in inside if row[1] == role and (grid_id is None or row[2] == grid_id)],
            [row for row in inside if row[1] in ROLES and ROLES[row[1]].head],
        ):
            if wanted:
                return wanted[0][0]
        raise KeyError((unit_id, role))

    def present(self, unit_ids: Sequence[int], roles: Sequence[str], at: datetime) -> list[Present]:
        day = local(at).date()
        key = (tuple(unit_ids), roles[0], day)
        found = self._present.get(key)
        if found is None:
            found = [
                (unit, row[1], row[0], row[2])
                for unit in unit_ids
                for row in self._of_unit[unit]
                if row[1] in roles and _held(row, day)
            ]
            self._present[key] = found
        return found

    def open_children(self, work: Work, **which: Any) -> list[UUID]:
        return [one.pk for one in _children(work) if one.state == State.OPEN and _fits(one, which)]

    def joint(self, work: Work) -> list[Case]:
        case = work.case
        return [
            one
            for one in _children(work)
            if (one.parent_step, one.parent_visit) == (case.step, case.visit) and not one.beside
        ]

    def runs_beside(self, case: Case, procedure: str) -> bool:
        kin = self.families[case.root_id or case.pk]
        return any(
            one.beside and one.procedure == procedure and one.state == State.OPEN for one in _children(kin[case.pk])
        )


def _held(row: _Row, day: date) -> bool:
    return row[3] <= day and (row[4] is None or day < row[4])


def _children(work: Work) -> list[Case]:
    found = [one.case for one in work.kin.values() if one.case.parent_id == work.case.pk]
    return sorted(found, key=lambda one: one.pk)


def _fits(case: Case, which: dict[str, Any]) -> bool:
    return all(getattr(case, name) == value for name, value in which.items())
