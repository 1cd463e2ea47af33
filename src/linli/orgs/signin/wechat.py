"""Signing in with WeChat (微信): by a QR code on other browsers, directly inside WeChat's own.

It resembles OAuth 2.0 and is not: the parameters stand in a fixed order and have names of their own, errors come with status 200, there is
no PKCE and no ID token, so that who somebody is rests on the answer of WeChat's server, asked by us over TLS. What binds the answer to
this browser is the state. A website and an official account are two applications with a secret each; an ``openid`` holds for one of them,
a ``unionid`` (where both belong to one account of the open platform) for all.
"""

import dataclasses
import re
import secrets
import urllib.parse

from django.conf import settings

from linli.kernel import fetching

# among the issuers of identities: no address, so that no provider of OpenID Connect can have it too
ISSUER = "wechat"
INSIDE = "MicroMessenger"
_ID = re.compile(r"[A-Za-z0-9_-]{6,100}", re.ASCII)


class Untrusted(Exception):
    """WeChat did not answer, or what it said does not hold. The message is for the log, not for the page."""


@dataclasses.dataclass(frozen=True, slots=True)
class App:
    """One of our applications at WeChat; ``inside``: the official account, for WeChat's own browser."""

    id: str
    secret: str
    inside: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: where the browser goes, and what the session keeps until it comes back."""

    address: str
    state: str


def app_for(user_agent: str) -> App | None:
    """Return the application by which a browser can sign in, None where that is not set up."""
    return app(inside=INSIDE in user_agent)


def app(*, inside: bool) -> App | None:
    """Return the official account, or the website, if this installation has it."""
    kind = "MP" if inside else "WEB"
    known, secret = (getattr(settings, f"LINLI_WECHAT_{kind}_{part}") for part in ("ID", "SECRET"))
    return App(known, secret, inside) if known and secret else None


def stands() -> bool:
    """Whether any browser can sign in so here."""
    return app(inside=True) is not None or app(inside=False) is not None


def begin(by: App, *, redirect_uri: str) -> Begun:
    """Return where to send the browser. The order of the parameters matters to WeChat, and the fragment is part of the address."""
    state = secrets.token_hex(32)
    # whoever signs in on both sides is known as the same person by the unionid alone, which the plain scope does not give
    both = app(inside=not by.inside) is not None
    scope = ("snsapi_userinfo" if both else "snsapi_base") if by.inside else "snsapi_login"
    query = [
        ("appid", by.id),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", scope),
        ("state", state),
    ]
    path = "oauth2/authorize" if by.inside else "qrconnect"
    address = f"{settings.LINLI_WECHAT_OPEN}/connect/{path}?{urllib.parse.urlencode(query)}#wechat_redirect"
    return Begun(address, state)


def finish(by: App, *, code: str) -> tuple[str, ...]:
    """Exchange a code and return who it is, in every form in which WeChat names them here: for all our applications first, if it does.

    Raises Untrusted.
    """
    query = {"appid": by.id, "secret": by.secret, "code": code, "grant_type": "authorization_code"}
    try:
        found = fetching.fetch_json(
            f"{settings.LINLI_WECHAT_API}/sns/oauth2/access_token?{urllib.parse.urlencode(query)}"
        )
    except fetching.NotAnswered as error:
        raise Untrusted(str(error)) from error
    if found.get("errcode"):
        raise Untrusted(f"WeChat refuses: {found.get('errcode')} {str(found.get('errmsg', ''))[:100]}")
    if found.get("is_snapshotuser"):
        raise Untrusted("a made-up person, for the preview of a page")
    openid, unionid = found.get("openid"), found.get("unionid")
    if not isinstance(openid, str) or not _ID.fullmatch(openid):
        raise Untrusted("there is no openid in the answer")
    if unionid is not None and (not isinstance(unionid, str) or not _ID.fullmatch(unionid)):
        raise Untrusted("the unionid is damaged")
    own = f"{by.id}:{openid}"
    return (f"union:{unionid}", own) if unionid else (own,)
