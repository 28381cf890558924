"""`unibox canned`: stored, shown, out to a file and in again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Unibox


def test_stored_shown_and_removed(shop: Unibox, numbers: list[str]) -> None:
    shop.ok(
        "canned",
        "save",
        "/ship",
        "Dạ {customer}, ship 30k",
        "--group",
        "Giao hàng",
        "--mail",
        "Kính gửi {customer},",
        "--button",
        "Ok",
    )
    (one,) = shop.ok("canned", "list", "--json").lines
    assert (one["shortcut"], one["group"], one["variants"], one["buttons"], one["scope"]) == (
        "ship", "Giao hàng", {"mail": "Kính gửi {customer},"}, ["Ok"], "team",
    )  # fmt: skip
    shown = shop.ok("canned", "show", "ship", "--for", numbers[0], "--json").one
    assert (shown["variant"], shown["text"], shown["missing"]) == ("mail", "Kính gửi chị Hà,", [])
    assert shop.ok("canned", "list", "SHIP 30K").out.startswith("/ship")
    assert shop.ok("canned", "list", "nothing").out == ""
    shop.ok("canned", "remove", "ship")
    assert shop("canned", "show", "ship").status == 1


@pytest.mark.parametrize("name", ["all.toml", "all.csv"])
def test_out_to_a_file_and_in_again_with_pictures(shop: Unibox, tmp_path: Path, name: str) -> None:
    picture = tmp_path / "bang size.png"
    picture.write_bytes(b"\x89PNG")
    shop.ok("canned", "save", "size", "Bảng size ạ\n---\nmình chọn giúp em", "--attach", str(picture), "--own")
    before = shop.ok("canned", "list", "--json").lines
    shop.ok("canned", "export", str(tmp_path / name))
    assert (tmp_path / "all-files" / "bang size.png").read_bytes() == b"\x89PNG"
    shop.ok("canned", "remove", "size", "--own")
    assert shop.ok("canned", "import", str(tmp_path / name), "--json").one == {"stored": 1}
    after = shop.ok("canned", "list", "--json").lines
    assert [{**one, "id": ""} for one in after] == [{**one, "id": ""} for one in before]


def test_an_import_is_all_or_nothing(shop: Unibox, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("shortcut,text\ngood,ok\nbad one,x\n")
    assert "cannot be a shortcut" in shop("canned", "import", str(file), "--json").error["message"]
    assert shop.ok("canned", "list").out == ""
    file.write_text("shortcut,text,files\ngood,ok,missing.png\n")
    assert "missing.png" in shop("canned", "import", str(file), "--json").error["message"]


def test_files_do_not_go_to_standard_output(shop: Unibox, tmp_path: Path) -> None:
    shop.ok("canned", "save", "a", "chào")
    assert "chào" in shop.ok("canned", "export").out
    (tmp_path / "x.png").write_bytes(b"x")
    shop.ok("canned", "save", "b", "x", "--attach", str(tmp_path / "x.png"))
    assert "Export to a file" in shop("canned", "export").err


def test_a_stored_answer_is_sent_and_counted(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("canned", "save", "ok", "Dạ {customer}, còn hàng ạ", "--button", "Lấy", "--button", "Thôi")
    shop.ok("reply", numbers[0], "--canned", "ok", "--json")
    sent = [one["text"] for one in shop.ok("show", numbers[0], "--json").one["messages"] if one["direction"] == "out"]
    assert sent == ["Dạ chị Hà, còn hàng ạ\n1. Lấy\n2. Thôi"]
    assert shop.ok("canned", "list", "--json").one["used"] == 1


def test_one_that_is_not_filled_in_is_not_sent(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("canned", "save", "size", "Size {|size} ạ")
    assert "‹size›" in shop("reply", numbers[0], "--canned", "size", "--json").error["message"]
    assert "{given}" in shop("reply", numbers[0], "Dạ {given}", "--json").error["message"]


def test_a_check_of_what_begins_a_conversation_or_is_forwarded(shop: Unibox, numbers: list[str]) -> None:
    inbox = shop.ok("inbox", "list", "--json").lines[0]["name"]
    before = shop.ok("outbox", "list", "--json").lines
    ran = shop.ok("new", inbox, "moi@khach.example", "Dạ em gửi kèm hoá đơn ạ {given}", "--check", "--json")
    assert {doubt["code"] for doubt in ran.one["warnings"]} >= {"attachment", "unresolved"}
    ran = shop.ok("forward", numbers[0], "kho@ben.example", "--text", "Kho xem giúp {order}", "--check", "--json")
    assert [doubt["code"] for doubt in ran.one["warnings"]] == ["unresolved"]
    assert shop.ok("new", inbox, "moi@khach.example", "Dạ em chào anh ạ", "--check").out == ""
    assert shop.ok("outbox", "list", "--json").lines == before


def test_a_check_says_what_looks_wrong_and_sends_nothing(shop: Unibox, numbers: list[str]) -> None:
    ran = shop.ok("reply", numbers[0], "Dạ anh ơi, em gửi kèm hoá đơn ạ", "--check", "--json")
    assert [one["code"] for one in ran.one["warnings"]] == ["pronoun", "attachment"]
    assert shop.ok("note", numbers[0], "Dạ chào chị", "--check").out.startswith("reply: ")
    assert shop.ok("reply", numbers[0], "Dạ vâng ạ", "--check").out == ""
    assert all(one["direction"] == "in" for one in shop.ok("show", numbers[0], "--json").one["messages"])
