from __future__ import annotations

import json

from tests.support.rows import DAY, HOUR, MINUTE, NOW, Rows
from unibox_tui.domain.policy import Capabilities, SendRule
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.views.models import Way
from unibox_tui.views.ways import ways

ALWAYS = Capabilities(starts=True, subject=True, address_kind="email")
ONLY_RECEIVES = Capabilities(rules=())
TWO_DAYS = Capabilities(
    text_limit=2000,
    rules=(
        SendRule("free", 2 * DAY, max_answers=2),
        SendRule("paid", 7 * DAY, price=55, currency="VND"),
    ),
)


def of(db: Database, conversation: int) -> tuple[Way, ...]:
    return db.read_now(lambda read: ways(read, conversation, now=NOW))


def shop(rows: Rows) -> tuple[int, int, int, int]:
    """A customer on Zalo (last) and mail; returns conversation, zalo identity, zalo inbox, mail identity."""
    zalo = rows.inbox("zalo", "zalo", can=TWO_DAYS)
    mail = rows.inbox("mail", "email", can=ALWAYS)
    other_brand = rows.inbox("other", "email", can=ALWAYS, group="other")
    gone = rows.inbox("gone", "email", can=ALWAYS, state="removed")
    who = rows.contact("Nguyễn Thị Hà")
    on_zalo = rows.identity(zalo, who, "889", at=NOW - HOUR)
    on_mail = rows.identity(mail, who, "ha@khach.example", kind="email", at=NOW - DAY)
    rows.identity(other_brand, who, "ha@khach.example", kind="email")
    rows.identity(gone, who, "ha@khach.example", kind="email")
    rows.window(on_zalo, NOW - HOUR)
    talk = rows.conversation(who)
    rows.message(talk, "mail", at=NOW - DAY, inbox=mail, identity=on_mail)
    rows.message(talk, "zalo", at=NOW - HOUR, inbox=zalo, identity=on_zalo)
    return talk, on_zalo, zalo, on_mail


def test_the_customers_last_identity_comes_first_while_its_window_is_open(db: Database) -> None:
    talk, on_zalo, _, on_mail = db.write_now(lambda tx: shop(Rows(tx)))
    first, second = of(db, talk)
    assert (first.identity_id, first.inbox, first.address, first.allowed) == (on_zalo, "zalo", "889", True)
    assert first.closes_at == NOW - HOUR + 2 * DAY
    assert (first.text_limit, first.price) == (2000, 0)
    assert (second.identity_id, second.subject) == (on_mail, True)


def test_answers_since_the_last_word_of_the_customer_are_counted(db: Database) -> None:
    talk, on_zalo, zalo, _ = db.write_now(lambda tx: shop(Rows(tx)))

    def answer(rows: Rows, state: str, minute: int) -> None:
        rows.message(
            talk,
            "dạ",
            at=NOW - HOUR + minute * MINUTE,
            direction="out",
            author="an",
            inbox=zalo,
            identity=on_zalo,
            state=state,
        )

    db.write_now(lambda tx: answer(Rows(tx), "sent", 1))
    db.write_now(lambda tx: answer(Rows(tx), "failed", 2))
    assert of(db, talk)[0].price == 0
    db.write_now(lambda tx: answer(Rows(tx), "queued", 3))
    assert (of(db, talk)[0].price, of(db, talk)[0].currency) == (55, "VND")


def test_a_closed_window_gives_way_to_what_is_open_and_says_so(db: Database) -> None:
    talk, on_zalo, _, on_mail = db.write_now(lambda tx: shop(Rows(tx)))
    db.write_now(lambda tx: tx.run("UPDATE reply_window SET at = :at", at=NOW - 8 * DAY))
    first, second = of(db, talk)
    assert (first.identity_id, first.allowed) == (on_mail, True)
    assert (second.identity_id, second.allowed, second.reason) == (on_zalo, False, "window_closed")


def test_when_nothing_is_open_the_last_identity_is_named(db: Database) -> None:
    talk, on_zalo, _, on_mail = db.write_now(lambda tx: shop(Rows(tx)))
    db.write_now(lambda tx: tx.run("UPDATE reply_window SET at = :at", at=NOW - 8 * DAY))
    db.write_now(lambda tx: tx.run("DELETE FROM identity WHERE id = :id", id=on_mail))
    assert [(way.identity_id, way.allowed) for way in of(db, talk)] == [(on_zalo, False)]


def test_a_paused_inbox_still_takes_an_answer_and_says_it_waits(db: Database) -> None:
    talk, on_zalo, zalo, _ = db.write_now(lambda tx: shop(Rows(tx)))
    db.write_now(lambda tx: tx.run("UPDATE inbox SET state = 'paused' WHERE id = :id", id=zalo))
    first = of(db, talk)[0]
    assert (first.identity_id, first.allowed, first.reason) == (on_zalo, True, "inbox_paused")


def test_a_form_is_answered_by_mail_to_the_address_stated_in_it(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int]:
        form = rows.inbox("form", "form", can=ONLY_RECEIVES)
        mail = rows.inbox("mail", "email", can=ALWAYS)
        rows.inbox("other", "email", can=ALWAYS, group="other")
        rows.inbox("silent", "email", can=Capabilities(starts=False))
        who = rows.contact("Alice Nguyen")
        by_form = rows.identity(form, who, "mail:alice@buyer.example", kind="form")
        rows.key(who, by_form, "email", "alice@buyer.example")
        rows.key(who, by_form, "phone", "0912 345 678")
        talk = rows.conversation(who)
        rows.message(talk, "quote please", inbox=form, identity=by_form, kind="form")
        return talk, mail

    talk, mail = db.write_now(lambda tx: fill(Rows(tx)))
    (way,) = of(db, talk)
    assert (way.inbox_id, way.identity_id, way.address, way.allowed) == (mail, 0, "alice@buyer.example", True)


def test_a_form_prefers_the_mail_identity_the_customer_has(db: Database) -> None:
    def fill(rows: Rows) -> tuple[int, int]:
        form = rows.inbox("form", "form", can=ONLY_RECEIVES)
        chat = rows.inbox("chat", "livechat")
        mail = rows.inbox("mail", "email", can=ALWAYS)
        who = rows.contact("Alice Nguyen")
        by_form = rows.identity(form, who, "mail:alice@buyer.example", kind="form")
        rows.identity(chat, who, "visitor-1", at=NOW + HOUR)
        on_mail = rows.identity(mail, who, "alice@buyer.example", kind="email", at=NOW - DAY)
        rows.key(who, by_form, "email", "alice@buyer.example")
        talk = rows.conversation(who)
        rows.message(talk, "quote please", inbox=form, identity=by_form, kind="form")
        return talk, on_mail

    talk, on_mail = db.write_now(lambda tx: fill(Rows(tx)))
    found = of(db, talk)
    assert [way.channel for way in found] == ["email", "livechat"]
    assert found[0].identity_id == on_mail


def test_nobody_to_answer(db: Database) -> None:
    def fill(rows: Rows) -> int:
        return rows.conversation(rows.contact("x"))

    assert of(db, db.write_now(lambda tx: fill(Rows(tx)))) == ()


def test_a_mail_goes_to_its_reply_to_and_says_who_else_gets_an_answer_to_all(db: Database) -> None:
    def make(tx: Tx) -> int:
        rows = Rows(tx)
        inbox = rows.inbox("mail", "email", can=ALWAYS)
        who = rows.contact("Hà")
        identity = rows.identity(inbox, who, "noreply@forms.example", kind="email", at=NOW)
        talk = rows.conversation(who)
        n = rows.message(talk, "chào", at=NOW, inbox=inbox, identity=identity)
        email = {
            "from": {"name": "", "address": "noreply@forms.example"},
            "reply_to": [{"name": "Hà", "address": "ha@khach.example"}],
            "to": [{"name": "", "address": inboxes.by_id(tx.db, inbox).address}],
            "cc": [{"name": "", "address": "sep@khach.example"}],
        }
        tx.run("UPDATE message_body SET email = :email WHERE n = :n", {"email": json.dumps(email), "n": n})
        return talk

    (way,) = of(db, db.write_now(make))
    assert (way.address, way.copies) == ("ha@khach.example", ("sep@khach.example",))
