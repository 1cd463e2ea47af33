"""The settings page, the link that stops, the management page; and what of it a person takes away or has erased."""

import re

import pytest
from django.core import mail
from django.test import Client

from linli.channels.models import Choice, Message
from linli.channels.queries import stop_token
from linli.channels.tests.people import EMAIL, PHONE, accepted, chosen, gateway, reported, resident  # noqa: F401
from linli.kernel.crypto import unseal
from linli.kernel.models import AuditEntry
from linli.orgs.actors import Actor
from linli.orgs.models import User
from linli.people import actions as people
from linli.people.queries import export_of
from linli.testing import NOW, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]
PAGE = "/account/notices/"
FORM = {
    "what": "choose",
    "way": "sms",
    "how": "digest",
    "hour": "18",
    "urgent": "1",
    "quiet_from": "22",
    "quiet_until": "7",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_somebody_chooses_and_sees_what_they_chose(town: Town) -> None:
    me = resident()
    client = signed_in(me)
    page = client.get(PAGE).content.decode()
    assert "139****0001" in page and PHONE not in page
    assert "安静时段也发" not in page
    assert client.post(PAGE, FORM).url == f"{PAGE}?said=kept"
    choice = Choice.objects.get(user=me)
    assert (choice.way, choice.at_once, choice.hour, choice.urgent) == ("sms", False, 18, True)
    assert (choice.quiet_from, choice.quiet_until, choice.danger, choice.language) == (22, 7, False, "zh-hans")
    page = client.get("/account/").content.decode()
    assert "有新进展，还用短信告诉您。" in page and f'href="{PAGE}"' in page
    # staff are asked about danger at night
    assert "安静时段也发" in signed_in(town.users["clerk"]).get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"way": "email"}, "请先在下面填好电子邮箱"),
        ({"way": "pigeon"}, "这里现在不能用这种方式通知"),
        ({"way": ""}, "这里现在不能用这种方式通知"),
        ({"hour": "24"}, "请选 0 点到 23 点"),
        ({"hour": "²"}, "请选 0 点到 23 点"),
        ({"quiet_from": ""}, "请选 0 点到 23 点"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(town: Town, change: dict[str, str], word: str) -> None:
    answer = signed_in(resident()).post(PAGE, FORM | {"hour": "17"} | change)
    page = answer.content.decode()
    assert (answer.status_code, word in page) == (422, True)
    assert 'value="22" selected' in page.replace("  ", " ") or "quiet_from" in change
    assert not Choice.objects.exclude(way="none").exists()


def test_a_number_that_was_not_proved_is_no_way(town: Town) -> None:
    me = resident()
    User.objects.filter(pk=me.pk).update(phone_proved=False)
    client = signed_in(me)
    assert "先用手机验证码登录一次" in client.get(PAGE).content.decode()
    assert client.post(PAGE, FORM).status_code == 422


def test_a_way_that_does_not_stand_is_not_offered_and_that_is_said(town: Town, settings) -> None:
    client = signed_in(resident())
    settings.EMAIL_HOST = ""
    page = client.get(PAGE).content.decode()
    assert "这里还没有接通：电子邮件。" in page
    assert 'value="email"' not in page
    assert client.post(PAGE, {"what": "email", "email": EMAIL}).status_code == 422
    settings.LINLI_ADDRESS = ""
    assert "这里还没有接通：电子邮件、短信。" in client.get(PAGE).content.decode()
    assert client.post(PAGE, FORM).status_code == 422


def test_an_address_is_proved_by_the_code_that_was_sent_there(town: Town) -> None:
    me = resident()
    client = signed_in(me)
    assert client.post(PAGE, {"what": "email", "email": "nonsense"}).status_code == 422
    assert client.post(PAGE, {"what": "email", "email": f" {EMAIL} "}).url == f"{PAGE}?said=sent"
    (sent,) = mail.outbox
    code = re.findall(r"\d{6}", sent.body)[0]
    assert sent.to == [EMAIL]
    wrong = "000000" if code != "000000" else "111111"
    assert client.post(PAGE, {"what": "code", "code": wrong}).status_code == 422
    # another account does not prove it
    assert signed_in(town.users["clerk"]).post(PAGE, {"what": "code", "code": code}).status_code == 422
    assert client.post(PAGE, {"what": "code", "code": f"{code[:3]} {code[3:]}"}).url == f"{PAGE}?said=proved"
    assert client.post(PAGE, {"what": "code", "code": code}).status_code == 422
    assert unseal(Choice.objects.get(user=me).email_sealed) == EMAIL
    assert client.post(PAGE, FORM | {"way": "email"}).status_code == 302
    client.post(PAGE, {"what": "forget"})
    choice = Choice.objects.get(user=me)
    assert (choice.way, choice.email_sealed, choice.asked_sealed) == ("none", "", "")


def test_a_code_has_five_tries_and_is_not_asked_for_without_end(town: Town) -> None:
    client = signed_in(resident())
    client.post(PAGE, {"what": "email", "email": EMAIL})
    code = re.findall(r"\d{6}", mail.outbox[0].body)[0]
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        assert client.post(PAGE, {"what": "code", "code": wrong}).status_code == 422
    assert client.post(PAGE, {"what": "code", "code": code}).status_code == 422
    answers = [client.post(PAGE, {"what": "email", "email": EMAIL}).status_code for _n in range(3)]
    assert answers == [302, 302, 429]


def test_the_link_stops_by_post_alone_without_signing_in(town: Town) -> None:
    me = resident()
    choice = chosen(me, at_once=True)
    accepted(town, reported(town, me), at=NOW)
    # neither cookies nor a token of a form: a mail program posts this by itself
    anybody = Client(enforce_csrf_checks=True)
    path = f"/notices/stop/{stop_token(choice)}/"
    for _look in range(2):
        page = anybody.get(path).content.decode()
        assert "您现在用电子邮件收通知" in page and EMAIL not in page
    choice.refresh_from_db()
    assert (choice.way, choice.waiting.count()) == ("email", 1)
    for _again in range(2):
        answer = anybody.post(path, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, "已经停了" in answer.content.decode()) == (200, True)
    choice.refresh_from_db()
    assert (choice.way, choice.waiting.count()) == ("none", 0)
    assert "已经停了" in anybody.get(path).content.decode()


def test_no_other_link_stops_anybody(town: Town) -> None:
    choice, other = chosen(resident()), chosen(town.users["clerk"])
    sign = stop_token(choice).partition("-")[2]
    for token in (
        f"{other.pk}-{sign}",
        f"{choice.pk}-",
        f"{choice.pk}",
        "x",
        f"²-{sign}",
        f"{choice.pk}-{sign}䶮",
        "9" * 90,
    ):
        assert Client().post(f"/notices/stop/{token}/").status_code == 404
    assert Choice.objects.filter(way="email").count() == 2


def test_administrators_say_which_ways_there_are(town: Town) -> None:
    admin, path = signed_in(town.users["admin"]), "/manage/notices/"
    assert "接通了" in admin.get(path).content.decode()
    assert admin.post(path, {"what": "allow", "email": "1"}).status_code == 302
    assert "这里还没有接通：短信。" in signed_in(resident()).get(PAGE).content.decode()
    assert AuditEntry.objects.get(subject_id="notice-ways").after == {"email": True, "sms": False}
    for name in ("clerk", "head", "street_head"):
        assert signed_in(town.users[name]).get(path).status_code == 403
        assert signed_in(town.users[name]).post(path, {"what": "again"}).status_code == 403


def test_it_is_taken_away_and_erased_with_the_account(town: Town) -> None:
    me = resident()
    choice = chosen(me)
    Message.objects.create(choice=choice, way="email", subject="x", notices=1, made_at=NOW, next_at=NOW)
    found = export_of(me, at=NOW)["notices"]
    assert (found["way"], found["email"], [one["subject"] for one in found["messages"]]) == ("email", EMAIL, ["x"])
    people.erase_account(user=me, by=Actor(user_id=me.pk), at=NOW)
    assert not Choice.objects.exists() and not Message.objects.exists()


def test_the_pages_ask_a_fixed_number_of_statements(town: Town, django_assert_num_queries) -> None:
    client = signed_in(town.users["admin"])
    choice = chosen(town.users["clerk"])
    for number in range(3):
        if number:
            rows = [
                Message(choice=choice, way="email", subject="x", notices=1, made_at=NOW, next_at=NOW) for _n in range(4)
            ]
            Message.objects.bulk_create(rows)
            Message.objects.update(state="failed")
        client.get("/manage/notices/")
        with django_assert_num_queries(7):
            client.get("/manage/notices/")
