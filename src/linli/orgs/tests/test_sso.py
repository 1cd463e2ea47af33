"""Single sign-on against a small identity provider of the test's own: the way there and back, and every token that must not pass."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client

from linli.kernel.crypto import blind, seal
from linli.kernel.memo import forget
from linli.kernel.models import Setting
from linli.orgs.models import ExternalIdentity, User
from linli.orgs.signin import oidc
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PHONE = "13900000001"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC = ec.generate_private_key(ec.SECP256R1())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def public(key: Any, kid: str) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}
    x, y = (b64(value.to_bytes(32, "big")) for value in (numbers.x, numbers.y))
    return {"kty": "EC", "kid": kid, "use": "sig", "crv": "P-256", "x": x, "y": y}


def sign(claims: dict[str, Any], *, key: Any = RSA, kid: str = "rsa", alg: str = "RS256", header: Any = None) -> str:
    head = header if header is not None else {"alg": alg, "kid": kid}
    signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        signature = key or b""
    return f"{signed}.{b64(signature)}"


class Provider:
    """What the provider will answer, and what it was asked."""

    def __init__(self) -> None:
        self.keys = [public(RSA, "rsa"), public(EC, "ec"), public(SHORT, "short")]
        self.token, self.asked, self.form, self.authorization = "", [], {}, ""
        self.metadata: dict[str, Any] = {}

    def answer(self, path: str) -> dict[str, Any]:
        return {
            "/.well-known/openid-configuration": self.metadata,
            "/keys": {"keys": self.keys},
            "/token": {"id_token": self.token, "access_token": "x"},
        }[path]


@pytest.fixture
def idp() -> Iterator[tuple[Provider, oidc.Provider]]:
    told = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            body = json.dumps(told.answer(self.path)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            told.form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            told.authorization = self.headers.get("Authorization", "")
            self.do_GET()

        def log_message(self, *_arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    issuer = f"http://127.0.0.1:{server.server_port}"
    told.metadata = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize?tenant=1",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
    }
    yield told, oidc.Provider(issuer, "linli", "a secret/of+ours")
    server.shutdown()
    server.server_close()


def claims(issuer: str, nonce: str = "n", at: datetime = NOW, **more: Any) -> dict[str, Any]:
    now = int(at.timestamp())
    good = {"iss": issuer, "aud": "linli", "sub": "person-7", "nonce": nonce, "iat": now - 5, "exp": now + 300}
    return {name: value for name, value in (good | more).items() if value is not None}


def test_good_tokens_of_both_kinds(idp) -> None:
    _told, provider = idp
    for key, kid, alg in ((RSA, "rsa", "RS256"), (EC, "ec", "ES256")):
        token = sign(claims(provider.issuer), key=key, kid=kid, alg=alg)
        assert oidc.check_token(token, provider, nonce="n", at=NOW)["sub"] == "person-7"
    several = claims(provider.issuer, aud=["other", "linli"], azp="linli")
    assert oidc.check_token(sign(several), provider, nonce="n", at=NOW)["sub"] == "person-7"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other", "linli"]},
        {"azp": "other"},
        {"nonce": "other"},
        {"nonce": None},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"iat": int(NOW.timestamp()) + 61},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_every_claim_is_checked(idp, change) -> None:
    _told, provider = idp
    with pytest.raises(oidc.Untrusted):
        oidc.check_token(sign(claims(provider.issuer, **change)), provider, nonce="n", at=NOW)


def test_every_signature_is_checked(idp) -> None:
    _told, provider = idp
    good = claims(provider.issuer)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head, body, signature = sign(good).split(".")
    other_body = b64(json.dumps(good | {"sub": "admin"}).encode())
    pem = json.dumps(public(RSA, "rsa")).encode()
    bad = [
        sign(good, key=None, header={"alg": "none"}),
        sign(good, key=None, header={"alg": "none", "kid": "rsa"}),
        sign(good, key=hashlib.sha256(pem).digest(), header={"alg": "HS256", "kid": "rsa"}),
        sign(good, key=stranger),
        sign(good, key=RSA, kid="ec", alg="ES256"),
        sign(good, key=EC, kid="rsa", alg="RS256"),
        sign(good, key=RSA, kid="unknown"),
        sign(good, key=SHORT, kid="short"),
        sign(good, header={"alg": "RS256", "kid": "rsa", "crit": ["x"]}),
        sign(good, header=["RS256"]),
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.***",
        f"{head}.{body}",
        "",
        "....",
    ]
    for token in bad:
        with pytest.raises(oidc.Untrusted):
            oidc.check_token(token, provider, nonce="n", at=NOW)


def test_new_keys_are_fetched_once_more_but_not_for_every_invented_name(idp) -> None:
    told, provider = idp
    fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    oidc.check_token(sign(claims(provider.issuer)), provider, nonce="n", at=NOW)
    told.keys.append(public(fresh, "fresh"))
    token = sign(claims(provider.issuer), key=fresh, kid="fresh")
    assert oidc.check_token(token, provider, nonce="n", at=NOW)["sub"] == "person-7"
    asked = told.asked.count("/keys")
    for kid in ("a", "b", "c"):
        with pytest.raises(oidc.Untrusted):
            oidc.check_token(sign(claims(provider.issuer), kid=kid), provider, nonce="n", at=NOW)
    assert told.asked.count("/keys") == asked == 2


def test_what_the_provider_says_of_itself_is_checked(idp) -> None:
    told, provider = idp
    told.metadata["issuer"] = "https://evil.example"
    with pytest.raises(oidc.Untrusted):
        oidc.begin(provider, redirect_uri="https://here/back")
    forget("oidc:")
    told.metadata["issuer"] = provider.issuer
    told.metadata["authorization_endpoint"] = "http://evil.example/authorize"
    with pytest.raises(oidc.Untrusted):
        oidc.begin(provider, redirect_uri="https://here/back")
    with pytest.raises(oidc.Untrusted):
        oidc.begin(oidc.Provider("http://127.0.0.1:1", "a", "b"), redirect_uri="https://here/back")
    assert oidc.provider_of({"issuer": "https://a/", "client_id": "b"}) is None
    assert oidc.provider_of(None) is None
    assert oidc.provider_of({"issuer": "https://a/", "client_id": "b", "client_secret": "c"}).issuer == "https://a"


@pytest.fixture
def house(town: Town, idp) -> tuple[Town, Provider, oidc.Provider]:
    told, provider = idp
    value = {"issuer": provider.issuer, "client_id": provider.client_id, "client_secret": provider.client_secret}
    Setting.objects.create(key="oidc", value=value)
    clerk = town.users["clerk"]
    clerk.phone_sealed, clerk.phone_blind = seal(PHONE), blind(PHONE, purpose="phone")
    clerk.save()
    return town, told, provider


def go(client: Client, told: Provider, provider: oidc.Provider, **more: Any):
    """Leave for the provider and come back with a token that answers what was asked."""
    away = client.get("/sign-in/sso/?next=/desk/?when=today")
    query = {name: values[0] for name, values in parse_qs(urlsplit(away.url).query).items()}
    verified = {"phone_number": f"+86 {PHONE}", "phone_number_verified": True}
    asked = {"nonce": query["nonce"], "at": datetime.now(UTC)}
    told.token = sign(claims(provider.issuer, **(asked | verified | more)))
    return query, client.get("/sign-in/sso/done/", {"code": "c0de", "state": query["state"]})


def test_there_and_back(house, client: Client) -> None:
    town, told, provider = house
    assert "政务统一认证" in client.get("/sign-in/").content.decode()
    query, answer = go(client, told, provider)
    assert (query["response_type"], query["code_challenge_method"], query["tenant"]) == ("code", "S256", "1")
    challenge = b64(hashlib.sha256(told.form["code_verifier"].encode()).digest())
    assert (told.form["code"], query["code_challenge"]) == ("c0de", challenge)
    assert told.form["redirect_uri"] == query["redirect_uri"] == "http://testserver/sign-in/sso/done/"
    user, _colon, secret = base64.b64decode(told.authorization.removeprefix("Basic ")).decode().partition(":")
    assert (user, secret) == ("linli", "a+secret%2Fof%2Bours")
    assert answer.url == "/desk/?when=today"
    assert client.session["_auth_user_id"] == str(town.users["clerk"].pk)
    assert ExternalIdentity.objects.get().subject == "person-7"
    # tied once, the phone is not needed any more
    again = Client()
    _query, answer = go(again, told, provider, phone_number=None)
    assert again.session["_auth_user_id"] == str(town.users["clerk"].pk)


def test_who_manages_needs_the_second_factor_all_the_same(house, client: Client) -> None:
    _town, told, provider = house
    User.objects.filter(username="clerk").update(phone_blind="")
    User.objects.filter(username="head").update(phone_blind=blind(PHONE, purpose="phone"))
    _query, answer = go(client, told, provider)
    assert answer.url == "/sign-in/enrol/"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"phone_number_verified": False}, 403),
        ({"phone_number_verified": "true"}, 403),
        ({"phone_number": "13999999999"}, 403),
        ({"phone_number": "nonsense"}, 403),
        ({"aud": "other"}, 502),
        ({"nonce": "other"}, 502),
    ],
)
def test_nobody_is_let_in_on_less(house, client: Client, change, status: int) -> None:
    _town, told, provider = house
    _query, answer = go(client, told, provider, **change)
    assert answer.status_code == status
    assert "_auth_user_id" not in client.session
    assert not ExternalIdentity.objects.exists()


def test_the_answer_belongs_to_this_browser_once(house, client: Client) -> None:
    _town, told, provider = house
    query, _answer = go(client, told, provider)
    other = Client()
    arguments = {"code": "c0de", "state": query["state"]}
    assert other.get("/sign-in/sso/done/", arguments).url == "/sign-in/"
    away = other.get("/sign-in/sso/")
    assert other.get("/sign-in/sso/done/", arguments).status_code == 400
    state = parse_qs(urlsplit(away.url).query)["state"][0]
    assert other.get("/sign-in/sso/done/", {"code": "c0de", "state": state}).url == "/sign-in/"
    other.get("/sign-in/sso/")
    assert other.get("/sign-in/sso/done/", {"error": "access_denied", "state": "x"}).status_code == 400
    assert "_auth_user_id" not in other.session


def test_without_a_provider_there_is_no_such_way(town: Town, client: Client) -> None:
    assert client.get("/sign-in/sso/").url == "/sign-in/"
    assert "政务统一认证" not in client.get("/sign-in/").content.decode()
    Setting.objects.create(key="oidc", value={"issuer": "http://127.0.0.1:1", "client_id": "a", "client_secret": "b"})
    forget("orgs:")
    assert client.get("/sign-in/sso/").status_code == 502
