"""What answers cost, on the command line."""

from __future__ import annotations

from tests.cli.conftest import Unibox


def test_costs_are_summed_and_shown_with_the_message(shop: Unibox, numbers: list[str]) -> None:
    sent = shop.ok("reply", numbers[0], "Dạ em gửi rồi ạ", "--json").one
    message = shop.ok("show", "--message", sent["message_id"], "--json").one
    assert message["cost"]["free"] is True
    assert message["cost"]["expected"]["rule"] == "always"
    [line] = shop.ok("costs", "--json").lines
    assert (line["channel"], line["amount"], line["messages"], line["free"]) == ("email", 0, 1, 1)
    assert shop.ok("costs", "--by", "agent", "--until", "2d", "--json").lines == []
    assert "email" in shop.ok("costs").out


def test_a_time_that_is_none_is_refused(shop: Unibox) -> None:
    assert "no time" in shop("costs", "--since", "soonish").err
