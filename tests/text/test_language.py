from __future__ import annotations

import pytest

from unibox_tui.text.language import guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Shop ơi em nhận thiếu 1 áo", "vi"),
        ("cho em hoi gia bao nhieu vay shop", "vi"),
        ("cảm ơn", "vi"),
        ("Đã nhận", "vi"),
        ("พัสดุยังไม่ถึงเลยครับ", "th"),
        ("iPhone 15 Pro Max ราคาเท่าไหร่", "th"),
        ("ค่ะ", "th"),
        ("where is my order?", "en"),
        ("Thank you", "en"),
        ("I haven’t received it yet", "en"),
        ("", None),
        ("ok", None),
        ("123 456", None),
        ("👍", None),
        ("DH20381", None),
        ("¿Dónde está mi pedido?", None),
        ("où est ma commande s'il vous plaît", None),
        ("di mana pesanan saya?", None),
        ("Wo ist meine Bestellung", None),
        ("Где мой заказ?", None),
        ("我的订单在哪里", None),
        ("https://the.example/is/my/order lan@where.example", None),
    ],
)
def test_guess(text: str, language: str | None) -> None:
    assert guess_language(text) == language
