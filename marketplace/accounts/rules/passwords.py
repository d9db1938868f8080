"""What a password must be: long enough, and not among the first hundred million that a guesser would try.

How early a guesser would come to it is estimated by zxcvbn, from lists of common passwords, words and names, from
keyboard patterns, dates and sequences, and from what everybody knows of its owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from threading import Lock
from typing import Any, cast

from marketplace.shared.errors import Fault

SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT_CHARACTERS = 5
LOWEST_SCORE = 3  # of zxcvbn's 0 to 4: "safely unguessable", at least 10^8 guesses
LONGEST_ESTIMATED = 72  # what follows makes no password weaker, and estimating takes long for long ones

# Whoever guesses passwords here knows these; and the lists of zxcvbn, which are English, lack the last of them.
_OF_THIS_PLACE = ("changdan", "长单", "lithium", "woaini", "1314520", "5201314", "aini1314")

_PARTS = re.compile(r"[^\W_]{3,}")

ADVICE = {
    "own": "nothing made of one's own names, e-mail address or organisation",
    "common": "no common passwords, words or names",
    "keys": "no patterns of the keyboard",
    "repeat": "no repeats",
    "sequence": "no sequences such as abc or 6543",
    "date": "no dates or years",
    "short": "several words that do not belong together",
}
_PATTERNS = {"spatial": "keys", "repeat": "repeat", "sequence": "sequence", "date": "date", "regex": "date"}

_one_at_a_time = Lock()  # zxcvbn keeps its caller's words in a dictionary that all callers share


def password_faults(
    password: str, *, email: str, names: Iterable[str] = (), pointer: str = "/password"
) -> Iterator[Fault]:
    """Faults of a new password.  No fault carries the password itself, nor the part of it that is weak.

    ``names``: the member's and the organisation's, in every script.

    >>> [fault.message for fault in password_faults("short", email="a@b.cn")]
    ['has too few characters']
    >>> [fault.limit for fault in password_faults("password1234", email="a@b.cn")]
    ['no common passwords, words or names']
    """
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"has too {'few' if len(password) < SHORTEST else 'many'} characters"
        limit = f"{SHORTEST} to {LONGEST} characters"
        yield Fault(pointer, message, f"{len(password)} characters", limit, "wrong-length")
    elif len(set(password)) < FEWEST_DIFFERENT_CHARACTERS:
        limit = f"at least {FEWEST_DIFFERENT_CHARACTERS} different characters"
        value = f"{len(set(password))} different characters"
        yield Fault(pointer, "has too few different characters", value, limit, "weak-password")
    else:
        reason = _why_guessable(password, known_words(email, names))
        if reason is not None:
            yield Fault(pointer, "is guessed too easily", None, ADVICE[reason], "weak-password")


def known_words(email: str, names: Iterable[str]) -> list[str]:
    """What everybody knows of a password's owner, whole and in parts of at least three characters (Chinese: two).

    >>> known_words("wang.xm@acme.cn", ["Acme Ltd.", "王小明"])[:8]
    ['wang.xm@acme.cn', 'wang.xm', 'wangxm', 'wang', 'acme', 'acme.cn', 'acme ltd.', 'acmeltd']
    """
    email = email.lower()
    local, _, domain = email.partition("@")
    words = [email, local, "".join(_letters(local)), *_PARTS.findall(local), *_PARTS.findall(domain), domain]
    for name in (name.lower() for name in names if name):
        parts = _PARTS.findall(name)
        words += [name, "".join(_letters(name)), *parts]
        words += [part[:size] for part in parts if not part.isascii() for size in (2, 3, 4)]
    return [word for word in dict.fromkeys([*words, *_OF_THIS_PLACE]) if word]


def _letters(name: str) -> Iterator[str]:
    return (character for character in name if character.isalnum())


def _why_guessable(password: str, words: list[str]) -> str | None:
    """A key of ADVICE, for what makes most of the password weak; None for one that is strong enough."""
    with _one_at_a_time:
        estimate = cast(Mapping[str, Any], _estimator()(password[:LONGEST_ESTIMATED], user_inputs=words))
    if estimate["score"] >= LOWEST_SCORE:
        return None
    found = [part for part in estimate["sequence"] if part["pattern"] != "bruteforce"]
    if not found:
        return "short"
    own = (part["matched_word"] for part in found if part.get("dictionary_name") == "user_inputs")
    if any(word not in _OF_THIS_PLACE for word in own):
        return "own"
    longest = max(found, key=lambda part: len(part["token"]))
    return _PATTERNS.get(longest["pattern"], "common")


@cache
def _estimator() -> Any:
    from zxcvbn import zxcvbn  # its lists take a moment to load, which only new passwords need

    return zxcvbn
