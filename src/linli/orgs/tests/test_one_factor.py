"""A session in which no second factor was shown gives nothing that needs one, whenever the post or the rule came."""

import re

import pyotp
import pytest
from django.test import Client

from linli.kernel.crypto import unseal
from linli.kernel.memo import forget
from linli.kernel.models import Setting
from linli.orgs.actors import today
from linli.orgs.models import Post, User
from linli.orgs.signin import resume
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/?whose=mine"}


@pytest.fixture
def client(town: Town) -> Client:
    """Somebody who signed in with a password only, before they had any post."""
    user = User.objects.create_user("newcomer", PASSWORD, name="新来的")
    client = Client()
    assert client.post("/sign-in/", {"username": "newcomer", "password": PASSWORD}).headers["Location"] == "/"
    assert client.get("/account/").status_code == 200
    assert user.pk == int(client.session["_auth_user_id"])
    return client


def appoint(town: Town, role: str, unit: str) -> None:
    user = User.objects.get(username="newcomer")
    Post.objects.create(user=user, role=role, organisation=town.units[unit], since=today(NOW))


def enrol(client: Client) -> str:
    """Set the second factor up where one was sent; return the page of the recovery codes."""
    client.get("/sign-in/enrol/")
    code = pyotp.TOTP(unseal(client.session["totp_draft"])).now()
    return client.post("/sign-in/enrol/", {"otp": code}).content.decode()


def test_a_post_that_manages_asks_for_the_second_factor_first(town: Town, client: Client) -> None:
    appoint(town, "admin", "city")
    assert client.get("/desk/").headers["Location"] == "/sign-in/enrol/"
    # between the two factors nobody is signed in
    assert client.get("/account/").status_code == 302
    assert "<a" in enrol(client)
    assert client.get("/manage/accounts/").status_code == 200
    assert client.get("/manage/sign-in/").status_code == 200


@pytest.mark.parametrize("address", ["/manage/accounts/", "/manage/sign-in/", "/manage/places/", "/manage/catalogue/"])
def test_no_page_of_a_manager_opens_with_one_factor(town: Town, client: Client, address: str) -> None:
    appoint(town, "admin", "city")
    asked = client.get(address)
    assert asked.status_code == 302 and asked.headers["Location"] == "/sign-in/enrol/"
    assert f'href="{address}"' in enrol(client)


def test_nothing_else_knows_the_post_until_then(town: Town, client: Client) -> None:
    appoint(town, "community_head", "east")
    assert client.get("/api/v1/matters", {"scope": "staff"}).status_code in (401, 403)
    assert client.post("/account/name/", {"name": "别的名字"}).status_code == 422
    assert User.objects.get(username="newcomer").name == "新来的"
    partial = client.get("/desk/", headers=HTMX)
    assert (partial.status_code, partial.headers["HX-Redirect"]) == (401, "/sign-in/enrol/")


def test_what_was_posted_is_kept(town: Town, client: Client) -> None:
    appoint(town, "admin", "city")
    sent = client.post("/manage/posts/new/", {"person": "这句话不能丢", "role": "clerk"})
    assert sent.headers["Location"] == "/sign-in/enrol/"
    assert 'href="/sign-in/resume/"' in enrol(client)
    assert "这句话不能丢" in client.get("/sign-in/resume/").content.decode()


def test_a_post_that_needs_none_is_open_at_once_until_the_rule_changes(town: Town, client: Client) -> None:
    appoint(town, "clerk", "east")
    assert client.get("/desk/").status_code == 200
    Setting.objects.create(key="require_second_factor", value=True)
    forget("orgs:setting:require_second_factor")
    assert client.get("/desk/").headers["Location"] == "/sign-in/enrol/"


def test_one_set_up_of_one_s_own_will_counts_at_once(town: Town, client: Client) -> None:
    client.get("/account/second-factor/")
    code = pyotp.TOTP(unseal(client.session["totp_draft"])).now()
    assert client.post("/account/second-factor/", {"otp": code}).status_code == 200
    appoint(town, "admin", "city")
    assert client.get("/manage/accounts/").status_code == 200


def test_no_secret_goes_through_the_sign_in(rf) -> None:
    for name, kept in (("client_secret", False), ("password_old", False), ("otp", False), ("opinion", True)):
        packed = resume.pack(rf.post("/x/", {name: "value"}))
        assert bool(packed) is kept, name
    assert re.fullmatch(r"\S+", packed)
