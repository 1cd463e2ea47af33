"""The parts of signing in: waits, codes, one-time passwords, kept forms. Times are given, nothing waits."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.db import connection
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.limits import TooMany
from linli.orgs.models import PhoneCode, SignInAttempt
from linli.orgs.signin import codes, devices, lockout, resume, totp

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)


def minutes(*numbers: float) -> list[datetime]:
    return [AT + timedelta(minutes=number) for number in numbers]


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ([], None),
        (minutes(0, 1, 2, 3), None),
        (minutes(0, 0, 0, 0, 1, 16), None),
        (minutes(0, 1, 2, 3, 4), 4 + 15),
        (minutes(0, 4, 8, 12, 15), 15 + 15),
        (minutes(0, 4, 8, 12, 16), None),
        (minutes(0, 1, 2, 3, 4, 20, 21, 22, 23), None),
        (minutes(0, 1, 2, 3, 4, 20, 21, 22, 23, 24), 24 + 30),
        (minutes(*range(0, 10 * 60, 60)), 540 + 30),
        (minutes(*range(0, 15 * 60, 60)), 840 + 60),
        (minutes(*range(100)), 99 + 240),
    ],
)
def test_how_long_one_waits(failures, expected) -> None:
    until = AT + timedelta(minutes=expected) if expected is not None else None
    assert lockout.locked_until(failures, most=5) == until


@given(st.lists(st.integers(0, 24 * 60 - 1), max_size=60), st.integers(1, 30))
def test_more_failures_never_shorten_a_wait(at_minutes: list[int], most: int) -> None:
    failures = sorted(minutes(*at_minutes))
    for count in range(len(failures)):
        fewer = lockout.locked_until(failures[:count], most=most)
        more = lockout.locked_until(failures[: count + 1], most=most)
        if fewer is not None and failures[count] < fewer:  # at that moment the wait is over
            assert more is not None and more >= failures[count] + timedelta(minutes=15)


def fail(name: str, address: str, at: datetime) -> datetime | None:
    tried = lockout.begin(name=name, address=address, at=at)
    return tried.until


@pytest.mark.django_db
def test_names_wait_whether_or_not_they_exist_and_senders_wait_too() -> None:
    for number in range(5):
        assert fail("nobody", "10.0.0.1", AT + timedelta(seconds=number)) is None
    assert fail("NOBODY", "10.0.0.2", AT + timedelta(minutes=1)) == AT + timedelta(seconds=4, minutes=15)
    assert fail("somebody", "10.0.0.1", AT + timedelta(minutes=1)) is None
    assert fail("nobody", "10.0.0.1", AT + timedelta(minutes=16)) is None
    # what was not looked at is not counted: 5 + 1 + 1 tries, two keys each
    assert SignInAttempt.objects.count() == 14
    for number in range(30):
        fail(f"name{number}", "10.0.0.9", AT)
    assert fail("one more", "10.0.0.9", AT) == AT + timedelta(minutes=15)
    assert lockout.prune(at=AT + timedelta(days=2)) > 0
    assert not SignInAttempt.objects.exists()


@pytest.mark.django_db
def test_a_success_forgets_the_name_and_not_the_sender() -> None:
    for _number in range(4):
        fail("clerk", "10.0.0.1", AT)
    tried = lockout.begin(name="clerk", address="10.0.0.1", at=AT)
    lockout.succeeded(tried)
    assert lockout.after(tried, at=AT) == (0, None)
    assert SignInAttempt.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_are_all_counted() -> None:
    looked_at: list[bool] = []
    barrier = threading.Barrier(12)

    def attempt() -> None:
        barrier.wait()
        try:
            looked_at.append(fail("clerk", "10.0.0.1", AT) is None)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == 12
    assert sum(looked_at) <= 5
    assert SignInAttempt.objects.count() == 2 * sum(looked_at)


@pytest.mark.django_db
def test_a_code_is_good_once_for_five_minutes_and_five_tries() -> None:
    code = codes.draw(phone="13900000001", address="10.0.0.1", at=AT)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert not codes.use(phone="13900000002", code=code, at=AT)
    assert not codes.use(phone="13900000001", code=wrong, at=AT)
    assert codes.use(phone="13900000001", code=code, at=AT + timedelta(minutes=5))
    assert not codes.use(phone="13900000001", code=code, at=AT)
    assert code not in str(list(PhoneCode.objects.values()))
    late = codes.draw(phone="13900000001", address="10.0.0.1", at=AT + timedelta(minutes=1))
    assert not codes.use(phone="13900000001", code=late, at=AT + timedelta(minutes=6, seconds=1))
    tried = codes.draw(phone="13900000001", address="10.0.0.1", at=AT + timedelta(minutes=2))
    for _number in range(5):
        assert not codes.use(phone="13900000001", code="x", at=AT + timedelta(minutes=2))
    assert not codes.use(phone="13900000001", code=tried, at=AT + timedelta(minutes=2))


@pytest.mark.django_db
def test_the_last_code_counts() -> None:
    first = codes.draw(phone="13900000001", address="10.0.0.1", at=AT)
    codes.draw(phone="13900000001", address="10.0.0.1", at=AT + timedelta(minutes=1))
    assert not codes.use(phone="13900000001", code=first, at=AT + timedelta(minutes=1))


@pytest.mark.django_db
def test_how_often_codes_may_be_asked_for() -> None:
    codes.draw(phone="13900000001", address="10.0.0.1", at=AT)
    with pytest.raises(TooMany):
        codes.draw(phone="13900000001", address="10.0.0.2", at=AT + timedelta(seconds=5))
    for number in range(1, 6):
        codes.draw(phone="13900000001", address="10.0.0.1", at=AT + timedelta(minutes=number))
    with pytest.raises(TooMany):
        codes.draw(phone="13900000001", address="10.0.0.1", at=AT + timedelta(minutes=7))
    with pytest.raises(TooMany):
        for number in range(31):
            codes.draw(phone=f"1390000{number:04d}", address="10.0.0.7", at=AT)


def test_one_time_passwords_of_three_steps() -> None:
    secret = totp.new_secret()
    step = int(AT.timestamp()) // 30
    for shift, good in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = pyotp.TOTP(secret).generate_otp(step + shift)
        assert (totp.step_of(secret, code, at=AT) == step + shift) is good
    code = pyotp.TOTP(secret).generate_otp(step)
    assert totp.step_of(secret, f" {code[:3]} {code[3:]} ", at=AT) == step
    assert totp.step_of(secret, "", at=AT) is None
    assert totp.step_of(secret, "１２３４５６", at=AT) is None
    assert pyotp.parse_uri(totp.uri(secret, account="clerk", issuer="云溪市 邻里")).secret == secret
    svg = totp.qr_svg(totp.uri(secret, account="clerk", issuer="云溪市 邻里"))
    assert svg.startswith("<svg") and "style" not in svg and "<script" not in svg


def test_recovery_codes_may_be_typed_as_they_are_read() -> None:
    made = totp.new_recovery_codes()
    assert len(set(made)) == 10
    kept = totp.recovery_hash(7, made[0])
    assert totp.recovery_hash(7, made[0].lower().replace("-", " ").replace("1", "l").replace("0", "o")) == kept
    assert totp.recovery_hash(8, made[0]) != kept


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0",
            "Windows · Edge",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Mobile MicroMessenger/8.0", "iPhone · 微信"),
        ("Mozilla/5.0 (Linux; Android 13) Chrome/110.0 Mobile Safari/537.36", "安卓手机 · Chrome"),
        ("curl/8.0", ""),
    ],
)
def test_devices_in_words(agent: str, said: str) -> None:
    assert devices.words(agent) == said


def test_a_form_is_kept_as_it_was_typed_and_only_by_us() -> None:
    factory = RequestFactory()
    request = factory.post(
        "/desk/x/?a=1", {"csrfmiddlewaretoken": "t", "text": "买买提江·吐尔逊\n䶮", "many": ["1", "2"]}
    )
    kept = resume.unpack(resume.pack(request))
    assert kept is not None
    assert (kept.path, kept.files) == ("/desk/x/?a=1", [])
    assert kept.fields == [("text", "买买提江·吐尔逊\n䶮"), ("many", "1"), ("many", "2")]
    token = resume.pack(request)
    assert resume.unpack(token[:-2] + "xx") is None
    assert resume.unpack("") is None
    assert resume.pack(factory.post("/x/", {"password_new": "secret words"})) == ""
    assert resume.pack(factory.post("/x/", {"text": "长" * 20_000})) == ""
