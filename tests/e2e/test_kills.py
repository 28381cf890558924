"""kill -9 of the app while somebody types, of the service while a message waits."""

from __future__ import annotations

import signal
import time

from tests.e2e.house import House, never, until


def test_a_killed_app_comes_back_with_its_draft(house: House) -> None:
    shop = house.mailbox("shop")
    house.mailbox("sales")
    house.serve()
    house.deliver(shop)
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6").see("Nguyễn Thị Hà")
    app.keys("Enter").see("  Shop ơi em nhận thiếu 1 áo")
    app.keys("r").see("Reply via Shop A shop", "Alt-Enter")
    app.typed("Dạ em đã xem rồi ạ").keys("Left", "Left", "Left")
    app.see("Dạ em đã xem rồi ạ", "saved")
    app.quiet(seconds=1.0)
    caret = app.cursor
    app.kill()
    app.again().see("Mine")
    app.keys("6").see("Nguyễn Thị Hà")
    app.keys("Enter").see("  Shop ơi em nhận thiếu 1 áo", "Dạ em đã xem rồi ạ")
    app.keys("r").see("Reply via Shop A shop", "Alt-Enter")
    app.quiet()
    assert app.cursor == caret
    app.typed("nhé")
    app.see("Dạ em đã xem rồnhéi ạ")
    app.leave() if "Q" in app.foot else app.keys("Escape")


def test_a_killed_service_sends_what_was_queued_once(house: House) -> None:
    shop = house.mailbox("shop")
    house.serve()
    house.deliver(shop)
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6").see("Nguyễn Thị Hà")
    house.stop(signal.SIGKILL)
    app.keys("Enter").see("  Shop ơi em nhận thiếu 1 áo")
    app.typed("rDạ em gửi bù").see("Dạ em gửi bù")
    app.keys("Enter").see("  Dạ em gửi bù")
    house.serve()
    (mail,) = until(house.sent, else_=app.screen)
    assert mail.get_content().strip() == "Dạ em gửi bù"

    # And in the middle of sending: the server takes it late, the service dies before it hears so.
    app.see("r reply")
    house.sink.delay = 3.0
    lines = house.sink.connections
    app.typed("rMai tới nơi ạ").see("Mai tới nơi ạ")
    app.keys("Enter")
    until(lambda: house.sink.connections > lines, else_=app.screen)
    time.sleep(1.0)  # the words are over, the server takes its time
    house.stop(signal.SIGKILL)
    until(lambda: len(house.sent()) == 2)
    house.sink.delay = 0.0
    house.serve()
    never(lambda: len(house.sent()) > 2, seconds=4)
    app.see("may have been delivered")
    app.leave()
