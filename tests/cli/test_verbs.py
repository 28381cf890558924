"""Each verb does what its key does, and says it in the promised fields."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.cli.conftest import ME, Unibox, letter

CONVERSATION = {
    "id", "contact", "status", "assignee", "labels", "inboxes", "subject", "snippet", "unread", "last_message_at",
    "waiting_since",
}  # fmt: skip
MESSAGE = {
    "id", "conversation_id", "inbox", "channel", "direction", "author", "sent_at", "received_at", "state",
    "provider_id", "text", "hidden_text", "attachments",
}  # fmt: skip
EMAIL = {
    "subject", "from", "to", "cc", "message_id", "in_reply_to", "references", "auto_submitted", "list_id", "bounce",
}  # fmt: skip


def test_ls_and_its_query(shop: Unibox, numbers: list[str]) -> None:
    rows = shop.ok("ls", "--json").lines
    assert all(row.keys() >= CONVERSATION for row in rows)
    assert [row["contact"] for row in rows].count("Nguyễn Thị Hà") == 3
    assert rows[0]["inboxes"] == ["shop"]
    assert shop.ok("ls", "--limit", "1", "--json").lines == rows[:1]
    assert shop.ok("ls", "status:open", "--json").lines == []
    assert f"#{numbers[0]}" in shop.ok("ls", "status:resolved").out


@pytest.mark.parametrize("words", [("nhan", "thieu"), ("พัสดุ",), ("parcel",), ("DH20381",)])
def test_search_in_three_languages(shop: Unibox, words: tuple[str, ...]) -> None:
    hits = shop.ok("search", *words, "--json").lines
    assert len(hits) == 1
    assert hits[0].keys() >= MESSAGE | {"snippet", "email"}


def test_show_by_number_hash_quotes_and_uid(shop: Unibox, numbers: list[str]) -> None:
    found = shop.ok("show", numbers[0], "--json").one
    assert found.keys() >= CONVERSATION
    message = found["messages"][0]
    assert message.keys() >= MESSAGE
    assert message["email"].keys() >= EMAIL
    assert message["conversation_id"] == found["id"]
    for said in (f"#{numbers[0]}", f"[#{numbers[0]}]", found["uid"]):
        assert shop.ok("show", said, "--json").one == found
    assert shop.ok("show", "--message", message["id"], "--json").one == message
    assert shop.ok("show", "--message", message["provider_id"][:0] + message["id"][:30], "--json").one == message


def test_triage(shop: Unibox, numbers: list[str]) -> None:
    one, two, three = numbers

    def row(number: str) -> dict[str, object]:
        return next(row for row in shop.ok("ls", "is:spam or -is:spam", "--json").lines if str(row["id"]) == number)

    done = shop.ok("assign", one, two, "me", "--json").one
    assert done["changed"] == 2
    assert done["conversations"] == [int(one), int(two)]
    assert row(one)["assignee"] == ME
    shop.ok("assign", two, "nobody")
    assert row(two)["assignee"] is None
    shop.ok("label", f"{one},{two}", "giao thiếu", "vip")
    assert row(two)["labels"] == ["giao thiếu", "vip"]
    shop.ok("unlabel", two, "VIP")
    assert row(two)["labels"] == ["giao thiếu"]
    for verb, status in (("reopen", "open"), ("pending", "pending"), ("resolve", "resolved")):
        assert shop.ok(verb, f"#{three}", "--json").one["changed"] == 1
        assert row(three)["status"] == status
    shop.ok("snooze", three, "tomorrow", "9")
    assert row(three)["status"] == "snoozed"
    shop.ok("priority", one, "urgent")
    assert row(one)["priority"] == "urgent"
    shop.ok("unread", one)
    assert row(one)["unread"] == 1
    shop.ok("spam", two)
    assert row(two)["spam"] is True
    shop.ok("undo")
    assert row(two)["spam"] is False
    shop.ok("redo")
    assert row(two)["spam"] is True
    shop.ok("spam", two, "--not")
    assert row(two)["spam"] is False


def test_join_and_split(shop: Unibox, numbers: list[str]) -> None:
    one, two, three = numbers
    shop.ok("join", two, three, one)
    assert len(shop.ok("show", one, "--json").one["messages"]) >= 3
    assert [str(row["id"]) for row in shop.ok("ls", "--json").lines] == [one]
    shop.ok("split", one, "--child", two)
    assert {str(row["id"]) for row in shop.ok("ls", "--json").lines} == {one, two}


def test_reply_note_and_the_outbox(shop: Unibox, numbers: list[str], tmp_path: Path) -> None:
    picture = tmp_path / "bảng size.png"
    picture.write_bytes(b"\x89PNG")
    shop.ok("reopen", numbers[0])
    done = shop.ok(
        "reply",
        numbers[0],
        "-",
        "--attach",
        str(picture),
        "--then",
        "pending",
        "--json",
        stdin="Dạ vâng ạ\r\n".encode(),
    ).one
    message = shop.ok("show", "--message", done["message_id"], "--json").one
    assert (message["text"], message["direction"], message["author"]) == ("Dạ vâng ạ", "out", ME)
    assert message["attachments"][0]["name"] == "bảng size.png"
    assert message["attachments"][0]["size"] == 4
    assert message["email"]["to"] == [{"name": "Nguyễn Thị Hà", "address": "ha@khach.example"}]
    waiting = shop.ok("outbox", "list", "--json").lines
    assert [(item["message_id"], item["state"]) for item in waiting] == [(done["message_id"], "queued")]
    shop.ok("outbox", "cancel", waiting[0]["id"])
    assert shop.ok("outbox", "list", "--json").lines == []
    shop.ok("outbox", "retry", done["message_id"])
    assert shop.ok("outbox", "list", "--json").lines[0]["state"] == "queued"

    words = tmp_path / "note.txt"
    words.write_text("Đã gọi khách", encoding="utf-8")
    shop.ok("note", numbers[0], "--file", str(words))
    assert shop.ok("show", numbers[0], "--json").one["messages"][-1]["direction"] == "note"


def test_new_forward_and_history(shop: Unibox, numbers: list[str]) -> None:
    done = shop.ok("new", "shop", "an@khach.example", "Chào chị", "--subject", "Đơn mới", "--name", "An", "--json").one
    fresh = shop.ok("show", str(done["conversation_id"]), "--json").one
    assert (fresh["contact"], fresh["assignee"], fresh["subject"]) == ("An", ME, "Đơn mới")
    forwarded = shop.ok("forward", numbers[0], "kho@shop-a.example", "--json").one
    letter = shop.ok("show", "--message", forwarded["message_id"], "--json").one
    assert "nhận thiếu 1 áo" in letter["text"]
    trail = shop.ok("history", numbers[0], "--json").lines
    assert all(line.keys() >= {"at", "who", "what", "why", "kind"} for line in trail)
    assert any(line["kind"] == "message.forwarded" for line in trail)


def test_canned_answers(shop: Unibox) -> None:
    shop.ok("canned", "add", "/giao", "Dạ {given} đơn đang giao ạ", "--language", "vi")
    assert shop.ok("canned", "list", "--json").lines[0]["shortcut"] == "giao"
    shop.ok("canned", "remove", "giao")
    assert shop.ok("canned", "list", "--json").lines == []
    assert shop("canned", "remove", "giao").status == 1


def test_import_items_and_summary(shop: Unibox, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "a.eml").write_bytes(letter(4, "Thư bốn"))
    (folder / "b.eml").write_bytes(b"")
    *items, summary = shop.ok("import", str(folder), "--inbox", "shop", "--json").lines
    assert [item["outcome"] for item in items] == ["new", "quarantined"]
    assert all(item.keys() == {"path", "position", "outcome", "message_ids", "reason"} for item in items)
    assert (summary["summary"], summary["read"], summary["new"], summary["quarantined"]) == (True, 2, 1, 1)
    waiting = shop.ok("quarantine", "list", "--json").lines
    assert waiting[0]["place"] == f"{folder}/b.eml:1"
    assert shop.ok("quarantine", "show", waiting[0]["id"], "--json").one["error"]
    assert shop("quarantine", "replay", waiting[0]["id"]).status == 1
    shop.ok("quarantine", "dismiss", waiting[0]["id"])
    assert shop.ok("quarantine", "list", "--json").lines == []


def test_export_and_import_into_an_empty_home(shop: Unibox, numbers: list[str], tmp_path: Path) -> None:
    shop.ok("assign", numbers[0], "me")
    shop.ok("label", numbers[1], "ขอใบกำกับ")
    shop.ok("join", numbers[1], numbers[0])
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG")
    shop.ok("note", numbers[2], "ảnh", "--attach", str(picture))
    out = tmp_path / "out" / "all.jsonl"
    out.parent.mkdir()
    told = shop.ok("export", "-o", str(out), "--json").one
    assert (told["conversations"], told["files"], told["files_missing"]) == (3, 1, 0)
    other = Unibox(tmp_path / "other", shop.capsys, shop.monkeypatch)
    other.ok("init")
    *_, summary = other.ok("import", str(out), "--json").lines
    assert (summary["quarantined"], summary["files_missing"]) == (0, 0)
    assert other.ok("export").out == out.read_text(encoding="utf-8") == shop.ok("export").out
    assert "base64" in other.ok("export", "--with-files").out
    *_, again = other.ok("import", str(out), "--json").lines
    assert (again["new"], again["duplicate"]) == (0, again["read"])
    assert {json.loads(line).get("number") for line in shop.ok("export", f"#{numbers[2]}").out.splitlines()} == {
        None,
        int(numbers[2]),
    }


def test_inboxes(shop: Unibox) -> None:
    assert [(row["name"], row["state"]) for row in shop.ok("inbox", "list", "--json").lines] == [("shop", "on")]
    assert shop.ok("inbox", "pause", "shop", "--json").one["state"] == "paused"
    assert shop.ok("inbox", "resume", "shop", "--json").one["state"] == "on"
    checked = shop("inbox", "check", "--json")
    assert checked.status == 1  # there is no Maildir
    assert checked.one["ok"] is False
    shop.ok("inbox", "add", "web", "--channel", "livechat", "--secret-stdin", "--no-check", "--json", stdin=b"s3cret\n")
    assert (shop.folder / "secrets").is_dir()
    assert "s3cret" not in (shop.folder / "config.toml").read_text()
    shop.ok("inbox", "remove", "shop")
    assert [row["name"] for row in shop.ok("inbox", "list", "--json").lines] == ["web"]
    assert len(shop.ok("ls", "--json").lines) == 3


def test_doctor_and_config_check(shop: Unibox) -> None:
    assert shop.ok("config", "check", "--json").one["inboxes"] == ["shop"]
    assert shop("doctor", "--json").status == 0
    (shop.folder / "config.toml").write_text("[inbox.shop]\nchannel = 'email'\nadress = 'x@y.example'\n")
    ran = shop("config", "check")
    assert ran.status == 2
    assert "config.toml:3" in ran.err
    assert "address" in ran.err
    assert shop("config", "check", "--json").error["code"] == "bad_config"
    (shop.folder / "config.toml").unlink()
    (found,) = shop.ok("doctor", "--json").lines
    assert (found["level"], "config.toml" in found["what"]) == ("warning", True)


@pytest.mark.parametrize(
    ("added", "named"),
    [
        ('[keys.list]\nresolve = ["F4"]\nspam = ["F4"]\n', ("F4", "resolve", "spam")),
        ('[commands.wares]\ncommand = ["x"]\nkey = "F4"\n[keys.list]\nspam = ["F4"]\n', ("F4", "wares", "spam")),
        ('[commands.resolve]\ncommand = ["x"]\n', ("commands.resolve",)),
    ],
)
def test_config_check_names_what_clashes(shop: Unibox, added: str, named: tuple[str, ...]) -> None:
    path = shop.folder / "config.toml"
    before = path.read_text("utf-8")
    path.write_text(f"{before}\n{added}", "utf-8")
    ran = shop("config", "check")
    assert ran.status == 2
    assert all(name in ran.err.lower() or name in ran.err for name in named), ran.err
    path.write_text(before, "utf-8")
    assert shop("config", "check").status == 0


def test_a_time_in_a_summary_is_of_the_workspaces_zone(
    shop: Unibox, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    path = shop.folder / "config.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("[workspace]\n", '[workspace]\ntimezone = "Asia/Bangkok"\n', 1), "utf-8")
    assert "until 2099-05-01 09:00" in shop.ok("snooze", numbers[0], "2099-05-01 09:00").out
    assert "leaves 2099-05-01 10:30" in shop.ok("reply", numbers[1], "On its way.", "--at", "2099-05-01 10:30").out
    assert os.environ["TZ"] == "UTC"
    assert time.localtime().tm_gmtoff == 0
