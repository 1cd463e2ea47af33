"""Signing in by its actions: what lets in, what does not, and that nothing tells who has an account."""

from datetime import timedelta

import pyotp
import pytest
from django.core.exceptions import ValidationError

from linli.kernel import audit
from linli.kernel.crypto import blind, seal
from linli.kernel.limits import TooMany
from linli.orgs import channels, queries
from linli.orgs.actions import accounts, signing
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.models import PasswordLink, Session, SignInAttempt, User
from linli.orgs.signin import codes as codes_of_phones
from linli.orgs.signin import lockout
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
HERE = "10.0.0.1"


@pytest.fixture
def clerk(town: Town) -> User:
    user = town.users["clerk"]
    user.phone_sealed, user.phone_blind = seal("13900000001"), blind("13900000001", purpose="phone")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """A gateway that keeps what it was given."""
    kept: list[tuple[str, str]] = []

    class Gateway:
        def send(self, phone: str, text: str, key: str) -> None:
            kept.append((phone, text))

    monkeypatch.setattr(channels, "current", Gateway)
    return kept


def by_password(name="clerk", password=PASSWORD, address=HERE, at=NOW) -> User:
    return signing.sign_in_by_password(name=name, password=password, address=address, at=at)


def refusal(function, **arguments) -> str:
    with pytest.raises(NotSignedIn) as caught:
        function(**arguments)
    return caught.value.words


def test_by_name_or_phone_and_password(clerk: User) -> None:
    assert by_password() == clerk
    assert by_password(name=" 139 0000 0001 ") == clerk
    wrong = refusal(by_password, password="wrong")
    assert wrong == "用户名或密码不对。"
    assert refusal(by_password, name="nobody") == wrong
    assert refusal(by_password, name="clerk2") == wrong  # no usable password
    assert refusal(by_password, name="x" * 5000) == wrong
    assert refusal(by_password, name="\x00") == wrong
    assert refusal(by_password, password=PASSWORD + "x" * 5000) == wrong
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert refusal(by_password) == wrong


def test_known_and_unknown_names_are_locked_alike(clerk: User) -> None:
    for name in ("clerk", "nobody"):
        said = [refusal(by_password, name=name, password="wrong", address=name) for _number in range(6)]
        assert said[:4] == ["用户名或密码不对。"] * 4
        assert said[4] == said[5] == "试错的次数太多，请在 10:35 以后再试，或请单位管理员解锁。"
    assert refusal(by_password, address="elsewhere").startswith("试错的次数太多")
    clerk.refresh_from_db()
    assert (clerk.failed_count, clerk.locked_until) == (5, NOW + timedelta(minutes=15))
    assert by_password(at=NOW + timedelta(minutes=15)) == clerk
    clerk.refresh_from_db()
    assert (clerk.failed_count, clerk.locked_until) == (0, None)


def test_a_lock_does_not_tell_which_names_exist_nor_whose_a_number_is(clerk: User) -> None:
    # one spelling or another of the same name, known or not: locked alike
    for name in ("clerk", "nobody", "13900000001", "13900000009"):
        for _number in range(5):
            refusal(by_password, name=f" {name.upper()}", password="wrong", address=f"a{name}")
        assert refusal(by_password, name=name, password="wrong", address=f"b{name}").startswith("试错的次数太多")
    # whatever became of the name, its number answers as any other number does
    for phone in ("+86 139 0000 0001", "139-0000-0009"):
        assert refusal(by_password, name=phone, password="wrong", address="c").startswith("试错的次数太多")
    accounts_key = lockout.name_key("clerk")
    SignInAttempt.objects.exclude(key=accounts_key).delete()
    for phone in ("13900000001", "13900000009"):
        assert refusal(by_password, name=phone, password="wrong", address="d") == "用户名或密码不对。"


def test_a_sender_who_asks_too_often_uses_up_nothing_of_the_phone_s(clerk: User, sent) -> None:
    for number in range(30):
        codes_of_phones.draw(phone=f"139000001{number:02d}", address="far", at=NOW)
    for _number in range(6):
        with pytest.raises(TooMany):
            codes_of_phones.draw(phone="13900000001", address="far", at=NOW)
    assert signing.send_code(phone="13900000001", address=HERE, at=NOW) == "13900000001"


def test_an_unknown_name_costs_a_hash_too(clerk: User, django_assert_num_queries, monkeypatch) -> None:
    hashed = []
    monkeypatch.setattr(signing, "make_password", lambda password: hashed.append(password))
    refusal(by_password, name="nobody", password="wrong")
    assert hashed == ["wrong"]
    with django_assert_num_queries(5):
        refusal(by_password, name="nobody2", password="wrong", address="a")
    with django_assert_num_queries(5):
        refusal(by_password, name="clerk", password="wrong", address="b")


def test_a_manager_unlocks(town: Town, clerk: User) -> None:
    for _number in range(5):
        refusal(by_password, password="wrong")
    accounts.unlock_account(user=clerk, by=town.actor("head"), at=NOW)
    assert by_password() == clerk


def code_of(sent: list[tuple[str, str]]) -> str:
    return "".join(sign for sign in sent[-1][1] if sign.isdigit())[:6]


def test_by_code_for_staff_and_for_residents_who_come_first(clerk: User, sent) -> None:
    assert signing.send_code(phone="+86 139-0000-0001", address=HERE, at=NOW) == "13900000001"
    assert signing.sign_in_by_code(phone="13900000001", code=code_of(sent), address=HERE, at=NOW) == clerk
    signing.send_code(phone="13900000002", address=HERE, at=NOW)
    made = signing.sign_in_by_code(phone="139 0000 0002", code=f" {code_of(sent)} ", address=HERE, at=NOW)
    assert (made.name, made.label, made.has_usable_password()) == ("", "139****0002", False)
    assert "13900000002" not in made.username + made.phone_blind
    later = NOW + timedelta(minutes=2)
    signing.send_code(phone="13900000002", address=HERE, at=later)
    assert signing.sign_in_by_code(phone="13900000002", code=code_of(sent), address=HERE, at=later) == made
    with pytest.raises(ValidationError):
        signing.send_code(phone="call me", address=HERE, at=NOW)


def test_wrong_codes_lock_the_phone(clerk: User, sent) -> None:
    signing.send_code(phone="13900000001", address=HERE, at=NOW)
    right = code_of(sent)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    arguments = {"phone": "13900000001", "address": HERE, "at": NOW}
    said = [refusal(signing.sign_in_by_code, code=wrong, **arguments) for _number in range(5)]
    assert said[0] == "验证码不对，或者已经过期。"
    assert said[4].startswith("试错的次数太多")
    assert refusal(signing.sign_in_by_code, code=right, **arguments).startswith("试错的次数太多")


def test_a_code_opens_no_closed_account(clerk: User, sent) -> None:
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    signing.send_code(phone="13900000001", address=HERE, at=NOW)
    arguments = {"phone": "13900000001", "code": code_of(sent), "address": HERE, "at": NOW}
    assert "已停用" in refusal(signing.sign_in_by_code, **arguments)


def test_the_log_shows_codes_in_a_demonstration_only(caplog, settings, db) -> None:
    caplog.set_level("INFO")
    channels.LogChannel().send("13900000001", "您的验证码是 123456", "k")
    assert "123456" not in caplog.text and "13900000001" not in caplog.text
    assert not channels.ready()
    settings.LINLI_DEMO = True
    channels.LogChannel().send("13900000001", "您的验证码是 123456", "k")
    assert "123456" in caplog.text
    assert channels.ready()


def second(clerk: User) -> tuple[str, list[str]]:
    secret = pyotp.random_base32()
    now = pyotp.TOTP(secret).at(NOW)
    with pytest.raises(ValidationError):
        signing.set_up_second_factor(user=clerk, secret=secret, code="000000" if now != "000000" else "1", at=NOW)
    return secret, signing.set_up_second_factor(user=clerk, secret=secret, code=now, at=NOW)


def check(clerk: User, code: str, at=NOW) -> User:
    return signing.check_second_factor(user=clerk, code=code, address=HERE, at=at)


def test_a_one_time_password_is_good_once(clerk: User) -> None:
    secret, _codes = second(clerk)
    # the step that set it up is used already
    assert refusal(check, clerk=clerk, code=pyotp.TOTP(secret).at(NOW)).startswith("动态口令不对")
    later = NOW + timedelta(seconds=30)
    assert check(clerk, pyotp.TOTP(secret).at(later), at=later) == clerk
    refusal(check, clerk=clerk, code=pyotp.TOTP(secret).at(later), at=later)
    # an earlier step is refused after a later one
    refusal(check, clerk=clerk, code=pyotp.TOTP(secret).at(NOW), at=later)
    assert secret not in User.objects.get(pk=clerk.pk).totp_sealed


def test_recovery_codes_are_good_once_each(clerk: User) -> None:
    _secret, codes = second(clerk)
    assert len(codes) == 10
    assert check(clerk, codes[3].lower()) == clerk
    refusal(check, clerk=clerk, code=codes[3])
    assert check(clerk, codes[4]) == clerk
    assert len(User.objects.get(pk=clerk.pk).recovery_hashes) == 8
    assert not set(codes) & set(User.objects.get(pk=clerk.pk).recovery_hashes)


def test_guessing_the_second_factor_locks_even_with_the_password(clerk: User) -> None:
    second(clerk)
    clerk.refresh_from_db()
    for number in range(5):
        assert by_password(address=f"pw{number}") == clerk
        refusal(check, clerk=clerk, code="nonsense")
    assert refusal(by_password, address="z").startswith("试错的次数太多")


def test_changing_the_password_ends_the_other_sessions(clerk: User) -> None:
    for key in ("here", "there"):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + timedelta(1), user=clerk)
    arguments = {"user": clerk, "keep_session": "here", "at": NOW}
    for old, new, field in (
        ("wrong", "a new long password", "password_old"),
        (PASSWORD, "short", "password_new"),
        (PASSWORD, "1234567890123", "password_new"),
        (PASSWORD, "x" * 300, "password_new"),
    ):
        with pytest.raises(ValidationError) as caught:
            signing.change_password(old=old, new=new, **arguments)
        assert list(caught.value.message_dict) == [field]
    signing.change_password(old=PASSWORD, new="䶮 is a rare sign", **arguments)
    assert [row.session_key for row in Session.objects.all()] == ["here"]
    assert by_password(password="䶮 is a rare sign") == clerk
    assert audit.history(clerk)[0].action == "change_password"


def test_a_link_sets_a_password_once(town: Town, clerk: User) -> None:
    first = accounts.make_password_link(user=clerk, by=town.actor("head"), at=NOW)
    token = accounts.make_password_link(user=clerk, by=town.actor("head"), at=NOW)
    assert signing.link_for(first, at=NOW) is None
    assert token not in str(list(PasswordLink.objects.values()))
    with pytest.raises(ValidationError):
        signing.set_password_by_link(token=token, new="short", at=NOW)
    assert signing.set_password_by_link(token=token, new="a new long password", at=NOW) == clerk
    assert by_password(password="a new long password") == clerk
    for used in (token, first, "nonsense"):
        assert "用过了" in refusal(signing.set_password_by_link, token=used, new="a new long password", at=NOW)
    late = accounts.make_password_link(user=clerk, by=town.actor("head"), at=NOW)
    assert signing.link_for(late, at=NOW + timedelta(days=3)) is None


def test_sessions_are_ended_one_or_all(clerk: User) -> None:
    for key in ("a", "b", "c"):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + timedelta(1), user=clerk)
    assert [row.session_key for row in queries.sessions_of(clerk, at=NOW + timedelta(2))] == []
    assert signing.end_sessions(user=clerk, keep="a", only="a") == 0
    assert signing.end_sessions(user=clerk, keep="a", only="b") == 1
    assert signing.end_sessions(user=clerk, keep="a") == 1
