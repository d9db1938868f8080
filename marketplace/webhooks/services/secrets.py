"""Secrets of endpoints: shown once, and kept so that only this service can read them."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field

PREFIX = "whsec_"
SECRET_BYTES = 32  # the standard allows 24 to 64
_NONCE_BYTES = 12


def new_secret() -> str:
    """A secret as receivers enter it.

    >>> secret = new_secret()
    >>> secret[:6], len(base64.b64decode(secret[6:]))
    ('whsec_', 32)
    """
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@dataclass(frozen=True)
class SecretBox:
    """Closes secrets with AES-256-GCM under a key derived from the service's secret key, each for its endpoint alone.

    >>> box = SecretBox.of("a secret of sixteen")
    >>> box.opened("whe_1", box.closed("whe_1", "whsec_AAAA"))
    'whsec_AAAA'
    >>> box.opened("whe_2", box.closed("whe_1", "whsec_AAAA"))
    Traceback (most recent call last):
    ...
    ValueError: the secret of whe_2 was not closed with this service's secret key
    """

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret_key: str) -> SecretBox:
        """The one of a service with this secret key."""
        return cls(hmac.digest(secret_key.encode(), b"changdan webhook secrets", "sha256"))

    def closed(self, endpoint_id: str, secret: str) -> bytes:
        """A secret as it is stored."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, secret.encode(), endpoint_id.encode())

    def opened(self, endpoint_id: str, sealed: bytes) -> str:
        """A secret that was stored.  Raises: ValueError when the service's secret key is another now."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, closed = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, closed, endpoint_id.encode()).decode()
        except InvalidTag:
            raise ValueError(f"the secret of {endpoint_id} was not closed with this service's secret key") from None
