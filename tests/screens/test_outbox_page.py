"""On the page of the outbox the keys mean the answer under the cursor, not one of the conversation behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, running, settle
from unibox_tui.views.models import OutboxLine


class Two(FakeWorkspace):
    async def outbox(self) -> list[OutboxLine]:
        first = (await super().outbox())[0]
        return [first, replace(first, id="o2", n=2, conversation_id=10_480, state="unknown", text="Dạ mai giao ạ")]


@pytest.mark.parametrize(("keys", "call"), [(("R",), "retry"), (("X",), "cancel"), (("g", "k"), "keep")])
async def test_the_key_acts_on_the_row_under_the_cursor(keys: tuple[str, ...], call: str) -> None:
    async with running(workspace=Two()) as (_app, pilot, workspace):
        await pilot.press("g", "o")
        await settle(pilot)
        await pilot.press("j", *keys)
        await settle(pilot)
        done, args, _targets = workspace.performed[-1]
        assert (done, args["message"]) == (call, 2)


async def test_another_page_has_no_answer_to_send_again() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("g", "h")
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        assert "No answer is chosen" in foot(app)
        assert not workspace.performed
