"""Small and large terminals: open, read, reply, back."""

from __future__ import annotations

import pytest

from tests.e2e.house import House, until
from unibox_tui.text.width import width


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 20), (200, 50)])
def test_open_read_reply_back(house: House, columns: int, lines: int) -> None:
    shop = house.mailbox("shop")
    house.serve()
    app = house.app(columns, lines)
    app.see("No conversations wait")
    app.keys("6")
    long = "พัสดุยังไม่ถึงเลยครับ ช่วยตรวจสอบให้หน่อยนะครับ " * 4
    house.deliver(shop, long + "\n\nขอบคุณครับ", sender="สมชาย ใจดี <somchai@luukkha.example>", subject="พัสดุ")
    house.deliver(shop)
    app.see("สมชาย", "Nguyễn Thị Hà")
    app.keys("g", "g")
    shots = [app.quiet()]
    app.keys("Enter").see("Shop ơi em nhận thiếu 1 áo", "r reply")
    shots.append(app.quiet())
    app.typed("r").see("Alt-Enter")
    app.typed("Dạ em gửi bù ngay hôm nay ạ, chị giữ giúp em cái hộp và hoá đơn nhé").see("Dạ em gửi bù")
    shots.append(app.quiet())
    app.keys("Enter")
    until(house.sent, else_=app.screen)
    shots.append(app.quiet())
    app.keys("h").see("สมชาย", "Nguyễn Thị Hà")
    app.keys("j", "Enter").see("ขอบคุณครับ")
    shots.append(app.quiet())
    app.keys("i").see("somchai@")
    shots.append(app.quiet())
    app.keys("?")
    shots.append(app.quiet())
    app.keys("Escape", "g", "h")
    shots.append(app.quiet())
    for shot in shots:
        print(shot)
        rows = shot.rstrip("\n").split("\n")
        assert len(rows) <= lines
        assert all(width(row) <= columns for row in rows)
    for shot in shots[:5]:
        rows = shot.rstrip("\n").split("\n")[3 : lines - 6]
        bars = {width(row[: row.index("│")]) for row in rows if "│" in row}
        assert len(bars) == (1 if columns >= 80 else 0)
    app.keys("Escape", "Escape", "Escape", "Escape")
    app.quiet()
    app.leave()
