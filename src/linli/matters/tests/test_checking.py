"""What waits to be read before it becomes public: all of it counted, what is worked on first, and what was covered seen."""

from datetime import UTC, datetime, timedelta

import pytest

from linli.matters.checking import MOST, MOST_COMPARED, compared, waiting
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.matters.tests.test_desk_pages import report, sign_in, words
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def test_all_are_counted_and_open_matters_come_first(town: Town, now: datetime) -> None:
    made = [report(town, now - timedelta(minutes=MOST + 3 - number)) for number in range(MOST + 3)]
    done = made[0].case
    done.state, done.outcome, done.ended_at = "ended", "settled", now
    done.save()
    rows, total = waiting(town.actor("clerk", now))
    assert total == MOST + 3
    assert [row.matter.pk for row in rows] == [matter.pk for matter in made[1 : MOST + 1]]
    page = sign_in(town, "clerk").get("/desk/checking/").content.decode()
    assert f'<h1>公开核对<span class="num">{MOST + 3}</span></h1>' in page
    assert f"先看这 {MOST} 件，还在办的在前" in words(page)
    Matter.objects.update(public_state=PublicState.SHOWN)
    assert waiting(town.actor("clerk", now)) == ([], 0)


def test_what_was_covered_is_marked_in_the_original(town: Town, now: datetime) -> None:
    matter = report(town, now)
    Matter.objects.filter(pk=matter.pk).update(
        text="3栋402䶮先生，<b>电话13800138000</b>。", public_text="3栋***先生，<b>电话***</b>。"
    )
    page = sign_in(town, "clerk").get("/desk/checking/").content.decode()
    assert "3栋<mark>402䶮</mark>先生，&lt;b&gt;电话<mark>13800138000</mark>&lt;/b&gt;。" in page


def test_comparing_two_texts_keeps_every_character_and_is_bounded() -> None:
    assert compared("楼下路灯不亮", "楼下路灯不亮") == [("楼下路灯不亮", False)]
    assert compared("", "有字") == []
    assert compared("换掉全部", "別のもの") == [("换掉全部", True)]
    long = "一" * (MOST_COMPARED + 1)
    assert compared(long, "二") == [(long, False)]
    for text, public in (("甲乙丙丁甲乙", "乙丁乙"), ("𠅤404室", "𠅤***")):
        assert "".join(piece for piece, _covered in compared(text, public)) == text
