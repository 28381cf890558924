"""Calls and visits on the command line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Unibox
from unibox_tui.cli.calls import is_number


def test_a_visit_is_written_down_found_by_its_reason_and_undone(shop: Unibox, numbers: list[str]) -> None:
    made = shop.ok("log", numbers[0], "ghé lấy hàng", "--when", "2h", "--who", "Hùng", "--minutes", "5", "--json").one
    shown = shop.ok("show", numbers[0], "--json").out
    assert all(word in shown for word in ("ghé lấy hàng", "Hùng", made["message_id"]))
    shop.ok("call-reason", numbers[0], "lấy hàng", "--json")
    assert len(shop.ok("ls", "reason:lay", "--json").lines) == 1
    shop.ok("undo")
    assert shop.ok("ls", "reason:any", "--json").lines == []
    shop.ok("undo")  # the visit itself
    assert shop("call-reason", numbers[0], "x", "--json").error["message"].startswith("There is no call here")


def test_a_call_without_a_telephone_says_so(shop: Unibox, numbers: list[str]) -> None:
    for whom in (numbers[0], "+84 900 000 011"):
        failed = shop("call", whom, "--json")
        assert failed.status == 1
        assert "No inbox here can make calls" in failed.error["message"]


@pytest.mark.parametrize(
    ("said", "number"),
    [("+84 900 000 011", True), ("0900000011", True), ("10482", False), ("#10482", False), ("900000011", True)],
)
def test_a_number_is_told_from_a_conversation(said: str, number: bool) -> None:
    assert is_number(said) is number
