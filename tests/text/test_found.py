from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unibox_tui.text.found import Found, find


def of_kind(kind: str, text: str, region: str = "VN") -> list[tuple[str, str]]:
    return [(item.value, item.confidence) for item in find(text, region) if item.kind == kind]


@pytest.mark.parametrize(
    ("region", "text", "value"),
    [
        ("VN", "sđt em 0912.345.678 nhé", "+84912345678"),
        ("VN", "0912 345 678", "+84912345678"),
        ("VN", "0912-345-678", "+84912345678"),
        ("VN", "0 9 1 2 3 4 5 6 7 8", "+84912345678"),
        ("VN", "+84912345678", "+84912345678"),
        ("VN", "+84 912 345 678", "+84912345678"),
        ("VN", "(+84) 912 345 678", "+84912345678"),
        ("VN", "+84(0)912345678", "+84912345678"),
        ("VN", "0084912345678", "+84912345678"),
        ("VN", "+66 81 234 5678", "+66812345678"),
        ("VN", "(028) 3822 1234", "+842838221234"),
        ("VN", "0912\u00a0345\u00a0678", "+84912345678"),
        ("VN", "gọi 0912345678.", "+84912345678"),
        ("VN", "giá 590.000đ, gọi 0912345678 02 áo", "+84912345678"),
        ("VN", "081 234 5678", "+84812345678"),
        ("TH", "081 234 5678", "+66812345678"),
        ("TH", "โทร ๐๘๑-๒๓๔-๕๖๗๘ ค่ะ", "+66812345678"),
        ("TH", "โทร0812345678นะคะ", "+66812345678"),
        ("TH", "02-123-4567 ต่อ 12", "+6621234567"),
        ("US", "(202) 555-0123", "+12025550123"),
    ],
)
def test_phones(region: str, text: str, value: str) -> None:
    assert of_kind("phone", text, region) == [(value, "high")]


@pytest.mark.parametrize(
    ("region", "text", "value"),
    [
        ("VN", "sdt0912345678nha", "+84912345678"),
        ("VN", "84912345678", "+84912345678"),
        ("TH", "0321234567", "+84321234567"),
    ],
)
def test_doubtful_phones(region: str, text: str, value: str) -> None:
    assert of_kind("phone", text, region) == [(value, "low")]


@pytest.mark.parametrize(
    "text",
    [
        "giá 590.000đ hay 1.200.000 vnd",
        "0912345678đ",
        "090.000 đ",
        "STK 0071000123456 VCB",
        "stk: 0912345678",
        "Vietcombank 0912345678",
        "số tài khoản của em là 0912345678",
        "เลขบัญชี 081-2-34567-8",
        "012-3-45678-9",
        "DH0912345678",
        "mã vận đơn 0912345678",
        "09.12.2023 1430",
        "01-02-2024 10:30",
        "2024-01-02 03:04:05",
        "https://shop.example/0912345678",
        "lan0912345678@cua-hang.example",
        "0912345678901234",
        "1234567890",
        "CCCD 0912345678",
        "0.912.345",
    ],
)
@pytest.mark.parametrize("region", ["VN", "TH"])
def test_what_is_no_phone(region: str, text: str) -> None:
    assert of_kind("phone", text, region) == []


def test_two_phones_beside_each_other() -> None:
    both = [("+84912345678", "high"), ("+84987654321", "high")]
    assert of_kind("phone", "0912345678 0987654321") == both
    assert of_kind("phone", "0912345678/0987654321") == both
    assert of_kind("phone", "0912.345.678 - 0987.654.321") == both


def test_links() -> None:
    text = "mail LAN@Cua-Hang.example, xem (https://a.example/x?y=(1)). www.b.example! shop.example/abc"
    assert of_kind("email", text) == [("lan@cua-hang.example", "high")]
    assert of_kind("url", text) == [
        ("https://a.example/x?y=(1)", "high"),
        ("https://www.b.example", "high"),
        ("https://shop.example/abc", "low"),
    ]
    assert of_kind("email", "อีเมลlan@cua-hang.exampleนะคะ") == [("lan@cua-hang.example", "high")]
    assert of_kind("email", "a@b, @lan, x@.example, @@") == []
    assert of_kind("url", "javascript:alert(1) file:///x 1.2.3 v2.0 http://") == []


def test_orders_by_guess() -> None:
    assert of_kind("order", "đơn DH20381 và dh20382, ORD-12345") == [
        ("DH20381", "high"),
        ("DH20382", "high"),
        ("ORD-12345", "high"),
    ]
    assert of_kind("order", "ออเดอร์DH20381ค่ะ", "TH") == [("DH20381", "high")]
    assert of_kind("order", "RTX4090") == [("RTX4090", "low")]
    assert of_kind("order", "iPhone15 covid2019 win2024 VCB0123456 SDT0912345678 area5100 THB1200") == []


def test_orders_by_the_workspace() -> None:
    found = find("mã: hd/77 và DH20381", "VN", [r"(?i)mã:\s*(hd/\d+)", r"KB\d{3}"])
    assert [(f.kind, f.value, f.raw) for f in found] == [("order", "HD/77", "hd/77")]
    assert [f.value for f in find("https://a.example/KB123", "VN", [r"KB\d{3}"]) if f.kind == "order"] == ["KB123"]
    with pytest.raises(ValueError, match=r"'\(\(' is not a regular expression"):
        find("x", "VN", ["(("])


@pytest.mark.parametrize(
    ("region", "text", "value", "minor"),
    [
        ("VN", "590k", "590000 VND", 590_000),
        ("VN", "590K nhé", "590000 VND", 590_000),
        ("VN", "590.000đ", "590000 VND", 590_000),
        ("VN", "590,000 VND", "590000 VND", 590_000),
        ("VN", "590000đ", "590000 VND", 590_000),
        ("VN", "590 nghìn", "590000 VND", 590_000),
        ("VN", "1tr2", "1200000 VND", 1_200_000),
        ("VN", "1tr250", "1250000 VND", 1_250_000),
        ("VN", "1,5tr", "1500000 VND", 1_500_000),
        ("VN", "2 triệu 500 ngàn", "2500000 VND", 2_500_000),
        ("VN", "1 triệu rưỡi", "1500000 VND", 1_500_000),
        ("VN", "₫1.200.000", "1200000 VND", 1_200_000),
        ("TH", "฿1,200", "1200 THB", 120_000),
        ("TH", "1,200 บาทค่ะ", "1200 THB", 120_000),
        ("TH", "๑,๒๐๐บาท", "1200 THB", 120_000),
        ("TH", "1200.50 บาท", "1200.50 THB", 120_050),
        ("VN", "1,200 บาท", "1200 THB", 120_000),
        ("VN", "$12.50", "12.50 USD", 1250),
        ("TH", "12 usd", "12 USD", 1200),
        ("TH", "590.000đ", "590000 VND", 590_000),
    ],
)
def test_amounts(region: str, text: str, value: str, minor: int) -> None:
    (amount,) = (item for item in find(text, region) if item.kind == "amount")
    assert (amount.value, amount.minor, amount.confidence) == (value, minor, "high")
    assert amount.currency == value.split()[1]


def test_doubtful_amounts() -> None:
    assert of_kind("amount", "590.000") == [("590000 VND", "low")]
    assert of_kind("amount", "4k") == [("4000 VND", "low")]
    assert of_kind("amount", "590k", "US") == []
    assert of_kind("amount", "2 áo, 5 kg, 0912.345.678, 12/03/2024, v1.200, 3 cái") == []


def test_a_transfer_tells_amount_and_order() -> None:
    text = "em đã ck 590k nội dung DH20381 rồi ạ"
    (notice,) = (item for item in find(text, "VN") if item.kind == "bank")
    assert notice.raw == "ck 590k nội dung DH20381"
    assert (notice.value, notice.minor, notice.reference, notice.confidence) == (
        "590000 VND",
        590_000,
        "DH20381",
        "high",
    )


@pytest.mark.parametrize(
    ("region", "text", "value", "reference", "confidence"),
    [
        ("VN", "em chuyển khoản rồi nha", "", None, "low"),
        ("VN", "chuyển khoản 1tr2 nội dung: Lan mua ao", "1200000 VND", "Lan mua ao", "high"),
        ("VN", "TK 0123456789 |GD: +590,000VND 12/03/24 |ND: DH20381 Lan ck", "590000 VND", "DH20381", "high"),
        ("TH", "โอนเงินแล้ว 1,200 บาทค่ะ เลขอ้างอิง: AB-123456", "1200 THB", "AB-123456", "high"),
        ("TH", "โอนแล้วค่ะ", "", None, "low"),
        ("TH", "โอน 590 บาท", "590 THB", None, "high"),
        ("US", "I transferred $12.50", "12.50 USD", None, "high"),
    ],
)
def test_transfers(region: str, text: str, value: str, reference: str | None, confidence: str) -> None:
    notices = [item for item in find(text, region) if item.kind == "bank"]
    assert [(n.value, n.reference, n.confidence) for n in notices] == [(value, reference, confidence)]


def test_no_transfer_in_other_words() -> None:
    assert of_kind("bank", "tick check Rock, 590k") == []


def check(text: str, items: list[Found]) -> None:
    for item in items:
        assert 0 <= item.start < item.end <= len(text)
        assert item.raw == text[item.start : item.end]


@settings(max_examples=300, deadline=None)
@given(st.text(st.one_of(st.sampled_from("0189๐๘+-.,() /@#đkKtr฿$DHck\n"), st.characters()), max_size=80))
@pytest.mark.parametrize("region", ["VN", "TH", "US", ""])
def test_any_text_is_survived_and_spans_are_true(region: str, text: str) -> None:
    check(text, find(text, region))


HOSTILE = [
    "1", "0 ", "0 1 ", "0-", "0(", "+84 ", "0912345678 ", "a@", "a.", "a@a.", "http://", "www.", "www.a.example/)", "111.",
    "1,", "$1,", "1tr ", "1 triệu ", "ck ", "ck nd ", "nội dung a ", "DH1", "DH20381 ", "โอน", "๐๘๑", "stk ", "((", "\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        best = float("inf")
        for _ in range(2):
            before = time.process_time()
            find(text, "VN")
            best = min(best, time.process_time() - before)
        return best

    find("0912345678", "VN")
    small, large = seconds(12_500), seconds(100_000)
    # Eight times the text; a quadratic finder would take sixty-four times as long.
    assert large < 30 * max(small, 0.001)
