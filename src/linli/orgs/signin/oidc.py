"""Single sign-on with OpenID Connect: authorization code with PKCE, discovery, and the checks of the ID token.

After OpenID Connect Core 1.0 (sections 3.1.2, 3.1.3), Discovery 1.0, RFC 7636 (PKCE), RFC 7515 and 7518 (signatures), RFC 9207
(issuer in the answer). Only RS256 and ES256 are taken, whatever a token says of itself; only https, but for a server on this machine.
"""

import base64
import dataclasses
import hashlib
import hmac
import json
import secrets
import urllib.parse
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from linli.kernel import fetching
from linli.kernel.crypto import unseal
from linli.kernel.memo import forget, remember

MOST_BYTES = 256_000
# clocks of two servers differ by so many seconds at most
DRIFT = 60
KEPT = 3600.0


class Untrusted(Exception):
    """The identity provider did not answer, or what it said does not hold. The message is for the log, not for the page."""


@dataclasses.dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider as the setting ``oidc`` names it."""

    issuer: str
    client_id: str
    client_secret: str


@dataclasses.dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: where the browser goes, and what the session keeps until it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to the provider; ``phone`` only where the provider says that it checked the number."""

    issuer: str
    subject: str
    phone: str


def provider_of(setting: object) -> Provider | None:
    """Return the provider of a setting, or None where single sign-on is not set up. Its secret may be sealed (see crypto.py)."""
    if not isinstance(setting, Mapping):
        return None
    found = [str(setting.get(name, "")).strip() for name in ("issuer", "client_id", "client_secret")]
    found[2] = found[2] or unseal(str(setting.get("client_secret_sealed", "")))
    return Provider(found[0].rstrip("/"), found[1], found[2]) if all(found) else None


def begin(provider: Provider, *, redirect_uri: str) -> Begun:
    """Return where to send the browser. Raises Untrusted if the provider cannot be asked."""
    metadata = _metadata(provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = _b64(hashlib.sha256(verifier.encode()).digest())
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid phone",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = _checked_address(str(metadata.get("authorization_endpoint", "")))
    joint = "&" if "?" in endpoint else "?"
    return Begun(f"{endpoint}{joint}{urllib.parse.urlencode(query)}", state, nonce, verifier)


def finish(
    provider: Provider, *, code: str, verifier: str, nonce: str, redirect_uri: str, at: datetime, said_issuer: str = ""
) -> Identity:
    """Exchange a code for an ID token, check it, and return who it is. Raises Untrusted."""
    metadata = _metadata(provider)
    if said_issuer and said_issuer != str(metadata["issuer"]):
        raise Untrusted("the answer came from another issuer")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": provider.client_id,
    }
    headers = {}
    if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        pair = f"{urllib.parse.quote_plus(provider.client_id)}:{urllib.parse.quote_plus(provider.client_secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form["client_secret"] = provider.client_secret
    answer = _fetch(str(metadata.get("token_endpoint", "")), form=form, headers=headers)
    claims = check_token(str(answer.get("id_token", "")), provider, nonce=nonce, at=at)
    checked = claims.get("phone_number_verified") is True
    phone = str(claims.get("phone_number", "")) if checked else ""
    return Identity(provider.issuer, claims["sub"], phone)


def check_token(token: str, provider: Provider, *, nonce: str, at: datetime) -> dict[str, Any]:
    """Return the claims of an ID token whose signature and every claim hold; raise Untrusted otherwise."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MOST_BYTES:
        raise Untrusted("the token is not a signed JWT")
    header, claims, signature = _json(parts[0]), _json(parts[1]), _unb64(parts[2])
    if header.get("alg") not in ("RS256", "ES256") or "crit" in header:
        raise Untrusted("the token is signed in a way that is not taken")
    key = _key(provider, str(header.get("kid", "")), str(header["alg"]))
    _check_signature(key, str(header["alg"]), f"{parts[0]}.{parts[1]}".encode(), signature)
    now = int(at.timestamp())
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    problems = {
        "issuer": claims.get("iss") != str(_metadata(provider)["issuer"]),
        "audience": provider.client_id not in audiences,
        "authorized party": claims.get("azp", provider.client_id) != provider.client_id
        or (len(audiences) > 1 and "azp" not in claims),
        "expiry": not _is_time(claims.get("exp")) or claims["exp"] + DRIFT <= now,
        "time of issue": not _is_time(claims.get("iat")) or claims["iat"] - DRIFT > now,
        "nonce": not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
        "subject": not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255,
    }
    wrong = [name for name, is_wrong in problems.items() if is_wrong]
    if wrong:
        raise Untrusted(f"the token does not hold: {', '.join(wrong)}")
    return claims


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e11


def _check_signature(key: Any, algorithm: str, signed: bytes, signature: bytes) -> None:
    try:
        if algorithm == "RS256" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
        elif algorithm == "ES256" and isinstance(key, ec.EllipticCurvePublicKey) and len(signature) == 64:
            pair = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(encode_dss_signature(*pair), signed, ec.ECDSA(SHA256()))
        else:
            raise Untrusted("the key is of another kind than the signature")
    except InvalidSignature as error:
        raise Untrusted("the signature is wrong") from error


def _key(provider: Provider, kid: str, algorithm: str) -> Any:
    """The provider's key of this name; the keys are asked for once more if it is new."""
    for again in (False, True):
        if again:
            # a provider that changed its keys is asked again, but not at every token with an invented name
            remember(f"oidc:again:{provider.issuer}", lambda: forget(f"oidc:keys:{provider.issuer}"), seconds=60.0)
        found = [
            key
            for key in _keys(provider)
            if (not kid or key.get("kid") == kid)
            and key.get("kty") == {"RS256": "RSA", "ES256": "EC"}[algorithm]
            and key.get("use", "sig") == "sig"
        ]
        if len(found) == 1:
            return _public_key(found[0])
    raise Untrusted("there is no such key")


def _public_key(key: Mapping[str, Any]) -> Any:
    try:
        if key["kty"] == "RSA":
            made = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
            if made.key_size < 2048:
                raise Untrusted("the key is too short")
            return made
        if key["crv"] != "P-256":
            raise Untrusted("the key is on another curve")
        return ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key()
    except (KeyError, ValueError, TypeError) as error:
        raise Untrusted("the key is damaged") from error


def _keys(provider: Provider) -> list[dict[str, Any]]:
    def load() -> list[dict[str, Any]]:
        rows = _fetch(str(_metadata(provider).get("jwks_uri", ""))).get("keys")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    return remember(f"oidc:keys:{provider.issuer}", load, seconds=KEPT)


def _metadata(provider: Provider) -> dict[str, Any]:
    def load() -> dict[str, Any]:
        found = _fetch(f"{provider.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != provider.issuer:
            raise Untrusted("the discovery document is that of another issuer")
        return found

    return remember(f"oidc:metadata:{provider.issuer}", load, seconds=KEPT)


def _checked_address(address: str) -> str:
    try:
        return fetching.checked_address(address)
    except fetching.NotAnswered as error:
        raise Untrusted(str(error)) from error


def _fetch(
    address: str, *, form: dict[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    body = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        return fetching.fetch_json(address, data=body, headers=headers)
    except fetching.NotAnswered as error:
        raise Untrusted(str(error)) from error


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_unb64(part))
    except ValueError as error:
        raise Untrusted("a part of the token is not JSON") from error
    if not isinstance(found, dict):
        raise Untrusted("a part of the token is not an object")
    return found


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Untrusted("a part of the token is not base64url") from error


def _number(text: str) -> int:
    return int.from_bytes(_unb64(text), "big")
