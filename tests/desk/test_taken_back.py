"""An answer taken back is a draft as it was written; redone it can be taken back again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.support.world import MAIL, World
from unibox_tui.desk import answer, undo
from unibox_tui.desk.letter import Letter
from unibox_tui.store.messages import StoredFile


def test_files_copies_and_subject_come_back_with_the_text(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    an = world.agent("an")
    top = world.mail(world.inbox("a"), subject="Đơn giao thiếu áo").conversation or 0
    sha, size = world.put(b"bang size")
    letter = Letter(
        text="Dạ em gửi bảng size ạ",
        hold_ms=5_000,
        files=(StoredFile("bang-size.png", "image/png", size, sha),),
        cc=({"name": "Kho Hàng", "address": "kho@shop-a.example"},),
        bcc=({"name": "", "address": "sep@shop-a.example"},),
        subject="Bảng size",
        quote=True,
    )
    world.db.write_now(lambda tx: answer.reply(tx, an, top, letter))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    draft = world.row("SELECT * FROM draft")
    assert draft["text"] == "Dạ em gửi bảng size ạ"
    assert json.loads(draft["options"]) == {
        "held": [{"name": "bang-size.png", "media_type": "image/png", "size": size, "sha256": sha}],
        "cc": ["Kho Hàng <kho@shop-a.example>"],
        "bcc": ["sep@shop-a.example"],
        "subject": "Bảng size",
        "quote": True,
    }


def test_a_plain_answer_comes_back_plain(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation or 0
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ", hold_ms=5_000)))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert json.loads(world.row("SELECT options FROM draft")["options"]) == {}


def test_a_redone_answer_is_held_again_for_its_inbox_s_delay(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    an = world.agent("an")
    top = world.mail(world.inbox("a", replace(MAIL, undo_send_ms=8_000))).conversation or 0
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ")))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    world.later(60_000)
    world.db.write_now(lambda tx: undo.redo(tx, an))
    item = world.row("SELECT state, not_before FROM outbox")
    assert (item["state"], item["not_before"]) == ("held", world.now + 8_000)
    assert world.row("SELECT state FROM message WHERE direction = 'out'")["state"] == "held"
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.row("SELECT state FROM outbox")["state"] == "cancelled"


def test_a_redone_answer_for_later_still_leaves_then(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation or 0
    at = world.now + 3_600_000
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ", send_at=at)))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert world.row("SELECT not_before FROM outbox")["not_before"] == at
