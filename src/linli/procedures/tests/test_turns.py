"""The inbox lists what a person may go on with: held against the policy, case by case, for every member of staff."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.orgs.models import Post
from linli.procedures import queries
from linli.procedures.actions import decide, may_decide
from linli.procedures.definitions import in_force
from linli.procedures.enums import PERSON_ROLES
from linli.procedures.models import Case
from linli.procedures.policies import holds
from linli.procedures.queries import Filter
from linli.procedures.tests.test_engine_second import second
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db

# everybody who works for the units that hold the cases below, and one who does not
STAFF = ("clerk", "clerk2", "head", "grid", "worker", "housing", "housing_head", "west_clerk", "street_supervisor")
DRAWN = st.lists(
    st.fixed_dictionaries(
        {
            "unit": st.sampled_from(["east", "housing", "street"]),
            "role": st.sampled_from(
                ["clerk", "handler", "grid_leader", "grid_worker", "supervisor", "reporter", "public"]
            ),
            "user": st.sampled_from([None, None, "clerk", "clerk2", "grid", "housing"]),
            "grid": st.sampled_from([None, "east1", "east2"]),
            "standing": st.sampled_from(["", "", "suspended", "pending"]),
            "due": st.none() | st.integers(-2, 20),
        }
    ),
    max_size=12,
)


def fill(town: Town, drawn: list[dict[str, Any]]) -> None:
    """Cases held as drawn, without histories: only whose turn it is is looked at."""
    Case.objects.all().delete()
    Case.objects.bulk_create(
        [
            Case(
                code=f"T{number:03}-0000",
                version_id=in_force()["matter"].version_id,
                procedure="matter",
                title=f"第 {number} 件",
                step="accept",
                division=town.divisions["east"],
                division_code="990101001001",
                holder_unit=town.units[one["unit"]],
                holder_role=one["role"],
                holder_user=town.users[one["user"]] if one["user"] and one["role"] not in PERSON_ROLES else None,
                holder_level=5,
                grid=town.grids[one["grid"]] if one["grid"] else None,
                suspended=one["standing"] == "suspended",
                pending={"unit": 0, "role": "", "by": 0} if one["standing"] == "pending" else None,
                due_at=None if one["due"] is None else NOW + timedelta(hours=one["due"]),
                created_at=NOW,
                entered_at=NOW,
            )
            for number, one in enumerate(drawn)
        ]
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=DRAWN)
def test_lists_and_counts_are_what_the_policy_says_of_each_case(town: Town, drawn: list[dict[str, Any]]) -> None:
    fill(town, drawn)
    midnight = queries.end_of_day(NOW)
    for name in STAFF:
        by = town.actor(name)
        held = [case for case in Case.objects.order_by("code") if case.holder_unit_id in by.unit_ids]
        todo = [case for case in held if holds(by, case) and not case.suspended and case.pending is None]
        waiting = [case for case in held if case.held_by_person]
        others = [case for case in held if case not in todo and case not in waiting]
        for whose, expected in (("todo", todo), ("waiting", waiting), ("others", others), ("unit", held)):
            rows = queries.inbox(by, Filter(whose=whose), at=NOW)
            assert sorted(rows.values_list("code", flat=True)) == [case.code for case in expected], (name, whose)
        assert {row["code"] for row in queries.first_page(by, at=NOW).rows} == {case.code for case in todo}, name
        assert queries.counts(by, at=NOW) == {
            "unit": len(held),
            "todo": len(todo),
            "overdue": sum(case.due_at is not None and case.due_at < NOW for case in todo),
            "today": sum(case.due_at is not None and NOW <= case.due_at < midnight for case in todo),
            "mine": sum(case.holder_user_id == by.user_id for case in held),
            "waiting": len(waiting),
            "others": len(others),
            "approve": 0,
        }, name


def test_what_waits_for_a_second_person_is_listed_for_those_who_may_decide(town: Town) -> None:
    case = second(town, "supervisor of street")
    Post.objects.create(
        user=town.users["clerk2"],
        role="supervisor",
        organisation=town.units["street"],
        since=NOW.date() - timedelta(days=9),
    )
    for name in (*STAFF, "street_head", "dispatcher", "far_dispatcher"):
        by = town.actor(name)
        listed = queries.inbox(by, Filter(whose="approve"), at=NOW).filter(pk=case.pk).exists()
        assert (listed, queries.counts(by, at=NOW)["approve"]) == (may_decide(by, case), int(listed)), name
    assert queries.counts(town.actor("clerk"), at=NOW) == dict.fromkeys(
        ("todo", "overdue", "today", "mine", "waiting", "approve"), 0
    ) | {"unit": 1, "others": 1}
    decide(case_id=case.pk, approve=False, by=town.actor("street_supervisor"), at=NOW, reason="材料不够")
    assert queries.counts(town.actor("clerk"), at=NOW)["todo"] == 1
    assert queries.counts(town.actor("street_supervisor"), at=NOW)["approve"] == 0


def test_all_counts_are_one_statement_and_the_first_page_another(town: Town) -> None:
    fill(town, [{"unit": "east", "role": "clerk", "user": None, "grid": "east1", "standing": "", "due": 3}] * 8)
    for name in ("clerk", "head", "grid"):
        by = town.actor(name)
        queries.counts(by, at=NOW)
        with CaptureQueriesContext(connection) as found:
            queries.counts(by, at=NOW)
            queries.first_page(by, at=NOW)
        assert len(found) == 2


def test_what_has_ended_waits_for_nobody(town: Town) -> None:
    fill(town, [{"unit": "east", "role": "reporter", "user": None, "grid": None, "standing": "", "due": None}])
    Case.objects.update(state="ended", ended_at=NOW, outcome="settled")
    for whose in ("todo", "waiting", "others", "approve", "unit"):
        assert queries.inbox(town.actor("clerk"), Filter(whose=whose, state="ended"), at=NOW).count() == 1
        assert queries.inbox(town.actor("west_clerk"), Filter(whose=whose, state="ended"), at=NOW).count() == 0
