"""What a colleague would point at before an answer goes, and what they would not."""

from __future__ import annotations

import pytest

from unibox_tui.text.before_sending import Around, Person, doubts

HA = Person(("Nguyễn Thị Hà", "Hà Nguyễn"), "chị", "vi", ("+84912000678",), frozenset(("phone", "address")))
SOMCHAI = Person(("สมชาย ใจดี",), "คุณ", "th", ("+66812345678",))
ALICE = Person(("Alice Hartley",), "", "en", (), frozenset(("order",)))
AROUND = Around(others=("Trần Văn Minh", "Oliver Reed", "นภา วงศ์ดี"), ours=("An", "Shop A"), particle="ครับ")


def codes(text: str, person: Person = HA, around: Around = AROUND, **more: object) -> list[str]:
    return [doubt.code for doubt in doubts(text, person, around, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "person", "code"),
    [
        ("Dạ chị Lan ơi, em gửi hàng rồi ạ", HA, "name"),
        ("Dạ, đơn của Trần Văn Minh giao mai ạ", HA, "name"),
        ("สวัสดีครับ คุณนภา ของส่งแล้วครับ", SOMCHAI, "name"),
        ("Hi Oliver, it left today.", ALICE, "name"),
        ("Em gọi số 0987 654 321 nha chị", HA, "phone"),
        ("khách này khó tính, để em xử lý", HA, "note"),
        ("@binh xem giúp em", HA, "note"),
        ("ลูกค้าคนนี้รอนานแล้ว", SOMCHAI, "note"),
        ("the customer wants a refund", ALICE, "note"),
        ("Dạ anh ơi, còn hàng ạ", HA, "pronoun"),
        ("Em cảm ơn anh nhiều", HA, "pronoun"),
        ("ของส่งแล้วค่ะ", SOMCHAI, "particle"),
        ("Dạ {given} ơi", HA, "unresolved"),
        ("size ‹size› còn ạ", HA, "unresolved"),
        ("Em gửi chị bảng size ạ", HA, "attachment"),
        ("Em gửi kèm hoá đơn ạ", HA, "attachment"),
        ("แนบไฟล์มาให้แล้วครับ", SOMCHAI, "attachment"),
        ("Please find the invoice attached.", ALICE, "attachment"),
        ("Chị cho em xin số điện thoại ạ", HA, "asked"),
        ("Chị cho em xin địa chỉ nhận hàng nhé", HA, "asked"),
        ("What is your order number?", ALICE, "asked"),
    ],
)
def test_doubtful(text: str, person: Person, code: str) -> None:
    assert codes(text, person) == [code]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Dạ chị Hà ơi, em An bên Shop A, em gửi hàng rồi ạ", HA),
        ("Dạ chào chị, số 0912 000 678 đúng không ạ?", HA),
        ("Dạ em cảm ơn chị ạ", HA),
        ("Mai em gửi chị ảnh ạ", HA),
        ("Chị gửi giúp em ảnh đính kèm nhé", HA),
        ("สวัสดีครับคุณสมชาย ส่งของแล้วครับ", SOMCHAI),
        ("ขอเบอร์โทรด้วยครับ", ALICE),
        ("Hi Alice, thanks! I will send the attachment tomorrow.", ALICE),
        ("Hi there, could you tell me the size?", ALICE),
        ("Gọi 1900 0000 giúp em ạ", HA),
        ("Giá 450.000 ạ", HA),
        ("Dạ anh/chị chờ em chút ạ", HA),
        ("", HA),
    ],
)
def test_not_doubtful(text: str, person: Person) -> None:
    assert codes(text, person) == []


def test_a_promised_file_that_is_there_is_no_doubt() -> None:
    assert codes("Em gửi kèm hoá đơn ạ", files=1) == []


@pytest.mark.parametrize(
    "text", ["Dạ chào chị Hà, em gửi hàng rồi", "สวัสดีค่ะ ส่งแล้วค่ะ", "Dear Alice, it left", "Chị ơi, còn hàng ạ"]
)
def test_a_note_that_reads_like_an_answer(text: str) -> None:
    assert codes(text, mode="note") == ["reply"]


@pytest.mark.parametrize(
    "text", ["khách cần gấp", "kho báo hết, gọi lại chị Hà mai", "ลูกค้ารอนานแล้ว", "{given} attached"]
)
def test_a_note_that_is_one(text: str) -> None:
    assert codes(text, mode="note") == []


def test_both_particles_are_one_too_many_when_nobody_said_which() -> None:
    assert codes("ส่งแล้วครับ ขอบคุณค่ะ", SOMCHAI, Around()) == ["particle"]


KNOWN = frozenset(("phone", "address", "email", "order", "name"))


@pytest.mark.parametrize(
    "text",
    [
        "SĐT của chị là bao nhiêu ạ?",
        "Số điện thoại chị là gì ạ",
        "Chị để lại sđt giúp em nha",
        "Địa chỉ của mình là ở đâu ạ?",
        "Chị gửi em mã đơn ạ",
        "Mã đơn của chị là gì ạ",
        "chi cho em xin so dien thoai nha",
        "dia chi cua minh la o dau a",
        "Cho em xin tên người nhận ạ",
        "ขอเบอร์ติดต่อด้วยนะครับ",
        "รบกวนแจ้งเบอร์โทรครับ",
        "ฝากเบอร์ไว้ได้เลยครับ",
        "เบอร์โทรอะไรครับ",
        "ขอทราบที่อยู่จัดส่งครับ",
        "แจ้งหมายเลขออเดอร์ด้วยครับ",
        "ขอทราบชื่อผู้รับครับ",
        "What's your number?",
        "What is your phone?",
        "Could I have your email please",
        "May I have your full name?",
    ],
)
def test_asking_for_what_is_known_in_three_languages_with_and_without_marks(text: str) -> None:
    assert codes(text, Person((), "", "", (), KNOWN)) == ["asked"]
    assert codes(text, Person()) == []


@pytest.mark.parametrize(
    "text",
    [
        "Dạ mã đơn của chị là DH20381 ạ",
        "Em nhận được số điện thoại của chị rồi ạ",
        "Dạ địa chỉ shop là 12 Lê Lợi ạ",
        "da ma don cua chi la DH20381 a",
        "ได้รับเบอร์โทรแล้วครับ",
        "เบอร์ร้านคือ 02 000 1111 ครับ",
        "Your order left today.",
        "What is your size number 38 or 39?",
    ],
)
def test_telling_it_is_not_asking(text: str) -> None:
    assert codes(text, Person((), "", "", (), KNOWN)) == []
