"""Answers by mail from the command line: who gets them, what stands below them and in their subject."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ME, Unibox
from unibox_tui.desk.actions import Call, perform
from unibox_tui.domain.words import Author
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.views.ways import ways

MAIL = """\
From: Lan <lan@khach.example>
Reply-To: orders@khach.example
To: hello@shop-a.example, kho@shop-a.example
Cc: Sếp <sep@khach.example>
Subject: Đơn DH20381
Message-ID: <c1@khach.example>
Date: Mon, 05 Jan 2026 10:09:00 +0700
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Khi nào giao vậy shop?
"""


@pytest.fixture
def number(shop: Unibox, tmp_path: Path) -> str:
    """Of a conversation with people in copy."""
    (tmp_path / "copied.eml").write_text(MAIL, encoding="utf-8")
    shop.ok("import", str(tmp_path / "copied.eml"), "--inbox", "shop")
    return str(shop.ok("ls", "DH20381", "--json").lines[0]["id"])


def answer(shop: Unibox, *args: str) -> dict[str, Any]:
    """The options of the mail that will leave."""
    id = shop.ok("reply", *args, "--json").one["message_id"]
    with sqlite3.connect(shop.folder / "unibox.db") as db:
        found = db.execute("SELECT o.payload FROM outbox o JOIN message m ON m.n = o.n WHERE m.id = ?", [id]).fetchone()
    options: dict[str, Any] = json.loads(found[0])["options"]
    return options


def addresses(people: list[dict[str, str]]) -> list[str]:
    return [person["address"] for person in people]


def test_a_copy_named_by_hand_comes_besides_everybody(shop: Unibox, number: str) -> None:
    options = answer(shop, number, "Mai ạ", "--all", "--cc", "ke.toan@x.example", "--cc", "SEP@khach.example")
    assert addresses(options["to"]) == ["orders@khach.example"]
    assert addresses(options["cc"]) == ["kho@shop-a.example", "sep@khach.example", "ke.toan@x.example"]


def test_without_everybody_only_the_named_get_a_copy(shop: Unibox, number: str) -> None:
    options = answer(shop, number, "Mai ạ", "--cc", "ke.toan@x.example", "--cc", "orders@khach.example")
    assert addresses(options["cc"]) == ["ke.toan@x.example"]


def test_the_outbox_names_who_really_gets_it(shop: Unibox, number: str) -> None:
    answer(shop, number, "Mai ạ", "--at", "2h")
    assert [row["to"] for row in shop.ok("outbox", "list", "--json").lines] == ["orders@khach.example"]


def test_the_inbox_may_want_the_original_below_every_answer(shop: Unibox, number: str) -> None:
    assert "quote" not in answer(shop, number, "một")
    shop.ok("inbox", "remove", "shop")
    shop.ok(
        "inbox", "add", "shop", "--channel", "email", "--no-check", "--set", "address=hello@shop-a.example",
        "--set", "source=maildir", "--set", f"maildir={shop.folder}", "--set", "sendmail=true --",
        "--set", "group=Shop A", "--set", "quote_original=true",
    )  # fmt: skip
    assert answer(shop, number, "hai")["quote"].endswith("> Khi nào giao vậy shop?")
    assert "quote" not in answer(shop, number, "ba", "--no-quote")


def test_the_workspace_may_want_numbers_in_subjects(shop: Unibox, number: str) -> None:
    config = shop.folder / "config.toml"
    words = config.read_text(encoding="utf-8")
    config.write_text(
        words.replace("# number_in_subject = false\n# what", "number_in_subject = true\n# what", 1).replace(
            '# subject_prefix = "#"', 'subject_prefix = "A-"', 1
        ),
        encoding="utf-8",
    )
    shop.ok("inbox", "add", "second", "--channel", "email", "--no-check", "--set", "address=b@shop-a.example",
            "--set", "source=maildir", "--set", f"maildir={shop.folder}", "--set", "sendmail=true --",
            "--set", "group=Shop A")  # fmt: skip
    assert answer(shop, number, "một", "--inbox", "second")["subject"] == f"Re: Đơn DH20381 [A-{number}]"


def test_the_composer_answers_to_where_the_mail_wants_its_answers(shop: Unibox, number: str) -> None:
    """As the screen calls it, by the identity of the way it shows."""
    with Database(shop.folder / "unibox.db") as db:
        way = db.read_now(lambda read: ways(read, int(number), now=0))[0]
        assert way.address == "orders@khach.example"
        args = {"text": "Mai ạ", "inbox": way.inbox, "identity": way.identity_id, "reply_all": True}
        done = db.write_now(lambda tx: perform(tx, Actor(Author.AGENT, ME, "test"), Call("reply", args), [int(number)]))
        payload = db.read_now(lambda read: messages_payload(read, done.data["n"]))
    assert addresses(payload["to"]) == ["orders@khach.example"]
    assert addresses(payload["cc"]) == ["kho@shop-a.example", "sep@khach.example"]
    assert list(way.copies) == addresses(payload["cc"])


def messages_payload(db: sqlite3.Connection, n: int) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(db.execute("SELECT payload FROM outbox WHERE n = ?", [n]).fetchone()[0])[
        "options"
    ]
    return options


def test_what_is_forwarded_says_whose_words_they_are(shop: Unibox, number: str) -> None:
    id = shop.ok("forward", number, "kho@x.example", "--text", "Xem giúp", "--json").one["message_id"]
    lines = shop.ok("show", "--message", id, "--json").one["text"].splitlines()
    assert lines[0] == "Xem giúp"
    head = lines[3:8]
    assert head[0] == "From: Lan <lan@khach.example>"
    assert head[1].startswith("Date: 2026-01-05 ")
    assert head[2:] == [
        "Subject: Đơn DH20381",
        "To: hello@shop-a.example, kho@shop-a.example",
        "Cc: Sếp <sep@khach.example>",
    ]
    assert lines[-1] == "Khi nào giao vậy shop?"


def test_show_says_what_nobody_should_answer_and_what_is_folded(shop: Unibox, tmp_path: Path) -> None:
    quoted = MAIL.replace("c1@", "c2@").replace("DH20381", "tự động")
    quoted = quoted.replace(
        "Reply-To: orders@khach.example", "Auto-Submitted: auto-replied\nList-Id: <tin.khach.example>"
    )
    (tmp_path / "auto.eml").write_text(quoted + "\nOn Mon, 5 Jan 2026, Shop wrote:\n> một\n> hai\n", encoding="utf-8")
    shop.ok("import", str(tmp_path / "auto.eml"), "--inbox", "shop")
    number = str(shop.ok("ls", "tự động", "--json").lines[0]["id"])
    said = shop.ok("show", number).out
    assert "(mailing list, automatic)" in said
    assert "Cc: sep@khach.example" in said
    assert "> hai" not in said
    assert "3 quoted or signed lines" in said
    assert "> hai" in shop.ok("show", number, "--quotes").out
