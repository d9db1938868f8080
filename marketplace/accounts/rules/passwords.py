"""What a password must be: long, and not among the first that anybody would try."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.shared.errors import Fault

SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT_CHARACTERS = 5

# The commonest that are long enough, in lower case.
_COMMONEST = frozenset(
    {
        "000000000000",
        "0123456789012",
        "1234567890ab",
        "1234567890abc",
        "123456789012",
        "1234567890123",
        "123456789abc",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "abc123456789",
        "abcd12345678",
        "administrator",
        "changdan1234",
        "changdan12345",
        "iloveyou1234",
        "iloveyou1314",
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "qazwsxedcrfv",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopas",
        "woaini1314520",
        "woaini5201314",
        "zaq12wsxcde3",
    }
)


def password_faults(password: str, *, email: str, pointer: str = "/password") -> Iterator[Fault]:
    """Faults of a new password.  No fault carries the password itself.

    >>> [fault.message for fault in password_faults("short", email="a@b.cn")]
    ['has too few characters']
    """
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"has too {'few' if len(password) < SHORTEST else 'many'} characters"
        limit = f"{SHORTEST} to {LONGEST} characters"
        yield Fault(pointer, message, f"{len(password)} characters", limit, "wrong-length")
    elif len(set(password)) < FEWEST_DIFFERENT_CHARACTERS:
        limit = f"at least {FEWEST_DIFFERENT_CHARACTERS} different characters"
        value = f"{len(set(password))} different characters"
        yield Fault(pointer, "has too few different characters", value, limit, "weak-password")
    elif password.lower() in _COMMONEST:
        limit = "a password that nobody would try first"
        yield Fault(pointer, "is one of the commonest passwords", None, limit, "weak-password")
    elif password.lower() in (email.lower(), email.lower().partition("@")[0]):
        limit = "anything but the address or its name"
        yield Fault(pointer, "is the e-mail address", None, limit, "weak-password")
