"""A morning's sorting by keys alone, and the command line beside the open screen."""

from __future__ import annotations

import re

from tests.e2e.house import App, House, until

PEOPLE = [
    ("Nguyễn Thị Hà", "Đơn giao thiếu áo"),
    ("สมชาย ใจดี", "พัสดุยังไม่ถึง"),
    ("Trần Minh", "Xin hoá đơn đỏ"),
    ("Emma Clark", "Where is my parcel?"),
    ("Lê Văn Phúc", "Đặt hàng lần hai"),
    ("Siriporn K.", "ขอใบกำกับภาษี"),
    ("Phạm Quỳnh", "Đổi size M sang L"),
    ("Oliver Reed", "Double payment"),
    ("Đỗ Thu Trang", "Cảm ơn shop"),
    ("Vũ Hoàng", "Sao chưa thấy giao"),
    ("Bùi Lan", "Hỏi giá sỉ"),
    ("Ngô Tùng", "Khiếu nại thái độ"),
]


def opened(house: House) -> App:
    shop = house.mailbox("shop")
    house.serve()
    app = house.app(120, 40)
    app.see("No conversations wait")
    app.keys("6")
    for n, (name, subject) in enumerate(PEOPLE):
        house.deliver(shop, f"Nội dung {n}", sender=f"{name} <khach{n}@khach.example>", subject=subject)
        until(lambda n=n: len(house.rows("SELECT 1 FROM conversation")) == n + 1, else_=house.log)
    app.see("Ngô Tùng")
    app.keys("g", "g")
    app.quiet()
    return app


def test_sorting_by_keys(house: House) -> None:
    app = opened(house)
    one = lambda id: house.one("show", str(id))  # noqa: E731
    newest = 10_000 + len(PEOPLE)

    app.keys("l").see("Enter takes")
    app.typed("giao thiếu\n").see("giao thiếu")
    until(lambda: one(newest)["labels"] == ["giao thiếu"])
    app.keys("u")
    until(lambda: one(newest)["labels"] == [])
    app.keys("C-r")
    until(lambda: one(newest)["labels"] == ["giao thiếu"])

    app.keys("j", "a")
    until(lambda: one(newest - 1)["assignee"] == "root", else_=app.screen)
    app.keys("j", "P").see("Enter takes")
    app.typed("urgent\n")
    until(lambda: one(newest - 2)["priority"] == "urgent", else_=app.screen)
    app.keys("j", "z").see("Enter takes")
    app.typed("2h\n")
    until(lambda: one(newest - 3)["status"] == "snoozed", else_=app.screen)
    app.quiet()
    app.keys("u")
    until(lambda: one(newest - 3)["status"] == "open", else_=app.screen)
    app.keys("e")
    until(lambda: len(house.cli("ls", "is:resolved")) == 1, else_=app.screen)
    app.keys("u")
    until(lambda: len(house.cli("ls", "is:resolved")) == 0, else_=app.screen)
    app.keys("S")
    until(lambda: house.rows("SELECT 1 FROM conversation WHERE spam = 1"), else_=app.screen)
    app.keys("u")
    until(lambda: not house.rows("SELECT 1 FROM conversation WHERE spam = 1"), else_=app.screen)

    app.typed(":label hẹn giao, vip\n")
    until(lambda: house.cli("ls", 'label:"hẹn giao" label:vip'), else_=app.screen)

    # Search without marks; n goes through the hits, Esc returns.
    app.typed("/dat hang")
    app.see("Lê Văn Phúc").count("Đặt hàng")
    app.not_see("Emma Clark")
    app.keys("Enter", "n")
    app.see("#10005", "n next hit")
    app.keys("Escape", "Escape")
    app.see("Emma Clark")
    app.typed('\\label:"giao thiếu"\n')
    app.see("Ngô Tùng")
    app.not_see("Emma Clark")
    app.keys("Escape")
    app.see("Emma Clark")

    for key, seen in (
        ("1", "Bùi Lan"),
        ("2", "Emma Clark"),
        ("3", "Emma Clark"),
        ("4", "No conversations"),
        ("5", "No conversations"),
        ("6", "Emma Clark"),
    ):
        app.keys(key)
        app.quiet(seconds=0.6)  # a digit may yet be a count
        app.see(seen)
    app.keys("g", "h").see("Health", "Shop A shop")
    app.keys("Escape").see("Emma Clark")
    app.keys("g", "g", "H").see("History of", "giao thiếu")
    app.keys("Escape").see("Emma Clark")
    app.keys("?")
    app.see("type to search")
    app.typed("snooze").see("Put away until")
    app.keys("Escape").not_see("type to search")
    app.keys("C-p").see("Enter")
    app.typed("quarant\n").see("Everything that came in could be read")
    app.keys("Escape").see("Emma Clark")

    # Join two, take it back.
    app.keys("g", "g")
    app.keys("g", "j").see("Enter takes")
    app.typed("10001\n")
    until(lambda: one(newest)["joined_into"] or one(10_001)["joined_into"], else_=app.screen)
    app.quiet()
    app.keys("u")
    until(lambda: not (one(newest)["joined_into"] or one(10_001)["joined_into"]), else_=app.screen)

    # Forward with the keys, and a new mail.
    app.quiet()
    app.keys("g", "g", "Enter").see("n note")
    app.keys("f").see("Enter takes")
    app.typed("kho@shop-a.example\n").see("Forward to kho@shop-a.example")
    app.typed("Kho xem giúp").see("Kho xem giúp")
    app.keys("Enter")
    until(lambda: len(house.sent()) == 1, else_=app.screen)
    assert house.sent()[0]["To"] == "kho@shop-a.example"
    app.keys("Escape").quiet()
    app.keys("c").see("Shop A shop")
    app.keys("Enter")
    app.typed("moi@khach.example\n").see("Subject")
    app.typed("Đơn mới\n").see("New to moi@khach.example")
    app.typed("Dạ em chào chị").see("Dạ em chào chị")
    app.keys("Enter")
    until(lambda: len(house.sent()) == 2, else_=app.screen)
    assert (house.sent()[1]["To"], house.sent()[1]["Subject"]) == ("moi@khach.example", "Đơn mới")


def test_the_command_line_beside_the_screen(house: House) -> None:
    app = opened(house)
    app.typed("/from:Emma\n").see("/ from:Emma")
    app.keys("Enter").see("  Nội dung 3", "r reply")
    id = house.one("ls", "from:Emma")["id"]
    house.cli("note", str(id), "khách quen")
    app.see("khách quen", "note")
    house.cli("label", str(id), "vip")
    app.see("vip")
    house.cli("assign", str(id), "root")
    app.see("open · root")
    house.cli("reply", str(id), "On its way!")
    app.see("  On its way!")
    app.until(lambda screen: re.search("↩ EM +✓ ", screen))
    house.cli("resolve", str(id))
    app.see("resolved")
    house.cli("undo")
    app.not_see("resolved · root")
    shown = house.one("show", str(id))
    assert [one["text"] for one in shown["messages"] if one["direction"] == "out"] == ["On its way!"]
    app.keys("Escape", "Escape")
    app.leave()
