"""A reaction of ours, from the desk to the simulated provider, on each channel that takes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases import meta, telegram, whatsapp
from tests.connectors.conformance import Case
from tests.e2e.test_channel_limits import asked, opened
from unibox_tui.desk import reacting
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.words import Author
from unibox_tui.store import agents
from unibox_tui.store.events import Actor

pytestmark = pytest.mark.slow
AN = Actor(Author.AGENT, "an", cause="key")
CASES = [*meta.CASES, *telegram.CASES[:1], *whatsapp.CASES[:1]]


def given(sim: Any) -> list[str]:
    return [one[-1] for one in sim.reactions]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_heart_is_given_and_taken_back(tmp_path: Path, case: Case) -> None:
    async with opened(case, tmp_path) as place:
        await asked(place)
        place.service.db.write_now(lambda tx: agents.ensure(tx, "an"))
        [row] = place.rows("SELECT n FROM message WHERE inert = 0")

        def react(emoji: str) -> None:
            place.service.db.write_now(lambda tx: reacting.react(tx, AN, row["n"], emoji))

        if case.channel == "messenger":
            with pytest.raises(Refused, match="no reactions"):
                react("❤️")
            return
        heart = "❤" if case.channel == "telegram" else "❤️"
        react(heart)
        await place.until("the heart is there", lambda: bool(given(place.sim)))
        react("")
        await place.until("it is taken back", lambda: len(given(place.sim)) == 2)
        assert given(place.sim) == ["love" if case.channel == "instagram" else heart, ""]
