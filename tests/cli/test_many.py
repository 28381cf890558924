"""Verbs on all that a query finds: counted, asked once, one undo."""

from __future__ import annotations

from tests.cli.conftest import Unibox


def test_a_dry_run_says_how_many_and_does_nothing(shop: Unibox, numbers: list[str]) -> None:
    found = shop.ok("label", "--query", "-is:spam", "vip", "--dry-run", "--json").one
    assert (found["matched"], found["changed"]) == (3, 0)
    assert sorted(map(str, found["conversations"])) == sorted(numbers)
    assert shop.ok("ls", "label:vip", "--json").lines == []
    assert "3 conversations" in shop.ok("label", "--query", "-is:spam", "vip", "--dry-run").out


def test_nobody_to_ask_means_refused_and_yes_does_it_as_one_undo(shop: Unibox) -> None:
    refused = shop("label", "--query", "-is:spam", "vip", "giao thiếu", "--json")
    assert (refused.status, refused.error["code"]) == (1, "not_asked")
    done = shop.ok("label", "--query", "-is:spam", "vip", "giao thiếu", "--yes", "--json").one
    assert (done["matched"], done["done"], done["changed"], done["stopped"]) == (3, 3, 3, False)
    assert len(shop.ok("ls", "label:vip", 'label:"giao thiếu"', "--json").lines) == 3
    shop.ok("undo", "--json")
    assert shop.ok("ls", "label:vip", "--json").lines == []
    assert shop.ok("redo", "--json").one["changed"] == 6
    assert len(shop.ok("ls", "label:vip", "--json").lines) == 3


def test_every_sorting_verb_takes_a_query(shop: Unibox) -> None:
    for words in (["reopen"], ["pending"], ["snooze", "2h", "even", "if", "they", "reply"], ["priority", "urgent"], ["unread"], ["assign", "me"], ["spam"], ["resolve"]):  # fmt: skip
        verb, *rest = words
        done = shop.ok(verb, "--query", "is:spam or -is:spam", *rest, "--yes", "--json").one
        assert done["changed"] == 3, words
    assert shop("resolve", "--query", "-is:spam", "--yes", "--json").error["code"] == "Refused"  # they are spam now
    assert shop("label", "--query", "colour:red", "vip", "--yes", "--json").status != 0
    assert shop("resolve", "1", "--query", "-is:spam").status == 2


def test_the_list_of_what_was_done_and_what_comes_back(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("reopen", numbers[0])
    shop.ok("snooze", numbers[0], "tomorrow 9")
    shop.ok("label", "--query", "-is:spam", "vip", "--yes")
    shop.ok("undo")
    deeds = shop.ok("undo-list", "--json").lines
    assert [(deed["name"], deed["wanted"], deed["undone_at"] is None) for deed in deeds] == [
        ("label", 3, False),
        ("snoozed", None, True),
        ("open", None, True),
    ]
    shop.ok("undo", "--action", deeds[1]["id"])
    assert shop.ok("snoozed", "--json").lines == []
    shop.ok("redo", "--action", deeds[1]["id"])
    (back,) = shop.ok("snoozed", "--json").lines
    assert (str(back["id"]), back["wakes"]) == (numbers[0], True)
    assert "3 of 3" in shop.ok("undo-list").out
    assert f"#{numbers[0]}" in shop.ok("snoozed").out


def test_play_opens_one_after_the_other_and_skipping_says_why(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("reopen", *numbers)
    first = shop.ok("play", "sort:-number", "--claim", "--json").one["conversation_id"]
    assert str(first) == numbers[0]
    assert shop.ok("ls", "assignee:me", "--json").lines[0]["id"] == first
    assert shop("skip", numbers[0]).status == 2
    assert "skipped" in shop.ok("skip", numbers[0], "chờ", "kho").out
    following = shop.ok("play", "sort:-number", "--after", numbers[0], "--json").one["conversation_id"]
    assert str(following) == numbers[1]
