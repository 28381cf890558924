"""An agent behind a firewall: no address that a network could post to, so what customers write is asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.meta import HA, LinkedCase, MessengerCase, OwnLoginCase
from tests.e2e.test_channel_limits import ANSWER, answer, opened
from tests.e2e.test_channels import at_the_desk, says
from unibox_tui.connectors.meta import endpoint
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.sandbox.providers.base import Simulator

pytestmark = pytest.mark.slow
CASES: list[MessengerCase] = [MessengerCase(), LinkedCase(), OwnLoginCase()]


def polled(case: MessengerCase) -> MessengerCase:
    made: Any = type(case)()
    whole = made.settings

    def settings(sim: Simulator) -> InboxSettings:
        found: InboxSettings = dataclasses.replace(whole(sim), ways="poll")
        return found

    made.settings = settings
    made.webhook = lambda sim, url, inbox: ""
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_question_is_asked_for_answered_and_told_again_only_once(
    tmp_path: Path, case: MessengerCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "POLL_S", 0.3)
    async with opened(polled(case), tmp_path) as place:
        assert place.sim.hooks.url == ""
        await place.sim.says(HA, "Shop ơi mẫu này còn size M không ạ")
        await place.until("the question is here", lambda: bool(place.rows("SELECT 1 FROM message WHERE inert = 0")))
        async with at_the_desk(place) as (app, pilot):
            await place.until("the row", lambda: says(app, "mẫu này còn"))
            await pilot.press("enter")
            await answer(pilot)
            await place.until("the answer is there", lambda: place.sim.texts() == [ANSWER])
            await place.until("sent on the screen", lambda: says(app, ANSWER, "✓"))
        before = len(place.sim.received.calls("/conversations", "GET"))
        await place.until(
            "it was asked again", lambda: len(place.sim.received.calls("/conversations", "GET")) > before + 1
        )
        assert place.sim.texts() == [ANSWER]
        sides = [row["direction"] for row in place.rows("SELECT direction FROM message ORDER BY n")]
        assert [side for side in sides if side != "activity"] == ["in", "out"]
        assert not place.sim.received.calls("/subscribed_apps", "POST")
