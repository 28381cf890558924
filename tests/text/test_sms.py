from __future__ import annotations

import pytest

from unibox_tui.text.sms import Parts, parts, strip_marks


@pytest.mark.parametrize(
    ("text", "count", "units", "unicode"),
    [
        ("", 0, 0, False),
        ("a" * 160, 1, 160, False),
        ("a" * 161, 2, 161, False),
        ("a" * 306, 2, 306, False),
        ("a" * 307, 3, 307, False),
        ("a" * 459, 3, 459, False),
        ("€" * 80, 1, 160, False),
        ("€" * 81, 2, 162, False),
        ("[" + "a" * 158, 1, 160, False),
        ("[" + "a" * 159, 2, 161, False),
        ("ơ" * 70, 1, 70, True),
        ("ơ" * 71, 2, 71, True),
        ("ơ" * 134, 2, 134, True),
        ("ơ" * 135, 3, 135, True),
        ("a" * 69 + "ơ", 1, 70, True),
        ("🎁" * 35, 1, 70, True),
        ("🎁" * 36, 2, 72, True),
        ("พัสดุ" * 14, 1, 70, True),
        ("à é ù ì ò ñ ü", 1, 13, False),
        ("Cảm ơn", 1, 6, True),
    ],
)
def test_parts(text: str, count: int, units: int, unicode: bool) -> None:
    found = parts(text)
    assert (found.count, found.units, found.unicode) == (count, units, unicode)


def test_an_escaped_character_is_not_parted() -> None:
    """152 septets and a bracket do not fill 153: the bracket begins the next part, and so all come one later."""
    assert parts("a" * 152 + "[" + "a" * 152).count == 3
    assert parts("a" * 151 + "[" + "a" * 153).count == 2


def test_a_surrogate_pair_is_not_parted() -> None:
    assert parts("ơ" * 66 + "🎁" + "ơ" * 66).count == 3
    assert parts("ơ" * 65 + "🎁" + "ơ" * 67).count == 2


def test_what_still_fits() -> None:
    assert parts("abc") == Parts(1, 3, False, 157)
    assert parts("a" * 161).left == 153 - 8


def test_letters_written_in_two_pieces_count_as_one() -> None:
    assert parts("o\u031b\u0309").units == 1


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Dạ em đã gửi hàng, chị nhận giúp em ạ", "Da em da gui hang, chi nhan giup em a"),
        ("ĐƯỜNG Nguyễn Huệ – “quận 1”…", 'DUONG Nguyen Hue - "quan 1"...'),
        ("590.000\u00a0₫", "590.000 d"),
        ("ขอบคุณครับ ñ", "ขอบคุณครับ n"),
    ],
)
def test_without_marks(written: str, plain: str) -> None:
    assert strip_marks(written) == plain


def test_a_vietnamese_text_without_marks_is_the_short_alphabet() -> None:
    text = "Dạ đơn của chị đang trên đường giao, dự kiến chiều mai tới ạ. Cảm ơn chị đã mua hàng!"
    assert parts(text).count == 2
    assert parts(strip_marks(text)) == Parts(1, len(text), False, 160 - len(text))
