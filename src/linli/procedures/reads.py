"""What an act reads beside the case it locked: who holds posts, and the other cases of the family.

Acts read the database. Whoever plays many acts through before writing any (the demonstration city) gives them an object of the same
shape that answers from what it holds in memory, so that both are carried out by the same engine.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from linli.kernel.prepared import Prepared
from linli.orgs.actors import in_force
from linli.orgs.models import Post
from linli.procedures.enums import State
from linli.procedures.models import Case

if TYPE_CHECKING:
    from linli.procedures.work import Work

# organisation, role, user, grid
Present = tuple[int, str, int, int | None]


class Reads:
    """Reads of the database, one statement each."""

    def present(self, unit_ids: Sequence[int], roles: Sequence[str], at: datetime) -> list[Present]:
        """Return who holds one of these roles in one of these units at a moment."""
        rows = Post.objects.filter(
            in_force(at), organisation_id__in=unit_ids, role__in=roles, user__is_active=True
        ).values_list("organisation_id", "role", "user_id", "grid_id")
        return list(rows)

    def open_children(self, work: "Work", **which: Any) -> list[UUID]:
        """Return the ids of a case's open children, oldest first."""
        rows = Case.objects.filter(parent_id=work.case.pk, state=State.OPEN, **which).order_by("id")
        return list(rows.values_list("pk", flat=True))

    def joint(self, work: "Work") -> list[Case]:
        """Return the cases of the joint step that a case is at, as they now are in this act."""
        case = work.case
        rows = Case.objects.filter(
            parent_id=case.pk, parent_step=case.step, parent_visit=case.visit, beside=False
        ).order_by("id")
        return [work.kin[one.pk].case if one.pk in work.kin else one for one in rows]

    def runs_beside(self, case: Case, procedure: str) -> bool:
        """Whether a procedure is open beside a case."""
        return bool(_beside(case=case.pk, procedure=procedure))


_beside = Prepared(
    lambda case, procedure: Case.objects.filter(
        parent_id=case, procedure=procedure, beside=True, state=State.OPEN
    ).values_list("pk", flat=True)[:1]
)

DATABASE = Reads()
