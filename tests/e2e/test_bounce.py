"""Our answer comes back as undeliverable."""

from __future__ import annotations

import email.utils
import re

from tests.e2e.house import House, until

BOUNCE = """From: Mail Delivery System <mailer-daemon@mx.khach.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <bounce-1@mx.khach.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.khach.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user here

--b
Content-Type: text/rfc822-headers

Message-ID: {id}
From: {to}
To: {recipient}

--b--
"""


def test_a_bounce_marks_the_answer_and_it_can_be_sent_again(house: House) -> None:
    shop = house.mailbox("shop")
    house.serve()
    house.deliver(shop)
    app = house.app(120, 30)
    app.see("No conversations wait")
    app.keys("6").see("Nguyễn Thị Hà")
    app.keys("Enter").see("  Shop ơi em nhận thiếu 1 áo")
    app.keys("r").see("Reply via")
    app.typed("Dạ em gửi bù").see("Dạ em gửi bù")
    app.keys("Enter")
    (mail,) = until(house.sent, else_=app.screen)
    app.until(lambda screen: re.search("↩ EM +✓ ", screen))
    text = BOUNCE.format(
        to=shop.address, recipient="ha@khach.example", id=mail["Message-ID"], date=email.utils.formatdate()
    )
    house.dovecot.deliver("shop", [text.encode()])
    screen = app.until(lambda screen: re.search("↩ EM +! ", screen) and screen)
    assert "no such user" in screen, screen
    assert "R sends again" in screen, screen
    assert len(house.cli("ls")) == 1
    app.keys("g", "o").see("Outbox", "no such user", "Enter open")
    app.keys("Escape").see("↩ EM")
    for _ in range(6):
        if re.search("│▌.*↩ EM", app.quiet(seconds=0.1)):
            break
        app.keys("k")
    app.keys("R")
    until(lambda: len(house.sent()) == 2, else_=app.screen)
    assert house.sent()[1].get_content().strip() == "Dạ em gửi bù"
    app.until(lambda screen: re.search("↩ EM +✓ ", screen))
    app.leave()
