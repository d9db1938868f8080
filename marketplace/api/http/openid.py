"""One issuer of OpenID Connect: where it sends people, and who it says has come back.

Authorization code with PKCE, state and nonce; the ID token's signature, issuer, audience, time and nonce are checked by
Authlib and joserfc.  Only signatures by a key pair count: with a shared secret everybody who has it could sign.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from marketplace.accounts.rules.members import SingleSignOnFailed

SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
LEEWAY_SECONDS = 60  # between the issuer's clock and ours
PATIENCE_SECONDS = 10
METADATA_LAST_SECONDS = 3600


@dataclass(frozen=True)
class Journey:
    """What must come back from the issuer with the person who was sent there; kept in that person's browser."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Journey:
        """Three secrets that nobody has seen before."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


class Issuer:
    """An issuer as its client knows it; what it publishes is read when first needed, and again every hour."""

    def __init__(self, address: str, client_id: str, client_secret: str, back_to: str) -> None:
        self.address, self.client_id, self._secret, self.back_to = address, client_id, client_secret, back_to
        self._lock = Lock()
        self._metadata: dict[str, Any] | None = None
        self._keys: dict[str, Any] | None = None
        self._read_at = 0.0

    def address_to_visit(self, journey: Journey) -> str:
        """Where the person's browser is sent.  Raises SingleSignOnFailed when the issuer does not answer."""
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        found: str = url
        return found

    def claims(self, code: str, journey: Journey, now: datetime) -> dict[str, Any]:
        """What the issuer says of the person for whom it gave this code.

        Raises: SingleSignOnFailed when it takes the code for wrong, or its token is not in order.
        """
        import requests
        from authlib.integrations.base_client import OAuthError
        from joserfc.errors import JoseError

        try:
            with self._session() as session:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    code=code,
                    code_verifier=journey.verifier,
                    grant_type="authorization_code",
                    timeout=PATIENCE_SECONDS,
                )
            return self._checked(token, journey.nonce, now)
        except (OAuthError, JoseError, requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise SingleSignOnFailed(f"the issuer's answer is not in order: {type(error).__name__}") from error

    def _checked(self, token: dict[str, Any], nonce: str, now: datetime) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        registry = JWSRegistry(algorithms=SIGNATURES, strict_check_header=False)
        try:
            signed = jwt.decode(token["id_token"], KeySet.import_key_set(self._published_keys()), registry=registry)
        except InvalidKeyIdError:  # it has new keys
            keys = KeySet.import_key_set(self._published_keys(afresh=True))
            signed = jwt.decode(token["id_token"], keys, registry=registry)
        wanted = {
            "iss": {"essential": True, "value": self.address},
            "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": True, "value": nonce},
            "exp": {"essential": True},
        }
        about = {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(signed.claims, signed.header, wanted, about)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        return dict(claims)

    def _session(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self.client_id,
            self._secret,
            scope="openid email",
            redirect_uri=self.back_to,
            code_challenge_method="S256",
        )

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if self._metadata is None or time.monotonic() - self._read_at > METADATA_LAST_SECONDS:
                found = _read(f"{self.address.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.address:
                    raise SingleSignOnFailed("the issuer calls itself by another name than the setting")
                self._metadata, self._keys, self._read_at = found, None, time.monotonic()
            address = self._metadata.get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise SingleSignOnFailed(f"the issuer has no usable {name}")
        return address

    def _published_keys(self, *, afresh: bool = False) -> Any:
        address = self._endpoint("jwks_uri")
        with self._lock:
            if self._keys is None or afresh:
                self._keys = _read(address)
            return self._keys


def is_safe(address: str) -> bool:
    """Whether what goes to an address can be read by nobody between: HTTPS, or this very machine.

    >>> [is_safe(a) for a in ("https://id.example", "http://id.example", "http://127.0.0.1:9000/x", "file:///x")]
    [True, False, True, False]
    """
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))


def _read(address: str) -> dict[str, Any]:
    import requests

    try:
        reply = requests.get(address, timeout=PATIENCE_SECONDS, allow_redirects=False)
        reply.raise_for_status()
        found = reply.json()
    except (requests.RequestException, ValueError) as error:
        raise SingleSignOnFailed("the issuer does not answer") from error
    if not isinstance(found, dict) or not reply.ok or reply.is_redirect:
        raise SingleSignOnFailed("the issuer does not answer as one")
    return found
