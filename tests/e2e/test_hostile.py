"""Strangers' words on a real terminal: whatever they hold, the app writes none of it as a command."""

from __future__ import annotations

import re
import uuid

from tests.e2e.house import House, letter, until
from tests.e2e.test_forms import post

MARKUP = "[@click=app.quit]x[/] [/b] [red]"
BYTES = "\x1b]52;c;SEFDS0VE\x07 \x1b[31mred \x9b31m \x9d0;t\x9c \x90q\x9c \x07\x08\x0e"
BIDI = "\u202egnp.exe\u202c \u2066x\u2069 \u200f"
TAGS = "\U000e0041\U000e0042"
ZALGO = "a" + "\u0301" * 60
EVIL = f"{MARKUP} {BYTES} {BIDI} {TAGS} {ZALGO} 👩‍👩‍👧‍👦🏳️‍🌈"
SCREENS = (("H",), ("g", "o"), ("g", "u"), ("g", "h"), ("s",), ("$", "o"), ("g", "c"), ("g", "U"), ("g", "a"))
# What our own side writes to the terminal: styles, cursor, modes, titles of none. OSC 52 and titles would be theirs.
FORBIDDEN = (
    "\x1b]52",
    "HACKED",
    "SEFDS0VE\x07",
    "\x9b",
    "\x9d",
    "\x90",
    "\x0e",
    "\u202e",
    "\u2066",
    "\u200f",
    "\U000e0041",
)


def test_hostile_words_reach_no_terminal(house: House) -> None:
    shop = house.mailbox("shop")
    url = house.form()
    house.serve(web=True)
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6")
    mail = letter(
        "thân thư " + EVIL,
        sender="Ten <evil@khach.example>",
        to=shop.address,
        subject="x",
        id=f"<{uuid.uuid4().hex}@khach.example>",
    )
    mail.add_attachment(
        b"x", maintype="text", subtype="plain", filename="tệp " + EVIL.replace("\n", " ").replace("/", "_")
    )
    raw = mail.as_bytes()
    import base64

    def word(text: str) -> bytes:
        return b"=?utf-8?b?" + base64.b64encode(text.encode()) + b"?="

    raw = re.sub(rb"^From: .*?$", b"From: " + word("Ten " + EVIL) + b" <evil@khach.example>", raw, count=1, flags=re.M)
    raw = re.sub(rb"^Subject: .*?$", b"Subject: " + word("Chu de " + EVIL), raw, count=1, flags=re.M)
    html = ("<p>" + EVIL.replace("<", "&lt;") + f'<a href="https://x.example/{MARKUP}\x1b]0;t\x07">link</a>').encode()
    second = (
        b"From: "
        + word(EVIL)
        + b" <evil2@khach.example>\r\nTo: shop@shop-a.example\r\nMessage-ID: <"
        + b"\x1b[31m@x\xc2\x9b>\r\n"
        b"Subject: " + word("HTML " + EVIL) + b"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + b"\r\n"
    )
    house.dovecot.deliver("shop", [raw, second, b"\x00\xff\x1b]52;c;SEFDS0VE\x07 no mail at all"])
    post(url, name=EVIL, email="evil3@khach.example", message="form " + EVIL, **{"field [/b] \x1b[31m": EVIL})
    until(lambda: len(house.cli("ls")) >= 3, else_=app.screen)
    ids = [str(one["id"]) for one in house.cli("ls")]
    for id in ids:
        house.cli("label", id, MARKUP)
        house.cli("note", id, "ghi chú " + EVIL.replace("\0", ""))
        house.cli(
            "order",
            "new",
            id,
            "--set",
            f"note={EVIL}",
            "--set",
            f"address={EVIL}",
            "--set",
            "items=2x " + EVIL.replace("@", ""),
        )
    app.see("thân thư" if "thân thư" in app.screen() else "ghi chú")
    app.keys("g", "g")
    for _ in ids:
        app.keys("Enter").see("n note")
        app.keys("x")
        app.keys("i")
        app.quiet()
        app.keys("Escape")
        for keys in SCREENS:
            app.keys(*keys)
            app.quiet()
            app.keys("Escape")
        app.keys("l").see("Enter takes")
        app.keys("Escape")
        app.keys("A").see("Enter takes")
        app.keys("Escape", "J")
        app.quiet()
    app.typed("rtrả lời ").see("trả lời")
    app.keys("C-x")
    app.quiet()
    app.keys("Escape", "Escape", "Escape")
    app.quiet()
    app.keys("6")
    app.typed("/quit\n")
    app.quiet()
    app.keys("n")
    app.quiet()
    app.keys("Escape")
    app.resize(40, 20)
    app.quiet()
    app.keys("Enter")
    app.quiet()
    app.resize(200, 50)
    screen = app.quiet()
    assert "ENDED" not in screen
    assert "[@click=app.quit]" in screen
    written = app.raw.read_bytes().decode("utf-8", "replace")
    app.resize(120, 30)
    for bad in FORBIDDEN:
        at = written.find(bad)
        assert at < 0, (bad, written[max(at - 60, 0) : at + 60])
    assert not re.search("\u0301{8}", written)
    app.keys("Escape", "Escape", "Escape")
    app.quiet()
    app.leave()
