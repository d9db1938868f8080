"""Passwords that a guesser would soon come to, and why; what is known of the owner counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from marketplace.accounts.rules.passwords import ADVICE, known_words, password_faults
from marketplace.api.http.chinese_limits import in_chinese

EMAIL = "wang.xiaoming@hengda-lithium.example"
NAMES = ("王小明", "恒大锂业有限公司", "Hengda Lithium Co., Ltd.", "91510100XXXX00019Y")


def why(password: str, email: str = EMAIL, names: tuple[str, ...] = NAMES) -> list[str]:
    """The keys of the advice that is given."""
    keys = {text: key for key, text in ADVICE.items()}
    return [keys[str(fault.limit)] for fault in password_faults(password, email=email, names=names)]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        # The commonest of twelve characters and more, which the rule before this one listed.
        ("0123456789012", "sequence"),
        ("123456789012", "common"),
        ("1q2w3e4r5t6y", "common"),
        ("1qaz2wsx3edc", "common"),
        ("abc123456789", "common"),
        ("administrator", "common"),
        ("changdan1234", "common"),
        ("iloveyou1314", "common"),
        ("Password1234", "common"),
        ("P@ssw0rd1234", "common"),
        ("drowssap4321", "common"),
        ("qazwsxedcrfv", "common"),
        ("qwertyuiop123", "common"),
        ("woaini1314520", "common"),
        ("zaq12wsxcde3", "common"),
        # What it did not know.
        ("passwordpassword", "repeat"),
        ("abcdefghijkl", "sequence"),
        ("hengdalithium", "own"),
        ("HengdaLithium1", "own"),
        ("wang.xiaoming", "own"),
        ("WANGXIAOMING1", "own"),
        ("恒大锂业有限公司2026", "own"),
        ("91510100XXXX00019Y", "own"),
    ],
)
def test_what_is_guessed_soon_is_refused_for_its_reason(password: str, reason: str) -> None:
    assert why(password) == [reason]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "a-long-passphrase",
        "another long secret",
        "vK9$mq2Lx7Tz",
        "长江边上有三只白鹭在飞翔",
    ],
)
def test_what_is_not_guessed_soon_is_taken(password: str) -> None:
    assert why(password) == []


def test_the_same_password_is_weak_for_its_owner_alone() -> None:
    password = "hengdalithium"
    assert why(password) == ["own"]
    assert why(password, "li@example.com", ("李雷", "另一企业", "Another Ltd.", "91110000600037341L")) == []


def test_owners_at_the_same_time_do_not_see_each_other_s_words() -> None:
    """The estimator keeps them in one dictionary of all threads."""
    names = [("a@b.example", ("hengda lithium",)), ("a@b.example", ("another company",))]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: why("hengdalithium", *names[number % 2]), range(64)))
    assert found == [["own"], []] * 32


def test_a_long_password_is_judged_by_its_beginning() -> None:
    """What stands behind makes it no weaker; 128 characters take no longer than 72."""
    assert why("correct horse battery staple " * 4) == []


@pytest.mark.parametrize("advice", ADVICE.values())
def test_every_reason_is_said_in_chinese(advice: str) -> None:
    assert in_chinese(advice) != advice


def test_the_reason_names_no_part_of_the_password() -> None:
    (fault,) = password_faults("hengdalithium", email=EMAIL, names=NAMES)
    assert "hengda" not in f"{fault.message} {fault.value} {fault.limit}"


def test_known_words_are_whole_and_in_parts() -> None:
    words = known_words(EMAIL, NAMES)
    assert {EMAIL, "wang", "xiaoming", "wangxiaoming", "hengda", "lithium", "hengda lithium co., ltd."} <= set(words)
    assert {"王小明", "恒大", "恒大锂业", "恒大锂业有限公司"} <= set(words)
    assert len(words) == len(set(words))
