"""The rules of accounts, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.accounts.rules import regions
from marketplace.accounts.rules.kinds import ADMISSION, KIND_NAMES_ZH, OrganisationKind, roles_open_to
from marketplace.accounts.rules.members import member_faults, role_faults
from marketplace.accounts.rules.organisations import organisation_faults, registration_faults
from marketplace.accounts.rules.passwords import password_faults
from marketplace.accounts.rules.regions import PROVINCES, region_fault
from marketplace.accounts.rules.sites import site_faults
from marketplace.accounts.rules.tokens import SCOPES, token_faults
from marketplace.shared.actor import Role
from marketplace.shared.errors import TransitionNotAllowed
from marketplace.shared.texts import line_faults, paragraph_faults

SITE = {
    "name": "一号工厂",
    "address": "测试路1号",
    "region_code": "510100",
    "latitude_deg": None,
    "longitude_deg": None,
}


@pytest.mark.parametrize("status", ADMISSION.statuses)
@pytest.mark.parametrize("action", ADMISSION.actions)
def test_every_step_of_admission(status: str, action: str) -> None:
    """The table as it was meant; whatever it does not name is refused."""
    allowed = {
        ("pending", "verify"): "verified",
        ("pending", "reject"): "rejected",
        ("verified", "suspend"): "suspended",
        ("suspended", "verify"): "verified",
    }
    if (status, action) in allowed:
        assert ADMISSION.next(status, action) == allowed[status, action]
    else:
        with pytest.raises(TransitionNotAllowed):
            ADMISSION.next(status, action)


def test_kinds_keep_trade_operation_and_supervision_apart() -> None:
    """No kind is open to two of these; every kind has an administrator and a Chinese name."""
    sides = ({Role.SELLER, Role.BUYER}, {Role.OPERATOR}, {Role.REGULATOR})
    for kind in OrganisationKind:
        roles = roles_open_to(kind)
        assert Role.ORGANISATION_ADMIN in roles
        assert sum(not roles.isdisjoint(side) for side in sides) <= 1
        assert KIND_NAMES_ZH[kind]


def test_there_are_34_divisions_at_the_level_of_provinces() -> None:
    """23 provinces, 5 autonomous regions, 4 municipalities, 2 special administrative regions."""
    names = [zh for zh, _ in PROVINCES.values()]
    assert len(PROVINCES) == len(set(names)) == 34
    assert sum(name.endswith("省") for name in names) == 23
    assert sum(name.endswith("自治区") for name in names) == 5
    assert sum(name.endswith("市") for name in names) == 4
    assert sum(name.endswith("特别行政区") for name in names) == 2


@pytest.mark.parametrize("code", ["110000", "510100", "350902", "820000", "659001"])
def test_region_codes(code: str) -> None:
    """Of a province, a prefecture, a county."""
    assert region_fault("/x", code) is None


@pytest.mark.parametrize(
    "code",
    ["", "51010", "5101000", "51010a", "000000", "160000", "990000", "510001", "５１０１００", "51 100", "-51010"],
)
def test_what_is_no_region_code(code: str) -> None:
    """Wrong form, no such province, a county without its prefecture."""
    fault = region_fault("/region_code", code)
    assert fault is not None
    assert fault.pointer == "/region_code"
    assert fault.value == code
    assert fault.limit


@pytest.mark.parametrize(
    ("latitude", "longitude", "pointers"),
    [
        (None, None, []),
        ("30.57", "104.07", []),
        ("90", "-180", []),
        ("0", "0", []),
        ("30.123456", "1.2300000", []),
        ("90.000001", "0", ["/latitude_deg"]),
        ("0", "-180.1", ["/longitude_deg"]),
        ("104.07", "30.57", ["/latitude_deg"]),
        ("30.1234567", "0", ["/latitude_deg"]),
        ("30", None, ["/longitude_deg"]),
        (None, "30", ["/latitude_deg"]),
    ],
)
def test_coordinates(latitude: str | None, longitude: str | None, pointers: list[str]) -> None:
    """On earth, both or none, to a tenth of a metre."""
    degrees = [None if text is None else Decimal(text) for text in (latitude, longitude)]
    faults = site_faults({**SITE, "latitude_deg": degrees[0], "longitude_deg": degrees[1]})
    assert [fault.pointer for fault in faults] == pointers


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("x" * 11, "has too few characters"),
        ("abcdefghijkl", "is guessed too easily"),
        ("长单长单供需对接服务平台", None),
        ("abcd" * 32, "has too few different characters"),
        ("abcde" * 25 + "abc", "is guessed too easily"),
        ("abcde" * 25 + "abcd", "has too many characters"),
        ("111111111111", "has too few different characters"),
        ("Password1234", "is guessed too easily"),
        ("wang.xiaoming@example.com", "is guessed too easily"),
        ("WANG.XIAOMING", "is guessed too easily"),
        ("wang.xiaoming!", "is guessed too easily"),
    ],
)
def test_passwords(password: str, message: str | None) -> None:
    """12 to 128 characters, at least five different, none that is guessed soon; no fault repeats them."""
    faults = list(password_faults(password, email="wang.xiaoming@example.com"))
    assert [fault.message for fault in faults] == ([] if message is None else [message])
    assert all(password != fault.value for fault in faults)


@pytest.mark.parametrize("email", ["a@b.cn", "wang+erp@mail.example.com", "o'neil@x-y.org", "王@example.com"])
def test_e_mail_addresses(email: str) -> None:
    """What looks like one."""
    assert list(member_faults(email=email, name="王小明")) == []


@pytest.mark.parametrize(
    "email",
    [
        "",
        "a",
        "a@",
        "@b.cn",
        "a@b",
        "a@@b.cn",
        "a b@c.cn",
        "a@b..cn",
        "a@-b.cn",
        "a@b.cn\n",
        "A@B.CN",
        f"{'a' * 65}@b.cn",
    ],
)
def test_what_is_no_e_mail_address(email: str) -> None:
    """Nor one that was not brought to lower case."""
    assert [fault.pointer for fault in member_faults(email=email, name="王小明")] == ["/email"]


def test_roles_are_named_one_by_one() -> None:
    """Each wrong one with its place."""
    faults = list(role_faults(["seller", "king", "seller", "operator"], "cell"))
    assert [fault.pointer for fault in faults] == ["/roles/1", "/roles/2", "/roles/3"]
    assert faults[0].limit == "buyer, organisation_admin, seller, signatory"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("王小明", []),
        ("", ["is empty"]),
        ("   ", ["is empty"]),
        (" a", ["begins or ends with a space"]),
        ("a\u3000", ["begins or ends with a space"]),
        ("a\nb", ["holds a control or invisible character"]),
        ("a\u202eb", ["holds a control or invisible character"]),
        ("x" * 11, ["is too long"]),
    ],
)
def test_lines_of_text(text: str, messages: list[str]) -> None:
    """No invisible tricks in names that others will read."""
    assert [fault.message for fault in line_faults("/name", text, 10)] == messages


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("两行\n\t理由\r\n第三行", []),
        ("a b", ["has the wrong length"]),
        ("    a    ", ["has the wrong length"]),
        ("x" * 21, ["has the wrong length"]),
        ("abcd\u202eef", ["holds a control or invisible character"]),
        ("abcd\ref", ["holds a control or invisible character"]),
        ("abcd\0ef", ["holds a control or invisible character"]),
    ],
)
def test_texts_of_some_lines(text: str, messages: list[str]) -> None:
    """Line ends and tabs are what a text may have more than a name."""
    assert [fault.message for fault in paragraph_faults("/reason", text, 20, shortest=4)] == messages


def test_an_organisations_faults_are_found_together() -> None:
    """Only of the fields that are given."""
    assert list(organisation_faults({})) == []
    given = {"name_zh": "", "name_latin": "x" * 201, "credit_code": "1", "group_parent": "2", "tags": ["", "a", "a"]}
    pointers = [fault.pointer for fault in organisation_faults(given)]
    assert pointers == ["/name_zh", "/name_latin", "/credit_code", "/group_parent", "/tags/0", "/tags/2"]
    many = {"tags": [str(number) for number in range(21)]}
    assert [(fault.value, fault.limit) for fault in organisation_faults(many)] == [(21, 20)]


@pytest.mark.parametrize("kind", list(OrganisationKind))
def test_all_kinds_register_but_operators(kind: OrganisationKind) -> None:
    """These are made at the command line."""
    given = {"name_zh": "甲", "name_latin": "A", "credit_code": "91110000600037341L", "kind": str(kind)}
    assert bool(list(registration_faults(given))) == (kind is OrganisationKind.OPERATOR)


def test_tokens() -> None:
    """A name, known scopes, a year at most."""
    assert list(token_faults(name="ERP", scopes=sorted(SCOPES), valid_days=365)) == []
    faults = token_faults(name="", scopes=["orders:read", "all"], valid_days=366)
    assert [fault.pointer for fault in faults] == ["/name", "/scopes/1", "/valid_days"]


def test_the_table_of_regions_is_sorted() -> None:
    """So that one finds one's way in it."""
    assert list(regions.PROVINCES) == sorted(regions.PROVINCES)
