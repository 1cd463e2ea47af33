"""From a notice to the message of whoever chose one: when, to whom, in which words, and what never leaves the house."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from linli.channels import gathering, sending
from linli.channels.models import Message, Waiting
from linli.channels.queries import stop_token
from linli.channels.tests.people import (  # noqa: F401
    EMAIL,
    PHONE,
    TEXT,
    accepted,
    chosen,
    dispatched,
    gateway,
    reported,
    resident,
)
from linli.kernel import outbox
from linli.kernel.crypto import unseal
from linli.kernel.models import Setting
from linli.matters.actions import report
from linli.orgs.actors import Actor
from linli.orgs.models import Post
from linli.procedures.models import Case, Notice
from linli.testing import NOW, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]
NINE = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)  # the next morning, in Shanghai
NIGHT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 23:30
EIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)


def turn(at: datetime) -> int:
    gathering.gather(at=at)
    return sending.send_due(at=at)


def test_a_resident_gets_one_mail_a_day_with_all_that_happened(town: Town) -> None:
    me = resident()
    choice = chosen(me)
    matter = reported(town, me)
    accepted(town, matter, at=NOW + timedelta(minutes=1))
    second = reported(town, me, at=NOW + timedelta(minutes=2))
    accepted(town, second, at=NOW + timedelta(minutes=3))
    assert (turn(NOW + timedelta(hours=1)), turn(NINE - timedelta(seconds=1)), turn(NINE)) == (0, 0, 1)
    (sent,) = mail.outbox
    code, other = (Case.objects.get(pk=one.pk).code for one in (matter, second))
    stop = f"https://linli.example/notices/stop/{stop_token(choice)}/"
    assert (sent.subject, sent.to, sent.from_email) == ("【邻里】2 条新进展", [EMAIL], "notice@linli.example")
    assert sent.body.split("\n") == [
        f"1. {code}　社区受理了（11月24日 10:21）",
        "   为什么告诉您：是您反映的。办结以后就不再来。",
        f"   https://linli.example/m/{code}/",
        "",
        f"2. {other}　社区受理了（11月24日 10:23）",
        "   为什么告诉您：是您反映的。办结以后就不再来。",
        f"   https://linli.example/m/{other}/",
        "",
        "登录以后看全部：https://linli.example/mine/",
        "",
        "-- ",
        "您选了用电子邮件收通知，每天汇总一次；急的马上发。",
        "改怎么收：https://linli.example/account/notices/",
        f"不想再收，打开这里按一下就停，不用登录：{stop}",
    ]
    headers = sent.message()
    assert headers["List-Unsubscribe"] == f"<{stop}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    message = Message.objects.get()
    assert headers["Message-ID"] == f"<{message.pk}@linli.example>"
    # nothing of it is kept, and it is told once
    assert (message.state, message.text_sealed, Waiting.objects.count()) == ("sent", "", 0)
    assert turn(NINE + timedelta(days=1)) == 0


def test_who_proved_the_number_that_was_left_is_told_without_having_reported_from_the_account(town: Town) -> None:
    chosen(resident(), at_once=True)
    chosen(resident("p-other", "13900000002"), at_once=True)
    unproved = resident("p-third", "13900000003")
    unproved.phone_proved = False
    unproved.save()
    chosen(unproved, at_once=True)
    for number, phone in enumerate((PHONE, "13900000003")):
        by = Actor(key=f"a browser {number}")
        matter = report(text=TEXT, place=town.place(), by=by, at=NOW, starter_key=by.key, name="张三", phone=phone)
        accepted(town, matter, at=NOW)
    assert turn(NOW) == 1
    assert "是您反映的" in mail.outbox[0].body
    assert [one.choice.user.username for one in Message.objects.all()] == ["p-me"]


def test_a_turn_that_was_missed_is_caught_up_in_one_message(town: Town) -> None:
    me = resident()
    chosen(me)
    accepted(town, reported(town, me), at=NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=1)
    accepted(town, reported(town, me, at=later), at=later + timedelta(minutes=1))
    assert turn(NINE + timedelta(days=3)) == 1
    assert [sent.subject for sent in mail.outbox] == ["【邻里】2 条新进展"]


def test_a_text_says_how_many_and_nothing_else(town: Town, gateway) -> None:  # noqa: F811
    me = resident()
    choice = chosen(me, way="sms", at_once=True)
    matter = reported(town, me)
    accepted(town, matter, at=NOW + timedelta(minutes=1))
    assert turn(NOW + timedelta(minutes=2)) == 1
    stop = f"https://linli.example/notices/stop/{stop_token(choice)}/"
    words = f"【邻里】1 条新进展，登录后看：https://linli.example/mine/ 。您选了短信通知才有这条；不想再收：{stop}"
    assert gateway.handed == [(PHONE, words, str(Message.objects.get().pk))]


def test_a_unit_is_told_to_those_of_it_who_chose(town: Town) -> None:
    for name in ("housing", "housing_head", "clerk", "water"):
        chosen(town.users[name], at_once=True, email_sealed="")
    me = resident()
    matter = reported(town, me)
    accepted(town, matter, at=NOW)
    dispatched(town, matter, by="clerk", at=NOW)
    assert set(Waiting.objects.values_list("choice__user__username", flat=True)) == {"housing", "housing_head"}
    gathering.gather(at=NOW)
    code = Case.objects.get(pk=matter.pk).code
    (text,) = {unseal(one.text_sealed).partition("登录以后")[0] for one in Message.objects.all()}
    # no title, no name, no number
    assert text.startswith(f"1. {code}　")
    assert not any(word in text for word in ("路灯", "张三", PHONE, TEXT))
    assert f"https://linli.example/desk/cases/{code}/" in text


def test_who_left_the_post_or_looked_already_is_told_nothing(town: Town) -> None:
    for name in ("housing", "clerk"):
        chosen(town.users[name], at_once=True)
    matter = reported(town, resident(), category="lift")
    outbox.drain(at=NOW)
    assert list(Waiting.objects.values_list("choice__user__username", flat=True)) == ["clerk"]
    Post.objects.filter(user=town.users["clerk"]).update(until=date(2026, 11, 24))
    assert turn(NOW) == 0
    Post.objects.filter(user=town.users["clerk"]).update(until=None)
    accepted(town, matter, at=NOW)
    dispatched(town, matter, by="clerk", at=NOW)
    assert Waiting.objects.count() == 1
    Notice.objects.update(read_at=NOW)
    assert turn(NOW) == 0
    assert (Message.objects.count(), Waiting.objects.count(), mail.outbox) == (0, 0, [])


def test_urgent_comes_at_once_and_waits_for_the_end_of_the_quiet_hours(town: Town) -> None:
    clerk = town.users["clerk"]
    chosen(clerk)
    reported(town, resident(), at=NIGHT, category="lift")
    outbox.drain(at=NIGHT)
    assert (turn(NIGHT), turn(EIGHT - timedelta(seconds=1)), turn(EIGHT)) == (0, 0, 1)
    assert mail.outbox[0].subject == "【邻里】急：1 条新进展"


@pytest.mark.parametrize(("wanted", "at_night"), [(True, 1), (False, 0)])
def test_danger_comes_at_night_to_whoever_asked_for_it(town: Town, wanted: bool, at_night: int) -> None:
    chosen(town.users["clerk"], danger=wanted)
    reported(town, resident(), at=NIGHT, category="gas")
    outbox.drain(at=NIGHT)
    assert turn(NIGHT) == at_night
    assert turn(EIGHT) == 1 - at_night


def test_an_ordinary_one_waits_for_the_digest_where_an_urgent_one_does_not(town: Town) -> None:
    chosen(town.users["clerk"], urgent=False)
    reported(town, resident(), category="lift")
    outbox.drain(at=NOW)
    assert (turn(NOW), turn(NINE)) == (0, 1)


def test_of_a_confidential_case_only_that_there_is_something(town: Town) -> None:
    me = resident()
    chosen(me, at_once=True)
    matter = reported(town, me)
    Case.objects.filter(pk=matter.pk).update(restricted=True)
    accepted(town, matter, at=NOW)
    assert turn(NOW) == 1
    body = mail.outbox[0].body
    assert body.startswith("1. 一件不公开的办件有新进展")
    assert Case.objects.get(pk=matter.pk).code not in body


def test_without_a_way_it_waits_until_there_is_one(town: Town, settings) -> None:
    me = resident()
    chosen(me, at_once=True)
    accepted(town, reported(town, me), at=NOW)
    settings.EMAIL_HOST = ""
    assert (turn(NOW), Waiting.objects.count()) == (0, 1)
    settings.EMAIL_HOST = "mail.example"
    assert turn(NOW + timedelta(minutes=1)) == 1


def test_a_way_that_administrators_closed_is_not_used(town: Town) -> None:
    me = resident()
    chosen(me, at_once=True)
    Setting.objects.create(key="notice_ways", value={"email": False, "sms": True})
    accepted(town, reported(town, me), at=NOW)
    assert (turn(NOW), Waiting.objects.count()) == (0, 1)


def test_with_the_language_of_the_reader(town: Town) -> None:
    me = resident()
    chosen(me, at_once=True, language="en")
    accepted(town, reported(town, me), at=NOW)
    assert turn(NOW) == 1
    assert mail.outbox[0].subject == "[Linli] 1 piece of news"
    assert "You chose to be told by e-mail, as it happens." in mail.outbox[0].body


def test_written_and_let_wait_in_a_fixed_number_of_statements(town: Town, django_assert_num_queries) -> None:
    me = resident()
    chosen(me)
    matter = reported(town, me)
    accepted(town, matter, at=NOW)
    dispatched(town, matter, by="clerk", at=NOW)
    ids = list(Notice.objects.values_list("pk", flat=True))
    Waiting.objects.all().delete()
    # the notices, phones that were left, who chose, who holds a post, the rows
    with django_assert_num_queries(5):
        gathering.wait(ids, at=NOW)
    gathering.wait(ids, at=NOW)
    assert Waiting.objects.count() == 2
