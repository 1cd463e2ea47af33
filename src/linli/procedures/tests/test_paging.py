"""Pages of a list: walked forwards and backwards they give every case once, in the order that Python's own sort gives."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.procedures import paging, queries
from linli.procedures.models import Case
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db

ROWS = st.lists(st.tuples(st.none() | st.integers(0, 3), st.integers(1, 4)), max_size=12)


def fill(town: Town, drawn: list[tuple[int | None, int]]) -> list[Case]:
    """Cases with the due hours and urgencies drawn, without their histories: only their order is looked at."""
    from linli.procedures.definitions import in_force

    Case.objects.all().delete()
    return Case.objects.bulk_create(
        [
            Case(
                code=f"T{number:03}-0000",
                version_id=in_force()["matter"].version_id,
                procedure="matter",
                title=f"第 {number} 件",
                urgency=urgency,
                step="accept",
                division=town.divisions["east"],
                division_code="990101001001",
                holder_unit=town.units["east"],
                holder_role="clerk",
                holder_level=5,
                due_at=None if hours is None else NOW + timedelta(hours=hours),
                created_at=NOW,
                entered_at=NOW,
            )
            for number, (hours, urgency) in enumerate(drawn)
        ]
    )


def oracle(order: str, cases: list[Case]) -> list[str]:
    def due(case: Case) -> tuple[bool, Any]:
        return case.due_at is None, case.due_at or NOW

    keys = {
        "due": lambda case: (due(case), case.pk.hex),
        "urgency": lambda case: (case.urgency, due(case), case.pk.hex),
        "newest": lambda case: -case.pk.int,
    }
    return [case.code for case in sorted(cases, key=keys[order])]


@pytest.mark.parametrize("order", paging.ORDERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=ROWS, size=st.integers(1, 5))
def test_pages_forwards_and_back_are_the_sorted_list(town: Town, order: str, drawn: Any, size: int) -> None:
    cases = fill(town, drawn)
    expected = oracle(order, cases)
    rows = Case.objects.all()
    page, pages = queries.page_of(rows, size=size, order=order), []
    assert page.previous == ""
    while True:
        pages.append([row["code"] for row in page.rows])
        if not page.next:
            break
        page = queries.page_of(rows, size=size, order=order, cursor=page.next)
    assert [code for codes in pages for code in codes] == expected
    back = []
    while page.previous:
        page = queries.page_of(rows, size=size, order=order, cursor=page.previous)
        back.append([row["code"] for row in page.rows])
    assert back == list(reversed(pages[:-1]))
    for place, code in enumerate(expected):
        case = next(one for one in cases if one.code == code)
        before, behind = expected[:place], expected[place + 1 :]
        around = (before[-1] if before else "", behind[0] if behind else "")
        assert queries.neighbours(rows, case, order=order) == around


@pytest.mark.parametrize(
    "cursor",
    ["x", "W10", "e30", "WzAsImR1ZSJd", "bnVsbA", "WzAsImR1ZSIsInllc3RlcmRheSIsIjEiXQ", "[" * 299, "/" * 400],
)
def test_a_cursor_of_somebody_else_is_refused(town: Town, cursor: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        queries.page_of(Case.objects.all(), cursor=cursor)


def test_a_cursor_of_another_order_is_refused(town: Town) -> None:
    fill(town, [(1, 1), (2, 2)])
    cursor = queries.page_of(Case.objects.all(), size=1, order="due").next
    with pytest.raises(ValueError, match="not a cursor"):
        queries.page_of(Case.objects.all(), cursor=cursor, order="newest")


def test_a_long_list_is_counted_only_so_far(town: Town) -> None:
    fill(town, [(1, 1)] * 5)
    assert queries.count_up_to(Case.objects.all(), most=5) == (5, True)
    assert queries.count_up_to(Case.objects.all(), most=4) == (4, False)
