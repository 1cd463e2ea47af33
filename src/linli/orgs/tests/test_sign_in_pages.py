"""The pages of signing in, clicked through: the session that comes of it, and what survives on the way."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.test import Client

from linli.kernel.crypto import blind, seal, unseal
from linli.kernel.models import Setting
from linli.orgs import channels
from linli.orgs.actions import accounts
from linli.orgs.models import Session, User
from linli.testing import Town

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
EDGE = "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    kept: list[str] = []

    class Gateway:
        def send(self, phone: str, text: str, key: str) -> None:
            kept.append("".join(re.findall(r"\d", text))[:6])

    monkeypatch.setattr(channels, "current", Gateway)
    monkeypatch.setattr(channels, "ready", lambda: True)
    return kept


def with_password(town: Town, name: str, phone: str = "") -> User:
    user = town.users[name]
    user.set_password(PASSWORD)
    if phone:
        user.phone_sealed, user.phone_blind = seal(phone), blind(phone, purpose="phone")
    user.save()
    return user


def enter(client: Client, name: str = "clerk", password: str = PASSWORD, **more):
    return client.post("/sign-in/", {"username": name, "password": password} | more, headers={"User-Agent": EDGE})


def signed_in(client: Client) -> str:
    return client.session.get("_auth_user_id", "")


def test_in_by_password_and_on_to_the_desk(town: Town, client: Client) -> None:
    user = with_password(town, "clerk")
    page = client.get("/sign-in/").content.decode()
    assert "用户名或手机号" in page and "手机验证码" not in page
    answer = enter(client)
    assert (answer.status_code, answer.url) == (302, "/desk/")
    assert signed_in(client) == str(user.pk)
    session = Session.objects.get(user=user)
    assert session.device == "Windows · Edge" and session.created_at is not None
    # a session that is saved again keeps its beginning
    store = client.session
    store["x"] = 1
    store.save()
    assert Session.objects.get(user=user).created_at == session.created_at
    assert client.get("/sign-in/").url == "/desk/"
    assert client.post("/sign-out/").status_code == 302
    assert not signed_in(client) and not Session.objects.filter(user=user).exists()


def test_a_session_known_before_does_not_come_along(town: Town, client: Client) -> None:
    with_password(town, "clerk")
    store = client.session
    store["planted"] = "yes"
    store.save()
    client.cookies["linli_session"] = store.session_key
    enter(client)
    assert client.session.session_key != store.session_key
    assert not Session.objects.filter(session_key=store.session_key).exists()


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/desk/?whose=mine", "/desk/?whose=mine"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
        ("/\\evil.example", "/desk/"),
        # no page, but the name of one, and of none
        ("abc", "/desk/"),
        ("orgs:account", "/desk/"),
        ("a.b", "/desk/"),
    ],
)
def test_only_pages_of_this_host_are_gone_on_to(town: Town, client: Client, target: str, goes_to: str) -> None:
    with_password(town, "clerk")
    assert "evil.example" not in client.get("/sign-in/", {"next": target}).content.decode()
    assert enter(client, next=target).url == goes_to


def test_a_wrong_password_keeps_the_name_and_tells_nothing(town: Town, client: Client) -> None:
    with_password(town, "clerk")
    for name in ("clerk", "nobody"):
        answer = enter(client, name, "wrong")
        assert answer.status_code == 422
        assert "用户名或密码不对。" in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode()
        assert "wrong" not in answer.content.decode()
    for _number in range(4):
        enter(client, "clerk", "wrong")
    assert "试错的次数太多" in enter(client, "clerk", "wrong").content.decode()
    assert "试错的次数太多" in enter(client, "clerk").content.decode()
    assert not signed_in(client)


def test_in_by_code(town: Town, client: Client, sent: list[str]) -> None:
    user = with_password(town, "clerk", "13900000001")
    answer = client.post("/sign-in/code/", {"phone": "139 0000 0001", "next": "/desk/?when=today"})
    page = answer.content.decode()
    assert 'value="13900000001"' in page and sent[0] not in page
    wrong = client.post("/sign-in/phone/", {"phone": "13900000001", "code": "x"})
    assert wrong.status_code == 422 and "验证码不对" in wrong.content.decode()
    again = client.post("/sign-in/code/", {"phone": "13900000001"})
    assert again.status_code == 429 and int(again.headers["Retry-After"]) <= 60
    assert 'name="code"' in again.content.decode()
    answer = client.post("/sign-in/phone/", {"phone": "13900000001", "code": sent[0], "next": "/desk/?when=today"})
    assert answer.url == "/desk/?when=today"
    assert signed_in(client) == str(user.pk)
    assert '<a class="alone" href="/sign-in/?with=phone&amp;next=/desk/%3Fwhen%3Dtoday">换个号码</a>' in page
    for typed in ("no phone", "1390000", "12345678901234", "+8613", "010 5555 1234"):
        answer = client.post("/sign-in/code/", {"phone": typed})
        assert answer.status_code == 422 and "手机号是 11 位数字" in answer.content.decode(), typed
        assert "验证码已发到" not in answer.content.decode()
    assert len(sent) == 1


def test_the_page_is_in_big_print_for_those_who_read_so_and_has_both_switches(town: Town, client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert 'data-mode="resident"' in page and 'name="mode" value="elder"' in page
    assert 'name="language" value="en"' in page
    client.cookies.load({"mode": "elder", "zoom": "120"})
    page = client.get("/sign-in/").content.decode()
    assert 'data-mode="elder" data-bs-theme="light" class="zoom-120"' in page
    assert 'name="mode" value="resident"' in page


def test_a_resident_comes_in_by_code_and_is_called_as_they_like(town: Town, client: Client, sent: list[str]) -> None:
    client.post("/sign-in/code/", {"phone": "13900000002"})
    answer = client.post("/sign-in/phone/", {"phone": "13900000002", "code": sent[0]})
    assert answer.url == "/"
    page = client.get("/account/").content.decode()
    assert "139****0002" in page and "13900000002" not in page and "我的任职" not in page
    assert client.post("/account/name/", {"name": "买买提江·吐尔逊"}).status_code == 302
    assert "买买提江·吐尔逊" in client.get("/account/?said=name").content.decode()
    assert client.post("/account/name/", {"name": "长" * 101}).status_code == 422
    assert client.get("/desk/").status_code == 403
    assert client.get("/manage/orgs/").status_code == 403


def test_staff_do_not_rename_themselves(town: Town, client: Client) -> None:
    client.force_login(town.users["clerk"])
    assert client.post("/account/name/", {"name": "别人"}).status_code == 422
    assert User.objects.get(username="clerk").name == "何晓兰"


def test_who_manages_sets_a_second_factor_up_at_the_first_sign_in(town: Town, client: Client) -> None:
    user = with_password(town, "head")
    answer = enter(client, "head", next="/manage/orgs/")
    assert answer.url == "/sign-in/enrol/"
    assert not signed_in(client)
    assert client.get("/desk/").status_code == 302
    page = client.get("/sign-in/enrol/").content.decode()
    assert "<svg" in page and "style=" not in page
    secret = unseal(client.session["totp_draft"])
    assert secret in page.replace(" ", "")
    assert client.post("/sign-in/enrol/", {"otp": "000"}).status_code == 422
    assert unseal(client.session["totp_draft"]) == secret
    page = client.post("/sign-in/enrol/", {"otp": pyotp.TOTP(secret).now()}).content.decode()
    assert len(re.findall(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", page)) == 10
    assert 'href="/manage/orgs/"' in page
    assert signed_in(client) == str(user.pk)
    assert "totp_draft" not in client.session


def test_a_second_factor_is_asked_for_before_anything_is_open(town: Town, client: Client) -> None:
    user = with_password(town, "clerk")
    secret = pyotp.random_base32()
    user.totp_sealed = seal(secret)
    user.save()
    assert enter(client, next="/desk/?whose=mine").url == "/sign-in/second/"
    assert client.get("/account/").status_code == 302
    assert client.get("/sign-in/enrol/").url == "/sign-in/second/"
    assert client.post("/sign-in/second/", {"otp": "nonsense"}).status_code == 422
    code = pyotp.TOTP(secret).now()
    answer = client.post("/sign-in/second/", {"otp": code})
    assert answer.url == "/desk/?whose=mine"
    assert signed_in(client) == str(user.pk)
    other = Client()
    enter(other)
    assert other.post("/sign-in/second/", {"otp": code}).status_code == 422


def test_the_second_step_does_not_wait_for_ever_nor_outlive_a_password(town: Town, client: Client) -> None:
    user = with_password(town, "head")
    enter(client, "head")
    store = client.session
    store["pending"] = store["pending"] | {"at": int((datetime.now(UTC) - timedelta(minutes=11)).timestamp())}
    store.save()
    assert client.get("/sign-in/enrol/").url == "/sign-in/"
    enter(client, "head")
    user.set_password("another long password")
    user.save()
    assert client.get("/sign-in/enrol/").url == "/sign-in/"
    assert Client().get("/sign-in/second/").url == "/sign-in/"


def test_a_setting_asks_all_staff_for_a_second_factor(town: Town, client: Client) -> None:
    with_password(town, "clerk")
    Setting.objects.create(key="require_second_factor", value=True)
    assert enter(client).url == "/sign-in/enrol/"


def test_the_demonstration_offers_its_accounts_without_second_factor(town: Town, client: Client, settings) -> None:
    with_password(town, "head")
    rows = [{"username": "head", "password": PASSWORD, "title": "东门社区书记"}]
    Setting.objects.create(key="demo_sign_ins", value=rows)
    assert "东门社区书记" not in client.get("/sign-in/").content.decode()
    settings.LINLI_DEMO = True
    page = client.get("/sign-in/").content.decode()
    assert "东门社区书记" in page and "手机验证码" in page
    assert enter(client, "head").url == "/desk/"


def test_what_was_written_survives_an_expired_session(town: Town, client: Client) -> None:
    user = with_password(town, "clerk")
    posted = {"text": "已联系电梯公司，下午三点到。䶮", "case": ["1", "2"]}
    answer = client.post("/desk/bulk/", posted)
    page = answer.content.decode()
    assert answer.status_code == 401 and "您写的内容没有丢" in page
    kept = re.search(r'name="resume" value="([^"]+)"', page)
    assert kept is not None
    # a wrong password on the way loses nothing
    page = enter(client, "clerk", "wrong", resume=kept[1]).content.decode()
    assert kept[1] in page
    answer = enter(client, resume=kept[1])
    assert answer.url == "/sign-in/resume/"
    page = client.get("/sign-in/resume/").content.decode()
    assert 'action="/desk/bulk/"' in page and page.count("已联系电梯公司，下午三点到。䶮") == 2
    assert page.count('name="case"') == 2
    assert signed_in(client) == str(user.pk)
    assert client.post("/sign-in/resume/").url == "/desk/"
    assert client.get("/sign-in/resume/").url == "/desk/"


def test_a_forged_form_is_not_kept(town: Town, client: Client) -> None:
    with_password(town, "clerk")
    answer = enter(client, resume="forged:text:here")
    assert answer.url == "/sign-in/resume/"
    assert client.get("/sign-in/resume/").url == "/desk/"
    answer = Client(enforce_csrf_checks=True).post("/desk/bulk/", {"text": "x"})
    assert answer.status_code == 403


def test_parts_of_a_page_lead_to_the_sign_in(town: Town, client: Client) -> None:
    answer = client.get("/desk/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/?a=1"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in/?next=http%3A%2F%2Ftestserver%2Fdesk%2F%3Fa%3D1"


def test_sessions_are_seen_and_ended(town: Town, client: Client) -> None:
    user = with_password(town, "clerk")
    other = Client()
    enter(client)
    enter(other)
    page = client.get("/account/").content.decode()
    assert page.count("Windows · Edge") == 2
    for session in Session.objects.filter(user=user):
        assert session.session_key not in page
    (session_id,) = re.findall(r'name="session" value="(\w+)"', page)
    client.post("/account/sessions/", {"session": session_id})
    assert other.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200
    enter(other)
    client.post("/account/sessions/", {"all": "1"})
    assert other.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(town: Town, client: Client) -> None:
    with_password(town, "clerk")
    other = Client()
    enter(client)
    enter(other)
    form = {"password_old": PASSWORD, "password_new": "a new long password", "password_again": "different"}
    assert client.post("/account/password/", form).status_code == 422
    form["password_again"] = form["password_new"]
    assert client.post("/account/password/", form | {"password_old": "wrong"}).status_code == 422
    assert client.post("/account/password/", form).url == "/account/?said=password"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_a_link_sets_the_first_password_and_the_second_factor_follows(town: Town, client: Client) -> None:
    token = accounts.make_password_link(user=town.users["street_head"], by=town.actor("admin"), at=datetime.now(UTC))
    assert "street_head" in client.get(f"/password/{token}/").content.decode()
    form = {"password_new": "short", "password_again": "short"}
    assert client.post(f"/password/{token}/", form).status_code == 422
    form = dict.fromkeys(form, "a new long password")
    assert client.post(f"/password/{token}/", form).url == "/sign-in/enrol/"
    assert not signed_in(client)
    assert client.get(f"/password/{token}/").status_code == 410
    assert client.post(f"/password/{token}/", form).status_code == 410


def test_a_second_factor_is_set_up_and_taken_off_by_will(town: Town, client: Client) -> None:
    user = with_password(town, "clerk")
    client.force_login(user)
    client.get("/account/second-factor/")
    secret = unseal(client.session["totp_draft"])
    page = client.post("/account/second-factor/", {"otp": pyotp.TOTP(secret).now()}).content.decode()
    codes = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", page)
    assert client.get("/account/second-factor/").url == "/account/"
    assert client.post("/account/second-factor/off/", {"otp": "wrong"}).status_code == 422
    assert client.post("/account/second-factor/off/", {"otp": codes[0]}).url == "/account/?said=off"
    assert not User.objects.get(pk=user.pk).has_second_factor
    head = with_password(town, "head")
    head.totp_sealed = seal(secret)
    head.save()
    client.force_login(head)
    answer = client.post("/account/second-factor/off/", {"otp": "x"})
    assert answer.status_code == 422 and "不能停用" in answer.content.decode()
