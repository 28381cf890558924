"""Precision before recall: what may join by itself, what may only be suggested, and what tells nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.domain.matching import (
    MATTER_MS,
    Decision,
    Evidence,
    Kind,
    Known,
    Level,
    Side,
    decide,
    names_agree,
    normal_email,
    pairs,
    placeholder,
)
from unibox_tui.text.keys import normal_phone, transfer_codes

V, S, W = Level.VERIFIED, Level.STATED, Level.WRITTEN


def same(kind: Kind, value: str, mine: Level = V, theirs: Level = V, **more: object) -> Evidence:
    return Evidence(kind, value, Side(mine, at=0), Side(theirs, at=0), **more)  # type: ignore[arg-type]


PHONE, MAIL = "+84903111224", "ha.nguyen@khach.example"


@pytest.mark.parametrize(("mine", "theirs"), [(V, S), (S, V), (S, S), (V, W), (W, V), (W, W)])
@pytest.mark.parametrize(("kind", "value"), [("phone", PHONE), ("email", MAIL)])
def test_only_what_the_channel_vouches_for_on_both_sides_joins(
    kind: Kind, value: str, mine: Level, theirs: Level
) -> None:
    assert decide([same(kind, value)], ("Hà Nguyễn", "Nguyễn Thị Hà")).what == "automatic"
    assert decide([same(kind, value, mine, theirs)], ("Hà Nguyễn", "Nguyễn Thị Hà")).what == "suggestion"


@pytest.mark.parametrize(
    "evidence",
    [
        same("email", "noreply@shop.example"),
        same("email", "no-reply+123@shop.example"),
        same("email", "info@cty.example"),
        same("email", "cskh@cty.example"),
        same("email", "mailer-daemon@cty.example"),
        same("phone", "+84999999999"),
        same("phone", "+84123456789"),
        same("phone", PHONE, holders=3),
        same("phone", PHONE, ours=True),
        same("email", MAIL, ours=True),
        same("order", "DH1", W, W),
        same("order", "AB0000", W, W),
        same("email", ""),
    ],
)
def test_what_tells_nothing_is_never_used(evidence: Evidence) -> None:
    assert decide([evidence]) == Decision("none")


def test_different_people_on_one_verified_key_are_not_joined_unasked() -> None:
    assert decide([same("phone", PHONE)], ("Trần Văn Minh", "Nguyễn Thị Hà")).what == "suggestion"
    assert decide([same("phone", PHONE)], ("Chị Hà Nguyễn", "Nguyễn Thị Hà")).what == "automatic"
    assert decide([same("platform", "zalo-app:1/2")], ("bé heo", "Nguyễn Thị Hà")).what == "automatic"


def test_a_family_telephone_needs_a_name() -> None:
    assert decide([same("phone", PHONE)], ("", "Nguyễn Thị Hà")).what == "suggestion"
    assert decide([same("phone", PHONE)], ("Hà", "Nguyễn Thị Hà")).what == "suggestion"
    assert decide([same("email", MAIL)], ("", "Nguyễn Thị Hà")).what == "automatic"


def test_a_matter_counts_near_in_time_only() -> None:
    near = Evidence("order", "DH20381", Side(W, 1, MATTER_MS), Side(W, 2, 0))
    far = Evidence("order", "DH20381", Side(W, 1, MATTER_MS + 1), Side(W, 2, 0))
    assert decide([near]).what == "suggestion"
    assert decide([far]).what == "none"


def test_two_independent_reasons_rank_above_any_one() -> None:
    order, bank = same("order", "DH20381", W, W), same("bank", "FT24123456789", W, W)
    best_single = max(
        decide([one]).score for one in (order, bank, same("phone", PHONE, V, S), same("email", MAIL, V, S))
    )
    assert decide([order, bank]).score > best_single
    assert decide([order, same("phone", PHONE, W, W)]).score > best_single
    again = same("bank", "DH20381", W, W)
    assert decide([order, again]).score < 200, "a transfer that names the order says nothing new"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Ha.Nguyen+shop@GMail.com", "hanguyen@gmail.com"),
        ("ha.nguyen@googlemail.com", "hanguyen@gmail.com"),
        (" <HA+x@Outlook.com> ", "ha@outlook.com"),
        ("ha.nguyen+x@khach.example", "ha.nguyen+x@khach.example"),
        ("ha", ""),
        ("ha@", ""),
        ("@khach.example", ""),
        ("ha nguyen@khach.example", ""),
        ("ha@localhost", ""),
    ],
)
def test_addresses_in_normal_form(written: str, normal: str) -> None:
    assert normal_email(written) == normal
    assert normal_email(normal) == normal


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("0903 111 224", "VN", "+84903111224"),
        ("0903.111.224", "VN", "+84903111224"),
        ("+84 903-111-224", "TH", "+84903111224"),
        ("+84903111224", "VN", "+84903111224"),
        ("๐๘๑-๒๓๔-๕๖๗๘", "TH", "+66812345678"),
        ("081-234-5678", "TH", "+66812345678"),
        ("12345", "VN", ""),
        ("không có", "VN", ""),
        ("", "VN", ""),
    ],
)
def test_numbers_in_normal_form_by_the_region(written: str, region: str, e164: str) -> None:
    assert normal_phone(written, region) == e164


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("", "Hà", True),
        ("Nguyễn Thị Hà", "ha nguyen", True),
        ("NGUYEN THI HA", "Nguyễn Thị Hà", True),
        ("chị Hà", "Hà", True),
        ("HaNguyen", "Hà Nguyễn", True),
        ("Ha Nguyen", "HaNguyen", True),
        ("คุณสมชาย", "คุณสมชาย", True),
        ("สมชาย", "สมหญิง", False),
        ("Trần Văn Minh", "Nguyễn Thị Hà", False),
        ("Đặng Đức", "dang duc", True),
    ],
)
def test_names(one: str, other: str, agree: bool) -> None:
    assert names_agree(one, other) is agree
    assert names_agree(other, one) is agree


def test_codes_of_transfers() -> None:
    assert [code.value for code in transfer_codes("em ck 590k nội dung FT24123456789 nhé")] == ["FT24123456789"]
    assert transfer_codes("em ck rồi nội dung Nguyen Thi Ha") == []
    assert transfer_codes("đơn FT24123456789") == []


@given(
    st.lists(st.sampled_from([same("phone", PHONE, W, V), same("order", "DH20381", W, W), same("email", MAIL, S, S)]))
)
def test_more_of_the_same_changes_nothing(evidence: list[Evidence]) -> None:
    assert decide(evidence) == decide([*evidence]) or not evidence
    assert decide(evidence).score == decide([*evidence, *evidence]).score
    assert decide(evidence).what != "automatic"


def test_placeholders_do_not_eat_people() -> None:
    for local in ("hoang.info", "salesha", "ha", "supportha", "testa", "minh.contact", "noreen", "nonthawat"):
        assert not placeholder("email", f"{local}@khach.example"), local
    for number in ("+84912345678", "+66812345678", "+84903111224"):
        assert not placeholder("phone", number), number


# -- a town of people ------------------------------------------------------------------------------------------------

FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi"]
GIVEN = ["Hà", "Minh", "Lan", "Mai", "Anh", "Tuấn", "Hương", "Thảo", "Đức", "Linh", "Ngọc", "Sơn"]
MIDDLE = ["Thị", "Văn", "Thanh", "Ngọc", "Quốc", "Thu"]


def town(seed: int, people: int) -> tuple[list[Known], set[tuple[str, str]]]:
    """Accounts of invented people and which belong together, with the traps of real lists: families on one phone, offices
    on one address, staff numbers given as one's own, recycled numbers, typing errors, forwarded order codes."""
    chance = random.Random(seed)
    accounts: list[Known] = []
    true: set[tuple[str, str]] = set()
    last_name, last_phone = "", ""
    for number in range(people):
        name = f"{chance.choice(FAMILY)} {chance.choice(MIDDLE)} {chance.choice(GIVEN)}"
        phone, mail = f"+8490{1_000_000 + number * 7:07d}", f"khach{number}@khach.example"
        if chance.random() < 0.04 and last_phone:
            phone = last_phone  # a family, or a number that belongs to somebody else now
        own: list[str] = []
        for account in range(chance.choice((1, 1, 2, 2, 3))):
            keys: dict[tuple[Kind, str], Level] = {}
            if chance.random() < 0.6:
                keys["phone", phone] = chance.choice((V, V, S))
            if chance.random() < 0.6:
                keys["email", mail] = chance.choice((V, S))
            if chance.random() < 0.03:
                keys["email", chance.choice(("info@cty.example", "noreply@san.example"))] = V
            if chance.random() < 0.02:
                keys["phone", "+84241234111"] = S  # the shop's own
            if chance.random() < 0.01:
                keys["phone", f"+8490{1_000_000 + chance.randrange(people) * 7:07d}"] = S  # a friend's, or a slip
            said = chance.choice((name, name, name.split()[-1], "", f"{name.split()[-1]} {name.split()[0]}"))
            matters = frozenset({f"DH{20_000 + number}"} if chance.random() < 0.5 else ())
            if chance.random() < 0.01:
                matters = frozenset({f"DH{20_000 + chance.randrange(people)}"})
            accounts.append(Known(f"{number}-{account}", said, keys, matters))
            own.append(f"{number}-{account}")
        true |= {(a, b) for a in own for b in own if a < b}
        last_name, last_phone = name, phone
    assert last_name
    return accounts, true


@pytest.mark.parametrize("seed", range(5))
def test_automatic_joins_are_right(seed: int) -> None:
    accounts, true = town(seed, 4_000)
    found = pairs(accounts)
    joined = {pair for pair, decision in found.items() if decision.what == "automatic"}
    assert len(joined) > 300
    assert len(joined & true) / len(joined) >= 0.99
    suggested = found.keys() - joined
    assert len(suggested & true) / len(suggested) > 0.8
    assert len(found.keys() & true) / len(true) > 0.4
