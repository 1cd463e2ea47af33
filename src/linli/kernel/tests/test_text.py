"""Text from outside: numbers that are numbers, and what no database stores."""

import pytest

from linli.kernel.text import unsavable, whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("12345678901234567", 12345678901234567)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", ["", "²", "٣", "３", "-1", "+1", "1.0", " 1", "1\n", "1e3", "1_000", "9" * 18, "9" * 5000]
)
def test_anything_else_is_none(text: str) -> None:
    assert whole(text) is None


def test_how_many_digits_may_be_is_said_by_who_asks() -> None:
    assert (whole("99", digits=2), whole("100", digits=2)) == (99, None)


def test_nul_and_half_a_pair_cannot_be_stored() -> None:
    assert [unsavable("a\0"), unsavable("好", "\ud800"), unsavable("𠅤", "a\nb\x07"), unsavable()] == [
        True,
        True,
        False,
        False,
    ]
