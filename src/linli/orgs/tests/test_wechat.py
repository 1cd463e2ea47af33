"""WeChat against a small server of the test's own: there and back, tying and letting go, and everything that lets nobody in."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from linli.kernel.crypto import blind, seal
from linli.kernel.models import AuditEntry
from linli.orgs import channels
from linli.orgs.actions import accounts, signing, ties
from linli.orgs.actions.signing import NotSignedIn
from linli.orgs.actors import Actor
from linli.orgs.models import ExternalIdentity, PasswordLink, User
from linli.orgs.signin import wechat
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PHONE = "13900000001"
OPENID, UNIONID = "oPENID_of-this-1", "uNIONID_of-all-1"
INSIDE = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"


class Server:
    """What WeChat will answer, and what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {"access_token": "t", "openid": OPENID, "unionid": UNIONID, "scope": "snsapi_login"}
        self.status, self.asked, self.address = 200, [], ""


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            body = told.answer if isinstance(told.answer, bytes) else json.dumps(told.answer).encode()
            self.send_response(told.status)
            self.send_header("Content-Type", "text/plain")
            if told.status == 302:
                self.send_header("Location", f"{told.address}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            return

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    told.address = settings.LINLI_WECHAT_API = f"http://127.0.0.1:{made.server_port}"
    settings.LINLI_WECHAT_WEB_ID, settings.LINLI_WECHAT_WEB_SECRET = "wxweb", "a secret of ours"
    settings.LINLI_WECHAT_MP_ID, settings.LINLI_WECHAT_MP_SECRET = "", ""
    yield told
    made.shutdown()
    made.server_close()


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that went to phones."""
    kept: list[str] = []

    class Gateway:
        def send(self, phone: str, text: str, key: str) -> None:
            kept.append(re.findall(r"\d{6}", text)[0])

    monkeypatch.setattr(channels, "current", Gateway)
    monkeypatch.setattr(channels, "ready", lambda: True)
    return kept


def tied(user: User, *subjects: str) -> User:
    for subject in subjects or (f"union:{UNIONID}", f"wxweb:{OPENID}"):
        ExternalIdentity.objects.create(user=user, issuer="wechat", subject=subject, tied_at=NOW)
    return user


def resident() -> User:
    index = blind(PHONE, purpose="phone")
    return User.objects.create(username="p-me", phone_sealed=seal(PHONE), phone_blind=index, phone_proved=True)


def go(client: Client, target: str = "", **more: Any) -> Any:
    """Leave for WeChat and come back with a code."""
    away = client.get("/sign-in/wechat/", {"next": target} if target else {}, **more)
    state = parse_qs(urlsplit(away.url).query)["state"][0]
    return client.get("/sign-in/wechat/done/", {"code": "c0de", "state": state}, **more)


def test_there_and_back_by_qr_code(town: Town, server: Server, client: Client) -> None:
    me = tied(resident())
    assert 'href="/sign-in/wechat/"' in client.get("/sign-in/").content.decode()
    away = client.get("/sign-in/wechat/?next=/mine/").url
    state = parse_qs(urlsplit(away).query)["state"][0]
    back = "http%3A%2F%2Ftestserver%2Fsign-in%2Fwechat%2Fdone%2F"
    assert away == (
        f"https://open.weixin.qq.com/connect/qrconnect?appid=wxweb&redirect_uri={back}"
        f"&response_type=code&scope=snsapi_login&state={state}#wechat_redirect"
    )
    before = client.session.session_key
    answer = client.get("/sign-in/wechat/done/", {"code": "c0de", "state": state})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(server.asked[0]).query).items()}
    assert urlsplit(server.asked[0]).path == "/sns/oauth2/access_token"
    assert asked == {"appid": "wxweb", "secret": "a secret of ours", "code": "c0de", "grant_type": "authorization_code"}
    assert answer.url == "/mine/"
    assert client.session["_auth_user_id"] == str(me.pk)
    assert client.session.session_key != before
    # the answer is good once
    assert Client().get("/sign-in/wechat/done/", {"code": "c0de", "state": state}).url == "/sign-in/"


@pytest.mark.parametrize(("website", "scope"), [(True, "snsapi_userinfo"), (False, "snsapi_base")])
def test_inside_wechat_by_the_official_account(town: Town, server: Server, settings, website: bool, scope: str) -> None:
    settings.LINLI_WECHAT_MP_ID, settings.LINLI_WECHAT_MP_SECRET = "wxmp", "another"
    settings.LINLI_WECHAT_WEB_ID = "wxweb" if website else ""
    client = Client(headers={"User-Agent": INSIDE})
    away = urlsplit(client.get("/sign-in/wechat/").url)
    query = parse_qs(away.query)
    assert (away.path, away.fragment) == ("/connect/oauth2/authorize", "wechat_redirect")
    assert (list(query), query["appid"], query["scope"]) == (
        ["appid", "redirect_uri", "response_type", "scope", "state"],
        ["wxmp"],
        [scope],
    )
    # who is known from the website is known here by the unionid, and from then on by the openid too
    me = tied(resident())
    server.answer = {"openid": "oTHER_inside-1", "unionid": UNIONID}
    assert go(client).status_code == 302 and client.session["_auth_user_id"] == str(me.pk)
    assert set(me.identities.values_list("subject", flat=True)) == {
        f"union:{UNIONID}",
        f"wxweb:{OPENID}",
        "wxmp:oTHER_inside-1",
    }


def test_a_browser_for_which_nothing_is_set_up_is_offered_nothing(town: Town, server: Server, settings) -> None:
    inside = Client(headers={"User-Agent": INSIDE})
    assert "/sign-in/wechat/" not in inside.get("/sign-in/").content.decode()
    assert inside.get("/sign-in/wechat/").url == "/sign-in/"
    settings.LINLI_WECHAT_WEB_SECRET = ""
    assert "/sign-in/wechat/" not in Client().get("/sign-in/").content.decode()
    assert Client().get("/sign-in/wechat/").url == "/sign-in/"
    assert Client().get("/sign-in/wechat/done/?code=x&state=y").url == "/sign-in/"


def test_an_unknown_one_is_tied_after_a_phone_code_and_a_yes(town: Town, server: Server, texts, client: Client) -> None:
    target = "/account/wechat/?next=%2Fmine%2F"
    away = go(client, "/mine/")
    assert parse_qs(urlsplit(away.url).query) == {"next": [target]}
    page = client.get(away.url).content.decode()
    assert "这个微信还没有绑定账号" in page and f'name="next" value="{target}"' in page
    assert not ExternalIdentity.objects.exists() and not User.objects.filter(username__startswith="p-").exists()
    client.post("/sign-in/code/", {"phone": PHONE, "next": target})
    answer = client.post("/sign-in/phone/", {"phone": PHONE, "code": texts[0], "next": target})
    assert answer.url == target
    asked = client.get(target).content.decode()
    assert "把这个微信绑定到您的账号" in asked and "139****0001" in asked
    # signing in alone ties nothing: somebody else may have scanned in this browser
    assert not ExternalIdentity.objects.exists()
    assert client.post("/account/wechat/", {"go": "tie", "next": "/mine/"}).url == "/mine/"
    me = User.objects.get(username__startswith="p-")
    assert set(me.identities.values_list("subject", flat=True)) == {f"union:{UNIONID}", f"wxweb:{OPENID}"}
    assert not me.posts.exists()
    again = Client()
    assert go(again).url == "/" and again.session["_auth_user_id"] == str(me.pk)
    assert AuditEntry.objects.filter(action="tie_wechat").count() == 1


def test_who_says_no_ties_nothing(town: Town, server: Server, texts, client: Client) -> None:
    go(client)
    client.post("/sign-in/code/", {"phone": PHONE})
    client.post("/sign-in/phone/", {"phone": PHONE, "code": texts[0]})
    assert client.post("/account/wechat/", {"go": "not"}).url == "/account/wechat/"
    client.post("/account/wechat/", {"go": "tie"})
    assert not ExternalIdentity.objects.exists()


def test_staff_show_their_second_factor_all_the_same(town: Town, server: Server) -> None:
    tied(town.users["head"])
    client = Client()
    assert go(client).url == "/sign-in/enrol/"
    assert "_auth_user_id" not in client.session
    # and what waits to be tied goes through it, tied to nobody meanwhile
    other, admin = Client(), town.users["admin"]
    server.answer = {"openid": "oSOMEBODY_new-1"}
    go(other)
    admin.set_password("Ein-eigenes-Wort-9")
    admin.save()
    assert other.post("/sign-in/", {"username": "admin", "password": "Ein-eigenes-Wort-9"}).url == "/sign-in/enrol/"
    assert other.session["tie"]["subjects"] == ["wxweb:oSOMEBODY_new-1"]
    assert other.post("/account/wechat/", {"go": "tie"}).status_code == 401
    assert ExternalIdentity.objects.count() == 2


def test_whoever_is_signed_in_ties_and_lets_go(town: Town, server: Server) -> None:
    client = Client()
    client.force_login(resident())
    assert "微信：没有绑定" in client.get("/account/").content.decode()
    assert go(client).url == "/account/wechat/"
    assert not ExternalIdentity.objects.exists()
    client.post("/account/wechat/", {"go": "tie"})
    assert ExternalIdentity.objects.count() == 2
    assert "解绑微信" in client.get("/account/").content.decode()
    client.post("/account/wechat/", {"go": "untie"})
    assert not ExternalIdentity.objects.exists()
    anybody = Client()
    assert "这个微信还没有绑定账号" in anybody.get(go(anybody).url).content.decode()
    assert "_auth_user_id" not in anybody.session


def test_no_account_is_taken_over(town: Town, server: Server) -> None:
    me, other = tied(resident()), town.users["clerk"]
    for subjects in ([f"union:{UNIONID}"], [f"wxweb:{OPENID}"], ["union:new-one-1", f"wxweb:{OPENID}"]):
        with pytest.raises(ValidationError):
            ties.tie(user=other, subjects=subjects, by=town.actor("clerk"), at=NOW)
    with pytest.raises(ValidationError):  # another WeChat beside the one that is tied
        ties.tie(user=me, subjects=["wxweb:oTHER-1"], by=Actor(user_id=me.pk), at=NOW)
    with pytest.raises(ValidationError):  # somebody else's account
        ties.tie(user=other, subjects=["wxweb:oTHER-1"], by=Actor(user_id=me.pk), at=NOW)
    with pytest.raises(ValidationError):
        ties.untie(user=me, by=town.actor("admin"), at=NOW)
    assert list(ExternalIdentity.objects.values_list("user_id", flat=True)) == [me.pk, me.pk]
    # who changes accounts in the middle ties nothing to the other one
    client = Client()
    client.force_login(me)
    state = parse_qs(urlsplit(client.get("/sign-in/wechat/").url).query)["state"][0]
    kept = client.session["wechat"]
    client.force_login(other)
    session = client.session
    session["wechat"] = kept
    session.save()
    assert client.get("/sign-in/wechat/done/", {"code": "c0de", "state": state}).url == "/account/wechat/"
    assert "tie" not in client.session and server.asked == []


def test_the_last_way_in_is_not_taken_away(town: Town) -> None:
    clerk = tied(town.users["clerk"])
    clerk.set_unusable_password()
    clerk.save()
    with pytest.raises(ValidationError):
        ties.untie(user=clerk, by=town.actor("clerk"), at=NOW)
    assert ExternalIdentity.objects.count() == 2


def test_a_closed_account_and_a_changed_owner(town: Town) -> None:
    clerk, admin = tied(town.users["clerk"]), town.actor("admin")
    subjects = [f"union:{UNIONID}"]
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    with pytest.raises(NotSignedIn):
        ties.sign_in_by_wechat(subjects=subjects, at=NOW)
    User.objects.filter(pk=clerk.pk).update(is_active=True)
    # a password set by a link, another number: whoever was in the account before is not in it by WeChat
    link = accounts.make_password_link(user=clerk, by=admin, at=NOW)
    signing.set_password_by_link(token=link, new="Ein-ganz-neues-Wort-9", at=NOW)
    assert ties.sign_in_by_wechat(subjects=subjects, at=NOW) is None
    assert PasswordLink.objects.exclude(used_at=None).count() == 1
    tied(clerk)
    accounts.change_account(user=clerk, username="clerk", name="何晓兰", phone="13900000009", by=admin, at=NOW)
    assert ties.sign_in_by_wechat(subjects=subjects, at=NOW) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 40029, "errmsg": "invalid code"},
        {"errcode": 40163, "errmsg": "code been used", "openid": OPENID},
        {"openid": OPENID, "is_snapshotuser": 1},
        {"openid": ""},
        {"openid": None, "unionid": UNIONID},
        {"openid": 7},
        {"openid": "a b c d e f"},
        {"openid": OPENID, "unionid": "<script>"},
        {"openid": OPENID, "unionid": ["x"]},
        {},
        [],
        b"not json",
        b"x" * 300_000,
    ],
)
def test_nobody_is_let_in_on_less(town: Town, server: Server, client: Client, answer: Any) -> None:
    tied(resident())
    server.answer = answer
    page = go(client)
    assert (page.status_code, "微信的回答核对不上" in page.content.decode()) == (502, True)
    assert "_auth_user_id" not in client.session and "tie" not in client.session


@pytest.mark.parametrize("status", [302, 404, 500])
def test_only_a_plain_success_is_an_answer(town: Town, server: Server, client: Client, status: int) -> None:
    tied(resident())
    server.status = status
    assert go(client).status_code == 502
    assert len(server.asked) == 1


def test_the_answer_belongs_to_this_browser(town: Town, server: Server, client: Client) -> None:
    tied(resident())
    client.get("/sign-in/wechat/")
    assert client.get("/sign-in/wechat/done/", {"code": "c0de", "state": "0" * 64}).status_code == 400
    state = parse_qs(urlsplit(client.get("/sign-in/wechat/").url).query)["state"][0]
    assert client.get("/sign-in/wechat/done/", {"state": state}).status_code == 403
    assert (server.asked, "_auth_user_id" in client.session) == ([], False)


def test_the_log_keeps_no_secret(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.status = 500
    with pytest.raises(wechat.Untrusted) as refused:
        wechat.finish(wechat.App("wxweb", "a secret of ours", False), code="c0de")
    assert "secret" not in str(refused.value) and "c0de" not in str(refused.value)
