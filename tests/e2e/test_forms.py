"""A form is posted, answered by mail, and goes on by mail; brands never mix; one mail in two mailboxes is one message."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request

from tests.e2e.house import House, never, until


def post(url: str, **fields: str) -> dict[str, object]:
    body = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(url, body, {"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_a_form_is_answered_by_mail_and_goes_on_by_mail(house: House) -> None:
    shop = house.mailbox("shop")
    url = house.form()
    house.serve(web=True)
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6")
    post(url, name="สมชาย ใจดี", email="somchai@luukkha.example", message="พัสดุยังไม่ถึงเลยครับ", colour="แดง")
    app.see("สมชาย ใจดี")
    app.keys("Enter")
    app.see("พัสดุยังไม่ถึงเลยครับ", "colour", "แดง")
    app.keys("r")
    app.see("Reply via Shop A shop", "somchai@luukkha.example")
    app.typed("กำลังตรวจสอบให้ค่ะ")
    app.see("กำลังตรวจสอบให้ค่ะ")
    app.keys("Enter")
    (mail,) = until(house.sent, else_=app.screen)
    assert mail["To"].addresses[0].addr_spec == "somchai@luukkha.example"
    assert mail["From"].addresses[0].addr_spec == shop.address
    assert mail.get_content().strip() == "กำลังตรวจสอบให้ค่ะ"
    house.deliver(
        shop,
        "ขอบคุณครับ",
        sender="สมชาย ใจดี <somchai@luukkha.example>",
        subject=f"Re: {mail['Subject']}",
        answers=[mail["Message-ID"]],
    )
    app.see("  ขอบคุณครับ")
    (conversation,) = house.cli("ls")
    assert conversation["inboxes"] == ["contact", "shop"]
    app.leave()


def test_brands_never_mix_and_copies_are_one_message(house: House) -> None:
    hello = house.mailbox("hello")
    sales = house.mailbox("sales")
    other = house.mailbox("other", group="Shop B", address="hello@shop-b.example")
    house.serve()
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6")
    to = f"{hello.address}, {sales.address}"
    id = house.deliver(hello, "Cho em hỏi giá sỉ", to=to, subject="Giá sỉ")
    house.deliver(sales, "Cho em hỏi giá sỉ", to=to, subject="Giá sỉ", id=id)
    house.deliver(other, "Shop B ơi", subject="Đổi size")
    app.see("hỏi giá sỉ", "Shop B ơi")
    until(lambda: house.rows("SELECT count(*) AS n FROM mail_place")[0]["n"] == 3)
    never(lambda: house.rows("SELECT count(*) AS n FROM message WHERE direction = 'in'")[0]["n"] != 2, seconds=1)
    conversations = house.cli("ls")
    assert sorted(tuple(sorted(one["inboxes"])) for one in conversations) == [("hello", "sales"), ("other",)]
    by_brand = {one["group"]: house.one("show", str(one["id"])) for one in conversations}
    assert [m["text"] for m in by_brand["Shop A"]["messages"] if m["direction"] == "in"] == ["Cho em hỏi giá sỉ"]
    app.keys("g", "g")
    app.typed("/giá sỉ\n")
    app.keys("Enter")
    app.see("Shop A hello, then Shop A sal")
    app.leave()
