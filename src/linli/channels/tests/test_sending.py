"""Handing over: once, again after a failure, never forgotten, never while somebody is not to be told."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest

from linli.channels import actions, gathering, jobs, sending, ways
from linli.channels.models import Choice, Message
from linli.channels.tests.people import PHONE, accepted, chosen, gateway, refusal, reported, resident  # noqa: F401
from linli.channels.tests.smtp import server  # noqa: F401
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def message(town: Town, gateway) -> Message:  # noqa: F811
    """A text that is due at NOW."""
    me = resident()
    chosen(me, way="sms", at_once=True)
    accepted(town, reported(town, me), at=NOW)
    assert gathering.gather(at=NOW) == 1
    return Message.objects.get()


def test_sent_once(message: Message, gateway) -> None:  # noqa: F811
    assert (sending.send_due(at=NOW), sending.send_due(at=NOW + timedelta(days=1))) == (1, 0)
    assert [(phone, key) for phone, _text, key in gateway.handed] == [(PHONE, str(message.pk))]


def test_killed_in_between_it_goes_out_again_under_the_same_key(message: Message, gateway) -> None:  # noqa: F811
    class Killed(BaseException):
        pass

    class Last:
        def send(self, phone: str, text: str, key: str) -> None:
            gateway.send(phone, text, key)
            raise Killed

    from linli.orgs import channels

    keep, channels.current = channels.current, Last
    try:
        with pytest.raises(Killed):
            sending.send_due(at=NOW)
    finally:
        channels.current = keep
    assert sending.send_due(at=NOW + timedelta(minutes=30)) == 0
    assert sending.send_due(at=NOW + timedelta(minutes=31)) == 1
    first, second = gateway.handed
    assert first == second
    assert sending.send_due(at=NOW + timedelta(days=1)) == 0


def test_tried_again_with_growing_pauses_and_then_given_up(message: Message, gateway) -> None:  # noqa: F811
    Message.objects.update(pierces=True)  # no night comes in between
    at, pauses = NOW, []
    for _try in range(sending.TRIES):
        gateway.refusals = [refusal()]
        assert sending.send_due(at=at) == 0
        message.refresh_from_db()
        pauses.append((message.next_at - at).total_seconds() / 60)
        at = message.next_at
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]
    assert (message.state, message.error, message.attempts) == ("failed", "the line is down", 13)
    assert sending.send_due(at=at + timedelta(days=1)) == 0


def test_an_administrator_sees_it_and_lets_it_be_tried_again(message: Message, gateway, town: Town, client) -> None:  # noqa: F811
    gateway.refusals = [refusal(final=True)]
    sending.send_due(at=NOW)
    Choice.objects.update(quiet_from=0, quiet_until=0)  # whatever the clock says while this runs
    client.force_login(town.users["admin"])
    page = client.get("/manage/notices/").content.decode()
    assert all(word in page for word in ("没发成", "the line is down", "139****0001"))
    assert PHONE not in page
    assert client.post("/manage/notices/", {"what": "again", "message": str(message.pk)}).status_code == 302
    assert sending.send_due(at=datetime.now(UTC) + timedelta(minutes=1)) == 1


def test_a_gateway_that_is_silent_is_left_alone_until_the_next_turn(town: Town, gateway) -> None:  # noqa: F811
    for number in range(5):
        me = resident(f"p-{number}", f"1390000000{number}")
        chosen(me, way="sms", at_once=True)
        accepted(town, reported(town, me), at=NOW)
    gathering.gather(at=NOW)
    gateway.refusals = [refusal() for _ in range(5)]
    assert sending.send_due(at=NOW) == 0
    assert (len(gateway.refusals), Message.objects.filter(attempts=0).count()) == (2, 2)


def test_not_in_the_quiet_hours(message: Message, gateway) -> None:  # noqa: F811
    night = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 21:00
    assert sending.send_due(at=night) == 0
    message.refresh_from_db()
    assert message.next_at == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    assert sending.send_due(at=message.next_at) == 1


@pytest.mark.parametrize("change", ["stop", "unproved", "closed"])
def test_whoever_is_not_to_be_told_any_more_is_not(message: Message, gateway, change: str) -> None:  # noqa: F811
    user = message.choice.user
    if change == "stop":
        actions.stop(choice=message.choice, at=NOW)
    else:
        user.phone_proved, user.is_active = change != "unproved", change != "closed"
        user.save()
    assert sending.send_due(at=NOW) == 0
    message.refresh_from_db()
    assert (message.state, message.text_sealed, gateway.handed) == ("dropped", "", [])


def test_one_job_sends_turn_after_turn_all_that_is_due(town: Town, gateway) -> None:  # noqa: F811
    choice = chosen(resident(), way="sms", quiet_from=0, quiet_until=0)
    count = 2 * sending.A_TURN + 1
    rows = [
        Message(choice=choice, way="sms", subject="x", notices=1, made_at=NOW, next_at=LONG_AGO) for _n in range(count)
    ]
    Message.objects.bulk_create(rows)
    assert jobs.deliver() == f"0 written, {count} sent"
    assert len({key for _phone, _text, key in gateway.handed}) == count


def test_sweeping_leaves_what_is_still_to_be_sent(message: Message) -> None:
    Message.objects.update(made_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert jobs.tidy() == "0 deleted"
    Message.objects.update(state="sent")
    assert jobs.tidy() == "1 deleted"


def test_a_mail_server_takes_it_refuses_it_for_now_or_for_good(server, settings) -> None:  # noqa: F811
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.LINLI_ADDRESS = "https://linli.example"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
    settings.DEFAULT_FROM_EMAIL = "notice@linli.example"
    ways.send_email("me@example.com", "【邻里】1 条新进展", "䶮𠅤", key="k1", stop="https://linli.example/s/")
    assert server.taken[0][0] == "<me@example.com>"
    assert "Message-ID: <k1@linli.example>" in server.taken[0][1]
    for answer, final in (("450 later", False), ("550 unknown", True)):
        server.answer = answer
        with pytest.raises(ways.NotSent) as refused:
            ways.send_email("you@example.com", "x", "y", key="k2")
        assert refused.value.final is final
        assert isinstance(refused.value.__cause__, smtplib.SMTPRecipientsRefused)
    server.close()
    with pytest.raises(ways.NotSent) as refused:
        ways.send_email("you@example.com", "x", "y", key="k3")
    assert refused.value.final is False


def test_without_a_mail_server_the_log_of_a_demonstration_shows_it(settings, caplog) -> None:
    caplog.set_level("INFO")
    settings.EMAIL_HOST, settings.LINLI_DEMO = "", True
    ways.send_email("me@example.com", "新进展", "办好了", key="k")
    assert "m***@example.com: 新进展\n办好了" in caplog.text
    caplog.clear()
    settings.LINLI_DEMO = False
    ways.send_email("me@example.com", "新进展", "办好了", key="k")
    assert "(not shown)" in caplog.text and "办好了" not in caplog.text
