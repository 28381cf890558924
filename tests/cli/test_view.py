"""Saved views from the command line: one's own and the team's, in files that can be handed on."""

from __future__ import annotations

from tests.cli.conftest import Unibox


def names(shop: Unibox) -> list[str]:
    return [one["name"] for one in shop.ok("view", "list", "--json").lines]


def test_saved_listed_moved_renamed_removed(shop: Unibox) -> None:
    shop.ok(
        "view",
        "save",
        "vip",
        "label:vip",
        "--title",
        "VIP",
        "--sort",
        "wait",
        "--key",
        "g 2",
        "--colour",
        "wait>2h=red",
    )
    shop.ok("view", "save", "đang chờ", "is:unanswered", "--shared", "--hide-empty")
    shop.ok("view", "save", "all-mail", "-is:spam")
    vip = next(one for one in shop.ok("view", "list", "--json").lines if one["name"] == "vip")
    assert (vip["sort"], vip["colours"][0]["colour"], vip["count"], vip["where"]) == ("wait", "red", 0, "own")
    assert names(shop) == ["đang chờ", "vip", "all-mail"]
    shop.ok("view", "move", "all-mail", "1")
    assert names(shop) == ["đang chờ", "all-mail", "vip"]
    shop.ok("view", "rename", "vip", "khách quý")
    shop.ok("view", "remove", "đang chờ")
    assert names(shop) == ["all-mail", "khách quý"]
    assert "all-mail" in shop.ok("view", "list").out


def test_handed_on_and_taken_in(shop: Unibox) -> None:
    shop.ok(
        "view", "save", "vip", 'label:vip or label:"giao thiếu"', "--colour", "is:unread=blue", "--column", "labels"
    )
    text = shop.ok("view", "export", "vip").out
    before = shop.ok("view", "list", "--json").lines
    shop.ok("view", "remove", "vip")
    (shop.folder / "handed.toml").write_text(text)
    shop.ok("view", "import", str(shop.folder / "handed.toml"))
    assert shop.ok("view", "list", "--json").lines == before
    assert shop("view", "export", "nothing").status == 1


def test_what_is_wrong_is_named(shop: Unibox) -> None:
    assert "no field “colour”" in shop("view", "save", "x", "colour:red").err
    assert "columns are some of" in shop("view", "save", "x", "is:new", "--column", "price").err
    assert "a colour is one of" in shop("view", "save", "x", "is:new", "--colour", "is:new=beige").err
    assert shop("view", "save", "all", "is:new").status == 2
    assert (
        shop(
            "view",
            "remove",
            "vip",
        ).status
        == 1
    )
    (shop.folder / "views.toml").write_text("[broken\n")
    assert "views.toml is not TOML" in shop("view", "list").err
