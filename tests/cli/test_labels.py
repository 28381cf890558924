"""Labels as such, from the command line."""

from __future__ import annotations

from tests.cli.conftest import Unibox


def test_listed_changed_merged_removed_undone(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("label", ",".join(numbers), "giao thiếu")
    shop.ok("label", numbers[0], "vip")
    shop.ok(
        "label-edit", "giao thiếu", "--colour", "red", "--description", "kho giao thiếu", "--set", "lỗi", "--sticks"
    )
    found = {one["name"]: one for one in shop.ok("labels", "--json").lines}
    assert (found["giao thiếu"]["conversations"], found["giao thiếu"]["set"], found["giao thiếu"]["sticks"]) == (3, "lỗi", True)  # fmt: skip
    shop.ok("label-edit", "giao thiếu", "--into", "vip")
    assert len(shop.ok("ls", "label:vip", "--json").lines) == 3
    shop.ok("undo")
    assert len(shop.ok("ls", "label:vip", "--json").lines) == 1
    assert "giao thiếu" in shop.ok("labels").out
    shop.ok("label-edit", "vip", "--remove")
    assert [one["name"] for one in shop.ok("labels", "--json").lines] == ["giao thiếu"]
    assert shop("label-edit", "vip").status == 2


def test_keys_and_a_sheet_to_print(shop: Unibox) -> None:
    config = shop.folder / "config.toml"
    config.write_text(config.read_text().replace("[keys.list]", '[keys.list]\npending = ["ctrl+w"]', 1) if "\n[keys.list]" in config.read_text() else config.read_text() + '\n[keys.list]\npending = ["ctrl+w"]\n')  # fmt: skip
    found = {one["id"]: one for one in shop.ok("keys", "--json").lines}
    assert found["pending"]["keys"][0] == "Ctrl-W"
    assert (found["undo"]["command"], found["undo"]["verb"]) == ("undo", "undo")
    sheet = shop.ok("keys", "--sheet", "--width", "120").out
    assert "SORT" in sheet
    assert "Ctrl-W    pending" in sheet
    assert max(map(len, sheet.splitlines())) <= 120


def test_keys_of_one_s_own_macros_and_views_are_among_them(shop: Unibox) -> None:
    shop.ok("macro", "set", "b", "label vip", "resolve", "--key", "g 1")
    shop.ok("view", "save", "late", "wait>2h", "--key", "g 2")
    found = {one["id"]: one for one in shop.ok("keys", "--json").lines}
    assert (found["macro:b"]["keys"], found["macro:b"]["help"]) == (["g 1"], "label vip → resolve")
    assert (found["view:late"]["keys"], found["view:late"]["help"]) == (["g 2"], "wait>2h")
    assert "g 1       @b" in shop.ok("keys", "--sheet", "--width", "120").out
