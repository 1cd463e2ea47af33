"""What residents are told, they see: on the home page, among their own, on the matter's page; also when it was merged into another."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from linli.kernel import outbox
from linli.matters import news
from linli.matters.actions import report
from linli.matters.models import Matter, ReportDraft, UnitFigure
from linli.matters.tests.resident import TEXT, show
from linli.matters.tests.test_status_pages import do, done, handled, text_of
from linli.orgs.actors import Actor
from linli.procedures.models import Case, Notice
from linli.procedures.undoing import undo_end
from linli.testing import Town

pytestmark = pytest.mark.django_db


def reported(town: Town, client: Client, **contact: str) -> Matter:
    """Report from a browser, some hours ago, so that what the offices do afterwards lies before the pages are opened."""
    client.post("/report/", {"photo": []})
    key = ReportDraft.objects.order_by("-pk")[0].key
    at = datetime.now(UTC) - timedelta(hours=3)
    return report(text=TEXT, place=town.place(), by=Actor(key=key), at=at, starter_key=key, **contact)


def near(page: str) -> str:
    return page.partition('id="news"')[2].partition("</section>")[0]


def test_news_stands_on_the_home_page_until_the_matter_is_looked_at(town: Town) -> None:
    me = Client()
    matter = reported(town, me)
    assert 'id="news"' not in me.get("/").content.decode()
    handled(town, matter)
    outbox.drain()
    for path in ("/", "/mine/"):
        page = near(me.get(path).content.decode())
        assert page.index("交给临江区住建局办") < page.index("社区受理了")
        assert "是您反映的。办结以后就不再来。" in page
        assert f'href="/m/{matter.case.code}/"' in page
    assert 'id="news"' not in Client().get("/").content.decode()
    assert "上次看过以后" in text_of(me, matter)
    assert "上次看过以后" not in text_of(me, matter)
    assert 'id="news"' not in me.get("/").content.decode()


def test_a_phone_that_opened_it_by_code_has_the_news_too(town: Town) -> None:
    me, other = Client(), Client()
    matter = reported(town, me, pin="0427")
    other.post("/track/", {"code": matter.case.code, "digits": "0427"})
    handled(town, matter)
    outbox.drain()
    assert "交给临江区住建局办" in near(other.get("/").content.decode())


def test_what_one_did_oneself_is_no_news(town: Town) -> None:
    me = Client()
    matter = reported(town, me)
    done(town, matter)
    me.post(f"/m/{matter.case.code}/rate/", {"reached": "yes", "settled": "yes", "satisfied": "5"})
    me.post(f"/m/{matter.case.code}/reopen/", {"reason": "又坏了"})
    outbox.drain()
    assert "重新打开" not in near(me.get("/").content.decode())


def test_all_news_can_be_ticked_off_at_once(town: Town) -> None:
    me = Client()
    handled(town, reported(town, me))
    outbox.drain()
    assert me.post("/mine/read/").status_code == 302
    assert 'id="news"' not in me.get("/mine/").content.decode()
    assert not Notice.objects.exclude(key="").filter(read_at=None).exists()


def test_followers_are_told_once_of_each_step_and_read_nobodys_words(town: Town) -> None:
    me, neighbour = Client(), Client()
    matter = reported(town, me)
    show(matter)
    neighbour.post(f"/m/{matter.case.code}/follow/")
    do(town, matter, "clerk", "return", 10, reason="王建国家的电梯不归我们管")
    outbox.drain()
    assert list(Notice.objects.filter(why="follow").values_list("text", flat=True)) == ["returned"]
    page = near(neighbour.get("/").content.decode())
    assert "没有受理" in page
    assert "王建国" not in page
    assert "您跟进了这件事。在它的页面上点“不再跟进”，就不再来。" in page


def merged(town: Town, me: Client, neighbour: Client) -> tuple[Matter, Matter]:
    """A matter that goes on, and one merged into it."""
    target = reported(town, neighbour)
    source = reported(town, me)
    do(town, source, "clerk", "merge", 5, into=target.case.code)
    outbox.drain()
    return target, source


def test_both_reporters_are_told_of_a_merge_and_of_the_end(town: Town) -> None:
    me, neighbour = Client(), Client()
    target, source = merged(town, me, neighbour)
    assert "并入另一件同样的反映" in near(me.get("/").content.decode())
    assert "有一件同样的反映并了进来" in near(neighbour.get("/").content.decode())
    me.post("/mine/read/")
    show(target)
    done(town, target)
    outbox.drain()
    page = near(me.get("/").content.decode())
    assert "并入的那一件办好了，请您也评一评" in page
    assert "您反映的并入了那一件。" in page
    assert f'href="/m/{source.case.code}/"' in page
    page = text_of(me, source)
    assert "请您评三下" in page
    assert "换了门机，已经恢复运行。" in page
    assert f'href="/m/{target.case.code}/"' in page


def test_what_nobody_checked_of_the_other_matter_is_not_read(town: Town) -> None:
    me, neighbour = Client(), Client()
    target, source = merged(town, me, neighbour)
    Matter.objects.filter(pk=target.pk).update(public_text="没有核对过的话")
    done(town, target)
    page = text_of(me, source)
    assert "临江区住建局办完了" in page
    for secret in ("没有核对过的话", "换了门机", target.case.code):
        assert secret not in page


def test_the_reporter_of_a_merged_matter_rates_the_unit_that_handled_the_other(town: Town) -> None:
    me, neighbour = Client(), Client()
    target, source = merged(town, me, neighbour)
    path = f"/m/{source.case.code}/rate/"
    taps = {"reached": "yes", "settled": "yes", "satisfied": "4"}
    assert me.post(path, taps).status_code == 409
    done(town, target)
    assert me.post(path, taps).status_code == 302
    assert me.post(path, taps).status_code == 409
    outbox.drain()
    source.refresh_from_db()
    assert (source.reached, source.settled, source.satisfied) == (True, True, 4)
    assert Case.objects.get(pk=source.pk).outcome == "merged"
    assert Case.objects.get(pk=target.pk).step == "rate"
    figure = UnitFigure.objects.get(unit=town.units["housing"])
    assert (figure.rated, figure.settled, figure.satisfied) == (1, 1, 1)
    assert "您评过了" in text_of(me, source)


def test_not_settled_makes_it_a_matter_of_its_own_again(town: Town) -> None:
    me, neighbour = Client(), Client()
    target, source = merged(town, me, neighbour)
    done(town, target)
    answer = me.post(f"/m/{source.case.code}/rate/", {"reached": "no", "settled": "no", "satisfied": "1"})
    assert answer.status_code == 302
    case = Case.objects.get(pk=source.pk)
    assert (case.state, case.step, case.data["settled"]) == ("open", "assign", False)
    outbox.drain()
    source.refresh_from_db()
    assert (source.settled, source.links_out.get().undone_at is not None) == (False, True)
    assert UnitFigure.objects.get(unit=town.units["housing"]).rated == 1
    assert Case.objects.get(pk=target.pk).records.filter(action="merge_undone").count() == 1


def test_a_merge_taken_back_brings_no_more_news_of_the_other(town: Town) -> None:
    me, neighbour = Client(), Client()
    target, source = merged(town, me, neighbour)
    at = source.created_at + timedelta(minutes=8)
    undo_end(case_id=source.pk, by=town.actor("clerk"), at=at, reason="不是同一件")
    outbox.drain()
    assert "一件并进来的反映又分了出去" in near(neighbour.get("/").content.decode())
    before = len(news.unread(Actor(key=source.case.starter_key), at=at))
    done(town, target)
    outbox.drain()
    assert len(news.unread(Actor(key=source.case.starter_key), at=at)) == before
