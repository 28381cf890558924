"""What is typed as an address is one that the inbox can reach."""

from __future__ import annotations

import pytest

from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.errors import WrongUse


@pytest.mark.parametrize("typed", ["notanumber", "lan@khach.example", "12", "+", "0" * 40])
def test_a_text_message_goes_to_a_number(world: World, typed: str) -> None:
    an = world.agent("an")
    world.inbox("tin", policy.capabilities("sms"), channel="sms")
    with pytest.raises(WrongUse, match="is not a telephone number"):
        world.db.write_now(lambda tx: answer.new(tx, an, "tin", typed, Letter(text="Dạ")))
    assert not world.db.read_now(lambda db: db.execute("SELECT 1 FROM contact").fetchall())


@pytest.mark.parametrize("typed", ["+84 900 562 555", "0900.562.555", "(0900) 562-555"])
def test_a_number_however_written_is_the_customer_who_has_it(world: World, typed: str) -> None:
    an = world.agent("an")
    inbox = world.inbox("tin", policy.capabilities("sms"), channel="sms")
    world.chat(inbox, "+84900562555")
    world.db.write_now(lambda tx: answer.new(tx, an, "tin", typed, Letter(text="Dạ")))
    assert [row["address"] for row in world.rows("SELECT address FROM identity")] == ["+84900562555"]
