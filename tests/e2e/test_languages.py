"""The app in Vietnamese and Thai on a real terminal: what it offers, does, takes back and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.house import House, until

SAID = {
    "vi": {
        "empty": "Không có hội thoại nào chờ ở đây.",
        "views": ("Chờ đáp", "Của tôi", "Tạm ẩn", "Tất cả"),
        "foot": ("r trả lời", "a nhận", "e chốt", "z tạm ẩn"),
        "sheet": ("Tạm ẩn:", "sáng mai", "Esc thoát"),
        "done": "#{top} tạm ẩn đến",
        "undone": "đã hoàn tác: #{top} tạm ẩn đến",
        "wrong": "Không có lệnh “nosuch”.",
        "note": "GHI CHÚ NỘI BỘ — chỉ đồng nghiệp thấy",
        "time": "mai 9h",
    },
    "th": {
        "empty": "ไม่มีบทสนทนารออยู่ที่นี่",
        "views": ("รอตอบ", "ของฉัน", "พักไว้", "ทั้งหมด"),
        "foot": ("r ตอบ", "a รับเรื่อง", "e ปิดงาน", "z พักไว้"),
        "sheet": ("พักไว้:", "พรุ่งนี้เช้า", "Esc ออก"),
        "done": "พัก #{top} ไว้ถึง",
        "undone": "เลิกทำแล้ว: พัก #{top} ไว้ถึง",
        "wrong": "ไม่มีคำสั่ง “nosuch”",
        "note": "บันทึกภายใน — เห็นเฉพาะทีม",
        "time": "พรุ่งนี้ 9 โมง",
    },
}


@pytest.mark.parametrize("language", ["vi", "th"])
def test_a_conversation_is_put_away_and_brought_back(tmp_path: Path, language: str) -> None:
    said = SAID[language]
    with House(tmp_path, language=language) as house:
        shop = house.mailbox("shop")
        house.serve()
        app = house.app(120, 30)
        app.see(said["empty"], *said["views"])
        app.keys("6")
        house.deliver(shop, "Dạ cho em hỏi", sender="Hà <ha@khach.example>", subject="Đơn DH20381")
        until(lambda: house.rows("SELECT 1 FROM conversation"), else_=house.log)
        app.see("Hà", *said["foot"])
        top = house.rows("SELECT id FROM conversation")[0][0]

        app.keys("z").see(*said["sheet"])
        app.typed(said["time"] + "\n").see(said["done"].format(top=top))
        app.keys("u").see(said["undone"].format(top=top))
        app.typed(":nosuch\n").see(said["wrong"])
        app.keys("Escape", "n").see(said["note"])
        app.typed("kho báo hết").keys("Escape")
        assert house.rows("SELECT status FROM conversation")[0][0] == "open"

        # The verbs answer scripts in English and stable codes, whatever the screen speaks.
        refused = house.one("--lang", language, "resolve", "999999", status=1)["error"]
        assert refused == {"code": "NotFound", "message": "There is no conversation #999999.", "hint": refused["hint"]}
