"""`unibox template`, `react`, `fetch` and `new --template` do what the keys do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.cli.conftest import Unibox
from tests.support.world import CHAT, World
from unibox_tui.domain.ids import now_ms
from unibox_tui.domain.inbound import InboundAttachment
from unibox_tui.domain.policy import SendRule
from unibox_tui.host.paths import Home
from unibox_tui.store import media, templates
from unibox_tui.store.database import Database
from unibox_tui.store.templates import KnownTemplate

RULES = (SendRule("day", 24 * 3_600_000, ("text",)), SendRule("template", None, ("template",)))
CAN = replace(CHAT, rules=RULES, starts=True, address_kind="phone", extra={"reactions": ["👍"]})


@pytest.fixture
def world(unibox: Unibox) -> Iterator[World]:
    db = Database(Home.find(unibox.folder).database)
    yield World(db, now=now_ms())
    db.close()


@pytest.fixture
def number(world: World) -> str:
    inbox = world.inbox("wa", CAN, channel="whatsapp")
    picture = InboundAttachment("a.jpg", "image/jpeg", remote={"id": "1"})
    came = world.chat(inbox, "84900000001", "Shop ơi", attachments=(picture,))
    known = [KnownTemplate(inbox, "t1", "giao_hang", "vi", "Đơn {{ma}} giao {{ngay}}", ("ma", "ngay"))]
    world.db.write_now(lambda tx: templates.replace(tx, inbox, known))
    return f"#{came.conversation}"


def test_a_template_is_listed_and_sent(unibox: Unibox, world: World, number: str) -> None:
    (listed,) = unibox.ok("template", number, "--list", "--json").lines
    assert (listed["inbox"], listed["name"], listed["fields"]) == ("wa", "giao_hang", ["ma", "ngay"])
    assert "giao_hang" in unibox.ok("template", number, "--list").out
    missing = unibox("template", number, "giao_hang", "ma=DH1", "--json")
    assert missing.status == 2
    assert missing.error["code"] == "fields_missing"
    unibox.ok("template", number, "giao_hang", "ma=DH1", "ngay=mai", "--now", "--json")
    assert "Đơn DH1 giao mai" in unibox.ok("show", number).out
    assert unibox("template", number).status == 2


def test_a_conversation_begun_with_a_template(unibox: Unibox, number: str) -> None:
    args = ("new", "wa", "84900000009", "--template", "giao_hang", "--field", "ma=DH2", "--field", "ngay=mốt")
    unibox.ok(*args, "--json")
    assert any("DH2" in row["snippet"] for row in unibox.ok("ls", "--json").lines)
    assert unibox(*args, "chữ").status == 2


def test_react_and_fetch(unibox: Unibox, world: World, number: str) -> None:
    assert unibox.ok("react", number, "👍", "--json").one["emoji"] == "👍"
    assert world.row("SELECT emoji FROM reaction_owed")["emoji"] == "👍"
    assert unibox("react", number, "😀").status == 1
    file, message = world.row("SELECT a.id, m.id AS message FROM attachment a JOIN message m USING (n)")
    world.db.write_now(lambda tx: media.fail(tx, file, "The link is dead."))
    unibox.ok("fetch", message)
    assert world.row("SELECT state FROM attachment")["state"] == "remote"
    world.db.write_now(lambda tx: media.fail(tx, file, "The link is dead."))
    unibox.ok("fetch", file, "--json")
    assert world.row("SELECT state, tries FROM attachment")["tries"] == 0


def test_the_list_of_inboxes_says_how_they_stand(unibox: Unibox, number: str) -> None:
    row = next(one for one in unibox.ok("inbox", "list", "--json").lines if one["name"] == "wa")
    assert {"last_webhook_at", "token_expires_at", "quota_left", "errors_1h", "quiet_since"} <= row.keys()
