"""A customer's mail, from a real mail server to the screen, and the answer back."""

from __future__ import annotations

import re
import time

from tests.e2e.house import House, never, until


def test_a_mail_comes_is_answered_and_goes_on(house: House) -> None:
    shop = house.mailbox("shop")
    house.serve()
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6")
    first = house.deliver(shop)
    began = time.monotonic()
    app.see("Nguyễn Thị Hà")
    print(f"mail to screen: {(time.monotonic() - began) * 1000:.0f} ms")
    app.keys("Enter")
    app.see("Shop ơi em nhận thiếu 1 áo")
    app.keys("r")
    app.see("Reply via")
    app.typed("Daj⌫⌫⌫Dạ chij⌫⌫⌫⌫chị ")
    app.typed("Haf⌫⌫⌫Hà, em xin loi⌫⌫⌫lỗi")
    app.see("Dạ chị Hà, em xin lỗi")
    app.keys("Enter")
    (mail,) = until(house.sent, else_=app.screen)
    assert mail["In-Reply-To"] == first
    assert mail["References"] == first
    assert mail["From"] == "Shop A <shop@shop-a.example>"
    assert mail["To"] in ("Nguyễn Thị Hà <ha@khach.example>", "ha@khach.example")
    assert mail["Subject"] == "Re: Đơn giao thiếu áo"
    assert mail["Message-ID"].endswith("@shop-a.example>")
    assert mail.get_content().strip() == "Dạ chị Hà, em xin lỗi"
    app.until(lambda screen: re.search("↩ EM +✓ ", screen))
    until(lambda: len(house.dovecot.messages("shop", "Sent")) == 1)
    answers = [first, mail["Message-ID"]]
    house.deliver(shop, "Em cảm ơn shop ạ", subject="Re: Đơn giao thiếu áo", answers=answers)
    app.see(" 1 new ", "▌  Nguyễn", "▌  EM Em cảm ơn shop ạ")  # the thread may be a moment ahead of the list
    never(lambda: len(house.sent()) > 1 or app.screen().count("em xin lỗi") > 2, seconds=1.5)
    (conversation,) = house.cli("ls")
    assert conversation["unread"] == 0  # the agent looks at the end of the thread it came in
    shown = house.one("show", str(conversation["id"]))
    assert [m["direction"] for m in shown["messages"] if m["direction"] in ("in", "out")] == ["in", "out", "in"]
    app.leave()
