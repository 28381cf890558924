"""What is written and not sent, from the command line: the very rows the composer keeps."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.cli.conftest import ME, Unibox
from unibox_tui.desk import drafts
from unibox_tui.store.database import Database


def kept(shop: Unibox, number: str, mode: str | None = None) -> drafts.Draft | None:
    """As the composer reads it."""
    db = Database(shop.folder / "unibox.db")
    try:
        return db.read_now(lambda tx: drafts.load(tx, ME, int(number), mode))
    finally:
        db.close()


def told(shop: Unibox) -> list[str]:
    with sqlite3.connect(shop.folder / "unibox.db") as db:
        return [row[0] for row in db.execute("SELECT id FROM change_log WHERE kind = 'draft' ORDER BY seq")]


def draft(shop: Unibox, *args: str, stdin: bytes = b"") -> Any:
    return shop.ok("draft", *args, "--json", stdin=stdin).one


def last_message(shop: Unibox, number: str) -> str:
    return str(shop.ok("show", number, "--json").one["messages"][-1]["id"])


def test_it_is_written_shown_listed_and_thrown_away(shop: Unibox, numbers: list[str]) -> None:
    number = numbers[0]
    made = draft(shop, "set", number, "-", stdin="Dạ chị Hà ơi,\r\nem kiểm tra ngay ạ".encode())
    assert (made["text"], made["mode"]) == ("Dạ chị Hà ơi,\nem kiểm tra ngay ạ", "reply")
    assert (made["inbox"], made["address"]) == ("shop", "ha@khach.example")
    found = kept(shop, number)
    assert found is not None
    assert (found.text, found.caret) == (made["text"], len(made["text"]))
    assert draft(shop, "show", number)["messages"] == [{"text": made["text"], "files": []}]
    assert "em kiểm tra ngay ạ" in shop.ok("draft", "show", number).out
    assert [row["id"] for row in shop.ok("ls", "has:draft", "--json").lines] == [int(number)]
    assert [one["conversation"] for one in shop.ok("draft", "list", "--json").lines] == [int(number)]
    gone = draft(shop, "discard", number)
    assert (gone["discarded"], gone["text"]) == (True, made["text"])
    assert kept(shop, number) is None
    assert told(shop) == [f"{ME}/{number}"] * 2


def test_only_what_is_given_changes(shop: Unibox, numbers: list[str]) -> None:
    number = numbers[0]
    draft(shop, "set", number, "Dạ", "--cc", "Kho Hàng <kho@shop-a.example>", "--subject", "Giao bù")
    made = draft(shop, "set", number, "--all", "--quote")
    assert (made["text"], made["cc"], made["subject"]) == ("Dạ", ["Kho Hàng <kho@shop-a.example>"], "Giao bù")
    assert (made["reply_all"], made["quote"]) == (True, True)
    made = draft(shop, "set", number, "--one", "--cc", "", "--subject", "", "--no-quote")
    assert (made["reply_all"], made["cc"], made["subject"], made["quote"]) == (False, [], None, False)
    assert made["text"] == "Dạ"
    assert shop("draft", "set", number).status == 2


def test_an_answer_and_a_note_lie_side_by_side_and_one_becomes_the_other(shop: Unibox, numbers: list[str]) -> None:
    number = numbers[0]
    draft(shop, "set", number, "Dạ vâng")
    assert draft(shop, "turn", number)["mode"] == "note"
    assert kept(shop, number, "reply") is None
    draft(shop, "set", number, "Dạ em gửi ạ")
    ran = shop("draft", "turn", number, "--json")
    assert ran.status == 1
    assert "an answer and a note" in ran.error["message"]
    draft(shop, "discard", number, "--note")
    assert draft(shop, "turn", number)["text"] == "Dạ em gửi ạ"


def test_files_are_named_by_their_whole_path_and_taken_off_by_name(
    shop: Unibox, numbers: list[str], tmp_path: Path
) -> None:
    number = numbers[0]
    (tmp_path / "hop.jpg").write_bytes(b"x")
    (tmp_path / "size.png").write_bytes(b"y")
    made = draft(shop, "attach", number, str(tmp_path / "hop.jpg"), str(tmp_path / "size.png"))
    assert made["files"] == [str(tmp_path / "hop.jpg"), str(tmp_path / "size.png")]
    assert draft(shop, "attach", number, str(tmp_path / "hop.jpg"))["files"] == made["files"]
    assert draft(shop, "show", number)["messages"] == [{"text": "", "files": ["hop.jpg", "size.png"]}]
    assert shop("draft", "detach", number, "khac.jpg").status == 1
    assert draft(shop, "detach", number, "hop.jpg")["files"] == [str(tmp_path / "size.png")]
    assert draft(shop, "detach", number)["files"] == []
    assert kept(shop, number) is None


def test_a_file_the_way_out_would_refuse_is_refused_here(shop: Unibox, numbers: list[str], tmp_path: Path) -> None:
    large = tmp_path / "phim.mp4"
    with large.open("wb") as file:
        file.truncate(18_000_001)
    ran = shop("draft", "attach", numbers[0], str(large), "--json")
    assert ran.status == 1
    assert ran.error["message"].endswith("phim.mp4 has 18.1 MB; shop takes at most 18 MB.")
    draft(shop, "attach", numbers[0], str(large), "--note")


def test_a_message_is_quoted_and_the_answer_that_leaves_quotes_it(shop: Unibox, numbers: list[str]) -> None:
    number, other = numbers[0], numbers[1]
    id = last_message(shop, number)
    made = draft(shop, "set", number, "Dạ", "--answers", id)
    assert made["answers"] == id
    assert draft(shop, "set", number, "--answers", "")["answers"] is None
    ran = shop("draft", "set", number, "--answers", last_message(shop, other), "--json")
    assert ran.status == 1
    assert "not of the customer" in ran.error["message"]


def test_a_way_is_chosen_or_refused_with_those_there_are(shop: Unibox, numbers: list[str]) -> None:
    number = numbers[0]
    assert draft(shop, "set", number, "Dạ", "--inbox", "shop", "--to", "HA@khach.example")["inbox"] == "shop"
    ran = shop("draft", "set", number, "--inbox", "zalo", "--json")
    assert ran.status == 1
    assert "shop (ha@khach.example)" in ran.error["hint"]


def test_without_marks(shop: Unibox, numbers: list[str]) -> None:
    draft(shop, "set", numbers[0], "Dạ đơn của chị đã giao")
    assert draft(shop, "set", numbers[0], "--strip-marks")["text"] == "Da don cua chi da giao"


def test_there_is_none(shop: Unibox, numbers: list[str]) -> None:
    ran = shop("draft", "show", numbers[0], "--json")
    assert ran.status == 1
    assert ran.error["message"] == f"You have no draft in #{numbers[0]}."


def test_files_of_a_message_are_saved_and_never_over_others(shop: Unibox, numbers: list[str], tmp_path: Path) -> None:
    (tmp_path / "hop.jpg").write_bytes(b"hop hang")
    id = shop.ok("note", numbers[0], "ảnh kho gửi", "--attach", str(tmp_path / "hop.jpg"), "--json").one["message_id"]
    target = tmp_path / "here"
    target.mkdir()
    for name in ("hop.jpg", "hop (2).jpg"):
        (saved,) = shop.ok("save", id, "--to", str(target), "--json").lines
        assert (saved["name"], saved["size"], saved["path"]) == ("hop.jpg", 8, str(target / name))
        assert Path(saved["path"]).read_bytes() == b"hop hang"
    file = shop.ok("show", "--message", id, "--json").one["attachments"][0]["id"]
    assert json.loads(shop.ok("save", file, "--to", str(target), "--json").out)["name"] == "hop.jpg"
    assert shop("save", last_message(shop, numbers[1]), "--to", str(target)).status == 1
    assert shop("save", id, "--to", str(tmp_path / "nowhere")).status == 1


def test_a_sticker_goes_alone_and_only_where_there_are_any(shop: Unibox, numbers: list[str]) -> None:
    ran = shop("reply", numbers[0], "--sticker", "446/1988", "--json")
    assert ran.status == 1
    assert ran.error["message"].endswith("sends no stickers.")
    assert shop("reply", numbers[0], "Dạ", "--sticker", "446/1988").status == 2
