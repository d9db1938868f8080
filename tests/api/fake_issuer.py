"""An issuer of OpenID Connect on this machine: it publishes keys, checks PKCE and the client, and signs real tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry

CLIENT_ID, CLIENT_SECRET = "changdan-client", "a secret of the client, long enough to sign with"


class FakeIssuer:
    """What it says can be bent by the tests: ``claims`` over the right ones (None: left out), key and algorithm."""

    def __init__(self, moment: int) -> None:
        self.moment = moment
        self.address = ""
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.signing: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.refused: list[str] = []

    def visit(self, address: str) -> dict[str, str]:
        """A person comes with this address, signs in, and is sent back with what this gives."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email"}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.address}

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The reply to a code, once; None if something is wrong with the asker."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            self.refused.append("code")
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != asked["code_challenge"]:
            self.refused.append("verifier")
            return None
        # requests encodes user and password as they are
        if base64.b64decode(authorization.removeprefix("Basic ")).decode() != f"{CLIENT_ID}:{CLIENT_SECRET}":
            self.refused.append("client")
            return None
        if form["redirect_uri"] != asked["redirect_uri"]:
            self.refused.append("redirect_uri")
            return None
        right = {
            "iss": self.address,
            "sub": "person-1",
            "aud": CLIENT_ID,
            "iat": self.moment,
            "exp": self.moment + 300,
            "nonce": asked["nonce"],
            "email": "Wang@Example.com",
            "email_verified": True,
        }
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.signed(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        """A token as the present key and algorithm make it."""
        header = {"alg": self.algorithm, "kid": self.signing.kid or "first"}
        if self.algorithm == "none":
            parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
            return b".".join([*parts, b""]).decode()
        return jwt.encode(header, claims, self.signing, registry=JWSRegistry(algorithms=[self.algorithm]))

    def published(self, path: str) -> dict[str, Any]:
        """What anybody may read."""
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            **self.metadata,
        }


@contextmanager
def serving(issuer: FakeIssuer) -> Iterator[FakeIssuer]:
    """The issuer answers on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _say(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._say(200, issuer.published(self.path))

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            form = {name: values[0] for name, values in sent.items()}
            token = issuer.token(form, self.headers.get("Authorization", ""))
            self._say(*((400, {"error": "invalid_grant"}) if token is None else (200, token)))

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
